"""Connectors that read and write the shop's orders and parcels."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from engine import shop
from engine.clock import to_microseconds
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import Value, Variables
from engine.store.tables import parcel, shop_order

_RECEIVER: Final = ("receiver_name", "receiver_phone", "receiver_address")


def sync_waybill(job: JobContext) -> Variables:
    """Mark the order as shipped under its waybill number, and begin to follow the parcel.

    An order that the shop's tables do not know is left out; the parcel is followed all the same.

    Raises:
        JobFailed: courier or waybill number is missing, or the number belongs to another order's parcel.
    """
    order_id, waybill_no = job.variables.get("order_id"), job.variables.get("waybill_no")
    courier = job.variables.get("courier")
    if not isinstance(waybill_no, str) or not isinstance(courier, str):
        raise JobFailed(f"{job.element} needs courier and waybill_no", message_zh="缺少快递公司或运单号,无法同步。")
    order_id = order_id if isinstance(order_id, str) else None
    connection = job.tx.connection
    _follow_parcel(connection, waybill_no, order_id, courier, to_microseconds(job.now))
    if order_id is not None:
        connection.execute(
            update(shop_order)
            .where(shop_order.c.order_id == order_id, shop_order.c.order_stage != "cancelled")
            .values(order_stage="shipped", waybill_no=waybill_no, courier=courier)
        )
    return {}


def read_order(job: JobContext) -> Variables:
    """Fill variables that are still null from what the shop knows of the order and its parcel.

    The header ``names`` lists them, joined by commas: facts of the order by its own names or those of
    ``shop.start_facts``. What has a value is not touched, what nobody knows stays null.

    Raises:
        JobFailed: the header is missing, or names what an order does not have.
    """
    names = [name.strip() for name in job.headers.get("names", "").split(",") if name.strip()]
    unknown = [name for name in names if name not in shop.START_FACTS]
    if not names or unknown:
        raise JobFailed(
            f"{job.element}: the header names is empty or unknown: {unknown}",
            message_zh=f"读取订单的步骤没有写明字段,或字段不存在:{'、'.join(unknown) or '(空)'}。",
        )
    known = shop.start_facts(job.tx.connection, job.variables, names)
    wanted = (name for name in names if job.variables.get(name) is None)
    return {name: known[name] for name in wanted if known.get(name) is not None}


def _follow_parcel(connection: Connection, waybill_no: str, order_id: str | None, courier: str, at: int) -> None:
    known = connection.execute(select(parcel.c.order_id).where(parcel.c.waybill_no == waybill_no)).one_or_none()
    if known is not None and known.order_id not in (None, order_id):
        raise JobFailed(
            f"waybill {waybill_no} belongs to another order", message_zh=f"运单号 {waybill_no} 已用于其他订单,请核对。"
        )
    connection.execute(
        upsert(parcel)
        .values(
            waybill_no=waybill_no,
            order_id=order_id,
            courier=courier,
            stage="awaiting_pickup",
            last_update_at=at,
            stage_since=at,
            dispatched_at=at,
        )
        .on_conflict_do_update(
            index_elements=["waybill_no"], set_={"order_id": order_id, "courier": courier, "dispatched_at": at}
        )
    )


def shop_order_status(job: JobContext) -> Variables:
    """Read the order again before goods leave: ``order_cancelled``, and what the shop changed since the case began.

    Receiver data come back where the shop changed them after the case was opened, items too for a first dispatch;
    what the case itself corrected is not undone. An order that nobody knows is not cancelled.
    """
    order_id = job.variables.get("order_id")
    connection = job.tx.connection
    order = shop.order_facts(connection, order_id) if isinstance(order_id, str) else None
    if order is None or not isinstance(order_id, str):
        return {"order_cancelled": False}
    changed = shop.changes_of(connection, order_id)
    opened_at = to_microseconds(job.case["opened_at"])
    names = (*_RECEIVER, "items") if job.variables.get("dispatch_kind") == "order" else _RECEIVER
    fresh: dict[str, Value] = {name: order[name] for name in names if changed.get(name, 0) > opened_at}
    return {**fresh, "order_cancelled": order["order_stage"] == "cancelled"}
