"""How much money a case is about: what lists of its tasks show, filter and sort by."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec


class _Glance(msgspec.Struct):
    """The variables that say it; the rest of the bytes is skipped, not decoded."""

    payout_amount: Decimal | None = None
    order_amount: Decimal | None = None


_GLANCE: Final = msgspec.json.Decoder(_Glance)
#: No shop's order has more digits before the point; what has is a slip of somebody's keyboard.
_MOST_DIGITS: Final = 14


def fen_of(variables: bytes) -> int | None:
    """The amount to be paid out, else the order's, in 分 (half up); None where the variables tell none.

    Args:
        variables: of an instance, canonical bytes.
    """
    try:
        glance = _GLANCE.decode(variables)
    except msgspec.ValidationError:
        return None
    amount = glance.payout_amount if glance.payout_amount is not None else glance.order_amount
    if amount is None or not amount.is_finite() or amount.adjusted() > _MOST_DIGITS:
        return None
    return int((amount * 100).to_integral_value(ROUND_HALF_UP))
