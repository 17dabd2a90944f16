"""What the job types of service and send tasks do; each is a function of a job, inside the step's transaction."""

from collections.abc import Mapping
from typing import Final

from engine.connectors.context import BpmnError, Connector, JobContext
from engine.connectors.evidence import submit_evidence
from engine.connectors.messages import notify_staff, remind_courier, send_message
from engine.connectors.numbers import next_number
from engine.connectors.order_changes import update_order
from engine.connectors.orders import read_order, shop_order_status, sync_waybill
from engine.connectors.parcels import poll_logistics
from engine.connectors.payouts import order_payouts
from engine.connectors.priority import raise_priority

#: Job type → what does it.
CONNECTORS: Final[Mapping[str, Connector]] = {
    "next_number": next_number,
    "notify_staff": notify_staff,
    "order_payouts": order_payouts,
    "poll_logistics": poll_logistics,
    "raise_priority": raise_priority,
    "read_order": read_order,
    "remind_courier": remind_courier,
    "send_message": send_message,
    "shop_order_status": shop_order_status,
    "submit_evidence": submit_evidence,
    "sync_waybill": sync_waybill,
    "update_order": update_order,
}

#: Job type → variables that it sets where its task maps no outputs; those of ``read_order`` are its header's.
RESULTS: Final[Mapping[str, frozenset[str]]] = {
    "next_number": frozenset({"queue_no"}),
    "order_payouts": frozenset({"paid_out", "order_paid", "remaining"}),
    "poll_logistics": frozenset(
        {"tracking_stage", "hours_in_stage", "hours_since_update", "last_location", "last_update_at", "signed_at"}
    ),
    "shop_order_status": frozenset({"order_cancelled"}),
    "submit_evidence": frozenset({"evidence_submitted_at"}),
    "update_order": frozenset({"order_updated"}),
}

__all__ = ["CONNECTORS", "RESULTS", "BpmnError", "Connector", "JobContext"]
