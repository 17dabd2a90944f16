"""Answers callers: who calls back, how often it was tried, what came of it; a complaint opens a case (SLA-26)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import update

from engine import access, attachments
from engine.clock import to_microseconds
from engine.customers import words
from engine.customers.calls import Call, CallOver, CallProblem, get, may_see_contact
from engine.errors import NotFound
from engine.model import Actor, Event, Value
from engine.runtime.revealing import count_look
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import call_entry

MAX_ANSWER: Final = 2000
#: Whoever cannot be reached is tried so often before the entry may be closed.
MIN_ATTEMPTS: Final = 3


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
        raise CallProblem("result", "Please choose how the call ended.", message_zh="请选择回电结果。")
    if result == "unreachable" and found.attempts < MIN_ATTEMPTS:
        said = f"至少试拨{MIN_ATTEMPTS}次才能结束,现在{found.attempts}次;请用“未接通”记下每一次。"
        raise CallProblem(
            "result",
            f"Try at least {MIN_ATTEMPTS} times before you give up; so far it was {found.attempts}. "
            "Note each try that nobody answered.",
            message_zh=said,
        )
    if not text or len(text) > MAX_ANSWER:
        raise CallProblem(
            "answer",
            f"Please write what you answered, in at most {MAX_ANSWER} characters.",
            message_zh=f"请写明答复了什么,最长{MAX_ANSWER}字。",
        )


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
    count_look(tx, f"call:{call_id}", "contact", actor, now)
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
