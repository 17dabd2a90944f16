"""Does due jobs: timers fire, connectors work, messages and signals reach others; failures are retried, then incidents.

A batch is one transaction. A job that fails in it is undone alone and put off in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from engine import bpmn, canonical, outbox
from engine.clock import from_microseconds, to_microseconds
from engine.connectors import BpmnError, JobContext
from engine.errors import EngineError, JobFailed, StaleInstance
from engine.failpoints import reached
from engine.model import SYSTEM, Command, CompleteJob, Facts, FailJob, FireTimer, JobKind, ThrowError
from engine.runtime.cascade import Cascade
from engine.runtime.deliveries import Deliveries
from engine.runtime.failures import Jitter, describe, hold, put_off, random_jitter, wait
from engine.runtime.post import deliver
from engine.runtime.runtime import Runtime
from engine.runtime.thrown import POSTED, Posted
from engine.store import sql
from engine.store.database import Transaction, storage_problem
from engine.store.instances import InstanceRow, JobRow, instances_of, job_of
from engine.store.suspension import STEPPING, SUSPEND_JOBS
from engine.store.writes import HELD

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Batch:
    """What came of a batch."""

    #: (job, what went wrong).
    failed: list[tuple[JobRow, Exception]] = field(default_factory=list)
    deliveries: list[JobRow] = field(default_factory=list)


class JobRunner:
    """Does the jobs of one database."""

    def __init__(self, runtime: Runtime, deliver: outbox.Delivery, *, jitter: Jitter = random_jitter) -> None:
        self._runtime = runtime
        self._deliveries = Deliveries(runtime, deliver, jitter)
        self._jitter = jitter

    def next_due(self) -> datetime | None:
        """When the next job falls due; None when there is none, or incidents hold them all."""
        with self._runtime.db.read() as connection:
            due = connection.exec_driver_sql(sql.SELECT_NEXT_DUE.sql, {"held": HELD}).scalar()
        return None if due is None else from_microseconds(due)

    def forget_messages(self) -> None:
        """Delete messages that nobody took in their time; those with an id stay, to know repetitions by."""
        with self._runtime.db.begin() as tx:
            tx.run(sql.DELETE_EXPIRED_MESSAGES, {"now": to_microseconds(self._runtime.clock.now())})
            reached("runtime.forget_messages.after")

    def run_due(self, limit: int) -> int:
        """Do up to ``limit`` due jobs, one a case; gives how many were taken. Zero: nothing is due."""
        try:
            taken, batch = self._run_batch(limit)
        except _Alone as alone:
            taken, batch = 1, _Batch(failed=[(alone.job, alone.problem)])
        for job, problem in batch.failed:
            self._put_off(job, problem)
        for job in batch.deliveries:
            self._deliveries.send(job)
        return taken

    def _run_batch(self, limit: int) -> tuple[int, _Batch]:
        batch = _Batch()
        with self._runtime.db.begin() as tx:
            now = self._runtime.clock.now()
            found = tx.run(sql.SELECT_DUE_JOBS, {"now": to_microseconds(now), "limit": limit}).fetchall()
            jobs = _one_a_case(found)
            touched: set[int] = set()
            for job, read in jobs:
                # An earlier job of this batch may have stepped an instance by a message: its row is read again then.
                rows = read if touched.isdisjoint(read) else {}
                if job.kind == JobKind.DELIVERY:
                    self._deliveries.lease(tx, job, now)
                    batch.deliveries.append(job)
                    continue
                try:
                    with tx.savepoint() if len(jobs) > 1 else nullcontext():
                        touched |= self._run(tx, job, rows, now)
                except StaleInstance:
                    raise
                except Exception as problem:  # whatever a connector raises becomes a retry, then an incident
                    if storage_problem(problem) is not None:
                        raise  # a full disk says nothing about the job: it stays due
                    if len(jobs) == 1:
                        raise _Alone(job, problem) from problem
                    batch.failed.append((job, problem))
        return len(jobs), batch

    # -- one job ----------------------------------------------------------------------------------

    def _run(self, tx: Transaction, job: JobRow, rows: dict[int, InstanceRow], now: datetime) -> set[int]:
        """Do one job; gives the keys of the instances that it stepped."""
        posted = Posted.of(job) if job.kind in POSTED else None
        cascade = self._runtime.cascade(tx, SYSTEM if posted is None else posted.actor, now, rows)
        if job.kind in STEPPING and job.instance is not None and cascade.instance(job.instance).suspended:
            tx.run(SUSPEND_JOBS, {"case_id": job.case_id})  # it came about after the case was suspended
            return set()
        if posted is not None:
            deliver(cascade, job, posted)
        elif job.instance is None:
            raise JobFailed(f"a {job.kind} job belongs to no instance")
        elif job.kind == JobKind.TIMER:
            cascade.run(job.instance, FireTimer(id=job.id))
        else:
            self._work(cascade, job, cascade.instance(job.instance))
        cascade.finish()
        return set(cascade.writes.instances)

    def _work(self, cascade: Cascade, job: JobRow, row: InstanceRow) -> None:
        connector = self._runtime.connectors.get(job.type)
        if connector is None:
            raise JobFailed(f"there is no connector for the job type {job.type!r}")
        context = self._context(cascade, job, row)
        try:
            result = connector(context)
        except BpmnError as error:
            command: Command = ThrowError(id=job.id, error_code=error.error_code, variables=error.variables)
        else:
            command = CompleteJob(id=job.id, variables=result)
        cascade.run(row.key, command, tuple(context.notes))
        for added in context.jobs:
            cascade.writes.add(sql.INSERT_JOB, added["id"], added)

    def _context(self, cascade: Cascade, job: JobRow, row: InstanceRow) -> JobContext:
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
            variables=bpmn.variables_of(deployed.definition, row.state_value, facts, job.id),
            deployed=deployed,
            definitions=self._runtime.definitions,
            case=facts.case,
        )

    # -- failures ---------------------------------------------------------------------------------

    def _put_off(self, job: JobRow, problem: Exception) -> None:
        """Try again later, or leave an incident; a job that is over or held by now needs neither."""
        text = describe(problem)
        _log.warning("job.failed", job=job.id, type=job.type, element=job.element, problem=text)
        reached("runtime.put_off.before")
        with self._runtime.db.begin() as tx:
            found = tx.run(sql.SELECT_JOB, {"id": job.id}).fetchall()
            if not found or not _is_as_taken(job_of(found[0]), job):
                return
            now = self._runtime.clock.now()
            # What the engine itself refuses (a diagram that runs for ever, an error nobody catches) stays refused.
            hopeless = isinstance(problem, EngineError) and not isinstance(problem, JobFailed)
            left = 0 if hopeless or job.kind == JobKind.TIMER else max(0, job.retries_left - 1)
            retry_at = now + wait(job.attempts, self._jitter)
            if job.instance is None or job.kind in POSTED:  # no instance knows of it
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


class _Alone(Exception):
    """The only job of a batch failed."""

    def __init__(self, job: JobRow, problem: Exception) -> None:
        super().__init__(str(problem))
        self.job = job
        self.problem = problem


def _is_as_taken(now: JobRow, taken: JobRow) -> bool:
    """Whether nobody has tried, held or suspended a job since it was taken."""
    return (now.attempts, now.due_at) == (taken.attempts, taken.due_at)


def _one_a_case(found: Sequence[Sequence[Any]]) -> list[tuple[JobRow, dict[int, InstanceRow]]]:
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
