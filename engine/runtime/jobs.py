"""Does due jobs: timers fire, connectors work, messages and signals reach others; failures are retried, then incidents.

A batch is one transaction. A job that fails in it is undone alone and put off in a transaction of its own. One in which
the program ends is found by a note (see ``in_hand``), done alone behind the others, and in the end held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, TypeAlias

import structlog

from engine import bpmn, canonical, outbox
from engine.clock import instant_or_none, to_microseconds
from engine.connectors import BpmnError, JobContext
from engine.errors import EngineError, JobFailed, StaleInstance
from engine.failpoints import reached
from engine.model import (
    BEHIND_JOBS,
    LASTING_JOBS,
    SYSTEM,
    Command,
    CompleteJob,
    Facts,
    FailJob,
    FireTimer,
    JobKind,
    ThrowError,
)
from engine.outbox import Wanted
from engine.runtime.addressees import wanted_of
from engine.runtime.alarms import sound
from engine.runtime.cascade import Cascade
from engine.runtime.deliveries import Deliveries, Lease, was_cut_off
from engine.runtime.failures import Jitter, describe, hold, put_off, random_jitter, wait
from engine.runtime.in_hand import MAX_DEATHS, Note, Notes
from engine.runtime.opening import open_case
from engine.runtime.post import deliver
from engine.runtime.raising import raise_cases
from engine.runtime.runtime import Runtime
from engine.runtime.thrown import POSTED, Posted
from engine.store import due_jobs, sql
from engine.store.database import Transaction, storage_problem
from engine.store.instances import InstanceRow, JobRow, instances_of, job_of
from engine.store.suspension import STEPPING
from engine.store.writes import HELD, write_rows

_log = structlog.get_logger(__name__)
#: An alarm that fails is tried every two hours in the end.
_SLOWEST: Final = 6
#: Does what a connector has left behind; it deletes the job, and finishes nothing.
Behind: TypeAlias = Callable[[Cascade, JobRow], None]
_BEHIND: Final[Mapping[JobKind, Behind]] = {JobKind.RAISE: raise_cases, JobKind.OPEN: open_case}
#: A job, with its instance and that one's parent by key.
_Read: TypeAlias = tuple[JobRow, dict[int, InstanceRow]]


@dataclass(slots=True)
class _Batch:
    """What came of a batch."""

    taken: int = 0
    failed: list[_Failed] = field(default_factory=list)
    leases: list[Lease] = field(default_factory=list)
    #: Those in which the program may have ended.
    suspects: list[JobRow] = field(default_factory=list)


class JobRunner:
    """Does the jobs of one database."""

    def __init__(
        self,
        runtime: Runtime,
        deliver: outbox.Delivery,
        *,
        jitter: Jitter = random_jitter,
        stopping: Callable[[], bool] = lambda: False,
        behind: Mapping[JobKind, Behind] | None = None,
    ) -> None:
        """``stopping`` is asked between jobs and between deliveries: when it says so, no more are begun.

        ``behind``: who does those of BEHIND_JOBS that the layers above do.
        """
        self._runtime = runtime
        self._deliveries = Deliveries(runtime, deliver, jitter)
        self._jitter = jitter
        self._stopping = stopping
        self._behind = {**_BEHIND, **(behind or {})}
        self._notes = Notes(runtime.db.file)

    def next_due(self) -> datetime | None:
        """When the next job falls due; None when there is none, or incidents hold them all."""
        with self._runtime.db.read() as connection:
            due = connection.exec_driver_sql(due_jobs.SELECT_NEXT_DUE.sql, {"held": HELD}).scalar()
        return instant_or_none(due)

    def forget_messages(self) -> None:
        """Delete messages that nobody took in their time; those with an id stay, to know repetitions by."""
        with self._runtime.db.begin() as tx:
            tx.run(sql.DELETE_EXPIRED_MESSAGES, {"now": to_microseconds(self._runtime.clock.now())})
            reached("runtime.forget_messages.after")

    def run_due(self, limit: int) -> int:
        """Do up to ``limit`` due jobs, one a case; gives how many were taken. Zero: nothing is due, or stop."""
        batch = _Batch()
        try:
            self._run_batch(batch, limit)
        except _Failed as alone:
            batch.taken, batch.failed = 1, [alone]
        for failed in batch.failed:
            self._put_off(failed.job, failed.problem)
        self._deliveries.send_all(batch.leases, self._stopping)
        for job in batch.suspects:
            if self._stopping():
                break
            self._run_suspect(job)
            batch.taken += 1
        return batch.taken

    def _run_batch(self, batch: _Batch, limit: int) -> None:
        with self._runtime.db.begin() as tx, self._notes.opened() as note:
            now = self._runtime.clock.now()
            addressed = self._runtime.definitions.addressing.by_customer
            due = due_jobs.SELECT_DUE_JOBS_ADDRESSED if addressed else due_jobs.SELECT_DUE_JOBS
            found = tx.run(due, {"now": to_microseconds(now), "limit": limit}).fetchall()
            wanted = wanted_of(found) if addressed else {}
            jobs = _unsuspected(_one_a_case(found), note, batch)
            if len({row[0] for row in found}) < limit:
                note.forget_all_but(job_of(row) for row in found)
            note.take([job for job, _ in jobs if job.kind != JobKind.DELIVERY])
            touched: set[int] = set()
            for job, read in jobs:
                if self._stopping():
                    break
                batch.taken += 1
                if job.kind == JobKind.DELIVERY:
                    batch.leases.append(self._deliveries.lease(tx, job))
                    continue
                # An earlier job of this batch may have stepped an instance by a message: its row is read again then.
                rows = read if touched.isdisjoint(read) else {}
                try:
                    with tx.savepoint() if len(jobs) > 1 else nullcontext():
                        touched |= self._try(tx, job, rows, now, wanted.get(job.id))
                except _Failed as failed:
                    if len(jobs) == 1:
                        raise
                    batch.failed.append(failed)

    def _run_suspect(self, job: JobRow) -> None:
        """Do a job alone, in which the program may have ended; hold it when that has happened too often."""
        if job.kind == JobKind.DELIVERY:
            self._deliveries.send_alone(job)
            return
        try:
            with self._runtime.db.begin() as tx, self._notes.opened() as note:
                found = tx.run(due_jobs.SELECT_JOB, {"id": job.id}).fetchall()
                if not found or not _is_as_taken(job_of(found[0]), job):
                    return
                now = self._runtime.clock.now()
                if (deaths := note.deaths(job) or 0) >= MAX_DEATHS:
                    text = f"the program has ended {deaths} times while this job alone was in hand"
                    _log.error("job.ends_the_program", job=job.id, type=job.type, element=job.element)
                    if job.kind == JobKind.ALARM:  # no incident outlives its task
                        write_rows(tx, sql.DELETE_JOB, [{"of_id": job.id}])
                    else:
                        hold(tx, job, "job", text, now)
                    return
                note.take([job])
                self._try(tx, job, instances_of(found), now)
        except _Failed as failed:
            self._put_off(job, failed.problem)

    # -- one job ----------------------------------------------------------------------------------

    def _try(
        self, tx: Transaction, job: JobRow, rows: dict[int, InstanceRow], now: datetime, wanted: Wanted | None = None
    ) -> set[int]:
        """Do one job; gives the keys of the instances that it stepped.

        Raises:
            _Failed: whatever a connector raised; it becomes a retry, then an incident.
        """
        try:
            return self._run(tx, job, rows, now, wanted)
        except StaleInstance:
            raise
        except Exception as problem:  # whatever a connector raises
            if storage_problem(problem) is not None:
                raise  # a full disk says nothing about the job: it stays due
            raise _Failed(job, problem) from problem

    def _run(
        self, tx: Transaction, job: JobRow, rows: dict[int, InstanceRow], now: datetime, wanted: Wanted | None
    ) -> set[int]:
        posted = Posted.of(job) if job.kind in POSTED else None
        cascade = self._runtime.cascade(tx, SYSTEM if posted is None else posted.actor, now, rows)
        if posted is not None:
            deliver(cascade, job, posted)
        elif job.kind in LASTING_JOBS:
            self._leave_to(JobKind(job.kind))(cascade, job)
        elif job.instance is None:
            raise JobFailed(f"a {job.kind} job belongs to no instance")
        elif job.kind == JobKind.TIMER:
            cascade.run(job.instance, FireTimer(id=job.id))
        elif job.kind == JobKind.ALARM:
            sound(cascade, job)
        elif job.kind in BEHIND_JOBS:
            self._leave_to(JobKind(job.kind))(cascade, job)
        else:
            self._work(cascade, job, cascade.instance(job.instance), wanted)
        cascade.finish()
        return set(cascade.writes.instances)

    def _leave_to(self, kind: JobKind) -> Behind:
        if kind not in self._behind:
            raise JobFailed(f"nobody here does jobs of the kind {kind.value}")
        return self._behind[kind]

    def _work(self, cascade: Cascade, job: JobRow, row: InstanceRow, wanted: Wanted | None) -> None:
        connector = self._runtime.connectors.get(job.type)
        if connector is None:
            raise JobFailed(f"there is no connector for the job type {job.type!r}")
        context = self._context(cascade, job, row, wanted)
        try:
            result = connector(context)
        except BpmnError as error:
            command: Command = ThrowError(id=job.id, error_code=error.error_code, variables=error.variables)
        else:
            command = CompleteJob(id=job.id, variables=result)
        cascade.run(row.key, command, tuple(context.notes))
        for added in context.jobs:
            cascade.writes.add(sql.INSERT_JOB, added["id"], added)

    def _context(self, cascade: Cascade, job: JobRow, row: InstanceRow, wanted: Wanted | None) -> JobContext:
        deployed = self._runtime.definitions.get(row.definition)
        facts = Facts(now=cascade.now, case=row.case_facts())
        payload = canonical.decode(job.payload)
        return JobContext(
            tx=cascade.tx,
            now=cascade.now,
            job_id=job.id,
            instance_key=row.key,
            case_id=row.case_id,
            element=job.element or "",
            type=job.type,
            headers=payload["headers"],
            inputs=payload["variables"],
            variables=bpmn.variables_of(deployed.definition, row.state_value, facts, job.id),
            deployed=deployed,
            definitions=self._runtime.definitions,
            case=facts.case,
            wanted=wanted,
        )

    # -- failures ---------------------------------------------------------------------------------

    def _put_off(self, job: JobRow, problem: Exception) -> None:
        """Try again later, or leave an incident; a job that is over or held by now needs neither."""
        text = describe(problem)
        _log.warning("job.failed", job=job.id, type=job.type, element=job.element, problem=text)
        reached("runtime.put_off.before")
        with self._runtime.db.begin() as tx, self._notes.opened() as note:
            found = tx.run(due_jobs.SELECT_JOB, {"id": job.id}).fetchall()
            if not found or not _is_as_taken(job_of(found[0]), job):
                return
            note.take([job])  # to tell its instance of the failure may end the program, too
            now = self._runtime.clock.now()
            # What the engine itself refuses (a diagram that runs for ever, an error nobody catches) stays refused.
            hopeless = isinstance(problem, EngineError) and not isinstance(problem, JobFailed)
            left = 0 if hopeless or job.kind == JobKind.TIMER else max(0, job.retries_left - 1)
            retry_at = now + wait(job.attempts, self._jitter)
            if job.kind in (JobKind.ALARM, *LASTING_JOBS):  # people rely on it: it is tried for as long as it is there
                put_off(tx, job, text, now + wait(min(job.attempts, _SLOWEST), self._jitter), left=left + 1, attempts=1)
                return
            if job.instance is None or job.kind in (*POSTED, *BEHIND_JOBS):  # no instance knows of it
                if left:
                    put_off(tx, job, text, retry_at, left=left, attempts=1)
                    return
                told = False
            else:
                command = FailJob(id=job.id, problem=text, retries_left=left, retry_at=retry_at if left else None)
                told = self._fail(tx, job.instance, command, instances_of(found), now)
            if not told:
                hold(tx, job, "job", text, now)

    def _fail(self, tx: Transaction, key: int, command: FailJob, rows: dict[int, InstanceRow], now: datetime) -> bool:
        """Tell the instance; False when it does not know the job, or cannot even be told."""
        cascade = self._runtime.cascade(tx, SYSTEM, now, rows)
        try:
            with tx.savepoint():
                cascade.run(key, command)
                cascade.finish()
        except Exception as problem:  # an instance that cannot even be told must not stop the others' jobs
            if storage_problem(problem) is not None:
                raise
            _log.warning("job.failure_refused", job=command.id, instance=key, problem=str(problem)[:2000])
            return False
        return True


class _Failed(Exception):
    """A job failed, and is to be undone."""

    def __init__(self, job: JobRow, problem: Exception) -> None:
        super().__init__(str(problem))
        self.job = job
        self.problem = problem


def _is_as_taken(now: JobRow, taken: JobRow) -> bool:
    """Whether nobody has tried, held or suspended a job since it was taken."""
    return (now.attempts, now.due_at) == (taken.attempts, taken.due_at)


def _unsuspected(jobs: list[_Read], note: Note, batch: _Batch) -> list[_Read]:
    """Those that may be done together; puts the others into the batch's suspects, the less suspicious first."""
    deaths = {job.id: 0 if was_cut_off(job) else note.deaths(job) for job, _ in jobs}
    suspects = [(count, job) for job, _ in jobs if (count := deaths[job.id]) is not None]
    batch.suspects = [job for _, job in sorted(suspects, key=itemgetter(0))]
    return [read for read in jobs if deaths[read[0].id] is None]


def _one_a_case(found: Sequence[Sequence[Any]]) -> list[_Read]:
    """Jobs of different call trees, each with its instance and that one's parent; what leaves a case is not of it."""
    chosen: dict[object, tuple[JobRow, list[Sequence[Any]]]] = {}
    for row in found:
        job = job_of(row)
        place = (job.case_id, "case") if job.kind in STEPPING else job.id
        if place not in chosen:
            chosen[place] = (job, [row])
        elif chosen[place][0].id == job.id:
            chosen[place][1].append(row)
    return [(job, instances_of(rows)) for job, rows in chosen.values()]
