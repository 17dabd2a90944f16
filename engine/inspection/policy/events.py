"""Reads what the monitor looks at from the histories: events of some kinds, with the values of those it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from engine.history.record import values_of
from engine.inspection.traits import Told
from engine.model import Value
from engine.store.tables import history_event, history_value, process_instance

#: Kinds that tell of a payment and of what came before it.
_MONEY: Final = ("instance.started", "user_task.completed", "register.written")


class Seen(NamedTuple):
    """An event with its place in the history and its time."""

    told: Told
    seq: int
    #: Microseconds since 1970.
    at: int

    @property
    def inner(self) -> Mapping[str, Value]:
        """The variables that it tells of, or a register's columns."""
        value = self.told.value if isinstance(self.told.value, Mapping) else {}
        found = value.get("values" if self.told.kind == "register.written" else "variables")
        return found if isinstance(found, Mapping) else {}

    @property
    def place(self) -> str:
        """process.element."""
        return f"{self.told.process_id}.{self.told.element}"


def read_tree(connection: Connection, case_id: str) -> list[Seen]:
    """What tells of money in a case and all that it called, the oldest first; what retention took is left out."""
    instances = connection.execute(
        select(process_instance.c.key, process_instance.c.process_id).where(process_instance.c.case_id == case_id)
    ).all()
    processes = {row.key: row.process_id for row in instances}
    columns = (history_event.c[name] for name in ("stream", "seq", "revision", "n", "at", "kind", "element", "actor"))
    wanted = history_event.c.stream.in_(processes), history_event.c.kind.in_(_MONEY)
    rows = connection.execute(select(*columns).where(*wanted)).all()
    values = _values(connection, {(row.stream, row.revision) for row in rows})
    found = []
    for row in rows:
        step = values.get((row.stream, row.revision), ())
        value = step[row.n] if row.n < len(step) else None
        told = Told(row.stream, processes[row.stream], row.kind, row.element, row.actor, value)
        found.append(Seen(told, row.seq, row.at))
    return sorted(found, key=lambda one: (one.at, one.told.stream, one.seq))


def _values(connection: Connection, steps: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Sequence[Value]]:
    columns = history_value.c
    wanted = set(steps)
    query = select(columns.stream, columns.revision, columns["values"])
    query = query.where(columns.stream.in_({stream for stream, _ in wanted}))
    return {
        (row.stream, row.revision): values_of(row[2])
        for row in connection.execute(query)
        if (row.stream, row.revision) in wanted
    }
