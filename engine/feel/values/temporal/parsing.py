"""Reads the texts of dates, times and durations (DMN 1.5 §10.3.4.1, XML Schema 1.1 Part 2 §3.3, §3.4)."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, tzinfo
from typing import Any, Final

from engine.feel.values.kinds import YearMonthDuration
from engine.feel.values.temporal.wide import (
    MAX_MONTHS,
    AnyDate,
    AnyDateTime,
    AnyDuration,
    AnyTime,
    date_of,
    date_time_at,
    length_of,
    time_at,
)
from engine.feel.values.temporal.zones import (
    MAX_OFFSET_HOURS,
    NANOS_OF_DAY,
    NANOS_OF_SECOND,
    fixed_zone,
    zone,
)

_OFFSET: Final = r"(?:([Zz])|([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)"
#: More than four digits of a year have no leading zero; nine are the most that FEEL knows.
_DATE: Final = re.compile(rf"(-?(?:[1-9][0-9]{{4,8}}|[0-9]{{4}}))-([0-9]{{2}})-([0-9]{{2}}){_OFFSET}?")
_TIME: Final = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    rf"(?:{_OFFSET}|@([A-Za-z0-9_+\-]+(?:/[A-Za-z0-9_+\-]+)*))?"
)
_DAYS_TIME: Final = re.compile(
    r"(-)?P(?:([0-9]{1,30})D)?(?:T(?:([0-9]{1,30})H)?(?:([0-9]{1,30})M)?(?:([0-9]{1,30})(?:\.([0-9]*))?S)?)?"
)
_YEARS_MONTHS: Final = re.compile(r"(-)?P(?:([0-9]{1,30})Y)?(?:([0-9]{1,30})M)?")


class _Bad(ValueError):
    """A text says no time: its zone does not exist."""


def parse_date(text: str) -> AnyDate | None:
    """``2026-11-22``; an offset after it, which XML Schema allows, counts for a date and time only."""
    day = _day(text)
    return None if day is None else day[0]


def _day(text: str) -> tuple[AnyDate, tzinfo | None] | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    day = date_of(int(match[1]), int(match[2]), int(match[3]))
    if day is None or len(text) == match.end(3):
        return None if day is None else (day, None)
    try:
        return day, _offset(match, 4, MAX_OFFSET_HOURS)
    except _Bad:
        return None


def parse_time(text: str, max_hours: int = MAX_OFFSET_HOURS) -> AnyTime | None:
    """``10:15:00``, with a fraction, ``Z``, an offset or ``@zone``; ``24:00:00`` is midnight (XML Schema §3.3.8.2)."""
    clock = _clock(text, max_hours)
    return None if clock is None else time_at(clock[0] % NANOS_OF_DAY, clock[1])


def _clock(text: str, max_hours: int) -> tuple[int, tzinfo | None] | None:
    """Nanoseconds since midnight, up to a whole day, and the zone."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3])
    nanos = (hours * 3600 + minutes * 60 + seconds) * NANOS_OF_SECOND + _nanos(match[4])
    if minutes > 59 or seconds > 59 or nanos > NANOS_OF_DAY or (hours == 24 and (match[4] or "").strip("0")):
        return None
    try:
        where = _offset(match, 5, max_hours)
    except _Bad:
        return None
    if match[10] and (where := zone(match[10])) is None:
        return None
    return nanos, where


def _offset(match: re.Match[str], first: int, max_hours: int) -> tzinfo | None:
    """The zone of the groups from ``first``: Z, sign, hours, minutes, seconds; None where there is none.

    Raises:
        _Bad: beyond the bounds.
    """
    if match[first]:
        return UTC
    if not match[first + 1]:
        return None
    hours, minutes, seconds = int(match[first + 2]), int(match[first + 3]), int(match[first + 4] or 0)
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    where = fixed_zone(-length if match[first + 1] == "-" else length, max_hours)
    if where is None or minutes > 59 or seconds > 59:
        raise _Bad
    return where


def _nanos(fraction: str | None) -> int:
    """The fraction of a second; digits after the ninth are cut off."""
    return int((fraction or "").ljust(9, "0")[:9])


def parse_date_time(text: str, max_hours: int = MAX_OFFSET_HOURS) -> AnyDateTime | None:
    """``2026-11-22T10:15:00+08:00``; a date alone is its midnight, ``T24:00:00`` the next one."""
    day_text, at, time_text = text.partition("T")
    day = _day(day_text)
    if day is None:
        return None
    nanos, where = 0, day[1]
    if at:
        clock = _clock(time_text, max_hours)
        if clock is None or where is not None:
            return None
        nanos, where = clock
    return date_time_at(day[0].toordinal() + nanos // NANOS_OF_DAY, nanos % NANOS_OF_DAY, where)


def parse_duration(text: str) -> AnyDuration | YearMonthDuration | None:
    """``P1DT2H`` or ``P1Y2M``; the two kinds don't mix."""
    match = _YEARS_MONTHS.fullmatch(text)
    if match is not None and (match[2] or match[3]):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearMonthDuration(-months if match[1] else months) if months < MAX_MONTHS else None
    match = _DAYS_TIME.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.group(2, 3, 4, 5))
    nanos = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * NANOS_OF_SECOND + _nanos(match[6])
    return length_of(-nanos if match[1] else nanos)


def parse_temporal(text: str) -> Any:
    """The value of an at-literal, or None."""
    for parse in (parse_date, parse_time, parse_date_time, parse_duration):
        value: Any = parse(text)
        if value is not None:
            return value
    return None
