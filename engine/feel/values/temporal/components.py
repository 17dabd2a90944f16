"""The parts of dates, times and durations (DMN 1.5 Tables 65, 66), their texts, and what is made of such parts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.feel.values.kinds import YearMonthDuration
from engine.feel.values.numbers import CONTEXT
from engine.feel.values.temporal.arithmetic import time_offset
from engine.feel.values.temporal.cycle import twin_of
from engine.feel.values.temporal.wide import (
    DAYS,
    SORTS,
    AnyDate,
    AnyDateTime,
    AnyDuration,
    AnyTime,
    clock_nanos,
    date_at,
    date_time_at,
    length_text,
    nanos_of,
    time_at,
)
from engine.feel.values.temporal.zones import NANOS_OF_SECOND, zone_text

_DAY_PARTS: Final = ("year", "month", "day")
_MINUTE: Final = 60 * NANOS_OF_SECOND
#: Length of a part in nanoseconds, and how many make up the next one.
_CLOCK_PARTS: Final = {"hour": (60 * _MINUTE, 24), "minute": (_MINUTE, 60)}
_LENGTH_PARTS: Final = {"days": (24 * 60 * _MINUTE, 0), "hours": (60 * _MINUTE, 24), "minutes": (_MINUTE, 60)}


def component(value: Any, name: str) -> Any:
    """A component of a temporal value by its FEEL name (Table 65), or None."""
    kind = type(value)
    if kind is YearMonthDuration:
        return _of_months(value, name)
    sort = SORTS[kind]
    if sort == "days and time duration":
        return _of_duration(value, name)
    if kind in DAYS:
        if name in _DAY_PARTS:
            return Decimal(getattr(value, name))
        if name == "weekday":
            return Decimal(same_day(value).isoweekday())
    return _of_clock(value, name) if sort != "date" else None


def _of_clock(value: AnyDateTime | AnyTime, name: str) -> Any:
    if name == "time offset":
        return time_offset(value)
    if name == "timezone":
        return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    if name in _CLOCK_PARTS:
        if isinstance(value, datetime | time):
            return Decimal(getattr(value, name))
        unit, count = _CLOCK_PARTS[name]
        return Decimal(clock_nanos(value) // unit % count)
    return _second(clock_nanos(value)) if name == "second" else None


def _second(nanos: int) -> Decimal:
    """A decimal in [0..60), as Table 66 wants it."""
    return CONTEXT.divide(Decimal(nanos % _MINUTE), Decimal(NANOS_OF_SECOND))


def _of_duration(value: AnyDuration, name: str) -> Decimal | None:
    nanos = nanos_of(value)
    if name in _LENGTH_PARTS:
        unit, count = _LENGTH_PARTS[name]
        whole = abs(nanos) // unit
        part = Decimal(whole % count if count else whole)
    elif name == "seconds":
        part = _second(abs(nanos))
    else:
        return None
    return CONTEXT.minus(part) if nanos < 0 else part


def _of_months(value: YearMonthDuration, name: str) -> Decimal | None:
    sign = -1 if value.months < 0 else 1
    years, months = divmod(abs(value.months), 12)
    if name == "years":
        return Decimal(sign * years)
    return Decimal(sign * months) if name == "months" else None


def same_day(value: Any) -> date:
    """A day that Python holds with the same month, day, weekday, week and day of the year as a date."""
    return value if isinstance(value, date) else twin_of(value.toordinal())


def as_date(value: Any) -> AnyDate | None:
    """The day of a date, or of a date and time; None for other values."""
    if type(value) not in DAYS:
        return None
    return value if SORTS[type(value)] == "date" else date_at(value.toordinal())


def as_time(value: Any) -> AnyTime | None:
    """The time of day of a time or a date and time, in its zone; UTC midnight of a date; None for other values."""
    sort = SORTS.get(type(value))
    if sort == "date":
        return time(tzinfo=UTC)
    if sort == "time":
        return value  # type: ignore[no-any-return]  # its sort says so
    return time_at(clock_nanos(value), value.tzinfo) if sort == "date and time" else None


def as_date_time(value: Any) -> AnyDateTime | None:
    """A date and time itself, UTC midnight of a date (DMN 1.5 §10.3.2.3.6); None for other values."""
    sort = SORTS.get(type(value))
    if sort == "date":
        return date_time_at(value.toordinal(), 0, UTC)
    return value if sort == "date and time" else None


def combined(day: Any, clock: Any) -> AnyDateTime | None:
    """The date and time of the day of a date or a date and time, and a time with its zone; None for other values."""
    if type(day) not in DAYS or SORTS.get(type(clock)) != "time":
        return None
    return date_time_at(day.toordinal(), clock_nanos(clock), clock.tzinfo)


def time_of_parts(hour: int, minute: int, nanos: int, where: tzinfo | None) -> AnyTime | None:
    """A time of day of an hour, a minute and the nanoseconds of the minute; None where there is none."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= nanos < 60 * NANOS_OF_SECOND):
        return None
    return time_at((hour * 60 + minute) * 60 * NANOS_OF_SECOND + nanos, where)


def text_of(value: Any) -> str | None:
    """The text of a temporal value, as ``string`` and at-literals write it; None for other values."""
    if isinstance(value, datetime):
        return f"{value.date().isoformat()}T{_clock_text(value)}{zone_text(value.tzinfo, value.utcoffset())}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{_clock_text(value)}{zone_text(value.tzinfo, value.utcoffset())}"
    if isinstance(value, timedelta):
        return length_text(nanos_of(value))
    return str(value) if type(value) in SORTS or type(value) is YearMonthDuration else None


def _clock_text(value: datetime | time) -> str:
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    return f"{text}.{value.microsecond:06}".rstrip("0") if value.microsecond else text
