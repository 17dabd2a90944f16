"""The ticker: woken when something is due, one drain at a time, outliving whatever a tick meets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from apscheduler.schedulers.base import STATE_STOPPED

from engine.clock import SystemClock
from engine.connectors import JobContext
from engine.errors import StorageUnavailable
from engine.model import Variables
from engine.outbox import Message
from engine.runtime import Runtime
from engine.runtime.jobs import JobRunner
from engine.worker import Ticker, Worker
from tests.engine.runtime.test_poison import writes_a_message
from tests.engine.support import Engine
from tests.unit.bpmn.drawing import Drawing, duration

#: Longer than any test runs: what happens before the next poll happens by waking.
NEVER = timedelta(hours=1)
PATIENCE = 20.0


def works() -> Drawing:
    return Drawing("p").start().service("call").end().flow("start", "call", "end")


@pytest.fixture
def worker(engine: Engine) -> Iterator[Worker]:
    ticker = Worker(engine.runtime, deliver=engine.delivered.append, poll=NEVER)
    yield ticker
    ticker.stop()


class Gate:
    """A connector that says when it has begun, and waits until it may go on."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.inside = 0
        self.most = 0

    def __call__(self, _: JobContext) -> Variables:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.begun.release()
        assert self.go_on.acquire(timeout=PATIENCE)
        self.inside -= 1
        return {}


def waits_for(gate: Gate) -> None:
    assert gate.begun.acquire(timeout=PATIENCE)


def test_it_does_at_its_start_what_is_due(engine: Engine, worker: Worker) -> None:
    gate = engine.connectors["work"] = Gate()
    engine.deploy(works())
    engine.start()
    worker.start()
    waits_for(gate)
    gate.go_on.release()


