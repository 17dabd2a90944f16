"""Makes the open cases of an order urgent: the work of the jobs that the connector ``raise_priority`` leaves behind."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from engine import canonical
from engine.failpoints import reached
from engine.history.commands import NOTE
from engine.model import Event, InstanceStatus
from engine.runtime.alarms import by_priority
from engine.runtime.cascade import Cascade
from engine.store import sql
from engine.store.alarms import SET_PRIORITY
from engine.store.instances import JobRow
from engine.store.tables import process_instance

_RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)


def raise_cases(cascade: Cascade, job: JobRow) -> None:
    """Set the priority of every running instance of a process for an order, and of what these have called.

    Who has that priority already is left alone, so that a second such job changes nothing.
    """
    asked = canonical.decode(job.payload)
    for key in _instances(cascade, asked):
        row = cascade.instance(key)
        if row.priority == asked["priority"]:
            continue
        before, row.priority = row.priority, asked["priority"]
        cascade.tx.run(SET_PRIORITY, {"instance": key, "new_priority": row.priority})
        reached("runtime.raise.after")
        value = {"before": before, "after": row.priority, "by_case": job.case_id, "by_element": job.element}
        cascade.note(row, (Event(kind="instance.priority_changed", value=value),), NOTE)
        by_priority(cascade, row, cascade.schedule(row))
    cascade.writes.add(sql.DELETE_JOB, job.id, {"of_id": job.id})


def _instances(cascade: Cascade, asked: dict[str, Any]) -> list[int]:
    """Keys of the instances meant, callers before those they called."""
    connection = cascade.tx.connection
    found = connection.execute(
        select(process_instance.c.key)
        .where(
            process_instance.c.order_id == asked["order_id"],
            process_instance.c.process_id == asked["process_id"],
            process_instance.c.status.in_(_RUNNING),
        )
        .order_by(process_instance.c.key)
    )
    keys = dict.fromkeys(found.scalars())
    waiting = list(keys)
    while waiting:
        called = connection.execute(
            select(process_instance.c.key)
            .where(process_instance.c.parent == waiting.pop(), process_instance.c.status.in_(_RUNNING))
            .order_by(process_instance.c.key)
        )
        new = [key for key in called.scalars() if key not in keys]
        keys |= dict.fromkeys(new)
        waiting += new
    return list(keys)
