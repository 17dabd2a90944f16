"""What people have typed and not sent yet: kept on the server from one keystroke to the next, and never in a history.

A draft is its author's alone. It goes when its form is sent or given up; one of a task that has ended without it stays
readable for a week, one of a start form for a month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from engine import canonical
from engine.clock import from_microseconds, to_microseconds
from engine.errors import InvalidValue
from engine.model import UserTaskStatus
from engine.store.database import Database
from engine.store.tables import draft, user_task

#: Field → text, or list of texts where a browser posts several.
Typed: TypeAlias = Mapping[str, str | list[str]]
#: How long a draft of a task that has ended, and one of a start form, is kept.
AFTER_TASK: Final = timedelta(days=7)
OF_START: Final = timedelta(days=30)
#: Bytes of one draft: as much as the variables of a case.
MAX_BYTES: Final = 262_144
_LISTED: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody has typed into one form."""

    #: "task:" + id, or "start:" + process id, with ":" + order number where the form began with an order.
    subject: str
    fields: Typed
    #: How often it was saved.
    number: int
    saved_at: datetime
    #: The user task; None: it is for a start form.
    task: int | None

    @property
    def process_id(self) -> str | None:
        """The process of a start form; None: it is for a task."""
        return None if self.task is not None else self.subject.split(":")[1]

    @property
    def order_id(self) -> str:
        """The order with which a start form began, or ""."""
        return "" if self.task is not None else self.subject.partition(":")[2].partition(":")[2]


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


def save(
    db: Database, user: str, subject: str, fields: Typed, *, at: datetime, seen: int | None = None
) -> Saved | None:
    """Keep what was typed; the last one to save wins.

    Args:
        db: the database.
        user: who typed it.
        subject: as ``of_task`` or ``of_start`` gives it.
        fields: the form's own fields.
        at: aware.
        seen: number of the draft that the page was made with, 0 for none; None: it does not say.

    Returns:
        None where the user has completed the task meanwhile: nothing is left to be kept.

    Raises:
        InvalidValue: it is larger than a case may hold.
    """
    content = canonical.encode({name: list(text) if isinstance(text, list) else text for name, text in fields.items()})
    if len(content) > MAX_BYTES:
        raise InvalidValue(
            f"the draft is larger than {MAX_BYTES} bytes", message_zh="内容太长,不能自动保存。请先缩短,或直接提交。"
        )
    task = _task_of(subject)
    saved_at = to_microseconds(at)
    with db.begin() as tx:
        if task is not None and _is_sent(tx.connection, task, user):
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


def discard(db: Database, user: str, subject: str) -> None:
    """Forget the user's draft of a form, if there is one; its files go with the next sweep."""
    mine = (draft.c.user == user, draft.c.subject == subject)
    with db.read() as connection:  # most forms are sent without one, and a look takes no lock
        if connection.execute(select(draft.c.subject).where(*mine)).first() is None:
            return
    with db.begin() as tx:
        tx.connection.execute(delete(draft).where(*mine))


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


def _is_sent(connection: Connection, task: int, user: str) -> bool:
    """Whether the user has completed the task: what comes late from the page must not come back."""
    done = (user_task.c.id == task, user_task.c.completed_by == user)
    return connection.execute(select(user_task.c.id).where(*done)).first() is not None


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
