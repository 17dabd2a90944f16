"""Arithmetic, equality and order of any two values; null where the standard defines nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from engine.errors import FeelLimitExceeded
from engine.feel.limits import MAX_DEPTH, Run, check_text
from engine.feel.values.kinds import FeelFunction, Range, YearMonthDuration
from engine.feel.values.numbers import CONTEXT, power
from engine.feel.values.temporal import (
    DAYS,
    LENGTHS,
    MAX_MONTHS,
    POINTS,
    SORTS,
    WideDate,
    WideDuration,
    add_length,
    add_lengths,
    add_months,
    difference,
    length_of,
    nanos_of,
    opposite,
    order_keys,
)

_add, _subtract, _multiply, _divide = CONTEXT.add, CONTEXT.subtract, CONTEXT.multiply, CONTEXT.divide
#: Values that are equal in FEEL when Python says so, and ordered as Python orders them.
_PLAIN: Final = (Decimal, str, bool, date, timedelta, YearMonthDuration, WideDate, WideDuration)
_ORDERED: Final = (Decimal, str, date, timedelta, YearMonthDuration)


def as_number(value: Any) -> Any:
    """An int of the program as the Decimal that FEEL knows; other values unchanged."""
    return Decimal(value) if type(value) is int else value


def add(left: Any, right: Any) -> Any:
    """left + right (DMN 1.5 Table 55)."""
    try:
        if type(left) is Decimal and type(right) is Decimal:
            return _add(left, right)
        return _add_others(as_number(left), as_number(right))
    except (ArithmeticError, ValueError):
        return None


def _add_others(left: Any, right: Any) -> Any:
    kinds = type(left), type(right)
    if kinds == (Decimal, Decimal):
        return _add(left, right)
    if kinds == (str, str):
        return check_text(left + right)
    if kinds[1] is timedelta and kinds[0] in POINTS:
        return add_length(left, right)
    if kinds[1] in LENGTHS or kinds[1] is YearMonthDuration:
        return _add_duration(left, right)
    if kinds[0] in LENGTHS or kinds[0] is YearMonthDuration:
        return _add_duration(right, left)
    return None


def _add_duration(value: Any, duration: Any) -> Any:
    kind = type(value)
    if type(duration) is YearMonthDuration:
        if kind in DAYS:
            return add_months(value, duration.months)
        return _months(value.months + duration.months) if kind is YearMonthDuration else None
    if kind in POINTS:
        return add_length(value, duration)
    return add_lengths(value, duration) if kind in LENGTHS else None


def _months(count: int) -> YearMonthDuration | None:
    return YearMonthDuration(count) if abs(count) < MAX_MONTHS else None


def subtract(left: Any, right: Any) -> Any:
    """left - right (DMN 1.5 Table 55)."""
    try:
        if type(left) is Decimal and type(right) is Decimal:
            return _subtract(left, right)
        left, right = as_number(left), as_number(right)
        if type(left) is Decimal and type(right) is Decimal:
            return _subtract(left, right)
        if type(right) in POINTS:
            return difference(left, right) if type(left) in POINTS else None
        if type(right) in LENGTHS:
            return _add_duration(left, opposite(right))
        if type(right) is YearMonthDuration:
            return _add_duration(left, YearMonthDuration(-right.months))
    except (ArithmeticError, ValueError):
        return None
    return None


def multiply(left: Any, right: Any) -> Any:
    """left * right (DMN 1.5 Table 55)."""
    try:
        if type(left) is Decimal and type(right) is Decimal:
            return _multiply(left, right)
        left, right = as_number(left), as_number(right)
        if type(left) is Decimal:
            left, right = right, left
        if type(right) is not Decimal:
            return None
        if type(left) is Decimal:
            return _multiply(left, right)
        return _scale(left, right, _multiply)
    except (ArithmeticError, ValueError):
        return None


def _scale(value: Any, factor: Decimal, operation: Callable[[Decimal, Decimal], Decimal]) -> Any:
    if type(value) in LENGTHS:
        nanos = operation(Decimal(nanos_of(value)), factor)
        return length_of(int(nanos.to_integral_value(ROUND_HALF_EVEN, CONTEXT))) if nanos.adjusted() < 27 else None
    if type(value) is YearMonthDuration:
        months = operation(Decimal(value.months), factor)
        return _months(int(months)) if months.adjusted() < 13 else None
    return None


def divide(left: Any, right: Any) -> Any:
    """left / right (DMN 1.5 Table 55)."""
    try:
        if type(left) is Decimal and type(right) is Decimal:
            return _divide(left, right)
        left, right = as_number(left), as_number(right)
        if type(right) is Decimal:
            return _divide(left, right) if type(left) is Decimal else _scale(left, right, _divide)
        if type(left) in LENGTHS and type(right) in LENGTHS:
            return _divide(Decimal(nanos_of(left)), Decimal(nanos_of(right)))
        if type(left) is YearMonthDuration and type(right) is YearMonthDuration:
            return _divide(Decimal(left.months), Decimal(right.months))
    except (ArithmeticError, ValueError):
        return None
    return None


def raise_to(left: Any, right: Any) -> Any:
    """left ** right."""
    left, right = as_number(left), as_number(right)
    return power(left, right) if type(left) is Decimal and type(right) is Decimal else None


def negate(value: Any) -> Any:
    """-value of a number or a duration."""
    value = as_number(value)
    if type(value) is Decimal:
        return CONTEXT.minus(value)
    if type(value) in LENGTHS:
        return opposite(value)
    return YearMonthDuration(-value.months) if type(value) is YearMonthDuration else None


def equal(left: Any, right: Any, run: Run, depth: int = 0) -> bool | None:
    """left = right; null when the types differ (DMN 1.5 Table 53). Items of lists and contexts cost steps."""
    kind = type(left)
    if kind is type(right) and kind in _PLAIN:
        return bool(left == right)
    if left is None or right is None:
        return left is right
    if depth > MAX_DEPTH:
        raise FeelLimitExceeded(f"a value is nested deeper than {MAX_DEPTH} levels")
    left, right = as_number(left), as_number(right)
    kind = type(left)
    if kind in SORTS:
        return _equal_times(left, right)
    return _equal_kinds(left, right, run, depth) if kind is type(right) else None


def _equal_kinds(left: Any, right: Any, run: Run, depth: int) -> bool | None:
    kind = type(left)
    if kind is list:
        run.charge(len(left))
        return len(left) == len(right) and all(equal(a, b, run, depth + 1) for a, b in zip(left, right, strict=True))
    if kind is dict:
        run.charge(len(left))
        return left.keys() == right.keys() and all(equal(left[key], right[key], run, depth + 1) for key in left)
    if kind is Range:
        ends = (left.low_closed, left.high_closed) == (right.low_closed, right.high_closed)
        return ends and equal(left.low, right.low, run) is True and equal(left.high, right.high, run) is True
    if kind is FeelFunction:
        return left is right or (left.definition is not None and left.definition == right.definition)
    return bool(left == right)


def _equal_times(left: Any, right: Any) -> bool | None:
    """Two dates, times or durations: the same instant; one with a zone never equals one without."""
    sort = SORTS[type(left)]
    if sort != SORTS.get(type(right)):
        return None
    if sort in ("time", "date and time") and (left.tzinfo is None) != (right.tzinfo is None):
        return False
    keys = order_keys(left, right)
    return keys is not None and bool(keys[0] == keys[1])


def differ(left: Any, right: Any, run: Run) -> bool | None:
    """left != right."""
    answer = equal(left, right, run)
    return None if answer is None else not answer


def same(left: Any, right: Any, run: Run) -> bool:
    """Whether two values are equal for lists, tables and counting: never null."""
    return equal(left, right, run) is True


def compare(left: Any, right: Any) -> int | None:
    """-1, 0 or 1; None when the two have no order (DMN 1.5 Table 54)."""
    left, right = as_number(left), as_number(right)
    kind = type(left)
    if kind is not type(right) or kind not in _ORDERED:
        keys = order_keys(left, right)
        if keys is None:
            return None
        left, right = keys
    return int(left > right) - int(left < right)


def less(left: Any, right: Any) -> bool | None:
    """left < right."""
    if type(left) is Decimal and type(right) is Decimal:
        return left < right
    order = compare(left, right)
    return None if order is None else order < 0


def less_or_equal(left: Any, right: Any) -> bool | None:
    """left <= right."""
    if type(left) is Decimal and type(right) is Decimal:
        return left <= right
    order = compare(left, right)
    return None if order is None else order <= 0


def between(value: Any, low: Any, high: Any) -> bool | None:
    """low <= value <= high."""
    return both(less_or_equal(low, value), less_or_equal(value, high))


def both(left: Any, right: Any) -> bool | None:
    """Three-valued and."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def within(value: Any, interval: Range) -> bool | None:
    """Whether a value lies in a range; null when it cannot be compared with an end.

    An end may be left out on purpose (``> 5``); one that has no value compares with nothing (Table 55).
    """
    if type(value) is Decimal and type(interval.low) is Decimal and type(interval.high) is Decimal:
        if value < interval.low or value > interval.high:
            return False
        inside = interval.low_closed or value != interval.low
        return inside and (interval.high_closed or value != interval.high)
    lower: bool | None = True if interval.one_sided else None
    if interval.low is not None:
        lower = (less_or_equal if interval.low_closed else less)(interval.low, value)
    upper: bool | None = True if interval.one_sided else None
    if interval.high is not None:
        upper = (less_or_equal if interval.high_closed else less)(value, interval.high)
    return both(lower, upper)
