"""Whom the roster has for a turn of a duty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from engine import roster
from engine.clock import from_microseconds, to_microseconds
from engine.notifications import members_of
from engine.store.tables import roster_day, timer_turn

#: A turn for each who starts work is for those whose shift begins by then.
SOON: Final = timedelta(hours=1)
#: Whose turn it was in this time counts for whose turn it is.
_MEMORY: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody whose shift begins."""

    person: str
    #: Code of the shift.
    shift: str
    starts_at: datetime


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


def arriving(connection: Connection, groups: Sequence[str], at: datetime) -> list[Arrival]:
    """Whose shift begins after an aware instant and within the hour, those left out who are away then, by id."""
    soon = at + SOON
    found = (
        select(roster_day.c.user, roster_day.c.shift, roster_day.c.starts_at)
        .where(
            roster_day.c.user.in_(members_of(connection, groups)),
            roster_day.c.starts_at > to_microseconds(at),
            roster_day.c.starts_at <= to_microseconds(soon),
        )
        .order_by(roster_day.c.user)
    )
    rows = connection.execute(found).all()
    present = [row for row in rows if not roster.is_away(connection, row.user, from_microseconds(row.starts_at))]
    return [Arrival(person=r.user, shift=r.shift, starts_at=from_microseconds(r.starts_at)) for r in present]
