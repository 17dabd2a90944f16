"""Dates, times and durations: their texts, zones, components and arithmetic (DMN 1.5 §10.3.2.3)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.feel.values.kinds import YearMonthDuration

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_DATE: Final = re.compile(r"(-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-([0-9]{2})-([0-9]{2})")
_TIME: Final = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:(Z|z)|([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?|@([A-Za-z0-9_+\-]+(?:/[A-Za-z0-9_+\-]+)*))?"
)
_DAYS_TIME: Final = re.compile(
    r"(-)?P(?:([0-9]{1,12})D)?(?:T(?:([0-9]{1,14})H)?(?:([0-9]{1,16})M)?(?:([0-9]{1,18})(?:\.([0-9]*))?S)?)?"
)
_YEARS_MONTHS: Final = re.compile(r"(-)?P(?:([0-9]{1,10})Y)?(?:([0-9]{1,11})M)?")
_EPOCH: Final = date(2000, 1, 1)
_MICRO: Final = timedelta(microseconds=1)
MAX_OFFSET_HOURS: Final = 14
MAX_MONTHS: Final = 12_000_000_000


@lru_cache(maxsize=700)
def zone(name: str) -> tzinfo | None:
    """A zone of the IANA database, or None."""
    if name in ("Z", "z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not in the database, a path, a folder of it
        return None


def parse_date(text: str) -> date | None:
    """``2026-11-22``; years 1 to 9999."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """``10:15:00``, with a fraction, ``Z``, an offset or ``@zone``."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    where: tzinfo | None = None
    if match[5]:
        where = UTC
    elif match[6]:
        where = _offset(match)
        if where is None:
            return None
    elif match[10] and (where := zone(match[10])) is None:
        return None
    try:
        return time(int(match[1]), int(match[2]), int(match[3]), _micros(match[4]), tzinfo=where)
    except ValueError:
        return None


def _offset(match: re.Match[str]) -> tzinfo | None:
    hours, minutes, seconds = int(match[7]), int(match[8]), int(match[9] or 0)
    if hours > MAX_OFFSET_HOURS or minutes > 59 or seconds > 59 or (hours == MAX_OFFSET_HOURS and minutes + seconds):
        return None
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return timezone(-offset if match[6] == "-" else offset) if offset else UTC


def _micros(fraction: str | None) -> int:
    return int((fraction or "").ljust(6, "0")[:6] or 0)


def parse_date_time(text: str) -> datetime | None:
    """``2026-11-22T10:15:00+08:00``; a date alone is its midnight."""
    day_text, at, time_text = text.partition("T")
    day = parse_date(day_text)
    if day is None:
        return None
    clock = parse_time(time_text) if at else time()
    return None if clock is None else datetime.combine(day, clock)


def parse_duration(text: str) -> timedelta | YearMonthDuration | None:
    """``P1DT2H`` or ``P1Y2M``; the two kinds don't mix."""
    match = _YEARS_MONTHS.fullmatch(text)
    if match is not None and (match[2] or match[3]):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearMonthDuration(-months if match[1] else months) if months <= MAX_MONTHS else None
    match = _DAYS_TIME.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        return None
    try:
        length = timedelta(
            days=int(match[2] or 0), hours=int(match[3] or 0), minutes=int(match[4] or 0), seconds=int(match[5] or 0),
            microseconds=_micros(match[6]),
        )  # fmt: skip
        return -length if match[1] else length
    except OverflowError:
        return None


def parse_temporal(text: str) -> Any:
    """The value of an at-literal, or None."""
    for parse in (parse_date, parse_time, parse_date_time, parse_duration):
        value: Any = parse(text)
        if value is not None:
            return value
    return None


def time_zone_text(where: tzinfo | None, offset: timedelta | None) -> str:
    """How a zone is written after a time: nothing, ``Z``, ``+08:00``, ``@Asia/Shanghai``."""
    if isinstance(where, ZoneInfo):
        return f"@{where.key}"
    if offset is None:
        return ""
    if not offset:
        return "Z"
    sign, seconds = ("-", -offset) if offset < timedelta() else ("+", offset)
    total = seconds // timedelta(seconds=1)
    text = f"{sign}{total // 3600:02}:{total // 60 % 60:02}"
    return f"{text}:{total % 60:02}" if total % 60 else text


def text_of(value: Any) -> str | None:
    """The text of a temporal value, as ``string`` and at-literals write it; None for other values."""
    if isinstance(value, datetime):
        return f"{value.date().isoformat()}T{_clock_text(value.time())}{_zone_of(value)}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{_clock_text(value)}{_zone_of(value)}"
    if isinstance(value, timedelta):
        return duration_text(value)
    return str(value) if isinstance(value, YearMonthDuration) else None


def _zone_of(value: datetime | time) -> str:
    return time_zone_text(value.tzinfo, value.utcoffset())


def _clock_text(value: time) -> str:
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    return f"{text}.{value.microsecond:06}".rstrip("0") if value.microsecond else text


