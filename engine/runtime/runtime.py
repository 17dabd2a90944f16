"""The door for every command: opens the transaction, asks access, runs the cascade, commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from engine import access, attachments
from engine.clock import Clock
from engine.connectors import Connector
from engine.definitions import Definitions
from engine.errors import (
    CascadeTooLarge,
    DuplicateSubmission,
    LimitExceeded,
    NotFound,
    UncaughtError,
)
from engine.history.commands import NOTE
from engine.labels import labels_for
from engine.model import Actor, Event, Value, Variables
from engine.runtime.assigning import Assigning
from engine.runtime.cascade import Calls, Cascade
from engine.runtime.messages import Publication
from engine.runtime.migrations import Migrations
from engine.runtime.post import spread
from engine.runtime.registering import refusal, register
from engine.runtime.repairs import Repairs, refusing
from engine.runtime.thrown import DEFAULT_TTL, Posted
from engine.runtime.user_tasks import UserTaskCommand
from engine.store import sql
from engine.store.database import Database, Transaction
from engine.store.instances import InstanceRow, instance_of, task_of
from engine.store.streams import append_system

#: What somebody does with a case in the transaction in which it starts.
Settle: TypeAlias = Callable[[Cascade, InstanceRow], None]

_NOT_KEPT = ("流程不能这样继续,进度没有保存", "The process cannot go on like this, and the progress was not saved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An instance that was started, by this call or an earlier one with the same start key."""

    instance_key: int
    case_id: str


