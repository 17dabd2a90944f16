"""A called process is an instance of its own; the whole cascade is one transaction."""

from __future__ import annotations

import pytest

from engine import canonical
from engine.audit import re_execute
from engine.connectors import BpmnError
from engine.errors import CascadeTooLarge, StepError, UncaughtError
from engine.model import SYSTEM
from tests.engine.support import ZHAO, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, duration, mapping


def calls(child: str = "c", extension: str = "") -> Drawing:
    flags = {"propagateAllParentVariables": "true", "propagateAllChildVariables": "true"}
    drawing = Drawing("p").start().call("sub", child, extension, **flags).user("after").end()
    return drawing.flow("start", "sub", "after", "end")


def asks() -> Drawing:
    return Drawing("c").start().user("inner").end().flow("start", "inner", "end")


def rows(engine: Engine, column: str) -> list[object]:
    return engine.column(f"SELECT {column} FROM process_instance ORDER BY key")


def test_the_child_belongs_to_the_case_and_has_its_own_history(engine: Engine) -> None:
    engine.deploy(calls(), asks())
    key = engine.start(order_id="SO-1")
    assert rows(engine, "case_id") == [str(key)] * 2
    assert rows(engine, "depth") == [0, 1]
    child = rows(engine, "key")[1]
    assert engine.kinds(child)[0] == "instance.started"  # type: ignore[arg-type]


def test_variables_go_down_and_come_back(engine: Engine) -> None:
    engine.deploy(calls(extension=mapping(inputs={"kind": '="reship"'})), asks())
    key = engine.start(order_id="SO-1")
    engine.complete("inner", result="dispatched")
    (mine,) = engine.column("SELECT variables FROM process_instance WHERE key = :key", key=key)
    assert canonical.decode(mine)["result"] == "dispatched"  # type: ignore[arg-type]
    assert len(engine.tasks(element="after")) == 1
    assert rows(engine, "status") == ["active", "completed"]


def test_a_child_that_never_waits_returns_in_the_same_transaction(engine: Engine) -> None:
    engine.deploy(calls(), Drawing("c").start().script("s", "=41 + 1", "answer").end().flow("start", "s", "end"))
    engine.start()
    assert len(engine.tasks(element="after")) == 1
    assert rows(engine, "status") == ["active", "completed"]


def test_an_error_of_the_child_takes_the_callers_boundary_event(engine: Engine) -> None:
    parent = calls().boundary("failed", "sub", error="E1").user("mend").flow("failed", "mend", "end")
    engine.deploy(parent, Drawing("c").start().user("inner").error_end("end", "E1").flow("start", "inner", "end"))
    engine.start()
    engine.complete("inner")
    assert len(engine.tasks(element="mend")) == 1


def fails_uncaught() -> Drawing:
    drawing = Drawing("c").start().user("inner").gateway("well", default="well_end")
    drawing.error_end("broken", "E1").end()
    return drawing.flow("start", "inner", "well", "end").flow("well", "broken", when="=bad")


def test_an_error_that_nobody_catches_undoes_the_completion_and_leaves_an_incident(engine: Engine) -> None:
    engine.deploy(calls(), fails_uncaught())
    engine.start()
    before = engine.snapshot()
    for _ in range(2):
        with pytest.raises(UncaughtError):
            engine.complete("inner", bad=True)
    after = engine.snapshot()
    same = [t for t in before if t not in {"process_instance", "incident", "history_event", "history_value"}]
    assert [before[name] for name in same] == [after[name] for name in same]
    assert engine.column("SELECT element || ' ' || kind FROM incident") == ["inner completion_refused"]
    assert rows(engine, "incidents") == [0, 1]
    assert rows(engine, "status") == ["active", "active"]
    case_id = str(rows(engine, "case_id")[0])
    assert re_execute(engine.db, case_id).same


def test_a_completion_that_goes_through_closes_the_incident_of_one_that_did_not(engine: Engine) -> None:
    engine.deploy(calls(), fails_uncaught())
    engine.start()
    with pytest.raises(UncaughtError):
        engine.complete("inner", bad=True)
    engine.complete("inner", bad=False)
    assert (engine.count("incident"), rows(engine, "incidents")) == (0, [0, 0])
    assert len(engine.tasks(element="after")) == 1
    assert re_execute(engine.db, str(rows(engine, "case_id")[0])).same


def test_a_refused_completion_is_resolved_by_a_supervisor(engine: Engine) -> None:
    engine.deploy(calls(), fails_uncaught())
    engine.start()
    with pytest.raises(UncaughtError):
        engine.complete("inner", bad=True)
    (incident,) = engine.column("SELECT id FROM incident")
    engine.runtime.resolve_incident(int(str(incident)), ZHAO)
    assert (engine.count("incident"), rows(engine, "incidents")) == (0, [0, 0])
    assert len(engine.tasks(element="inner")) == 1


