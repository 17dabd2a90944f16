"""The roster as a grid: whole weeks or a month of days, a line a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from engine.clock import SHANGHAI
from engine.roster import Absence, Days, RosteredPerson, Shift, month_of, since_week
from engine.worktime import Calendar, DayKind

WEEK: Final = "week"
MONTH: Final = "month"
#: Cells of the form: cell.<day>.<user>.
CELL: Final = re.compile(r"cell\.(\d{4}-\d{2}-\d{2})\.(.{1,32})")
_DAY: Final = timedelta(days=1)
_MOST_CELLS: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What the page shows, and its neighbours."""

    view: str
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> date:
        """A day of the span before."""
        return self.first - _DAY

    @property
    def after(self) -> date:
        """A day of the span behind."""
        return self.last + _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHead:
    """The head of a column."""

    date: date
    #: 0: Monday.
    weekday: int
    holiday: bool
    make_up: bool
    today: bool
    past: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One day of one person."""

    date: date
    shift: Shift | None
    #: The person is absent for part of the shift, or of the day.
    away: bool
    #: The one in the middle of which we are.
    now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person."""

    person: RosteredPerson
    cells: tuple[Cell, ...]
    paid_minutes: int
    days_off: int
    on_duty: bool
    me: bool


def span_of(view: str, text: str, today: date) -> Span:
    """The week or month of a day; of today where the text is no date."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    if not date(2000, 1, 31) < day < date(2100, 1, 1):
        day = today
    if view == MONTH:
        first, last = month_of(day)
        return Span(view=MONTH, first=first, last=last)
    monday = since_week(day)
    return Span(view=WEEK, first=monday, last=monday + timedelta(days=6))


def heads(span: Span, calendar: Calendar, today: date) -> list[DayHead]:
    """The heads of the columns, with holidays and the days worked to make up for them."""
    return [
        DayHead(
            date=day,
            weekday=day.weekday(),
            holiday=calendar.days.get(day) is DayKind.HOLIDAY,
            make_up=calendar.days.get(day) is DayKind.MAKE_UP,
            today=day == today,
            past=day < today,
        )
        for day in span.days
    ]


def lines(
    people: Sequence[RosteredPerson],
    days: Days,
    shifts: Mapping[str, Mapping[str, Shift]],
    span: Span,
    *,
    absences: Iterable[Absence],
    on_duty: frozenset[str],
    now: datetime,
    me: str,
) -> list[Line]:
    """The lines of the grid, in the order of the people."""
    away: dict[str, list[Absence]] = {}
    for one in absences:
        away.setdefault(one.user, []).append(one)
    found = []
    for person in people:
        known = shifts[person.shop]
        worked = [known.get(days.get((person.id, day), "")) for day in span.days]
        cells = tuple(
            Cell(
                date=day,
                shift=shift,
                away=_is_away(away.get(person.id, ()), shift, day),
                now=_is_now(shift, day, now),
            )
            for day, shift in zip(span.days, worked, strict=True)
        )
        found.append(
            Line(
                person=person,
                cells=cells,
                paid_minutes=sum(shift.paid_minutes for shift in worked if shift is not None),
                days_off=sum(shift is not None and shift.off for shift in worked),
                on_duty=person.id in on_duty,
                me=person.id == me,
            )
        )
    return found


def by_team(found: Iterable[Line]) -> list[tuple[str | None, list[Line]]]:
    """Lines that follow each other in one team, with its name; None: of no team."""
    return [(team, list(some)) for team, some in groupby(found, key=lambda line: line.person.team)]


def posted_cells(
    form: Iterable[tuple[str, str]], people: Iterable[RosteredPerson], shifts: Mapping[str, Mapping[str, Shift]]
) -> tuple[dict[tuple[str, date], str], dict[str, str]]:
    """(cells, typed texts that name no shift by the name of their field).

    A cell takes a shift's name, its code, or the name's first character where that is one shift's only.
    """
    known = {one.id: one for one in people}
    cells: dict[tuple[str, date], str] = {}
    wrong: dict[str, str] = {}
    for name, text in list(form)[:_MOST_CELLS]:
        found = CELL.fullmatch(name)
        if found is None:
            continue
        word, person = text.strip(), known.get(found[2])
        try:
            day = date.fromisoformat(found[1])
        except ValueError:
            continue
        if person is None:
            cells[found[2], day] = word
            continue
        code = code_of(word, shifts[person.shop].values()) if word else ""
        if code is None:
            wrong[name] = word[:8]
        else:
            cells[person.id, day] = code
    return cells, wrong


def code_of(word: str, shifts: Iterable[Shift]) -> str | None:
    """The code of the shift that somebody means; None: none, or several."""
    found = list(shifts)
    for one in found:
        if word in (one.code, one.name):
            return one.code
    begins = [one.code for one in found if one.name.startswith(word) or one.code.startswith(word.lower())]
    return begins[0] if len(begins) == 1 else None


def _is_away(absences: Iterable[Absence], shift: Shift | None, day: date) -> bool:
    midnight = datetime.combine(day, datetime.min.time(), SHANGHAI)
    span = (midnight, midnight + _DAY) if shift is None or shift.off else shift.span(day)
    return span is not None and any(one.from_at < span[1] and one.to_at > span[0] for one in absences)


def _is_now(shift: Shift | None, day: date, now: datetime) -> bool:
    span = None if shift is None else shift.span(day)
    return span is not None and span[0] <= now < span[1]
