"""What the read side hands to those who repair: open incidents of all cases, and where instances stand.

Times are aware UTC; names come from the version that the row is pinned to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """One open incident in the list of all."""

    id: int
    case_id: str | None
    instance: int | None
    process_id: str | None
    process_name: str | None
    element: str | None
    element_name: str | None
    kind: str
    message: str
    created_at: datetime
    #: Of its instance: active or suspended; completed where only a delivery is stuck.
    status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """A page of open incidents, the oldest first."""

    rows: tuple[IncidentRow, ...]
    #: Give it as ``after`` for the next page; None on the last one.
    next_after: str | None
    #: How many are open: "kind:<kind>" and "process:<id>", each within the other filters.
    counts: Mapping[str, int]
    #: Of the chosen process: element id → (name, how many); empty while none is chosen.
    elements: Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """A place where an instance stands, and may be helped on from."""

    id: int
    element: str
    name: str
    #: user_task, job, timer, message, signal or call; scope: it holds others; join: it waits for others; incident.
    waits_as: str
    #: When a timer is due; None while it is held.
    due_at: datetime | None = None
    #: It waits at the edge of another element or scope, with which it goes: it is neither skipped nor moved.
    watches: bool = False
    #: Whether it is clear where it would go on; else it can only be moved.
    can_skip: bool = True
    #: The message of its incident.
    incident: str | None = None
    #: The process that a call waits for, and that instance's key.
    called: str | None = None
    called_instance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairView:
    """What can be done to one running instance."""

    instance: int
    name: str
    version: int
    #: active or suspended.
    status: str
    tokens: tuple[TokenView, ...]
    #: Id and name of the elements that a token can be put before, in the order of the diagram's file.
    elements: tuple[tuple[str, str], ...]
    #: Names of the variables of the process, sorted.
    variables: tuple[str, ...]