def test_a_process_that_calls_itself_is_stopped_at_depth_16(engine: Engine) -> None:
    engine.deploy(Drawing("p").start().call("sub", "p").end().flow("start", "sub", "end"))
    before = engine.snapshot()
    with pytest.raises(CascadeTooLarge):
        engine.start()
    assert engine.snapshot() == before


def test_a_running_case_stays_on_its_version_and_calls_the_newest(engine: Engine) -> None:
    engine.deploy(calls(), asks())
    engine.start()
    changed = Drawing("p").start().call("sub", "c").end().flow("start", "sub", "end")
    engine.deploy(changed)
    engine.complete("inner")
    assert len(engine.tasks(element="after")) == 1
    engine.start()
    engine.complete("inner")
    assert rows(engine, "status") == ["active", "completed", "completed", "completed"]


def test_a_service_inside_a_called_process_can_end_in_the_callers_boundary(engine: Engine) -> None:
    def refuse(_: object) -> dict[str, object]:
        raise BpmnError("REFUSED")

    engine.connectors["work"] = refuse
    parent = calls().boundary("failed", "sub", error="REFUSED").user("mend").flow("failed", "mend", "end")
    engine.deploy(parent, Drawing("c").start().service("job").end().flow("start", "job", "end"))
    engine.start()
    engine.worker.drain()
    assert len(engine.tasks(element="mend")) == 1


def interruptible() -> Drawing:
    """Calls ``c``; a message at the call ends it."""
    parent = calls().boundary("enough", "sub", message="msg_enough").end("end_enough")
    return parent.flow("enough", "end_enough")


def test_a_child_that_ends_its_own_call_is_cancelled(engine: Engine) -> None:
    child = Drawing("c").start().gateway("fork", "parallel").user("inner").end()
    child.message_end("end_told", "msg_enough", {"x": "=1"})
    engine.deploy(interruptible(), child.flow("start", "fork", "inner", "end").flow("fork", "end_told"))
    engine.start(order_id="SO-1")
    engine.worker.drain()
    assert rows(engine, "status") == ["completed", "cancelled"]
    assert engine.tasks() == []
    consistent(engine)


def test_a_child_whose_last_word_would_end_its_call_comes_back_first(engine: Engine) -> None:
    child = Drawing("c").start()
    child.message_end("end_told", "msg_enough", {"x": "=1"})
    engine.deploy(interruptible(), child.flow("start", "end_told"))
    engine.start(order_id="SO-1")
    engine.worker.drain()
    assert len(engine.tasks(element="after")) == 1
    assert rows(engine, "status") == ["active", "completed"]
    assert engine.count("message") == 1
    consistent(engine)


def test_a_child_that_ends_in_the_cascade_that_ends_its_call_does_not_come_back(engine: Engine) -> None:
    child = Drawing("c").start().catch("told", message="msg_enough").end().flow("start", "told", "end")
    engine.deploy(interruptible(), child)
    engine.start(order_id="SO-1")
    engine.runtime.publish("msg_enough", "SO-1", None, actor=SYSTEM)
    assert rows(engine, "status") == ["completed", "completed"]
    assert rows(engine, "end_state") == ["end_enough", "end"]
    consistent(engine)


def test_cancelling_a_case_cancels_all_that_it_called_down_to_the_last(engine: Engine) -> None:
    flags = {"propagateAllParentVariables": "true"}
    middle = Drawing("c").start().call("deeper", "d", **flags).end().flow("start", "deeper", "end")
    last = Drawing("d").start().user("inner").end().flow("start", "inner", "end")
    last.boundary("tm", "inner", duration("PT1H"), interrupting=False).end("end_tm").flow("tm", "end_tm")
    engine.deploy(calls(), middle, last)
    key = engine.start()
    with pytest.raises(StepError):
        engine.runtime.cancel(key + 1, "只终止子流程", ZHAO)
    engine.runtime.cancel(key, "客户撤回", ZHAO)
    assert rows(engine, "status") == ["cancelled"] * 3
    assert (engine.count("job"), engine.tasks()) == (0, [])
    consistent(engine)


def test_a_message_of_a_child_can_start_a_case_that_is_not_its_own(engine: Engine) -> None:
    child = Drawing("c").start()
    child.message_end("end_told", "msg_paid", {"amount": "=5"})
    other = Drawing("other").start().start("paid", message="msg_paid").user("pack").end()
    engine.deploy(calls(), child.flow("start", "end_told"), other.flow("start", "pack", "end").flow("paid", "pack"))
    key = engine.start(order_id="SO-1")
    engine.worker.drain()
    started = engine.column("SELECT case_id || '<' || parent_case_id FROM process_instance WHERE process_id = 'other'")
    assert started == [f"{key + 2}<{key}"]
    consistent(engine)
