"""Money: no more goes back than was paid, unless a head of department said so; nobody does two of three steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from tests.processes.walks.record import Record, RegisterEntry

_REGISTERS = frozenset({"compensation_register", "refund_register"})
_APPROVALS = frozenset(
    {
        ("s03_amount_approval", "approve_by_supervisor"),
        ("s03_amount_approval", "approve_by_manager"),
        ("s02_payout", "approve_excess"),
        ("s02_payout", "finance_pay"),
        ("a05_negotiation_ladder", "manager_assist"),
    }
)
#: Approval → what the person who gives it must not have done beside opening the case.
_NARROW = {
    ("p04_bulk_order", "approve_discount"): {"apply_discount"},
    ("p14_gift_free_shipping", "approve_gift"): {"decide_handling"},
    ("p11_invoice", "issue_invoice"): {"confirm_invoice_application"},
    ("p11_invoice", "issue_invoice_urgent"): {"confirm_invoice_application"},
}
_HEAD = "dept_manager"
#: Processes that have a compensation approved → what an agent may give without, in 元.
_FREE = {
    "p01_compensation": Decimal(30),
    "p03_wrong_shipment": Decimal(30),
    "s01_three_guarantees": Decimal(30),
    "a01_repair_ticket": Decimal(30),
    "a04_expectation_mismatch": Decimal(15),
    "a05_negotiation_ladder": Decimal(30),
    "a30_promise_followup": Decimal(30),
}


def money_rules(record: Record) -> Iterator[str]:
    """Sentences on what does not hold."""
    yield from _sums(record)
    for entry in record.entries:
        if entry.register in _REGISTERS:
            yield from _excess(record, entry)
        if entry.register == "compensation_register":
            yield from _approved(record, entry)
    for task in record.tasks:
        if task.status == "completed":
            yield from _eyes(record, task)


def _sums(record: Record) -> Iterator[str]:
    """What went back for an order without an excess that was agreed is within what was paid for it."""
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entry in record.entries:
        values = entry.values
        if entry.register in _REGISTERS and values.get("status") == "已打款" and not _agreed(record, entry):
            if not isinstance(values.get("paid_amount"), Decimal) or not values.get("payment_no"):
                yield f"{entry} is paid without amount or number: {values}"
                continue
            besides = record.instances[entry.taken_by or entry.instance].variables.get("paid_besides")
            paid[str(values.get("order_id"))] += values["paid_amount"] - (besides or Decimal(0))
    for order_id, total in paid.items():
        if order_id in record.walk.world.orders:
            order = record.walk.world.order(order_id)
            limit = Decimal(0) if order["paid_at"] is None else order["order_amount"]
            if total > limit:
                yield f"{total} went back for {order_id}, of which {limit} was paid, and nobody agreed"


def _agreed(record: Record, entry: RegisterEntry) -> bool:
    payer = record.instances[entry.taken_by or entry.instance]
    return payer.process_id == "s02_payout" and payer.variables.get("excess_approved") is True


def _excess(record: Record, entry: RegisterEntry) -> Iterator[str]:
    if not _agreed(record, entry) or entry.values.get("status") != "已打款":
        return
    if not entry.values.get("excess_reason"):
        yield f"{entry}: an excess was paid without a reason"
    approver = entry.values.get("approver")
    if not isinstance(approver, str) or not approver.startswith(_HEAD):
        yield f"{entry}: an excess was paid that {approver!r} agreed to"


def _approved(record: Record, entry: RegisterEntry) -> Iterator[str]:
    """Whoever offers more than he may has asked before."""
    payer = record.instances[entry.taken_by or entry.instance]
    caller = record.instances.get(payer.parent or 0)
    free = None if caller is None or payer.process_id != "s02_payout" else _FREE.get(caller.process_id)
    amount = entry.values.get("paid_amount")
    paid = entry.values.get("status") == "已打款"
    if free is not None and paid and isinstance(amount, Decimal) and amount > free:
        approver = entry.values.get("approver")
        if not isinstance(approver, str) or not approver.startswith(("supervisor", _HEAD)):
            yield f"{entry}: {amount} was paid and {approver!r} agreed"


def _eyes(record: Record, task: Row[Any]) -> Iterator[str]:
    what = (task.process_id, task.element)
    narrow = _NARROW.get(what)
    if what not in _APPROVALS and narrow is None:
        return
    opener = record.instances[task.instance].row.opened_by
    others = {
        other.completed_by
        for other in record.tasks
        if other.case_id == task.case_id
        and other.status == "completed"
        and (other.process_id, other.element) != what
        and other.ended_at <= task.ended_at
        and (narrow is None or other.element in narrow)
    }
    if task.completed_by == opener or task.completed_by in others:
        yield f"case {task.case_id}: {task.completed_by} did {task.element} and what it is about"
