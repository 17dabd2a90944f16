"""A process killed for real, at any moment: what was answered is kept, what was not leaves no half step."""

from __future__ import annotations

import logging
import random
import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from engine import failpoints
from engine.clock import VirtualClock, from_microseconds, to_microseconds
from engine.errors import EngineError
from engine.model import SYSTEM, Actor
from engine.outbox import Spool
from engine.runtime.jobs import JobRunner
from engine.store.database import Database
from engine.store.writes import HELD
from engine.worker import Worker
from tests.conftest import FRIDAY_9AM
from tests.engine.runtime.test_poison import writes_a_message
from tests.engine.support import LI, Engine
from tests.faults.children import KILLED, Child, Mouth
from tests.faults.invariants import unlike_their_commands, violations
from tests.faults.outcome import lines, spooled
from tests.unit.bpmn.drawing import Drawing, duration

AGENTS = tuple(Actor(id=f"agent{number}", groups=frozenset({"aftersales"})) for number in range(4))


def loop() -> Drawing:
    """A user task with a timer beside it, a job, a message to somebody and a called process, for ever."""
    drawing = Drawing("p").start().gateway("again").user("ask").service("job").service("tell", "tell")
    drawing.boundary("tm", "ask", duration("PT1M"), interrupting=False).end("end_tm").flow("tm", "end_tm")
    drawing.call("sub", "inner", propagateAllParentVariables="true", propagateAllChildVariables="true")
    return drawing.flow("start", "again", "ask", "job", "tell", "sub", "again")


def inner() -> Drawing:
    """What it calls."""
    return Drawing("inner").start().service("work").end().flow("start", "work", "end")


def engine_on(url: str) -> Engine:
    """An engine that goes on where time stood."""
    clock = VirtualClock(FRIDAY_9AM)
    engine = Engine(Database.open(url), clock, {"tell": writes_a_message})
    (latest,) = engine.column("SELECT max(at) FROM history_event")
    if latest is not None:
        clock.advance(timedelta(microseconds=int(str(latest)) - to_microseconds(FRIDAY_9AM)))
    return engine


# --- a desk under load -----------------------------------------------------------------------------


def press(engine: Engine, mouth: Mouth, turn: threading.Lock, agent: Actor, chance: random.Random) -> None:
    """An agent who completes open tasks for ever, and says which, after the answer."""
    while True:
        for task in chance.sample(tasks := engine.tasks(), min(2, len(tasks))):
            try:
                if chance.random() < 0.3:
                    engine.runtime.claim(task, agent)
                engine.runtime.complete(task, {"by": agent.id}, agent, submission_key=f"{agent.id}-{task}")
            except EngineError:
                continue  # somebody else was faster
            with turn:
                mouth.send(task)
        engine.clock.advance(timedelta(seconds=1))


