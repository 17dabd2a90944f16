"""Reading on behind the steps: whoever follows the history without costing a step anything.

Every step leaves a row in ``history_value``; its row number is the order in which steps were committed. A follower
keeps the number of the last step it has read, and which step that was: whatever moves these numbers (a restored copy, a
vacuumed file, retention) shows in that row being another one. Then it compares everything once with what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, Row, func, literal_column, select

from engine.store.tables import history_value, process_instance

_position: Final[ColumnElement[int]] = literal_column("history_value.rowid", Integer)
_STEP: Final = select(_position.label("position"), history_value.c.stream, history_value.c.revision)


def is_in_place(connection: Connection, place: Row[Any]) -> bool:
    """Whether the last step that was read (position, stream, revision of the follower's row) is still where it was."""
    if place.position == 0:
        return True
    there = connection.execute(_STEP.where(_position == place.position)).one_or_none()
    return there is not None and (there.stream, there.revision) == (place.stream, place.revision)


def newest_place(connection: Connection) -> dict[str, int | None]:
    """Position, stream and revision of the last step of all; zeros where there is none."""
    last = connection.execute(_STEP.order_by(_position.desc()).limit(1)).one_or_none()
    return {"position": 0, "stream": 0, "revision": 0} if last is None else dict(last._mapping)


def steps_behind(connection: Connection, position: int, most: int) -> Sequence[Row[Any]]:
    """The next steps behind a position: (position, stream, revision) each, in the order of their commits."""
    found: Sequence[Row[Any]] = connection.execute(
        _STEP.where(_position > position).order_by(_position).limit(most)
    ).all()
    return found


def cases_of(connection: Connection, streams: Iterable[int]) -> dict[int, int]:
    """Instance → key of its case's root."""
    query = select(process_instance.c.key, process_instance.c.case_id).where(process_instance.c.key.in_(streams))
    return {row.key: int(row.case_id) for row in connection.execute(query)}


def cases_behind(connection: Connection, key: int, most: int) -> dict[int, int]:
    """The next cases behind a root's key → the revisions of all their instances together, in the order of keys."""
    instance = process_instance.c
    roots = select(instance.key).where(instance.depth == 0, instance.key > key).order_by(instance.key).limit(most)
    keys = list(connection.execute(roots).scalars())
    sums = (
        select(instance.case_id, func.sum(instance.revision))
        .where(instance.case_id.in_([str(one) for one in keys]))
        .group_by(instance.case_id)
    )
    found = {int(case_id): revisions for case_id, revisions in connection.execute(sums)}
    return {one: found[one] for one in keys}
