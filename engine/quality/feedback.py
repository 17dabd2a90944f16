"""部门反馈 (SLA-31, SLA-36): what customers complain of and ask for goes to the department that can mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, case, func, insert, or_, select, update

from engine import access
from engine.access import Reach
from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.collaboration import ASKABLE
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.history.commands import NOTE
from engine.masking import mask_within
from engine.model import SYSTEM, Actor, Event
from engine.notifications import Notice, Occasion, Said, members_of, said_group, said_time, say, tell
from engine.quality import words
from engine.queries.visibility import check_case
from engine.runtime import Runtime
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import department_feedback, user

KINDS: Final[Mapping[str, str]] = {"complaint": "投诉", "request": "需求"}
#: Whom feedback may be given to.
TOLD: Final = ASKABLE
_KINDS_EN: Final[Mapping[str, str]] = {"complaint": "complaint", "request": "wish"}
PAGE: Final = 50
_T = department_feedback.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One item; its texts show no mobile numbers."""

    id: int
    case_id: str | None
    kind: str
    cause: str
    department: str
    text: str
    made_by: str | None
    made_by_name: str | None
    made_at: datetime
    due_at: datetime
    escalated_at: datetime | None
    answer: str | None
    answered_by_name: str | None
    answered_at: datetime | None

    @property
    def state(self) -> str:
        """open, late or answered."""
        if self.answered_at is not None:
            return "answered"
        return "late" if self.escalated_at is not None else "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackPage:
    """Some of them, the newest first; ``next_after`` is the place of the next page, None on the last."""

    rows: tuple[Feedback, ...]
    next_after: int | None


def may_use(actor: Actor) -> bool:
    """Who is of a department, or sees quality checks."""
    return words.may_look(actor) or not actor.groups.isdisjoint(TOLD)


def may_give(actor: Actor) -> bool:
    """P04 of those who talk with customers."""
    return access.may(actor, "P04") and not actor.groups.isdisjoint(words.AGENTS | {"dept_manager"})


def sees_all(actor: Actor) -> bool:
    """Who looks after feedback between departments: supervisors, department managers, auditors."""
    return access.reach(actor, "P19") is not Reach.NO


# --- making --------------------------------------------------------------------------------------


def give(runtime: Runtime, case_id: str, department: str, text: str, actor: Actor) -> int:
    """Tell a department what a customer asks for; gives the item's id.

    Raises:
        NotFound: there is no such case to the actor.
        NotAllowed: the actor does not talk with customers.
        InvalidValue: the text is missing or too long, or there is no such department.
    """
    if not may_give(actor):
        raise NotAllowed(f"{actor.id} gives no feedback")
    said = _text(text, "反馈的内容")
    if department not in TOLD:
        raise InvalidValue("Please choose a department for the feedback.", message_zh="请选择反馈给哪个部门。")
    now = runtime.clock.now()
    with runtime.db.begin() as tx:
        check_case(tx.connection, case_id, actor)
        values = {"case_id": case_id, "kind": "request", "cause": "", "department": department}
        made = make_item(tx, values | {"text": mask_within(said)}, actor, now)
        cascade = runtime.cascade(tx, actor, now)
        event = Event(kind="feedback.given", value={"feedback": made, "to": department, "text": mask_within(said)})
        cascade.note(cascade.instance(int(case_id)), (event,), NOTE)
        cascade.finish()
    return made


def make_item(tx: Transaction, values: dict[str, Any], actor: Actor, now: datetime) -> int:
    """Write an item, say so in the history and tell the department; gives its id."""
    due = now + words.ANSWER_TIME
    row = {**values, "made_by": None if actor.id == SYSTEM.id else actor.id}
    row |= {"made_at": to_microseconds(now), "due_at": to_microseconds(due)}
    made: int = tx.connection.execute(insert(department_feedback).values(row).returning(_T.id)).scalar_one()
    value = {"feedback": made, "case_id": values["case_id"], "department": values["department"], "kind": values["kind"]}
    append_system(tx, [Event(kind="feedback.given", value=value)], at=now, actor=actor.id)
    text = say("feedback_given", kind=said_feedback(values["kind"]), due=said_time(due))
    tell_of(tx, people_of(tx.connection, values["department"]), made, text, now, actor)
    return made


def said_feedback(kind: str) -> Said:
    """What an item is, in both languages."""
    return Said(KINDS[kind], _KINDS_EN[kind])


def people_of(connection: Connection, department: str) -> list[str]:
    """A department's people; the department managers where it has none."""
    return members_of(connection, [department]) or members_of(connection, ["dept_manager"])


# --- answering -----------------------------------------------------------------------------------


def may_answer(actor: Actor, item: Feedback) -> bool:
    """Of the department, or a department manager."""
    return item.answered_at is None and (item.department in actor.groups or "dept_manager" in actor.groups)


