"""Built-in functions on dates and times (DMN 1.5 §10.3.4.7, §10.3.4.8); the only time they know is the call's."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from engine.feel.builtins.registry import builtin
from engine.feel.limits import Run
from engine.feel.values.temporal import DAYS, SHANGHAI, AnyDate, date_of, days_in_month, same_day

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@builtin("now", "")
def _now(run: Run) -> datetime | None:
    return run.now


@builtin("today", "")
def _today(run: Run) -> date | None:
    """The day in China: a shop's day ends at its own midnight."""
    return None if run.now is None else run.now.astimezone(SHANGHAI).date()


@builtin("day of week", "date: Any")
def _day_of_week(run: Run, value: Any) -> str | None:
    return _DAYS[same_day(value).weekday()] if type(value) in DAYS else None


@builtin("month of year", "date: Any")
def _month_of_year(run: Run, value: Any) -> str | None:
    return _MONTHS[value.month - 1] if type(value) in DAYS else None


@builtin("day of year", "date: Any")
def _day_of_year(run: Run, value: Any) -> Decimal | None:
    return Decimal(same_day(value).timetuple().tm_yday) if type(value) in DAYS else None


@builtin("week of year", "date: Any")
def _week_of_year(run: Run, value: Any) -> Decimal | None:
    return Decimal(same_day(value).isocalendar().week) if type(value) in DAYS else None


@builtin("last day of month", "date: Any")
def _last_day(run: Run, value: Any) -> AnyDate | None:
    if type(value) not in DAYS:
        return None
    return date_of(value.year, value.month, days_in_month(value.year, value.month))
