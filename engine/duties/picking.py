"""Whom the roster has for a turn of a duty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from engine import roster
from engine.clock import from_microseconds, to_microseconds
from engine.notifications import members_of
from engine.store.tables import roster_day, timer_turn

#: A turn for each who starts or ends work is for those whose shift does so by then.
SOON: Final = timedelta(hours=1)
#: Whose turn it was in this time counts for whose turn it is.
_MEMORY: Final = timedelta(days=30)
#: A shift covers its first instant and not its last.
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Somebody's shift that begins or ends."""

    person: str
    #: Code of the shift.
    code: str
    starts_at: datetime
    ends_at: datetime


def on_duty(connection: Connection, groups: Sequence[str], process_id: str, at: datetime) -> str | None:
    """Who of some groups is on duty at an aware instant, and has had the fewest turns of a process in 30 days.

    None: nobody is.
    """
    people = roster.on_duty(connection, at).intersection(members_of(connection, groups))
    if not people:
        return None
    since = to_microseconds(at - _MEMORY)
    found = (
        select(timer_turn.c.person, func.count())
        .where(
            timer_turn.c.process_id == process_id,
            timer_turn.c.scheduled_at >= since,
            timer_turn.c.person.in_(sorted(people)),
        )
        .group_by(timer_turn.c.person)
    )
    turns: dict[str, int] = {row[0]: row[1] for row in connection.execute(found)}
    return min(people, key=lambda person: (turns.get(person, 0), person))


def arriving(connection: Connection, groups: Sequence[str], at: datetime) -> list[Shift]:
    """Whose shift begins after an aware instant and within the hour, those left out who are away then, by id."""
    shifts = _shifts(connection, groups, roster_day.c.starts_at, at)
    return [one for one in shifts if not roster.is_away(connection, one.person, one.starts_at)]


def leaving(connection: Connection, groups: Sequence[str], at: datetime) -> list[Shift]:
    """Whose shift ends after an aware instant and within the hour, those left out who are away just before, by id."""
    shifts = _shifts(connection, groups, roster_day.c.ends_at, at)
    return [one for one in shifts if not roster.is_away(connection, one.person, one.ends_at - _INSTANT)]


def _shifts(connection: Connection, groups: Sequence[str], column: Any, at: datetime) -> list[Shift]:
    day = roster_day.c
    found = (
        select(day.user, day.shift, day.starts_at, day.ends_at)
        .where(
            day.user.in_(members_of(connection, groups)),
            column > to_microseconds(at),
            column <= to_microseconds(at + SOON),
        )
        .order_by(day.user)
    )
    return [
        Shift(
            person=row.user,
            code=row.shift,
            starts_at=from_microseconds(row.starts_at),
            ends_at=from_microseconds(row.ends_at),
        )
        for row in connection.execute(found)
    ]
