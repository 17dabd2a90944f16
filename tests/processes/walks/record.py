"""What a walk left behind, read once for the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, select

from engine import canonical
from engine.clock import from_microseconds
from engine.history import values_of
from engine.model import Value
from engine.store.tables import history_event, history_value, outbox, process_instance, register_row, user_task
from tests.processes.process_drawing import Drawing, read
from tests.processes.walks.walker import Walk


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A process instance and what it holds at its end."""

    key: int
    case_id: str
    process_id: str
    parent: int | None
    row: Row[Any]
    variables: Mapping[str, Value]

    def __str__(self) -> str:
        return f"{self.process_id} {self.key} of case {self.case_id}"


@dataclass(frozen=True, kw_only=True)
class RegisterEntry:
    """A row of a register."""

    register: str
    case_id: str
    #: That opened it, and that keeps it to itself.
    instance: int
    taken_by: int | None
    values: Mapping[str, Value]

    def __str__(self) -> str:
        return f"the row of case {self.case_id} in {self.register}"


@dataclass(frozen=True, kw_only=True)
class Record:
    """Everything that the rules look at."""

    walk: Walk
    instances: Mapping[int, Instance]
    entries: tuple[RegisterEntry, ...]
    tasks: tuple[Row[Any], ...]
    letters: tuple[Row[Any], ...]
    #: order id → when a case or the shop cancelled it, the first time.
    cancelled_orders: Mapping[str, datetime]
    drawings: dict[str, Drawing] = field(default_factory=dict)

    @classmethod
    def read(cls, walk: Walk) -> Record:
        """Read a walk's database."""
        with walk.db.read() as connection:
            return cls.within(walk, connection)

    @classmethod
    def within(cls, walk: Walk, connection: Connection) -> Record:
        """Read it as a connection sees it."""
        rows = connection.execute(select(process_instance).order_by(process_instance.c.key)).all()
        entries = connection.execute(select(register_row).order_by(register_row.c.id)).all()
        tasks = connection.execute(select(user_task).order_by(user_task.c.id)).all()
        letters = connection.execute(select(outbox).order_by(outbox.c.id)).all()
        return cls(
            walk=walk,
            instances={row.key: _instance(row) for row in rows},
            entries=tuple(_entry(row) for row in entries),
            tasks=tuple(tasks),
            letters=tuple(letters),
            cancelled_orders={**_cancelled_by_cases(connection), **walk.cancelled_orders},
        )

    @cached_property
    def cases(self) -> list[str]:
        """Ids of all cases."""
        return sorted({one.case_id for one in self.instances.values()}, key=int)

    @cached_property
    def completed(self) -> list[Instance]:
        """Instances that came to an end of their own."""
        return [one for one in self.instances.values() if one.row.status == "completed"]

    def drawing(self, process_id: str) -> Drawing:
        """The diagram of a process."""
        if process_id not in self.drawings:
            self.drawings[process_id] = read(process_id)
        return self.drawings[process_id]

    def entries_of(self, case_id: str, register: str) -> list[RegisterEntry]:
        """Rows of a case in a register."""
        return [entry for entry in self.entries if (entry.case_id, entry.register) == (case_id, register)]

    def children(self, key: int) -> list[Instance]:
        """What an instance called, in order."""
        return [one for one in self.instances.values() if one.parent == key]


def _instance(row: Row[Any]) -> Instance:
    return Instance(
        key=row.key,
        case_id=row.case_id,
        process_id=row.process_id,
        parent=row.parent,
        row=row,
        variables=canonical.decode(row.variables),
    )


def _entry(row: Row[Any]) -> RegisterEntry:
    return RegisterEntry(
        register=row.register,
        case_id=row.case_id,
        instance=row.instance,
        taken_by=row.taken_by,
        values=canonical.decode(row._mapping["values"]),
    )


def _cancelled_by_cases(connection: Connection) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    event, value = history_event.c, history_value.c
    query = (
        select(event.at, event.n, value["values"])
        .join(history_value, (value.stream == event.stream) & (value.revision == event.revision))
        .where(event.kind == "order.updated")
        .order_by(event.at.desc())
    )
    for row in connection.execute(query):
        told: Any = values_of(row[2])[row.n]
        if told["after"].get("order_stage") == "cancelled":
            found[told["order_id"]] = from_microseconds(row.at)
    return found
