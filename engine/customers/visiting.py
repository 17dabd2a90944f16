"""Plans visits, keeps what customers said, and takes up again what was not solved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from engine import access, canonical, formcheck
from engine.clock import to_microseconds
from engine.customers import archive, asking, words
from engine.customers.visits import Answer, Visit, VisitOver, VisitProblem, get, visit_of_case
from engine.errors import NotFound
from engine.history.commands import NOTE
from engine.model import Actor, Event, InstanceStatus, Value, files_in
from engine.notifications import Notice, Occasion, members_of, say, tell
from engine.runtime import Runtime
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import customer, process_instance, user, visit

MAX_TEXT: Final = 1000
#: Who cannot be reached is asked again at the latest so long after.
MAX_PUT_OFF: Final = timedelta(days=30)
_DESCRIPTION: Final = 2000


def plan(
    tx: Transaction, *, cause: str, subject: str, customer_id: str, due_at: datetime, now: datetime, **known: Any
) -> int | None:
    """Plan a visit; None where this subject has one already.

    Args:
        tx: the caller's transaction.
        cause: one of VISIT_CAUSES.
        subject: what it asks about.
        customer_id: whom.
        due_at: when.
        now: when it is planned.
        known: further columns: order_id, case_id, process_id, shop, assignee, owner.
    """
    values = {
        "cause": cause,
        "subject": subject,
        "customer_id": customer_id,
        "due_at": to_microseconds(due_at),
        "created_at": to_microseconds(now),
        "status": "open",
        **known,
    }
    made = insert(visit).values(values).on_conflict_do_nothing(index_elements=["cause", "subject"])
    return tx.connection.execute(made.returning(visit.c.id)).scalar_one_or_none()


def arrange(tx: Transaction, key: int, due_at: datetime, actor: Actor, *, now: datetime) -> int:
    """Plan a visit by hand, for oneself; gives its id.

    Raises:
        NotAllowed: the actor lacks P25, or is the customer.
        NotFound: there is no such customer.
        VisitProblem: the time is past, or too far off.
    """
    access.check(actor, "P25")
    found = archive.get(tx.connection, key)
    access.check_own_case(actor, found.customer_id)
    if not now <= due_at <= now + MAX_PUT_OFF * 12:
        raise VisitProblem(
            "due_at",
            "The follow-up call must be planned later than now and within a year.",
            message_zh="回访时间须在现在之后、一年之内。",
        )
    subject = f"{key}@{to_microseconds(due_at)}"
    planned = plan(
        tx, cause="manual", subject=subject, customer_id=found.customer_id, due_at=due_at, now=now, assignee=actor.id
    )
    if planned is None:
        raise VisitProblem(
            "due_at",
            "A follow-up call is planned for this time already. Please choose another time.",
            message_zh="这个时间已经安排过回访。",
        )
    _record(tx, "visit.planned", {"visit": planned, "due_at": due_at}, actor, now)
    return planned


# --- what the customer said ----------------------------------------------------------------------


def answer(runtime: Runtime, visit_id: int, said: Answer, actor: Actor, *, reopen: bool = False) -> Visit:
    """Keep what the customer said; a complaint that is not solved is taken up again by its first owner.

    Args:
        runtime: opens the transaction, and the case.
        visit_id: the visit.
        said: the answers.
        actor: who asked; P25.
        reopen: take up another case again, too, when the answer is bad.

    Raises:
        NotAllowed: the actor lacks P25, or is the customer.
        NotFound: there is no such visit.
        VisitOver: somebody else has asked.
        VisitProblem: a grade is missing, or a text is too long.
    """
    now = runtime.clock.now()
    runtime.definitions.refresh()
    with runtime.db.begin() as tx:
        found = _waiting(tx, visit_id, actor)
        _check(said, asks_solved=found.asks_solved)
        _keep(tx, found.id, said, actor, now, asked="visit")
        _follow_good_customer(tx, found.customer_id, now)
        if said.is_bad and found.case_id is not None and (reopen or found.process_id == words.COMPLAINTS):
            _reopen(runtime, tx, found, said, actor, now)
        elif said.is_bad:
            _tell_of_bad_answer(tx, found, actor, now)
        return get(tx.connection, visit_id)


def ask_at_closing(runtime: Runtime, case_id: str, said: Answer, actor: Actor) -> Visit:
    """Keep what the customer said when the case ended (SLA-06), or while it waits for just that: nobody asks again.

    A case that waits for the answer gets it. The caller has checked that the actor may see the case.

    Raises:
        NotAllowed: the actor lacks P25, or is the customer.
        NotFound: there is no such case with a customer, or it has neither ended nor waits for the answer.
        VisitOver: the customer was asked, or the case's diagrams do so.
        VisitProblem: a grade is missing, or a text is too long.
    """
    access.check(actor, "P25")
    now = runtime.clock.now()
    runtime.definitions.refresh()
    with runtime.db.begin() as tx:
        waits = asking.waits(tx.connection, case_id)
        row = _asked_about(tx.connection, case_id, ended=not waits)
        access.check_own_case(actor, row["customer_id"])
        if not waits and asking.asks_itself(tx.connection, runtime.definitions, case_id):
            raise VisitOver
        _check(said, asks_solved=True)
        plan(tx, cause="case", subject=case_id, due_at=now, now=now, case_id=case_id, assignee=actor.id, **row)
        found = visit_of_case(tx.connection, case_id)
        if found is None or not found.is_open:
            raise VisitOver
        _keep(tx, found.id, said, actor, now, asked="closing")
        if waits:
            asking.tell_the_case(runtime, tx, case_id, said, actor, now)
        if said.is_bad:
            _tell_of_bad_answer(tx, found, actor, now)
        return get(tx.connection, found.id)


def put_off(tx: Transaction, visit_id: int, due_at: datetime, actor: Actor, *, now: datetime) -> Visit:
    """Nobody answered: the customer is asked again later, by the same person.

    Raises:
        NotAllowed, NotFound, VisitOver: as for ``answer``.
        VisitProblem: the time is past, or too far off.
    """
    found = _waiting(tx, visit_id, actor)
    if not now < due_at <= now + MAX_PUT_OFF:
        raise VisitProblem(
            "due_at",
            "The next try must be planned later than now and within 30 days.",
            message_zh="再访时间须在现在之后、30天之内。",
        )
    values = {"due_at": to_microseconds(due_at), "assignee": actor.id, "told_at": None, "escalated_at": None}
    tx.connection.execute(update(visit).where(visit.c.id == visit_id).values(values))
    _record(tx, "visit.put_off", {"visit": visit_id, "before": found.due_at, "after": due_at}, actor, now)
    return get(tx.connection, visit_id)


def give_up(tx: Transaction, visit_id: int, status: str, reason: str, actor: Actor, *, now: datetime) -> Visit:
    """The customer cannot be reached, or does not want to be asked.

    Args:
        tx: the caller's transaction.
        visit_id: the visit.
        status: unreachable or dropped.
        reason: required.
        actor: who gives up; P25.
        now: when.

    Raises:
        NotAllowed, NotFound, VisitOver: as for ``answer``.
        VisitProblem: the status is none, or the reason is missing or too long.
    """
    found = _waiting(tx, visit_id, actor)
    reason = reason.strip()
    if status not in ("unreachable", "dropped"):
        raise VisitProblem("status", "Please choose how the follow-up call ended.", message_zh="请选择回访结果。")
    if not reason or len(reason) > MAX_TEXT:
        raise VisitProblem(
            "comment", f"Please say why, in at most {MAX_TEXT} characters.", message_zh=f"请写明原因,最长{MAX_TEXT}字。"
        )
    values = {"status": status, "done_at": to_microseconds(now), "done_by": actor.id, "comment": reason}
    tx.connection.execute(update(visit).where(visit.c.id == visit_id).values(values))
    _follow_good_customer(tx, found.customer_id, now)
    _record(tx, f"visit.{status}", {"visit": visit_id}, actor, now)
    return get(tx.connection, visit_id)


def _waiting(tx: Transaction, visit_id: int, actor: Actor) -> Visit:
    access.check(actor, "P25")
    found = get(tx.connection, visit_id)
    access.check_own_case(actor, found.customer_id)
    if not found.is_open:
        raise VisitOver
    return found


def _check(said: Answer, *, asks_solved: bool) -> None:
    if not 1 <= said.satisfied <= words.BEST:
        raise VisitProblem(
            "satisfied", "Please choose how satisfied the customer is, from 1 to 5.", message_zh="请选择满意度,1到5分。"
        )
    if asks_solved and said.solved is None:
        raise VisitProblem(
            "solved", "Please choose whether the problem is solved.", message_zh="请选择问题是否已解决。"
        )
    for name, text in (("comment", said.comment), ("offer", said.offer)):
        if len(text) > MAX_TEXT:
            raise VisitProblem(
                name,
                f"The text may have {MAX_TEXT} characters and has {len(text)}. Please shorten it.",
                message_zh=f"最长{MAX_TEXT}字,现在{len(text)}字。",
            )


def _keep(tx: Transaction, visit_id: int, said: Answer, actor: Actor, now: datetime, *, asked: str) -> None:
    values = {
        "status": "answered",
        "done_at": to_microseconds(now),
        "done_by": actor.id,
        "asked": asked,
        "satisfied": said.satisfied,
        "solved": None if said.solved is None else int(said.solved),
        "comment": said.comment.strip() or None,
        "offer": said.offer.strip() or None,
    }
    tx.connection.execute(update(visit).where(visit.c.id == visit_id).values(values))
    told: dict[str, Value] = {"visit": visit_id, "satisfied": said.satisfied, "solved": said.solved, "asked": asked}
    _record(tx, "visit.answered", told, actor, now)


def _follow_good_customer(tx: Transaction, customer_id: str, now: datetime) -> None:
    """Whoever has just been asked is asked again in thirty days, not before."""
    good = (customer.c.customer_id == customer_id, customer.c.good_since.is_not(None))
    next_at = to_microseconds(now + words.GOOD_EVERY)
    tx.connection.execute(update(customer).where(*good).values(next_visit_at=next_at))


def _tell_of_bad_answer(tx: Transaction, found: Visit, actor: Actor, now: datetime) -> None:
    page, once = f"/visits/{found.id}", f"visit-bad:{found.id}"
    notice = Notice(occasion=Occasion.VISIT, text=say("visit_bad"), page=page, case_id=found.case_id, once=once)
    owner = tx.connection.execute(select(visit.c.owner).where(visit.c.id == found.id)).scalar_one_or_none()
    people = [*members_of(tx.connection, ["supervisor"]), *([owner] if owner else [])]
    tell(tx, people, notice, at=now, actor=actor.id)


# --- taking a case up again ----------------------------------------------------------------------


def _asked_about(connection: Connection, case_id: str, *, ended: bool) -> dict[str, Any]:
    """What a visit keeps of a case.

    Raises:
        NotFound: there is none with a customer, or it has not ended although it must have.
    """
    column = process_instance.c
    wanted = select(column.customer_id, column.order_id, column.process_id, column.owner).where(
        column.case_id == case_id, column.depth == 0
    )
    if ended:
        wanted = wanted.where(column.status == InstanceStatus.COMPLETED.value)
    row = connection.execute(wanted).one_or_none()
    if row is None or row.customer_id is None:
        raise NotFound(f"case {case_id[:20]!r} has not ended", message_zh="工单还没有结束,或没有客户。")
    return dict(row._mapping)


def _reopen(runtime: Runtime, tx: Transaction, found: Visit, said: Answer, actor: Actor, now: datetime) -> None:
    """Start the same process again as a linked case of its first owner, with what the customer says now.

    The new case knows what the old one was started with, files left out, which stay with the old one.
    """
    cascade = runtime.cascade(tx, actor, now)
    old = cascade.instance(int(found.case_id or ""))
    deployed = runtime.definitions.latest(old.process_id)
    asked = {field.key for field in formcheck.fields(deployed.start_schema or {})}
    known = {name: value for name, value in canonical.decode(old.variables).items() if name in asked}
    variables = {name: value for name, value in known.items() if not any(True for _ in files_in(value))}
    why = f"回访不满意(工单 {old.case_id},满意度 {said.satisfied} 分):{said.comment.strip() or '客户没有说明'}"
    if "description" in asked:
        variables["description"] = f"{why}\n原诉求:{known.get('description') or ''}"[:_DESCRIPTION]
    people = replace(old, owner=_present(tx.connection, old.first_owner, actor))
    made = cascade.start(
        deployed,
        variables,
        start_key=f"visit-{found.id}",
        business_key=old.business_key,
        parent_case_id=old.case_id,
        people_of=people,
    )
    cascade.note(old, (Event(kind="case.reopened", value={"case": made.case_id, "visit": found.id}),), NOTE)
    cascade.finish()
    tx.connection.execute(update(visit).where(visit.c.id == found.id).values(follow_up_case_id=made.case_id))
    text = say("visit_reopened", case=old.case_id, made=made.case_id)
    notice = Notice(occasion=Occasion.VISIT, text=text, case_id=made.case_id, once=f"visit-reopened:{found.id}")
    tell(tx, [people.owner, *members_of(tx.connection, ["supervisor"])], notice, at=now, actor=actor.id)


def _present(connection: Connection, person: str, actor: Actor) -> str:
    """The person while the account is active, else who has asked the customer."""
    active = connection.execute(select(user.c.active).where(user.c.id == person)).scalar_one_or_none()
    return person if active == 1 else actor.id


def _record(tx: Transaction, kind: str, value: dict[str, Value], actor: Actor, now: datetime) -> None:
    append_system(tx, [Event(kind=kind, value=value)], at=now, actor=actor.id)
