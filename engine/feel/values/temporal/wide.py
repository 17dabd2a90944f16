"""Dates, times and lengths that Python's types cannot hold, and the factories that choose between the two kinds.

A value is Python's (``date``, ``time``, ``datetime``, ``timedelta``) wherever it fits: years 1 to 9999, whole
microseconds, timedelta's range. Only what does not fit is wide, and only the factories here make it: so each value has
one representation, and ``==`` and ``hash`` say whether two values are the same. Whether two are the same *instant* in
different zones is a question for engine.feel.values.operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final, TypeAlias

from engine.feel.values.temporal.cycle import MAX_ORDINAL, MIN_ORDINAL, civil, ordinal_of
from engine.feel.values.temporal.zones import (
    NANOS_OF_DAY,
    NANOS_OF_SECOND,
    clock_at,
    local_offset,
    nanos_of_delta,
    zone_text,
)

#: The greatest length, in nanoseconds: a million million days, more than the years from -999,999,999 to 999,999,999.
MAX_LENGTH: Final = 10**12 * NANOS_OF_DAY
#: The greatest years-and-months duration: ten thousand million years.
MAX_MONTHS: Final = 12 * 10**10
_LAST_DAY: Final = date.max.toordinal()
_MICRO: Final = timedelta(microseconds=1)
_MIN_DELTA: Final = nanos_of_delta(timedelta.min)
_MAX_DELTA: Final = nanos_of_delta(timedelta.max)


class _Day:
    """What a date has, and a date and time of that day."""

    __slots__ = ()
    ordinal: int

    def toordinal(self) -> int:
        """As ``date.toordinal``."""
        return self.ordinal

    @property
    def year(self) -> int:
        """The year, from -999,999,999 to 999,999,999."""
        return civil(self.ordinal)[0]

    @property
    def month(self) -> int:
        """The month, from 1."""
        return civil(self.ordinal)[1]

    @property
    def day(self) -> int:
        """The day of the month, from 1."""
        return civil(self.ordinal)[2]


@dataclass(frozen=True, slots=True)
class WideDate(_Day):
    """A day of a year before 1 or after 9999, as its number (0001-01-01 is 1)."""

    ordinal: int

    def __str__(self) -> str:
        return day_text(self.ordinal)


@dataclass(frozen=True, slots=True)
class WideTime:
    """A time of day that is no whole microsecond, in nanoseconds since midnight."""

    nanos: int
    tzinfo: tzinfo | None

    def __str__(self) -> str:
        offset = local_offset(1, 0, self.tzinfo) if self.tzinfo is not None else None
        return clock_text(self.nanos) + zone_text(self.tzinfo, offset)


@dataclass(frozen=True, slots=True)
class WideDateTime(_Day):
    """A date and time of a year beyond Python's, or that is no whole microsecond."""

    ordinal: int
    nanos: int
    tzinfo: tzinfo | None
    #: 1 for the second of two equal local times, when the clock is set back; else 0.
    fold: int = 0

    def utcoffset(self) -> timedelta | None:
        """As ``datetime.utcoffset``."""
        return None if self.tzinfo is None else local_offset(self.ordinal, self.nanos, self.tzinfo, self.fold)

    def __str__(self) -> str:
        return f"{day_text(self.ordinal)}T{clock_text(self.nanos)}{zone_text(self.tzinfo, self.utcoffset())}"


@dataclass(frozen=True, slots=True)
class WideDuration:
    """A days-and-time duration beyond timedelta's range, or that is no whole microsecond, in nanoseconds."""

    nanos: int

    def __str__(self) -> str:
        return length_text(self.nanos)


AnyDate: TypeAlias = date | WideDate
AnyTime: TypeAlias = time | WideTime
AnyDateTime: TypeAlias = datetime | WideDateTime
AnyDuration: TypeAlias = timedelta | WideDuration

#: FEEL's type of each of the eight; a key's absence says that a value is of none of these types.
SORTS: Final[dict[type, str]] = {
    date: "date", WideDate: "date", time: "time", WideTime: "time", timedelta: "days and time duration",
    WideDuration: "days and time duration", datetime: "date and time", WideDateTime: "date and time",
}  # fmt: skip
LENGTHS: Final = frozenset({timedelta, WideDuration})
POINTS: Final = frozenset(SORTS) - LENGTHS
#: What has a year, a month and a day.
DAYS: Final = frozenset({date, WideDate, datetime, WideDateTime})


