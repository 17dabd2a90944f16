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
from tests.engine.support import LI, ZHAO, Engine, consistent
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


# --- a slow way out, and the end of the program ------------------------------------------------------


def telling(engine: Engine, count: int) -> list[int]:
    """So many messages that wait to leave."""
    engine.connectors["notify_staff"] = notify_staff
    drawing = Drawing("p").start().service("tell", "notify_staff", extension=HEADERS).end()
    engine.deploy(drawing.flow("start", "tell", "end"))
    keys = [engine.start() for _ in range(count)]
    assert JobRunner(engine.runtime, never).run_due(count) == count
    assert engine.column("SELECT DISTINCT kind FROM job") == ["delivery"]
    return keys


def never(message: outbox.Message) -> None:
    raise AssertionError("nothing may leave here")


class SlowBridge(Bridge):
    """Takes so long for each; meanwhile something else happens."""

    def __init__(self, engine: Engine, seconds: float, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._engine = engine
        self._takes = timedelta(seconds=seconds)
        self._meanwhile = meanwhile

    def __call__(self, message: outbox.Message) -> None:
        self._engine.clock.advance(self._takes)
        self._meanwhile()
        super().__call__(message)


def test_fifty_slow_messages_leave_once_though_two_workers_send_them(engine: Engine) -> None:
    telling(engine, 50)
    bridge = Bridge()
    other = JobRunner(engine.runtime, bridge)
    slow = SlowBridge(engine, 2, lambda: other.run_due(50))
    assert JobRunner(engine.runtime, slow).run_due(50) == 50
    while other.run_due(50):
        pass
    left = slow.taken + bridge.taken
    assert len(left) == len(set(left)) == 50
    assert engine.count("job") == 0


def test_who_is_slow_renews_the_lease_before_it_ends(engine: Engine) -> None:
    telling(engine, 3)
    bridge = Bridge()
    other = JobRunner(engine.runtime, bridge)
    slow = SlowBridge(engine, 35, lambda: other.run_due(1))
    assert JobRunner(engine.runtime, slow).run_due(50) == 3
    assert len(slow.taken) == 2
    assert bridge.taken == [key for key in bridge.tried if key not in slow.taken], "the third, whose lease had ended"
    assert engine.count("job") == 0


def test_one_that_fails_under_a_renewed_lease_is_put_off_and_counted(engine: Engine) -> None:
    telling(engine, 2)
    slow = SlowBridge(engine, 35, lambda: None)
    slow.problems = [JobFailed("down"), JobFailed("down")]
    assert JobRunner(engine.runtime, slow).run_due(50) == 2
    assert engine.column("SELECT retries_left || ' ' || attempts || problem FROM job") == ["7 1JobFailed: down"] * 2


def test_who_fails_when_the_lease_is_over_puts_off_nothing_of_who_has_it_now(engine: Engine) -> None:
    telling(engine, 1)

    def take_over() -> None:
        with pytest.raises(Crash):
            JobRunner(engine.runtime, Bridge(Crash())).run_due(1)

    slow = SlowBridge(engine, 61, take_over)
    slow.problems = [JobFailed("timed out after all")]
    JobRunner(engine.runtime, slow).run_due(1)
    assert engine.column("SELECT attempts || coalesce(problem, '') FROM job") == ["2"]
    assert engine.worker.drain() == 0, "it is leased"


def test_of_two_who_find_messages_of_a_dead_sender_each_takes_those_that_the_other_has_not(engine: Engine) -> None:
    telling(engine, 3)
    with pytest.raises(Crash):
        JobRunner(engine.runtime, Bridge(Crash())).run_due(50)
    engine.clock.advance(timedelta(seconds=60))
    bridge = Bridge()
    other = JobRunner(engine.runtime, bridge)
    slow = SlowBridge(engine, 1, lambda: other.run_due(50))
    JobRunner(engine.runtime, slow).run_due(50)
    assert (len(slow.taken), len(bridge.taken)) == (1, 2)
    assert len({*slow.taken, *bridge.taken}) == 3
    assert engine.count("job") == 0


@pytest.mark.parametrize(("count", "transactions"), [(1, 2), (50, 51)])
def test_a_quick_message_costs_one_transaction_and_its_share_in_the_batchs(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, count: int, transactions: int
) -> None:
    telling(engine, count)
    begun: list[int] = []
    begin = type(engine.db).begin
    monkeypatch.setattr(type(engine.db), "begin", lambda self: begun.append(1) or begin(self))
    assert JobRunner(engine.runtime, Bridge()).run_due(50) == count
    assert len(begun) == transactions


def test_who_succeeds_after_all_takes_the_incident_of_who_took_over_with_it(engine: Engine) -> None:
    telling(engine, 1)
    with engine.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE job SET retries_left = 1")
    other = JobRunner(engine.runtime, Bridge(OSError("down")))

    def fail_for_the_last_time() -> None:
        other.run_due(1)
        other.run_due(1)
        assert engine.column("SELECT kind FROM incident") == ["delivery"]

    slow = SlowBridge(engine, 61, fail_for_the_last_time)
    JobRunner(engine.runtime, slow).run_due(1)
    assert (engine.count("job"), engine.count("incident")) == (0, 0)
    consistent(engine)


def test_a_stop_between_two_messages_gives_the_others_back_as_they_were(engine: Engine) -> None:
    telling(engine, 10)
    waiting = "SELECT id, due_at, attempts, retries_left, problem FROM job ORDER BY due_at, id"
    with engine.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE job SET attempts = 2, problem = 'down' WHERE id % 2")
    with engine.db.read() as connection:
        before = connection.exec_driver_sql(waiting).all()
    bridge = Bridge()
    runner = JobRunner(engine.runtime, bridge, stopping=lambda: len(bridge.taken) == 3)
    assert runner.run_due(50) == 10
    assert len(bridge.taken) == 3
    with engine.db.read() as connection:
        assert connection.exec_driver_sql(waiting).all() == before[3:]
    assert JobRunner(engine.runtime, bridge).run_due(50) == 7
    assert len(set(bridge.taken)) == 10


def test_a_stop_gives_nothing_back_that_somebody_else_has_taken_meanwhile(engine: Engine) -> None:
    telling(engine, 3)
    tried: list[str] = []

    def sends_one_and_dies(message: outbox.Message) -> None:
        tried.append(message.key)
        if len(tried) == 2:
            raise Crash

    def take_over() -> None:
        with pytest.raises(Crash):
            JobRunner(engine.runtime, sends_one_and_dies).run_due(50)

    slow = SlowBridge(engine, 61, take_over)
    JobRunner(engine.runtime, slow, stopping=lambda: bool(tried)).run_due(50)
    assert slow.taken == tried[:1]
    assert engine.worker.drain() == 1, "the second is the other's; the third is due again"
