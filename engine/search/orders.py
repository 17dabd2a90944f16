"""Finds orders and buyers: by numbers that somebody has, and by what an order holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, select, union
from sqlalchemy import text as sql

from engine import access, shop
from engine.access import Reach
from engine.masking import mask
from engine.model import Actor, Value
from engine.search import asking
from engine.search.asking import Question
from engine.search.document import unpacked
from engine.search.index import ORDERS
from engine.search.snippets import Snippet, snippets
from engine.search.words import Sight, expression, is_number
from engine.store.tables import parcel, search_order, shop_order

#: Who starts cases looks for orders; the permissions by which processes are started.
_STARTS: Final = ("P01", "P02", "P03")
_PORTION: Final = 60
_MOST_READ: Final = 600
_FAR: Final = 2**62
_WALK: Final = sql(
    f"SELECT rowid FROM {ORDERS} WHERE {ORDERS} MATCH :asked AND rowid < :before ORDER BY rowid DESC LIMIT :portion"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHit:
    """An order; personal data masked."""

    order_id: str
    customer_id: str
    stage: str
    amount: Decimal | None
    items: str
    snippets: tuple[Snippet, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Somebody whose id was given whole."""

    customer_id: str
    shown: str
    orders: int


def may_find_orders(actor: Actor) -> bool:
    """Whether the actor looks for orders at all: who starts cases does."""
    return any(access.may(actor, permission) for permission in _STARTS)


def find_orders(connection: Connection, actor: Actor, text: str, *, limit: int) -> tuple[OrderHit, ...]:
    """Orders with this number, parcel or customer, then those that have all words of a text, the newest first.

    By a receiver only who may see everybody's personal data looks for orders; a whole mobile number is known to who
    gives it, so it finds whose it is.
    """
    if not may_find_orders(actor):
        return ()
    question = asking.read(text)
    ids = dict.fromkeys(orders_of_number(connection, question.text, limit=limit))
    if len(ids) < limit:
        for order_id in _by_words(connection, question, _sight(actor), limit - len(ids)):
            ids[order_id] = None
    return _hits(connection, list(ids)[:limit], question, _sight(actor))


def orders_of_number(connection: Connection, number: str, *, limit: int) -> list[str]:
    """Ids of orders with this number, of this parcel or customer; the one with the number first, then the newest."""
    spellings = list({number, number.upper()})
    sent = select(parcel.c.order_id).where(parcel.c.waybill_no.in_(spellings), parcel.c.order_id.is_not(None))
    by = [
        select(shop_order.c.order_id).where(column.in_(spellings))
        for column in (shop_order.c.order_id, shop_order.c.waybill_no, shop_order.c.customer_id)
    ]
    found = select(shop_order.c.order_id).where(shop_order.c.order_id.in_(union(*by, sent)))
    newest = found.order_by(shop_order.c.order_id.in_(spellings).desc(), shop_order.c.updated_at.desc())
    return list(connection.execute(newest.limit(limit)).scalars()) if number else []


def find_buyer(connection: Connection, actor: Actor, text: str) -> Buyer | None:
    """The customer whose whole id this is, if there is an order of that customer's."""
    if not may_find_orders(actor):
        return None
    sought = asking.read(text).text
    for spelling in dict.fromkeys((sought, sought.upper())):
        query = select(shop_order.c.order_id).where(shop_order.c.customer_id == spelling).limit(100)
        orders = len(connection.execute(query).all())
        if orders:
            return Buyer(customer_id=spelling, shown=str(mask("customer_id", spelling)), orders=orders)
    return None


def _sight(actor: Actor) -> Sight:
    everybody = access.reach(actor, "P12") in (Reach.TEAM, Reach.YES)
    return Sight(visible=None, personal=None if everybody else frozenset())


def _by_words(connection: Connection, question: Question, sight: Sight, limit: int) -> list[str]:
    asked, before, read = expression(question, sight), _FAR, 0
    found: list[str] = []
    while asked is not None and read < _MOST_READ:
        values = {"asked": asked, "before": before, "portion": _PORTION}
        numbers = list(connection.execute(_WALK, values).scalars())
        found += _with_words(connection, numbers, question, sight)
        if len(numbers) < _PORTION or len(found) >= limit:
            break
        before, read = numbers[-1], read + len(numbers)
    return found[:limit]


def _with_words(connection: Connection, numbers: Sequence[int], question: Question, sight: Sight) -> list[str]:
    rows = connection.execute(
        select(search_order.c.order_id, search_order.c.body)
        .where(search_order.c.number.in_(numbers))
        .order_by(search_order.c.number.desc())
    ).all()
    personal = _personal(question, sight)
    return [row.order_id for row in rows if question.certain or unpacked(row.body).has(question, personal=personal)]


def _personal(question: Question, sight: Sight) -> bool:
    return sight.personal is None or any(map(is_number, question.words))


def _hits(connection: Connection, ids: Sequence[str], question: Question, sight: Sight) -> tuple[OrderHit, ...]:
    if not ids:
        return ()
    rows = connection.execute(select(shop_order).where(shop_order.c.order_id.in_(ids)))
    facts = {row.order_id: shop.order_context(row) for row in rows}
    bodies = connection.execute(
        select(search_order.c.order_id, search_order.c.body).where(search_order.c.order_id.in_(ids))
    )
    personal = _personal(question, sight)
    where = {row.order_id: snippets(unpacked(row.body), question, personal=personal) for row in bodies}
    return tuple(_hit(facts[order_id], where.get(order_id, ())) for order_id in ids if order_id in facts)


def _hit(facts: dict[str, Value], where: tuple[Snippet, ...]) -> OrderHit:
    amount = facts.get("order_amount")
    stage = str(facts["order_stage"])
    return OrderHit(
        order_id=str(facts["order_id"]),
        customer_id=str(mask("customer_id", facts["customer_id"])),
        stage=shop.ORDER_STAGES.get(stage, stage),
        amount=amount if isinstance(amount, Decimal) else None,
        items="、".join(_names(facts.get("items"))),
        snippets=where,
    )


def _names(items: Value) -> Iterable[str]:
    for item in items if isinstance(items, list) else [items]:
        name = item.get("name") if isinstance(item, dict) else item
        if isinstance(name, str) and name:
            yield name
