"""What can happen to an instance, and what the step may know of the world when it does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct, field

from engine.model.words import Value, Variables
from engine.worktime import Schedule


class Start(Struct, frozen=True, kw_only=True):
    """Begin at a start event; ``element`` None is the none start."""

    variables: Variables
    element: str | None = None


class CompleteUserTask(Struct, frozen=True, kw_only=True):
    """A person completes an open user task; variables go over the task's scope (shallow; the command wins)."""

    id: int
    variables: Variables


class SaveProgress(Struct, frozen=True, kw_only=True):
    """A person keeps what an open user task has come to so far (its property ``progress``); the task stays open.

    Unlike the results of a completion the variables go into the scope around the task, past its output mappings.
    """

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


class Migrate(Struct, frozen=True, kw_only=True):
    """The instance goes on under another version of its process, each token at the element that stands for its own."""

    #: Hash of the version's manifest.
    target: str
    #: Element or flow id in the version until now → id in the other one; ids that are not in it stay.
    mapping: Mapping[str, str] = field(default_factory=dict)


Command: TypeAlias = (
    Start
    | CompleteUserTask
    | SaveProgress
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
    | Migrate
)

COMMANDS: Final[Mapping[str, type]] = {
    "start": Start,
    "complete_user_task": CompleteUserTask,
    "save_progress": SaveProgress,
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
    "migrate": Migrate,
}
COMMAND_NAMES: Final[Mapping[type, str]] = {kind: name for name, kind in COMMANDS.items()}


class Facts(Struct, frozen=True, kw_only=True):
    """What the step may know of the world; recorded with the command."""

    #: Aware UTC; ``now()`` in FEEL, and the instant from which timers of this step count.
    now: datetime
    #: The platform's facts of the case (keys: CASE_FACTS).
    case: Variables = field(default_factory=dict)
    #: Calendar and task SLA in force, recorded by their hashes where a step asked them; None: there are none.
    schedule: Schedule | None = None
