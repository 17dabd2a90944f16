"""What the inbox and a task's page show: frozen rows, already named in Chinese and masked.

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
