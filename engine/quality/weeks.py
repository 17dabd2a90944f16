"""Weeks and months of the shop's clock, as quality checks and reports name them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.errors import NotFound
from engine.notifications import Said
from engine.quality.words import DAYS_TO_CHECK
from engine.worktime import Calendar, DayKind
from engine.worktime.statutory import default_calendar

_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})")
_SATURDAY: Final = 5
_FIRST, _LAST = 2000, 2199
_ONE: Final = timedelta(days=1)
#: When people are reminded of what is due at the end of a day.
_MORNING: Final = time(9)


def week_of(instant: datetime | int) -> str:
    """The week in which an instant (aware, or microseconds) lies: 2026-W47."""
    at = from_microseconds(instant) if isinstance(instant, int) else instant
    return _code(at.astimezone(SHANGHAI).date())


def monday_of(week: str) -> date:
    """The week's first day.

    Raises:
        NotFound: the text names no week.
    """
    found = _WEEK.fullmatch(week)
    if found is not None and _FIRST <= int(found[1]) <= _LAST:
        try:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
        except ValueError:
            pass
    raise NotFound(f"{week[:20]!r} is no week", message_zh="没有这一周。")


def bounds_of(week: str) -> tuple[int, int]:
    """The week's first microsecond, and the first one behind it."""
    monday = monday_of(week)
    return midnight(monday), midnight(monday + 7 * _ONE)


def shifted(week: str, count: int) -> str:
    """The week so many before (negative) or behind it."""
    return _code(monday_of(week) + timedelta(weeks=count))


def name_of(week: str) -> str:
    """As people write it: 2026年第47周(11月16日–11月22日)."""
    monday = monday_of(week)
    sunday = monday + 6 * _ONE
    year, number, _ = monday.isocalendar()
    return f"{year}年第{number}周({monday.month}月{monday.day}日–{sunday.month}月{sunday.day}日)"


def said_week(week: str) -> Said:
    """The same in both languages: week 47 of 2026 (16 Nov – 22 Nov)."""
    monday = monday_of(week)
    sunday = monday + 6 * _ONE
    year, number, _ = monday.isocalendar()
    return Said(name_of(week), f"week {number} of {year} ({monday.day} {monday:%b} – {sunday.day} {sunday:%b})")


def midnight(day: date) -> int:
    """The first microsecond of a day on the shop's clock."""
    return to_microseconds(datetime.combine(day, time(), tzinfo=SHANGHAI))


def month_of(instant: datetime) -> str:
    """The month in which an instant lies: 2026-11."""
    return f"{instant.astimezone(SHANGHAI):%Y-%m}"


def after_working_days(now: datetime, count: int, calendar: Calendar | None) -> datetime:
    """The end of the day that is so many working days behind today: no weekends, no public holidays.

    What the shop's opening hours are says nothing about it: shops are open at weekends.
    """
    day = now.astimezone(SHANGHAI).date()
    left = count
    while left:
        day += _ONE
        left -= _is_worked(day, calendar)
    return datetime.combine(day + _ONE, time(), tzinfo=SHANGHAI)


def reminder_before(due: datetime, calendar: Calendar | None) -> datetime:
    """The morning of the last working day that ends by an instant."""
    day = due.astimezone(SHANGHAI).date() - _ONE
    while not _is_worked(day, calendar):
        day -= _ONE
    return datetime.combine(day, _MORNING, tzinfo=SHANGHAI)


def due_of_sample(added: datetime, calendar: Calendar | None) -> datetime:
    """Until when a case that is to be checked since then is checked: its week's end, but some working days at least."""
    _, end = bounds_of(week_of(added))
    return max(from_microseconds(end), after_working_days(added, DAYS_TO_CHECK, calendar))


def _is_worked(day: date, calendar: Calendar | None) -> bool:
    kind = (calendar or default_calendar()).days.get(day)
    return kind is DayKind.MAKE_UP or (kind is None and day.weekday() < _SATURDAY)


def _code(day: date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year:04d}-W{number:02d}"
