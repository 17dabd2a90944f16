"""What the shop knows of an order and its parcel, as contexts that forms, calls and starts read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from engine import canonical
from engine.clock import SHANGHAI, from_microseconds, instant_or_none
from engine.errors import InvalidValue
from engine.model import Value, Variables
from engine.store.statement import Query
from engine.store.tables import parcel, shop_order

#: Chinese labels of an order's facts, in the order in which people read them.
ORDER_LABELS: Final[Mapping[str, str]] = {
    "order_id": "订单号",
    "customer_id": "客户ID",
    "channel": "渠道",
    "shop": "店铺",
    "order_stage": "订单状态",
    "order_amount": "订单金额",
    "items": "商品",
    "paid_at": "付款时间",
    "is_special_offer": "特价商品",
    "packaging": "包装要求",
    "freight": "运费",
    "order_remark": "订单备注",
    "receiver_name": "收件人",
    "receiver_phone": "电话",
    "receiver_address": "收货地址",
    "courier": "快递公司",
    "waybill_no": "运单号",
}
PARCEL_LABELS: Final[Mapping[str, str]] = {
    "waybill_no": "运单号",
    "courier": "快递公司",
    "stage": "物流状态",
    "location": "当前位置",
    "last_update_at": "最近物流更新",
}
ORDER_STAGES: Final[Mapping[str, str]] = {
    "unpaid": "待付款",
    "paid": "已付款",
    "picking": "拣货中",
    "shipped": "已发货",
    "signed": "已签收",
    "cancelled": "已取消",
}
CHANNELS: Final[Mapping[str, str]] = {
    "official_site": "官方网站",
    "marketplace": "第三方零售平台",
    "social": "社交电商",
    "phone": "电话",
    "walk_in": "上门",
}
PARCEL_STAGES: Final[Mapping[str, str]] = {
    "awaiting_pickup": "待揽收",
    "collected": "已揽收",
    "in_transit": "运输中",
    "delivering": "派送中",
    "signed": "已签收",
    "rejected": "拒收",
    "exception": "异常",
    "stuck": "滞留",
    "returned": "已退回",
    "lost": "已丢失",
}
#: Facts of an order that are kept in its ``facts`` blob; the others are columns.
ORDER_BLOB: Final = frozenset(
    {
        "order_amount", "items", "receiver_name", "receiver_phone", "receiver_address",
        "packaging", "order_remark", "is_special_offer", "freight",
    }
)  # fmt: skip

#: What tracking (05) makes of the couriers' words; of others a parcel is on its way.
_TRACKING_STAGES: Final[Mapping[str, str]] = {
    "awaiting_pickup": "awaiting_pickup",
    "delivering": "delivering",
    "signed": "signed",
    "rejected": "rejected",
    "returned": "rejected",
    "exception": "exception",
    "stuck": "exception",
    "lost": "exception",
}
#: Entry of the blob that is no fact of the order: {"hash": of the row last imported, "changed": {fact: microseconds},
#: "said": {fact that the desk has changed: what the shop had said last}, "added": [the desk's lines of the remark]}.
IMPORT: Final = "_import"
#: Made once: every task asks for them.
_ORDER: Final = Query("order_of_id", select(shop_order).where(shop_order.c.order_id == bindparam("of")))
_PARCEL: Final = Query("parcel_of_number", select(parcel).where(parcel.c.waybill_no == bindparam("of")))


def order_facts(connection: Connection, order_id: str) -> dict[str, Value] | None:
    """The facts of an order by the catalogue's names (absent ones are null), or None.

    ``order_amount`` is 元, ``paid_at`` an aware date and time.
    """
    row = _ORDER.first(connection, {"of": order_id})
    return None if row is None else order_context(row)


def order_context(row: Row[Any]) -> dict[str, Value]:
    """The facts in a row of shop_order."""
    facts: dict[str, Value] = dict.fromkeys(ORDER_LABELS)
    facts |= canonical.decode(row.facts)
    facts.pop(IMPORT, None)
    for name in ("order_id", "customer_id", "channel", "shop", "order_stage", "waybill_no", "courier"):
        facts[name] = getattr(row, name)
    facts["paid_at"] = instant_or_none(row.paid_at)
    return facts


#: Facts of an order, and of its parcel, by the names of the start forms that ask for them (catalogue, corrections 1.2).
_OF_PARCEL: Final = frozenset({"dispatched_at", "signed_at", "received_date"})
START_FACTS: Final = frozenset(ORDER_LABELS) | _OF_PARCEL | {"ordered_items", "product_list"}


def start_facts(connection: Connection, variables: Variables, names: Collection[str] = START_FACTS) -> dict[str, Value]:
    """What the shop knows for a start form, by the variables' ``order_id`` and ``waybill_no``.

    The order's facts; ``ordered_items`` and ``product_list`` are its items; ``dispatched_at`` is when the desk synced
    its parcel, ``signed_at`` when that was signed, ``received_date`` the day of it in the shop's zone. Without an order
    that somebody knows, an empty context, or what is known of the parcel; it is read only for ``names`` that need it.
    """
    order_id, waybill_no = variables.get("order_id"), variables.get("waybill_no")
    order = order_facts(connection, order_id) if isinstance(order_id, str) else None
    facts: dict[str, Value] = dict(order or {})
    if facts:
        facts |= {"ordered_items": facts["items"], "product_list": facts["items"]}
    sent = waybill_no if isinstance(waybill_no, str) else facts.get("waybill_no")
    asked = isinstance(sent, str) and not _OF_PARCEL.isdisjoint(names)
    parcel_of = parcel_facts(connection, str(sent)) if asked else None
    if parcel_of is not None:
        signed = parcel_of["stage_since"] if parcel_of["stage"] == "signed" else None
        facts |= {
            "dispatched_at": parcel_of["dispatched_at"],
            "signed_at": signed,
            "received_date": None if signed is None else signed.astimezone(SHANGHAI).date(),
        }
    return facts


def changes_of(connection: Connection, order_id: str) -> dict[str, int]:
    """When the shop last changed each fact of an order after it was first imported; microseconds."""
    data = connection.execute(select(shop_order.c.facts).where(shop_order.c.order_id == order_id)).scalar()
    told = canonical.decode(data).get(IMPORT) if data is not None else None
    return {name: int(at) for name, at in told["changed"].items()} if told else {}


def with_lines(remark: Value, lines: Iterable[str]) -> str:
    """An order's remark with lines of the desk behind it; a line that is there already is not written twice."""
    there = remark.splitlines() if isinstance(remark, str) else []
    return "\n".join([*there, *(line for line in lines if line not in there)])


