"""What everything is called: values, life cycles, kinds, and who acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

#: A FEEL value: None, bool, Decimal, str, date, time, datetime, timedelta, YearMonthDuration, list or dict of them.
Value: TypeAlias = Any
Variables: TypeAlias = Mapping[str, Value]

#: Ids of user tasks, jobs, subscriptions, calls and tokens are instance key × ID_BASE + the instance's counter.
ID_BASE: Final = 100_000_000
#: Facts of the platform that FEEL reads as ``case.x`` and by these bare names; read-only. ``actor`` is the id of who
#: does this step: the person who completes the task, so that an output mapping can keep the approver.
CASE_FACTS: Final = (
    "case_id", "opened_at", "opened_by", "first_owner", "promised_at", "priority", "parent_case_id", "actor",
)  # fmt: skip


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
    #: A user task is reminded of, or its delay is made known; an order makes open cases urgent.
    ALARM = "alarm"
    RAISE = "raise"
    #: A process opens a linked case; it makes somebody the case's owner.
    OPEN = "open"
    TRANSFER = "transfer"
    #: A process enters somebody's target of a month.
    TARGET = "target"
    #: A process starts by itself.
    START = "start"


#: Kinds of jobs for which a token waits; by the others something is on its way.
TOKEN_JOBS: Final = (JobKind.SERVICE, JobKind.SEND, JobKind.TIMER)
#: Kinds of jobs by which a connector has something done behind the commit; its instance does not wait for them.
BEHIND_JOBS: Final = (JobKind.RAISE, JobKind.OPEN, JobKind.TRANSFER, JobKind.TARGET)
#: Kinds of jobs that belong to no case; they are tried for as long as there is something to do.
LASTING_JOBS: Final = (JobKind.START,)


#: So begin the ids of processes that are work within the shop, asked for by no customer: duties, reports, plans.
DUTIES: Final = ("r", "d")


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
    #: By which customer ids the person buys in the shop.
    customer_ids: frozenset[str] = frozenset()
    #: Ids of everybody in the person's team, the own one too; None: in no team, or in the only one there is.
    team: frozenset[str] | None = None
    #: Of the group courier: whose parcels the person's tasks are about; "*": everybody's.
    couriers: frozenset[str] = frozenset()
    kind: ActorKind = ActorKind.PERSON


SYSTEM: Final = Actor(id="system", name="系统", kind=ActorKind.SYSTEM)