def answer(tx: Transaction, item_id: int, text: str, actor: Actor, *, now: datetime) -> None:
    """Say what the department does about it.

    Raises:
        NotFound: there is no such item to the actor.
        NotAllowed: it is another department's.
        InvalidValue: the text is missing or too long.
        StepError: it is answered.
    """
    item = get_feedback(tx.connection, item_id, actor)
    if item.answered_at is not None:
        raise StepError(
            "This feedback is answered already. Please reload the page.", message_zh="这条反馈已经答复,请刷新页面。"
        )
    if not may_answer(actor, item):
        raise NotAllowed(f"{actor.id} is not of {item.department}")
    said = _text(text, "答复")
    values = {"answer": mask_within(said), "answered_by": actor.id, "answered_at": to_microseconds(now)}
    open_one = (_T.id == item_id, _T.answered_at.is_(None))
    if tx.connection.execute(update(department_feedback).where(*open_one).values(values)).rowcount != 1:
        raise StepError(
            "This feedback is answered already. Please reload the page.", message_zh="这条反馈已经答复,请刷新页面。"
        )
    value = {"feedback": item_id, "case_id": item.case_id, "text": mask_within(said)}
    append_system(tx, [Event(kind="feedback.answered", value=value)], at=now, actor=actor.id)
    people = [item.made_by] if item.made_by else members_of(tx.connection, ["supervisor"])
    answered = say("feedback_answered", group=said_group(item.department), kind=said_feedback(item.kind))
    tell_of(tx, people, item_id, answered, now, actor)


def _text(text: str, what: str) -> str:
    clean = text.strip()
    if not clean or len(clean) > words.MAX_TEXT:
        raise InvalidValue(
            f"Please write a text of at most {words.MAX_TEXT} characters.",
            message_zh=f"请填写{what},最长 {words.MAX_TEXT} 字。",
        )
    return clean


# --- reading -------------------------------------------------------------------------------------


def get_feedback(connection: Connection, item_id: int, actor: Actor) -> Feedback:
    """One item: of the actor's department, the actor's own, or any for who looks after them.

    Raises:
        NotFound: there is none to the actor.
    """
    row = connection.execute(_within(_select(), actor).where(_T.id == item_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no feedback {item_id}", message_zh="没有这条反馈,或您没有权限。")
    return _feedback(row)


def list_feedback(
    connection: Connection,
    actor: Actor,
    *,
    department: str = "",
    open_only: bool = True,
    after: int | None = None,
    limit: int = PAGE,
) -> FeedbackPage:
    """Items that the actor may see, the newest first."""
    query = _within(_select(), actor).order_by(_T.id.desc()).limit(limit + 1)
    query = query.where(_T.department == department) if department else query
    query = query.where(_T.answered_at.is_(None)) if open_only else query
    query = query.where(_T.id < after) if after is not None else query
    rows = connection.execute(query).all()
    found = tuple(map(_feedback, rows[:limit]))
    return FeedbackPage(rows=found, next_after=found[-1].id if len(rows) > limit else None)


def count_open(connection: Connection, actor: Actor, now: datetime) -> list[tuple[str, int, int, datetime]]:
    """(department, open, overdue, the oldest's time) of what the actor may see, the fullest first."""
    late = case((_T.due_at <= to_microseconds(now), 1), else_=0)
    query = (
        select(_T.department, func.count(), func.sum(late), func.min(_T.made_at))
        .where(_T.answered_at.is_(None))
        .group_by(_T.department)
    )
    rows = connection.execute(_within(query, actor)).all()
    found = [(row[0], int(row[1]), int(row[2]), from_microseconds(row[3])) for row in rows]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _within(query: Select[Any], actor: Actor) -> Select[Any]:
    if sees_all(actor):
        return query
    return query.where(or_(_T.department.in_(sorted(actor.groups)), _T.made_by == actor.id))


def _select() -> Select[Any]:
    maker, answerer = user.alias(), user.alias()
    return (
        select(department_feedback, maker.c.name.label("maker_name"), answerer.c.name.label("answerer_name"))
        .outerjoin(maker, maker.c.id == _T.made_by)
        .outerjoin(answerer, answerer.c.id == _T.answered_by)
    )


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(
        id=row.id,
        case_id=row.case_id,
        kind=row.kind,
        cause=row.cause,
        department=row.department,
        text=row.text,
        made_by=row.made_by,
        made_by_name=row.maker_name or row.made_by,
        made_at=from_microseconds(row.made_at),
        due_at=from_microseconds(row.due_at),
        escalated_at=instant_or_none(row.escalated_at),
        answer=row.answer,
        answered_by_name=row.answerer_name or row.answered_by,
        answered_at=instant_or_none(row.answered_at),
    )


def tell_of(
    tx: Transaction,
    people: Iterable[str],
    item_id: int,
    text: Said,
    now: datetime,
    actor: Actor,
    *,
    occasion: Occasion = Occasion.INQUIRY,
) -> None:
    """Tell people something about an item."""
    notice = Notice(occasion=occasion, text=text, page=f"/feedback/{item_id}")
    tell(tx, people, notice, at=now, actor=None if actor.id == SYSTEM.id else actor.id)
