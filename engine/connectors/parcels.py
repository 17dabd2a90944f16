"""A connector that asks where a parcel is, in the words of the tracking process (05)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from engine import shop
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import Value, Variables

_RESULTS: Final = (
    "tracking_stage", "hours_in_stage", "hours_since_update", "last_location", "last_update_at", "signed_at",
)  # fmt: skip
_HOUR: Final = Decimal(3_600)
#: A third of a second: a limit of whole hours is told from a second later.
_STEP: Final = Decimal("0.0001")


def poll_logistics(job: JobContext) -> Variables:
    """Where the parcel ``waybill_no`` is, from the shop's table of parcels.

    Gives ``tracking_stage`` (awaiting_pickup, in_transit, delivering, exception, rejected, signed), ``hours_in_stage``,
    ``hours_since_update``, ``last_location``, ``last_update_at`` and ``signed_at`` (null before). A parcel that nobody
    knows waits for the courier since ``dispatched_at``. With the header ``without_waybill`` = ``unknown``, a case that
    has no waybill number gets nulls.

    Raises:
        JobFailed: there is no waybill number, and nothing was said of that.
    """
    waybill_no = job.variables.get("waybill_no")
    if not isinstance(waybill_no, str) or not waybill_no:
        if job.headers.get("without_waybill") == "unknown":
            return dict.fromkeys(_RESULTS)
        raise JobFailed(f"{job.element} needs waybill_no", message_zh="没有运单号,无法查询物流。")
    known = shop.parcel_facts(job.tx.connection, waybill_no)
    if known is None:
        sent = job.variables.get("dispatched_at")
        since = sent if isinstance(sent, datetime) else job.now
        known = {"stage": "awaiting_pickup", "stage_since": since, "last_update_at": since, "location": None}
    stage = shop.tracking_stage(str(known["stage"]))
    return {
        "tracking_stage": stage,
        "hours_in_stage": _hours(known["stage_since"], job.now),
        "hours_since_update": _hours(known["last_update_at"], job.now),
        "last_location": known["location"],
        "last_update_at": known["last_update_at"],
        "signed_at": known["stage_since"] if stage == "signed" else None,
    }


def _hours(since: Value, now: datetime) -> Decimal:
    """Hours that have passed; none when a courier's clock is ahead of ours."""
    passed = now - since
    seconds = Decimal(passed.days * 86_400 + passed.seconds) + Decimal(passed.microseconds).scaleb(-6)
    return max(Decimal(0), (seconds / _HOUR).quantize(_STEP))
