"""The transaction of what somebody does around a case: may he, and where its event goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from engine import access
from engine.access import CaseFacts
from engine.collaboration.people import sees_talk
from engine.errors import InvalidValue, NotFound
from engine.history.commands import NOTE
from engine.model import ID_BASE, Actor, Event, Value
from engine.runtime import Runtime
from engine.runtime.cascade import Cascade
from engine.runtime.participants import case_facts
from engine.store.instances import InstanceRow
from engine.store.tables import process_instance, user_task

MAX_TEXT: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class AtCase:
    """A case that the cascade's actor may work around, read in the transaction in which he does."""

    cascade: Cascade
    #: The case's root instance.
    row: InstanceRow
    facts: CaseFacts

    @property
    def connection(self) -> Connection:
        """The transaction's connection."""
        return self.cascade.tx.connection

    def note(self, kind: str, value: Value, *, task: int | None = None) -> None:
        """An event of the case's history; at a user task, when it is one of the root instance."""
        element, token = None, None
        if task is not None and task // ID_BASE == self.row.key:
            query = select(user_task.c.element).where(user_task.c.id == task)
            element, token = self.connection.execute(query).scalar_one_or_none(), task - self.row.key * ID_BASE
        self.cascade.note(self.row, (Event(kind=kind, element=element, token=token, value=value),), NOTE)


@contextmanager
def at_case(runtime: Runtime, case_id: str, actor: Actor, *, writes: bool = True) -> Iterator[AtCase]:
    """A transaction around a case; its events are written at the end.

    Args:
        runtime: the runtime.
        case_id: whose case.
        actor: who does something; the system may do everything.
        writes: it takes P04 too: auditors see cases and write nothing in them.

    Raises:
        NotFound: there is no such case, or the actor may not see it.
    """
    with runtime.db.begin() as tx:
        facts = visible_facts(tx.connection, case_id, actor, writes=writes)
        cascade = runtime.cascade(tx, actor, runtime.clock.now())
        yield AtCase(cascade=cascade, row=cascade.instance(int(case_id)), facts=facts)
        cascade.finish()


def visible_facts(connection: Connection, case_id: str, actor: Actor, *, writes: bool) -> CaseFacts:
    """Who takes part in a case that the actor may see.

    Raises:
        NotFound: there is none, or the actor may not see it, or not write in it.
    """
    facts = case_facts(connection, case_id)
    if not access.may_see_case(actor, facts) or (writes and not access.may(actor, "P04")):
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh="没有这个工单,或您没有权限。")
    return facts


def root_of(connection: Connection, case_id: str) -> Row[Any]:
    """Process, opening and end of a case's root instance.

    Raises:
        NotFound: there is no such case.
    """
    columns: list[Any] = [process_instance.c.process_id, process_instance.c.opened_at, process_instance.c.ended_at]
    query = select(*columns).where(process_instance.c.case_id == case_id, process_instance.c.depth == 0)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh="没有这个工单,或您没有权限。")
    return row


def check_follows(actor: Actor) -> None:
    """Raise unless the actor sees of cases more than the own tasks.

    Raises:
        NotFound: he does not.
    """
    if not sees_talk(actor):
        raise NotFound(f"{actor.id} sees own tasks only", message_zh="没有这个工单,或您没有权限。")


def checked_task(connection: Connection, case_id: str, task: int | None) -> int | None:
    """The user task, if it is one of the case.

    Raises:
        NotFound: it is another case's, or there is none.
    """
    if task is None:
        return None
    query = select(user_task.c.id).where(user_task.c.id == task, user_task.c.case_id == case_id)
    if connection.execute(query).first() is None:
        raise NotFound(f"case {case_id} has no user task {task}", message_zh="该工单没有这个任务。")
    return task


def checked_text(text: str, what: str, *, most: int = MAX_TEXT, needed: bool = True) -> str:
    """A text that people wrote, without surrounding space.

    Raises:
        InvalidValue: it is missing or too long.
    """
    said = text.strip()
    if needed and not said:
        raise InvalidValue("The text is missing. Please fill it in.", message_zh=f"请填写{what}。")
    if len(said) > most:
        raise InvalidValue(
            f"The text may have {most} characters and has {len(said)}. Please shorten it.",
            message_zh=f"{what}最多 {most} 字,现在有 {len(said)} 字,请缩短。",
        )
    return said
