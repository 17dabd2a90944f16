"""A connector that sums up what an order has cost: refunds and compensations, paid or on their way."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select

from engine import canonical, shop
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import InstanceStatus, Value, Variables
from engine.store.tables import process_instance, register_row

_REGISTERS: Final = ("compensation_register", "refund_register")
_RUNNING: Final = frozenset({InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value})
_PENDING: Final = "待打款"
_PAID: Final = "已打款"
#: Columns that hold what is to be paid, the first that is filled counts.
_AMOUNTS: Final = ("payout_amount", "comp_amount")


def order_payouts(job: JobContext) -> Variables:
    """What was paid back for the order ``order_id``, what was paid for it, and how much of that remains.

    Gives ``paid_out`` (refunds and compensations over all cases of the order, those waiting for payment included, the
    row of the asking instance left out), ``order_paid`` (null when nobody knows it; nothing when the order is not paid)
    and ``remaining`` (never below zero; null with it). Amounts in 元.

    Raises:
        JobFailed: there is no order number.
    """
    order_id = job.variables.get("order_id")
    if not isinstance(order_id, str) or not order_id:
        raise JobFailed(f"{job.element} needs order_id", message_zh="没有订单号,无法核对已退金额。")
    paid_out = _paid_out(job, order_id)
    order = shop.order_facts(job.tx.connection, order_id)
    order_paid = _amount(job.variables.get("order_amount"))
    if order is not None and _never_paid(order):
        order_paid = Decimal(0)
    elif order is not None and order["order_amount"] is not None:
        order_paid = _amount(order["order_amount"])
    remaining = None if order_paid is None else max(Decimal(0), order_paid - paid_out)
    return {"paid_out": paid_out, "order_paid": order_paid, "remaining": remaining}


def _never_paid(order: Mapping[str, Value]) -> bool:
    """Not paid yet, or cancelled before it was: a refund in 02 cancels the order first."""
    return order["order_stage"] == "unpaid" or (order["order_stage"] == "cancelled" and order["paid_at"] is None)


def _paid_out(job: JobContext, order_id: str) -> Decimal:
    """The sum over the registers; a payment that waits counts as long as the instance that pays it runs."""
    payer = func.coalesce(register_row.c.taken_by, register_row.c.instance)
    of_order = select(process_instance.c.case_id).where(process_instance.c.order_id == order_id)
    written = (
        select(register_row.c["values"], process_instance.c.status)
        .join(process_instance, process_instance.c.key == payer)
        .where(
            register_row.c.case_id.in_(of_order),
            register_row.c.register.in_(_REGISTERS),
            payer != job.instance_key,
        )
    )
    rows = [(canonical.decode(values), status) for values, status in job.tx.connection.execute(written)]
    return sum(
        (_owed(row, status) for row, status in rows if row.get("order_id") in (None, order_id)), start=Decimal(0)
    )


def _owed(row: dict[str, Any], instance_status: str) -> Decimal:
    if row.get("status") == _PAID:
        return _amount(row.get("paid_amount")) or _first(row)
    return _first(row) if row.get("status") == _PENDING and instance_status in _RUNNING else Decimal(0)


def _first(row: dict[str, Any]) -> Decimal:
    return next((amount for name in _AMOUNTS if (amount := _amount(row.get(name))) is not None), Decimal(0))


def _amount(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None
