"""Days and amounts as people type them into filters: read, or refused in a sentence."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Final

from engine.errors import InvalidValue

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONEY: Final = re.compile(r"\d{1,10}(\.\d{1,2})?", re.ASCII)
_MONEY_SIGNS: Final = dict.fromkeys(map(ord, ",,¥¥元 "))


def read_day(text: str) -> date:
    """A day like 2026-01-31.

    Raises:
        InvalidValue: it is none.
    """
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValue(
            f"“{text[:20]}” is no day; please write it like 2026-01-31.",
            message_zh=f"“{text[:20]}”不是日期,请写成 2026-01-31 的样子。",
        ) from None


def read_money(text: str) -> Decimal:
    """An amount in 元 like 1,234.5 or ¥199, with two decimals.

    Raises:
        InvalidValue: it is none.
    """
    plain = text.translate(_MONEY_SIGNS)
    if not _MONEY.fullmatch(plain):
        raise InvalidValue(
            f"“{text[:20]}” is no amount; please write it like 199.00.",
            message_zh=f"“{text[:20]}”不是金额,请写成 199.00 的样子。",
        )
    return Decimal(plain).quantize(Decimal("0.01"))
