"""Instance rows as objects that a cascade of steps changes and writes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.clock import from_microseconds, instant_or_none
from engine.history.record import StreamHead
from engine.model import InstanceState, InstanceStatus, Variables
from engine.store.database import Transaction
from engine.store.sql import INSTANCE_COLUMNS, JOB_COLUMNS, SELECT_INSTANCE, TASK_COLUMNS

_WIDTH: Final = len(INSTANCE_COLUMNS)
_OVER: Final = frozenset({InstanceStatus.COMPLETED.value, InstanceStatus.CANCELLED.value})


@dataclass(slots=True, eq=False)
class InstanceRow:
    """A row of process_instance, fields in the order of INSTANCE_COLUMNS; ``read_revision`` is what writing checks."""

    key: int
    definition: int
    process_id: str
    business_key: str | None
    case_id: str
    parent: int | None
    parent_call: int | None
    parent_case_id: str | None
    depth: int
    revision: int
    status: str
    state: bytes | None
    variables: bytes
    end_state: str | None
    priority: str
    opened_by: str
    first_owner: str
    owner: str
    customer_id: str | None
    order_id: str | None
    promised_at: int | None
    opened_at: int
    case_opened_at: int
    ended_at: int | None
    incidents: int
    history_seq: int
    history_hash: bytes
    read_revision: int = -1

    def __post_init__(self) -> None:
        self.read_revision = self.revision

    @property
    def active(self) -> bool:
        """Whether it can be stepped by everybody."""
        return self.status == InstanceStatus.ACTIVE

    @property
    def suspended(self) -> bool:
        """Whether an operator has stopped it: only repairs step it."""
        return self.status == InstanceStatus.SUSPENDED

    @property
    def over(self) -> bool:
        """Whether it has ended; one that is suspended has not."""
        return self.status in _OVER

    @property
    def state_value(self) -> InstanceState:
        """What the core takes."""
        return InstanceState(key=self.key, state=self.state, variables=self.variables)

    @property
    def head(self) -> StreamHead:
        """What the stream's next event is chained to."""
        return StreamHead(self.history_seq, self.history_hash)

    def case_facts(self) -> Variables:
        """The platform's facts, as FEEL reads them."""
        return {
            "case_id": self.case_id,
            "opened_at": from_microseconds(self.case_opened_at),
            "opened_by": self.opened_by,
            "first_owner": self.first_owner,
            "promised_at": instant_or_none(self.promised_at),
            "priority": self.priority,
            "parent_case_id": self.parent_case_id,
        }


@dataclass(slots=True)
class TaskRow:
    """The columns of a user task that a command needs, in the order of TASK_COLUMNS."""

    id: int
    instance: int
    case_id: str
    definition: int
    process_id: str
    element: str
    form_id: str | None
    candidate_groups: str
    assignee: str | None
    status: str
    completed_by: str | None
    submission_key: str | None
    queue_no: int | None
    follow_up_at: int | None
    courier: str | None = None


@dataclass(slots=True)
class JobRow:
    """A row of the job table, fields in the order of JOB_COLUMNS; ``due_at`` in microseconds."""

    id: int
    instance: int | None
    case_id: str | None
    element: str | None
    kind: str
    type: str
    due_at: int
    retries_left: int
    attempts: int
    problem: str | None
    payload: bytes
    suspended_due_at: int | None


def instance_of(row: Sequence[Any]) -> InstanceRow:
    """The instance in a row that ends with INSTANCE_COLUMNS."""
    return InstanceRow(*row[-_WIDTH:])


def task_of(row: Sequence[Any]) -> TaskRow:
    """The user task in a row that begins with TASK_COLUMNS."""
    return TaskRow(*row[: len(TASK_COLUMNS)])


def job_of(row: Sequence[Any]) -> JobRow:
    """The job in a row that begins with JOB_COLUMNS."""
    return JobRow(*row[: len(JOB_COLUMNS)])


def instances_of(rows: Iterable[Sequence[Any]]) -> dict[int, InstanceRow]:
    """The instances in rows that end with INSTANCE_COLUMNS, by key; rows without one are passed over."""
    found: dict[int, InstanceRow] = {}
    for row in rows:
        key = row[-_WIDTH]
        if key is not None and key not in found:
            found[key] = instance_of(row)
    return found


def read_instances(tx: Transaction, key: int) -> dict[int, InstanceRow]:
    """An instance and its parent, by key; empty when there is none."""
    return instances_of(tx.run(SELECT_INSTANCE, {"key": key}).fetchall())
