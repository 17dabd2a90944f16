"""What people have typed and not sent yet: kept on the server from one keystroke to the next, and never in a history.

A draft is its author's alone. It goes when its form is sent or given up; one of a task that has ended without it stays
readable for a week, one of a start form, of an event, of a quality check or of an appraisal for a month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Row, Select, bindparam, delete, exists, func, insert, select, update

from engine import canonical
from engine.clock import from_microseconds, to_microseconds
from engine.errors import InvalidValue
from engine.model import UserTaskStatus
from engine.store.database import Database
from engine.store.statement import Query
from engine.store.tables import appraisal, draft, quality_check, registered_event, survey_evaluation, user_task

#: Field → text, or list of texts where a browser posts several.
Typed: TypeAlias = Mapping[str, str | list[str]]
#: How long a draft of a task that has ended, and one of another form, is kept.
AFTER_TASK: Final = timedelta(days=7)
OF_START: Final = timedelta(days=30)
#: Bytes of one draft: as much as the variables of a case.
MAX_BYTES: Final = 262_144
_LISTED: Final = 200
#: What is typed about a quality check, and about an appraisal.
CHECK_STEPS: Final = ("check", "objection", "decision")
APPRAISAL_STEPS: Final = ("appraisal", "signature")
_EVALUATION: Final = "evaluation"
_MINE: Final = (draft.c.user == bindparam("of_user"), draft.c.subject == bindparam("of_subject"))
#: Made once: every form that is sent asks.
_KEPT: Final = Query("draft_of", select(draft.c.subject).where(*_MINE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody has typed into one form."""

    #: "task:" + id, "event:" + case id + ":" + id of what the case waits for, "start:" + process id, with
    #: ":" + order number where the form began with an order, one of CHECK_STEPS + ":" + id of the quality check,
    #: one of APPRAISAL_STEPS + ":" + person + ":" + month, or "evaluation:" + month of a survey.
    subject: str
    fields: Typed
    #: How often it was saved.
    number: int
    saved_at: datetime
    #: The user task; None: it is for another form.
    task: int | None

    @property
    def event(self) -> tuple[str, int] | None:
        """Case and id of the event that is registered; None: it is for another form."""
        return event_of(self.subject)

    @property
    def process_id(self) -> str | None:
        """The process of a start form; None: it is for another form."""
        kind, _, rest = self.subject.partition(":")
        return rest.partition(":")[0] if kind == "start" else None

    @property
    def order_id(self) -> str:
        """The order with which a start form began, or ""."""
        return "" if self.process_id is None else self.subject.partition(":")[2].partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What came of saving."""

    number: int
    saved_at: datetime
    #: Somewhere else the same person had saved the same form since; what was typed here has taken its place.
    elsewhere: bool


def of_task(task_id: int) -> str:
    """The subject of a user task's form."""
    return f"task:{task_id}"


def of_start(process_id: str, order_id: str = "") -> str:
    """The subject of a process's start form; one for each order that a form begins with."""
    return f"start:{process_id}:{order_id}" if order_id else f"start:{process_id}"


def of_event(case_id: str, event_id: int) -> str:
    """The subject of the form by which an event of a case is registered."""
    return f"event:{case_id}:{event_id}"


def event_of(subject: str) -> tuple[str, int] | None:
    """Case and id of the event that a subject is about; None: it is about something else.

    Raises:
        ValueError: it is none of ours.
    """
    kind, _, rest = subject.partition(":")
    case_id, _, event_id = rest.partition(":")
    return (case_id, int(event_id)) if kind == "event" else None


def of_check(step: str, check_id: int) -> str:
    """The subject of a form of a quality check: its result, the objection to it, or what is decided (CHECK_STEPS)."""
    return f"{step}:{check_id}"


def check_of(subject: str) -> tuple[str, int] | None:
    """Step and id of the quality check that a subject is about; None: it is about something else."""
    step, _, rest = subject.partition(":")
    return (step, int(rest)) if step in CHECK_STEPS else None


def of_appraisal(step: str, person: str, month: str) -> str:
    """The subject of a form of an appraisal: what is written of a person, or the person's reply (APPRAISAL_STEPS)."""
    return f"{step}:{person}:{month}"


def appraisal_of(subject: str) -> tuple[str, str, str] | None:
    """Step, person and month of the appraisal that a subject is about; None: it is about something else."""
    step, _, rest = subject.partition(":")
    person, _, month = rest.partition(":")
    return (step, person, month) if step in APPRAISAL_STEPS else None


def of_evaluation(month: str) -> str:
    """The subject of what is made of a month's survey."""
    return f"{_EVALUATION}:{month}"


def evaluation_of(subject: str) -> str | None:
    """The month of the survey whose evaluation a subject is; None: it is about something else."""
    kind, _, month = subject.partition(":")
    return month if kind == _EVALUATION else None


