"""Orders: sent once, and not at all when they are cancelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.clock import from_microseconds
from tests.processes.walks.record import Instance, Record


def order_rules(record: Record) -> Iterator[str]:
    """Sentences on what does not hold."""
    dispatches = [one for one in record.instances.values() if one.process_id == "p07_delivery"]
    of_orders = [one for one in dispatches if one.variables.get("dispatch_kind") == "order"]
    sent = Counter(one.row.order_id for one in of_orders if one.variables.get("dispatch_result") == "dispatched")
    yield from (f"the goods of {order_id} were sent {count} times" for order_id, count in sent.items() if count > 1)
    for one in of_orders:
        yield from _cancelled(record, one)
    waybills = Counter(
        one.variables["waybill_no"] for one in dispatches if one.variables.get("dispatch_result") == "dispatched"
    )
    yield from (f"{count} parcels have the number {number}" for number, count in waybills.items() if count > 1)


def _cancelled(record: Record, one: Instance) -> Iterator[str]:
    at = record.cancelled_orders.get(one.row.order_id)
    if at is None:
        return
    for task in record.tasks:
        done = task.status == "completed" and task.instance == one.key and task.element == "send_parcel"
        if done and from_microseconds(task.ended_at) > at:
            yield f"{one}: the parcel was sent at {from_microseconds(task.ended_at)}, the order was cancelled at {at}"