class Runtime(Repairs, Migrations, Assigning):
    """Commands on instances; safe for threads. Errors of the engine mean that nothing was written."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        definitions: Definitions,
        connectors: Mapping[str, Connector],
        *,
        calls: Calls | None = None,
    ) -> None:
        self.db = db
        self.clock = clock
        self.definitions = definitions
        self.connectors = connectors
        self._calls = calls

    # -- instances --------------------------------------------------------------------------------

    def start(
        self,
        process_id: str,
        variables: Variables,
        actor: Actor,
        *,
        start_key: str | None = None,
        business_key: str | None = None,
        parent_case_id: str | None = None,
        element: str | None = None,
        owner: str | None = None,
        settle: Settle | None = None,
    ) -> Started:
        """Start an instance of the version in force and run it until it waits.

        Args:
            process_id: which process.
            variables: the start form's, checked.
            actor: becomes the case's first owner.
            start_key: a repeated start with the same key gives the first one's instance.
            business_key: what people know the case by; the order id where none is given.
            parent_case_id: the case that this one is linked to.
            element: a start event other than the none start.
            owner: whose the case is from its beginning, in place of the actor.
            settle: what else belongs to the start; called in its transaction, not for a repeated one.

        Raises:
            NotFound: no such process.
            NotAllowed: the actor may not start it by hand, or is the customer.
            DuplicateSubmission: the start key was used by somebody else, or for another process.
            InvalidValue: a file is none of the actor's own unused ones.
        """
        self.definitions.refresh()
        deployed = self.definitions.latest(process_id)
        access.check_start(actor, deployed.definition)
        access.check_own_case(actor, variables.get("customer_id"))
        with self._cascade(actor) as cascade:
            found = cascade.tx.run(sql.SELECT_STARTED, {"start_key": start_key}).fetchone() if start_key else None
            if found:
                key, case_id, *whose = found
                if whose != [process_id, actor.id]:
                    raise DuplicateSubmission(message_zh="该表单已被他人提交,请重新打开发起页面。")
                return Started(instance_key=key, case_id=case_id)
            row = cascade.start(
                deployed,
                variables,
                start_key=start_key,
                business_key=business_key or _text(variables.get("order_id")),
                parent_case_id=parent_case_id,
                element=element,
                owner=owner,
            )
            if settle is not None:
                settle(cascade, row)
            personal = labels_for(deployed).is_personal
            attachments.bind(cascade.tx, variables, case_id=row.case_id, actor=actor, personal=personal)
        return Started(instance_key=row.key, case_id=row.case_id)

    # -- user tasks -------------------------------------------------------------------------------

    def claim(self, task_id: int, actor: Actor) -> None:
        """Take an open user task; claiming one's own again changes nothing.

        Raises:
            NotFound: there is none.
            NotAllowed: it is not of the actor's groups, or four eyes forbid it.
            TaskNotOpen: it is over, or somebody else has it.
        """
        with self.db.begin() as tx:
            self._user_task(tx, task_id, actor).claim()

    def unclaim(self, task_id: int, actor: Actor) -> None:
        """Give a claimed user task back to its groups.

        Raises:
            NotFound, NotAllowed, TaskNotOpen: as for ``claim``.
        """
        with self.db.begin() as tx:
            self._user_task(tx, task_id, actor).unclaim()

    def complete(
        self,
        task_id: int,
        variables: Variables,
        actor: Actor,
        *,
        submission_key: str | None = None,
        notes: tuple[Event, ...] = (),
    ) -> None:
        """Complete an open user task with the variables of its checked form, and run on until every token waits.

        Args:
            task_id: the user task.
            variables: enabled fields of the form only.
            actor: who completes it; it need not be claimed before.
            submission_key: a repeated submission with the same key by the same person changes nothing.
            notes: what the history keeps of it besides, in the same step.

        Raises:
            NotFound: there is none.
            NotAllowed: it is not of the actor's groups, or four eyes forbid it.
            DuplicateSubmission: it was completed by another submission.
            TaskNotOpen: it was cancelled, or somebody else has it.
            InvalidValue: a file is neither the case's nor one of the actor's own unused ones.
            UncaughtError, LimitExceeded, CascadeTooLarge: the process cannot go on with it. The completion is
                undone, the task stays open, and an incident on the case says why.
        """
        try:
            with self.db.begin() as tx:
                self._user_task(tx, task_id, actor, submission_key).complete(variables, notes)
        except (UncaughtError, LimitExceeded, CascadeTooLarge) as problem:
            with self.db.begin() as tx:
                self._user_task(tx, task_id, actor).leave_incident(problem)
            raise

    def save_progress(
        self,
        task_id: int,
        variables: Variables,
        actor: Actor,
        *,
        submission_key: str | None = None,
        seen: int | None = None,
        notes: tuple[Event, ...] = (),
    ) -> None:
        """Set variables of the case while an open user task goes on (property ``progress``), and write its register.

        Args:
            task_id: the user task.
            variables: fields of its checked form, among those that its property names.
            actor: who saves; whoever may complete it.
            submission_key: a repeated submission with the same key by the same person changes nothing.
            seen: how often progress had been saved when the actor's page was made; None: it does not matter.
            notes: as for ``complete``.

        Raises:
            NotFound, NotAllowed, TaskNotOpen, NotYourTurn, InvalidValue: as for ``complete``.
            StaleProgress: progress was saved since.
            StepError, CascadeTooLarge: the process cannot go on with it; nothing was written.
        """
        with self.db.begin() as tx, refusing(_NOT_KEPT):
            self._user_task(tx, task_id, actor, submission_key).save_progress(variables, seen, notes)

    # -- messages and the system's stream ---------------------------------------------------------

    def publish(
        self,
        name: str,
        correlation_key: str,
        payload: Value,
        *,
        actor: Actor,
        message_id: str | None = None,
        ttl: timedelta = DEFAULT_TTL,
    ) -> list[int]:
        """Publish a message; gives the keys of the instances that took it.

        Args:
            name: the message's name, e.g. msg_logistics_updated.
            correlation_key: whom it concerns.
            payload: becomes one variable, the name without ``msg_``.
            actor: who sent it.
            message_id: a second message of this name and id changes nothing.
            ttl: how long it is kept for those who come later; zero: not at all.

        Raises:
            InvalidValue: a person's message brings files, which belong to one case.
        """
        attachments.refuse_files(actor, payload)
        self.definitions.refresh()
        with self._cascade(actor) as cascade:
            message = Publication(
                name=name,
                correlation_key=correlation_key,
                payload=payload,
                expires_at=cascade.now + ttl,
                message_id=message_id,
            )
            return cascade.publish(message)

    def register_event(
        self,
        case_id: str,
        event_id: int,
        payload: Variables,
        actor: Actor,
        *,
        submission_key: str | None = None,
        notes: tuple[Event, ...] = (),
    ) -> None:
        """Register that what a case waits for has happened: the payload goes to that one waiting event.

        Args:
            case_id: whose event.
            event_id: id of its subscription.
            payload: of the message's checked form; becomes one variable, the message's name without ``msg_``.
            actor: who says so.
            submission_key: a repeated submission with the same key by the same person changes nothing.
            notes: as for ``complete``.

        Raises:
            NotFound: the case has no such event, or the actor may not register it.
            EventOver: somebody was faster, or it waits no more.
            StepError, LimitExceeded, CascadeTooLarge: the process cannot go on with it; nothing was written.
        """
        self.definitions.refresh()
        with self._cascade(actor) as cascade:
            register(cascade, case_id, event_id, payload, submission_key, notes)

    def refusal(self, name: str, correlation_key: str, payload: Variables) -> str | None:
        """Why a message from outside does not fit those who wait for it; None: it does, or nobody waits."""
        self.definitions.refresh()
        with self.db.read() as connection:
            return refusal(connection, self.definitions, self.clock.now(), name, correlation_key, payload)

    def broadcast(self, name: str, payload: Variables, *, actor: Actor) -> int:
        """Broadcast a signal; the worker brings it to each who waits, and starts the processes that begin with it.

        Args:
            name: the signal's name, e.g. sig_shop_closed.
            payload: becomes one variable, the name without ``sig_``, unless it is empty.
            actor: who sent it.

        Returns:
            How many instances wait for it now.

        Raises:
            InvalidValue: a person's signal brings files, which belong to one case.
        """
        attachments.refuse_files(actor, payload)
        self.definitions.refresh()
        with self._cascade(actor) as cascade:
            return spread(cascade, Posted(name=name, payload=dict(payload), actor=actor, hops=1))

    def note(self, case_id: str, event: Event, actor: Actor) -> None:
        """An event of a case that no step makes: who has looked at what.

        Raises:
            NotFound: there is no such case.
        """
        with self._cascade(actor) as cascade:
            cascade.note(cascade.instance(int(case_id)), (event,), NOTE)

    def record(self, kind: str, value: Value, actor: Actor) -> None:
        """An event of the system's own stream: log-ins, users, settings."""
        with self.db.begin() as tx:
            append_system(tx, [Event(kind=kind, value=value)], at=self.clock.now(), actor=actor.id)

    # -- the transaction --------------------------------------------------------------------------

    @contextmanager
    def _cascade(self, actor: Actor) -> Iterator[Cascade]:
        with self.db.begin() as tx:
            cascade = self.cascade(tx, actor, self.clock.now())
            yield cascade
            cascade.finish()

    def cascade(
        self,
        tx: Transaction,
        actor: Actor,
        now: datetime,
        rows: Mapping[int, InstanceRow] | None = None,
        submission_key: str | None = None,
    ) -> Cascade:
        """A cascade in a transaction of the caller, who finishes it."""
        return Cascade(
            tx,
            self.definitions,
            now=now,
            actor=actor,
            rows=rows,
            calls=self._calls,
            submission_key=submission_key,
        )

    def _user_task(
        self, tx: Transaction, task_id: int, actor: Actor, submission_key: str | None = None
    ) -> UserTaskCommand:
        """A user task with its instance, read for a command on it."""
        found = tx.run(sql.SELECT_TASK, {"id": task_id}).fetchone()
        if found is None:
            raise NotFound(f"no user task {task_id}")
        row = instance_of(found)
        cascade = self.cascade(tx, actor, self.clock.now(), {row.key: row}, submission_key)
        return UserTaskCommand(cascade, task_of(found), row, submission_key)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
