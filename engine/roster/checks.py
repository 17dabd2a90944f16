"""The rules of a month's roster (dmn_roster_check, after-sales E02 L29): what they find warns, nothing is forbidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from engine.roster.plan import Days
from engine.roster.shifts import OFF

DAY: Final = "day"
NIGHT: Final = "night"
DAYS_OFF: Final = 4
#: Paid minutes by which somebody may work more or less in a month than the colleagues do on average.
MOST_APART: Final = 8 * 60
#: A month is planned anew when more of its days than this differ from those four weeks before.
_MOST_CHANGED: Final = Fraction(1, 4)
_FOUR_WEEKS: Final = timedelta(days=28)
#: Days of the month before that must be planned for the comparison to mean anything.
_KNOWN: Final = 14


class Severity(StrEnum):
    """What a finding weighs."""

    WARN = "warn"
    HARD = "hard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One violation. ``rule`` is the row of dmn_roster_check; ``day`` None: it is the whole month's."""

    rule: int
    severity: Severity
    user: str
    day: date | None
    #: In figures what the rule's sentence leaves open: days off, or hours apart.
    figure: str = ""


#: Row of the decision → its sentence.
TEXTS: Final[Mapping[int, str]] = {
    1: "值晚班客服第二天不适合上全白班",
    2: "每月四天休息",
    3: "至少有一整天休息(全白班和晚班连续不排)",
    4: "当月总工作时间与其他同事相差过大",
    5: "排班表不宜经常更换",
}


def month_of(day: date) -> tuple[date, date]:
    """First and last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def check_month(days: Days, paid: Mapping[str, Mapping[str, int]], people: Iterable[str], month: date) -> list[Finding]:
    """What the rules find in a month, by person and day.

    Rules of the whole month are asked of those whose every day is planned: half a roster breaks them all.

    Args:
        days: the shifts from four weeks before the month to its end.
        paid: person → code → paid minutes.
        people: whom to check; they are each other's colleagues.
        month: any day of it.
    """
    first, last = month_of(month)
    whole = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    planned = {person: [days.get((person, day), "") for day in whole] for person in people}
    full = {person: codes for person, codes in planned.items() if all(codes)}
    minutes = {person: sum(paid.get(person, {}).get(code, 0) for code in codes) for person, codes in full.items()}
    found: list[Finding] = []
    for person in planned:
        found += _nights(days, person, whole)
        if person in full:
            found += _month(person, full[person], minutes, days, whole)
    return found


def _nights(days: Days, person: str, whole: list[date]) -> Iterable[Finding]:
    for day in whole:
        if days.get((person, day - timedelta(days=1))) == NIGHT and days.get((person, day)) == DAY:
            yield Finding(rule=1, severity=Severity.WARN, user=person, day=day)


def _month(
    person: str, codes: list[str], minutes: Mapping[str, int], days: Days, whole: list[date]
) -> Iterable[Finding]:
    off = codes.count(OFF)
    if off != DAYS_OFF:
        yield Finding(rule=2, severity=Severity.HARD, user=person, day=None, figure=str(off))
    if all(code in (DAY, NIGHT) for code in codes):
        yield Finding(rule=3, severity=Severity.HARD, user=person, day=None)
    others = [total for one, total in minutes.items() if one != person]
    if others:
        apart = minutes[person] - Fraction(sum(others), len(others))
        if abs(apart) > MOST_APART:
            hours = f"{float(apart / 60):+.1f}"
            yield Finding(rule=4, severity=Severity.WARN, user=person, day=None, figure=hours)
    four_weeks = list(zip(whole, codes, strict=True))[: _FOUR_WEEKS.days]
    known = [(then, code) for day, code in four_weeks if (then := days.get((person, day - _FOUR_WEEKS)))]
    if len(known) >= _KNOWN and Fraction(sum(then != now for then, now in known), len(known)) > _MOST_CHANGED:
        yield Finding(rule=5, severity=Severity.WARN, user=person, day=None)