def duration_text(value: timedelta) -> str:
    """ISO 8601 of a days-and-time duration."""
    micros = value // _MICRO
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, fraction = divmod(micros, 1_000_000)
    days, rest = divmod(seconds, 86_400)
    hours, minutes, secs = rest // 3600, rest // 60 % 60, rest % 60
    second_text = f"{secs}.{fraction:06}".rstrip("0") if fraction else str(secs)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{second_text}S" if secs or fraction else ""
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{text}" if text else "PT0S"


def instant(value: datetime) -> datetime:
    """An aware date and time in UTC, so that no zone's rules stand between two of them; others as they are."""
    return value if value.tzinfo is None else value.astimezone(UTC)


def since_first_day(value: datetime) -> timedelta:
    """A date and time as the length since year 1 began, in UTC where it has an offset; it never overflows."""
    length = value.replace(tzinfo=None) - datetime.min  # noqa: DTZ901 (the other side has no zone either)
    return length - (value.utcoffset() or timedelta())


def time_offset(value: time | datetime) -> timedelta | None:
    """The offset from UTC; a time of day in a named zone takes the zone's of 2000-01-01, having no day."""
    if isinstance(value, time) and isinstance(value.tzinfo, ZoneInfo):
        return datetime.combine(_EPOCH, value).utcoffset()
    return value.utcoffset()


def since_midnight(value: time) -> timedelta:
    """A time of day as the length since midnight, in UTC where it has an offset."""
    length = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    return length - (time_offset(value) or timedelta())


def add_length(value: Any, length: timedelta) -> Any:
    """date, time or date and time plus a days-and-time duration."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value + length
        return (value.astimezone(UTC) + length).astimezone(value.tzinfo)
    if isinstance(value, date):
        return (datetime.combine(value, time()) + length).date()
    return (
        (datetime.combine(_EPOCH, value.replace(tzinfo=None)) + length % timedelta(days=1))
        .timetz()
        .replace(tzinfo=value.tzinfo)
    )


def add_months(value: Any, months: int) -> Any:
    """date or date and time plus months; the day is cut to the month's last one."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return value.replace(year=year, month=month + 1, day=min(value.day, days_in_month(year, month + 1)))


def days_in_month(year: int, month: int) -> int:
    """Days of a month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def difference(left: Any, right: Any) -> timedelta | None:
    """left - right of two dates, times, or dates and times; None where they don't compare."""
    if isinstance(left, time) or isinstance(right, time):
        if not (isinstance(left, time) and isinstance(right, time)):
            return None
        return since_midnight(left) - since_midnight(right)
    first, second = _moment(left, right), _moment(right, left)
    if (first.tzinfo is None) != (second.tzinfo is None):
        return None
    return first - second


def _moment(value: date | datetime, other: date | datetime) -> datetime:
    """A date is its midnight: in UTC beside a moment that has a zone (DMN 1.5 §10.3.2.3.6), else without one."""
    if isinstance(value, datetime):
        return instant(value)
    aware = isinstance(other, datetime) and other.tzinfo is not None
    return datetime.combine(value, time(tzinfo=UTC if aware else None))


def component(value: Any, name: str) -> Any:
    """A component of a temporal value by its FEEL name (Table 65), or None."""
    if isinstance(value, timedelta):
        return _of_duration(value, name)
    if isinstance(value, YearMonthDuration):
        return _of_months(value, name)
    if name in ("year", "month", "day", "weekday") and isinstance(value, date):
        return Decimal(value.isoweekday() if name == "weekday" else _of_day(value, name))
    if isinstance(value, datetime | time):
        return _of_clock(value, name)
    return None


def _of_day(value: date, name: str) -> int:

    return {"year": value.year, "month": value.month, "day": value.day}[name]


def _of_clock(value: datetime | time, name: str) -> Any:
    if name in ("hour", "minute", "second"):
        return Decimal({"hour": value.hour, "minute": value.minute, "second": value.second}[name])
    if name == "time offset":
        return time_offset(value)
    if name == "timezone":
        return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return None


def _of_duration(value: timedelta, name: str) -> Decimal | None:
    micros = abs(value // _MICRO)
    sign = -1 if value < timedelta() else 1
    seconds, rest = divmod(micros, 1_000_000)
    parts = {
        "days": Decimal(seconds // 86_400),
        "hours": Decimal(seconds // 3600 % 24),
        "minutes": Decimal(seconds // 60 % 60),
        "seconds": Decimal(seconds % 60) + Decimal(rest) / 1_000_000 if rest else Decimal(seconds % 60),
    }
    return None if name not in parts else parts[name] * sign


def _of_months(value: YearMonthDuration, name: str) -> Decimal | None:
    sign = -1 if value.months < 0 else 1
    years, months = divmod(abs(value.months), 12)
    if name == "years":
        return Decimal(sign * years)
    return Decimal(sign * months) if name == "months" else None