def save(
    db: Database, user: str, subject: str, fields: Typed, *, at: datetime, seen: int | None = None
) -> Saved | None:
    """Keep what was typed; the last one to save wins.

    Args:
        db: the database.
        user: who typed it.
        subject: as ``of_task``, ``of_start``, ``of_event``, ``of_check``, ``of_appraisal`` or ``of_evaluation``
            gives it.
        fields: the form's own fields.
        at: aware.
        seen: number of the draft that the page was made with, 0 for none; None: it does not say.

    Returns:
        None where the user has completed the task, or sent the form, meanwhile: nothing is left to be kept.

    Raises:
        InvalidValue: it is larger than a case may hold.
    """
    content = canonical.encode({name: list(text) if isinstance(text, list) else text for name, text in fields.items()})
    if len(content) > MAX_BYTES:
        raise InvalidValue(
            "The text is too long to be kept as a draft. Please shorten it, or submit the form.",
            message_zh="内容太长,不能自动保存。请先缩短,或直接提交。",
        )
    task = _task_of(subject)
    saved_at = to_microseconds(at)
    with db.begin() as tx:
        if _is_sent(tx.connection, subject, task, user, fields):
            return None
        mine = (draft.c.user == user, draft.c.subject == subject)
        before = tx.connection.execute(select(draft.c.number).where(*mine)).scalar() or 0
        row = {"fields": content, "saved_at": saved_at, "number": before + 1}
        if before:
            tx.connection.execute(update(draft).where(*mine).values(row))
        else:
            tx.connection.execute(insert(draft).values(user=user, subject=subject, task=task, **row))
    return Saved(number=before + 1, saved_at=from_microseconds(saved_at), elsewhere=seen is not None and seen != before)


def find(connection: Connection, user: str, subject: str) -> Draft | None:
    """The user's draft of a form, if there is one."""
    row = connection.execute(select(draft).where(draft.c.user == user, draft.c.subject == subject)).one_or_none()
    return None if row is None else _draft(row)


def list_of(connection: Connection, user: str) -> list[Draft]:
    """All of the user's drafts, the newest first."""
    wanted = select(draft).where(draft.c.user == user).order_by(draft.c.saved_at.desc(), draft.c.subject)
    return [_draft(row) for row in connection.execute(wanted.limit(_LISTED))]


def count_of(connection: Connection, user: str) -> int:
    """How many drafts the user has."""
    counted: int = connection.execute(select(func.count()).where(draft.c.user == user)).scalar_one()
    return counted


def discard(db: Database, user: str, subject: str) -> None:
    """Forget the user's draft of a form, if there is one; its files go with the next sweep."""
    mine = {"of_user": user, "of_subject": subject}
    with db.read() as connection:  # most forms are sent without one, and a look takes no lock
        if _KEPT.first(connection, mine) is None:
            return
    with db.begin() as tx:
        tx.connection.execute(delete(draft).where(*_MINE), mine)


def sweep(db: Database, *, now: datetime) -> int:
    """Forget drafts that nobody can send any more; gives how many.

    Any number of sweeps at once is right: what another one has forgotten is not there any more.
    """
    ended = exists().where(
        user_task.c.id == draft.c.task,
        user_task.c.status != UserTaskStatus.OPEN.value,
        user_task.c.ended_at <= to_microseconds(now - AFTER_TASK),
    )
    old = draft.c.saved_at <= to_microseconds(now - OF_START)
    over = ((draft.c.task.is_not(None)) & ended) | ((draft.c.task.is_(None)) & old)
    with db.read() as connection:
        if connection.execute(select(draft.c.subject).where(over).limit(1)).first() is None:
            return 0
    with db.begin() as tx:
        return tx.connection.execute(delete(draft).where(over)).rowcount


def _is_sent(connection: Connection, subject: str, task: int | None, user: str, fields: Typed) -> bool:
    """Whether the user has sent the form: what comes late from the page must not come back."""
    event, check = event_of(subject), check_of(subject)
    written, month = appraisal_of(subject), evaluation_of(subject)
    done: Select[Any]
    if task is not None:
        done = select(user_task.c.id).where(user_task.c.id == task, user_task.c.completed_by == user)
    elif event is not None:
        done = select(registered_event.c.id).where(registered_event.c.id == event[1], registered_event.c.actor == user)
    elif check is not None:
        done = _check_sent(*check, user)
    elif written is not None:
        done = _appraisal_sent(*written, user, fields)
    elif month is not None:
        column = survey_evaluation.c
        done = select(column.month).where(column.month == month, column.written_by == user)
    else:
        return False
    return connection.execute(done).first() is not None


def _check_sent(step: str, check_id: int, user: str) -> Select[tuple[int]]:
    column = quality_check.c
    sent = {
        "check": column.checked_by == user,
        "objection": (column.agent == user) & column.objected_at.is_not(None),
        "decision": column.decided_by == user,
    }
    return select(column.id).where(column.id == check_id, sent[step])


def _appraisal_sent(step: str, person: str, month: str, user: str, fields: Typed) -> Select[tuple[str]]:
    """What is written may be written anew until it is signed: only the same words are those that were sent."""
    column = appraisal.c
    query = select(column.person).where(column.person == person, column.month == month)
    if step == "signature":
        return query.where(column.person == user, column.signed_at.is_not(None))
    typed = {name: str(fields.get(name, "")).replace("\r", "").strip() for name in ("guidance", "plan", "career")}
    same = [column[name] == text for name, text in typed.items()]
    return query.where(column.written_by == user, *same)


def _task_of(subject: str) -> int | None:
    kind, _, rest = subject.partition(":")
    return int(rest) if kind == "task" else None


def _draft(row: Row[tuple[object, ...]]) -> Draft:
    return Draft(
        subject=row.subject,
        fields=canonical.decode(row.fields),
        number=row.number,
        saved_at=from_microseconds(row.saved_at),
        task=row.task,
    )
