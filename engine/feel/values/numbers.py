"""FEEL's numbers: decimals of 34 digits, in a context of their own that no other code can change."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

#: IEEE 754-2008 decimal128 (DMN 1.5 §10.3.2.3.1); never the thread's context.
CONTEXT: Final = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow],
)
#: Enough digits to hold any number of the context exactly, for rounding to a scale.
_WIDE: Final = decimal.Context(
    prec=6300, Emin=-99999, Emax=99999, flags=[], traps=[decimal.InvalidOperation, decimal.Overflow]
)
MIN_SCALE: Final = -6111
MAX_SCALE: Final = 6176
_MAX_EXPONENT: Final = 999_999_999


def literal(text: str) -> Decimal | None:
    """The number of a literal in FEEL's or XML Schema's form; None when it is out of reach."""
    try:
        return CONTEXT.create_decimal(text)
    except ArithmeticError:
        return None


def power(base: Decimal, exponent: Decimal) -> Decimal | None:
    """base ** exponent, or None where there is no such number: 0 ** -1 is infinite (DMN 1.5 Table 60)."""
    if abs(exponent) > _MAX_EXPONENT:
        return None
    try:
        value = CONTEXT.power(base, exponent)
    except ArithmeticError:
        return None
    return value if value.is_finite() else None


def rounded(value: Decimal, scale: Decimal, mode: str) -> Decimal | None:
    """The value rounded to a number of decimal places (negative: to tens, hundreds, …)."""
    places = whole(scale)
    if places is None or not MIN_SCALE <= places <= MAX_SCALE:
        return None
    if isinstance(exponent := value.as_tuple().exponent, int) and -exponent <= places:
        return value  # it has no more places than that
    try:
        return CONTEXT.plus(value.quantize(Decimal(1).scaleb(-places, _WIDE), rounding=mode, context=_WIDE))
    except ArithmeticError:
        return None


def whole(value: Any) -> int | None:
    """The integer a number stands for, or None when it has a fraction or is beyond 10^15."""
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        return None
    number = Decimal(value)
    if number.adjusted() > 15 or number != number.to_integral_value(context=_WIDE):
        return None
    return int(number)


def guarded(operation: Callable[[Decimal], Decimal]) -> Callable[[Decimal], Decimal | None]:
    """An operation of the context that gives null where mathematics gives nothing."""

    def apply(value: Decimal) -> Decimal | None:
        try:
            return operation(value)
        except ArithmeticError:
            return None

    return apply


def text(value: Decimal) -> str:
    """A number without exponent, as FEEL's ``string`` writes it."""
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain
