"""Start, claim, complete, cancel: one transaction each, and clear answers to those who come too late."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from engine import canonical
from engine.errors import (
    DuplicateSubmission,
    EngineError,
    LimitExceeded,
    NotAllowed,
    NotFound,
    StepError,
    StepLimitExceeded,
    TaskNotOpen,
    VariablesTooLarge,
)
from engine.model import SYSTEM
from tests.engine.support import CANG, LI, WANG, ZHAO, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, duration, mapping, properties


def two_tasks() -> Drawing:
    drawing = Drawing("p").start().user("first").user("second").end()
    return drawing.flow("start", "first", "second", "end")


def test_a_started_instance_waits_in_the_inbox_of_its_group(engine: Engine) -> None:
    engine.deploy(two_tasks())
    engine.start(order_id="SO-1")
    assert len(engine.tasks(element="first", candidate_groups="aftersales")) == 1


def test_completing_a_task_goes_on_to_the_next_and_keeps_the_variables(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start(order_id="SO-1")
    engine.complete("first", LI, reason="晚了")
    assert engine.tasks(element="first") == []
    assert len(engine.tasks(element="second")) == 1
    (variables,) = engine.column("SELECT variables FROM process_instance WHERE key = :key", key=key)
    assert canonical.decode(variables) == {"order_id": "SO-1", "reason": "晚了"}


def test_an_output_mapping_can_keep_who_completed_the_task(engine: Engine) -> None:
    drawing = (
        Drawing("p")
        .start()
        .user("first", extension=mapping(outputs={"approver": "=actor", "case_actor": "=case.actor"}))
    )
    drawing.service("work", extension=mapping(outputs={"worker": "=actor"})).user("second").end()
    engine.deploy(drawing.flow("start", "first", "work", "second", "end"))
    engine.start()
    engine.complete("first", LI)
    engine.worker.drain()
    (variables,) = engine.column("SELECT variables FROM process_instance")
    assert canonical.decode(variables) == {"approver": LI.id, "case_actor": LI.id, "worker": SYSTEM.id}


def test_an_instance_ends_with_its_end_state(engine: Engine) -> None:
    engine.deploy(two_tasks())
    engine.start()
    engine.complete("first")
    engine.complete("second")
    assert engine.column("SELECT status || ' ' || end_state FROM process_instance") == ["completed end"]


def test_a_repeated_start_gives_the_same_instance(engine: Engine) -> None:
    engine.deploy(two_tasks())
    first = engine.runtime.start("p", {}, SYSTEM, start_key="form-1")
    assert engine.runtime.start("p", {}, SYSTEM, start_key="form-1") == first
    assert engine.count("process_instance") == 1


def test_an_unknown_process_cannot_be_started(engine: Engine) -> None:
    with pytest.raises(NotFound):
        engine.start("p99_nothing")


def test_the_same_submission_twice_is_one_completion(engine: Engine) -> None:
    engine.deploy(two_tasks())
    engine.start()
    task = engine.task("first")
    engine.runtime.complete(task, {"a": "1"}, LI, submission_key="k")
    before = engine.snapshot()
    engine.runtime.complete(task, {"a": "1"}, LI, submission_key="k")
    assert engine.snapshot() == before


@pytest.mark.parametrize(("actor", "key"), [(WANG, "other"), (WANG, "k"), (LI, "other"), (LI, None)])
def test_another_submission_of_a_completed_task_is_refused(engine: Engine, actor: object, key: str | None) -> None:
    engine.deploy(two_tasks())
    engine.start()
    task = engine.task("first")
    engine.runtime.complete(task, {}, LI, submission_key="k")
    before = engine.snapshot()
    with pytest.raises(DuplicateSubmission):
        engine.runtime.complete(task, {}, actor, submission_key=key)  # type: ignore[arg-type]
    assert engine.snapshot() == before


def test_a_stranger_is_not_told_that_a_task_was_completed(engine: Engine) -> None:
    engine.deploy(two_tasks())
    engine.start()
    task = engine.task("first")
    engine.complete("first")
    with pytest.raises(NotAllowed):
        engine.runtime.complete(task, {}, CANG)


def test_a_stranger_is_not_told_that_a_task_was_cancelled(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    task = engine.task("first")
    engine.runtime.cancel(key, "客户撤回", ZHAO)
    with pytest.raises(NotAllowed):
        engine.runtime.complete(task, {}, CANG)


def test_a_task_of_another_group_cannot_be_completed_or_claimed(engine: Engine) -> None:
    engine.deploy(two_tasks())
    engine.start()
    for command in (engine.runtime.claim, lambda t, a: engine.runtime.complete(t, {}, a)):
        with pytest.raises(NotAllowed):
            command(engine.task("first"), CANG)


def test_there_is_no_task_of_an_unknown_id(engine: Engine) -> None:
    with pytest.raises(NotFound):
        engine.runtime.complete(4711, {}, LI)


def test_a_claimed_task_is_the_claimers_until_he_gives_it_back(engine: Engine) -> None:
    engine.deploy(two_tasks())
    engine.start()
    task = engine.task("first")
    engine.runtime.claim(task, LI)
    for attempt in (engine.runtime.claim, engine.runtime.unclaim, lambda t, a: engine.runtime.complete(t, {}, a)):
        with pytest.raises(TaskNotOpen):
            attempt(task, WANG)
    engine.runtime.unclaim(task, LI)
    engine.runtime.claim(task, WANG)
    assert engine.column("SELECT assignee FROM user_task") == ["wang"]


def test_claiming_is_in_the_history_with_before_and_after(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    engine.runtime.claim(engine.task("first"), LI)
    engine.runtime.claim(engine.task("first"), LI)
    assert engine.kinds(key)[-1:] == ["user_task.claimed"]
    assert engine.kinds(key).count("user_task.claimed") == 1


def test_a_cancelled_task_answers_that_it_is_over(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    task = engine.task("first")
    engine.runtime.cancel(key, "客户撤回", ZHAO)
    with pytest.raises(TaskNotOpen):
        engine.runtime.complete(task, {}, LI)
    with pytest.raises(StepError):
        engine.runtime.cancel(key, "again", ZHAO)
    assert engine.column("SELECT status FROM process_instance") == ["cancelled"]


def test_an_agent_may_not_cancel_a_case(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    with pytest.raises(NotAllowed):
        engine.runtime.cancel(key, "why not", LI)


def test_cancelling_leaves_no_job_subscription_task_or_child_behind(engine: Engine) -> None:
    child = Drawing("c").start().user("inner").end().flow("start", "inner", "end")
    parent = Drawing("p").start().call("sub", "c").user("other").end()
    parent.boundary("tm", "other", duration("PT1H"), interrupting=False).end("end_tm")
    parent.gateway("fork", "parallel").flow("start", "fork", "sub", "end")
    parent.flow("fork", "other", "end").flow("tm", "end_tm")
    engine.deploy(parent, child)
    key = engine.start()
    assert (len(engine.tasks()), engine.count("job")) == (2, 1)
    engine.runtime.cancel(key, "客户撤回", ZHAO)
    assert (engine.tasks(), engine.count("job"), engine.count("subscription")) == ([], 0, 0)
    assert engine.column("SELECT DISTINCT status FROM process_instance") == ["cancelled"]


def test_a_called_process_cannot_be_cancelled_alone(engine: Engine) -> None:
    child = Drawing("c").start().user("inner").end().flow("start", "inner", "end")
    engine.deploy(Drawing("p").start().call("sub", "c").end().flow("start", "sub", "end"), child)
    engine.start()
    (called,) = engine.column("SELECT key FROM process_instance WHERE parent IS NOT NULL")
    with pytest.raises(StepError):
        engine.runtime.cancel(called, "why", ZHAO)  # type: ignore[arg-type]


def test_four_eyes_refuses_who_acted_elsewhere_in_the_case(engine: Engine) -> None:
    four_eyes = properties(four_eyes="case")
    drawing = Drawing("p").start().user("ask").user("pay", extension=four_eyes).end()
    engine.deploy(drawing.flow("start", "ask", "pay", "end"))
    engine.start()
    engine.complete("ask", LI)
    for command in (engine.runtime.claim, lambda t, a: engine.runtime.complete(t, {}, a)):
        with pytest.raises(NotAllowed) as refused:
            command(engine.task("pay"), LI)
        assert "另一位同事" in refused.value.message_zh
    engine.complete("pay", WANG)
    assert engine.column("SELECT status FROM process_instance") == ["completed"]


def test_fifty_threads_complete_one_task_exactly_once(engine: Engine) -> None:
    engine.deploy(two_tasks())
    key = engine.start()
    task, answers = engine.task("first"), Counter[str]()
    gate = threading.Barrier(50)

    def submit(number: int) -> None:
        gate.wait()
        try:
            engine.runtime.complete(task, {"n": str(number)}, LI, submission_key=f"k{number % 25}")
        except EngineError as refused:
            answers[refused.code] += 1
        else:
            answers["done"] += 1

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"done": 2, "duplicate_submission": 48}
    assert engine.kinds(key).count("user_task.completed") == 1
    assert len(engine.tasks(element="second")) == 1


def test_due_times_come_from_the_command_and_not_from_the_machine(engine: Engine) -> None:
    drawing = Drawing("p").start().catch("wait", duration("PT24H")).end().flow("start", "wait", "end")
    engine.deploy(drawing)
    engine.start()
    (due,) = engine.column("SELECT due_at FROM job")
    expected = engine.clock.now() + timedelta(hours=24)
    assert due == int(expected.timestamp() * 1_000_000)


def test_a_start_key_of_somebody_else_gives_nobody_his_case(engine: Engine) -> None:
    other = Drawing("q").start().user("other").end().flow("start", "other", "end")
    other.extension = properties(start_permission="P01")
    engine.deploy(two_tasks(), other)
    engine.runtime.start("p", {}, SYSTEM, start_key="form-1")
    with pytest.raises(DuplicateSubmission):
        engine.runtime.start("q", {}, SYSTEM, start_key="form-1")
    with pytest.raises(DuplicateSubmission):
        engine.runtime.start("q", {}, LI, start_key="form-1")
    assert engine.count("process_instance") == 1


@pytest.mark.parametrize(
    ("note", "problem"), [("长" * 100_000, VariablesTooLarge), ("again", StepLimitExceeded)], ids=["size", "steps"]
)
def test_a_completion_beyond_what_an_instance_may_have_is_undone_and_leaves_an_incident(
    engine: Engine, note: str, problem: type[LimitExceeded]
) -> None:
    drawing = Drawing("p").start().user("ask").gateway("which", default="which_after")
    drawing.gateway("again").script("spin", "=1", "x").user("after").end()
    drawing.flow("start", "ask", "which", "after", "end").flow("again", "spin", "again")
    engine.deploy(drawing.flow("which", "again", when='=note = "again"'))
    engine.start()
    before = engine.column("SELECT state FROM process_instance")
    with pytest.raises(problem):
        engine.complete("ask", note=note)
    assert engine.column("SELECT state FROM process_instance") == before
    assert engine.column("SELECT kind FROM incident") == ["completion_refused"]
    consistent(engine)
    engine.complete("ask", note="")
    assert engine.count("incident") == 0
    assert len(engine.tasks(element="after")) == 1
