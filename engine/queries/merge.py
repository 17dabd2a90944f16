"""Puts the histories of a call tree into one order: by time, and cause before effect where the clock stood still."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    return _Merging(streams, calls).events()


class _Merging:
    """Where each stream has been read to, and which of them can go on.

    Only what runs is compared: of a case that has called for long, most streams have ended or wait for their call.
    """

    def __init__(self, streams: Mapping[int, Sequence[_Event]], calls: Mapping[int, tuple[int, int]]) -> None:
        self._streams = streams
        self._calls = calls
        self._children = {call: child for child, call in calls.items()}
        self._at: dict[int, int] = dict.fromkeys(streams, 0)
        self._to_start = {(e.stream, e.token) for events in streams.values() for e in events if e.kind == _STARTED}
        self._last: _Event | None = None
        running = {key for key, events in streams.items() if events}
        self._aside = {key for key in running if self._waits_for_its_call(streams[key][0])}
        self._running = running - self._aside

    def events(self) -> Iterator[_Event]:
        """The next event, until there is none."""
        while self._running or self._aside:
            found = self._first(self._running)
            if found is None or self._is_blocked(found):
                found = self._first(self._running | self._aside)
            if found is None:
                return
            self._take(found)
            yield found

    def _take(self, event: _Event) -> None:
        self._last = event
        self._at[event.stream] += 1
        self._bring_in(event.stream)
        if event.kind == _STARTED and event.token is not None:
            call = (event.stream, event.token)
            self._to_start.discard(call)
            self._bring_in(self._children.get(call))
        if self._head(event.stream) is None:
            self._running.discard(event.stream)

    def _bring_in(self, key: int | None) -> None:
        if key is not None and key in self._aside:
            self._aside.remove(key)
            self._running.add(key)

    def _head(self, key: int) -> _Event | None:
        events = self._streams.get(key, ())
        return events[self._at[key]] if key in self._at and self._at[key] < len(events) else None

    def _first(self, keys: Iterable[int]) -> _Event | None:
        heads = (event for key in keys if (event := self._head(key)) is not None)
        return min(heads, key=self._place, default=None)

    def _waits_for_its_call(self, event: _Event) -> bool:
        return event.seq == 1 and self._calls.get(event.stream) in self._to_start

    def _is_blocked(self, event: _Event) -> bool:
        if self._waits_for_its_call(event):
            return True
        if event.kind in _ENDED and event.token is not None:
            child = self._children.get((event.stream, event.token))
            waiting = None if child is None else self._head(child)
            return waiting is not None and waiting.at <= event.at
        return False

    def _place(self, event: _Event) -> tuple[bool, int, bool, int]:
        last = self._last
        goes_on = last is not None and (event.stream, event.revision) == (last.stream, last.revision)
        return (self._is_blocked(event), event.at, not goes_on, event.stream)
