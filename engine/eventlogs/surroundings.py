"""What a case is about beside its own history: its order, the parcels of that order, its rows of registers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.clock import from_microseconds, instant_or_none
from engine.eventlogs.masks import Mask
from engine.store.tables import parcel, register_row, shop_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of the shop."""

    order_id: str
    #: The buyer as shown, and what tells buyers apart.
    customer: str
    customer_key: str
    channel: str
    shop: str | None
    stage: str
    paid_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel of an order."""

    waybill_no: str
    courier: str | None
    stage: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRow:
    """A row of a register."""

    id: int
    register: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Of one case; the order is None where the shop knows none of that id."""

    order: Order | None
    parcels: tuple[Parcel, ...]
    rows: tuple[WrittenRow, ...]


def read_surroundings(connection: Connection, roots: Sequence[Row[Any]], shown: Mask) -> dict[str, Surroundings]:
    """By case id, of these root instances (``case_id`` and ``order_id``)."""
    order_ids = {root.order_id for root in roots if root.order_id is not None}
    orders = _read_orders(connection, order_ids, shown) if order_ids else {}
    parcels = _read_parcels(connection, order_ids) if order_ids else {}
    rows: dict[str, list[WrittenRow]] = {root.case_id: [] for root in roots}
    columns = (register_row.c.id, register_row.c.register, register_row.c.case_id, register_row.c.opened_at)
    wanted = select(*columns).where(register_row.c.case_id.in_(rows)).order_by(register_row.c.id)
    for row in connection.execute(wanted):
        rows[row.case_id].append(
            WrittenRow(id=row.id, register=row.register, opened_at=from_microseconds(row.opened_at))
        )
    return {
        root.case_id: Surroundings(
            order=orders.get(root.order_id),
            parcels=tuple(parcels.get(root.order_id, ())),
            rows=tuple(rows[root.case_id]),
        )
        for root in roots
    }


def _read_orders(connection: Connection, ids: set[str], shown: Mask) -> dict[str, Order]:
    row = shop_order.c
    wanted = select(row.order_id, row.customer_id, row.channel, row.shop, row.order_stage, row.paid_at)
    return {
        found.order_id: Order(
            order_id=found.order_id,
            customer=shown.customer(found.customer_id),
            customer_key=shown.customer_key(found.customer_id),
            channel=found.channel,
            shop=found.shop,
            stage=found.order_stage,
            paid_at=instant_or_none(found.paid_at),
        )
        for found in connection.execute(wanted.where(row.order_id.in_(ids)))
    }


def _read_parcels(connection: Connection, ids: set[str]) -> dict[str, list[Parcel]]:
    row = parcel.c
    wanted = select(row.waybill_no, row.order_id, row.courier, row.stage, row.last_update_at)
    found: dict[str, list[Parcel]] = {}
    for one in connection.execute(wanted.where(row.order_id.in_(ids)).order_by(row.waybill_no)):
        found.setdefault(one.order_id, []).append(
            Parcel(
                waybill_no=one.waybill_no,
                courier=one.courier,
                stage=one.stage,
                updated_at=from_microseconds(one.last_update_at),
            )
        )
    return found
