"""Duties: processes that start by themselves, at the times that their diagrams say, for whom the roster has."""

from engine.duties.starting import LATE, start_due
from engine.duties.today import Case, Day, Duty, Turn, read_day
from engine.duties.words import Missed, Outcome, Roster

__all__ = ["LATE", "Case", "Day", "Duty", "Missed", "Outcome", "Roster", "Turn", "read_day", "start_due"]