def date_at(ordinal: int) -> AnyDate | None:
    """The day of a number; None beyond the years that FEEL knows."""
    if 1 <= ordinal <= _LAST_DAY:
        return date.fromordinal(ordinal)
    return WideDate(ordinal) if MIN_ORDINAL <= ordinal <= MAX_ORDINAL else None


def date_of(year: int, month: int, day: int) -> AnyDate | None:
    """The day of a year, month and day; None where there is none."""
    if 1 <= year <= 9999:
        try:
            return date(year, month, day)
        except (ValueError, OverflowError):
            return None
    ordinal = ordinal_of(year, month, day)
    return None if ordinal is None else date_at(ordinal)


def time_at(nanos: int, where: tzinfo | None) -> AnyTime:
    """The time of day so many nanoseconds after midnight (less than a day)."""
    return WideTime(nanos, where) if nanos % 1000 else clock_at(nanos, where)


def date_time_at(ordinal: int, nanos: int, where: tzinfo | None, fold: int = 0) -> AnyDateTime | None:
    """The date and time of a day's number and nanoseconds since its midnight; None beyond the years of FEEL."""
    if 1 <= ordinal <= _LAST_DAY and not nanos % 1000:
        return datetime.combine(date.fromordinal(ordinal), clock_at(nanos, where, fold))
    if not MIN_ORDINAL <= ordinal <= MAX_ORDINAL:
        return None
    if fold and (where is None or local_offset(ordinal, nanos, where) == local_offset(ordinal, nanos, where, 1)):
        fold = 0
    return WideDateTime(ordinal, nanos, where, fold)


def length_of(nanos: int) -> AnyDuration | None:
    """The days-and-time duration of so many nanoseconds; None at a million million days and beyond."""
    if not nanos % 1000 and _MIN_DELTA <= nanos <= _MAX_DELTA:
        return _MICRO * (nanos // 1000)
    return WideDuration(nanos) if -MAX_LENGTH < nanos < MAX_LENGTH else None


def nanos_of(length: AnyDuration) -> int:
    """Nanoseconds of a days-and-time duration."""
    return length // _MICRO * 1000 if isinstance(length, timedelta) else length.nanos


def clock_nanos(value: Any) -> int:
    """Nanoseconds since midnight of a time, or of a date and time, on its own clock."""
    if isinstance(value, WideTime | WideDateTime):
        return value.nanos
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return int((seconds * 1_000_000 + value.microsecond) * 1000)


def narrow(value: Any) -> Any:
    """A wide value as Python's, its nanoseconds cut off, where only they kept it from fitting; others as they are."""
    if isinstance(value, WideTime):
        return clock_at(value.nanos, value.tzinfo)
    if isinstance(value, WideDateTime):
        return date_time_at(value.ordinal, value.nanos // 1000 * 1000, value.tzinfo, value.fold)
    if isinstance(value, WideDuration):
        cut = abs(value.nanos) // 1000 * 1000
        return length_of(-cut if value.nanos < 0 else cut)
    return value


def day_text(ordinal: int) -> str:
    """``2026-11-22``, ``-0044-03-15``, ``10000-01-01``."""
    year, month, day = civil(ordinal)
    return f"{'-' if year < 0 else ''}{abs(year):04}-{month:02}-{day:02}"


def clock_text(nanos: int) -> str:
    """``10:15:00``, with a fraction where there is one."""
    seconds, fraction = divmod(nanos, NANOS_OF_SECOND)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:09}".rstrip("0") if fraction else text


def length_text(nanos: int) -> str:
    """The normal form of a days-and-time duration, ``P1DT2H`` (XML Schema Part 2 §3.4.27)."""
    sign, nanos = ("-", -nanos) if nanos < 0 else ("", nanos)
    total, fraction = divmod(nanos, NANOS_OF_SECOND)
    days, hours, minutes, seconds = total // 86_400, total // 3600 % 24, total // 60 % 60, total % 60
    second_text = f"{seconds}.{fraction:09}".rstrip("0") if fraction else str(seconds)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{second_text}S" if seconds or fraction else ""
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{text}" if text else "PT0S"
