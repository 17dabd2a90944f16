"""Messages leave after the commit, at least once: failures are put off, in the end held alone, and released again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine import outbox
from engine.connectors import notify_staff
from engine.errors import JobFailed, NotAllowed, NotFound
from engine.runtime.jobs import JobRunner
from engine.worker import Worker
from tests.engine.support import LI, ZHAO, Engine
from tests.unit.bpmn.drawing import Drawing

SECOND = timedelta(seconds=1)
HEADERS = (
    '<zeebe:taskHeaders><zeebe:header key="text" value="请尽快处理"/>'
    '<zeebe:header key="groups" value="supervisor"/></zeebe:taskHeaders>'
)


class Crash(BaseException):
    """The process is killed: nobody handles it."""


class Bridge:
    """Where messages go; fails as often as it is told."""

    def __init__(self, *problems: BaseException) -> None:
        self.problems = list(problems)
        self.tried: list[str] = []
        self.taken: list[str] = []

    def __call__(self, message: outbox.Message) -> None:
        self.tried.append(message.key)
        if self.problems:
            raise self.problems.pop(0)
        self.taken.append(message.key)


@pytest.fixture
def told(engine: Engine) -> Callable[[Bridge], int]:
    """Starts an instance that tells the staff and goes on; its messages go over the bridge."""

    def start(bridge: Bridge) -> int:
        engine.connectors["notify_staff"] = notify_staff
        runner = JobRunner(engine.runtime, bridge, jitter=lambda: 0.0)
        engine.worker = Worker(engine.runtime, deliver=bridge)
        engine.worker._runner = runner
        drawing = Drawing("p").start().service("tell", "notify_staff", extension=HEADERS).user("after").end()
        engine.deploy(drawing.flow("start", "tell", "after", "end"))
        key = engine.start()
        engine.worker.drain()
        return key

    return start


def test_a_message_leaves_once_and_its_job_is_gone(engine: Engine, told: Callable[[Bridge], int]) -> None:
    bridge = Bridge()
    told(bridge)
    engine.clock.advance(timedelta(days=1))
    engine.worker.drain()
    assert len(bridge.tried) == 1
    assert engine.count("job") == 0
    assert None not in engine.column("SELECT delivered_at FROM outbox")


def test_a_delivery_that_fails_waits_longer_each_time_and_keeps_its_key(
    engine: Engine, told: Callable[[Bridge], int]
) -> None:
    bridge = Bridge(*(JobFailed("the bridge is down") for _ in range(3)))
    told(bridge)
    for wait in (timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90)):
        tries = len(bridge.tried)
        engine.clock.advance(wait - SECOND)
        engine.worker.drain()
        assert len(bridge.tried) == tries, "a second early"
        engine.clock.advance(SECOND)
        engine.worker.drain()
        assert len(bridge.tried) == tries + 1
    assert len(set(bridge.tried)) == 1
    assert bridge.taken == bridge.tried[-1:]
    assert engine.count("job") == 0


def failed_for_ever(engine: Engine, told: Callable[[Bridge], int], bridge: Bridge) -> int:
    key = told(bridge)
    for _ in range(9):
        engine.clock.advance(timedelta(days=1))
        engine.worker.drain()
    return key


def test_one_that_fails_for_ever_is_an_incident_that_holds_no_case(
    engine: Engine, told: Callable[[Bridge], int]
) -> None:
    bridge = Bridge(*(OSError(28, "No space left on device") for _ in range(20)))
    key = failed_for_ever(engine, told, bridge)
    assert len(bridge.tried) == 8
    assert engine.column("SELECT kind FROM incident") == ["delivery"]
    assert engine.column("SELECT incidents FROM process_instance") == [0]
    engine.complete("after")
    assert engine.column("SELECT status FROM process_instance") == ["completed"]
    assert "incident.created" not in engine.kinds(key)


def test_a_released_delivery_is_tried_at_once_and_waits_as_briefly_as_a_new_one(
    engine: Engine, told: Callable[[Bridge], int]
) -> None:
    bridge = Bridge(*(JobFailed("the bridge is down") for _ in range(9)))
    failed_for_ever(engine, told, bridge)
    engine.complete("after")
    (incident,) = engine.column("SELECT id FROM incident")
    assert isinstance(incident, int)
    with pytest.raises(NotAllowed):
        engine.runtime.resolve_incident(incident, LI)
    engine.runtime.resolve_incident(incident, ZHAO)
    assert engine.count("incident") == 0
    engine.worker.drain()
    assert len(bridge.tried) == 9, "at once, and once more in vain"
    engine.clock.advance(timedelta(seconds=30))
    engine.worker.drain()
    assert len(bridge.taken) == 1
    assert len(set(bridge.tried)) == 1
    with pytest.raises(NotFound):
        engine.runtime.resolve_incident(incident, ZHAO)


def test_who_dies_while_delivering_is_followed_by_another_when_the_lease_ends(
    engine: Engine, told: Callable[[Bridge], int]
) -> None:
    bridge = Bridge(Crash())
    with pytest.raises(Crash):
        told(bridge)
    engine.clock.advance(timedelta(seconds=59))
    engine.worker.drain()
    assert len(bridge.tried) == 1, "the lease is not over"
    engine.clock.advance(SECOND)
    engine.worker.drain()
    assert bridge.tried == [bridge.tried[0]] * 2, "the receiver knows it by its key"
    assert bridge.taken == bridge.tried[:1]
    assert engine.count("job") == 0


def test_a_delivery_that_fails_keeps_nobody_elses_message(engine: Engine, told: Callable[[Bridge], int]) -> None:
    bridge = Bridge(JobFailed("this one only"))
    told(bridge)
    for _ in range(3):
        engine.start()
    engine.worker.drain()
    assert len(set(bridge.taken)) == 3
    engine.clock.advance(timedelta(seconds=10))
    engine.worker.drain()
    assert len(set(bridge.taken)) == len(bridge.taken) == 4
