"""Plans visits: three days after a case or a parcel, every thirty days with good customers (SLA-15, SLA-30).

A subject has one visit; a look that was missed is made up for as long as the visit would not be late.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, exists, literal_column, select, update

from engine import calendars, canonical
from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.customers import asking, visiting, words
from engine.definitions import Definitions
from engine.model import InstanceStatus
from engine.store.database import Database, Transaction
from engine.store.tables import customer, parcel, process_instance, shop_order, user, visit

_BATCH: Final = 500
_RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)
_OPEN: Final[ColumnElement[str]] = literal_column("'open'")


def plan_after_cases(db: Database, now: datetime, definitions: Definitions | None = None) -> int:
    """Plan a visit for each after-sales case that ended in the last three days; gives how many.

    A case that was handed on to another one (12 to 13) is not asked about; that one is. Nor is one whose diagrams ask
    themselves, as far as ``definitions`` say.
    """
    since = to_microseconds(now - words.VISIT_AFTER)
    with db.read() as connection:
        rows = _ended_cases(connection, since)
        if definitions is not None:
            rows = [row for row in rows if not asking.asks_itself(connection, definitions, row.case_id)]
    planned = 0
    for start in range(0, len(rows), _BATCH):
        with db.begin() as tx:
            planned += sum(_plan_after_case(tx, row, now) for row in rows[start : start + _BATCH])
    return planned


def _ended_cases(connection: Connection, since: int) -> list[Row[Any]]:
    column, linked = process_instance.c, process_instance.alias()
    handed_on = exists().where(
        linked.c.parent_case_id == column.case_id, linked.c.parent.is_(None), linked.c.process_id.in_(words.VISITED)
    )
    asked = exists().where(visit.c.cause == "case", visit.c.subject == column.case_id)
    wanted = select(
        column.case_id, column.customer_id, column.order_id, column.process_id, column.first_owner, column.owner,
        column.ended_at, column.variables,
    ).where(
        column.ended_at > since, column.ended_at.is_not(None), column.depth == 0,
        column.status == InstanceStatus.COMPLETED.value, column.process_id.in_(words.VISITED),
        column.customer_id.is_not(None), ~asked, ~handed_on,
    )  # fmt: skip
    return list(connection.execute(wanted.order_by(column.ended_at, column.key)))


def _plan_after_case(tx: Transaction, row: Row[Any], now: datetime) -> bool:
    shop = canonical.decode(row.variables).get("shop")
    name = shop if isinstance(shop, str) and shop else None
    planned = visiting.plan(
        tx,
        cause="case",
        subject=row.case_id,
        customer_id=row.customer_id,
        due_at=_open_at(tx.connection, now, name, from_microseconds(row.ended_at) + words.VISIT_AFTER),
        now=now,
        case_id=row.case_id,
        order_id=row.order_id,
        process_id=row.process_id,
        shop=name,
        assignee=_person(tx.connection, row.first_owner) or _person(tx.connection, row.owner),
        owner=row.owner,
    )
    return planned is not None


def plan_after_parcels(db: Database, now: datetime) -> int:
    """Plan a visit for each parcel signed in the last three days whose customer has not been asked for a month.

    Nor is anybody asked while a case of his is open: that one's visit comes. Gives how many.
    """
    since = to_microseconds(now - words.VISIT_AFTER)
    with db.read() as connection:
        rows = _signed_parcels(connection, since, now)
    planned, seen = 0, set()
    for start in range(0, len(rows), _BATCH):
        with db.begin() as tx:
            for row in rows[start : start + _BATCH]:
                if row.customer_id not in seen and not _asked_lately(tx.connection, row.customer_id, now):
                    planned += _plan_after_parcel(tx, row, now)
                    seen.add(row.customer_id)
    return planned


def _signed_parcels(connection: Connection, since: int, now: datetime) -> list[Row[Any]]:
    busy = exists().where(
        process_instance.c.customer_id == shop_order.c.customer_id, process_instance.c.status.in_(_RUNNING)
    )
    month = to_microseconds(now - words.GOOD_EVERY)
    asked = exists().where(visit.c.customer_id == shop_order.c.customer_id, visit.c.created_at > month)
    wanted = (
        select(
            parcel.c.waybill_no,
            parcel.c.stage_since,
            shop_order.c.order_id,
            shop_order.c.customer_id,
            shop_order.c.shop,
        )
        .join(shop_order, shop_order.c.order_id == parcel.c.order_id)
        .where(_signed_since(since), ~busy, ~asked)
        .order_by(parcel.c.stage_since)
    )
    return list(connection.execute(wanted))


def _signed_since(since: int) -> ColumnElement[bool]:
    return (parcel.c.stage == literal_column("'signed'")) & (parcel.c.stage_since > since)


def _asked_lately(connection: Connection, customer_id: str, now: datetime) -> bool:
    month = to_microseconds(now - words.GOOD_EVERY)
    asked = select(visit.c.id).where(visit.c.customer_id == customer_id, visit.c.created_at > month)
    return connection.execute(asked.limit(1)).first() is not None


def _plan_after_parcel(tx: Transaction, row: Row[Any], now: datetime) -> bool:
    planned = visiting.plan(
        tx,
        cause="parcel",
        subject=row.waybill_no,
        customer_id=row.customer_id,
        due_at=_open_at(tx.connection, now, row.shop, from_microseconds(row.stage_since) + words.VISIT_AFTER),
        now=now,
        order_id=row.order_id,
        shop=row.shop,
        assignee=_last_owner(tx.connection, row.customer_id),
    )
    return planned is not None


def plan_for_good_customers(db: Database, now: datetime) -> int:
    """Plan the visits of good customers whose thirty days are over; gives how many."""
    at = to_microseconds(now)
    turn = (customer.c.next_visit_at.is_not(None), customer.c.next_visit_at <= at)
    with db.read() as connection:
        waits = connection.execute(select(customer.c.key).where(*turn).limit(1)).first() is not None
    if not waits:
        return 0
    planned = 0
    with db.begin() as tx:
        for row in tx.connection.execute(
            select(customer).where(*turn).order_by(customer.c.next_visit_at).limit(_BATCH)
        ).all():
            next_at = to_microseconds(now + words.GOOD_EVERY)
            tx.connection.execute(update(customer).where(customer.c.key == row.key).values(next_visit_at=next_at))
            planned += not _waits_for_visit(tx.connection, row.customer_id) and _plan_for_good(tx, row, now)
    return planned


def _waits_for_visit(connection: Connection, customer_id: str) -> bool:
    waits = select(visit.c.id).where(visit.c.customer_id == customer_id, visit.c.status == _OPEN)
    return connection.execute(waits.limit(1)).first() is not None


def _plan_for_good(tx: Transaction, row: Row[Any], now: datetime) -> bool:
    due = _open_at(tx.connection, now, None, from_microseconds(row.next_visit_at))
    planned = visiting.plan(
        tx,
        cause="good",
        subject=f"{row.key}@{due.astimezone(SHANGHAI).date()}",
        customer_id=row.customer_id,
        due_at=due,
        now=now,
        assignee=_last_owner(tx.connection, row.customer_id),
    )
    return planned is not None


def _open_at(connection: Connection, now: datetime, shop: str | None, at: datetime) -> datetime:
    """When the shop is open for it: nobody is called at night."""
    return calendars.calendar_at(connection, now, shop or calendars.ANY_SHOP).next_opening(at)


def _person(connection: Connection, person: str) -> str | None:
    """The person, where the account is active; the system asks nobody."""
    active = select(user.c.id).where(user.c.id == person, user.c.active == 1)
    return connection.execute(active).scalar_one_or_none()


def _last_owner(connection: Connection, customer_id: str) -> str | None:
    column = process_instance.c
    last = select(column.owner).where(column.customer_id == customer_id, column.depth == 0)
    owner = connection.execute(last.order_by(column.key.desc()).limit(1)).scalar_one_or_none()
    return None if owner is None else _person(connection, owner)
