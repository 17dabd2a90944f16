"""A signal reaches everybody who waits for it and starts what begins with it; none of them can break another."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from engine import canonical
from engine.errors import StepError
from engine.model import SYSTEM, CorrelateSignal
from engine.outbox import Message, delivery_job
from engine.runtime.jobs import JobRunner
from engine.runtime.post import MAX_HOPS
from engine.store import sql
from engine.store.writes import HELD
from tests.engine.runtime.test_crashes import Crash, crash_after
from tests.engine.support import LI, ZHAO, Engine, consistent
from tests.sample import times
from tests.unit.bpmn.drawing import Drawing, mapping

NAME = "sig_closed"


def signal(drawing: Drawing, name: str = NAME) -> str:
    drawing.top.append(f'<bpmn:signal id="s_{name}" name="{name}"/>')
    return f'<bpmn:signalEventDefinition signalRef="s_{name}"/>'


def listens(process_id: str = "p", name: str = NAME) -> Drawing:
    drawing = Drawing(process_id).start()
    return drawing.catch("ev", signal(drawing, name)).end().flow("start", "ev", "end")


def throws(process_id: str = "sender", name: str = NAME, **inputs: str) -> Drawing:
    drawing = Drawing(process_id).start().user("go")
    return drawing.end("end", signal(drawing, name), mapping(inputs)).flow("start", "go", "end")


def starts_by(process_id: str = "begun", name: str = NAME) -> Drawing:
    drawing = Drawing(process_id)
    return drawing.element("startEvent", "begin", signal(drawing, name)).user("pack").end().flow("begin", "pack", "end")


def reminds(process_id: str = "p") -> Drawing:
    """A user task; each signal goes another way beside it."""
    drawing = Drawing(process_id).start().user("work").end()
    drawing.boundary("told", "work", signal(drawing), interrupting=False).end("end_told")
    return drawing.flow("start", "work", "end").flow("told", "end_told")


def statuses(engine: Engine, process_id: str = "p") -> list[object]:
    return engine.column("SELECT status FROM process_instance WHERE process_id = :p ORDER BY key", p=process_id)


def variables(engine: Engine, key: int) -> dict[str, object]:
    (found,) = engine.column("SELECT variables FROM process_instance WHERE key = :key", key=key)
    return dict(canonical.decode(found))  # type: ignore[arg-type]


def broadcast(engine: Engine, **payload: object) -> int:
    return engine.runtime.broadcast(NAME, payload, actor=SYSTEM)


def test_a_thrown_signal_reaches_all_who_wait_after_its_step_is_committed(engine: Engine) -> None:
    engine.deploy(listens("p"), listens("q"), listens("other", "sig_other"), throws())
    for process_id in ("p", "p", "q", "other"):
        engine.start(process_id)
    sender = engine.start("sender")
    engine.complete("go")
    assert statuses(engine) == ["active", "active"]
    assert engine.column("SELECT kind || ' of ' || instance FROM job") == [f"broadcast of {sender}"]
    consistent(engine)
    engine.worker.drain()
    assert [statuses(engine, name) for name in ("p", "q", "other")] == [["completed"] * 2, ["completed"], ["active"]]
    assert (engine.count("job"), engine.count("message")) == (0, 0)
    consistent(engine)


def test_the_throwing_instance_gets_its_own_signal_at_once_and_once(engine: Engine) -> None:
    drawing = Drawing("p").start().user("go").gateway("fork", "parallel").user("work").end().end("end_thrown")
    drawing.element("intermediateThrowEvent", "throw", signal(drawing))
    drawing.boundary("told", "work", signal(drawing), interrupting=False).end("end_told").flow("told", "end_told")
    drawing.flow("start", "go", "fork", "work", "end").flow("fork", "throw", "end_thrown")
    engine.deploy(drawing)
    key = engine.start()
    other = engine.start()
    engine.runtime.complete(engine.tasks(instance=key)[0], {}, LI)
    assert engine.kinds(key).count("subscription.correlated") == 1
    engine.worker.drain()
    assert engine.kinds(key).count("subscription.correlated") == 1
    assert engine.kinds(other).count("subscription.correlated") == 0
    consistent(engine)


def test_what_it_carries_is_one_variable_unless_it_is_empty(engine: Engine) -> None:
    engine.deploy(listens())
    first = engine.start()
    assert broadcast(engine, reason="台风") == 1
    engine.worker.drain()
    second = engine.start()
    broadcast(engine)
    engine.worker.drain()
    assert (variables(engine, first), variables(engine, second)) == ({"closed": {"reason": "台风"}}, {})
    consistent(engine)


def test_nothing_is_kept_for_those_who_come_later(engine: Engine) -> None:
    engine.deploy(listens())
    assert broadcast(engine) == 0
    engine.start()
    assert engine.worker.drain() == 0
    assert statuses(engine) == ["active"]


def test_many_instances_get_it_each_once(engine: Engine) -> None:
    many = times(1000, 300)
    engine.deploy(listens(), throws())
    for _ in range(many):
        engine.start()
    engine.start("sender")
    engine.complete("go")
    assert engine.worker.drain() == many + 1
    assert statuses(engine) == ["completed"] * many
    correlated = "SELECT count(*) FROM history_event WHERE kind = 'subscription.correlated'"
    assert engine.column(correlated) == [many]
    assert engine.count("job") == 0


def test_two_broadcasts_in_a_row_are_both_received_in_their_order(engine: Engine) -> None:
    engine.deploy(reminds())
    key = engine.start()
    broadcast(engine, n="first")
    broadcast(engine, n="second")
    engine.worker.drain()
    assert engine.kinds(key).count("subscription.correlated") == 2
    assert variables(engine, key) == {"closed": {"n": "second"}}
    assert statuses(engine) == ["active"]
    consistent(engine)


def test_one_instance_gets_it_once_however_many_of_its_events_wait(engine: Engine) -> None:
    drawing = Drawing("p").start().gateway("fork", "parallel").end("end_a").end("end_b")
    drawing.catch("a", signal(drawing)).catch("b", signal(drawing))
    engine.deploy(drawing.flow("start", "fork", "a", "end_a").flow("fork", "b", "end_b"))
    key = engine.start()
    assert broadcast(engine) == 1
    assert engine.worker.drain() == 1
    assert engine.kinds(key).count("subscription.correlated") == 2
    assert statuses(engine) == ["completed"]
    consistent(engine)


def test_a_message_of_the_same_name_is_not_the_signal(engine: Engine) -> None:
    engine.deploy(listens())
    engine.start()
    assert engine.runtime.publish(NAME, "", None, actor=SYSTEM) == []
    engine.start()
    assert statuses(engine) == ["active", "active"]
    assert broadcast(engine) == 2


# --- starts -----------------------------------------------------------------------------------------


def test_each_process_with_a_start_event_of_its_name_begins_once(engine: Engine) -> None:
    engine.deploy(starts_by("a"), starts_by("b"), starts_by("c", "sig_other"), throws(reason='="台风"'))
    sender = engine.start("sender")
    engine.complete("go")
    engine.worker.drain()
    begun = engine.column("SELECT process_id FROM process_instance WHERE process_id <> 'sender' ORDER BY process_id")
    assert begun == ["a", "b"]
    assert engine.column("SELECT DISTINCT parent_case_id || ' ' || opened_by FROM process_instance "
                         "WHERE process_id <> 'sender'") == [f"{sender} {LI.id}"]  # fmt: skip
    assert variables(engine, sender + 1) == {"reason": "台风", "closed": {"reason": "台风"}}
    consistent(engine)


def test_a_process_begins_in_the_version_in_force(engine: Engine) -> None:
    engine.deploy(starts_by("a"), starts_by("b"))
    broadcast(engine)
    engine.deploy(Drawing("a").start().user("pack").end().flow("start", "pack", "end"))
    engine.worker.drain()
    assert engine.column("SELECT process_id FROM process_instance") == ["b"]
    assert (engine.count("job"), engine.count("incident")) == (0, 0)


def test_definitions_tell_what_a_signal_starts(engine: Engine) -> None:
    engine.deploy(starts_by("a"), starts_by("b"), listens("c"))
    found = engine.definitions.signal_starts(NAME)
    assert [(deployed.process_id, start.element) for deployed, start in found] == [("a", "begin"), ("b", "begin")]
    assert engine.definitions.signal_starts("sig_other") == []


# --- what goes wrong --------------------------------------------------------------------------------


def breaks(process_id: str = "broken") -> Drawing:
    """Once it has the signal it ends in an error that nobody catches."""
    drawing = Drawing(process_id).start()
    return drawing.catch("ev", signal(drawing)).error_end("end", "E1").flow("start", "ev", "end")


def breaks_at_once(process_id: str = "unborn") -> Drawing:
    drawing = Drawing(process_id)
    drawing.element("startEvent", "begin", signal(drawing)).gateway("again").script("spin", "=1", "x")
    return drawing.flow("begin", "again", "spin", "again")


def test_one_that_breaks_holds_its_own_signal_and_nobody_elses(engine: Engine) -> None:
    engine.deploy(listens(), breaks(), breaks_at_once(), starts_by(), throws())
    for process_id in ("p", "broken", "p"):
        engine.start(process_id)
    sender = engine.start("sender")
    engine.complete("go")
    engine.worker.drain()
    assert [statuses(engine, name) for name in ("p", "broken", "begun")] == [["completed"] * 2, ["active"], ["active"]]
    assert statuses(engine, "sender") == ["completed"]
    held = engine.column("SELECT i.instance FROM incident i JOIN job j ON j.id = i.id WHERE i.kind = 'job' ORDER BY 1")
    assert held == [2, sender]
    assert engine.column("SELECT DISTINCT due_at FROM job") == [HELD]
    assert engine.worker.drain() == 0
    consistent(engine)


def test_who_ended_before_it_came_has_missed_it(engine: Engine) -> None:
    engine.deploy(reminds())
    gone, done, waits = engine.start(), engine.start(), engine.start()
    assert broadcast(engine) == 3
    engine.runtime.cancel(gone, "客户撤回", ZHAO)
    engine.runtime.complete(engine.tasks(instance=done)[0], {}, LI)
    engine.worker.drain()
    assert [engine.kinds(key).count("subscription.correlated") for key in (gone, done, waits)] == [0, 0, 1]
    assert (engine.count("job"), engine.count("incident")) == (0, 0)
    consistent(engine)


def test_who_waits_no_more_has_missed_it(engine: Engine) -> None:
    drawing = Drawing("p").start().user("work").user("after").end()
    drawing.boundary("told", "work", signal(drawing), interrupting=False).end("end_told").flow("told", "end_told")
    engine.deploy(drawing.flow("start", "work", "after", "end"))
    key = engine.start()
    broadcast(engine)
    engine.complete("work")
    assert engine.worker.drain() == 1
    assert engine.kinds(key).count("subscription.correlated") == 0
    assert (engine.count("job"), engine.count("incident")) == (0, 0)
    consistent(engine)


def test_a_suspended_instance_gets_what_came_meanwhile_when_it_is_resumed(engine: Engine) -> None:
    engine.deploy(reminds())
    key = engine.start()
    engine.runtime.suspend(str(key), ZHAO, reason="暂缓")
    broadcast(engine)
    broadcast(engine)
    assert engine.worker.drain() == 0
    consistent(engine)
    engine.clock.advance(timedelta(days=3))
    engine.runtime.resume(str(key), ZHAO)
    assert engine.worker.drain() == 2
    assert engine.kinds(key).count("subscription.correlated") == 2
    consistent(engine)


def test_a_signal_on_its_way_to_a_case_that_is_suspended_waits(engine: Engine) -> None:
    engine.deploy(reminds())
    key = engine.start()
    broadcast(engine)
    engine.runtime.suspend(str(key), ZHAO, reason="暂缓")
    assert engine.worker.drain() == 0
    consistent(engine)
    engine.runtime.resume(str(key), ZHAO)
    assert engine.worker.drain() == 1
    assert engine.kinds(key).count("subscription.correlated") == 1


def test_a_suspended_case_that_is_cancelled_leaves_no_signal_behind(engine: Engine) -> None:
    engine.deploy(reminds())
    key = engine.start()
    engine.runtime.suspend(str(key), ZHAO, reason="暂缓")
    broadcast(engine)
    engine.runtime.cancel(key, "客户撤回", ZHAO)
    assert engine.count("job") == 0
    consistent(engine)


def test_a_program_that_dies_between_any_two_writes_loses_nothing_and_doubles_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.deploy(reminds(), starts_by(), throws())
    keys = [engine.start() for _ in range(3)]
    engine.start("sender")
    engine.complete("go")
    crashes = 0
    for points in range(1, 200):
        runner = JobRunner(engine.runtime, engine.delivered.append)
        before = engine.snapshot()
        with crash_after(points % 9 + 1, monkeypatch):
            try:
                if runner.run_due(2) == 0:
                    break
            except Crash:
                crashes += 1
                assert engine.snapshot() == before
    engine.worker.drain()
    assert crashes > 6
    assert [engine.kinds(key).count("subscription.correlated") for key in keys] == [1, 1, 1]
    assert statuses(engine, "begun") == ["active"]
    assert engine.count("job") == 0
    consistent(engine)


def test_ids_are_those_of_no_delivery_and_go_up(engine: Engine) -> None:
    engine.deploy(listens(), starts_by())
    keys = [engine.start() for _ in range(3)]
    written = Message(
        id=keys[0] * 10**8 + 1, instance=keys[0], case_id="1", element="ev", audience="staff", recipient="x",
        channel=None, template="", template_hash="", text="x", written_at=engine.clock.now(),
    )  # fmt: skip
    with engine.db.begin() as tx:
        tx.run_many(sql.INSERT_JOB, [delivery_job(written)])
    broadcast(engine)
    broadcast(engine)
    ids = [int(str(found)) for found in engine.column("SELECT id FROM job ORDER BY id")]
    assert all(later - earlier == 1 for earlier, later in pairwise(ids[:-1]))
    assert (len(ids), ids[-1]) == (9, -written.id)
    assert ids[-2] < -(2**62) < ids[-1] < 0


def test_two_that_wake_each_other_for_ever_are_stopped(engine: Engine) -> None:
    def answers(process_id: str, hears: str, says: str) -> Drawing:
        drawing = Drawing(process_id).start().gateway("again").user("never").end().end("end_said")
        drawing.boundary("told", "never", signal(drawing, hears), interrupting=False)
        drawing.element("intermediateThrowEvent", "say", signal(drawing, says))
        return drawing.flow("start", "again", "never", "end").flow("told", "say", "end_said")

    engine.deploy(answers("a", "sig_ping", "sig_pong"), answers("b", "sig_pong", "sig_ping"))
    engine.start("a")
    engine.start("b")
    engine.runtime.broadcast("sig_ping", {}, actor=SYSTEM)
    taken = engine.worker.drain()
    assert MAX_HOPS < taken < 3 * MAX_HOPS
    assert engine.column("SELECT kind FROM incident") == ["job"]
    assert engine.worker.drain() == 0
    consistent(engine)


def test_a_signal_that_nothing_waits_for_is_no_command_of_the_core(engine: Engine) -> None:
    """The runtime asks the table first; the core would refuse."""
    engine.deploy(reminds())
    key = engine.start()
    with engine.db.begin() as tx, pytest.raises(StepError):
        engine.runtime.cascade(tx, SYSTEM, engine.clock.now()).run(key, CorrelateSignal(name="sig_other"))
