"""What an operator does to running cases: retry, skip, move tokens, cancel, suspend, resume.

Each is one transaction and needs the permission P07; who did it and why stands in the instance's history.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from sqlalchemy import select

from engine import access, attachments
from engine.errors import CascadeTooLarge, InvalidValue, LimitExceeded, NotFound, StepError, UncaughtError
from engine.failpoints import reached
from engine.history.commands import NOTE
from engine.labels import labels_for
from engine.model import (
    ID_BASE,
    Actor,
    Cancel,
    Command,
    Event,
    InstanceStatus,
    Modify,
    ResolveIncident,
    Skip,
    Value,
    Variables,
)
from engine.runtime.alarms import after_pause
from engine.runtime.cascade import Cascade
from engine.runtime.outside import OUTSIDE, forget, release
from engine.runtime.participants import check_reach
from engine.store import sql
from engine.store.instances import InstanceRow
from engine.store.streams import append_system
from engine.store.suspension import RESUME_INSTANCES, RESUME_JOBS, SUSPEND_INSTANCES, SUSPEND_JOBS
from engine.store.tables import process_instance

MAX_REASON: Final = 500
#: The kind of the runtime's own event beside those of the core.
REPAIRED: Final = "instance.repaired"
_NOT_REPAIRED: Final = (
    "流程不能这样继续,修复没有生效",
    "The process cannot go on like this, and nothing was repaired",
)


class Repairs(ABC):
    """The repairs of a runtime; errors of the engine mean that nothing was written."""

    @abstractmethod
    def _cascade(self, actor: Actor) -> AbstractContextManager[Cascade]:
        """A transaction with the cascade that fills it."""

    # -- incidents --------------------------------------------------------------------------------

    def resolve_incident(
        self, incident_id: int, actor: Actor, variables: Variables | None = None, *, reason: str = ""
    ) -> None:
        """Say that the cause is mended: the element or job is tried again.

        Args:
            incident_id: of an open incident.
            actor: who says so.
            variables: set before the retry, in the scope in which the token sees them, else in the process.
            reason: what was mended; may be left out.

        Raises:
            NotFound: there is no such open incident: somebody else has resolved it, or the case went on.
            NotAllowed: the actor lacks P07.
            StepError: variables cannot be set, because the case has ended.
        """
        access.check(actor, "P07")
        note = _notes("retry", reason.strip()[:MAX_REASON])
        with self._cascade(actor) as cascade:
            found = cascade.tx.run(sql.SELECT_INCIDENT, {"id": incident_id}).fetchone()
            if found is None:
                raise NotFound(f"there is no incident {incident_id}", message_zh="该异常已处理。")
            instance, kind = found
            _check_team(cascade, instance)
            _tell(cascade, "retry", instance, incident=incident_id)
            if kind in OUTSIDE:
                if variables:
                    _bind(cascade, instance, variables)
                    cascade.run(instance, Modify(variables=variables))
                release(cascade, incident_id, instance, kind)
                if note and instance is not None:
                    cascade.note(cascade.instance(instance), note, NOTE)
            else:
                _bind(cascade, instance, variables or {})
                with refusing(_NOT_REPAIRED):
                    cascade.run(instance, ResolveIncident(id=incident_id, variables=variables or {}), note)

    # -- tokens -----------------------------------------------------------------------------------

    def skip(self, token_id: int, actor: Actor, *, reason: str, variables: Variables | None = None) -> None:
        """Let a token go on as if its element were done; what it waited for is called off.

        Args:
            token_id: of its user task, job, subscription, call or incident; a called process may be skipped into too.
            actor: who does it.
            reason: why; needed.
            variables: what the element would have given.

        Raises:
            NotFound: there is no instance of this token.
            NotAllowed: the actor lacks P07.
            InvalidValue: there is no reason.
            StepError: nothing waits there any more, or it stands at a choice, which only ``modify`` can take.
        """
        access.check(actor, "P07")
        why = _reason(reason)
        with self._cascade(actor) as cascade:
            key = instance_of_token(token_id)
            _check_team(cascade, key)
            _bind(cascade, key, variables or {})
            _tell(cascade, "skip", key)
            self._repair(cascade, key, Skip(id=token_id, variables=variables or {}), _notes("skip", why))

    def modify(
        self,
        instance_key: int,
        actor: Actor,
        *,
        reason: str,
        cancel: Sequence[int] = (),
        activate: Sequence[str] = (),
        variables: Variables | None = None,
    ) -> None:
        """Move tokens of an instance: sets variables of the process, puts tokens before elements, cancels others.

        Args:
            instance_key: the instance; a called process is modified in its own.
            actor: who does it.
            reason: why; needed.
            cancel: ids of tokens: of user tasks, jobs, subscriptions, calls and incidents.
            activate: ids of elements to enter, each with a token of its own.
            variables: of the process.

        Raises:
            NotFound: there is no such instance.
            NotAllowed: the actor lacks P07.
            InvalidValue: there is no reason, or nothing to do.
            StepError: a token is over, an element cannot be entered, or nothing would be left.
        """
        access.check(actor, "P07")
        why = _reason(reason)
        if not (cancel or activate or variables):
            raise InvalidValue(
                "There is nothing to change: choose steps to leave or to enter, or fill in data to change.",
                message_zh="请选择要取消或要进入的步骤,或填写要修改的数据。",
            )
        command = Modify(cancel=tuple(cancel), activate=tuple(activate), variables=variables or {})
        with self._cascade(actor) as cascade:
            _check_team(cascade, instance_key)
            _bind(cascade, instance_key, variables or {})
            _tell(cascade, "modify", instance_key)
            self._repair(cascade, instance_key, command, _notes("modify", why))

    # -- whole cases ------------------------------------------------------------------------------

    def cancel(self, instance_key: int, reason: str, actor: Actor) -> None:
        """End a case without reaching an end event, called processes included; a suspended one too.

        Raises:
            NotFound: there is no such instance.
            NotAllowed: the actor lacks P07.
            InvalidValue: there is no reason.
            StepError: it has ended, or it is a called process: its case is what can be cancelled.
        """
        access.check(actor, "P07")
        why = _reason(reason)
        with self._cascade(actor) as cascade:
            row = cascade.instance(instance_key)
            _check_team(cascade, instance_key)
            if row.parent is not None:
                raise StepError(
                    "A called process cannot be cancelled alone. Please cancel the whole case.",
                    message_zh="子流程不能单独终止,请终止整个工单。",
                )
            _tell(cascade, "cancel", instance_key)
            self._repair(cascade, instance_key, Cancel(reason=why), ())

    def suspend(self, case_id: str, actor: Actor, *, reason: str) -> None:
        """Stop a whole case until it is resumed: no task can be done, no timer fires, messages wait.

        Raises:
            NotFound: there is no such case.
            NotAllowed: the actor lacks P07.
            InvalidValue: there is no reason.
            StepError: it has ended, or is suspended already.
        """
        access.check(actor, "P07")
        why = _reason(reason)
        with self._cascade(actor) as cascade:
            event = Event(kind="instance.suspended", value={"reason": why})
            rows = _instances(cascade, case_id, InstanceStatus.ACTIVE)
            _tell(cascade, "suspend", rows[0].key)
            for row in rows:
                row.status = InstanceStatus.SUSPENDED
                cascade.note(row, (event,), NOTE)
            for statement in (SUSPEND_INSTANCES, SUSPEND_JOBS):
                cascade.tx.run(statement, {"case_id": case_id})
                reached("runtime.suspend.after")

    def resume(self, case_id: str, actor: Actor, *, reason: str = "") -> None:
        """Let a suspended case go on: what fell due meanwhile is done at once, messages kept for it are delivered.

        Raises:
            NotFound: there is no such case.
            NotAllowed: the actor lacks P07.
            StepError: it is not suspended, or a message that came meanwhile leads to an error: it stays suspended.
        """
        access.check(actor, "P07")
        why = reason.strip()[:MAX_REASON]
        with self._cascade(actor) as cascade:
            event = Event(kind="instance.resumed", value={"reason": why} if why else None)
            rows = _instances(cascade, case_id, InstanceStatus.SUSPENDED)
            _tell(cascade, "resume", rows[0].key)
            for row in rows:
                row.status = InstanceStatus.ACTIVE
                cascade.note(row, (event,), NOTE)
            for statement in (RESUME_INSTANCES, RESUME_JOBS):
                cascade.tx.run(statement, {"case_id": case_id})
                reached("runtime.resume.after")
            for row in rows:
                after_pause(cascade, row)
            with refusing(_NOT_REPAIRED):
                for row in rows:
                    if not row.over:  # a message to an earlier one may have ended it
                        cascade.catch_up(row.key)

    # -- the same for all -------------------------------------------------------------------------

    @staticmethod
    def _repair(cascade: Cascade, key: int, command: Command, notes: tuple[Event, ...]) -> None:
        """Run a command of the core, and take back incidents that only the runtime knew of what it called off."""
        with refusing(_NOT_REPAIRED):
            cascade.run(key, command, notes)
        forget(cascade, cascade.instance(key).case_id)


@contextmanager
def refusing(consequence: tuple[str, str]) -> Iterator[None]:
    """What the process makes of it undoes it; unlike a completion it leaves no incident.

    ``consequence`` is what is said of that, in Chinese and in English.
    """
    try:
        yield
    except (UncaughtError, LimitExceeded, CascadeTooLarge) as problem:
        zh, en = consequence
        problem.message_zh = f"{zh}:{problem}"
        problem.args = (f"{en}: {problem}",)
        raise


def _tell(cascade: Cascade, repair: str, key: int | None, **more: Value) -> None:
    """Who repaired which case stands in the system's history too; why, and what came of it, in the case's."""
    case = {} if key is None else {"case": cascade.instance(key).case_id}
    event = Event(kind="case.repaired", value={"repair": repair, **case, **more})
    append_system(cascade.tx, [event], at=cascade.now, actor=cascade.actor.id)


def _check_team(cascade: Cascade, key: int | None) -> None:
    """Supervisors repair the cases of their own team; what belongs to no case is everybody's."""
    if key is not None:
        check_reach(cascade.tx.connection, cascade.actor, "P07", cascade.instance(key).case_id)


