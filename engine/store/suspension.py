"""Statements that stop a case and let it go on: its instances' status, and the jobs that would step them.

What is on its way to others (deliveries, messages, broadcasts) has been sent already and goes on.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, bindparam, delete, literal_column, null, select, update

from engine.model import TOKEN_JOBS, InstanceStatus, JobKind
from engine.store.statement import Statement, prepare
from engine.store.tables import job, process_instance
from engine.store.writes import HELD

#: Jobs that step the instance to which they belong.
STEPPING: Final = (*TOKEN_JOBS, JobKind.SIGNAL, JobKind.ALARM)
_HELD: Final[ColumnElement[int]] = literal_column(str(HELD))
_OF_CASE: Final = job.c.instance.in_(
    select(process_instance.c.key).where(process_instance.c.case_id == bindparam("case_id"))
)


def _set_status(name: str, before: InstanceStatus, after: InstanceStatus) -> Statement:
    return prepare(
        name,
        update(process_instance)
        .where(
            process_instance.c.case_id == bindparam("case_id"),
            process_instance.c.status.concat(literal_column("''")) == literal_column(f"'{before.value}'"),
        )
        .values(status=literal_column(f"'{after.value}'")),
    )


#: These four take the ``case_id``.
SUSPEND_INSTANCES: Final = _set_status("suspend_instances", InstanceStatus.ACTIVE, InstanceStatus.SUSPENDED)
RESUME_INSTANCES: Final = _set_status("resume_instances", InstanceStatus.SUSPENDED, InstanceStatus.ACTIVE)
#: Those that an incident holds stay with it.
SUSPEND_JOBS: Final = prepare(
    "suspend_jobs",
    update(job)
    .where(_OF_CASE, job.c.due_at < _HELD, job.c.kind.in_([literal_column(f"'{kind.value}'") for kind in STEPPING]))
    .values(due_at=_HELD, suspended_due_at=job.c.due_at),
)
RESUME_JOBS: Final = prepare(
    "resume_jobs",
    update(job)
    .where(_OF_CASE, job.c.suspended_due_at.is_not(None))
    .values(due_at=job.c.suspended_due_at, suspended_due_at=null()),
)
#: Signals that an instance, ended while it was suspended, will not get any more; takes the ``instance``.
DELETE_SIGNAL_JOBS: Final = prepare(
    "delete_signal_jobs",
    delete(job).where(
        job.c.instance == bindparam("instance"),
        job.c.kind == literal_column("'signal'"),
        job.c.suspended_due_at.is_not(None),
    ),
)
