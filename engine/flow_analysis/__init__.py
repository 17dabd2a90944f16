"""Where the cases of a process go and where they spend their time, counted from their histories."""

from engine.flow_analysis.asked import MOST_VARIABLES, Asked, AskedReading, Condition, Moment, Operator, Standing, read
from engine.flow_analysis.diagram import Drawing, Part, Role, drawing_of
from engine.flow_analysis.figures import Analysis, Durations, ElementFigures, LoopFigures
from engine.flow_analysis.reading import MOST_INSTANCES, Figure, analyse, cases_behind

__all__ = [
    "MOST_INSTANCES",
    "MOST_VARIABLES",
    "Analysis",
    "Asked",
    "AskedReading",
    "Condition",
    "Drawing",
    "Durations",
    "ElementFigures",
    "Figure",
    "LoopFigures",
    "Moment",
    "Operator",
    "Part",
    "Role",
    "Standing",
    "analyse",
    "cases_behind",
    "drawing_of",
    "read",
]
