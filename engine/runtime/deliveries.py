"""Delivers the outbox's messages: each at least once, outside any transaction, under a lease."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from engine import canonical, outbox
from engine.clock import to_microseconds
from engine.failpoints import reached
from engine.runtime.failures import Jitter, describe, hold, put_off, wait
from engine.runtime.runtime import Runtime
from engine.store import sql
from engine.store.database import Transaction, storage_problem
from engine.store.instances import JobRow, job_of
from engine.store.writes import write_rows

_log = structlog.get_logger(__name__)
_LEASE: Final = timedelta(seconds=60)


class Deliveries:
    """The delivery jobs of one database."""

    def __init__(self, runtime: Runtime, deliver: outbox.Delivery, jitter: Jitter) -> None:
        self._runtime = runtime
        self._deliver = deliver
        self._jitter = jitter

    @staticmethod
    def lease(tx: Transaction, job: JobRow, now: datetime) -> None:
        """Nobody else takes it while we send; if we die, it is due again when the lease ends."""
        row = {
            "of_id": job.id,
            "due_at": to_microseconds(now + _LEASE),
            "retries_left": job.retries_left,
            "attempts": 1,
            "problem": job.problem,
        }
        reached("runtime.lease.before")
        write_rows(tx, sql.RESCHEDULE_JOB, [row])
        reached("runtime.lease.after")

    def send(self, job: JobRow) -> None:
        """Deliver at least once, outside any transaction; the receiver tells repetitions by the outbox id."""
        outbox_id = int(canonical.decode(job.payload)["outbox"])
        try:
            with self._runtime.db.read() as connection:
                row = outbox.read_row(connection, outbox_id)
            reached("runtime.deliver.before")
            self._deliver(row)
            reached("runtime.deliver.after")
        except Exception as problem:  # whatever the way out raises puts this delivery off and no other
            if storage_problem(problem) is not None:
                raise  # the lease ends, and it is tried again
            self._put_off(job, describe(problem))
            return
        with self._runtime.db.begin() as tx:
            reached("runtime.mark_delivered.before")
            outbox.mark_delivered(tx, outbox_id, self._runtime.clock.now())
            reached("runtime.mark_delivered.after")
            write_rows(tx, sql.DELETE_JOB, [{"of_id": job.id}])

    def _put_off(self, job: JobRow, problem: str) -> None:
        """A delivery that fails for ever leaves an incident that holds nothing but itself."""
        _log.warning("delivery.failed", job=job.id, problem=problem)
        reached("runtime.put_off_delivery.before")
        now = self._runtime.clock.now()
        left = max(0, job.retries_left - 1)
        with self._runtime.db.begin() as tx:
            found = tx.run(sql.SELECT_JOB, {"id": job.id}).fetchall()
            if not found or job_of(found[0]).attempts != job.attempts + 1:
                return  # our lease had ended: somebody else has it by now, or has delivered it
            if left:
                put_off(tx, job, problem, now + wait(job.attempts, self._jitter), left=left, attempts=0)
            else:
                hold(tx, job, "delivery", problem, now)
