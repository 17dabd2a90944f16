"""After-sales: a parcel is inspected once, and whoever says that money went back has a payment behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.processes.walks.record import Instance, Record

#: Where the warehouse looks at what came back, and which of the instance's variables names the parcel.
INSPECTIONS = {
    ("a33_warehouse_receipt", "check_goods"): "return_no",
    ("a07_return_exchange_followup", "inspect_goods"): "return_waybill_no",
    ("p12_return", "inspect_return"): "return_waybill_no",
    ("p09_exchange", "inspect_exchange_goods"): "return_waybill_no",
}
_REGISTERS = ("refund_register", "compensation_register")
#: Ends that say that money went back.
PAID_ENDS = frozenset(
    {
        ("a04_expectation_mismatch", "end_compensated"),
        ("a09_refund_request", "end_refunded"),
        ("a10_unshipped_refund", "end_refunded"),
        ("a11_shipped_refund", "end_refunded"),
        ("a12_received_return", "end_returned"),
        ("a28_finance_refund", "end_refunded"),
        ("a30_promise_followup", "end_cancelled"),
        ("s02_payout", "end_paid"),
    }
)
#: Texts that tell a customer so.
PAID_TEXTS = frozenset({"M-A28-DONE", "M-A28-PAYPAL", "M-A16-REFUNDED", "M-A14-FEE", "TS2A"})


def aftersales_rules(record: Record) -> Iterator[str]:
    """Sentences on what does not hold."""
    yield from _inspected_once(record)
    paid = {
        entry.case_id
        for entry in record.entries
        if entry.register in _REGISTERS and entry.values.get("status") == "已打款"
    }
    for one in record.completed:
        said = (one.process_id, one.row.end_state) in PAID_ENDS
        if said and one.case_id not in paid and not _nothing_due(one):
            yield f"{one} ended in {one.row.end_state}, and nothing was paid in its case"
    for letter in record.letters:
        if letter.template in PAID_TEXTS and letter.case_id not in paid:
            yield f"case {letter.case_id}: {letter.template} tells of a payment that was not made: {letter.text}"


def _nothing_due(one: Instance) -> bool:
    """The platform has paid already, or all that was due was deducted."""
    express = one.process_id == "a09_refund_request" and one.variables.get("is_express") is True
    return express or (one.process_id == "a12_received_return" and one.variables.get("refund_amount") == 0)


def _inspected_once(record: Record) -> Iterator[str]:
    done: Counter[tuple[str, object]] = Counter()
    for task in record.tasks:
        number = INSPECTIONS.get((task.process_id, task.element))
        if number is not None and task.status == "completed":
            parcel = record.instances[task.instance].variables.get(number)
            done[task.case_id, parcel or task.instance] += 1
    for (case_id, parcel), count in done.items():
        if count > 1:
            yield f"case {case_id}: the parcel {parcel} was inspected {count} times"
