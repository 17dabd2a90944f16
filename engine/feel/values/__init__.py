"""FEEL's values and what can be done with two of them: numbers, times, ranges, functions, types."""

from engine.feel.values.kinds import FeelFunction, Range, YearMonthDuration

__all__ = ["FeelFunction", "Range", "YearMonthDuration"]
