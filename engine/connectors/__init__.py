"""What the job types of service and send tasks do; each is a function of a job, inside the step's transaction."""

from collections.abc import Mapping
from typing import Final

from engine.connectors.context import BpmnError, Connector, JobContext
from engine.connectors.messages import notify_staff, remind_courier, send_message
from engine.connectors.orders import shop_order_status, sync_waybill

#: Job type → what does it.
CONNECTORS: Final[Mapping[str, Connector]] = {
    "notify_staff": notify_staff,
    "remind_courier": remind_courier,
    "send_message": send_message,
    "shop_order_status": shop_order_status,
    "sync_waybill": sync_waybill,
}

__all__ = ["CONNECTORS", "BpmnError", "Connector", "JobContext"]
