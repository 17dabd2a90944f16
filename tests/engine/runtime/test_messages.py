"""A message finds those who wait for it, is kept for those who come later, and reaches each process once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import canonical
from engine.model import SYSTEM
from engine.runtime.jobs import JobRunner
from engine.runtime.post import MAX_HOPS
from engine.store.writes import HELD
from tests.engine.support import LI, ZHAO, Engine, consistent
from tests.unit.bpmn.drawing import Drawing

NOW = timedelta(0)


def listens(process_id: str = "p", message: str = "msg_paid") -> Drawing:
    return Drawing(process_id).start().catch("ev", message=message).end().flow("start", "ev", "end")


def publish(engine: Engine, key: str = "SO-1", ttl: timedelta = timedelta(hours=24), **more: object) -> list[int]:
    payload = {"amount": 5}
    return engine.runtime.publish("msg_paid", key, payload, actor=SYSTEM, ttl=ttl, **more)  # type: ignore[arg-type]


def statuses(engine: Engine) -> list[object]:
    return engine.column("SELECT status FROM process_instance ORDER BY key")


def test_a_message_wakes_who_waits_for_its_key_and_nobody_else(engine: Engine) -> None:
    engine.deploy(listens())
    ours, other = engine.start(order_id="SO-1"), engine.start(order_id="SO-2")
    assert publish(engine) == [ours]
    assert statuses(engine) == ["completed", "active"]
    assert other not in publish(engine)


def test_the_payload_is_the_variable_of_the_messages_name(engine: Engine) -> None:
    engine.deploy(listens())
    engine.start(order_id="SO-1")
    publish(engine)
    (variables,) = engine.column("SELECT variables FROM process_instance")
    assert canonical.decode(variables)["paid"] == {"amount": 5}  # type: ignore[arg-type]


def test_a_message_that_comes_too_early_is_kept(engine: Engine) -> None:
    engine.deploy(listens())
    assert publish(engine) == []
    engine.start(order_id="SO-1")
    assert statuses(engine) == ["completed"]


def test_a_kept_message_is_given_once_a_process(engine: Engine) -> None:
    engine.deploy(listens("p"), listens("q"))
    publish(engine)
    engine.start("p", order_id="SO-1")
    engine.start("p", order_id="SO-1")
    engine.start("q", order_id="SO-1")
    assert statuses(engine) == ["completed", "active", "completed"]


def test_a_message_reaches_the_oldest_instance_of_each_process(engine: Engine) -> None:
    engine.deploy(listens("p"), listens("q"))
    first, _, third = (engine.start(name, order_id="SO-1") for name in ("p", "p", "q"))
    assert sorted(publish(engine, ttl=NOW)) == [first, third]


def test_a_message_is_forgotten_after_its_time_to_live(engine: Engine) -> None:
    engine.deploy(listens())
    publish(engine, ttl=timedelta(hours=1))
    engine.clock.advance(timedelta(hours=1))
    engine.start(order_id="SO-1")
    assert statuses(engine) == ["active"]


def test_a_message_without_time_to_live_is_not_kept(engine: Engine) -> None:
    engine.deploy(listens())
    publish(engine, ttl=NOW)
    engine.start(order_id="SO-1")
    assert statuses(engine) == ["active"]
    assert engine.count("message") == 0


def test_a_repeated_message_id_changes_nothing(engine: Engine) -> None:
    engine.deploy(listens())
    engine.start(order_id="SO-1")
    assert len(publish(engine, message_id="pay-1")) == 1
    engine.start(order_id="SO-1")
    assert publish(engine, message_id="pay-1") == []
    assert statuses(engine) == ["completed", "active"]


def starts_by_message() -> Drawing:
    drawing = Drawing("p").start().start("paid_start", message="msg_paid").user("pack").end()
    return drawing.flow("start", "pack", "end").flow("paid_start", "pack")


def test_a_message_starts_an_instance_at_its_own_event(engine: Engine) -> None:
    engine.deploy(starts_by_message())
    (key,) = publish(engine, message_id="order_paid:SO-1")
    assert publish(engine, message_id="order_paid:SO-1") == []
    assert engine.column("SELECT key FROM process_instance") == [key]
    (variables,) = engine.column("SELECT variables FROM process_instance")
    assert canonical.decode(variables) == {"amount": 5, "paid": {"amount": 5}}  # type: ignore[arg-type]


def test_a_payload_cannot_set_the_facts_of_the_case_it_starts(engine: Engine) -> None:
    engine.deploy(starts_by_message())
    payload = {"priority": "high", "case_id": "1", "case": "x", "amount": 5}
    (key,) = engine.runtime.publish("msg_paid", "SO-1", payload, actor=SYSTEM)
    (variables,) = engine.column("SELECT variables FROM process_instance WHERE key = :key", key=key)
    assert canonical.decode(variables) == {"amount": 5, "paid": payload}  # type: ignore[arg-type]
    assert engine.column("SELECT priority FROM process_instance") == ["normal"]


def sends(message: str = "msg_paid") -> Drawing:
    drawing = Drawing("sender").start().user("go")
    drawing.message_end("end", message, {"amount": "=5"})
    return drawing.flow("start", "go", "end")


def test_a_message_end_event_wakes_another_case_after_its_own_step_is_committed(engine: Engine) -> None:
    engine.deploy(listens(), sends())
    engine.start("p", order_id="SO-1")
    sender = engine.start("sender", order_id="SO-1")
    engine.complete("go")
    assert statuses(engine) == ["active", "completed"]
    assert engine.column("SELECT kind || ' of ' || instance FROM job") == [f"message of {sender}"]
    assert engine.worker.drain() == 1
    assert statuses(engine) == ["completed", "completed"]
    assert engine.count("job") == 0
    consistent(engine)


def test_a_message_end_event_starts_a_linked_case(engine: Engine) -> None:
    engine.deploy(starts_by_message(), sends())
    sender = engine.start("sender", order_id="SO-1")
    engine.complete("go")
    engine.worker.drain()
    assert engine.column("SELECT opened_by FROM process_instance WHERE process_id = 'p'") == [LI.id]
    assert engine.column("SELECT parent_case_id FROM process_instance WHERE process_id = 'p'") == [str(sender)]


def test_a_message_that_a_cascade_throws_finds_who_began_to_wait_in_it(engine: Engine) -> None:
    engine.deploy(listens("child"), sends())
    both = Drawing("both").start().gateway("fork", "parallel").call("a", "child").call("b", "sends_now").end()
    both.end("end_b").flow("start", "fork", "a", "end").flow("fork", "b", "end_b")
    at_once = Drawing("sends_now").start()
    at_once.message_end("end", "msg_paid", {"amount": "=5"})
    engine.deploy(both, at_once.flow("start", "end"))
    engine.start("both", order_id="SO-1")
    engine.worker.drain()
    assert set(statuses(engine)) == {"completed"}


def listens_twice(process_id: str = "p") -> Drawing:
    drawing = Drawing(process_id).start().catch("ev", message="msg_paid").catch("ev_again", message="msg_paid").end()
    return drawing.flow("start", "ev", "ev_again", "end")


def sends_twice() -> Drawing:
    """Two messages of one name and key in one step."""
    drawing = Drawing("sender").start().user("go").gateway("fork", "parallel")
    drawing.message_end("end", "msg_paid", {"amount": "=5"}).message_end("end_b", "msg_paid", {"amount": "=6"})
    return drawing.flow("start", "go", "fork", "end").flow("fork", "end_b")


def test_two_messages_of_one_step_are_not_both_given_to_one_subscription(engine: Engine) -> None:
    engine.deploy(listens_twice(), sends_twice())
    engine.start("p", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    engine.worker.drain()
    assert statuses(engine) == ["completed", "completed"]


def test_of_two_messages_of_one_step_the_second_goes_to_the_next_instance(engine: Engine) -> None:
    engine.deploy(listens(), sends_twice())
    engine.start("p", order_id="SO-1")
    engine.start("p", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    engine.worker.drain()
    assert statuses(engine) == ["completed", "completed", "completed"]


def either() -> Drawing:
    """Waits for whichever of two messages comes first."""
    drawing = Drawing("p").start().gateway("which", "eventBased")
    drawing.catch("paid", message="msg_paid").catch("gone", message="msg_gone").end().end("end_gone")
    return drawing.flow("start", "which", "paid", "end").flow("which", "gone", "end_gone")


def test_a_kept_message_that_its_gateway_no_longer_wants_is_kept_on(engine: Engine) -> None:
    engine.deploy(either())
    for name in ("msg_paid", "msg_gone"):
        engine.runtime.publish(name, "SO-1", None, actor=SYSTEM)
    engine.start("p", order_id="SO-1")
    assert engine.column("SELECT end_state FROM process_instance") == ["end"]
    engine.start("p", order_id="SO-1")
    assert engine.column("SELECT end_state FROM process_instance") == ["end", "end_gone"]


def test_a_message_whose_receiver_took_the_one_before_goes_to_the_next_one(engine: Engine) -> None:
    either_ends = Drawing("sender").start().user("go").gateway("fork", "parallel")
    either_ends.message_end("end", "msg_paid", {"a": "=1"}).message_end("end_b", "msg_gone", {"a": "=2"})
    engine.deploy(either(), either_ends.flow("start", "go", "fork", "end").flow("fork", "end_b"))
    first, second = engine.start("p", order_id="SO-1"), engine.start("p", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    engine.worker.drain()
    ends = engine.column("SELECT end_state FROM process_instance WHERE process_id = 'p' ORDER BY key")
    assert (first < second, ends) == (True, ["end", "end_gone"])


def test_a_program_that_has_just_begun_knows_whom_a_thrown_message_starts(engine: Engine) -> None:
    engine.deploy(starts_by_message(), sends())
    engine.start("sender", order_id="SO-1")
    task = engine.task("go")
    fresh = Engine(engine.db, engine.clock)
    fresh.runtime.complete(task, {}, LI)
    fresh.worker.drain()
    assert len(engine.tasks(element="pack")) == 1


def test_messages_that_nobody_took_in_time_are_deleted_those_with_an_id_are_not(engine: Engine) -> None:
    engine.deploy(listens())
    publish(engine, ttl=timedelta(hours=1))
    publish(engine, ttl=timedelta(hours=1), message_id="pay-1")
    publish(engine, ttl=timedelta(hours=9))
    engine.worker.drain()
    assert engine.count("message") == 3
    engine.clock.advance(timedelta(hours=1))
    engine.worker.drain()
    assert engine.column("SELECT message_id FROM message ORDER BY key") == ["pay-1", None]


# --- what a message starts ------------------------------------------------------------------------


def begins_at_events(kind: str) -> Drawing:
    """An event-based gateway that begins the process."""
    drawing = Drawing("p").gateway("which", "eventBased", instantiate="true", eventGatewayType=kind)
    drawing.catch("paid", message="msg_paid").catch("packed", message="msg_packed").end().end("end_packed")
    return drawing.flow("which", "paid", "end").flow("which", "packed", "end_packed")


def test_a_message_starts_at_a_receive_task_that_begins_the_process(engine: Engine) -> None:
    drawing = Drawing("p")
    drawing.catch("unused", message="msg_paid")
    drawing.lines.clear()
    drawing.element("receiveTask", "receive", messageRef="m_msg_paid", instantiate="true").user("pack").end()
    engine.deploy(drawing.flow("receive", "pack", "end"))
    (key,) = publish(engine)
    assert engine.tasks(element="pack", instance=key) != []
    consistent(engine)


def test_each_event_behind_a_gateway_that_begins_the_process_starts_it(engine: Engine) -> None:
    engine.deploy(begins_at_events("Exclusive"))
    for name in ("msg_paid", "msg_packed"):
        engine.runtime.publish(name, "SO-1", {"order_id": "SO-1"}, actor=SYSTEM)
    assert engine.column("SELECT end_state FROM process_instance ORDER BY key") == ["end", "end_packed"]
    consistent(engine)


@pytest.mark.parametrize("names", [("msg_paid", "msg_packed"), ("msg_packed", "msg_paid")])
def test_a_parallel_gateway_waits_for_the_other_messages(engine: Engine, names: tuple[str, str]) -> None:
    engine.deploy(begins_at_events("Parallel"))
    engine.runtime.publish(names[0], "SO-1", {"order_id": "SO-1"}, actor=SYSTEM)
    assert statuses(engine) == ["active"]
    engine.runtime.publish(names[1], "SO-2", {"order_id": "SO-2"}, actor=SYSTEM)
    assert statuses(engine) == ["active", "active"]
    engine.runtime.publish(names[1], "SO-1", {"order_id": "SO-1"}, actor=SYSTEM)
    assert statuses(engine) == ["completed", "active"]
    consistent(engine)


# --- sender and receiver stand apart --------------------------------------------------------------


def spins() -> Drawing:
    """Once it has its message it runs for ever."""
    drawing = Drawing("q").start().catch("ev", message="msg_paid").gateway("again").script("spin", "=1", "x")
    return drawing.flow("start", "ev", "again", "spin", "again")


def fails() -> Drawing:
    """Once it has its message it ends in an error that nobody catches."""
    drawing = Drawing("q").start().catch("ev", message="msg_paid").error_end("end", "E1")
    return drawing.flow("start", "ev", "end")


@pytest.mark.parametrize("poisoned", [spins(), fails()], ids=["runs for ever", "uncaught error"])
def test_a_poisoned_receiver_leaves_its_sender_alone_and_one_incident(engine: Engine, poisoned: Drawing) -> None:
    engine.deploy(poisoned, sends())
    engine.start("q", order_id="SO-1")
    sender = engine.start("sender", order_id="SO-1")
    engine.complete("go")
    for _ in range(3):
        engine.worker.drain()
        engine.clock.advance(timedelta(hours=1))
    assert statuses(engine) == ["active", "completed"]
    assert engine.kinds(sender).count("user_task.completed") == 1
    assert engine.column("SELECT kind || ' of ' || instance FROM incident") == [f"job of {sender}"]
    assert engine.column("SELECT due_at FROM job WHERE kind = 'message'") == [HELD]
    consistent(engine)


def test_a_message_that_an_incident_holds_is_delivered_once_the_cause_is_mended(engine: Engine) -> None:
    poisoned = Drawing("q").start("begin", message="msg_paid").error_end("end", "E1").flow("begin", "end")
    engine.deploy(poisoned, sends())
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    engine.worker.drain()
    assert statuses(engine) == ["completed"]
    engine.deploy(Drawing("q").start("begin", message="msg_paid").end().flow("begin", "end"))
    (incident,) = engine.column("SELECT id FROM incident")
    engine.runtime.resolve_incident(int(str(incident)), ZHAO)
    engine.worker.drain()
    assert statuses(engine) == ["completed", "completed"]
    assert (engine.count("incident"), engine.count("job")) == (0, 0)
    consistent(engine)


def test_the_incident_of_a_message_is_not_that_of_the_event_that_threw_it(engine: Engine) -> None:
    drawing = Drawing("sender").start().user("go").end().end("end_other")
    drawing.top += listens("q").top
    drawing.element("sendTask", "throw", messageRef="m_msg_paid")
    drawing.flow("start", "go", "throw").flow("throw", "end", when="=5").flow("throw", "end_other", when="=6")
    engine.deploy(fails(), drawing)
    engine.start("q", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    engine.worker.drain()
    assert sorted(map(str, engine.column("SELECT kind FROM incident"))) == ["condition_not_boolean", "job"]
    consistent(engine)


def test_a_receiver_that_stumbles_over_a_passing_trouble_gets_its_message_later(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.deploy(listens(), sends())
    engine.start("p", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")

    def down(*_: object) -> None:
        raise RuntimeError("something passing")

    with monkeypatch.context() as patched:
        patched.setattr("engine.runtime.cascade.bpmn.step", down)
        engine.worker.drain()
    assert engine.worker.drain() == 0
    assert engine.column("SELECT retries_left || ' ' || attempts FROM job") == ["2 1"]
    engine.clock.advance(timedelta(seconds=12))
    engine.worker.drain()
    assert statuses(engine) == ["completed", "completed"]
    assert engine.count("incident") == 0


def test_a_program_that_dies_before_it_delivers_loses_no_message(engine: Engine) -> None:
    engine.deploy(listens(), starts_by_message_as("other"), sends())
    engine.start("p", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    fresh = Engine(engine.db, engine.clock)
    fresh.worker.drain()
    assert statuses(fresh) == ["completed", "completed", "active"]
    consistent(fresh)


def test_a_message_is_kept_from_when_it_was_thrown_however_late_it_leaves(engine: Engine) -> None:
    engine.deploy(listens(), sends())
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    engine.clock.advance(timedelta(hours=23))
    engine.worker.drain()
    engine.clock.advance(timedelta(hours=1) - timedelta(seconds=1))
    engine.start("p", order_id="SO-1")
    assert statuses(engine) == ["completed", "completed"]
    engine.clock.advance(timedelta(seconds=1))
    engine.start("p", order_id="SO-1")
    assert statuses(engine)[-1] == "active"


def test_a_late_message_still_reaches_who_waits(engine: Engine) -> None:
    engine.deploy(listens(), sends())
    engine.start("p", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    engine.clock.advance(timedelta(days=9))
    engine.worker.drain()
    assert statuses(engine) == ["completed", "completed"]
    assert engine.count("message") == 0


def test_messages_of_a_case_leave_in_their_order(engine: Engine) -> None:
    engine.deploy(listens("p"), sends_twice())
    for _ in range(2):
        engine.start("p", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    assert JobRunner(engine.runtime, engine.delivered.append).run_due(50) == 2
    taken = [canonical.decode(found) for found in engine.column("SELECT variables FROM process_instance ORDER BY key")]  # type: ignore[arg-type]
    assert [variables.get("paid") for variables in taken[:2]] == [{"amount": 5}, {"amount": 6}]


def starts_by_message_as(process_id: str, message: str = "msg_paid") -> Drawing:
    return Drawing(process_id).start("begin", message=message).user("pack").end().flow("begin", "pack", "end")


def throws_on(process_id: str, begins_with: str, throws: str) -> Drawing:
    drawing = Drawing(process_id).start("begin", message=begins_with)
    return drawing.message_end("end", throws, {"order_id": "=order_id"}).flow("begin", "end")


def test_two_processes_that_start_each_other_for_ever_are_stopped(engine: Engine) -> None:
    engine.deploy(throws_on("ping", "msg_ping", "msg_pong"), throws_on("pong", "msg_pong", "msg_ping"))
    engine.runtime.publish("msg_ping", "SO-1", {"order_id": "SO-1"}, actor=SYSTEM)
    engine.worker.drain()
    assert engine.count("process_instance") == MAX_HOPS + 1
    assert engine.column("SELECT kind FROM incident") == ["job"]
    assert "CascadeTooLarge" in str(engine.column("SELECT message FROM incident")[0])
    assert engine.worker.drain() == 0
