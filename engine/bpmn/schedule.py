"""When processes start by themselves: the five fields of crontab(5), read by the wall clock of a time zone.

``minute hour day-of-month month day-of-week``, each ``*``, a number, a name (``MON``, ``JAN``), a range ``9-17``, a
step ``*/15`` or ``9-17/2``, or several of these with commas. Sunday is 0 and 7. Where both days are given, either will
do (POSIX). Where clocks are put forward, a time that is skipped comes as much later; where they are put back, a time
that comes twice counts once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

#: The zone of a process that names none.
DEFAULT_ZONE: Final = "Asia/Shanghai"
#: Variables with which a turn starts; the last ones where it is for somebody who starts or ends work.
TURN: Final = ("scheduled_at", "duty_person", "shift", "shift_starts_at", "shift_ends_at")

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
#: Lowest and highest number of each field, and what its names stand for.
_FIELDS: Final[tuple[tuple[int, int, Mapping[str, int]], ...]] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: n for n, name in enumerate(_MONTHS, 1)}),
    (0, 7, {name: n for n, name in enumerate(_DAYS)}),
)
_PIECE: Final = re.compile(
    r"(?P<from>\*|\d{1,2}|[A-Z]{3})(?:-(?P<to>\d{1,2}|[A-Z]{3}))?(?:/(?P<step>\d{1,2}))?", re.ASCII
)
_SUNDAY: Final = 7
#: 29 February comes within eight years; what does not come by then never comes.
_FARTHEST: Final = 366 * 8 + 2


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule, read.

    ``days`` and ``weekdays`` (Monday is 1, Sunday 7) are None where the field is ``*``.
    """

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first instant behind an aware one, in UTC; None where none comes within eight years."""
        day = moment.astimezone(zone).date()
        for _ in range(_FARTHEST):
            if self._comes_on(day):
                behind = [instant for instant in self._instants(day, zone) if instant > moment]
                if behind:
                    return min(behind)
            if day == date.max:
                return None
            day += timedelta(days=1)
        return None

    def _comes_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        asked = [
            number in wanted
            for number, wanted in ((day.day, self.days), (day.isoweekday(), self.weekdays))
            if wanted is not None
        ]
        return any(asked) or not asked

    def _instants(self, day: date, zone: ZoneInfo) -> list[datetime]:
        return [
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
            for hour in self.hours
            for minute in self.minutes
        ]


def parse_cron(text: str) -> Cron | None:
    """The schedule that a text stands for; None if it is none."""
    fields = text.upper().split()
    if len(fields) != len(_FIELDS):
        return None
    read = [_numbers(field, low, high, names) for field, (low, high, names) in zip(fields, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = read
    if minutes is None or hours is None or days is None or months is None or weekdays is None:
        return None
    return Cron(
        text=" ".join(text.split()),
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=None if fields[2] == "*" else days,
        months=months,
        weekdays=None if fields[4] == "*" else frozenset(_SUNDAY if day == 0 else day for day in weekdays),
    )


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name; None if there is none."""
    return ZoneInfo(name) if name in _zones() else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _numbers(field: str, low: int, high: int, names: Mapping[str, int]) -> frozenset[int] | None:
    found: set[int] = set()
    for piece in field.split(","):
        numbers = _piece(piece, low, high, names)
        if not numbers:
            return None
        found.update(numbers)
    return frozenset(found)


def _piece(piece: str, low: int, high: int, names: Mapping[str, int]) -> range | None:
    read = _PIECE.fullmatch(piece)
    if read is None or (read["from"] == "*" and read["to"] is not None):
        return None
    step = int(read["step"] or 1)
    if read["from"] == "*":
        first, last = low, high
    else:
        one = _number(read["from"], names)
        other = _number(read["to"], names) if read["to"] else (high if read["step"] else one)
        if one is None or other is None:
            return None
        first, last = one, other
    if step == 0 or not low <= first <= last <= high:
        return None
    return range(first, last + 1, step)


def _number(word: str, names: Mapping[str, int]) -> int | None:
    return int(word) if word.isdigit() else names.get(word)