def _bind(cascade: Cascade, key: int, variables: Variables) -> None:
    """Files among typed variables have to be the case's, or the operator's own unused ones, as in a form.

    Raises:
        InvalidValue: one is neither.
    """
    row = cascade.instance(key)
    personal = labels_for(cascade.definitions.get(row.definition)).is_personal
    attachments.bind(cascade.tx, variables, case_id=row.case_id, actor=cascade.actor, personal=personal)


def instance_of_token(token_id: int) -> int:
    """Key of the instance that a token's id belongs to.

    Raises:
        NotFound: no instance has such tokens: deliveries (negative ids) hold none.
    """
    if token_id < ID_BASE:
        raise NotFound(f"there is no token {token_id}", message_zh="没有这个等待中的步骤。")
    return token_id // ID_BASE


def _reason(text: str) -> str:
    """The reason as it is kept.

    Raises:
        InvalidValue: there is none.
    """
    reason = text.strip()[:MAX_REASON]
    if not reason:
        raise InvalidValue("Please write a reason.", message_zh="请写明原因。")
    return reason


def _notes(what: str, reason: str) -> tuple[Event, ...]:
    """The runtime's own event of a repair; the core's say what became of the tokens."""
    return (Event(kind=REPAIRED, value={"repair": what, "reason": reason}),) if reason else ()


