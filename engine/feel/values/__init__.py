"""FEEL's values and what can be done with two of them: numbers, times, ranges, functions, types."""

from engine.feel.values.kinds import FeelFunction, Range, YearMonthDuration
from engine.feel.values.temporal import WideDate, WideDateTime, WideDuration, WideTime, narrow

__all__ = [
    "FeelFunction",
    "Range",
    "WideDate",
    "WideDateTime",
    "WideDuration",
    "WideTime",
    "YearMonthDuration",
    "narrow",
]
