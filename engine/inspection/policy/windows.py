"""How often something happened in the days before a payment: the same payee, the same buyer, amounts near the limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, select

from engine import dmn
from engine.errors import InvalidValue
from engine.inspection.policy.payments import COMPENSATION
from engine.store.tables import policy_payment

_DAY: Final = 86_400_000_000
#: No window is longer.
MOST_DAYS: Final = 366
LONGEST: Final = MOST_DAYS * _DAY
#: What is counted, as the table of windows calls it → the column by which payments are the same.
PAYEE: Final = "payee"
NEAR_LIMIT: Final = "near_limit"
BUYER: Final = "buyer"
_P: Final = policy_payment.c
_SAME: Final[Mapping[str, str]] = {PAYEE: "payee", NEAR_LIMIT: "proposer", BUYER: "buyer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How far back is counted, and which part of the limit is near it."""

    days: int = 30
    band: Decimal = Decimal("0.1")


USUAL: Final = Window()


def window_of(decision: dmn.Decision | None, count: str) -> Window:
    """What the table of windows says of a count; what is shipped, where there is no such table.

    Raises:
        EngineError: the table cannot answer, or not with whole days from 1 to 366 and a share from 0 to 1.
    """
    if decision is None:
        return USUAL
    said = decision.evaluate({"count": count}.get).output
    days, band = (said.get("days"), said.get("band")) if isinstance(said, dict) else (None, None)
    if (
        not (isinstance(days, Decimal) and isinstance(band, Decimal))
        or days != int(days)
        or not (1 <= days <= MOST_DAYS and 0 <= band <= 1)
    ):
        raise InvalidValue(
            f"the window of {count} must be 1 to {MOST_DAYS} whole days and a share from 0 to 1",
            message_zh=f"监控统计口径里 {count} 的天数须是 1 到 {MOST_DAYS} 的整数,幅度须在 0 到 1 之间。",
        )
    return Window(days=int(days), band=band)


def is_near(amount: int, limit: int | None, band: Decimal) -> bool:
    """Whether an amount needs nobody's approval and lies in the band below the limit; the limit itself does too."""
    return limit is not None and limit * (1 - band) <= amount <= limit


def rows_within(connection: Connection, payment: Row[Any], count: str, window: Window) -> list[Row[Any]]:
    """The payments that a count counts, the oldest first, with the payment itself; [] where it is no such payment.

    The window is open at its beginning: a payment exactly so many days before is no more in it.
    """
    column, value = _SAME[count], getattr(payment, _SAME[count])
    if value is None or (count == NEAR_LIMIT and not _counts_as_near(payment, window)):
        return []
    wanted: list[ColumnElement[bool]] = [_P[column] == value, _P.at > payment.at - window.days * _DAY]
    if count == NEAR_LIMIT:
        wanted.append(_P.kind == COMPENSATION)
    query = select(policy_payment).where(*wanted, _P.at <= payment.at).order_by(_P.at, _P.stream)
    rows = list(connection.execute(query))
    return [row for row in rows if _counts_as_near(row, window)] if count == NEAR_LIMIT else rows


def _counts_as_near(row: Row[Any], window: Window) -> bool:
    return row.kind == COMPENSATION and not row.approved and is_near(row.amount, row.own_limit, window.band)


def cases_of(rows: list[Row[Any]]) -> list[int]:
    """Keys of their cases, each once, in the order of payment."""
    return list(dict.fromkeys(row.case_key for row in rows))
