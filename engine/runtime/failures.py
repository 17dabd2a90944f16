"""What becomes of a job that failed: it is tried again later, in the end an incident holds it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from engine.clock import to_microseconds
from engine.failpoints import reached
from engine.store import sql
from engine.store.database import Transaction
from engine.store.instances import JobRow
from engine.store.writes import HELD, write_rows

#: Draws from [0, 1).
Jitter = Callable[[], float]
random_jitter: Final[Jitter] = random.random
_FIRST_WAIT: Final = timedelta(seconds=10)


def describe(problem: Exception) -> str:
    """A failure as logs and incidents say it."""
    where = "".join(f" ({note})" for note in getattr(problem, "__notes__", ()))
    return f"{type(problem).__name__}: {str(problem)[:1900]}{where}"[:2000]


def wait(attempts: int, jitter: Jitter) -> timedelta:
    """10 s, 30 s, 90 s …, each up to a fifth longer, so that what failed together is not tried together."""
    return _FIRST_WAIT * (3.0**attempts) * (1 + jitter() / 5)


def put_off(tx: Transaction, job: JobRow, problem: str, due: datetime, *, left: int, attempts: int) -> None:
    """Try a job again at another time; it has ``left`` retries then, and counts so many attempts more."""
    row = {
        "of_id": job.id,
        "due_at": to_microseconds(due),
        "retries_left": left,
        "attempts": attempts,
        "problem": problem,
    }
    write_rows(tx, sql.RESCHEDULE_JOB, [row])
    reached("runtime.put_off.after")


def hold(tx: Transaction, job: JobRow, kind: str, problem: str, now: datetime) -> None:
    """An incident that holds the job and nothing else."""
    held = {"of_id": job.id, "due_at": HELD, "retries_left": 0, "attempts": 0, "problem": problem}
    reached("runtime.hold.before")
    write_rows(tx, sql.RESCHEDULE_JOB, [held])
    reached("runtime.hold.job")
    incident = {
        "id": job.id,
        "instance": job.instance,
        "case_id": job.case_id,
        "element": job.element,
        "kind": kind,
        "message": problem,
        "created_at": to_microseconds(now),
    }
    write_rows(tx, sql.INSERT_INCIDENT, [incident])
    reached("runtime.hold.incident")
