"""The system's own stream as people read it: log-ins, accounts, rules, deployments, exports, checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from engine.clock import from_microseconds, to_microseconds
from engine.history.record import values_of
from engine.masking import mask
from engine.model import SYSTEM, Value
from engine.store.people import read_names
from engine.store.streams import SYSTEM_STREAM
from engine.store.tables import history_event, history_value

#: Rows that are looked through for a page; further ones are looked through on the next.
LOOKED_THROUGH: Final = 20_000
_PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which of them."""

    #: Kinds; empty: all.
    kinds: Collection[str] = ()
    actor: str = ""
    since: datetime | None = None
    #: Not included.
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemEvent:
    """One event; personal data in its value are masked."""

    seq: int
    at: datetime
    actor: str
    actor_name: str
    kind: str
    value: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPage:
    """Some of them, the newest first."""

    events: tuple[SystemEvent, ...]
    #: Give it as ``before`` to read on; None: that is all.
    next_before: int | None


def list_system(connection: Connection, asked: Asked, *, before: int | None = None, limit: int = _PAGE) -> SystemPage:
    """A page of the system's record.

    Args:
        connection: to the database.
        asked: what to look for.
        before: number of the event before which to go on.
        limit: events of a page.
    """
    rows, last = _find(connection, asked, before, limit)
    names = _names(connection, {row.actor for row in rows})
    values = _values(connection, rows)
    return SystemPage(
        events=tuple(
            SystemEvent(
                seq=row.seq,
                at=from_microseconds(row.at),
                actor=row.actor,
                actor_name=names.get(row.actor, row.actor),
                kind=row.kind,
                value=values.get(row.seq, {}),
            )
            for row in rows
        ),
        next_before=last,
    )


def _names(connection: Connection, people: Collection[str]) -> dict[str, str]:
    return read_names(connection, people) | {SYSTEM.id: SYSTEM.name}


def _find(
    connection: Connection, asked: Asked, before: int | None, limit: int
) -> tuple[Sequence[Row[Any]], int | None]:
    event = history_event.c
    query = select(history_event).where(event.stream == SYSTEM_STREAM).order_by(event.seq.desc())
    if before is not None:
        query = query.where(event.seq < before)
    looked = list(connection.execute(query.with_only_columns(event.seq).offset(LOOKED_THROUGH - 1).limit(1)).scalars())
    if looked:
        query = query.where(event.seq >= looked[0])
    if asked.kinds:
        query = query.where(event.kind.in_(sorted(asked.kinds)))
    if asked.actor:
        query = query.where(event.actor == asked.actor)
    if asked.since is not None:
        query = query.where(event.at >= to_microseconds(asked.since))
    if asked.until is not None:
        query = query.where(event.at < to_microseconds(asked.until))
    rows = connection.execute(query.limit(limit + 1)).all()
    if len(rows) > limit:
        return rows[:limit], rows[limit - 1].seq
    return rows, looked[0] if looked else None


def _values(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, Mapping[str, Value]]:
    if not rows:
        return {}
    step = history_value.c
    found = connection.execute(
        select(step.revision, step["values"]).where(
            step.stream == SYSTEM_STREAM, step.revision.in_({row.revision for row in rows})
        )
    )
    by_revision = {revision: values_of(data) for revision, data in found}
    told: dict[int, Mapping[str, Value]] = {}
    for row in rows:
        values = by_revision.get(row.revision, [])
        value = mask("", values[row.n]) if row.n < len(values) else None
        told[row.seq] = value if isinstance(value, Mapping) else ({} if value is None else {"value": value})
    return told
