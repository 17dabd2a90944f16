"""Why a user task is due when it is: its lane's time, and the hours in which it was counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.bpmn.timing import parse_duration
from engine.clock import instant_or_none
from engine.worktime import Calendar

if TYPE_CHECKING:
    from engine.definitions import Definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class DueView:
    """What a task's due clock says beside its due time. Instants are aware UTC."""

    #: When its people are or were to be reminded (80 % of its time); None: by timers drawn in the diagram, or never.
    remind_at: datetime | None = None
    reminded_at: datetime | None = None
    #: When its delay was last made known.
    escalated_at: datetime | None = None
    #: The row of the task SLA by which it is due; None: its due time is drawn in the diagram.
    group: str | None = None
    duration: timedelta | None = None
    #: The opening hours in which that was counted, e.g. 9:00–23:30; "" where days differ.
    hours: str = ""
    #: Its case is urgent: it stands before others.
    urgent: bool = False


def due_view(row: Any, definitions: Definitions) -> DueView:
    """From a row of TASK_ROW."""
    length = parse_duration(row.sla_duration) if row.sla_duration else None
    return DueView(
        remind_at=_instant(row.remind_at),
        reminded_at=_instant(row.reminded_at),
        escalated_at=_instant(row.escalated_at),
        group=row.sla_group,
        duration=None if length is None else length.rest,
        hours="" if row.calendar is None else _hours_of(definitions, row.calendar),
        urgent=row.urgency == 0,
    )


def _hours_of(definitions: Definitions, calendar_key: int) -> str:
    known = definitions.schedules
    found = None if known is None else known.find_calendar(calendar_key)
    return "" if found is None else usual_hours(found)


@lru_cache(maxsize=1024)
def usual_hours(calendar: Calendar) -> str:
    """The hours of every day of the week, e.g. 9:00–12:00、13:00–18:00; "" where days of the week differ."""
    first = calendar.week[0]
    return "、".join(map(str, first)) if all(spans == first for spans in calendar.week) else ""


def _instant(at: int | None) -> datetime | None:
    return instant_or_none(at)
