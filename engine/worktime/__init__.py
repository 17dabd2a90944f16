"""Working time: when the shop is open, how long that is, and when a user task is due by it. Pure."""

from engine.worktime.calendar import Calendar, CalendarProblem, DayKind, Shift, Span
from engine.worktime.content import calendar_from, plain_of
from engine.worktime.schedule import REMIND_AT, Alarm, Schedule, SlaRow
from engine.worktime.statutory import FIRST_YEAR, LAST_YEAR, default_calendar, statutory_days

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "REMIND_AT",
    "Alarm",
    "Calendar",
    "CalendarProblem",
    "DayKind",
    "Schedule",
    "Shift",
    "SlaRow",
    "Span",
    "calendar_from",
    "default_calendar",
    "plain_of",
    "statutory_days",
]
