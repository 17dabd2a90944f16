"""A connector that writes into the order's row: the truth about the order, which others read before goods leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, select, update

from engine import canonical, shop
from engine.clock import to_microseconds
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.masking import mask
from engine.model import Event, Value, Variables
from engine.shop.facts import IMPORT, ORDER_LABELS
from engine.store.tables import shop_order

_CANCELLED: Final = "cancelled"
_PAID: Final = "paid"
#: Stages of an order whose goods are in the house.
_CANCELLABLE: Final = frozenset({"unpaid", "paid", "picking", _CANCELLED})
_MAX_AMOUNT: Final = Decimal(10**9)
_PACKAGINGS: Final = frozenset({"together", "separate"})
#: An input of this name is the new address in the customer's words.
_NEW_ADDRESS: Final = "new_address"


def update_order(job: JobContext) -> Variables:
    """Write what the input mappings give into the order ``order_id``; null leaves a fact as it is.

    Facts: order_remark (header ``mode`` = append: as a line more, unless it is there already), receiver_name,
    receiver_phone, receiver_address or new_address, items, packaging, order_amount, freight, is_special_offer;
    order_stage "cancelled" as long as the goods are in the house, "paid" as long as nobody has paid. The history has
    before and after, personal data masked. Gives ``order_updated``: false when nothing is ordered yet (there is no
    number), when the shop does not know the order, or when what has left was to be cancelled.

    Raises:
        JobFailed: the order number is no text, or there is a value that no order can have.
    """
    order_id = job.variables.get("order_id")
    if order_id is not None and not isinstance(order_id, str):
        raise JobFailed(f"{job.element} needs order_id", message_zh="订单号不是文字,无法修改订单。")
    given = _given(job)
    row = job.tx.connection.execute(select(shop_order).where(shop_order.c.order_id == order_id)).one_or_none()
    if row is None:
        return {"order_updated": False}
    stage = given.pop("order_stage", None)
    if stage == _PAID and row.order_stage != "unpaid":
        stage = None  # the platform has said so before us
    if stage == _CANCELLED and row.order_stage not in _CANCELLABLE:
        return {"order_updated": False}
    _write(job, row, given, stage)
    return {"order_updated": True}


def _write(job: JobContext, row: Row[Any], given: dict[str, Value], stage: Value) -> None:
    facts = canonical.decode(row.facts)
    told = facts.pop(IMPORT, {"hash": None, "changed": {}})
    if "order_remark" in given and job.headers.get("mode") == "append":
        line = given["order_remark"].strip()
        given["order_remark"] = shop.with_lines(facts.get("order_remark"), [line])
        told["added"] = [*(one for one in told.get("added", []) if one != line), line]
    news = {name: value for name, value in given.items() if value != facts.get(name)}
    before = {name: facts.get(name) for name in news}
    after = dict(news)
    if stage is not None and row.order_stage != stage:
        before["order_stage"], after["order_stage"] = row.order_stage, stage
    if not after:
        return
    at = to_microseconds(job.now)
    said = {name: value for name, value in before.items() if name in news} | told.get("said", {})
    kept = {**told, "changed": told["changed"] | dict.fromkeys(news, at), "said": said}
    job.tx.connection.execute(
        update(shop_order)
        .where(shop_order.c.order_id == row.order_id)
        .values(
            facts=canonical.encode({**facts, **news, IMPORT: kept}),
            order_stage=after.get("order_stage", row.order_stage),
            paid_at=at if after.get("order_stage") == _PAID else row.paid_at,
            updated_at=at,
        )
    )
    told_of = {"order_id": row.order_id, "before": _masked(before), "after": _masked(after)}
    job.notes.append(Event(kind="order.updated", element=job.element, value=told_of))


def _given(job: JobContext) -> dict[str, Value]:
    """The facts that the input mappings give, checked.

    Raises:
        JobFailed: a value that no order can have, or a name that nobody may change.
    """
    found = {name: value for name, value in job.inputs.items() if value is not None and name != "order_id"}
    if isinstance(found.get(_NEW_ADDRESS), str):
        address = found.pop(_NEW_ADDRESS)
        found.setdefault("receiver_address", address)
    for name, value in found.items():
        check = _CHECKS.get(name)
        if check is None or not check(value):
            label = ORDER_LABELS.get(name, name)
            raise JobFailed(
                f"{job.element} cannot write {name}", message_zh=f"订单的“{label}”不能改,或新的值不正确,未写入。"
            )
    return found


def _masked(values: Mapping[str, Value]) -> Value:
    return {name: mask(name, value) for name, value in values.items()}


def _text(limit: int) -> Callable[[Value], bool]:
    return lambda value: isinstance(value, str) and 0 < len(value.strip()) <= limit


def _amount(value: Value) -> bool:
    return isinstance(value, Decimal) and 0 <= value < _MAX_AMOUNT and value == round(value, 2)


_CHECKS: Final[Mapping[str, Callable[[Value], bool]]] = {
    "order_remark": _text(2000),
    "receiver_name": _text(60),
    "receiver_phone": _text(60),
    "receiver_address": _text(2000),
    "items": _text(2000),
    "packaging": lambda value: value in _PACKAGINGS,
    "order_amount": _amount,
    "freight": _amount,
    "is_special_offer": lambda value: isinstance(value, bool),
    "order_stage": lambda value: value in (_CANCELLED, _PAID),
}
