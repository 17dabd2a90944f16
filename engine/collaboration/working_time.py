"""Instants counted in the working time of a case's shop."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.definitions import Definitions
from engine.runtime.cascade import Cascade
from engine.store.instances import InstanceRow
from engine.worktime import CalendarProblem, Schedule


def after(cascade: Cascade, row: InstanceRow, span: timedelta) -> datetime:
    """The instant so much working time from now; calendar time where no calendar reaches so far."""
    return added(cascade.schedule(row), cascade.now, span)


def after_anywhere(definitions: Definitions, now: datetime, span: timedelta) -> datetime:
    """The same by the calendar of every shop, for what belongs to no case."""
    known = definitions.schedules
    return added(None if known is None else known.at(now), now, span)


def added(schedule: Schedule | None, now: datetime, span: timedelta) -> datetime:
    """``now`` and so much working time of a schedule's calendar."""
    if schedule is None:
        return now + span
    try:
        return schedule.calendar.add(now, span)
    except CalendarProblem:
        return now + span
