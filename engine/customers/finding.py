"""How customers are found: by what they are called and have bought, and in lists."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, delete, func, or_, select, tuple_
from sqlalchemy.dialects.sqlite import insert

from engine.customers.archive import Customer, customer_of, enter, find_key, is_known
from engine.errors import NotFound
from engine.model import Actor
from engine.queries.visibility import check_case
from engine.store.database import Transaction
from engine.store.tables import customer, customer_mark, parcel, process_instance, shop_order

#: People of one name that a search shows.
MAX_FOUND: Final = 50
_MAX_ID: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLine:
    """A customer in a list."""

    customer: Customer
    orders: int
    shops: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """A page of customers, the last seen first."""

    rows: tuple[CustomerLine, ...]
    next_after: str | None


def mark(tx: Transaction, key: int, texts: Iterable[object]) -> None:
    """Let names and telephone numbers find a customer; what is no text, or too short, is left out."""
    digests = _digests(texts)
    if digests:
        rows = [{"digest": digest, "customer": key} for digest in sorted(digests)]
        tx.connection.execute(insert(customer_mark).on_conflict_do_nothing(), rows)


def mark_anew(tx: Transaction, key: int, texts: Iterable[object]) -> None:
    """Let these names and numbers find a customer and no other ones any more."""
    digests = _digests(texts)
    others = (customer_mark.c.customer == key, customer_mark.c.digest.not_in(sorted(digests)))
    tx.connection.execute(delete(customer_mark).where(*others))


def _digests(texts: Iterable[object]) -> set[str]:
    return {digest for text in texts if isinstance(text, str) and (digest := _digest(text)) is not None}


def _digest(text: str) -> str | None:
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    digits = "".join(char for char in plain if char.isdigit())
    if len(digits) >= 7 and not any(char.isalpha() for char in plain):
        plain = digits[-11:]
    return sha256(plain.encode()).hexdigest()[:32] if len(plain) >= 2 else None


def customers_called(connection: Connection, text: str) -> list[Customer]:
    """Customers whose orders bear this whole name or telephone number, the last seen first; 50 at most."""
    digest = _digest(text)
    if digest is None:
        return []
    found = (
        select(customer)
        .join(customer_mark, customer_mark.c.customer == customer.c.key)
        .where(customer_mark.c.digest == digest)
        .order_by(customer.c.last_seen_at.desc())
        .limit(MAX_FOUND)
    )
    return [customer_of(row) for row in connection.execute(found)]


def customer_named(connection: Connection, text: str) -> str | None:
    """The id of the customer whom an id, an order number or a waybill number names; None: it names none."""
    text = text.strip()[:_MAX_ID]
    if not text:
        return None
    if is_known(connection, text):
        return text
    of_order = select(shop_order.c.customer_id).where(
        or_(
            shop_order.c.order_id == text,
            shop_order.c.waybill_no == text,
            shop_order.c.order_id == select(parcel.c.order_id).where(parcel.c.waybill_no == text).scalar_subquery(),
        )
    )
    found = connection.execute(of_order.limit(1)).scalar_one_or_none()
    if found is not None:
        return str(found)
    of_case = select(process_instance.c.customer_id).where(
        process_instance.c.order_id == text, process_instance.c.customer_id.is_not(None)
    )
    return connection.execute(of_case.limit(1)).scalar_one_or_none()


# --- lists ---------------------------------------------------------------------------------------


def list_customers(
    connection: Connection, *, level: str = "", good: bool = False, after: str | None = None, limit: int = 50
) -> CustomerPage:
    """A page of customers, the last seen first.

    Args:
        connection: a snapshot.
        level: only this one; "": all.
        good: only good customers.
        after: ``next_after`` of the page before.
        limit: rows of a page, 200 at most.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    size = min(max(limit, 1), 200)
    wanted = select(customer)
    if level:
        wanted = wanted.where(customer.c.level == level, customer.c.level != "")
    if good:
        wanted = wanted.where(customer.c.good_since.is_not(None))
    place = read_place(after)
    if place is not None:
        wanted = wanted.where(tuple_(customer.c.last_seen_at, customer.c.key) < tuple_(*place))
    rows = connection.execute(
        wanted.order_by(customer.c.last_seen_at.desc(), customer.c.key.desc()).limit(size + 1)
    ).all()
    page = rows[:size]
    orders = _orders_of(connection, [row.customer_id for row in page])
    lines = tuple(
        CustomerLine(
            customer=customer_of(row),
            orders=sum(orders.get(row.customer_id, {}).values()),
            shops=tuple(sorted(shop for shop in orders.get(row.customer_id, {}) if shop)),
        )
        for row in page
    )
    last = page[-1] if page else None
    more = len(rows) > size and last is not None
    return CustomerPage(rows=lines, next_after=f"{last.last_seen_at}.{last.key}" if more and last else None)


def read_place(after: str | None) -> tuple[int, int] | None:
    """The place of a list that is sorted by a time and a key.

    Raises:
        NotFound: the text is none that a page gave.
    """
    if not after:
        return None
    at, dot, key = after.partition(".")
    if not dot or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (at, key)):
        raise NotFound("there is no such page")
    return int(at), int(key)


def _orders_of(connection: Connection, customer_ids: list[str]) -> dict[str, dict[str, int]]:
    """Customer → shop → number of orders."""
    counted = (
        select(shop_order.c.customer_id, shop_order.c.shop, func.count())
        .where(shop_order.c.customer_id.in_(customer_ids))
        .group_by(shop_order.c.customer_id, shop_order.c.shop)
    )
    found: dict[str, dict[str, int]] = {}
    for customer_id, shop, count in connection.execute(counted) if customer_ids else ():
        found.setdefault(customer_id, {})[shop or ""] = count
    return found


def enter_of_case(tx: Transaction, case_id: str, actor: Actor, *, now: datetime) -> int:
    """The key of a case's customer, who is entered if nobody has done so.

    Raises:
        NotFound: there is no such case, the actor may not see it, or it has no customer.
    """
    check_case(tx.connection, case_id, actor)
    column = process_instance.c
    wanted = select(column.customer_id).where(column.case_id == case_id, column.depth == 0)
    customer_id = tx.connection.execute(wanted).scalar_one()
    if customer_id is None:
        raise NotFound(f"case {case_id[:20]!r} has no customer", message_zh="这个工单没有客户。")
    key = find_key(tx.connection, customer_id)
    return enter(tx, customer_id, seen_at=now) if key is None else key
