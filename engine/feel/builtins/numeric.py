"""Built-in functions on numbers (DMN 1.5 §10.3.4.5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Any, Final

from engine.feel.builtins.registry import builtin
from engine.feel.limits import Run
from engine.feel.values.kinds import YearMonthDuration
from engine.feel.values.numbers import CONTEXT, guarded, rounded
from engine.feel.values.operations import negate
from engine.feel.values.temporal import LENGTHS, absolute

_ZERO: Final = Decimal(0)


def _rounding(name: str, mode: str, *signatures: str) -> None:
    def apply(run: Run, number: Decimal, scale: Decimal = _ZERO) -> Decimal | None:
        return rounded(number, scale, mode)

    builtin(name, *signatures)(apply)


_rounding("decimal", ROUND_HALF_EVEN, "n: number, scale: number")
_rounding("floor", ROUND_FLOOR, "n: number, scale?: number")
_rounding("ceiling", ROUND_CEILING, "n: number, scale?: number")
_rounding("round up", ROUND_UP, "n: number, scale?: number")
_rounding("round down", ROUND_DOWN, "n: number, scale?: number")
_rounding("round half up", ROUND_HALF_UP, "n: number, scale?: number")
_rounding("round half down", ROUND_HALF_DOWN, "n: number, scale?: number")


def _function(name: str, operation: Callable[[Decimal], Decimal]) -> None:
    apply = guarded(operation)
    builtin(name, "number: number")(lambda run, number: apply(number))


_function("sqrt", CONTEXT.sqrt)
_function("exp", CONTEXT.exp)


@builtin("log", "number: number")
def _log(run: Run, number: Decimal) -> Decimal | None:
    return guarded(CONTEXT.ln)(number) if number > 0 else None


@builtin("abs", "n: Any")
def _abs(run: Run, n: Any) -> Any:
    if type(n) is Decimal:
        return CONTEXT.abs(n)
    if type(n) in LENGTHS:
        return absolute(n)
    if type(n) is YearMonthDuration:
        return n if n.months >= 0 else negate(n)
    return None


@builtin("modulo", "dividend: number, divisor: number")
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """dividend - divisor * floor(dividend / divisor)."""
    if not divisor:
        return None
    try:
        rest = CONTEXT.remainder(dividend, divisor)
    except ArithmeticError:  # the quotient has more than 34 digits
        return None
    return CONTEXT.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


@builtin("odd", "number: number")
def _odd(run: Run, number: Decimal) -> bool | None:
    return _rest_of_two(number, 1)


@builtin("even", "number: number")
def _even(run: Run, number: Decimal) -> bool | None:
    return _rest_of_two(number, 0)


def _rest_of_two(number: Decimal, rest: int) -> bool | None:
    """Looks at the last digit alone: a number may have six thousand."""
    _, digits, exponent = number.normalize(CONTEXT).as_tuple()
    if not isinstance(exponent, int) or exponent < 0:
        return False
    return (digits[-1] if exponent == 0 else 0) % 2 == rest
