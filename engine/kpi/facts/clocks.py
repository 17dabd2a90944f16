"""Working time between instants, by the calendars of this database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.calendars import OpenTimes
from engine.kpi.facts.base import Scope

#: Seconds of working time between two instants in microseconds, by a calendar's key (null: the shop's own).
Between = Callable[[int, int, int | None], int]
_MICRO: Final = 1_000_000


def working_seconds(scope: Scope) -> Between:
    """Working time by the calendars of this database; where there is none, every second counts."""
    times = OpenTimes(scope.connection)
    return lambda start, end, calendar: times.between(start, end, calendar) // _MICRO
