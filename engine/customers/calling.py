"""Enters callers and answers them: a call-back in 5 minutes, a quote in 8 hours, a message an hour after opening.

An entry that waits is due by the shop's working calendar (SLA-01, 02, 04); a complaint opens a case (SLA-26).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from engine import access, attachments, calendars, canonical, shop
from engine.clock import to_microseconds
from engine.customers import archive, words
from engine.customers.calls import Call, CallOver, CallProblem, call_of, get, limit_of, may_see_contact
from engine.errors import NotFound
from engine.model import Actor, Event, Value
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import call_entry
from engine.worktime import Calendar, default_calendar

MAX_ANSWER: Final = 2000
#: Whoever cannot be reached is tried so often before the entry may be closed.
MIN_ATTEMPTS: Final = 3
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
    due_at = None if answered else _due(tx.connection, received_at, now, shop_name, limit_of(kind, source))
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
        "due_at": None if due_at is None else to_microseconds(due_at),
        "submission_key": submission_key,
    }
    key = tx.connection.execute(insert(call_entry).values(values).returning(call_entry.c.id)).scalar_one()
    file = typed.get("msds", "").strip()
    if file:
        details["msds"] = attachments.bind_to(tx, file, owner=f"call:{key}", actor=actor).value
    tx.connection.execute(update(call_entry).where(call_entry.c.id == key).values(details=canonical.encode(details)))
    if customer_id is not None:
        archive.enter(tx, customer_id, seen_at=received_at)
    _tell_system(tx, "call.registered", {"call": key, "kind": kind, "source": source, "due_at": due_at}, actor, now)
    return get(tx.connection, key)


def _entered(tx: Transaction, submission_key: str | None, actor: Actor) -> Call | None:
    if submission_key is None:
        return None
    found = select(call_entry).where(
        call_entry.c.submission_key == submission_key, call_entry.c.registered_by == actor.id
    )
    row = tx.connection.execute(found).one_or_none()
    return None if row is None else call_of(row)


def _choice(name: str, typed: Mapping[str, str], among: Mapping[str, object]) -> str:
    code = typed.get(name, "")
    if code not in among:
        raise CallProblem(name, f"{name} is none of the choices", message_zh="请选择一项。")
    return code


def _received(text: str, now: datetime) -> datetime:
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CallProblem("received_at", "no time", message_zh="请填日期和时间。")
    if not now - MAX_LATE <= at <= now + timedelta(minutes=1):
        raise CallProblem("received_at", "not in the past month", message_zh="来电时间须在最近31天内,不能晚于现在。")
    return min(at, now)


def _details(typed: Mapping[str, str], *, quote: bool) -> dict[str, Value]:
    asked = _FIELDS if quote else words.CALL_FIELDS
    found: dict[str, Value] = {}
    for name, (label, most) in asked.items():
        text = typed.get(name, "").strip()
        if len(text) > most:
            raise CallProblem(name, f"{name} is too long", message_zh=f"{label}最长{most}字,现在{len(text)}字。")
        if text:
            found[name] = text
    return found


def _check_reachable(details: Mapping[str, Value], customer_id: str | None, kind: str, *, answered: bool) -> None:
    if words.CALL_KINDS[kind].quote:
        for name in ("contact_name", "contact_phone"):
            if not details.get(name):
                said = f"询价须填{words.CALL_FIELDS[name][0]},否则无法报价。"
                raise CallProblem(name, f"a quote needs {name}", message_zh=said)
    elif not details.get("note"):
        raise CallProblem("note", "a call needs a note", message_zh="请记下客户说了什么。")
    if not answered and not details.get("contact_phone") and customer_id is None:
        said = "需要回电时,请填联系方式或客户ID;已当场答复的请勾选“已当场答复”。"
        raise CallProblem("contact_phone", "nobody could call back", message_zh=said)


def _whom(connection: Connection, typed: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Customer, order and case, as far as they are named; one that the shop does not know is a slip of the pen."""
    order_id = typed.get("order_id", "").strip()
    customer_id = typed.get("customer_id", "").strip()
    case_id = typed.get("case_id", "").strip() or None
    if order_id:
        known = shop.order_facts(connection, order_id[:64])
        if known is None:
            raise CallProblem("order_id", "unknown order", message_zh="没有这个订单号,请核对或留空。")
        customer_id = customer_id or str(known["customer_id"])
    if customer_id and not archive.is_known(connection, customer_id[:64]):
        raise CallProblem("customer_id", "unknown customer", message_zh="没有这个客户ID,请核对或留空。")
    return customer_id or None, order_id or None, case_id


def _shop_of(connection: Connection, order_id: str | None) -> str | None:
    known = None if order_id is None else shop.order_facts(connection, order_id)
    name = None if known is None else known["shop"]
    return name if isinstance(name, str) else None


def _due(
    connection: Connection, received_at: datetime, now: datetime, shop_name: str | None, limit: timedelta
) -> datetime:
    return calendar_of(connection, now, shop_name).add(received_at, limit)


def calendar_of(connection: Connection, now: datetime, shop_name: str | None) -> Calendar:
    """The working calendar of a shop that is in force; the one that every shop begins with where none was made."""
    version = calendars.in_force(connection, now, shop_name) if shop_name else None
    version = version or calendars.in_force(connection, now)
    return default_calendar() if version is None else version.calendar


# --- answering -----------------------------------------------------------------------------------


