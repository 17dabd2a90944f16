"""Working time between instants, quick enough for a month of tasks: opening hours are summed once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import timedelta
from itertools import accumulate
from typing import Final

from sqlalchemy import Connection, select

from engine import canonical
from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.kpi.facts.base import Scope
from engine.store.tables import calendar_version
from engine.worktime import Calendar, calendar_from

#: Seconds of working time between two instants in microseconds, by a calendar's key (null: the shop's own).
Between = Callable[[int, int, int | None], int]
_MICRO: Final = 1_000_000


class OpenTime:
    """The opening hours of a calendar as sums, extended as far as somebody asks."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._starts: list[int] = []
        self._ends: list[int] = []
        #: Working microseconds before each interval.
        self._before: list[int] = [0]
        self._first = self._last = 0

    def between(self, start: int, end: int) -> int:
        """Working seconds between two instants in microseconds; 0 when the second is not the later one."""
        if end <= start:
            return 0
        if start < self._first or end > self._last:
            self._extend(min(start, self._first or start), max(end, self._last))
        return (self._until(end) - self._until(start)) // _MICRO

    def _until(self, at: int) -> int:
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return 0
        return self._before[place] + min(at, self._ends[place]) - self._starts[place]

    def _extend(self, first: int, last: int) -> None:
        begin = from_microseconds(first) - timedelta(days=31)
        end = from_microseconds(last) + timedelta(days=31)
        day, intervals = begin.astimezone(SHANGHAI).date(), []
        while day <= end.astimezone(SHANGHAI).date():
            intervals += [(to_microseconds(a), to_microseconds(b)) for a, b in self._calendar.intervals(day)]
            day += timedelta(days=1)
        merged: list[list[int]] = []
        for a, b in sorted(intervals):
            if merged and a <= merged[-1][1]:
                merged[-1][1] = max(b, merged[-1][1])
            else:
                merged.append([a, b])
        self._starts, self._ends = [a for a, _ in merged], [b for _, b in merged]
        self._before = [0, *accumulate(b - a for a, b in merged)]
        self._first, self._last = to_microseconds(begin), to_microseconds(end)


def working_seconds(scope: Scope) -> Between:
    """Working time by the calendars of this database; where there is none, every second counts."""
    calendars, lines = _read(scope.connection)
    times = {key: OpenTime(calendar) for key, calendar in calendars.items()}

    def between(start: int, end: int, calendar: int | None) -> int:
        key = calendar if calendar in times else _in_force(lines, start)
        if key is None:
            return max(0, end - start) // _MICRO
        return times[key].between(start, end)

    return between


def _in_force(lines: list[tuple[int, int]], at: int) -> int | None:
    """The newest of the shop's own versions that is valid at an instant; before the first of them, the first."""
    valid = [key for since, key in lines if since <= at]
    return valid[-1] if valid else lines[0][1] if lines else None


def _read(connection: Connection) -> tuple[dict[int, Calendar], list[tuple[int, int]]]:
    rows = connection.execute(select(calendar_version).order_by(calendar_version.c.version)).all()
    calendars = {row.key: calendar_from(canonical.decode(row.content)) for row in rows}
    return calendars, [(row.valid_from, row.key) for row in rows if row.shop == ""]
