"""Indicators (K01–K37), their targets and the assessment formulas."""

from sqlalchemy import Connection

from engine.kpi.board import Board
from engine.kpi.by_process import enter_target
from engine.kpi.indicator import Indicator
from engine.kpi.indicators import GROUPS, INDICATORS, get_indicator, of_group
from engine.kpi.people import Circle, circle_of, enters_figures, sees_indicators, sets_rules
from engine.kpi.periods import Period, Span, month_of, period_of, read_month, read_period, today_of, trend
from engine.kpi.readings import TOTAL, From, Part, Reading, Unit

__all__ = [
    "GROUPS",
    "INDICATORS",
    "TOTAL",
    "Board",
    "Circle",
    "Connection",
    "From",
    "Indicator",
    "Part",
    "Period",
    "Reading",
    "Span",
    "Unit",
    "circle_of",
    "enter_target",
    "enters_figures",
    "get_indicator",
    "month_of",
    "of_group",
    "period_of",
    "read_month",
    "read_period",
    "sees_indicators",
    "sets_rules",
    "today_of",
    "trend",
]
