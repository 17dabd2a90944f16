"""Variables live in scopes of the instance; the platform's facts are read, never written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import variables_of
from engine.errors import StepError
from engine.model import CompleteCall, CompleteUserTask, Facts, Start
from tests.unit.bpmn.drawing import Drawing, mapping
from tests.unit.bpmn.running import CASE, MONDAY_9AM, Running, run


def mapped() -> Drawing:
    out = mapping({"x": "=a + 1", "y": "=x + 1"}, {"b": "=x + y + z"})
    return Drawing().start().user("u", extension=out).user("v").end().flow("start", "u", "v", "end")


def nested() -> Drawing:
    body = Drawing().start("b").user("x").end("e").flow("b", "x", "e")
    d = Drawing().start().sub("s", body, mapping({"inner": "=outer"}, {"result": "=inner"})).user("after").end()
    return d.flow("start", "s", "after", "end")


def test_inputs_make_a_local_scope_and_outputs_decide_what_leaves_it() -> None:
    r = run(mapped(), a=Decimal(1))
    seen = variables_of(r.definition, r.state, Facts(now=MONDAY_9AM, case=CASE), r.id_of("u"))
    assert (seen["x"], seen["y"], seen["a"]) == (Decimal(2), Decimal(3), Decimal(1))
    r.complete("u", z=Decimal(10))
    assert r.variables == {"a": Decimal(1), "b": Decimal(15)}


def test_without_outputs_a_result_goes_to_the_scope_that_has_its_name() -> None:
    d = Drawing().start().user("u", extension=mapping({"x": "=1"})).user("v").end().flow("start", "u", "v", "end")
    r = run(d)
    r.complete("u", x=Decimal(5), y=Decimal(6))
    assert r.variables == {"y": Decimal(6)}


def test_a_sub_process_has_a_scope_of_its_own_where_it_has_inputs() -> None:
    r = run(nested(), outer="o")
    r.complete("x", inner="changed", other="p")
    assert r.variables == {"outer": "o", "other": "p", "result": "changed"}
    assert r.told("user_task.completed")[0].value["before"] == {"inner": "o", "other": None}


def test_facts_of_the_case_are_read_by_their_bare_names_and_as_case() -> None:
    d = (
        Drawing()
        .start()
        .script("s", "=[case_id, case.case_id, opened_at = case.opened_at, first_owner]", "x")
        .user("u")
    )
    assert run(d.end().flow("start", "s", "u", "end")).variables["x"] == ["C1", "C1", True, None]


def test_the_variables_of_a_token_lie_over_the_platforms_facts() -> None:
    r = run(nested(), outer="o")
    facts = Facts(now=MONDAY_9AM, case=CASE)
    seen = variables_of(r.definition, r.state, facts, r.id_of("x"))
    assert (seen["inner"], seen["outer"], seen["case_id"], seen["case"]) == ("o", "o", "C1", CASE)
    assert "inner" not in variables_of(r.definition, r.state, facts)
    with pytest.raises(StepError):
        variables_of(r.definition, r.state, facts, 999)


@pytest.mark.parametrize("name", ["case_id", "opened_at", "priority", "case"])
def test_a_command_cannot_write_a_fact(name: str) -> None:
    r = run(mapped(), a=Decimal(1))
    before = r.state
    with pytest.raises(StepError):
        r.do(CompleteUserTask(id=r.id_of("u"), variables={name: "x"}))
    assert r.state == before
    with pytest.raises(StepError):
        Running(r.definition).do(Start(variables={name: "x"}))


def test_a_child_cannot_give_back_a_fact() -> None:
    r = run(Drawing().start().call("c", "q").end().flow("start", "c", "end"))
    with pytest.raises(StepError):
        r.do(CompleteCall(id=r.id_of("c"), variables={"priority": "high"}))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(-9, 9).map(Decimal)), st.data())
def test_before_and_after_tell_exactly_what_differs(first: dict[str, Decimal], data: st.DataObject) -> None:
    then = data.draw(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(-9, 9).map(Decimal)))
    r = run(Drawing().start().user("u").user("v").end().flow("start", "u", "v", "end"), **first)
    r.complete("u", **then)
    assert r.variables == {**first, **then}
    value = r.told("user_task.completed")[0].value
    changed = {name for name in then if name not in first or first[name] != then[name]}
    assert set(value.get("after", {})) == changed
    assert value.get("before", {}) == {name: first.get(name) for name in changed}