def work_for_ever(mouth: Mouth, url: str, spool: Path, seed: int) -> None:
    """In a process of its own: four agents, a worker with its ticker, and one who starts cases."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it polls more often than it has done
    engine, turn = engine_on(url), threading.Lock()
    worker = Worker(engine.runtime, deliver=Spool(spool), poll=timedelta(seconds=0.05))
    worker.start()
    for number, agent in enumerate(AGENTS):
        chance = random.Random(seed * 10 + number)
        threading.Thread(target=press, args=(engine, mouth, turn, agent, chance), daemon=True).start()
    threading.Event().wait()


def kill_again_and_again(url: str, folder: Path, times: int, seed: int) -> list[int]:
    """Let the desk work and kill it, a few hundred milliseconds after its first answer; gives what was answered."""
    chance, answered = random.Random(seed), []
    for number in range(times):
        child = Child(work_for_ever, url, folder / "outbox", seed + number)
        assert child.hears(60)
        answered.append(child.hear())
        threading.Event().wait(chance.uniform(0.0, 0.3))
        child.kill()
        answered += child.told()
        assert child.end() == KILLED
    return answered


@pytest.mark.parametrize(
    "times", [8, pytest.param(100, marks=[pytest.mark.faults, pytest.mark.timeout(600)])], ids=["short", "long"]
)
def test_a_desk_that_is_killed_again_and_again_keeps_every_answer(
    database_url: str, tmp_path: Path, times: int
) -> None:
    engine = engine_on(database_url)
    engine.deploy(loop(), inner())
    keys = [engine.start() for _ in range(8)]
    engine.db.close()
    answered = kill_again_and_again(database_url, tmp_path, times, seed=7)
    engine = engine_on(database_url)
    completed = engine.column("SELECT id FROM user_task WHERE status = 'completed'")
    assert len(answered) == len(set(answered)) > 2 * times
    assert set(answered) <= set(completed)
    assert len(completed) - len(answered) <= times * len(AGENTS), "at most those in flight at each kill"
    assert not violations(engine.db, answered=answered)
    settle(engine, tmp_path)
    assert not violations(engine.db, answered=answered, now=to_microseconds(engine.clock.now()))
    assert not unlike_their_commands(engine.db, map(str, keys))
    left = engine.column("SELECT id FROM outbox")
    assert set(spooled(tmp_path)) == {f"outbox:{key}" for key in left}
    assert len(lines(tmp_path)) - len(left) <= times, "a message leaves twice only where its delivery was cut off"
    assert sound(engine.db)
    engine.db.close()


def settle(engine: Engine, folder: Path) -> None:
    """A new life in which all that was under way comes to rest."""
    runner = JobRunner(engine.runtime, Spool(folder / "outbox"))
    # The clocks of the lives before ran as fast as these had something to do.
    (last,) = engine.column("SELECT max(due_at) FROM job WHERE kind = 'delivery' AND due_at < :held", held=HELD)
    engine.clock.advance_to(max(engine.clock.now(), from_microseconds(int(str(last or 0)))))
    for _ in range(5):
        engine.clock.advance(timedelta(minutes=2))
        while runner.run_due(50):
            pass


def sound(db: Database) -> bool:
    connection = sqlite3.connect(db.file)
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    finally:
        connection.close()


# --- several workers on one database ---------------------------------------------------------------


def fire(mouth: Mouth, url: str, batch: int, dies_at: int) -> None:
    """In a process of its own: a worker, until nothing is due; ``dies_at``: before so manyeth of its commits."""
    engine = engine_on(url)
    engine.clock.advance(timedelta(hours=5))
    if dies_at:
        failpoints.arm(f"store.commit.before:{dies_at}:kill")
    runner = JobRunner(engine.runtime, engine.delivered.append)
    while runner.run_due(batch):
        pass
    mouth.send("nothing is due")


def fire_all(url: str, batch: int, next_death: Callable[[], int], pause: float | None) -> int:
    """Three workers; who dies is followed by a new one; gives how many died."""
    workers = [Child(fire, url, batch, next_death()) for _ in range(3)]
    died, chance = 0, random.Random(3)
    while workers:
        worker = workers[chance.randrange(len(workers))] if pause else workers[0]
        if pause is not None and not worker.hears(pause):
            worker.kill()
        told = worker.told()
        workers.remove(worker)
        if worker.end() == KILLED:
            died += 1
            workers.append(Child(fire, url, batch, next_death()))
        else:
            assert told == ["nothing is due"]
    return died


def timers(url: str, count: int) -> Engine:
    engine = engine_on(url)
    engine.deploy(Drawing("p").start().catch("wait", duration("PT4H")).end().flow("start", "wait", "end"))
    for _ in range(count):
        engine.start()
    return engine


def assert_each_fired_once(engine: Engine, count: int) -> None:
    fired = engine.column("SELECT stream FROM history_event WHERE kind = 'timer.fired'")
    assert len(fired) == len(set(fired)) == count
    assert engine.column("SELECT DISTINCT status FROM process_instance") == ["completed"]
    assert not violations(engine.db)
    assert sound(engine.db)
    engine.db.close()


def test_three_workers_that_die_in_turns_fire_each_of_300_timers_once(database_url: str) -> None:
    engine, chance = timers(database_url, 300), random.Random(11)
    died = fire_all(database_url, 5, lambda: chance.randint(1, 12), None)
    assert died > 3
    assert_each_fired_once(engine, 300)


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_three_workers_of_which_one_is_killed_every_100_ms_fire_each_of_3000_timers_once(database_url: str) -> None:
    engine = timers(database_url, 3000)
    died = fire_all(database_url, 2, lambda: 0, 0.1)
    assert died > 3
    assert_each_fired_once(engine, 3000)


@pytest.mark.timeout(120)
def test_two_processes_on_one_database_do_each_job_once(db: Database, database_url: str) -> None:
    engine = Engine(db, VirtualClock(FRIDAY_9AM))
    engine.deploy(Drawing("p").start().service("job").end().flow("start", "job", "end"))
    for _ in range(60):
        engine.start()
    workers = [Child(drain, database_url) for _ in range(2)]
    assert sum(worker.hear() for worker in workers) == 60
    assert [worker.end() for worker in workers] == [0, 0]
    assert engine.column("SELECT count(*) FROM history_event WHERE kind = 'job.completed'") == [60]
    assert engine.column("SELECT DISTINCT actor FROM history_event WHERE kind = 'job.completed'") == [SYSTEM.id]
    assert engine.count("job") == 0
    assert LI.id not in engine.column("SELECT DISTINCT actor FROM history_event")


def drain(mouth: Mouth, url: str) -> None:
    """In a process of its own: do all that is due, and say how much it was."""
    mouth.send(engine_on(url).worker.drain())
