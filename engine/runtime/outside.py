"""Incidents of which the core knows nothing: of jobs that only the runtime holds, of completions that were undone."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from engine.failpoints import reached
from engine.history.commands import NOTE
from engine.model import ID_BASE, Event
from engine.runtime.cascade import Cascade
from engine.runtime.user_tasks import REFUSED, UserTaskCommand
from engine.store import sql
from engine.store.instances import task_of
from engine.store.suspension import STEPPING
from engine.store.tables import incident, job
from engine.store.writes import write_rows

#: Those that hold a row of the job table.
HELD_BY_JOB: Final = frozenset({"delivery", "job"})
#: All of them.
OUTSIDE: Final = HELD_BY_JOB | {REFUSED}


def release(cascade: Cascade, incident_id: int, instance: int | None, kind: str) -> None:
    """A job that only its own incident holds is due again; a task whose completion was undone can be completed."""
    if kind == REFUSED:
        task = task_of(cascade.tx.run(sql.SELECT_TASK, {"id": incident_id}).fetchone())
        UserTaskCommand(cascade, task, cascade.instance(task.instance), None).forget_refusal()
        return
    row = None if instance is None else cascade.instance(instance)
    of_kind = cascade.tx.connection.execute(select(job.c.kind).where(job.c.id == incident_id)).scalar()
    released = {"of_id": incident_id, "retries_left": 3, "attempts": 0, "problem": None}
    if row is not None and row.suspended and of_kind in STEPPING:
        write_rows(cascade.tx, sql.RELEASE_SUSPENDED_JOB, [{**released, "suspended_due_at": cascade.at}])
    else:
        write_rows(cascade.tx, sql.RELEASE_JOB, [{**released, "due_at": cascade.at}])
    reached("runtime.release.job")
    write_rows(cascade.tx, sql.DELETE_INCIDENT, [{"of_id": incident_id}])
    reached("runtime.release.incident")
    if row is not None:
        cascade.note(row, (Event(kind="incident.resolved", value={"kind": kind}),), NOTE)


def forget(cascade: Cascade, case_id: str) -> None:
    """Incidents of which the core knows nothing go with the tasks and jobs that a repair called off."""
    gone = cascade.writes.keys(sql.CLOSE_TASK) | cascade.writes.keys(sql.DELETE_JOB)
    wanted = select(incident.c.id, incident.c.instance, incident.c.element, incident.c.kind).where(
        incident.c.case_id == case_id, incident.c.kind.in_((REFUSED, "job"))
    )
    for row in cascade.tx.connection.execute(wanted).all():
        if row.id not in gone:
            continue
        cascade.writes.add(sql.DELETE_INCIDENT, row.id, {"of_id": row.id})
        instance = cascade.instance(row.instance)
        instance.incidents -= row.kind == REFUSED
        event = Event(
            kind="incident.resolved",
            element=row.element,
            token=row.id - instance.key * ID_BASE,
            value={"kind": row.kind, "cancelled": True},
        )
        cascade.note(instance, (event,), NOTE)
