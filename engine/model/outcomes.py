"""An instance between two steps, and what a step gives to be written with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from engine.model.words import InstanceStatus, JobKind, Value, Variables
from engine.worktime import Alarm


class InstanceState(Struct, frozen=True, kw_only=True):
    """An instance as the last step left it; ``state`` is None before the first."""

    key: int
    #: Live tokens and inner scopes, as engine.bpmn's codec wrote them.
    state: bytes | None = None
    #: Variables of the process scope, canonical bytes of one context.
    variables: bytes = b"{}"


class UserTaskOpened(Struct, frozen=True, kw_only=True):
    """A user task waits for a person."""

    id: int
    element: str
    form_id: str | None
    candidate_groups: tuple[str, ...]
    assignee: str | None
    due_at: datetime | None
    follow_up_at: datetime | None
    #: 0–100, 50 by default (zeebe:priorityDefinition).
    priority: int
    #: Its turn among the open tasks of the element (property ``queue``); None: it is in no queue.
    queue_no: int | None = None
    #: When people are reminded of it and who hears of its delay; None: nobody, or timers drawn on it say so.
    alarm: Alarm | None = None


class JobOpened(Struct, frozen=True, kw_only=True):
    """A service task, a send task or a timer waits in the job table."""

    id: int
    element: str
    kind: JobKind
    #: Job type of a service or send task; "timer" for timers.
    type: str
    #: When a timer falls due; None: at once.
    due_at: datetime | None
    retries: int
    #: Values of the input mappings (the task's local scope).
    variables: Variables
    #: zeebe:taskHeaders, e.g. {"template": "T10A"}.
    headers: Mapping[str, str]


class SubscriptionKind(StrEnum):
    """What a subscription waits for."""

    MESSAGE = "message"
    SIGNAL = "signal"


class SubscriptionOpened(Struct, frozen=True, kw_only=True):
    """An event waits for a message of this name and correlation key, or for a signal of this name (its key is "")."""

    id: int
    element: str
    message_name: str
    correlation_key: str
    kind: SubscriptionKind = SubscriptionKind.MESSAGE


class CallOpened(Struct, frozen=True, kw_only=True):
    """A call activity waits for a child instance, which the runtime starts with these variables."""

    id: int
    element: str
    process_id: str
    variables: Variables
    #: Names that an input mapping of the call set; the runtime does not fill these from the order.
    explicit: tuple[str, ...] = ()


Opened: TypeAlias = UserTaskOpened | JobOpened | SubscriptionOpened | CallOpened


class ClosedKind(StrEnum):
    """What kind of row a step closed."""

    USER_TASK = "user_task"
    JOB = "job"
    SUBSCRIPTION = "subscription"
    CALL = "call"


class Moved(Struct, frozen=True, kw_only=True):
    """A row that goes on under another version: what of it that version says otherwise."""

    id: int
    #: None: there is no row, but an incident.
    kind: ClosedKind | None
    element: str
    #: Of a user task.
    form_id: str | None = None
    candidate_groups: tuple[str, ...] | None = None
    #: Of a service or send task.
    type: str | None = None
    headers: Mapping[str, str] | None = None


class Closed(Struct, frozen=True, kw_only=True):
    """A row that an earlier step opened is over."""

    id: int
    kind: ClosedKind
    #: False: it was cancelled.
    completed: bool


class JobRescheduled(Struct, frozen=True, kw_only=True):
    """A job failed, or an incident of it was resolved: its row gets these values."""

    id: int
    retries_left: int
    #: None with no retries left (an incident holds it), else when it is tried again.
    due_at: datetime | None
    problem: str | None


class IncidentOpened(Struct, frozen=True, kw_only=True):
    """A token or a job cannot go on until somebody mends the cause. ``id`` is the token's or job's."""

    id: int
    element: str
    #: no_retries_left, condition_not_boolean, expression, decision, timer, correlation_key, output, multi_instance,
    #: deadlocked, stalled.
    kind: str
    message: str


class MessageThrown(Struct, frozen=True, kw_only=True):
    """A message end or throw event, or a send task, publishes. ``id`` is unique among all ids of tokens."""

    id: int
    element: str
    name: str
    correlation_key: str
    payload: Value


class SignalThrown(Struct, frozen=True, kw_only=True):
    """A signal end or throw event broadcasts; the instance's own events that waited for it have fired already."""

    id: int
    element: str
    name: str
    payload: Variables


class EscalationThrown(Struct, frozen=True, kw_only=True):
    """An escalation left the process uncaught: its caller, if there is one, gets EscalateCall."""

    element: str
    code: str
    variables: Variables


class RegisterRow(Struct, frozen=True, kw_only=True):
    """An element that names a register wrote the instance's row of it (columns merge over earlier ones)."""

    register: str
    element: str
    values: Variables


class Event(Struct, frozen=True, kw_only=True):
    """One fact for the history; its place in the outcome is its number within the step.

    Kinds: instance.started/completed/cancelled/migrated · element.entered/completed/cancelled (gateways, plain events,
    scripts, decisions, sub-processes, ends) · user_task.created/progress_saved/completed/cancelled ·
    job.created/completed/failed/cancelled ·
    timer.armed/fired/cancelled · subscription.opened/correlated/cancelled · call.started/completed/cancelled ·
    flow.taken · variables.changed · decision.evaluated · register.written · message.thrown · signal.thrown ·
    escalation.thrown · element.skipped · instance.modified · incident.created/resolved.
    Each element entered and left has exactly one event of each sort.
    """

    kind: str
    #: Element or sequence-flow id; None for the instance's own events.
    element: str | None = None
    #: The token's counter within the instance.
    token: int | None = None
    value: Value = None


class Outcome(Struct, frozen=True, kw_only=True):
    """What a step gives: the next state and everything to be written with it."""

    state: bytes
    #: Canonical bytes of the process scope, or None when the step did not change it.
    variables: bytes | None
    status: InstanceStatus
    #: Id of the last end event reached in the process scope by a token not born of a non-interrupting boundary event.
    end_state: str | None
    events: tuple[Event, ...]
    opened: tuple[Opened, ...] = ()
    closed: tuple[Closed, ...] = ()
    rescheduled: tuple[JobRescheduled, ...] = ()
    incidents: tuple[IncidentOpened, ...] = ()
    #: Ids of incidents that are over (resolved, or their token was cancelled).
    incidents_closed: tuple[int, ...] = ()
    messages: tuple[MessageThrown, ...] = ()
    signals: tuple[SignalThrown, ...] = ()
    escalations: tuple[EscalationThrown, ...] = ()
    registers: tuple[RegisterRow, ...] = ()
    #: Set when a BPMN error left the process uncaught: the caller gets FailCall, a root instance rolls back.
    uncaught_error: str | None = None
    #: Rows that a migration took along.
    moved: tuple[Moved, ...] = ()
    #: Whether the step asked the calendar and the task SLA of its facts.
    scheduled: bool = False