# --- the status of a case ---------------------------------------------------------------------------


def _instances(cascade: Cascade, case_id: str, status: InstanceStatus) -> list[InstanceRow]:
    """The instances of a case that have a status, the root first.

    Raises:
        NotFound: there is no such case.
        StepError: none of them has it.
    """
    found = cascade.tx.connection.execute(
        select(process_instance.c.key, process_instance.c.status)
        .where(process_instance.c.case_id == case_id)
        .order_by(process_instance.c.key)
    ).all()
    if not found:
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh="没有这个工单。")
    check_reach(cascade.tx.connection, cascade.actor, "P07", case_id)
    keys = [row.key for row in found if row.status == status]
    if not keys:
        statuses = {row.status for row in found}
        en, zh = _why_not(statuses)
        raise StepError(en, message_zh=zh)
    return [cascade.instance(key) for key in keys]


def _why_not(statuses: set[str]) -> tuple[str, str]:
    """Why a case is neither suspended nor resumed, in English and in Chinese."""
    if InstanceStatus.SUSPENDED in statuses:
        return "The case is suspended already.", "该工单已经暂停。"
    if InstanceStatus.ACTIVE in statuses:
        return "The case is not suspended.", "该工单没有暂停。"
    return "The case has ended.", "该工单已结束。"
