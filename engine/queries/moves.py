"""Instances that went over to another version while they ran: which version each event belongs to, and what its element
is called in the version of now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select, text

from engine.store.tables import MOVED, definition, history_event, process_instance
from engine.store.values import read_values

#: Kind of the event that tells of one.
MIGRATED: Final = "instance.migrated"
_PINNED: Final = "definition.pinned"


@dataclass(frozen=True, slots=True)
class _Move:
    #: Number of the event that tells it.
    seq: int
    #: Key of the version that was left.
    left: int
    mapping: dict[str, str]


class Moves:
    """The migrations of some instances; most have none, which costs one statement to know."""

    def __init__(self, connection: Connection, keys: Collection[int]) -> None:
        """``keys``: of the instances."""
        self._moves: dict[int, list[_Move]] = defaultdict(list)
        if not keys:
            return
        told = select(history_event.c.stream, history_event.c.seq, history_event.c.revision, history_event.c.n).where(
            history_event.c.stream.in_(keys), text(MOVED)
        )
        found = connection.execute(told.order_by(history_event.c.stream, history_event.c.seq)).all()
        for stream in dict.fromkeys(row.stream for row in found):
            self._read(connection, stream, [row for row in found if row.stream == stream])

    def __bool__(self) -> bool:
        return bool(self._moves)

    @property
    def streams(self) -> frozenset[int]:
        """Keys of the instances that went over."""
        return frozenset(self._moves)

    def left_by(self, stream: int) -> list[int]:
        """Keys of the versions that an instance left."""
        return [move.left for move in self._moves.get(stream, ())]

    def name_now(self, stream: int, seq: int, element: str) -> str:
        """What the element or flow of an event is called in the version on which its instance runs now."""
        for move in self._moves.get(stream, ()):
            if move.seq > seq:
                element = move.mapping.get(element, element)
        return element

    def version_at(self, stream: int, seq: int, now: int) -> int:
        """Key of the version to which an event belongs; ``now`` is the one on which the instance runs now."""
        return next((move.left for move in self._moves.get(stream, ()) if move.seq > seq), now)

    def _read(self, connection: Connection, stream: int, rows: list[Any]) -> None:
        keys = _versions(connection, stream)
        for place, row in enumerate(rows):
            value = _value(connection, stream, row.revision, row.n)
            mapping = value.get("mapping") if isinstance(value, dict) else None
            left = keys[place] if place < len(keys) else keys[-1]
            self._moves[stream].append(_Move(row.seq, left, dict(mapping or {})))


def _versions(connection: Connection, stream: int) -> list[int]:
    """Keys of the versions on which an instance ran, in their order; the newest of those of the same content."""
    pinned = select(history_event.c.revision, history_event.c.n).where(
        history_event.c.stream == stream, history_event.c.kind == _PINNED
    )
    process_id, now = connection.execute(
        select(process_instance.c.process_id, process_instance.c.definition).where(process_instance.c.key == stream)
    ).one()
    found = []
    for row in connection.execute(pinned.order_by(history_event.c.seq)).all():
        value = _value(connection, stream, row.revision, row.n)
        digest = value.get("hash") if isinstance(value, dict) else None
        which = (definition.c.process_id == process_id, definition.c.hash == digest)
        newest = select(definition.c.key).where(*which).order_by(definition.c.key.desc()).limit(1)
        found.append(connection.execute(newest).scalar() or now)
    return found or [now]


def _value(connection: Connection, stream: int, revision: int, n: int) -> Any:
    values = read_values(connection, stream, revision, revision).get(revision, [])
    return values[n] if n < len(values) else None
