"""What a case waits for, read from the tables: user tasks, timers, messages, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.definitions import Definitions
from engine.model import ID_BASE, JobKind, SubscriptionKind, UserTaskStatus
from engine.store.database import Database
from engine.store.tables import history_event, incident, job, process_instance, subscription, user_task


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """A user task that waits for a person."""

    id: int
    element: str
    instance: int
    case_id: str
    candidate_groups: tuple[str, ...]
    #: The call activities that led to its process, outermost first.
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEvent:
    """A timer, a message or a signal event that waits."""

    element: str
    instance: int
    #: The event-based gateway before it.
    gateway: str | None
    #: Whether it sits on an activity.
    boundary: bool
    calls: tuple[str, ...]
    #: Microseconds since 1970, of a timer.
    due_at: int | None = None
    #: Of a message or a signal.
    message_name: str = ""
    correlation_key: str = ""
    signal: bool = False

    @property
    def alone(self) -> bool:
        """Whether it is neither on an activity nor behind a gateway."""
        return not self.boundary and self.gateway is None


class Waits:
    """Reads what waits in a case, called processes included."""

    def __init__(self, db: Database, definitions: Definitions) -> None:
        self._db = db
        self._definitions = definitions

    def instance(self, key: int) -> Any:
        """The row of an instance that exists."""
        with self._db.read() as connection:
            return connection.execute(process_instance.select().where(process_instance.c.key == key)).one()

    def calls(self, key: int) -> tuple[str, ...]:
        """The call activities that led to an instance, outermost first; none where it is not written yet."""
        with self._db.read() as connection:
            row = connection.execute(process_instance.select().where(process_instance.c.key == key)).one_or_none()
        if row is None or row.parent is None:
            return ()
        started = history_event.select().where(
            history_event.c.stream == row.parent,
            history_event.c.kind == "call.started",
            history_event.c.token == row.parent_call % ID_BASE,
        )
        with self._db.read() as connection:
            element: str = connection.execute(started).one().element
        return (*self.calls(row.parent), element)

    def tasks(self, case_id: str) -> list[OpenTask]:
        """Open user tasks, the oldest first."""
        found = user_task.select().where(user_task.c.case_id == case_id, user_task.c.status == UserTaskStatus.OPEN)
        with self._db.read() as connection:
            rows = connection.execute(found.order_by(user_task.c.id)).all()
        return [
            OpenTask(
                id=row.id,
                element=row.element,
                instance=row.instance,
                case_id=case_id,
                candidate_groups=tuple(row.candidate_groups.split(",")),
                calls=self.calls(row.instance),
            )
            for row in rows
        ]

    def events(self, case_id: str) -> list[WaitingEvent]:
        """Timers, messages and signals that are waited for, by instance and age."""
        of_case = process_instance.select().where(process_instance.c.case_id == case_id)
        found = []
        with self._db.read() as connection:
            for row in connection.execute(of_case.order_by(process_instance.c.key)).all():
                timers = job.select().where(job.c.instance == row.key, job.c.kind == JobKind.TIMER)
                messages = subscription.select().where(subscription.c.instance == row.key)
                found += [
                    (row, wait.element, {"due_at": wait.due_at})
                    for wait in connection.execute(timers.order_by(job.c.id)).all()
                ]
                found += [
                    (row, wait.element, _named(wait))
                    for wait in connection.execute(messages.order_by(subscription.c.id)).all()
                ]
        return [self._event(row, element, wait) for row, element, wait in found]

    def _event(self, row: Any, element: str, wait: Mapping[str, Any]) -> WaitingEvent:
        definition = self._definitions.get(row.definition).definition
        sources = (source for source, target in definition.flow_ids if target == element)
        gateway = next((s for s in sources if definition.elements[s].kind == "eventBasedGateway"), None)
        return WaitingEvent(
            element=element,
            instance=row.key,
            gateway=gateway,
            boundary=definition.elements[element].kind == "boundaryEvent",
            calls=self.calls(row.key),
            **wait,
        )

    def trouble(self, case_id: str) -> str | None:
        """What went wrong in a case: an incident, or a job that failed and would be tried again."""
        with self._db.read() as connection:
            stuck = connection.execute(incident.select().where(incident.c.case_id == case_id)).first()
            if stuck is not None:
                return f"{stuck.element}: incident ({stuck.kind}): {stuck.message}"
            keys = connection.execute(process_instance.select().where(process_instance.c.case_id == case_id)).all()
            failed = job.select().where(job.c.instance.in_([row.key for row in keys]), job.c.problem.is_not(None))
            tried = connection.execute(failed).first()
        return None if tried is None else f"{tried.element}: the job {tried.type} failed: {tried.problem}"


def _named(wait: Any) -> dict[str, Any]:
    return {
        "message_name": wait.message_name,
        "correlation_key": wait.correlation_key,
        "signal": wait.kind == SubscriptionKind.SIGNAL,
    }
