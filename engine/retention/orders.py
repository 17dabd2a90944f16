"""Orders, calls and visits that belong to no running case, and customers of whom nothing is left."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, delete, exists, insert, or_, select, update

from engine import attachments, canonical, search
from engine.clock import to_microseconds
from engine.customers.archive import find_key
from engine.customers.finding import mark_anew
from engine.masking import HIDDEN, mask, mask_within
from engine.model import Actor, Value
from engine.retention.cases import redactor_for
from engine.retention.erasing import erasing
from engine.retention.parcels import redact_parcels
from engine.retention.redacting import Redactor
from engine.retention.rules import cutoff, read_rules
from engine.retention.traces import hidden_text, known_courier, known_shop
from engine.store.database import Database, Transaction
from engine.store.tables import (
    call_entry,
    customer,
    customer_change,
    customer_mark,
    document,
    flag_note,
    legal_hold,
    message,
    own_customer,
    parcel,
    process_instance,
    retention_done,
    shop_order,
    visit,
)

if TYPE_CHECKING:
    from engine.definitions import Definitions

#: Rows of a transaction.
BATCH: Final = 100
#: Facts of an order that somebody typed for the parcel.
_REMARKS: Final = frozenset({"order_remark", "remark"})
_MARKED: Final = ("receiver_name", "receiver_phone")
_i: Final = process_instance.c


def redact_orders(db: Database, definitions: Definitions, *, now: datetime, actor: Actor) -> int:
    """Mask what the shop's oldest orders know of their receivers; gives how many, ``BATCH`` at the most.

    An order is due when it has not changed for as long as the rule of every process says, no case of it runs or has
    just ended, and neither it nor its buyer is held. One that the shop changes afterwards counts anew.
    """
    with erasing(db) as tx:
        days = read_rules(tx.connection).every.days
        found = [] if days is None else tx.connection.execute(_due_orders(cutoff(now, days))).all()
        if not found:  # what files say is read for those that there are
            return 0
        shown: dict[str, str] = {}
        redactor = redactor_for(tx, "", ())
        for row in found:
            name = shown.setdefault(row.customer_id, f"{HIDDEN}{secrets.token_hex(4)}")
            _redact_order(tx, row, name, redactor)
            redact_parcels(tx, parcel.c.order_id == row.order_id, redactor)
            _note(tx, "order", row.order_id, now, actor, days or 0)
        for order_id in [row.order_id for row in found]:
            of_order = select(_i.case_id).distinct().where(_i.order_id == order_id)
            for case_id in tx.connection.execute(of_order).scalars().all():
                search.index_again(tx, definitions, case_id)
    return len(found)


def redact_contacts(db: Database, *, now: datetime, actor: Actor) -> int:
    """Redact calls and visits that belong to no case, as orders are; gives how many, ``BATCH`` of each at the most.

    Of messages that came to nobody in their time, or long ago, the content goes, too.
    """
    with erasing(db) as tx:
        days = read_rules(tx.connection).every.days
        if days is None:
            return 0
        calls = tx.connection.execute(_due_calls(cutoff(now, days))).all()
        visits = tx.connection.execute(_due_visits(cutoff(now, days))).all()
        if calls or visits:
            redactor = redactor_for(tx, "", ())
            for row in calls:
                _redact_call(tx, row, redactor)
                _note(tx, "call", str(row.id), now, actor, days)
            for row in visits:
                _redact_visit(tx, row, redactor)
                _note(tx, "visit", str(row.id), now, actor, days)
        over = (message.c.expires_at <= to_microseconds(now), message.c.published_at < cutoff(now, days))
        empty = canonical.encode({})
        tx.connection.execute(update(message).where(*over, message.c.payload != empty).values(payload=empty))
        hashes = attachments.erase_within(tx, [f"call:{row.id}" for row in calls], now=now)
    attachments.drop_unnamed(db, hashes)
    return len(calls) + len(visits)


def forget_customers(db: Database, *, now: datetime, actor: Actor) -> int:
    """Delete archive entries of customers of whom no order, case, call, visit or paper is left."""
    with erasing(db) as tx:
        days = read_rules(tx.connection).every.days
        found = [] if days is None else tx.connection.execute(_due_customers(cutoff(now, days))).scalars().all()
        for key in found:
            for table in (customer_mark, customer_change):
                tx.connection.execute(delete(table).where(table.c.customer == key))
            tx.connection.execute(delete(customer).where(customer.c.key == key))
            _note(tx, "customer", str(key), now, actor, days or 0)
    return len(found)


def _due_orders(before: int) -> Select[Any]:
    order = shop_order.c
    busy = exists().where(_i.order_id == order.order_id, or_(_i.ended_at.is_(None), _i.ended_at >= before))
    held = or_(
        _held("order", order.order_id),
        _held("customer", order.customer_id),
        exists().where(
            legal_hold.c.lifted_at.is_(None),
            legal_hold.c.kind == "case",
            legal_hold.c.subject == _i.case_id,
            _i.order_id == order.order_id,
        ),
    )
    wanted = select(order.order_id, order.customer_id, order.facts, order.courier, order.updated_at)
    old = (order.updated_at < before, ~busy, ~held, ~_done("order", order.order_id, order.updated_at))
    return wanted.where(*old).order_by(order.updated_at, order.order_id).limit(BATCH)


def _due_calls(before: int) -> Select[Any]:
    call = call_entry.c
    waits = and_(call.due_at.is_not(None), call.called_back_at.is_(None))
    held = or_(_held("order", call.order_id), _held("customer", call.customer_id))
    old = (call.case_id.is_(None), call.registered_at < before, ~waits, call.details != b"{}", ~held)
    done = _done("call", call.id.concat(""), call.registered_at)
    return select(call.id, call.details, call.shop).where(*old, ~done).order_by(call.id).limit(BATCH)


def _due_visits(before: int) -> Select[Any]:
    held = or_(_held("order", visit.c.order_id), _held("customer", visit.c.customer_id))
    old = (visit.c.case_id.is_(None), visit.c.created_at < before, visit.c.due_at < before)
    query = select(visit.c.id, visit.c.cause, visit.c.status, visit.c.shop).where(
        *old, visit.c.customer_id != HIDDEN, ~held
    )
    return query.order_by(visit.c.id).limit(BATCH)


def _due_customers(before: int) -> Select[Any]:
    left = [
        exists().where(table.c.customer_id == customer.c.customer_id)
        for table in (shop_order, process_instance, call_entry, visit, document, flag_note, own_customer)
    ]
    old = (customer.c.last_seen_at < before, ~or_(*left), ~_held("customer", customer.c.customer_id))
    return select(customer.c.key).where(*old).order_by(customer.c.key).limit(BATCH)


def _held(kind: str, subject: ColumnElement[Any]) -> ColumnElement[bool]:
    hold = legal_hold.c
    return exists().where(hold.lifted_at.is_(None), hold.kind == kind, hold.subject == subject)


def _done(kind: str, subject: ColumnElement[Any], since: ColumnElement[Any]) -> ColumnElement[bool]:
    done = retention_done.c
    return exists().where(done.kind == kind, done.subject == subject, done.at > since)


def _redact_order(tx: Transaction, row: Row[Any], shown: str, redactor: Redactor) -> None:
    facts = canonical.decode(row.facts)
    courier = known_courier(redactor, row.courier)
    values = {"facts": canonical.encode(_masked(facts)), "customer_id": shown, "courier": courier}
    tx.connection.execute(update(shop_order).where(shop_order.c.order_id == row.order_id).values(values))
    search.forget_order(tx, row.order_id)
    key = find_key(tx.connection, row.customer_id)
    if key is not None:
        others = select(shop_order.c.facts).where(shop_order.c.customer_id == row.customer_id)
        left = [canonical.decode(data) for data in tx.connection.execute(others).scalars()]
        mark_anew(tx, key, [one.get(name) for one in left for name in _MARKED])


def _masked(facts: dict[str, Value]) -> dict[str, Value]:
    """The facts of an order without its receiver: what was bought for how much stays."""
    return {
        name: HIDDEN if name in _REMARKS and value else _without_people(mask(name, value))
        for name, value in facts.items()
    }


def _without_people(value: Value) -> Value:
    if isinstance(value, dict):
        return {name: _without_people(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_people(item) for item in value]
    return mask_within(value) if isinstance(value, str) else value


def _redact_call(tx: Transaction, row: Row[Any], redactor: Redactor) -> None:
    details = canonical.encode(redactor.value("", canonical.decode(row.details)))
    values: dict[str, Any] = {"details": details, "customer_id": None, "answer": hidden_text(call_entry.c.answer)}
    values["shop"] = known_shop(redactor, row.shop)
    tx.connection.execute(update(call_entry).where(call_entry.c.id == row.id).values(values))


def _redact_visit(tx: Transaction, row: Row[Any], redactor: Redactor) -> None:
    values: dict[str, Any] = {name: hidden_text(visit.c[name]) for name in ("comment", "offer")}
    values |= {"customer_id": HIDDEN, "shop": known_shop(redactor, row.shop)}
    if row.cause != "parcel":
        values["subject"] = f"{HIDDEN}{row.id}"
    if row.status == "open":  # nobody asks the customer any more
        values["status"] = "dropped"
    tx.connection.execute(update(visit).where(visit.c.id == row.id).values(values))


def _note(tx: Transaction, kind: str, subject: str, now: datetime, actor: Actor, days: int) -> None:
    row = {"kind": kind, "subject": subject, "at": to_microseconds(now), "actor": actor.id, "days": days, "count": 1}
    tx.connection.execute(insert(retention_done).values(row))
