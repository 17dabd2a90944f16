"""Quality checks of cases, objections, causes and common issues, feedback to departments, appraisals, the survey."""

from engine.quality.looking import Look, look
from engine.quality.words import is_checked, may_check, may_look, sets_form

__all__ = ["Look", "is_checked", "look", "may_check", "may_look", "sets_form"]
