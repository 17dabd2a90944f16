"""Enters callers: a call-back in 5 minutes, a quote in 8 hours, a message an hour after opening.

An entry that waits is due by the shop's working calendar (SLA-01, 02, 04).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from engine import access, attachments, calendars, canonical, shop
from engine.clock import microseconds_or_none, to_microseconds
from engine.customers import archive, words
from engine.customers.calls import Call, CallProblem, call_of, get, limit_of
from engine.errors import DuplicateSubmission
from engine.model import Actor, Event, Value
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import call_entry

#: A call is entered at the latest so long after it came.
MAX_LATE: Final = timedelta(days=31)
_FIELDS: Final = {**words.CALL_FIELDS, **words.QUOTE_FIELDS}


def register(
    tx: Transaction,
    typed: Mapping[str, str],
    actor: Actor,
    *,
    now: datetime,
    submission_key: str | None = None,
) -> Call:
    """Enter a call; the same submission again gives the first entry.

    Args:
        tx: the caller's transaction.
        typed: ``kind``, ``source``, ``shop``, ``customer_id``, ``order_id``, ``received_at`` (ISO with zone; "": now),
            ``answered`` ("1": on the spot, nothing is due), the fields of CALL_FIELDS and QUOTE_FIELDS, and ``msds``
            (id of an uploaded file of the actor's).
        actor: who enters it; P25.
        now: when.
        submission_key: idempotency key of the form.

    Raises:
        NotAllowed: the actor lacks P25.
        CallProblem: something is missing, too long or unknown.
        DuplicateSubmission: the key was used by somebody else.
    """
    access.check(actor, "P25")
    again = _entered(tx, submission_key, actor)
    if again is not None:
        return again
    kind, source = _choice("kind", typed, words.CALL_KINDS), _choice("source", typed, words.SOURCES)
    received_at = _received(typed.get("received_at", ""), now)
    details = _details(typed, quote=words.CALL_KINDS[kind].quote)
    customer_id, order_id, case_id = _whom(tx.connection, typed)
    answered = typed.get("answered") == "1" and source != "message"
    _check_reachable(details, customer_id, kind, answered=answered)
    shop_name = typed.get("shop", "").strip()[: shop.MAX_SHOP] or _shop_of(tx.connection, order_id)
    calendar = calendars.calendar_at(tx.connection, now, shop_name or calendars.ANY_SHOP)
    due_at = None if answered else calendar.add(received_at, limit_of(kind, source))
    values: dict[str, Any] = {
        "kind": kind,
        "source": source,
        "shop": shop_name,
        "customer_id": customer_id,
        "order_id": order_id,
        "case_id": case_id,
        "details": b"{}",
        "registered_by": actor.id,
        "registered_at": to_microseconds(now),
        "received_at": to_microseconds(received_at),
        "due_at": microseconds_or_none(due_at),
        "submission_key": submission_key,
    }
    key = tx.connection.execute(insert(call_entry).values(values).returning(call_entry.c.id)).scalar_one()
    file = typed.get("msds", "").strip()
    if file:
        details["msds"] = attachments.bind_to(tx, file, owner=f"call:{key}", actor=actor).value
    tx.connection.execute(update(call_entry).where(call_entry.c.id == key).values(details=canonical.encode(details)))
    if customer_id is not None:
        archive.enter(tx, customer_id, seen_at=received_at)
    told = {"call": key, "kind": kind, "source": source, "due_at": due_at}
    append_system(tx, [Event(kind="call.registered", value=told)], at=now, actor=actor.id)
    return get(tx.connection, key)


def _entered(tx: Transaction, submission_key: str | None, actor: Actor) -> Call | None:
    if submission_key is None:
        return None
    found = select(call_entry).where(call_entry.c.submission_key == submission_key)
    row = tx.connection.execute(found).one_or_none()
    if row is not None and row.registered_by != actor.id:
        raise DuplicateSubmission(message_zh="该表单已被他人提交,请重新打开登记页面。")
    return None if row is None else call_of(row)


def _choice(name: str, typed: Mapping[str, str], among: Mapping[str, object]) -> str:
    code = typed.get(name, "")
    if code not in among:
        raise CallProblem(name, "Please choose one of the list.", message_zh="请选择一项。")
    return code


def _received(text: str, now: datetime) -> datetime:
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CallProblem("received_at", "Please fill in the date and the time.", message_zh="请填日期和时间。")
    if not now - MAX_LATE <= at <= now + timedelta(minutes=1):
        raise CallProblem(
            "received_at",
            "The call must lie within the past 31 days and not later than now. Please correct its time.",
            message_zh="来电时间须在最近31天内,不能晚于现在。",
        )
    return min(at, now)


def _details(typed: Mapping[str, str], *, quote: bool) -> dict[str, Value]:
    asked = _FIELDS if quote else words.CALL_FIELDS
    found: dict[str, Value] = {}
    for name, (label, most) in asked.items():
        text = typed.get(name, "").strip()
        if len(text) > most:
            raise CallProblem(
                name,
                f"The text may have {most} characters and has {len(text)}. Please shorten it.",
                message_zh=f"{label}最长{most}字,现在{len(text)}字。",
            )
        if text:
            found[name] = text
    return found


def _check_reachable(details: Mapping[str, Value], customer_id: str | None, kind: str, *, answered: bool) -> None:
    if words.CALL_KINDS[kind].quote:
        for name in ("contact_name", "contact_phone"):
            if not details.get(name):
                said = f"询价须填{words.CALL_FIELDS[name][0]},否则无法报价。"
                raise CallProblem(
                    name,
                    "A quote needs the name and the contact of who asks for it. Please fill this in.",
                    message_zh=said,
                )
    elif not details.get("note"):
        raise CallProblem("note", "Please note what the customer said.", message_zh="请记下客户说了什么。")
    if not answered and not details.get("contact_phone") and customer_id is None:
        said = "需要回电时,请填联系方式或客户ID;已当场答复的请勾选“已当场答复”。"
        raise CallProblem(
            "contact_phone",
            "For a call back, fill in how to reach the customer, or the customer id; if "
            "it was answered at once, tick that.",
            message_zh=said,
        )


def _whom(connection: Connection, typed: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Customer, order and case, as far as they are named; one that the shop does not know is a slip of the pen."""
    order_id = typed.get("order_id", "").strip()
    customer_id = typed.get("customer_id", "").strip()
    case_id = typed.get("case_id", "").strip() or None
    if order_id:
        known = shop.order_facts(connection, order_id[:64])
        if known is None:
            raise CallProblem(
                "order_id",
                "There is no such order. Please check the order id, or leave it empty.",
                message_zh="没有这个订单号,请核对或留空。",
            )
        customer_id = customer_id or str(known["customer_id"])
    if customer_id and not archive.is_known(connection, customer_id[:64]):
        raise CallProblem(
            "customer_id",
            "There is no such customer. Please check the customer id, or leave it empty.",
            message_zh="没有这个客户ID,请核对或留空。",
        )
    return customer_id or None, order_id or None, case_id


def _shop_of(connection: Connection, order_id: str | None) -> str | None:
    known = None if order_id is None else shop.order_facts(connection, order_id)
    name = None if known is None else known["shop"]
    return name if isinstance(name, str) else None
