"""The vocabulary: commands, facts, outcomes and rows, as frozen values that every layer speaks.

Those of which a step makes many are msgspec structs: made five times as fast as frozen dataclasses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

from msgspec import Struct, field

#: A FEEL value: None, bool, Decimal, str, date, time, datetime, timedelta, YearMonthDuration, list or dict of them.
Value: TypeAlias = Any
Variables: TypeAlias = Mapping[str, Value]

#: Ids of user tasks, jobs, subscriptions, calls and tokens are instance key × ID_BASE + the instance's counter.
ID_BASE: Final = 100_000_000
#: Facts of the platform that FEEL reads as ``case.x`` and by these bare names; read-only.
CASE_FACTS: Final = ("case_id", "opened_at", "opened_by", "first_owner", "promised_at", "priority", "parent_case_id")


class InstanceStatus(StrEnum):
    """Life cycle of a process instance."""

    ACTIVE = "active"
    #: An operator stopped it: nothing steps it until it is resumed.
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class UserTaskStatus(StrEnum):
    """Life cycle of a user task."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class JobKind(StrEnum):
    """What a job row stands for."""

    SERVICE = "service"
    SEND = "send"
    TIMER = "timer"
    DELIVERY = "delivery"
    #: A message or signal that an instance threw is on its way to others; a signal to one instance.
    MESSAGE = "message"
    BROADCAST = "broadcast"
    SIGNAL = "signal"


#: Kinds of jobs for which a token waits; by the others something is on its way.
TOKEN_JOBS: Final = (JobKind.SERVICE, JobKind.SEND, JobKind.TIMER)


class ActorKind(StrEnum):
    """Who acts."""

    PERSON = "person"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who issues a command: a person with the groups of this moment, or the system itself."""

    id: str
    name: str = ""
    groups: frozenset[str] = frozenset()
    kind: ActorKind = ActorKind.PERSON


SYSTEM: Final = Actor(id="system", name="系统", kind=ActorKind.SYSTEM)


# --- commands: what can happen to an instance ----------------------------------------------------


class Start(Struct, frozen=True, kw_only=True):
    """Begin at a start event; ``element`` None is the none start."""

    variables: Variables
    element: str | None = None


class CompleteUserTask(Struct, frozen=True, kw_only=True):
    """A person completes an open user task; variables go over the task's scope (shallow; the command wins)."""

    id: int
    variables: Variables


class CompleteJob(Struct, frozen=True, kw_only=True):
    """A service or send task's job is done; variables are its result."""

    id: int
    variables: Variables = field(default_factory=dict)


class FailJob(Struct, frozen=True, kw_only=True):
    """A job's work failed; with no retries left it becomes an incident. ``retry_at`` was drawn by the worker."""

    id: int
    problem: str
    retries_left: int
    retry_at: datetime | None = None


class ThrowError(Struct, frozen=True, kw_only=True):
    """A job answers with a BPMN error code, to be caught by a boundary event."""

    id: int
    error_code: str
    variables: Variables = field(default_factory=dict)


class FireTimer(Struct, frozen=True, kw_only=True):
    """A timer's job fell due."""

    id: int


class CorrelateMessage(Struct, frozen=True, kw_only=True):
    """A message met an open subscription; the payload becomes one variable, the message's name without ``msg_``."""

    id: int
    name: str
    payload: Value


class CorrelateSignal(Struct, frozen=True, kw_only=True):
    """A signal was broadcast: every event of the instance that waits for it fires; ``payload`` may be empty."""

    name: str
    payload: Variables = field(default_factory=dict)


class CompleteCall(Struct, frozen=True, kw_only=True):
    """A called instance ended; its process variables come back."""

    id: int
    variables: Variables
    end_state: str | None = None


class FailCall(Struct, frozen=True, kw_only=True):
    """A called instance ended with a BPMN error that it did not catch."""

    id: int
    error_code: str


class EscalateCall(Struct, frozen=True, kw_only=True):
    """A called instance threw an escalation that it did not catch; it may still run."""

    id: int
    escalation_code: str
    variables: Variables = field(default_factory=dict)


class ResolveIncident(Struct, frozen=True, kw_only=True):
    """An operator says that the cause is mended: the token or job is tried again, after setting variables."""

    id: int
    variables: Variables = field(default_factory=dict)


class Skip(Struct, frozen=True, kw_only=True):
    """An operator lets a token go on as if its element were done; what it waited for is called off.

    ``id`` is that of its user task, job, subscription, call or incident. Output mappings and registers are left out.
    """

    id: int
    variables: Variables = field(default_factory=dict)


class Modify(Struct, frozen=True, kw_only=True):
    """An operator moves tokens: sets variables of the process, puts tokens before elements, then cancels others."""

    #: Ids of the tokens to cancel: of user tasks, jobs, subscriptions, calls and incidents.
    cancel: tuple[int, ...] = ()
    #: Ids of the elements to enter, each with a token of its own.
    activate: tuple[str, ...] = ()
    variables: Variables = field(default_factory=dict)


class Cancel(Struct, frozen=True, kw_only=True):
    """End the instance without reaching an end event."""

    reason: str


Command: TypeAlias = (
    Start
    | CompleteUserTask
    | CompleteJob
    | FailJob
    | ThrowError
    | FireTimer
    | CorrelateMessage
    | CorrelateSignal
    | CompleteCall
    | FailCall
    | EscalateCall
    | ResolveIncident
    | Skip
    | Modify
    | Cancel
)

COMMANDS: Final[Mapping[str, type]] = {
    "start": Start,
    "complete_user_task": CompleteUserTask,
    "complete_job": CompleteJob,
    "fail_job": FailJob,
    "throw_error": ThrowError,
    "fire_timer": FireTimer,
    "correlate_message": CorrelateMessage,
    "correlate_signal": CorrelateSignal,
    "complete_call": CompleteCall,
    "fail_call": FailCall,
    "escalate_call": EscalateCall,
    "resolve_incident": ResolveIncident,
    "skip": Skip,
    "modify": Modify,
    "cancel": Cancel,
}
COMMAND_NAMES: Final[Mapping[type, str]] = {kind: name for name, kind in COMMANDS.items()}


class Facts(Struct, frozen=True, kw_only=True):
    """What the step may know of the world; recorded with the command."""

    #: Aware UTC; ``now()`` in FEEL, and the instant from which timers of this step count.
    now: datetime
    #: The platform's facts of the case (keys: CASE_FACTS).
    case: Variables = field(default_factory=dict)


# --- instance state and outcome ------------------------------------------------------------------


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

    Kinds: instance.started/completed/cancelled · element.entered/completed/cancelled (gateways, plain events, scripts,
    decisions, sub-processes, ends) · user_task.created/completed/cancelled · job.created/completed/failed/cancelled ·
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


# --- lint ----------------------------------------------------------------------------------------


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the lint says: a stable rule code, where, and one sentence in each language."""

    rule: str
    severity: Severity
    #: Element id; None for the file as a whole.
    element: str | None
    zh: str
    en: str
    #: File name as the caller gave it.
    file: str | None = None
