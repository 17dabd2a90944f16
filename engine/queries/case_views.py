"""What cases and their pages show: frozen rows, already named in Chinese and masked.

Times are aware UTC. Names of processes and elements come from the version that the row is pinned to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.model import Value
from engine.queries.letter_state import LetterState
from engine.queries.task_views import Fact, InboxRow

if TYPE_CHECKING:
    from engine.definitions import Deployed


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
