"""Puts the histories of a call tree into one order: by time, and cause before effect where the clock stood still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

_STARTED: Final = "call.started"
_ENDED: Final = frozenset({"call.completed", "call.failed", "call.cancelled"})


class _Event(Protocol):
    """The columns of an event that decide its place."""

    @property
    def stream(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def revision(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def token(self) -> int | None: ...


def merge(streams: Mapping[int, Sequence[Any]], calls: Mapping[int, tuple[int, int]]) -> Iterator[Any]:
    """The events of all streams in one order.

    A child's first event comes behind the ``call.started`` of its parent, the parent's ``call.completed`` behind the
    child's last; otherwise earlier events first, and a step is not torn apart without need.

    Args:
        streams: instance key → its events by seq.
        calls: child's key → (parent's key, token of the call).
    """
    children = {call: child for child, call in calls.items()}
    at: dict[int, int] = dict.fromkeys(streams, 0)
    to_start = {(e.stream, e.token) for events in streams.values() for e in events if e.kind == _STARTED}
    last: _Event | None = None

    def head(key: int) -> _Event | None:
        events: Sequence[_Event] = streams.get(key, ())
        return events[at[key]] if key in at and at[key] < len(events) else None

    def is_blocked(event: _Event) -> bool:
        if event.seq == 1 and calls.get(event.stream) in to_start:
            return True
        if event.kind in _ENDED and event.token is not None:
            child = children.get((event.stream, event.token))
            waiting = None if child is None else head(child)
            return waiting is not None and waiting.at <= event.at
        return False

    def place(event: _Event) -> tuple[bool, int, bool, int]:
        goes_on = last is not None and (event.stream, event.revision) == (last.stream, last.revision)
        return (is_blocked(event), event.at, not goes_on, event.stream)

    while heads := [event for key in streams if (event := head(key)) is not None]:
        last = min(heads, key=place)
        at[last.stream] += 1
        to_start.discard((last.stream, last.token)) if last.kind == _STARTED else None
        yield last
