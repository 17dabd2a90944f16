"""How values of a register's columns are kept to be sorted and filtered: as texts that order as the values do.

The first letter tells the kind: b boolean, d date or time on the shop's clock, n number, t anything else, as text.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from engine.clock import SHANGHAI
from engine.feel.values import narrow
from engine.model import Value

#: Longer texts are ordered by their beginning.
MAX_TEXT: Final = 64
_DIGITS: Final = 24
_PLACES: Final = 8
_BOUND: Final = Decimal(f"{'9' * _DIGITS}.{'9' * _PLACES}")
_COMPLEMENT: Final = str.maketrans("0123456789", "9876543210")


def sort_key(value: Value, text: str = "") -> str:
    """The key of a value: a ≤ b of the same kind exactly when its key is.

    Numbers hold eight decimals, and those beyond 10^24 are equal; dates come before the times of their day.

    Args:
        value: a FEEL value that is not null.
        text: what people read in its place when it is neither number, date nor boolean.
    """
    if isinstance(value, bool):
        return "b1" if value else "b0"
    if isinstance(value, Decimal | int):
        return "n" + _number(Decimal(value))
    if not isinstance(value, str):
        value = narrow(value)
    if isinstance(value, datetime):
        local = value if value.tzinfo is None else value.astimezone(SHANGHAI)
        return f"d{local:%Y-%m-%dT%H:%M:%S}"
    if isinstance(value, date):
        return f"d{value:%Y-%m-%d}"
    return "t" + (value if isinstance(value, str) else text).casefold()[:MAX_TEXT]


def _number(value: Decimal) -> str:
    size = value.copy_abs()  # abs() would round to the digits of the thread's context
    digits = f"{min(size, _BOUND):0{_DIGITS + _PLACES + 1}.{_PLACES}f}"
    return f"0{digits.translate(_COMPLEMENT)}" if value < 0 and digits.strip("0.") else f"1{digits}"
