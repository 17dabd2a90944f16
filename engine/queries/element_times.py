"""When the elements of a diagram were worked on and for how long: from the pairs of events that begin and end them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from engine.clock import from_microseconds
from engine.queries.moves import MIGRATED, Moves
from engine.store.tables import history_event

_BEGINS: Final = (
    "element.entered", "user_task.created", "job.created", "timer.armed", "subscription.opened", "call.started",
)  # fmt: skip
_ENDS: Final = (
    "element.completed", "user_task.completed", "job.completed", "timer.fired", "subscription.correlated",
    "call.completed", "element.cancelled", "user_task.cancelled", "job.cancelled", "timer.cancelled",
    "subscription.cancelled", "call.cancelled", "element.skipped",
)  # fmt: skip
#: Of an instance that has gone round for ever, the last so many events count.
MAX_EVENTS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementTimes:
    """All rounds of one element in one instance."""

    rounds: int
    first_at: datetime
    #: When its last round ended; None: one is still running.
    last_at: datetime | None
    #: Of all rounds together, the running ones up to now.
    spent: timedelta


def read_times(connection: Connection, keys: Collection[int], now: datetime) -> dict[int, dict[str, ElementTimes]]:
    """Times of the elements of instances, by instance and element; what took no time at all is among them."""
    rows = connection.execute(
        select(
            history_event.c.stream, history_event.c.element, history_event.c.token, history_event.c.kind,
            history_event.c.at, history_event.c.seq,
        )
        .where(history_event.c.stream.in_(keys), history_event.c.kind.in_((*_BEGINS, *_ENDS, MIGRATED)))
        .order_by(history_event.c.stream, history_event.c.seq.desc())
        .limit(MAX_EVENTS)
    ).all()[::-1]  # fmt: skip
    moves = Moves(connection, {row.stream for row in rows if row.kind == MIGRATED})
    begun: dict[tuple[int, str, int | None], list[int]] = {}
    rounds: dict[tuple[int, str], list[tuple[int, int | None]]] = {}
    for row in rows:
        if row.element is None:
            continue
        element = moves.name_now(row.stream, row.seq, row.element)
        place = (row.stream, element, row.token)
        if row.kind in _BEGINS:
            begun.setdefault(place, []).append(row.at)
        elif begun.get(place):
            rounds.setdefault((row.stream, element), []).append((begun[place].pop(0), row.at))
    for (stream, element, _), starts in begun.items():
        rounds.setdefault((stream, element), []).extend((at, None) for at in starts)
    found: dict[int, dict[str, ElementTimes]] = {key: {} for key in keys}
    for (stream, element), spans in rounds.items():
        found[stream][element] = _sum(spans, now)
    return found


def _sum(spans: list[tuple[int, int | None]], now: datetime) -> ElementTimes:
    ends = [end for _, end in spans]
    spent = timedelta()
    for begin, end in spans:
        spent += (now if end is None else from_microseconds(end)) - from_microseconds(begin)
    return ElementTimes(
        rounds=len(spans),
        first_at=from_microseconds(min(begin for begin, _ in spans)),
        last_at=None if None in ends else from_microseconds(max(end for end in ends if end is not None)),
        spent=max(spent, timedelta()),
    )


def started_of(times: Mapping[str, ElementTimes]) -> list[str]:
    """Element ids in the order in which they were first entered."""
    return sorted(times, key=lambda element: times[element].first_at)
