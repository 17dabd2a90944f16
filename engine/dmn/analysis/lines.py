"""What lies between two values of a kind: an example that looks natural, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any, Final

from engine.dmn.analysis import timelines
from engine.feel.values.numbers import CONTEXT

OTHER: Final = "其他"
#: Enough digits to divide and add any two numbers of the context that lie near each other.
_WIDE: Final = Context(prec=120, Emin=-99999, Emax=99999)


def place_of(kind: str, value: Any) -> Any:
    """Where a value lies on the line of its kind; equal values have one place."""
    return value if kind in ("number", "string") else timelines.place_of(kind, value)


def is_whole(value: Decimal) -> bool:
    """Whether a number has no fraction."""
    return value == value.to_integral_value(context=_WIDE)


def between(kind: str, low: Any, high: Any, constants: Sequence[Any], *, whole: bool) -> tuple[Any, bool] | None:
    """An example between two values, and whether it is to be expected; None when nothing lies there.

    Args:
        kind: as ``kinds.kind_of`` says.
        low: None is no end, as in ``high``.
        constants: all of the kind, for the zones that are in use.
        whole: of numbers, only whole ones.
    """
    if kind not in ("number", "string"):
        return timelines.between(kind, low, high, constants)
    if kind == "string":
        found: Any = _text_between(low, high)
    else:
        found = _whole_between(low, high) if whole else _number_between(low, high)
    return None if found is None else (found, True)


# Numbers


def _whole_between(low: Decimal | None, high: Decimal | None) -> Decimal | None:
    if low is None:
        return None if high is None else _next_whole(high, -1)
    found = _next_whole(low, 1)
    return found if high is None or (found is not None and found < high) else None


def _next_whole(value: Decimal, sign: int) -> Decimal | None:
    """The next whole number above (1) or below (-1) a value; one far away where it has no such digits."""
    try:
        if value.adjusted() > 33:
            further = (value > 0) == (sign > 0)
            return CONTEXT.multiply(value, Decimal(2)) if further else CONTEXT.divide(value, Decimal(2))
        mode = "ROUND_FLOOR" if sign > 0 else "ROUND_CEILING"
        return CONTEXT.add(value.to_integral_value(mode, _WIDE), Decimal(sign))
    except ArithmeticError:
        return None  # there is no number beyond


def _number_between(low: Decimal | None, high: Decimal | None) -> Decimal | None:
    """A short number between two others; beyond the last constant the next whole one."""
    if low is None or high is None:
        return _whole_between(low, high)
    if low < 0 < high:
        return Decimal(0)
    if high <= 0:
        mirrored = _number_between(-high, -low)
        return None if mirrored is None else -mirrored
    return _shortest(low, high)


def _shortest(low: Decimal, high: Decimal) -> Decimal | None:
    """The first multiple of the coarsest step (…, 50, 10, 5, 1, 0.5, …) between two numbers that aren't negative."""
    for exponent in range(high.adjusted(), high.adjusted() - 36, -1):
        for head in (5, 1):
            step = Decimal(head).scaleb(exponent, _WIDE)
            steps = _WIDE.divide(low, step).to_integral_value("ROUND_FLOOR")
            found = _WIDE.multiply(_WIDE.add(steps, Decimal(1)), step)
            if low < found < high and CONTEXT.plus(found) == found:
                return CONTEXT.plus(found)
    return None


# Texts


def _text_between(low: str | None, high: str | None) -> str | None:
    """A text between two others by code points: 其他 where it fits."""
    start = low or ""
    candidates = [OTHER, f"{OTHER}2", *(start + more for more in (OTHER, "0", " ", "\0")), "A", "0", ""]
    return next((each for each in candidates if (low is None or low < each) and (high is None or each < high)), None)
