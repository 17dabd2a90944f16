"""What the read side hands to pages and programs: frozen rows, already named in Chinese and masked.

Times are aware UTC. Names of processes and elements come from the version that the row is pinned to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.model import Value
from engine.queries.due import DueView
from engine.queries.letter_state import LetterState

if TYPE_CHECKING:
    from engine.definitions import Deployed


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One user task in a list."""

    id: int
    case_id: str
    instance: int
    process_id: str
    process_name: str
    element: str
    name: str
    candidate_groups: tuple[str, ...]
    assignee: str | None
    assignee_name: str | None
    #: 0–100, 50 by default.
    priority: int
    due_at: datetime | None
    created_at: datetime
    #: Masked, as in every list.
    customer_id: str | None
    order_id: str | None
    #: 元: the amount to be paid out, else the order's.
    amount: Decimal | None
    #: The customer's request, its first 80 characters.
    asked: str | None
    #: Why it is due then, and what has come of that.
    due: DueView = field(default_factory=DueView)
    status: str = "open"
    completed_by: str | None = None
    #: Its turn among the open tasks of its element; None: it is in no queue.
    queue_no: int | None = None
    ended_at: datetime | None = None
    #: Its case is suspended: nobody can do it until that is resumed.
    suspended: bool = False
    #: Who answers for its case.
    owner: str | None = None
    #: When somebody wanted to look at it again.
    follow_up_at: datetime | None = None
    #: What has been said on its case; counted for lists only.
    comments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """A page of the inbox."""

    rows: tuple[InboxRow, ...]
    #: Give it as ``after`` for the next page; None on the last one.
    next_after: str | None
    #: Give it as ``before`` for the page in front; None on the first one.
    previous_before: str | None
    #: How many open tasks: "mine", "groups", "all", "process:<id>" for each process within the scope, and of further
    #: questions by the names that they were given.
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A read-only fact shown above a form or on a case."""

    label: str
    #: Enumeration values are given by their Chinese labels.
    value: Value
    #: True: ``value`` is the masked text of personal data.
    masked: bool
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """One user task with all that its page needs."""

    row: InboxRow
    #: open, completed or cancelled.
    status: str
    form_id: str | None
    #: form-js schema; None when the task has no form.
    schema: Mapping[str, Any] | None
    #: Variables visible at the task, the case's facts, ``order`` and ``parcel`` (contexts or None): for formcheck.
    context: Mapping[str, Value]
    facts: tuple[Fact, ...]
    documentation: str | None
    may_claim: bool
    may_complete: bool
    may_unclaim: bool
    #: The task is of the actor's groups, but somebody who has not acted in the case has to do it.
    four_eyes: bool
    #: The case whose task in its queue has to be done first, and its turn.
    ahead: tuple[str, int] | None
    completed_by: str | None
    completed_by_name: str | None
    ended_at: datetime | None
    #: Idempotency key of the submission that completed it.
    submission_key: str | None
    deployed: Deployed
    #: Keys of the fields that can be saved while it is open (property ``progress``).
    progress: tuple[str, ...] = ()
    #: How often that was done, who did it last, and when.
    saved: int = 0
    saved_by_name: str | None = None
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventToRegister:
    """Something that a case waits for and that the actor may say has happened."""

    #: Of the subscription.
    id: int
    #: The waiting element's name, and that of its process.
    name: str
    process_name: str
    message_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEvent:
    """An event for which a case waits or waited, by name."""

    #: The element's name; "" where it is over and nobody registered it.
    name: str
    process_name: str
    #: The case does not wait for it any more.
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventForm:
    """The form by which an awaited event is registered."""

    event: EventToRegister
    correlation_key: str
    #: form-js schema.
    schema: Mapping[str, Any]
    #: What its expressions may read.
    context: Mapping[str, Value]
    deployed: Deployed


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedCase:
    """A case that this one's message opened, or that opened this one."""

    case_id: str
    name: str
    status: str
    end_state_name: str | None
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceView:
    """One process instance of a case, as its diagram shows it."""

    key: int
    process_id: str
    name: str
    version: int
    definition_key: int
    status: str
    end_state: str | None
    end_state_name: str | None
    #: Element of the call activity in the parent.
    called_from: str | None
    parent: int | None
    opened_at: datetime
    ended_at: datetime | None
    #: Element id → live tokens waiting there.
    tokens: Mapping[str, int]
    #: Element id → how often it was completed.
    done: Mapping[str, int]
    #: Sequence flow id → how often it was taken.
    flows: Mapping[str, int]
    #: Element ids with an open incident.
    incidents: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxView:
    """A message that went, or is about to go, out."""

    id: int
    element: str
    element_name: str
    #: customer, courier or staff.
    audience: str
    recipient: str
    channel: str | None
    template: str
    text: str
    written_at: datetime
    delivered_at: datetime | None
    state: LetterState
    #: Why the last try to deliver it failed.
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterView:
    """A row of a register."""

    register: str
    name: str
    case_id: str
    instance: int
    element: str
    #: Column id → value, personal data masked.
    values: Mapping[str, Value]
    written_at: datetime
    #: Column id → Chinese label, where a form names it.
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """Why something cannot go on."""

    id: int
    instance: int | None
    element: str | None
    element_name: str | None
    kind: str
    message: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A timer or a piece of work that waits for its time."""

    id: int
    instance: int | None
    element: str | None
    name: str
    #: service, send, timer, delivery, message, broadcast or signal.
    kind: str
    #: None: an incident or a suspension holds it.
    due_at: datetime | None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case: the root instance and everything under it."""

    case_id: str
    name: str
    status: str
    end_state: str | None
    end_state_name: str | None
    opened_at: datetime
    opened_by: str
    opened_by_name: str
    owner: str
    owner_name: str
    ended_at: datetime | None
    parent_case_id: str | None
    customer_id: str | None
    order_id: str | None
    #: Names of what the case waits for, e.g. 「联系合作快递核实停滞原因(快递)」.
    waits_for: tuple[str, ...]
    #: Root first, then as they were called.
    instances: tuple[InstanceView, ...]
    tasks: tuple[InboxRow, ...]
    messages: tuple[OutboxView, ...]
    registers: tuple[RegisterView, ...]
    variables: tuple[Fact, ...]
    incidents: tuple[IncidentView, ...]
    jobs: tuple[JobView, ...]
    #: What the actor may register by hand.
    events: tuple[EventToRegister, ...] = ()
    #: The case whose message opened this one, where the actor may see it; and those that this one's messages opened.
    opened_from: LinkedCase | None = None
    linked: tuple[LinkedCase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One event of the history."""

    #: Key of the instance.
    stream: int
    seq: int
    revision: int
    at: datetime
    actor: str
    actor_name: str
    kind: str
    element: str | None
    element_name: str | None
    process_name: str
    #: Personal data masked; None also where retention has deleted the values.
    value: Value
    #: Give it as ``after`` to read on behind this event.
    cursor: str
    #: Names of the elements that the value speaks of, by id.
    element_names: Mapping[str, str] = field(default_factory=dict)
    #: Names of the people between whom something passed from hand to hand, by id.
    people_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case in a list."""

    case_id: str
    process_id: str
    name: str
    status: str
    end_state_name: str | None
    customer_id: str | None
    order_id: str | None
    opened_at: datetime
    ended_at: datetime | None
    owner: str
    owner_name: str
    waits_for: tuple[str, ...]
    #: Open incidents in the whole case.
    incidents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """A page of cases, newest first."""

    rows: tuple[CaseRow, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOption:
    """A process that the person may start by hand."""

    process_id: str
    name: str
    version: int
    form_id: str | None
    documentation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartForm:
    """The newest version of a process with the form that starts it."""

    deployed: Deployed
    form_id: str | None
    schema: Mapping[str, Any] | None
    documentation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version of a process."""

    key: int
    version: int
    deployed_at: datetime
    deployed_by: str
    deployed_by_name: str
    hash: str
    #: Instances of it that have not ended.
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessView:
    """A process with its versions, newest first."""

    process_id: str
    name: str
    versions: tuple[VersionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceView:
    """A decision, form or template in force."""

    kind: str
    id: str
    hash: str
    deployed_at: datetime
    deployed_by: str
    deployed_by_name: str
    #: Process ids whose newest version uses it.
    used_by: tuple[str, ...]
