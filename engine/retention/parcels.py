"""Parcels: with their orders, or by themselves where the shop has no order of them, they lose where they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, func, select, update

from engine.masking import HIDDEN
from engine.retention.cases import redactor_for
from engine.retention.erasing import erasing
from engine.retention.redacting import Redactor
from engine.retention.rules import cutoff, read_rules
from engine.retention.traces import known_courier
from engine.store.database import Database, Transaction
from engine.store.tables import parcel, process_instance, shop_order

#: Rows of a transaction.
BATCH: Final = 100


def redact_lone_parcels(db: Database, *, now: datetime) -> int:
    """Redact parcels of no order of the shop that have not moved for as long as the rule of every process says.

    One that a running case is about waits. Gives how many had something to lose, ``BATCH`` at the most. Nobody is kept
    from writing while it only looks: no index knows how old parcels are.
    """
    with db.read() as connection:
        days = read_rules(connection).every.days
        if days is None or not connection.execute(_due(cutoff(now, days))).scalars().all():
            return 0
    with erasing(db) as tx:
        found = tx.connection.execute(_due(cutoff(now, days))).scalars().all()
        redact_parcels(tx, parcel.c.waybill_no.in_(found), redactor_for(tx, "", ()))
    return len(found)


def _due(before: int) -> Select[Any]:
    case = process_instance.c
    ordered = exists().where(shop_order.c.order_id == parcel.c.order_id)
    busy = exists().where(case.ended_at.is_(None), case.order_id == parcel.c.order_id)
    known = func.coalesce(parcel.c.location, "") != HIDDEN
    lone = (parcel.c.last_update_at < before, known, ~ordered, ~busy)
    return select(parcel.c.waybill_no).where(*lone).order_by(parcel.c.waybill_no).limit(BATCH)


def redact_parcels(tx: Transaction, which: ColumnElement[bool], redactor: Redactor) -> None:
    """Take from parcels where they are, and from their couriers what is the name of none."""
    tx.connection.execute(update(parcel).where(which).values(location=HIDDEN))
    couriers = select(parcel.c.courier).distinct().where(which, parcel.c.courier.is_not(None))
    for courier in tx.connection.execute(couriers).scalars().all():
        left = known_courier(redactor, courier)
        if left != courier:
            tx.connection.execute(update(parcel).where(which, parcel.c.courier == courier).values(courier=left))
