"""A suspended case stands still: nothing steps it but a repair, and what came meanwhile is done when it is resumed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from engine.errors import StepError
from engine.model import SYSTEM, CompleteUserTask, Modify, Skip
from engine.store.writes import HELD
from tests.engine.support import LI, ZHAO, Engine, consistent, failing
from tests.unit.bpmn.drawing import Drawing, duration


def listens(process_id: str = "p") -> Drawing:
    return Drawing(process_id).start().catch("ev", message="msg_paid").end().flow("start", "ev", "end")


def publish(engine: Engine) -> list[int]:
    return engine.runtime.publish("msg_paid", "SO-1", {"amount": 5}, actor=SYSTEM)


def suspend(engine: Engine, key: int) -> None:
    engine.runtime.suspend(str(key), ZHAO, reason="客户要求暂缓")


def resume(engine: Engine, key: int) -> None:
    engine.runtime.resume(str(key), ZHAO)


def statuses(engine: Engine) -> list[object]:
    return engine.column("SELECT status FROM process_instance ORDER BY key")


def test_no_command_of_the_world_steps_it(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().user("ask").end().flow("start", "ask", "end"))
    key = engine.start()
    task = engine.task("ask")
    suspend(engine, key)
    before = engine.snapshot()
    with engine.db.begin() as tx:
        cascade = engine.runtime.cascade(tx, LI, engine.clock.now())
        with pytest.raises(StepError) as refused:
            cascade.run(key, CompleteUserTask(id=task, variables={}))
    assert "暂停" in refused.value.message_zh
    assert engine.snapshot() == before
    consistent(engine)
    resume(engine, key)
    engine.complete("ask")
    assert statuses(engine) == ["completed"]
    consistent(engine)


def test_a_timer_that_falls_due_meanwhile_fires_when_it_is_resumed(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().catch("wait", duration("PT1H")).end().flow("start", "wait", "end"))
    key, other = engine.start(), engine.start()
    suspend(engine, key)
    engine.clock.advance(timedelta(hours=2))
    assert engine.worker.drain() == 1
    assert statuses(engine) == ["suspended", "completed"]
    consistent(engine)
    resume(engine, key)
    assert engine.worker.drain() == 1
    assert statuses(engine) == ["completed", "completed"]
    assert other > key
    consistent(engine)


def test_what_it_has_thrown_already_leaves_all_the_same(engine: Engine) -> None:
    sender = Drawing("sender").start().gateway("fork", "parallel").user("ask").end()
    sender.message_end("told", "msg_paid", {"amount": "=5"})
    engine.deploy(listens(), sender.flow("start", "fork", "ask", "end").flow("fork", "told"))
    engine.start("p", order_id="SO-1")
    key = engine.start("sender", order_id="SO-1")
    suspend(engine, key)
    engine.worker.drain()
    assert statuses(engine) == ["completed", "suspended"]
    consistent(engine)


def test_a_due_job_of_a_suspended_case_which_nothing_makes_is_held_and_does_not_spin(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().service("call").end().flow("start", "call", "end"))
    key = engine.start()
    suspend(engine, key)
    with engine.db.begin() as tx:
        tx.connection.execute(text("UPDATE job SET due_at = suspended_due_at, suspended_due_at = NULL"))
    assert engine.worker.drain() == 1
    assert engine.worker.drain() == 0
    assert engine.column("SELECT due_at FROM job") == [HELD]
    (incident,) = engine.column("SELECT id FROM incident WHERE kind = 'job'")
    consistent(engine)
    engine.runtime.resolve_incident(int(str(incident)), ZHAO)
    assert engine.worker.drain() == 0
    consistent(engine)
    resume(engine, key)
    engine.worker.drain()
    assert statuses(engine) == ["completed"]


def test_work_that_fails_while_its_case_is_suspended_costs_no_try(engine: Engine) -> None:
    def fails(_: object) -> dict[str, object]:
        raise RuntimeError("down")

    engine.connectors["work"] = fails
    engine.deploy(Drawing("p").start().service("call").end().flow("start", "call", "end"))
    key = engine.start()
    runner = engine.worker._runner
    put_off = runner._put_off

    def suspended_first(*arguments: object) -> None:
        suspend(engine, key)
        put_off(*arguments)  # type: ignore[arg-type]

    runner._put_off = suspended_first  # type: ignore[method-assign]
    assert runner.run_due(10) == 1
    assert engine.column("SELECT retries_left || ' ' || attempts FROM job") == ["3 0"]
    assert engine.count("incident") == 0
    consistent(engine)


def test_a_message_passes_it_by_and_reaches_the_next_one(engine: Engine) -> None:
    engine.deploy(listens())
    first, second = engine.start(order_id="SO-1"), engine.start(order_id="SO-1")
    suspend(engine, first)
    assert publish(engine) == [second]
    assert statuses(engine) == ["suspended", "completed"]


def test_a_message_that_passed_it_by_is_kept_for_when_it_is_resumed(engine: Engine) -> None:
    engine.deploy(listens())
    key = engine.start(order_id="SO-1")
    suspend(engine, key)
    assert publish(engine) == []
    assert engine.count("message") == 1
    consistent(engine)
    resume(engine, key)
    assert statuses(engine) == ["completed"]
    consistent(engine)


def test_a_message_whose_time_is_over_is_not_given_any_more(engine: Engine) -> None:
    engine.deploy(listens())
    key = engine.start(order_id="SO-1")
    suspend(engine, key)
    publish(engine)
    engine.clock.advance(timedelta(hours=24))
    resume(engine, key)
    assert statuses(engine) == ["active"]


def test_of_two_that_wait_for_a_kept_message_one_gets_it(engine: Engine) -> None:
    engine.deploy(listens())
    first, second = engine.start(order_id="SO-1"), engine.start(order_id="SO-1")
    suspend(engine, first)
    suspend(engine, second)
    publish(engine)
    resume(engine, second)
    resume(engine, first)
    assert statuses(engine) == ["active", "completed"]
    consistent(engine)


def test_a_message_whose_receiver_is_suspended_holds_neither_its_sender_nor_itself(engine: Engine) -> None:
    sender = Drawing("sender").start()
    sender.message_end("end", "msg_paid", {"amount": "=5"})
    engine.deploy(listens(), sender.flow("start", "end"))
    key = engine.start("p", order_id="SO-1")
    suspend(engine, key)
    engine.start("sender", order_id="SO-1")
    engine.worker.drain()
    assert statuses(engine) == ["suspended", "completed"]
    assert (engine.count("job"), engine.count("message")) == (0, 1)
    resume(engine, key)
    assert statuses(engine) == ["completed", "completed"]


def test_called_processes_are_suspended_and_resumed_with_their_case(engine: Engine) -> None:
    parent = Drawing("p").start().call("sub", "c").end().flow("start", "sub", "end")
    engine.deploy(parent, Drawing("c").start().user("inner").end().flow("start", "inner", "end"))
    key = engine.start()
    suspend(engine, key)
    assert statuses(engine) == ["suspended", "suspended"]
    consistent(engine)
    resume(engine, key)
    engine.complete("inner")
    assert statuses(engine) == ["completed", "completed"]


def test_a_suspended_case_can_be_cancelled_with_all_that_it_called(engine: Engine) -> None:
    parent = Drawing("p").start().call("sub", "c").end().flow("start", "sub", "end")
    child = Drawing("c").start().service("job").end().flow("start", "job", "end")
    engine.deploy(parent, child)
    key = engine.start()
    suspend(engine, key)
    engine.runtime.cancel(key, "客户撤回", ZHAO)
    assert statuses(engine) == ["cancelled", "cancelled"]
    assert engine.column("SELECT ended_at IS NULL FROM process_instance") == [0, 0]
    assert engine.count("job") == 0
    consistent(engine)


# --- repairs of what stands still -----------------------------------------------------------------


def modify(engine: Engine, key: int, *elements: str) -> None:
    """What an operator does to it before it is resumed."""
    with engine.db.begin() as tx:
        cascade = engine.runtime.cascade(tx, ZHAO, engine.clock.now())
        cascade.run(key, Modify(activate=elements))
        cascade.finish()


def has_everything() -> Drawing:
    flags = {"propagateAllParentVariables": "true"}
    drawing = Drawing("p").start().user("ask").end().end("end_b").end("end_c").end("end_d")
    drawing.service("call").catch("wait", duration("PT1H")).catch("ev", message="msg_paid").call("sub", "c", **flags)
    drawing.flow("start", "ask", "call", "end").flow("wait", "end_b").flow("ev", "end_c").flow("sub", "end_d")
    return drawing


def test_a_repair_resumes_nothing_and_what_it_opens_waits(engine: Engine) -> None:
    engine.deploy(has_everything(), listens("c"))
    key = engine.start(order_id="SO-1")
    suspend(engine, key)
    publish(engine)
    modify(engine, key, "call", "wait", "ev", "sub")
    assert statuses(engine) == ["suspended", "suspended"]
    assert engine.column("SELECT DISTINCT due_at FROM job") == [HELD]
    engine.clock.advance(timedelta(hours=2))
    assert engine.worker.drain() == 0
    assert engine.column("SELECT message_name FROM subscription") == ["msg_paid", "msg_paid"]
    consistent(engine)
    resume(engine, key)
    assert engine.count("subscription") == 0
    engine.worker.drain()
    assert engine.count("job") == 0
    assert statuses(engine) == ["active", "completed"]
    engine.complete("ask")
    engine.worker.drain()
    assert statuses(engine) == ["completed", "completed"]
    consistent(engine)


def test_an_incident_that_is_resolved_meanwhile_is_tried_again_when_it_is_resumed(engine: Engine) -> None:
    engine.connectors["work"] = failing(3)
    engine.deploy(Drawing("p").start().service("call").end().flow("start", "call", "end"))
    key = engine.start()
    for _ in range(4):
        engine.worker.drain()
        engine.clock.advance(timedelta(hours=1))
    assert engine.column("SELECT kind FROM incident") == ["no_retries_left"]
    suspend(engine, key)
    (incident,) = engine.column("SELECT id FROM incident")
    engine.runtime.resolve_incident(int(str(incident)), ZHAO)
    assert engine.worker.drain() == 0
    consistent(engine)
    resume(engine, key)
    assert engine.worker.drain() == 1
    assert statuses(engine) == ["completed"]
    consistent(engine)


def test_a_repair_can_end_a_suspended_case(engine: Engine) -> None:
    parent = Drawing("p").start().call("sub", "c").end().flow("start", "sub", "end")
    engine.deploy(parent, Drawing("c").start().user("inner").end().flow("start", "inner", "end"))
    key = engine.start()
    suspend(engine, key)
    task = engine.task("inner")
    with engine.db.begin() as tx:
        cascade = engine.runtime.cascade(tx, ZHAO, engine.clock.now())
        cascade.run(key + 1, Skip(id=task))
        cascade.finish()
    assert statuses(engine) == ["completed", "completed"]
    consistent(engine)
