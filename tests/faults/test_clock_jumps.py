"""The machine's clock is set forward and back: no timer is lost, none fires twice, none before its time."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from engine.clock import to_microseconds
from engine.connectors import JobContext
from engine.errors import JobFailed
from engine.model import Variables
from engine.runtime.jobs import JobRunner
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.runtime.test_poison import writes_a_message
from tests.engine.support import LI, Engine
from tests.faults.invariants import unlike_their_commands, violations
from tests.unit.bpmn.drawing import Drawing, duration

DAY = timedelta(days=1)
JUMPS = (DAY, -DAY, timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=7), timedelta(seconds=1))


class SetClock:
    """A clock that people set."""

    def __init__(self) -> None:
        self.at = FRIDAY_9AM

    def now(self) -> datetime:
        return self.at


class Shop:
    """Cases with a timer beside a task, one behind it, a job that fails now and then, and a message."""

    def __init__(self, db: Database, seed: int) -> None:
        self.chance = random.Random(seed)
        self.clock = SetClock()
        self.engine = Engine(db, self.clock, {"work": self._work, "tell": writes_a_message})  # type: ignore[arg-type]
        drawing = (
            Drawing("p").start().user("ask").catch("wait", duration("PT30M")).service("work").service("tell", "tell")
        )
        drawing.boundary("tm", "ask", duration("PT4H"), interrupting=False).end("end_tm").flow("tm", "end_tm")
        self.engine.deploy(drawing.end().flow("start", "ask", "wait", "work", "tell", "end"))

    def _work(self, _: JobContext) -> Variables:
        if self.chance.random() < 0.2:
            raise JobFailed("down")
        return {}

    def act(self) -> None:
        """A command, or the worker's turn; then perhaps somebody sets the clock."""
        open_tasks = self.engine.tasks(element="ask")
        if self.chance.random() < 0.3:
            self.engine.start()
        elif open_tasks and self.chance.random() < 0.4:
            self.engine.runtime.complete(self.chance.choice(open_tasks), {}, LI)
        else:
            self.drain()
        if self.chance.random() < 0.5:
            self.clock.at += self.chance.choice(JUMPS)

    def drain(self) -> None:
        """The worker's turn: what it takes was due by the clock, and what was due it takes."""
        now, before = to_microseconds(self.clock.at), self._timers()
        self.engine.worker.drain()
        left = self._timers()
        early = [timer for timer, due in before.items() if due > now and timer not in left]
        late = [timer for timer, due in left.items() if due <= now]
        assert (early, late) == ([], [])

    def _timers(self) -> dict[int, int]:
        with self.engine.db.read() as connection:
            rows = connection.execute(text("SELECT id, due_at FROM job WHERE kind = 'timer'"))
            return {row.id: row.due_at for row in rows}


@pytest.mark.parametrize("seed", range(3))
def test_timers_outlive_a_clock_that_jumps(db: Database, seed: int) -> None:
    shop = Shop(db, seed)
    for number in range(150):
        shop.act()
        if number % 30 == 0:
            assert not violations(db)
    for _ in range(40):  # at last the clock goes right
        shop.clock.at += timedelta(hours=6)
        shop.drain()
    engine = shop.engine
    assert not violations(db, now=to_microseconds(shop.clock.at))
    assert not unlike_their_commands(db, [str(key) for key in engine.column("SELECT key FROM process_instance")])
    armed = engine.column("SELECT count(*) FROM history_event WHERE kind = 'timer.armed'")
    fired = engine.column("SELECT count(*) FROM history_event WHERE kind = 'timer.fired'")
    cancelled = engine.column("SELECT count(*) FROM history_event WHERE kind = 'timer.cancelled'")
    assert int(str(fired[0])) > 20
    assert int(str(armed[0])) == int(str(fired[0])) + int(str(cancelled[0]))
    assert engine.column("SELECT count(*) FROM outbox WHERE delivered_at IS NULL") == [0]


class Died(BaseException):
    """As kill -9 would be."""


def dies(_: object) -> None:
    raise Died


def test_a_delivery_that_was_leased_before_the_clock_was_set_back_leaves_when_it_has_come_back(db: Database) -> None:
    clock = SetClock()
    engine = Engine(db, clock, {"work": writes_a_message})  # type: ignore[arg-type]
    engine.deploy(Drawing("p").start().service("work").end().flow("start", "work", "end"))
    engine.start()
    clock.at += DAY
    dying = JobRunner(engine.runtime, dies)
    assert dying.run_due(50) == 1
    with pytest.raises(Died):
        dying.run_due(50)
    clock.at -= DAY
    assert engine.worker.drain() == 0
    clock.at += DAY + timedelta(seconds=61)
    assert engine.worker.drain() == 1
    assert len(engine.delivered) == 1
    assert not violations(db)
