"""What the installation looks like as a whole: numbers for who keeps it running, and nothing of any case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from engine.clock import to_microseconds
from engine.model import InstanceStatus
from engine.store.database import Database
from engine.store.tables import incident, job, outbox, process_instance, tree_head, user_task

#: What stands for every candidate group that is none of the product's: owners may write anything there.
OTHER: Final = "other"
_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers of one snapshot; ages are seconds by the installation's clock."""

    #: Instances that run, called ones included; suspended ones are left out.
    active_instances: int
    #: Open user tasks by candidate group, under each of theirs where there are several.
    open_tasks: Mapping[str, int]
    #: Those of them that should be done by now, each once.
    overdue_tasks: int
    incidents: int
    due_jobs: int
    #: For how long the job that has waited longest has been due; 0: none is.
    oldest_due_seconds: float
    #: Messages that are written and not delivered.
    waiting_messages: int
    #: Since the newest signed head of the log; None: there is none yet.
    head_age_seconds: float | None
    #: Of the database's file with its write-ahead log.
    database_bytes: int


def read_figures(db: Database, now: datetime, groups: Collection[str]) -> Figures:
    """Count what there is at an aware instant, by indexes alone: what has ended costs nothing.

    Args:
        db: where to count.
        now: what is due by then is due.
        groups: candidate groups that are told apart; all others are OTHER.

    Raises:
        StorageUnavailable: the database does not answer. Safe to retry.
    """
    with db.read() as connection:
        open_tasks, overdue = _tasks(connection, to_microseconds(now), groups)
        due, oldest = _jobs(connection, to_microseconds(now))
        return Figures(
            active_instances=connection.scalar(ACTIVE) or 0,
            open_tasks=open_tasks,
            overdue_tasks=overdue,
            incidents=connection.scalar(INCIDENTS) or 0,
            due_jobs=due,
            oldest_due_seconds=oldest,
            waiting_messages=connection.scalar(WAITING) or 0,
            head_age_seconds=_age(connection.scalar(HEAD), to_microseconds(now)),
            database_bytes=_size(db.file),
        )


ACTIVE: Final = select(func.count()).where(process_instance.c.status == InstanceStatus.ACTIVE.value)
INCIDENTS: Final = select(func.count()).select_from(incident)
WAITING: Final = select(func.count()).where(outbox.c.delivered_at.is_(None))
HEAD: Final = select(tree_head.c.at).order_by(tree_head.c.size.desc()).limit(1)


def _tasks(connection: Connection, now: int, groups: Collection[str]) -> tuple[dict[str, int], int]:
    late = func.count().filter(user_task.c.due_order < now).label("late")
    query = select(user_task.c.candidate_groups, func.count().label("open"), late)
    rows = connection.execute(query.where(user_task.c.status == "open").group_by(user_task.c.candidate_groups)).all()
    found: Counter[str] = Counter()
    for row in rows:
        for group in {one if one in groups else OTHER for one in row.candidate_groups.split(",")}:
            found[group] += row.open
    return dict(found), sum(row.late for row in rows)


def _jobs(connection: Connection, now: int) -> tuple[int, float]:
    row = connection.execute(select(func.count(), func.min(job.c.due_at)).where(job.c.due_at <= now)).one()
    return row[0], _age(row[1], now) or 0.0


def _age(at: int | None, now: int) -> float | None:
    return None if at is None else max(0, now - at) / _SECOND


def _size(file: Path) -> int:
    return sum(part.stat().st_size for part in (file, file.with_name(file.name + "-wal")) if part.exists())
