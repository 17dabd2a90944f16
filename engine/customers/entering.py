"""Enters customers of new orders and cases, so that the archive is always up to date (SLA-23).

How far it has come stands in the database; a case that is read twice, or an order, changes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, exists, select, tuple_
from sqlalchemy.dialects.sqlite import insert

from engine import canonical
from engine.clock import from_microseconds
from engine.customers import archive, finding
from engine.store.database import Database, Transaction
from engine.store.tables import customer, installation, process_instance, shop_order

#: Rows of a transaction.
BATCH: Final = 500
#: An order's time is set before it is committed, at the most so long.
_OVERLAP: Final = timedelta(minutes=15)
_MARKS: Final = ("receiver_name", "receiver_phone")
#: Up to where orders and cases have been entered: names of facts of the installation.
_ORDERS: Final = "customers.orders"
_CASES: Final = "customers.cases"


def enter_customers_of_orders(db: Database) -> int:
    """Enter customers of orders that came or changed since the last look; gives how many orders were read."""
    with db.read() as connection:
        rows = _new_orders(connection, _place(connection))
    if not rows:
        return 0
    with db.begin() as tx:
        place = _place(tx.connection)
        for row in _new_orders(tx.connection, place):
            key = archive.enter(tx, row.customer_id, seen_at=from_microseconds(row.updated_at))
            facts = canonical.decode(row.facts)
            finding.mark(tx, key, [facts.get(name) for name in _MARKS])
            place = max(place, (row.updated_at, row.order_id))
        _remember(tx, _ORDERS, f"{place[0]} {place[1]}")
    return len(rows)


def _place(connection: Connection) -> tuple[int, str]:
    """Up to which order, by time and number, customers have been entered."""
    at, _, order_id = (_read(connection, _ORDERS) or "0 ").partition(" ")
    return int(at), order_id


def _new_orders(connection: Connection, place: tuple[int, str]) -> list[Row[Any]]:
    """Orders behind the place; and before it, those committed late, whose customer nobody has seen as late as that."""
    known = exists().where(
        customer.c.customer_id == shop_order.c.customer_id, customer.c.last_seen_at >= shop_order.c.updated_at
    )
    overlap = place[0] - _OVERLAP // timedelta(microseconds=1)
    behind = tuple_(shop_order.c.updated_at, shop_order.c.order_id) > tuple_(*place)
    wanted = (
        select(shop_order.c.order_id, shop_order.c.customer_id, shop_order.c.facts, shop_order.c.updated_at)
        .where(shop_order.c.updated_at >= overlap, behind | ~known)
        .order_by(shop_order.c.updated_at, shop_order.c.order_id)
        .limit(BATCH)
    )
    return list(connection.execute(wanted))


def enter_customers_of_cases(db: Database) -> int:
    """Enter customers of cases opened since the last look; gives how many cases were read."""
    with db.read() as connection:
        since = int(_read(connection, _CASES) or 0)
        rows = _new_cases(connection, since)
    if not rows:
        return 0
    with db.begin() as tx:
        for row in rows:
            if row.customer_id:
                archive.enter(tx, row.customer_id, seen_at=from_microseconds(row.opened_at))
        _remember(tx, _CASES, str(rows[-1].key))
    return len(rows)


def _new_cases(connection: Connection, since: int) -> list[Row[Any]]:
    column = process_instance.c
    wanted = select(column.key, column.customer_id, column.opened_at).where(column.key > since)
    return list(connection.execute(wanted.order_by(column.key).limit(BATCH)))


def _read(connection: Connection, name: str) -> str | None:
    return connection.execute(select(installation.c.value).where(installation.c.name == name)).scalar_one_or_none()


def _remember(tx: Transaction, name: str, value: str) -> None:
    put = insert(installation).values(name=name, value=value)
    tx.connection.execute(put.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
