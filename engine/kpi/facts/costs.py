"""What customer service costs, and how many parcels leave: sums over the cells of registers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, Select, and_, cast, exists, literal, select, union_all

from engine.kpi.facts.base import ONE, Scope
from engine.kpi.facts.cases import returns
from engine.kpi.facts.orders import fen
from engine.store.tables import process_instance, register_cell, register_row


def parcels(scope: Scope) -> Select[Any]:
    """K30: rows of 发货登记表 dispatched in the period."""
    sent = register_cell.alias()
    since, until = _days(scope)
    return (
        select(
            process_instance.c.owner.label("person"),
            register_row.c.opened_at.label("at"),
            register_row.c.id.label("ref"),
            register_row.c.case_id.label("case_id"),
            literal(1).label("hit"),
            literal(1).label("weight"),
            literal("shipment_register").label("what"),
        )
        .select_from(sent)
        .join(register_row, register_row.c.id == sent.c.row)
        .join(process_instance, process_instance.c.key == cast(register_row.c.case_id, Integer))
        .where(
            sent.c.register == "shipment_register",
            sent.c.column == "dispatched_at",
            sent.c.sort >= since,
            sent.c.sort < until,
        )
    )


def costs(scope: Scope) -> Select[Any]:
    """K33: compensations paid, gifts, discounts of bulk orders, freight that the shop bears; hit: 分."""
    rows = union_all(
        _dated(scope, "compensation_register", "paid_amount", "paid_at"),
        _dated(scope, "urge_register", "gift_value", None),
        _discounts(scope),
        _freight(scope),
    ).subquery()
    return select(rows)


def losses(scope: Scope) -> Select[Any]:
    """K28: what the returns and exchanges of the period have cost so far; hit: 分."""
    cases = returns(scope).subquery()
    amount = register_cell.alias()
    dates = register_cell.alias()
    paid = exists(ONE).where(dates.c.row == amount.c.row, dates.c.column == "paid_at", dates.c.sort.like("d%"))
    redispatched = ~exists(ONE).where(
        dates.c.row == amount.c.row, dates.c.column == "dispatch_kind", dates.c.sort == "torder"
    )
    wanted = [
        and_(
            _register(amount).in_(("refund_register", "compensation_register")),
            amount.c.column == "paid_amount",
            paid,
        ),
        and_(_register(amount) == "shipment_register", amount.c.column == "freight_cost", redispatched),
    ]
    queries = [
        select(
            cases.c.person.label("person"),
            register_row.c.opened_at.label("at"),
            register_row.c.id.label("ref"),
            register_row.c.case_id.label("case_id"),
            fen(amount.c.sort).label("hit"),
            literal(1).label("weight"),
            (amount.c.register + "|" + amount.c.column).label("what"),
        )
        .select_from(cases)
        .join(register_row, register_row.c.case_id == cases.c.case_id)
        .join(amount, amount.c.row == register_row.c.id)
        .where(condition, amount.c.sort.like("n1%"))
        for condition in wanted
    ]
    rows = union_all(*queries).subquery()
    return select(rows)


def _register(cell: Any) -> Any:
    """A cell's register, where the cell is found by its row: not by all that the register ever had."""
    return cell.c.register.concat("")


def _days(scope: Scope) -> tuple[str, str]:
    """The period as keys of cells that hold dates and times on the shop's clock."""
    return f"d{scope.period.first.isoformat()}", f"d{(scope.period.last + timedelta(days=1)).isoformat()}"


def _amounts(register: str, column: str) -> tuple[Any, Select[Any]]:
    amount = register_cell.alias()
    query = (
        select(
            process_instance.c.owner.label("person"),
            register_row.c.opened_at.label("at"),
            register_row.c.id.label("ref"),
            register_row.c.case_id.label("case_id"),
            fen(amount.c.sort).label("hit"),
            literal(1).label("weight"),
            literal(f"{register}|{column}").label("what"),
        )
        .select_from(amount)
        .join(register_row, register_row.c.id == amount.c.row)
        .join(process_instance, process_instance.c.key == cast(register_row.c.case_id, Integer))
        .where(_register(amount) == register, amount.c.column == column, amount.c.sort.like("n1%"))
    )
    return amount, query


def _dated(scope: Scope, register: str, column: str, day: str | None) -> Select[Any]:
    """Amounts of a register whose day lies in the period: a column's, or that of the row's opening."""
    amount, query = _amounts(register, column)
    if day is None:
        return query.where(
            register_row.c.register == register,
            register_row.c.opened_at >= scope.since,
            register_row.c.opened_at < scope.until,
        )
    return _on(scope, query, amount, register, day)


def _on(scope: Scope, query: Select[Any], amount: Any, register: str, day: str) -> Select[Any]:
    """Those whose day, a column of the same row, lies in the period: found by it."""
    dates = register_cell.alias()
    since, until = _days(scope)
    of_row = and_(dates.c.row == amount.c.row, dates.c.register == register, dates.c.column == day)
    return query.join(dates, of_row).where(dates.c.sort >= since, dates.c.sort < until)


def _discounts(scope: Scope) -> Select[Any]:
    amount, query = _amounts("bulk_order_register", "goods_amount")
    final = register_cell.alias()
    columns = {column.key: column for column in query.selected_columns}
    columns["hit"] = (fen(amount.c.sort) - fen(final.c.sort)).label("hit")
    columns["what"] = literal("bulk_order_register|final_amount").label("what")
    of_row = and_(final.c.row == amount.c.row, final.c.column == "final_amount", final.c.sort.like("n1%"))
    with_final = query.with_only_columns(*columns.values()).join(final, of_row)
    return _on(scope, with_final, amount, "bulk_order_register", "confirmed_at")


def _freight(scope: Scope) -> Select[Any]:
    """Freight of what is sent once more, and of orders that were granted free shipping."""
    amount, query = _amounts("shipment_register", "freight_cost")
    kinds = register_cell.alias()
    first = and_(kinds.c.row == amount.c.row, kinds.c.column == "dispatch_kind", kinds.c.sort == "torder")
    order_of, granted, free = register_cell.alias(), register_cell.alias(), register_cell.alias()
    free_of_charge = exists(ONE).where(
        order_of.c.row == amount.c.row,
        order_of.c.column == "order_id",
        granted.c.register == "gift_freeship_register",
        granted.c.column == "order_id",
        granted.c.sort == order_of.c.sort,
        free.c.row == granted.c.row,
        free.c.column == "final_freeship",
        free.c.sort == "b1",
    )
    sent = _on(scope, query, amount, "shipment_register", "dispatched_at")
    return sent.where(~exists(ONE).where(first) | free_of_charge)
