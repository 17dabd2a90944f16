"""Does what is due. The job table is the truth about it; APScheduler only wakes us.

Any number of wake-ups is right: a drain takes what is due until nothing is, and what another process has done by then
is not due any more.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Final, TypeAlias

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from engine import (
    attachments,
    audit,
    collaboration,
    customers,
    drafts,
    duties,
    inspection,
    kpi,
    outbox,
    ownership,
    quality,
    retention,
    search,
)
from engine.clock import SystemClock
from engine.errors import StorageUnavailable
from engine.failpoints import reached
from engine.inspection import policy
from engine.model import JobKind
from engine.runtime import Runtime
from engine.runtime.jobs import Behind, JobRunner

_log = structlog.get_logger(__name__)
_DEFAULTS: Final = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
#: A wake-up that comes while the one before still drains waits behind it; with one instance it would be dropped.
#: There is one thread, so that no two ever drain at once.
_QUEUED: Final = {"replace_existing": True, "max_instances": 2}
_BATCH: Final = 50
_CLEANING: Final = timedelta(hours=1)

#: Jobs that the layers above the runtime do: what connectors leave behind the commit, and starts by schedule.
_BEHIND: Final[Mapping[JobKind, Behind]] = {
    JobKind.TRANSFER: ownership.hand_over,
    JobKind.TARGET: kpi.enter_target,
    JobKind.START: duties.start_due,
}

#: Does what has become due by the runtime's clock and is no job: with every poll, in any number of processes, so it
#: must be quick when nothing is due, and do nothing twice. Gives whether it has made jobs. A wake-up is for jobs alone:
#: one comes with every completed task.
Look: TypeAlias = Callable[[Runtime], bool]


def periodic(signing_key: Path | None = None) -> tuple[Look, ...]:
    """The looks of a worker; what they remember of their last one is theirs.

    ``signing_key``: the file of the key that signs the log's heads; None: beside the database.
    """
    return (
        search.look,
        inspection.look,
        policy.look,
        inspection.watch_findings,
        customers.KeepingUp(),
        collaboration.DefaultPromises(),
        collaboration.watch_promises,
        collaboration.watch_inquiries,
        collaboration.watch_exceptions,
        collaboration.SilentCases(),
        collaboration.FollowUps(),
        ownership.look,
        quality.Look(),
        retention.Look(),
        audit.Sealing(signing_key),
        audit.NightlyReExecution(),
    )


class Ticker(BackgroundScheduler):  # type: ignore[misc]  # APScheduler has no types
    """Forgets a wake-up that is gone already.

    Stopped while it takes a wake-up, APScheduler no longer finds it to remove it, and its thread ends with that error.
    Nor is it led astray when somebody sets the machine's clock: APScheduler plans by it, and would sleep until it has
    come back to where it stood, or make up for every poll that it never had.
    """

    #: Nothing is planned further ahead; real seconds count.
    farthest: timedelta = timedelta(hours=1)

    def _process_jobs(self) -> float:
        now = SystemClock().now()
        for job in self.get_jobs():
            if abs(job.next_run_time - now) > self.farthest:
                with suppress(JobLookupError):  # stopped meanwhile
                    job.modify(next_run_time=now)
        wait: float | None = super()._process_jobs()
        longest = self.farthest.total_seconds()
        return longest if wait is None else min(wait, longest)

    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        """Remove a wake-up, if it is there."""
        with suppress(JobLookupError):
            super().remove_job(job_id, jobstore)


class Pulse:
    """What can be told of a worker from outside: real seconds count, whatever its clock says."""

    #: Who has not looked at the job table for so many seconds stands still.
    longest: Final = 60.0

    def __init__(self, poll: timedelta) -> None:
        #: So often it has begun to look at the job table, and so often the look or the post ended in an error.
        self.looks, self.failures, self.post_failures = 0, 0, 0
        self._limit = max(self.longest, 2 * poll.total_seconds())
        self._last: float | None = None

    def beat(self) -> None:
        """It has looked, and lives."""
        self._last = monotonic()

    def age(self) -> float | None:
        """Seconds since it looked; None: it never has."""
        last = self._last
        return None if last is None else monotonic() - last

    def is_beating(self) -> bool:
        """Whether it looked within the last minute, or two polls where that is longer."""
        age = self.age()
        return age is not None and age <= self._limit


class Worker:
    """Runs due jobs of one database, in a thread of its own once started."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        deliver: outbox.Delivery,
        poll: timedelta = timedelta(seconds=5),
        looks: Iterable[Look] | None = None,
        post: Callable[[], object] | None = None,
    ) -> None:
        """``looks``: None for those of ``periodic``; ``post`` may be slow and has a thread of its own."""
        self._runtime = runtime
        self._post = post
        self._looks = periodic() if looks is None else tuple(looks)
        self._stopping = threading.Event()
        self._runner = JobRunner(runtime, deliver, stopping=self._stopping.is_set, behind=_BEHIND)
        self._poll = poll
        self._scheduler: Ticker | None = None
        self._draining = threading.Lock()
        #: A wake-up is on its way and has not begun to look yet: another one would see nothing more.
        self._woken = threading.Event()
        self._cleaned_at: datetime | None = None
        self.pulse = Pulse(poll)

    def start(self) -> None:
        """Begin to tick: at once, at the next due time, and every poll interval as a net."""
        self._stopping.clear()
        self._woken.clear()
        scheduler = Ticker(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1), "post": ThreadPoolExecutor(1)},
            job_defaults=_DEFAULTS,
            timezone=UTC,
        )
        scheduler.farthest = self._poll
        every = self._poll.total_seconds()
        scheduler.add_job(self._tick, "interval", seconds=every, id="poll", kwargs={"looks": True})
        scheduler.add_job(self._tick, id="begin", kwargs={"looks": True}, **_QUEUED)
        if self._post is not None:
            scheduler.add_job(self._send_post, "interval", seconds=every, id="post", executor="post")
        self._scheduler = scheduler  # before the first tick, which asks it to be woken again
        scheduler.start()

    def wake(self) -> None:
        """See that what may have become due is done: now, or when the time comes if that is before the next poll."""
        scheduler = self._scheduler
        if scheduler is None or self._stopping.is_set() or self._woken.is_set() or not self._is_needed():
            return
        self._woken.set()
        scheduler.add_job(self._tick, id="wake", **_QUEUED)

    def _is_needed(self) -> bool:
        """Whether something falls due before the next poll: one look, which takes a tenth of a wake-up for nothing."""
        try:
            due = self._runner.next_due()
        except StorageUnavailable:  # what the caller has done is done: whoever is woken finds out what is the matter
            return True
        return due is not None and due < self._runtime.clock.now() + self._poll

    def stop(self) -> None:
        """Begin no more jobs and deliveries, finish the one at hand, then return."""
        self._stopping.set()
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown(wait=True)

    def drain(self, *, looks: bool = True) -> int:
        """Do all that is due, in the caller's thread, or jobs alone; gives how many jobs were taken."""
        with self._draining:
            self.pulse.looks += 1
            reached("worker.drain.before")
            self._runtime.definitions.refresh()
            self._clean()
            taken = self._run_due()
            more, failed = self._look_around() if looks else (False, None)
            if more:
                taken += self._run_due()
            reached("worker.drain.after")
        if failed is not None:
            raise failed
        return taken

    def _run_due(self) -> int:
        taken = 0
        while not self._stopping.is_set():
            reached("worker.batch.before")
            batch = self._runner.run_due(_BATCH)
            self.pulse.beat()
            if batch == 0:
                break
            reached("worker.batch.after")
            taken += batch
        return taken

    def _look_around(self) -> tuple[bool, Exception | None]:
        """Let each look do its part: whether one made jobs, and what the first that failed raised.

        One that fails keeps none of the others from their turn.
        """
        more, first = False, None
        for look in self._looks:
            if self._stopping.is_set():
                break
            try:
                more = look(self._runtime) or more
                self.pulse.beat()  # one may be long
            except Exception as problem:  # noqa: BLE001  raised when the others have had their turn
                _log.exception("worker.look_failed", look=getattr(look, "__qualname__", type(look).__qualname__))
                first = first or problem
        return more, first

    def _clean(self) -> None:
        """Once an hour, what nobody can take any more goes."""
        now = self._runtime.clock.now()
        if self._cleaned_at is None or not timedelta(0) <= now - self._cleaned_at < _CLEANING:
            self._runner.forget_messages()
            drafts.sweep(self._runtime.db, now=now)  # before the files, which drafts hold
            attachments.sweep(self._runtime.db, now=now)
            self._cleaned_at = now

    def _send_post(self) -> None:
        try:
            if self._post is not None and not self._stopping.is_set():
                self._post()
        except Exception:  # noqa: BLE001  as of a tick
            self.pulse.post_failures += 1
            _log.exception("worker.post_failed")

    def _tick(self, *, looks: bool = False) -> None:
        self._woken.clear()  # before it looks: what becomes due from now on may need another one
        try:
            self.drain(looks=looks)
            self._sleep_until_due()
        except Exception:  # noqa: BLE001  the ticker must outlive a full disk or a locked file; the poll tries again
            self.pulse.failures += 1
            _log.exception("worker.failed")

    def _sleep_until_due(self) -> None:
        """Ask to be woken when the next job falls due, if that is before the next poll."""
        scheduler = self._scheduler
        due = self._runner.next_due()
        if scheduler is None or due is None or self._stopping.is_set():
            return
        wait = max(due - self._runtime.clock.now(), timedelta(0))  # it may have become due since we looked
        if wait < self._poll:
            # With a virtual clock real time says nothing about due times; who moves it calls wake().
            at: datetime = SystemClock().now() + wait
            scheduler.add_job(self._tick, "date", run_date=at, id="due", **_QUEUED)
