"""内部核实 (E06): what an agent is not sure of is asked of those who know, before the customer hears."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, insert, select, update

from engine import access
from engine.accounts import find_in
from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.collaboration.at_case import AtCase, at_case, check_follows, checked_task, checked_text
from engine.collaboration.couriers import check_serves, courier_of, couriers_people
from engine.collaboration.inquiry_views import ASKABLE, is_asked, row_of
from engine.collaboration.promises import current_row, promise_at
from engine.collaboration.working_time import after
from engine.errors import InvalidValue, NotFound, StepError
from engine.history.commands import NOTE
from engine.masking import mask_within
from engine.model import SYSTEM, Actor, Event
from engine.notifications import Notice, Occasion, Said, members_of, said_group, said_time, say, tell
from engine.roster import supervisors_of
from engine.runtime import Runtime
from engine.store.database import Transaction
from engine.store.tables import inquiry as table

#: Working time that the asked have, unless the asker says something else.
TIME_TO_ANSWER: Final = timedelta(hours=4)
FARTHEST: Final = timedelta(days=30)
MAX_QUESTION: Final = 1000
MAX_CONTEXT: Final = 2000
MAX_ANSWER: Final = 2000
_BATCH: Final = 200


def ask(
    runtime: Runtime,
    case_id: str,
    actor: Actor,
    *,
    question: str,
    context: str = "",
    to_group: str | None = None,
    to_person: str | None = None,
    due_at: datetime | None = None,
    promised_at: datetime | None = None,
    tell_customer: bool = False,
    task: int | None = None,
) -> int:
    """Ask a group or a person something about a case; gives the inquiry's id.

    Args:
        runtime: the runtime.
        case_id: about which.
        actor: who asks.
        question: up to 1000 characters.
        context: all that the asked see of the case, written down by the asker; up to 2000.
        to_group: one of ASKABLE; couriers are those of the case's courier; or
        to_person: an active account; of a courier, if it works for the case's.
        due_at: by when, aware UTC; four hours of working time from now, unless given.
        promised_at: by when the customer is promised an answer; needed where nothing was promised yet.
        tell_customer: tell the customer of that time.
        task: the user task at which it came up.

    Raises:
        NotFound: there is no such case or task for the actor.
        InvalidValue: a text is missing or too long, nobody can answer, or a time does not do.
    """
    check_follows(actor)
    runtime.definitions.refresh()
    with at_case(runtime, case_id, actor) as case:
        asked, attached = checked_text(question, "问题", most=MAX_QUESTION), _context(context)
        people, courier = _asked(case, to_group, to_person, actor)
        due = _due(case, due_at)
        _promise(case, promised_at, tell_customer=tell_customer)
        row = {
            "case_id": case_id,
            "task": checked_task(case.connection, case_id, task),
            "asked_by": actor.id,
            "to_group": None if to_person else to_group,
            "to_person": to_person or None,
            "courier": courier,
            "question": asked,
            "context": attached,
            "asked_at": case.cascade.at,
            "due_at": to_microseconds(due),
            "promised_at": case.row.promised_at,
        }
        made: int = case.connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
        value = {"inquiry": made, "to": to_person or to_group, "question": mask_within(asked), "due_at": due}
        case.note("inquiry.asked", value, task=task)
        text = say("inquiry_asked", who=actor.name, due=said_time(due))
        _tell(case.cascade.tx, people, made, text, at=case.cascade.now, actor=actor.id)
        return made


def _context(context: str) -> str:
    return checked_text(context, "附上的情况", most=MAX_CONTEXT, needed=False)


def _asked(case: AtCase, group: str | None, person: str | None, actor: Actor) -> tuple[list[str], str | None]:
    """Who is told of a question, and of which courier they are, where they are any's."""
    if person:
        if person == actor.id:
            raise InvalidValue(
                "You cannot ask yourself. Please choose another group or colleague.",
                message_zh="不能向自己提问,请选择别的岗位或同事。",
            )
        found = find_in(case.connection, person)
        if found is None or not found.active or found.groups.isdisjoint(ASKABLE):
            raise InvalidValue(
                f"There is no active account {person[:40]!r} that could answer. Please choose another one.",
                message_zh="没有这个账号,或不能答复,请另选。",
            )
        if not access.limits_couriers(found.actor):
            return [person], None
        courier = courier_of(case.connection, case.row.case_id)
        check_serves(found, courier)
        return [person], courier
    if group == access.COURIER:
        courier = courier_of(case.connection, case.row.case_id)
        return couriers_people(case.connection, courier, actor.id), courier
    if group not in ASKABLE:
        raise InvalidValue(
            "Please choose a group or a colleague to ask.", message_zh="请选择向哪个岗位或哪位同事核实。"
        )
    people = [one for one in members_of(case.connection, [group]) if one != actor.id]
    if not people:
        raise InvalidValue(
            f"Nobody else of {group} can answer just now. Please choose another group.",
            message_zh=f"“{ASKABLE[group]}”目前没有可以答复的同事,请另选岗位。",
        )
    return people, None


def _due(case: AtCase, given: datetime | None) -> datetime:
    now = case.cascade.now
    if given is None:
        return after(case.cascade, case.row, TIME_TO_ANSWER)
    if not now < given <= now + FARTHEST:
        raise InvalidValue(
            f"The answer must be due later than now and within {FARTHEST.days} days. Please correct it.",
            message_zh=f"答复期限须晚于现在,最远 {FARTHEST.days} 天,请改正。",
        )
    return given


