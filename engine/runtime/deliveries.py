"""Delivers the outbox's messages: each at least once, outside any transaction, under a lease.

A lease outlives us: when the program ends, its deliveries are due again a minute later. A way out that takes longer
than half a lease for one message may have it sent twice; many slow ones in a row are sent once, whoever sends them.

While a delivery is leased it has no ``problem``, so one that is due, was leased before and has none is one whose sender
ended. It may be what ended him: it is leased alone, after all others, and such a try counts like one that failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import structlog

from engine import canonical, outbox
from engine.clock import to_microseconds
from engine.failpoints import reached
from engine.model import JobKind
from engine.runtime.failures import Jitter, describe, hold, put_off, wait
from engine.runtime.runtime import Runtime
from engine.store import due_jobs, sql
from engine.store.database import Transaction, storage_problem
from engine.store.instances import JobRow, job_of
from engine.store.writes import write_rows

_log = structlog.get_logger(__name__)
_LEASE: Final = timedelta(seconds=60)
_HALF: Final = _LEASE // timedelta(microseconds=2)
_ENDED: Final = "the program has ended while this message was being sent, and no try is left"


@dataclass(slots=True)
class Lease:
    """A delivery that is ours until then (microseconds), and its job as it was before."""

    job: JobRow
    until: int

    @property
    def row(self) -> dict[str, Any]:
        """What the job's row says as long as nobody else has taken it."""
        return {"of_id": self.job.id, "leased_attempts": self.job.attempts + 1, "leased_until": self.until}


def was_cut_off(job: JobRow) -> bool:
    """Whether it is a delivery whose last sender ended, or was cut off, before it knew what became of it."""
    return job.kind == JobKind.DELIVERY and job.attempts > 0 and job.problem is None


class Deliveries:
    """The delivery jobs of one database."""

    def __init__(self, runtime: Runtime, deliver: outbox.Delivery, jitter: Jitter) -> None:
        self._runtime = runtime
        self._deliver = deliver
        self._jitter = jitter

    def lease(self, tx: Transaction, job: JobRow) -> Lease:
        """Nobody else takes it while we send; if we die, it is due again when the lease ends."""
        lease = Lease(job, self._end())
        row = {
            "of_id": job.id,
            "due_at": lease.until,
            "retries_left": job.retries_left,
            "attempts": 1,
            "problem": None,
        }
        reached("runtime.lease.before")
        write_rows(tx, sql.RESCHEDULE_JOB, [row])
        reached("runtime.lease.after")
        return lease

    def send_all(self, leases: Sequence[Lease], stopping: Callable[[], bool]) -> None:
        """Deliver what is still ours when its turn comes; what is left when we are to stop is due again at once."""
        for number, lease in enumerate(leases):
            if stopping():
                self._give_back(leases[number:])
                return
            self._send(lease)

    def send_alone(self, job: JobRow) -> None:
        """Deliver one whose last sender ended, or hold it when that was its last try."""
        with self._runtime.db.begin() as tx:
            found = tx.run(due_jobs.SELECT_JOB, {"id": job.id}).fetchall()
            if not found or job_of(found[0]) != job:
                return  # somebody else has taken it
            if not job.retries_left:
                _log.error("delivery.ends_the_program", job=job.id)
                hold(tx, job, "delivery", _ENDED, self._runtime.clock.now())
                return
            lease = self.lease(tx, replace(job, retries_left=job.retries_left - 1))
        self._send(lease)

    # -- the lease --------------------------------------------------------------------------------

    def _end(self) -> int:
        return to_microseconds(self._runtime.clock.now() + _LEASE)

    def _renew(self, lease: Lease) -> bool:
        """Renew it when half of it is over, unless somebody has taken the job; tells whether it is ours."""
        until = self._end()
        if until - lease.until < _HALF:
            return True
        renewed = {"due_at": until, "attempts": lease.job.attempts + 1, "problem": None}
        with self._runtime.db.begin() as tx:
            if not tx.run(sql.CHANGE_LEASE, lease.row | renewed).rowcount:
                return False
        lease.until = until
        return True

    def _give_back(self, leases: Sequence[Lease]) -> None:
        """As they were before we took them, but for those that somebody else has taken since."""
        with self._runtime.db.begin() as tx:
            for lease in leases:
                job = lease.job
                before = {"due_at": job.due_at, "attempts": job.attempts, "problem": job.problem}
                tx.run(sql.CHANGE_LEASE, lease.row | before)

    # -- one message ------------------------------------------------------------------------------

    def _send(self, lease: Lease) -> None:
        """Deliver at least once, outside any transaction; the receiver tells repetitions by the outbox id."""
        outbox_id = int(canonical.decode(lease.job.payload)["outbox"])
        if not self._renew(lease):
            return
        try:
            with self._runtime.db.read() as connection:
                row = outbox.read_row(connection, outbox_id)
            reached("runtime.deliver.before")
            self._deliver(row)
            reached("runtime.deliver.after")
        except Exception as problem:  # whatever the way out raises puts this delivery off and no other
            if storage_problem(problem) is not None:
                raise  # the lease ends, and it is tried again
            self._put_off(lease, describe(problem))
            return
        with self._runtime.db.begin() as tx:
            now = self._runtime.clock.now()
            reached("runtime.mark_delivered.before")
            outbox.mark_delivered(tx, outbox_id, now)
            reached("runtime.mark_delivered.after")
            write_rows(tx, sql.DELETE_JOB, [{"of_id": lease.job.id}])
            if lease.until <= to_microseconds(now):  # who took over may have failed for the last time meanwhile
                write_rows(tx, sql.DELETE_INCIDENT, [{"of_id": lease.job.id}])

    def _put_off(self, lease: Lease, problem: str) -> None:
        """A delivery that fails for ever leaves an incident that holds nothing but itself."""
        job = lease.job
        _log.warning("delivery.failed", job=job.id, problem=problem)
        reached("runtime.put_off_delivery.before")
        now = self._runtime.clock.now()
        left = max(0, job.retries_left - 1)
        with self._runtime.db.begin() as tx:
            if tx.run(sql.SELECT_LEASED, lease.row).fetchone() is None:
                return  # our lease had ended: somebody else has it by now, or has delivered it
            if left:
                put_off(tx, job, problem, now + wait(job.attempts, self._jitter), left=left, attempts=0)
            else:
                hold(tx, job, "delivery", problem, now)
