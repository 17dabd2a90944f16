"""Orders as indicators count them: paid, refunded, bought again, not yet paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Row,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    select,
)

from engine.kpi.facts.base import ONE, Measure, Scope
from engine.store.tables import register_cell, shop_order

_DAY: Final = 86_400 * 1_000_000
#: Keys of register cells, see store.register_cells.
_PAID_OUT: Final = "t已打款"
_REFUND: Final = "trefund"
so = shop_order.c


class _Amount(msgspec.Struct):
    """The one fact that is read."""

    order_amount: Decimal | None = None


_AMOUNT: Final = msgspec.json.Decoder(_Amount)


def _paid(scope: Scope, hit: ColumnElement[Any], *extra: ColumnElement[Any]) -> Select[Any]:
    return select(
        so.agent.label("person"),
        so.paid_at.label("at"),
        so.order_id.label("ref"),
        literal(None).label("case_id"),
        hit.label("hit"),
        literal(1).label("weight"),
        so.order_id.label("what"),
        *extra,
    ).where(so.paid_at >= scope.since, so.paid_at < scope.until, so.paid_at.is_not(None))


def paid(scope: Scope) -> Select[Any]:
    """Orders paid in the period."""
    return _paid(scope, literal(1))


def paid_amounts(scope: Scope) -> Select[Any]:
    """Orders paid in the period, with what a measure reads their amount from."""
    return _paid(scope, literal(0), so.facts.label("facts"))


def amounts(_scope: Scope) -> Measure:
    """The order's amount in 分; one without an amount counts as an order of 0."""

    def measure(row: Row[Any]) -> tuple[Decimal | int, int]:
        try:
            amount = _AMOUNT.decode(row.facts).order_amount
        except msgspec.ValidationError:
            amount = None
        return 0 if amount is None else int((amount * 100).to_integral_value()), 1

    return measure


def _row_has(row: Any, column: str, key: str) -> ColumnElement[bool]:
    cell = register_cell.alias()
    return exists(ONE).where(cell.c.row == row, cell.c.column == column, cell.c.sort == key)


def refunded(scope: Scope) -> Select[Any]:
    """K11: orders paid in the period; hit: a refund of them has been paid out since."""
    of_order = register_cell.alias()
    was_refunded = exists(ONE).where(
        of_order.c.register == "refund_register",
        of_order.c.column == "order_id",
        of_order.c.sort == "t" + func.lower(func.substr(so.order_id, 1, 64)),
        _row_has(of_order.c.row, "status", _PAID_OUT),
        _row_has(of_order.c.row, "payout_kind", _REFUND),
    )
    return _paid(scope, case((was_refunded, 1), else_=0))


def _buyers(scope: Scope, *by: ColumnElement[Any]) -> Select[Any]:
    """Customers who paid in the period, once each (by agent where asked); hit: twice within the days up to its end."""
    before = shop_order.alias()
    span = scope.rules.bound("repeat_days") * _DAY
    person = by[0] if by else literal(None)
    counted = [
        before.c.customer_id == so.customer_id,
        before.c.paid_at > scope.until - span,
        before.c.paid_at < scope.until,
    ]
    times = select(func.count()).select_from(before).where(*counted).correlate(shop_order).scalar_subquery()
    return (
        select(
            person.label("person"),
            func.max(so.paid_at).label("at"),
            func.max(so.order_id).label("ref"),
            literal(None).label("case_id"),
            case((times >= 2, 1), else_=0).label("hit"),
            literal(1).label("weight"),
            func.max(so.order_id).label("what"),
            so.customer_id.label("same"),
        )
        .where(so.paid_at >= scope.since, so.paid_at < scope.until, so.paid_at.is_not(None))
        .group_by(so.customer_id, *by)
    )


def buyers_by_agent(scope: Scope) -> Select[Any]:
    """K29: each agent's customers."""
    return _buyers(scope, so.agent)


def buyers(scope: Scope, words: frozenset[str] | None) -> Select[Any]:
    """K29: the customers of all whom the words name, once each; None: the shop's."""
    query = _buyers(scope)
    return query if words is None else query.where(func.lower(func.trim(so.agent)).in_(sorted(words)))


def customers_by_agent(scope: Scope) -> Select[Any]:
    """K04: customers who paid in the period, each agent's once."""
    return _customers(scope, so.agent)


def customers(scope: Scope, words: frozenset[str] | None) -> Select[Any]:
    """K04: the customers of all whom the words name, once each; None: the shop's."""
    query = _customers(scope)
    return query if words is None else query.where(func.lower(func.trim(so.agent)).in_(sorted(words)))


def _customers(scope: Scope, *by: ColumnElement[Any]) -> Select[Any]:
    return (
        select(
            (by[0] if by else literal(None)).label("person"),
            func.max(so.paid_at).label("at"),
            func.max(so.order_id).label("ref"),
            literal(None).label("case_id"),
            literal(1).label("hit"),
            literal(1).label("weight"),
            func.max(so.order_id).label("what"),
            so.customer_id.label("same"),
        )
        .where(so.paid_at >= scope.since, so.paid_at < scope.until, so.paid_at.is_not(None))
        .group_by(so.customer_id, *by)
    )


def unpaid_bulk(scope: Scope) -> Select[Any]:
    """K35: confirmed bulk orders whose order is still unpaid now; hit: their final amount in 分."""
    confirmed, order_no, amount = register_cell.alias(), register_cell.alias(), register_cell.alias()
    is_unpaid = so.order_stage == literal_column("'unpaid'")
    key = ("t" + func.lower(so.order_id)).label("key")
    unpaid = select(so.order_id, so.agent, so.updated_at, key).where(is_unpaid).limit(-1).subquery()
    return (
        select(
            unpaid.c.agent.label("person"),
            unpaid.c.updated_at.label("at"),
            unpaid.c.order_id.label("ref"),
            literal(None).label("case_id"),
            fen(amount.c.sort).label("hit"),
            literal(1).label("weight"),
            unpaid.c.order_id.label("what"),
        )
        .select_from(order_no)
        .join(confirmed, and_(confirmed.c.row == order_no.c.row, confirmed.c.column == "confirmed_at"))
        .join(amount, and_(amount.c.row == order_no.c.row, amount.c.column == "final_amount"))
        .join(unpaid, unpaid.c.key == order_no.c.sort)
        .where(
            order_no.c.register == "bulk_order_register",
            order_no.c.column == "order_id",
            # Said once more, by the index of unpaid orders: however many bulk orders there have been.
            order_no.c.sort.in_(select(key).where(is_unpaid)),
            confirmed.c.sort.like("d%"),
            amount.c.sort.like("n1%"),
        )
    )


def fen(sort: Any) -> Any:
    """A positive amount in the key of a register's cell, in 分."""
    return cast(func.round(cast(func.substr(sort, 3), Float) * 100), BigInteger)