def _promise(case: AtCase, at: datetime | None, *, tell_customer: bool) -> None:
    """The customer is promised a time before anybody looks something up."""
    before = current_row(case.connection, case.row.case_id)
    if at is None:
        if before is None and not case.row.over:
            raise InvalidValue(
                "Please fill in by when the buyer is promised an answer: the buyer has to know.",
                message_zh="请填写承诺买家的答复时间,买家要知道何时有答复。",
            )
        return
    if before is not None and before.promised_at == to_microseconds(at) and not tell_customer:
        return
    promise_at(case, at, reason="等待内部核实" if before is not None else "", tell_customer=tell_customer)


def answer(runtime: Runtime, inquiry_id: int, text: str, actor: Actor) -> None:
    """Answer a question.

    Raises:
        NotFound: there is no such question to the actor.
        InvalidValue: the answer is missing or too long.
        StepError: it has been answered or withdrawn.
    """
    said = checked_text(text, "答复", most=MAX_ANSWER)
    with runtime.db.begin() as tx:
        row = row_of(tx.connection, inquiry_id)
        if not is_asked(row, actor):
            raise NotFound(f"{actor.id} is not asked {inquiry_id}", message_zh="没有这个核实,或不是向您提的。")
        values = {"answered_by": actor.id, "answer": said}
        _close(tx, row, values, runtime, actor, "inquiry.answered", {"inquiry": inquiry_id, "text": mask_within(said)})
        notice = say("inquiry_answered", who=actor.name, case=row.case_id)
        _tell(tx, [row.asked_by], inquiry_id, notice, at=runtime.clock.now(), actor=actor.id, case_id=row.case_id)


def withdraw_inquiry(runtime: Runtime, inquiry_id: int, actor: Actor) -> None:
    """Take one's own question back.

    Raises:
        NotFound: the actor has asked no such question.
        StepError: it has been answered or withdrawn.
    """
    with runtime.db.begin() as tx:
        row = row_of(tx.connection, inquiry_id)
        if row.asked_by != actor.id:
            raise NotFound(f"{actor.id} has not asked {inquiry_id}", message_zh="没有这个核实,或不是您提出的。")
        _close(tx, row, {}, runtime, actor, "inquiry.withdrawn", {"inquiry": inquiry_id})


def _close(
    tx: Transaction,
    row: Row[Any],
    values: dict[str, Any],
    runtime: Runtime,
    actor: Actor,
    kind: str,
    value: dict[str, Any],
) -> None:
    cascade = runtime.cascade(tx, actor, runtime.clock.now())
    is_open = (table.c.id == row.id, table.c.closed_at.is_(None))
    closed = update(table).where(*is_open).values(closed_at=cascade.at, **values)
    if tx.connection.execute(closed).rowcount != 1:
        raise StepError(
            "This inquiry is answered or withdrawn. Please reload the page.",
            message_zh="这个核实已经答复或撤回,请刷新页面。",
        )
    cascade.note(cascade.instance(int(row.case_id)), (Event(kind=kind, value=value),), NOTE)
    cascade.finish()


def watch_inquiries(runtime: Runtime) -> bool:
    """Tell the asker, the asked person and the asker's superiors of questions without an answer at their time."""
    now = to_microseconds(runtime.clock.now())
    query = select(table.c.id).where(table.c.due_at <= now, table.c.closed_at.is_(None), table.c.overdue_at.is_(None))
    with runtime.db.read() as connection:
        late = list(connection.execute(query.limit(_BATCH)).scalars())
    for inquiry_id in late:
        with runtime.db.begin() as tx:
            row = row_of(tx.connection, inquiry_id)
            if row.closed_at is not None or row.overdue_at is not None:  # somebody was faster
                continue
            cascade = runtime.cascade(tx, SYSTEM, runtime.clock.now())
            tx.connection.execute(update(table).where(table.c.id == inquiry_id).values(overdue_at=cascade.at))
            value = {"inquiry": inquiry_id, "due_at": from_microseconds(row.due_at)}
            cascade.note(cascade.instance(int(row.case_id)), (Event(kind="inquiry.overdue", value=value),), NOTE)
            cascade.finish()
            people = {row.asked_by, *supervisors_of(tx.connection, row.asked_by, cascade.now)} | (
                {row.to_person} - {None}
            )
            whom = said_group(row.to_group) if row.to_group else Said("同事", "a colleague")
            text = say("inquiry_overdue", whom=whom, due=said_time(row.due_at))
            _tell(tx, people, inquiry_id, text, at=cascade.now, once=f"inquiry:{inquiry_id}:overdue")
    return False


def _tell(
    tx: Transaction,
    people: Iterable[str],
    inquiry_id: int,
    text: Said,
    *,
    at: datetime,
    actor: str | None = None,
    case_id: str | None = None,
    once: str | None = None,
) -> None:
    page = f"/inquiries/{inquiry_id}"
    notice = Notice(occasion=Occasion.INQUIRY, text=text, case_id=case_id, page=page, once=once)
    tell(tx, people, notice, at=at, actor=actor)


def _clock(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M}"
