"""A message finds those who wait for it, is kept for those who come later, and reaches each process once."""

from __future__ import annotations

from datetime import timedelta

from engine import canonical
from engine.model import SYSTEM
from tests.engine.support import LI, Engine
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


def test_a_message_end_event_wakes_another_case_in_the_same_transaction(engine: Engine) -> None:
    engine.deploy(listens(), sends())
    engine.start("p", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    assert statuses(engine) == ["completed", "completed"]


def test_a_message_end_event_starts_a_linked_case(engine: Engine) -> None:
    engine.deploy(starts_by_message(), sends())
    sender = engine.start("sender", order_id="SO-1")
    engine.complete("go")
    assert engine.column("SELECT parent_case_id FROM process_instance WHERE process_id = 'p'") == [str(sender)]


def test_a_message_that_a_cascade_throws_finds_who_began_to_wait_in_it(engine: Engine) -> None:
    engine.deploy(listens("child"), sends())
    both = Drawing("both").start().gateway("fork", "parallel").call("a", "child").call("b", "sends_now").end()
    both.end("end_b").flow("start", "fork", "a", "end").flow("fork", "b", "end_b")
    at_once = Drawing("sends_now").start()
    at_once.message_end("end", "msg_paid", {"amount": "=5"})
    engine.deploy(both, at_once.flow("start", "end"))
    engine.start("both", order_id="SO-1")
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
    assert statuses(engine) == ["completed", "completed"]


def test_of_two_messages_of_one_step_the_second_goes_to_the_next_instance(engine: Engine) -> None:
    engine.deploy(listens(), sends_twice())
    engine.start("p", order_id="SO-1")
    engine.start("p", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
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


def test_a_message_whose_receiver_ended_in_the_same_step_goes_to_the_next_one(engine: Engine) -> None:
    either_ends = Drawing("sender").start().user("go").gateway("fork", "parallel")
    either_ends.message_end("end", "msg_paid", {"a": "=1"}).message_end("end_b", "msg_gone", {"a": "=2"})
    engine.deploy(either(), either_ends.flow("start", "go", "fork", "end").flow("fork", "end_b"))
    first, second = engine.start("p", order_id="SO-1"), engine.start("p", order_id="SO-1")
    engine.start("sender", order_id="SO-1")
    engine.complete("go")
    ends = engine.column("SELECT end_state FROM process_instance WHERE process_id = 'p' ORDER BY key")
    assert (first < second, ends) == (True, ["end", "end_gone"])


def test_a_program_that_has_just_begun_knows_whom_a_thrown_message_starts(engine: Engine) -> None:
    engine.deploy(starts_by_message(), sends())
    engine.start("sender", order_id="SO-1")
    task = engine.task("go")
    Engine(engine.db, engine.clock).runtime.complete(task, {}, LI)
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
