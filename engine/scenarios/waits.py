"""What a case waits for, read from the tables: user tasks, timers, messages, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from engine import bpmn
from engine.definitions import Definitions
from engine.model import ID_BASE, JobKind, SubscriptionKind, UserTaskStatus
from engine.store.database import Database
from engine.store.tables import history_event, incident, job, process_instance, subscription, user_task

_BOUNDARY: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}boundaryEvent"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """A user task that waits for a person."""

    id: int
    element: str
    instance: int
    case_id: str
    candidate_groups: tuple[str, ...]
    #: Whose it is; None: its groups'.
    assignee: str | None
    #: The call activities that led to its process, outermost first.
    calls: tuple[str, ...]

    @property
    def key(self) -> str:
        """``call_x/element``."""
        return "/".join((*self.calls, self.element))


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEvent:
    """A timer, a message or a signal event that waits."""

    id: int
    element: str
    instance: int
    case_id: str
    #: The event-based gateway before it.
    gateway: str | None
    #: Whether it sits on an activity, and on which.
    boundary: bool
    host: str | None
    calls: tuple[str, ...]
    #: Microseconds since 1970, of a timer.
    due_at: int | None = None
    #: Of a message or a signal.
    message_name: str = ""
    correlation_key: str = ""
    signal: bool = False

    @property
    def key(self) -> str:
        """``call_x/element``."""
        return "/".join((*self.calls, self.element))

    @property
    def alone(self) -> bool:
        """Whether it is neither on an activity nor behind a gateway."""
        return not self.boundary and self.gateway is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An incident, or a job that failed and would be tried again."""

    element: str
    #: Of an incident; empty: it is a job.
    kind: str
    text: str
    #: Type of the job that failed.
    job: str = ""
    #: The text in Chinese, where there is one.
    text_zh: str = ""

    @property
    def en(self) -> str:
        """What went wrong, in English."""
        if self.kind:
            return f"{self.element or None}: incident ({self.kind}): {self.text}"
        return f"{self.element}: the job {self.job} failed: {self.text}"

    @property
    def zh(self) -> str:
        """The same in Chinese."""
        if self.kind:
            return f"{self.element}:出现异常({self.kind}):{self.text_zh or self.text}"
        return f"{self.element}:系统步骤 {self.job} 没有成功:{self.text_zh or self.text}"


class Waits:
    """Reads what waits in a case, called processes included."""

    def __init__(self, db: Database, definitions: Definitions) -> None:
        self._db = db
        self._definitions = definitions

    def instance(self, key: int) -> Any:
        """The row of an instance that exists."""
        with self._db.read() as connection:
            return connection.execute(process_instance.select().where(process_instance.c.key == key)).one()

    def instances(self, case_id: str) -> list[Any]:
        """The rows of a case's instances, the root first."""
        of_case = process_instance.select().where(process_instance.c.case_id == case_id)
        with self._db.read() as connection:
            return list(connection.execute(of_case.order_by(process_instance.c.key)).all())

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
                assignee=row.assignee,
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
                    (row, wait.element, {"id": wait.id, "due_at": wait.due_at})
                    for wait in connection.execute(timers.order_by(job.c.id)).all()
                ]
                found += [
                    (row, wait.element, _named(wait))
                    for wait in connection.execute(messages.order_by(subscription.c.id)).all()
                ]
        return [self._event(row, element, wait) for row, element, wait in found]

    def _event(self, row: Any, element: str, wait: Mapping[str, Any]) -> WaitingEvent:
        deployed = self._definitions.get(row.definition)
        definition = deployed.definition
        sources = (source for source, target in definition.flow_ids if target == element)
        gateway = next((s for s in sources if definition.elements[s].kind == "eventBasedGateway"), None)
        return WaitingEvent(
            element=element,
            instance=row.key,
            case_id=row.case_id,
            gateway=gateway,
            boundary=definition.elements[element].kind == "boundaryEvent",
            host=_hosts(deployed.xml).get(element),
            calls=self.calls(row.key),
            **wait,
        )

    def trouble(self, case_id: str) -> Trouble | None:
        """What went wrong in a case: an incident, or a job that failed and would be tried again."""
        with self._db.read() as connection:
            stuck = connection.execute(incident.select().where(incident.c.case_id == case_id)).first()
            if stuck is not None:
                return Trouble(element=stuck.element or "", kind=stuck.kind, text=stuck.message)
            keys = connection.execute(process_instance.select().where(process_instance.c.case_id == case_id)).all()
            failed = job.select().where(job.c.instance.in_([row.key for row in keys]), job.c.problem.is_not(None))
            tried = connection.execute(failed).first()
        return (
            None if tried is None else Trouble(element=tried.element or "", kind="", text=tried.problem, job=tried.type)
        )


def _named(wait: Any) -> dict[str, Any]:
    return {
        "id": wait.id,
        "message_name": wait.message_name,
        "correlation_key": wait.correlation_key,
        "signal": wait.kind == SubscriptionKind.SIGNAL,
    }


@lru_cache(maxsize=1024)
def _hosts(xml: bytes) -> Mapping[str, str]:
    """Boundary event → the activity that it sits on."""
    return {node.get("id", ""): node.get("attachedToRef", "") for node in bpmn.read_xml(xml).iter(_BOUNDARY)}
