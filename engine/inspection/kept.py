"""Questions that auditors keep under a name: each has an owner, who may let the others see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, true, update
from sqlalchemy import delete as delete_from

from engine.clock import from_microseconds, to_microseconds
from engine.errors import InvalidValue, NotAllowed, NotFound
from engine.inspection import words
from engine.inspection.question import Question
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import audit_question, user

_T: Final = audit_question.c
#: So many of one person.
MOST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptQuestion:
    """A question that somebody keeps, as one person sees it."""

    id: int
    name: str
    #: Query string; read it with ``read_query``, which says what of it is no more.
    query: str
    owner: str
    owner_name: str
    shared: bool
    #: Whether the person may change it.
    own: bool
    changed_at: datetime


def list_kept(connection: Connection, actor: Actor) -> tuple[KeptQuestion, ...]:
    """The actor's own by name, then those of others that are shared."""
    rows = connection.execute(_columns(actor, true()).order_by(_T.owner != actor.id, _T.name, _T.id))
    return tuple(_view(row, actor) for row in rows)


def get_kept(connection: Connection, question_id: int, actor: Actor) -> KeptQuestion:
    """One of those.

    Raises:
        NotFound: the actor sees no such question.
    """
    row = connection.execute(_columns(actor, _T.id == question_id)).one_or_none()
    if row is None:
        raise NotFound("there is no such question", message_zh="没有这个问题,或它没有共享给您。")
    return _view(row, actor)


def keep(tx: Transaction, name: str, question: Question, actor: Actor, *, shared: bool, now: datetime) -> int:
    """Keep a question under a name; gives its id.

    Raises:
        NotAllowed: the actor does not audit.
        InvalidValue: the name is empty, too long or taken, nothing is asked, or there are too many already.
    """
    if not words.may_search(actor):
        raise NotAllowed(f"{actor.id} does not audit")
    checked = _checked(tx.connection, name, question, actor, None)
    count = tx.connection.execute(select(func.count()).where(_T.owner == actor.id)).scalar_one()
    if count >= MOST:
        raise InvalidValue(
            f"At most {MOST} questions can be kept. Please delete one that you do not use.",
            message_zh=f"最多保存 {MOST} 个问题,请先删除不用的。",
        )
    at = to_microseconds(now)
    row = {"name": checked, "query": question.query(), "owner": actor.id, "shared": int(shared)}
    made = insert(audit_question).values(**row, made_at=at, changed_at=at).returning(_T.id)
    key: int = tx.connection.execute(made).scalar_one()
    _note(tx, "question.kept", {"question": key, **row, "shared": shared}, actor, now)
    return key


def change(
    tx: Transaction, question_id: int, name: str, question: Question, actor: Actor, *, shared: bool, now: datetime
) -> None:
    """Give an own question another name, other conditions, or another circle of readers.

    Raises:
        NotFound: the actor has no such question.
        InvalidValue: as for ``keep``.
    """
    before = _own(tx.connection, question_id, actor)
    checked = _checked(tx.connection, name, question, actor, question_id)
    row = {"name": checked, "query": question.query(), "shared": int(shared)}
    changes = {key: [getattr(before, key), value] for key, value in row.items() if getattr(before, key) != value}
    if changes:
        changed = update(audit_question).where(_T.id == question_id)
        tx.connection.execute(changed.values(**row, changed_at=to_microseconds(now)))
        _note(tx, "question.changed", {"question": question_id, "changes": changes}, actor, now)


def delete(tx: Transaction, question_id: int, actor: Actor, *, now: datetime) -> None:
    """Delete an own question; samples that were drawn by it keep its conditions.

    Raises:
        NotFound: the actor has no such question.
    """
    before = _own(tx.connection, question_id, actor)
    tx.connection.execute(delete_from(audit_question).where(_T.id == question_id))
    value = {"question": question_id, "name": before.name, "query": before.query}
    _note(tx, "question.deleted", value, actor, now)


def _columns(actor: Actor, which: ColumnElement[bool]) -> Any:
    seen = or_(_T.owner == actor.id, _T.shared == 1)
    columns = select(audit_question, user.c.name.label("owner_name"))
    return columns.outerjoin(user, user.c.id == _T.owner).where(seen, which)


def _view(row: Row[Any], actor: Actor) -> KeptQuestion:
    return KeptQuestion(
        id=row.id,
        name=row.name,
        query=row.query,
        owner=row.owner,
        owner_name=row.owner_name or row.owner,
        shared=bool(row.shared),
        own=row.owner == actor.id,
        changed_at=from_microseconds(row.changed_at),
    )


def _own(connection: Connection, question_id: int, actor: Actor) -> Row[Any]:
    own = _T.id == question_id, _T.owner == actor.id
    row = connection.execute(select(audit_question).where(*own)).one_or_none()
    if row is None:
        raise NotFound("there is no such question", message_zh="没有这个问题,或它不是您的。")
    return row


def _checked(connection: Connection, name: str, question: Question, actor: Actor, but: int | None) -> str:
    if question.is_empty:
        raise InvalidValue(
            "The question has no condition. Please choose at least one.", message_zh="问题里没有条件,请至少选一个。"
        )
    checked = words.checked_text(name, "问题的名称", "a name", most=words.MAX_NAME)
    taken = select(_T.id).where(_T.owner == actor.id, _T.name == checked)
    found = connection.execute(taken).scalar_one_or_none()
    if found is not None and found != but:
        raise InvalidValue(
            "You have a question of this name. Please choose another one.", message_zh="您已有同名的问题,请换个名称。"
        )
    return checked


def _note(tx: Transaction, kind: str, value: dict[str, Any], actor: Actor, now: datetime) -> None:
    append_system(tx, [Event(kind=kind, value=value)], at=now, actor=actor.id)
