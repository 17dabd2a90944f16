"""What people know of a case, as cases: few ids, by which its open tasks are found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Connection, select, union, union_all

from engine import search
from engine.model import Actor
from engine.queries.base import RUNNING
from engine.saved_filters import Asked
from engine.store.tables import parcel, process_instance, shop_order

_LAST: Final = "\U0010ffff"
#: A search that finds more cases than this shows the tasks of these.
MAX_FOUND: Final = 500


def cases_found(sought: str) -> CompoundSelect[Any]:
    """Ids of cases by case number, customer id (whole) or order id (from its beginning)."""
    case_id = process_instance.c.case_id
    found = [
        select(case_id).where(case_id == sought),
        select(case_id).where(process_instance.c.customer_id == sought),
        select(case_id).where(_begins_with(sought)),
    ]
    return union_all(*found)


def narrowed(connection: Connection, actor: Actor, asked: Asked) -> list[str] | None:
    """Ids of the cases to which words of the question narrow it; None where it has no such words."""
    sets: list[set[str]] = []
    if asked.customer is not None:
        sets.append(_running(connection, process_instance.c.customer_id == asked.customer))
    if asked.order is not None:
        sets.append(_running(connection, _begins_with(asked.order)))
    if asked.waybill is not None:
        sets.append(_by_waybill(connection, actor, asked.waybill))
    if asked.text is not None:
        known = connection.execute(cases_found(asked.text).limit(MAX_FOUND)).scalars()
        sets.append({*known, *search.cases_matching(connection, asked.text, MAX_FOUND, actor)})
    return sorted(set.intersection(*sets)) if sets else None


def _by_waybill(connection: Connection, actor: Actor, waybill: str) -> set[str]:
    """Cases of the orders with that parcel, and cases that speak of it."""
    orders = connection.execute(
        union(
            select(shop_order.c.order_id).where(shop_order.c.waybill_no == waybill),
            select(parcel.c.order_id).where(parcel.c.waybill_no == waybill),
        )
    ).scalars()
    of_orders = process_instance.c.order_id.in_([order for order in orders if order is not None])
    return _running(connection, of_orders).union(search.cases_matching(connection, waybill, MAX_FOUND, actor))


def _running(connection: Connection, which: ColumnElement[bool]) -> set[str]:
    """Only running cases have open tasks; the status is no reason to walk along them."""
    running = process_instance.c.status.concat("").in_(RUNNING)
    found: Iterable[str] = connection.execute(
        select(process_instance.c.case_id).where(which, running).distinct().limit(MAX_FOUND)
    ).scalars()
    return set(found)


def _begins_with(order: str) -> ColumnElement[bool]:
    return (process_instance.c.order_id >= order) & (process_instance.c.order_id < order + _LAST)