def take(tx: Transaction, call_id: int, actor: Actor, *, now: datetime) -> Call:
    """Say that one calls back oneself; heads of service may take it from somebody.

    Raises:
        NotAllowed: the actor lacks P25, or is the customer.
        CallOver: the caller was answered, or somebody else calls back.
    """
    found = _waiting(tx, call_id, actor)
    if found.taken_by not in (None, actor.id) and not words.heads_service(actor):
        raise CallOver(message_zh="已有同事在回电,请刷新。")
    _set(tx, call_id, taken_by=actor.id)
    _tell_system(tx, "call.taken", {"call": call_id}, actor, now)
    return get(tx.connection, call_id)


def attempt(tx: Transaction, call_id: int, actor: Actor, *, now: datetime) -> Call:
    """Note that nobody took the call; the entry stays open and due.

    Raises:
        NotAllowed, CallOver: as for ``take``.
    """
    found = _waiting(tx, call_id, actor)
    _set(tx, call_id, attempts=found.attempts + 1, attempted_at=to_microseconds(now), taken_by=actor.id)
    _tell_system(tx, "call.attempted", {"call": call_id, "attempts": found.attempts + 1}, actor, now)
    return get(tx.connection, call_id)


def answer(tx: Transaction, call_id: int, result: str, text: str, actor: Actor, *, now: datetime) -> Call:
    """Note that the caller was answered, and how.

    Args:
        tx: the caller's transaction.
        call_id: the entry.
        result: one of CALL_RESULTS; a quote is answered with a price or without, others are not.
        text: what was said; required.
        actor: who answered; P25.
        now: when.

    Raises:
        NotAllowed, CallOver: as for ``take``.
        CallProblem: the result is none, it was not tried often enough, or the text is missing or too long.
    """
    found = _waiting(tx, call_id, actor)
    text = text.strip()
    _check_answer(found, result, text)
    _set(
        tx,
        call_id,
        called_back_at=to_microseconds(now),
        called_back_by=actor.id,
        taken_by=found.taken_by or actor.id,
        result=result,
        answer=text,
    )
    _tell_system(tx, "call.answered", {"call": call_id, "result": result, "due_at": found.due_at}, actor, now)
    return get(tx.connection, call_id)


def results_of(kind: str) -> dict[str, str]:
    """The results that people may choose for a kind of call."""
    quote = words.CALL_KINDS[kind].quote
    left_out = {"case", "answered"} if quote else {"case", "quoted", "no_price"}
    return {code: name for code, name in words.CALL_RESULTS.items() if code not in left_out}


def _check_answer(found: Call, result: str, text: str) -> None:
    if result not in results_of(found.kind):
        raise CallProblem("result", "no such result", message_zh="请选择回电结果。")
    if result == "unreachable" and found.attempts < MIN_ATTEMPTS:
        said = f"至少试拨{MIN_ATTEMPTS}次才能结束,现在{found.attempts}次;请用“未接通”记下每一次。"
        raise CallProblem("result", "not tried often enough", message_zh=said)
    if not text or len(text) > MAX_ANSWER:
        raise CallProblem("answer", "no answer, or too long", message_zh=f"请写明答复了什么,最长{MAX_ANSWER}字。")


def link_case(tx: Transaction, call_id: int, case_id: str, actor: Actor, *, now: datetime) -> None:
    """A case was opened by the call: it is noted, and answers it if nobody has yet (SLA-26).

    The case's own history and the log name each other. Doing it again changes nothing.
    """
    found = get(tx.connection, call_id)
    if found.case_id == case_id:
        return
    values: dict[str, Any] = {"case_id": case_id}
    if found.is_open:
        values |= {"called_back_at": to_microseconds(now), "called_back_by": actor.id, "result": "case"}
    _set(tx, call_id, **values)
    _tell_system(tx, "call.case_opened", {"call": call_id, "case_id": case_id}, actor, now)


def reveal(tx: Transaction, call_id: int, actor: Actor, *, now: datetime) -> Call:
    """The entry for somebody who has clicked to see name and number; that is logged (E01).

    Raises:
        NotFound: there is no such entry, or the actor may not see them.
    """
    found = get(tx.connection, call_id)
    if not may_see_contact(actor, found):
        raise NotFound(f"call {call_id} is not for {actor.id}", message_zh="请先认领这次回电,再查看联系方式。")
    _tell_system(tx, "call.contact_revealed", {"call": call_id}, actor, now)
    return found


def open_file(tx: Transaction, call_id: int, actor: Actor, *, now: datetime) -> attachments.Attachment:
    """The file that came with a call, for somebody who takes it; that is logged.

    Raises:
        NotFound: there is none, or the actor does not read the log.
    """
    found = get(tx.connection, call_id)
    if found.file is None or not words.may_read(actor):
        raise NotFound(f"call {call_id} has no file", message_zh="没有这个文件,或您没有权限。")
    file = attachments.get(tx.connection, str(found.file["id"]))
    _tell_system(tx, "call.file_downloaded", {"call": call_id, "sha256": file.sha256}, actor, now)
    return file


def _waiting(tx: Transaction, call_id: int, actor: Actor) -> Call:
    access.check(actor, "P25")
    found = get(tx.connection, call_id)
    access.check_own_case(actor, found.customer_id)
    if not found.is_open:
        raise CallOver
    return found


def _set(tx: Transaction, call_id: int, **values: Any) -> None:
    tx.connection.execute(update(call_entry).where(call_entry.c.id == call_id).values(values))


def _tell_system(tx: Transaction, kind: str, value: dict[str, Value], actor: Actor, now: datetime) -> None:
    append_system(tx, [Event(kind=kind, value=value)], at=now, actor=actor.id)
