"""Built-in relations of ranges and points (DMN 1.5 §10.3.4.9, Table 78)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.feel.builtins.registry import builtin
from engine.feel.limits import Run
from engine.feel.values.kinds import Range
from engine.feel.values.operations import compare, within


def _as_range(value: Any) -> Range | None:
    """A range, or a point as the range that holds only it."""
    if isinstance(value, Range):
        return value
    return None if value is None else Range(value, value)


#: Which of the two may be a point → the signatures beside that of two ranges (DMN 1.5 Table 78).
_WITH_POINTS: Final = {
    (False, False): (),
    (True, False): ("point: Any, range: Any",),
    (False, True): ("range: Any, point: Any",),
    (True, True): ("point: Any, range: Any", "range: Any, point: Any", "point1: Any, point2: Any"),
}


def _relation(name: str, *, points: tuple[bool, bool]) -> Callable[..., Any]:
    """Registers a relation of two ranges; ``points``: which of the two may be a point."""

    def register(function: Callable[[Range, Range], bool | None]) -> Callable[[Range, Range], bool | None]:
        def call(run: Run, left: Any, right: Any) -> bool | None:
            if not (isinstance(left, Range) or points[0]) or not (isinstance(right, Range) or points[1]):
                return None
            one, other = _as_range(left), _as_range(right)
            if one is None or other is None:
                return None
            if compare(one.low, other.low) is None or compare(one.high, other.high) is None:
                return None
            return function(one, other)

        builtin(name, "range1: Any, range2: Any", *_WITH_POINTS[points])(call)
        return function

    return register


def _low(one: Range, other: Range) -> int:
    """Order of the starts: an open start is later than a closed one at the same value."""
    order = compare(one.low, other.low) or 0
    return order or (other.low_closed - one.low_closed)


def _high(one: Range, other: Range) -> int:
    """Order of the ends: an open end is earlier than a closed one at the same value."""
    order = compare(one.high, other.high) or 0
    return order or (one.high_closed - other.high_closed)


@_relation("before", points=(True, True))
def _before(one: Range, other: Range) -> bool:
    order = compare(one.high, other.low)
    return order == -1 or (order == 0 and not (one.high_closed and other.low_closed))


@_relation("after", points=(True, True))
def _after(one: Range, other: Range) -> bool:
    return bool(_before(other, one))


@_relation("meets", points=(False, False))
def _meets(one: Range, other: Range) -> bool:
    return one.high_closed and other.low_closed and compare(one.high, other.low) == 0


@_relation("met by", points=(False, False))
def _met_by(one: Range, other: Range) -> bool:
    return bool(_meets(other, one))


@_relation("overlaps", points=(False, False))
def _overlaps(one: Range, other: Range) -> bool:
    return not _before(one, other) and not _before(other, one)


@_relation("overlaps before", points=(False, False))
def _overlaps_before(one: Range, other: Range) -> bool:
    return bool(_overlaps(one, other)) and _low(one, other) < 0 and _high(one, other) <= 0


@_relation("overlaps after", points=(False, False))
def _overlaps_after(one: Range, other: Range) -> bool:
    return bool(_overlaps(one, other)) and _low(one, other) > 0 and _high(one, other) >= 0


@_relation("finishes", points=(True, False))
def _finishes(one: Range, other: Range) -> bool:
    return _high(one, other) == 0 and _low(one, other) >= 0


@_relation("finished by", points=(False, True))
def _finished_by(one: Range, other: Range) -> bool:
    return bool(_finishes(other, one))


@_relation("starts", points=(True, False))
def _starts(one: Range, other: Range) -> bool:
    return _low(one, other) == 0 and _high(one, other) <= 0


@_relation("started by", points=(False, True))
def _started_by(one: Range, other: Range) -> bool:
    return bool(_starts(other, one))


@_relation("includes", points=(False, True))
def _includes(one: Range, other: Range) -> bool | None:
    answer: bool | None = _during(other, one)
    return answer


@_relation("during", points=(True, False))
def _during(one: Range, other: Range) -> bool | None:
    if one.low == one.high and one.low_closed and one.high_closed:
        return within(one.low, other)
    return _low(one, other) >= 0 and _high(one, other) <= 0


@_relation("coincides", points=(True, True))
def _coincides(one: Range, other: Range) -> bool:
    return _low(one, other) == 0 and _high(one, other) == 0