def test_a_wake_up_while_it_drains_is_not_lost_and_no_two_drain_at_once(
    engine: Engine, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drain has just seen that nothing is due when something becomes due and wakes it."""
    empty, go_on, woken = threading.Event(), threading.Event(), threading.Event()
    run_due, running = JobRunner.run_due, []

    def watched(self: JobRunner, limit: int) -> int:
        running.append(1)
        assert len(running) == 1
        taken = run_due(self, limit)
        if taken == 0 and not empty.is_set():
            empty.set()
            assert go_on.wait(PATIENCE)
        running.pop()
        if taken:
            woken.set()
        return taken

    monkeypatch.setattr(JobRunner, "run_due", watched)
    engine.deploy(works())
    worker.start()
    worker.wake()
    assert empty.wait(PATIENCE)
    engine.start()
    for _ in range(5):
        worker.wake()
    go_on.set()
    assert woken.wait(PATIENCE)


def test_a_wake_up_is_for_jobs_alone_and_a_poll_looks_around(engine: Engine) -> None:
    """A wake-up comes with every completed task: it must not cost what all looks cost."""
    looked, gate = threading.Semaphore(0), Gate()
    looks: list[int] = []

    def look(_: Runtime) -> bool:
        looks.append(1)
        looked.release()
        return False

    engine.connectors["work"] = gate
    engine.deploy(works())
    worker = Worker(engine.runtime, deliver=engine.delivered.append, poll=NEVER, looks=[look])
    try:
        worker.start()
        assert looked.acquire(timeout=PATIENCE), "it looks around at its start"
        for _ in range(3):
            engine.start()
            worker.wake()
            gate.go_on.release()
            waits_for(gate)
        assert len(looks) == 1
        worker.drain()
        assert len(looks) == 2, "who asks for everything gets everything"
    finally:
        worker.stop()


def test_nobody_is_woken_for_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes with every completed task, and most of them make nothing due."""
    gate = engine.connectors["work"] = Gate()
    drawing = Drawing("p").start().catch("wait", duration("PT1M")).service("call").end()
    engine.deploy(drawing.flow("start", "wait", "call", "end"))
    ended = threading.Semaphore(0)
    tick = Worker._tick

    def counted(self: Worker, **how: bool) -> None:
        tick(self, **how)
        ended.release()

    monkeypatch.setattr(Worker, "_tick", counted)
    worker = Worker(engine.runtime, deliver=engine.delivered.append, poll=timedelta(seconds=30))
    try:
        worker.start()
        assert ended.acquire(timeout=PATIENCE), "it looks around at its start"
        engine.start()
        worker.wake()
        assert not ended.acquire(timeout=0.3), "the poll comes before the timer"
        engine.clock.advance(timedelta(minutes=1))
        worker.wake()
        waits_for(gate)
        gate.go_on.release()
        assert ended.acquire(timeout=PATIENCE)
    finally:
        worker.stop()


def test_where_it_cannot_be_seen_whether_something_is_due_the_worker_looks_itself(
    engine: Engine, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What woke it has been committed: its answer must not fail for a locked file."""
    gate, next_due = Gate(), JobRunner.next_due
    engine.connectors["work"] = gate
    engine.deploy(works())
    looked = threading.Event()

    def watched(self: JobRunner) -> object:
        try:
            return next_due(self)
        finally:
            looked.set()

    monkeypatch.setattr(JobRunner, "next_due", watched)
    worker.start()
    assert looked.wait(PATIENCE)

    def locked(self: JobRunner) -> None:
        monkeypatch.setattr(JobRunner, "next_due", next_due)
        raise StorageUnavailable

    monkeypatch.setattr(JobRunner, "next_due", locked)
    engine.start()
    worker.wake()
    waits_for(gate)
    gate.go_on.release()


def test_it_sleeps_until_the_next_job_is_due(engine: Engine, worker: Worker) -> None:
    gate = engine.connectors["work"] = Gate()
    drawing = Drawing("p").start().catch("wait", duration("PT1M")).service("call").end()
    engine.deploy(drawing.flow("start", "wait", "call", "end"))
    engine.start()
    engine.clock.advance(timedelta(minutes=1) - timedelta(milliseconds=20))
    worker.start()
    engine.clock.advance(timedelta(milliseconds=20))
    waits_for(gate)
    gate.go_on.release()


def test_a_tick_that_fails_does_not_end_the_ticking(
    engine: Engine, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = engine.connectors["work"] = Gate()
    engine.deploy(works())
    failed, run_due = threading.Event(), JobRunner.run_due

    def full(self: JobRunner, limit: int) -> int:
        monkeypatch.setattr(JobRunner, "run_due", run_due)
        failed.set()
        raise StorageUnavailable

    monkeypatch.setattr(JobRunner, "run_due", full)
    worker.start()
    assert failed.wait(PATIENCE)
    engine.start()
    worker.wake()
    waits_for(gate)
    gate.go_on.release()


def test_stopping_finishes_what_is_under_way_and_takes_nothing_new(engine: Engine, worker: Worker) -> None:
    gate = engine.connectors["work"] = Gate()
    engine.deploy(works())
    first, _ = engine.start(), engine.start()
    engine.clock.advance(timedelta(seconds=1))
    worker.start()
    waits_for(gate)
    late = engine.column("SELECT count(*) FROM job")
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    assert worker._stopping.wait(PATIENCE)
    gate.go_on.release(2)
    stopping.join(PATIENCE)
    assert not stopping.is_alive()
    assert late == [2]
    assert engine.column("SELECT key FROM process_instance WHERE status = 'completed'") == [first]
    worker.wake()
    assert worker.drain() == 0
    assert engine.count("job") == 1, "the second of the batch was not begun"
    assert gate.most == 1


def test_stopping_waits_for_the_message_at_hand_and_not_for_those_behind_it(engine: Engine) -> None:
    engine.connectors["work"] = writes_a_message
    engine.deploy(works())
    for _ in range(20):
        engine.start()
    assert JobRunner(engine.runtime, engine.delivered.append).run_due(50) == 20
    begun, go_on, left = threading.Event(), threading.Event(), []

    def deliver(message: Message) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)
        left.append(message)

    ticker = Worker(engine.runtime, deliver=deliver, poll=NEVER)
    ticker.start()
    assert begun.wait(PATIENCE)
    stopping = threading.Thread(target=ticker.stop)
    stopping.start()
    assert ticker._stopping.wait(PATIENCE)
    go_on.set()
    stopping.join(PATIENCE)
    assert not stopping.is_alive()
    assert len(left) == 1
    assert engine.worker.drain() == 19, "due at once, for whoever starts next"


def test_a_clock_that_moves_while_it_drains_makes_the_next_job_due_at_once(engine: Engine) -> None:
    def work(_: JobContext) -> Variables:
        engine.clock.advance(timedelta(hours=24))
        return {}

    engine.connectors["work"] = work
    drawing = Drawing("p").start().service("call").catch("wait", duration("PT24H")).service("again").end()
    engine.deploy(drawing.flow("start", "call", "wait", "again", "end"))
    engine.start()
    engine.clock.advance(timedelta(hours=1))
    assert engine.worker.drain() == 3
    assert engine.column("SELECT status FROM process_instance") == ["completed"]


def test_a_stop_while_a_wake_up_is_taken_ends_no_thread_with_an_error() -> None:
    taken, stopped = threading.Event(), threading.Event()

    class StoppedInBetween(Ticker):
        def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
            taken.set()
            assert stopped.wait(20)  # the stop has set its state by now, and waits for the store
            super().remove_job(job_id, jobstore)

    scheduler = StoppedInBetween()
    scheduler.add_job(lambda: None, id="wake")
    scheduler.start()
    assert taken.wait(20)
    stop = threading.Thread(target=scheduler.shutdown)
    stop.start()
    while scheduler.state != STATE_STOPPED:
        stop.join(0.01)
    stopped.set()
    stop.join(20)
    assert not stop.is_alive()


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-20_000)])
def test_a_clock_that_is_set_neither_ends_the_ticking_nor_makes_up_for_polls_that_never_were(
    engine: Engine, jump: timedelta
) -> None:
    """APScheduler plans by the machine's clock: set back a day, its plans lie a day ahead; set from 1970, behind."""
    gate = engine.connectors["work"] = Gate()
    engine.deploy(works())
    ticker = Worker(engine.runtime, deliver=engine.delivered.append, poll=timedelta(seconds=0.2))
    ticker.start()
    scheduler = ticker._scheduler
    assert scheduler is not None
    try:
        scheduler.modify_job("poll", next_run_time=SystemClock().now() + jump)
        engine.start()
        waits_for(gate)
        gate.go_on.release()
    finally:
        ticker.stop()
