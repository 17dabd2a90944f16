"""When a user task is due: its lane's row of the task SLA, counted in the working time of a calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from engine.worktime.calendar import Calendar

#: Of the time that a task has, what has passed when people are reminded.
REMIND_AT: Final = (4, 5)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaRow:
    """One row of the task SLA."""

    #: Working time.
    duration: timedelta
    #: As the table has it, e.g. PT4H.
    text: str
    #: Group ids, one a level: the second hears of it when another such duration has passed.
    escalates_to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """When a user task is due, when its people are reminded before, and who hears of it after."""

    due_at: datetime
    remind_at: datetime
    #: The candidate group by whose row it is due.
    group: str
    priority: str
    escalates_to: tuple[str, ...]
    #: As the table has it; None: the due time is drawn in the diagram.
    duration: str | None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A calendar and the task SLA in force together, each with the hash by which a command records it."""

    calendar: Calendar
    #: SHA-256 of the calendar's content and of the table's file.
    calendar_hash: str
    sla_hash: str
    #: The calendar's key in the database at hand; 0 where a record is read without one.
    calendar_key: int = 0
    #: (group, priority) → row.
    rows: Mapping[tuple[str, str], SlaRow] = field(default_factory=dict)

    def row_for(self, groups: Iterable[str], priority: str) -> tuple[str, SlaRow] | None:
        """The strictest row among several groups', with its group; None where the table says nothing of them."""
        found = [(group, self.rows[group, priority]) for group in sorted(groups) if (group, priority) in self.rows]
        return min(found, key=lambda one: one[1].duration, default=None)

    def alarm(self, groups: Iterable[str], priority: str, now: datetime) -> Alarm | None:
        """When a task that becomes ready now is due, by the table; None where that says nothing of its groups.

        Raises:
            CalendarProblem: the time lies beyond the calendar's end.
        """
        found = self.row_for(groups, priority)
        if found is None:
            return None
        group, row = found
        return Alarm(
            due_at=self.calendar.add(now, row.duration),
            remind_at=self.calendar.add(now, part_of(row.duration)),
            group=group,
            priority=priority,
            escalates_to=row.escalates_to,
            duration=row.text,
        )

    def alarm_before(self, due_at: datetime, groups: Iterable[str], priority: str, now: datetime) -> Alarm | None:
        """The same for a due time that is drawn: it is reminded of in calendar time; None when it is over already."""
        found = self.row_for(groups, priority)
        if found is None or due_at <= now:
            return None
        group, row = found
        return Alarm(
            due_at=due_at,
            remind_at=now + part_of(due_at - now),
            group=group,
            priority=priority,
            escalates_to=row.escalates_to,
            duration=None,
        )


def part_of(duration: timedelta) -> timedelta:
    """The part of a duration after which people are reminded, in whole microseconds."""
    part, whole = REMIND_AT
    return duration // _MICROSECOND * part // whole * _MICROSECOND
