"""What a case waits for, read from the tables: user tasks, timers, messages, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from engine import bpmn
from engine.definitions import Definitions
from engine.model import ID_BASE, JobKind, SubscriptionKind, UserTaskStatus
from engine.store import waiting
from engine.store.database import Database
from engine.store.statement import Query

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
        #: What has led to an instance never changes.
        self._calls: dict[int, tuple[str, ...]] = {}

    def instance(self, key: int) -> Any:
        """The row of an instance that exists."""
        (row,) = self._all(waiting.INSTANCE, of=key)
        return row

    def instances(self, case_id: str) -> list[Any]:
        """The rows of a case's instances, the root first."""
        return self._all(waiting.INSTANCES, of=case_id)

    def calls(self, key: int) -> tuple[str, ...]:
        """The call activities that led to an instance, outermost first; none where it is not written yet."""
        known = self._calls.get(key)
        if known is not None:
            return known
        for row in self._all(waiting.INSTANCE, of=key):
            self._calls[key] = () if row.parent is None else (*self.calls(row.parent), self._call_of(row))
        return self._calls.get(key, ())

    def _call_of(self, called: Any) -> str:
        """The call activity that has started an instance."""
        ((element,),) = self._all(
            waiting.CALL, of=called.parent, kind="call.started", token=called.parent_call % ID_BASE
        )
        return str(element)

    def tasks(self, case_id: str) -> list[OpenTask]:
        """Open user tasks, the oldest first."""
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
            for row in self._all(waiting.TASKS, of=case_id, status=UserTaskStatus.OPEN.value)
        ]

    def events(self, case_id: str) -> list[WaitingEvent]:
        """Timers, messages and signals that are waited for, by instance and age."""
        found: list[tuple[Any, str, dict[str, Any]]] = []
        with self._db.read() as connection:
            for row in waiting.INSTANCES.all(connection, {"of": case_id}):
                timers = waiting.TIMERS.all(connection, {"of": row.key, "kind": JobKind.TIMER.value})
                found += [(row, wait.element, {"id": wait.id, "due_at": wait.due_at}) for wait in timers]
                messages = waiting.MESSAGES.all(connection, {"of": row.key})
                found += [(row, wait.element, _named(wait)) for wait in messages]
        return [self._event(row, element, wait) for row, element, wait in found]

    def _all(self, query: Query, **of: Any) -> list[Any]:
        with self._db.read() as connection:
            return query.all(connection, of)

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
        for stuck in self._all(waiting.INCIDENTS, of=case_id):
            return Trouble(element=stuck.element or "", kind=stuck.kind, text=stuck.message)
        for tried in self._all(waiting.FAILED, of=case_id):
            return Trouble(element=tried.element or "", kind="", text=tried.problem, job=tried.type)
        return None


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
