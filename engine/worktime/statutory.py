"""China's public holidays and the days worked to make up for them: as announced, else as they are likely to be.

The one place that asks the package ``chinesecalendar``; it holds what the State Council has announced so far. For later
years the days of the law (国务院令第795号: New Year 1, Spring Festival 4, Qingming 1, Labour Day 2, Dragon Boat 1,
Mid-Autumn 1, National Day 3) are taken without any shifted working day, and the year is provisional (暂定).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import chinese_calendar  # type: ignore[import-untyped]  # it has no types

from engine.worktime.calendar import Calendar, DayKind, Shift, Span

#: Years of a new calendar.
FIRST_YEAR: Final = 2024
LAST_YEAR: Final = 2030
#: New Year, Dragon Boat and Mid-Autumn of the lunar calendar, as astronomy gives them.
_LUNAR: Final[Mapping[int, tuple[tuple[int, int], ...]]] = {
    2027: ((2, 6), (6, 9), (9, 15)),
    2028: ((1, 26), (5, 28), (10, 3)),
    2029: ((2, 13), (6, 16), (9, 22)),
    2030: ((2, 3), (6, 5), (9, 12)),
}
_FIXED: Final = ((1, 1), (4, 4), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_DAILY: Final = (Span(9 * 60, 23 * 60 + 30),)


def statutory_days(year: int) -> tuple[dict[date, DayKind], bool]:
    """The days of a year that are not simply days of their week, and whether they were announced.

    A make-up day is a Saturday or Sunday that is worked; a weekend within a holiday counts as holiday.
    """
    announced = {day for day in chinese_calendar.holidays if day.year == year}
    if announced:
        worked = {day for day in chinese_calendar.workdays if day.year == year and day.weekday() >= 5}
        return dict.fromkeys(announced, DayKind.HOLIDAY) | dict.fromkeys(worked, DayKind.MAKE_UP), True
    guessed = {date(year, *day) for day in _FIXED}
    if year in _LUNAR:
        new_year, *others = (date(year, *day) for day in _LUNAR[year])
        guessed |= {new_year + timedelta(days=n) for n in range(-1, 3)} | set(others)
    return dict.fromkeys(sorted(guessed), DayKind.HOLIDAY), False


@lru_cache(maxsize=1)
def default_calendar() -> Calendar:
    """What a shop begins with: open 9:00–23:30 on every day but public holidays, in three shifts."""
    days: dict[date, DayKind] = {}
    provisional = set()
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        found, announced = statutory_days(year)
        days |= found
        if not announced:
            provisional.add(year)
    return Calendar(
        zone=_ZONE,
        week=(_DAILY,) * 7,
        make_up_hours=_DAILY,
        days=days,
        shifts=(
            Shift(id="day", name="白班", span=Span(9 * 60, 17 * 60 + 30)),
            Shift(id="half", name="半白班", span=Span(10 * 60, 15 * 60 + 30)),
            Shift(id="night", name="晚班", span=Span(17 * 60, 23 * 60 + 30)),
        ),
        provisional=frozenset(provisional),
    )
