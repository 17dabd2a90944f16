"""Rows of an import that tell what cases wait for: which message they are, for which case, under which id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, select, tuple_

from engine import canonical
from engine.model import InstanceStatus, Value
from engine.shop.rows import Refused, Row, RowKind
from engine.store.tables import message, process_instance, subscription

#: Kind of row → the message that it is.
MESSAGES: Final[Mapping[RowKind, str]] = {
    RowKind.PAYMENT: "msg_payment_received",
    RowKind.RULING: "msg_platform_ruling",
    RowKind.RETURN: "msg_customer_shipped_back",
}
_WHOSE: Final = frozenset({"case_id", "order_id", "platform_case_no"})


def message_of(connection: Connection, row: Row) -> tuple[str, str, dict[str, Value], str]:
    """Name, correlation key (the case), payload and id of a row's message.

    Raises:
        Refused: no case is named, there is none of that number, or not exactly one case of the order waits for it.
    """
    payload = {name: value for name, value in row.values.items() if name not in _WHOSE}
    return MESSAGES[row.kind], _case_of(connection, row), payload, _id(row)


def known_events(connection: Connection, rows: Iterable[Row]) -> set[tuple[str, str]]:
    """Which of the rows' messages were published before, as (name, id)."""
    asked = {(MESSAGES[row.kind], _id(row)) for row in rows if row.kind in MESSAGES}
    if not asked:
        return set()
    of_id = tuple_(message.c.name, message.c.message_id).in_(asked)
    return {
        (name, str(known))
        for name, known in connection.execute(select(message.c.name, message.c.message_id).where(of_id))
    }


def _id(row: Row) -> str:
    """What makes two rows the same event: the number of the payment or parcel; a ruling as a whole."""
    if row.kind is RowKind.RULING:
        return f"ruling:{sha256(canonical.encode(dict(row.values))).hexdigest()[:32]}"
    return f"{row.kind}:{row.key}"


def _case_of(connection: Connection, row: Row) -> str:
    case_id, order_id = row.values.get("case_id"), row.values.get("order_id")
    if isinstance(case_id, str):
        known = select(process_instance.c.key).where(process_instance.c.case_id == case_id).limit(1)
        if connection.execute(known).first() is None:
            raise Refused(f"没有工单 {case_id}")
        return case_id
    if not isinstance(order_id, str):
        raise Refused("缺少工单号或订单号")
    waiting = (
        select(subscription.c.correlation_key)
        .join(process_instance, process_instance.c.key == subscription.c.instance)
        .where(
            process_instance.c.order_id == order_id,
            process_instance.c.status == InstanceStatus.ACTIVE.value,
            subscription.c.message_name == MESSAGES[row.kind],
        )
        .distinct()
    )
    found = sorted(connection.execute(waiting).scalars())
    if len(found) != 1:
        which = f"有多个工单在等({'、'.join(found)}),请写明工单号" if found else "没有工单在等它"
        raise Refused(f"订单 {order_id} {which}")
    return str(found[0])
