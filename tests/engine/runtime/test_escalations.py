"""An escalation that a called process does not catch goes to its caller, and on to that one's caller."""

from __future__ import annotations

import pytest

from tests.engine.support import Engine, consistent
from tests.unit.bpmn.drawing import Drawing, mapping

FLAGS = {"propagateAllParentVariables": "true", "propagateAllChildVariables": "true"}


def escalation(drawing: Drawing, code: str = "LATE") -> str:
    drawing.top.append(f'<bpmn:escalation id="x_{code}" escalationCode="{code}"/>')
    return f'<bpmn:escalationEventDefinition escalationRef="x_{code}"/>'


def child(**inputs: str) -> Drawing:
    """Tells that it is late, and works on."""
    drawing = Drawing("c").start().user("inner").user("more").end()
    drawing.element("intermediateThrowEvent", "late", escalation(drawing), mapping(inputs))
    return drawing.flow("start", "inner", "late", "more", "end")


def ends_late() -> Drawing:
    drawing = Drawing("c").start().user("inner")
    return drawing.end("end", escalation(drawing)).flow("start", "inner", "end")


def caller(*, interrupting: bool, called: str = "c", process_id: str = "p") -> Drawing:
    drawing = Drawing(process_id).start().call("sub", called, **FLAGS).user("after").end()
    drawing.boundary("told", "sub", escalation(drawing), interrupting=interrupting).user("look").end("end_told")
    return drawing.flow("start", "sub", "after", "end").flow("told", "look", "end_told")


def rows(engine: Engine, column: str) -> list[object]:
    return engine.column(f"SELECT {column} FROM process_instance ORDER BY key")


def open_tasks(engine: Engine) -> list[object]:
    return engine.column("SELECT element FROM user_task WHERE status = 'open' ORDER BY element")


def test_the_caller_is_told_while_the_child_works_on(engine: Engine) -> None:
    engine.deploy(caller(interrupting=False), child(hours="=3"))
    key = engine.start()
    engine.complete("inner")
    assert open_tasks(engine) == ["look", "more"]
    assert rows(engine, "status") == ["active", "active"]
    assert engine.kinds(key + 1).count("escalation.thrown") == 1
    engine.complete("more")
    assert open_tasks(engine) == ["after", "look"]
    consistent(engine)


def test_an_interrupting_event_cancels_the_child(engine: Engine) -> None:
    engine.deploy(caller(interrupting=True), child())
    engine.start()
    engine.complete("inner")
    assert open_tasks(engine) == ["look"]
    assert rows(engine, "status") == ["active", "cancelled"]
    consistent(engine)


@pytest.mark.parametrize(("interrupting", "left"), [(True, ["look"]), (False, ["after", "look"])])
def test_an_escalation_at_the_childs_end_comes_before_its_return(
    engine: Engine, interrupting: bool, left: list[str]
) -> None:
    engine.deploy(caller(interrupting=interrupting), ends_late())
    engine.start()
    engine.complete("inner")
    assert open_tasks(engine) == left
    assert rows(engine, "status") == ["active", "completed"]
    consistent(engine)


def test_it_goes_on_to_the_callers_caller(engine: Engine) -> None:
    middle = Drawing("m").start().call("deeper", "c", **FLAGS).end().flow("start", "deeper", "end")
    engine.deploy(caller(interrupting=True, called="m"), middle, child())
    engine.start()
    engine.complete("inner")
    assert open_tasks(engine) == ["look"]
    assert rows(engine, "status") == ["active", "cancelled", "cancelled"]
    consistent(engine)


def test_one_that_nobody_catches_ends_without_effect(engine: Engine) -> None:
    plain = Drawing("p").start().call("sub", "c", **FLAGS).end().flow("start", "sub", "end")
    engine.deploy(plain, child())
    engine.start()
    engine.complete("inner")
    assert open_tasks(engine) == ["more"]
    engine.complete("more")
    assert rows(engine, "status") == ["completed", "completed"]
    assert (engine.count("incident"), engine.count("job")) == (0, 0)
    consistent(engine)


def test_in_a_case_without_a_caller_it_ends_without_effect(engine: Engine) -> None:
    engine.deploy(child())
    engine.start("c")
    engine.complete("inner")
    assert open_tasks(engine) == ["more"]
    consistent(engine)


def test_a_code_that_the_caller_does_not_name_passes_it_by(engine: Engine) -> None:
    drawing = Drawing("c").start().user("inner").user("more").end()
    drawing.element("intermediateThrowEvent", "late", escalation(drawing, "OTHER"))
    engine.deploy(caller(interrupting=True), drawing.flow("start", "inner", "late", "more", "end"))
    engine.start()
    engine.complete("inner")
    assert open_tasks(engine) == ["more"]
    consistent(engine)
