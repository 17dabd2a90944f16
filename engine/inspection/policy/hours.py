"""Whether somebody acted out of hours, and how far: by the own shifts and leave, else by the shop's calendar."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from engine import calendars, roster
from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.store.tables import absence, roster_day
from engine.worktime import Calendar, CalendarProblem

#: How far back the last closing is looked for; nothing lies further from hours than this.
FARTHEST: Final = timedelta(days=14)
_DAY: Final = timedelta(days=1)
_NOTHING: Final = timedelta(0)


class Outside(NamedTuple):
    """Something done out of hours."""

    #: roster, calendar or absence.
    basis: str
    #: To the nearest instant of work, whole seconds, rounded down.
    seconds: int


class Hours:
    """Answers for one reading of the histories; what it has looked up it does not look up again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shops: dict[str, str] = {}
        self._calendars: dict[tuple[str, date], Calendar] = {}
        self._spans: dict[tuple[str, date], tuple[bool, tuple[tuple[datetime, datetime], ...]]] = {}

    def outside(self, person: str, at: datetime) -> Outside | None:
        """How far from the person's hours an aware instant is; None: it lies in them, or on their very end."""
        away = self._away(person, at)
        if away is not None:
            return _told("absence", away)
        day = at.astimezone(SHANGHAI).date()
        rostered, spans = self._rostered(person, day)
        if any(start <= at < end for start, end in spans):
            return None
        if rostered:
            return _told("roster", _nearest(spans, at))
        return _told("calendar", self._from_opening(person, day, at))

    def _away(self, person: str, at: datetime) -> timedelta | None:
        instant = to_microseconds(at)
        row = self._connection.execute(
            select(absence.c.from_at, absence.c.to_at).where(
                absence.c.user == person,
                absence.c.cancelled_at.is_(None),
                absence.c.from_at <= instant,
                absence.c.to_at > instant,
            )
        ).first()
        if row is None:
            return None
        return min(at - from_microseconds(row.from_at), from_microseconds(row.to_at) - at)

    def _rostered(self, person: str, day: date) -> tuple[bool, tuple[tuple[datetime, datetime], ...]]:
        """Whether the day itself is rostered, a day off too; and the shifts around it."""
        kept = self._spans.get((person, day))
        if kept is None:
            around = [(day + timedelta(days=step)).isoformat() for step in (-1, 0, 1)]
            rows = self._connection.execute(
                select(roster_day.c.day, roster_day.c.starts_at, roster_day.c.ends_at).where(
                    roster_day.c.user == person, roster_day.c.day.in_(around)
                )
            ).all()
            spans = tuple(
                (from_microseconds(row.starts_at), from_microseconds(row.ends_at))
                for row in rows
                if row.starts_at is not None and row.ends_at is not None
            )
            kept = any(row.day == day.isoformat() for row in rows), spans
            self._spans[person, day] = kept
        return kept

    def _from_opening(self, person: str, day: date, at: datetime) -> timedelta:
        shop = self._shops.get(person)
        if shop is None:
            shop = self._shops[person] = roster.shop_of(self._connection, person)
        # A calendar may begin to count in the middle of a day; the rest of that day is looked up by its beginning.
        calendar = self._calendars.get((shop, day))
        if calendar is None:
            calendar = self._calendars[shop, day] = calendars.calendar_at(self._connection, at, shop)
        if calendar.is_open(at):
            return _NOTHING
        found = [FARTHEST]
        with suppress(CalendarProblem):  # it never opens again
            found.append(calendar.next_opening(at) - at)
        local = at.astimezone(calendar.zone).date()
        for back in range(FARTHEST.days):
            closings = [end for _, end in calendar.intervals(local - back * _DAY) if end <= at]
            if closings:
                found.append(at - max(closings))
                break
        return min(found)


def _nearest(spans: Sequence[tuple[datetime, datetime]], at: datetime) -> timedelta:
    return min((start - at if at < start else at - end for start, end in spans), default=_DAY)


def _told(basis: str, far: timedelta) -> Outside | None:
    seconds = int(far.total_seconds())
    return Outside(basis, seconds) if seconds > 0 else None