def tracking_stage(stage: str) -> str:
    """The catalogue's stage of a courier's: awaiting_pickup, in_transit, delivering, exception, rejected, signed."""
    return _TRACKING_STAGES.get(stage, "in_transit")


def parcel_facts(connection: Connection, waybill_no: str) -> dict[str, Value] | None:
    """The facts of a parcel: waybill_no, order_id, courier, stage, stage_since, location, last_update_at; or None."""
    row = _PARCEL.first(connection, {"of": waybill_no})
    if row is None:
        return None
    return {
        "waybill_no": row.waybill_no,
        "order_id": row.order_id,
        "courier": row.courier,
        "stage": row.stage,
        "stage_since": from_microseconds(row.last_update_at if row.stage_since is None else row.stage_since),
        "location": row.location,
        "last_update_at": from_microseconds(row.last_update_at),
        "dispatched_at": instant_or_none(row.dispatched_at),
    }


def taken(connection: Connection, among: str, value: Value) -> bool:
    """Whether a value that has to be unique is in use.

    Args:
        connection: where to look.
        among: ``waybills``: numbers of parcels and of orders' shipments.
        value: what somebody wants to enter.

    Raises:
        InvalidValue: there is no such set; the form's ``unique`` is wrong.
    """
    if among != "waybills":
        raise InvalidValue(
            f"The form is wrong: there is no set {among!r} of unique values.",
            message_zh=f"表单有误:没有 {among} 这个集合。",
        )
    if not isinstance(value, str):
        return False
    known = select(parcel.c.waybill_no).where(parcel.c.waybill_no == value)
    sent = select(shop_order.c.waybill_no).where(shop_order.c.waybill_no == value)
    return connection.execute(known.union_all(sent).limit(1)).first() is not None
