"""Time zones: by name, and their offsets on any day, also of years that the zone database does not reach.

A zone's rules repeat with the calendar's cycle of 400 years: above 9999 its last rules hold on as in the years 8000 to
8399, below 1 its first ones (its local mean time) as in 400 to 799. So no offset jumps where Python's calendar ends.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from engine.feel.values.temporal.cycle import CYCLE_DAYS

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
#: XML Schema Part 2 §3.3.7: offsets reach from -14:00 to +14:00.
MAX_OFFSET_HOURS: Final = 14
#: Longer than any name of the IANA database.
_LONGEST_NAME: Final = 64
NANOS_OF_SECOND: Final = 1_000_000_000
NANOS_OF_DAY: Final = 86_400 * NANOS_OF_SECOND
_MICRO: Final = timedelta(microseconds=1)
_LAST_DAY: Final = date.max.toordinal()
#: Between these an instant may be moved into any zone without leaving Python's years.
_SAFE: Final = range(date(2, 1, 1).toordinal(), date(9999, 1, 1).toordinal())
_EARLY: Final = date(400, 1, 1).toordinal()
_LATE: Final = date(8000, 1, 1).toordinal()


@lru_cache(maxsize=700)
def zone(name: str) -> tzinfo | None:
    """A zone of the IANA database, or None."""
    if name in ("Z", "z"):
        return UTC
    if len(name) > _LONGEST_NAME:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not in the database, a path, a folder of it
        return None


def fixed_zone(offset: timedelta, max_hours: int = MAX_OFFSET_HOURS) -> tzinfo | None:
    """The zone of an offset from UTC; None for one of parts of a second, or beyond 14 hours."""
    if abs(offset) > timedelta(hours=max_hours) or offset.microseconds:
        return None
    return timezone(offset) if offset else UTC


def nanos_of_delta(length: timedelta) -> int:
    """Nanoseconds of one of Python's lengths."""
    return length // _MICRO * 1000


def clock_at(nanos: int, where: tzinfo | None = None, fold: int = 0) -> time:
    """The time of day, its nanoseconds cut off, from nanoseconds since midnight."""
    seconds, rest = divmod(nanos, NANOS_OF_SECOND)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest // 1000, tzinfo=where, fold=fold)


def local_offset(ordinal: int, nanos: int, where: tzinfo, fold: int = 0) -> timedelta:
    """A zone's offset at a local day and time of day."""
    if isinstance(where, timezone):
        return where.utcoffset(None)
    if not 1 <= ordinal <= _LAST_DAY:
        ordinal = _day_of_same_rules(ordinal)
    return datetime.combine(date.fromordinal(ordinal), clock_at(nanos, where, fold)).utcoffset() or timedelta()


def instant_offset(ordinal: int, nanos: int, where: tzinfo) -> tuple[timedelta, int]:
    """A zone's offset at a day and time of day in UTC; and the fold: 1 where the local time is there a second time."""
    if isinstance(where, timezone):
        return where.utcoffset(None), 0
    if ordinal not in _SAFE:
        ordinal = _day_of_same_rules(ordinal)
    local = datetime.combine(date.fromordinal(ordinal), clock_at(nanos, UTC)).astimezone(where)
    return local.utcoffset() or timedelta(), local.fold


def _day_of_same_rules(ordinal: int) -> int:
    first = _LATE if ordinal > _LATE else _EARLY
    return first + (ordinal - first) % CYCLE_DAYS


def zone_text(where: tzinfo | None, offset: timedelta | None) -> str:
    """How a zone is written after a time: nothing, ``Z``, ``+08:00``, ``@Asia/Shanghai``."""
    if isinstance(where, ZoneInfo):
        return f"@{where.key}"
    if offset is None:
        return ""
    if not offset:
        return "Z"
    sign, length = ("-", -offset) if offset < timedelta() else ("+", offset)
    total = length // timedelta(seconds=1)
    text = f"{sign}{total // 3600:02}:{total // 60 % 60:02}"
    return f"{text}:{total % 60:02}" if total % 60 else text
