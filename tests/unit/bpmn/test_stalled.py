"""Tokens that can never go on are told: `deadlocked` where only joins and conditions are left, else `stalled`."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.bpmn import step
from engine.model import CorrelateSignal, Facts, InstanceState, Modify, ResolveIncident
from tests.unit.bpmn.drawing import Drawing, condition, duration
from tests.unit.bpmn.running import CASE, MONDAY_9AM, follow, run


def alone() -> Drawing:
    """A condition, and nothing beside it that could make it true."""
    return Drawing().start().catch("c", condition("=x = 1")).user("after").end().flow("start", "c", "after", "end")


def test_a_condition_that_nothing_can_make_true_is_told() -> None:
    r = run(alone(), x=Decimal(0))
    assert (list(r.incidents.values()), r.last.incidents[0].element) == (["deadlocked"], "c")
    r.resolve()
    assert list(r.incidents.values()) == ["deadlocked"]
    r.resolve(x=Decimal(1))
    assert (r.waiting, r.incidents) == (["after"], {})
    r.proven()


def test_a_modification_of_variables_frees_it_as_well() -> None:
    r = run(alone(), x=Decimal(0))
    r.do(Modify(variables={"x": Decimal(1)}))
    assert (r.waiting, r.incidents) == (["after"], {})
    r.proven()


@pytest.mark.parametrize("beside", ["user", "timer", "signal"])
def test_a_condition_beside_something_that_waits_is_not_told(beside: str) -> None:
    d = alone().gateway("f", "parallel").user("u").catch("tm", duration("PT1H"))
    d.catch("s", d.on_signal("sig")).script("set", "=1", "x")
    d.lines = [line.replace('sourceRef="start"', 'sourceRef="f"') for line in d.lines]
    other = {"user": "u", "timer": "tm", "signal": "s"}[beside]
    r = run(d.flow("start", "f", other, "set"), x=Decimal(0))
    assert not r.incidents
    if beside == "user":
        r.complete("u")
    elif beside == "timer":
        r.fire("tm")
    else:
        r.do(CorrelateSignal(name="sig"))
    assert (r.waiting, r.incidents) == (["after"], {})
    r.proven()


def test_a_condition_at_a_join_is_told_once_and_by_one_token() -> None:
    d = Drawing().start().gateway("f", "parallel").gateway("j", "parallel").catch("c", condition("=x = 1")).end()
    r = run(d.flow("start", "f", "j", "end").flow("f", "c", "j"), x=Decimal(0))
    assert list(r.incidents.values()) == ["deadlocked"]
    r.do(Modify(variables={"x": Decimal(1)}))
    assert (r.over, r.incidents) == ("completed end", {})
    r.proven()


def test_a_token_that_neither_waits_nor_moved_is_told_and_goes_on_when_it_is_resolved() -> None:
    d = Drawing().start().gateway("f", "parallel").user("a").user("b").user("after").flow("start", "f", "a", "after")
    r = run(d.flow("f", "b"))
    assert r.state.state is not None
    lost = r.state.state.replace(b'"e":"b"', b'"e":"b","s":4')  # before its element, but in no queue
    facts = Facts(now=MONDAY_9AM, case=CASE)
    state = InstanceState(key=7, state=lost, variables=r.state.variables)
    outcome = step(r.definition, state, Modify(variables={"n": 1}), facts)
    assert [(i.kind, i.element) for i in outcome.incidents] == [("stalled", "b")]
    after = step(r.definition, follow(state, outcome), ResolveIncident(id=outcome.incidents[0].id), facts)
    assert [row.element for row in after.opened] == ["b"]
    assert after.incidents == ()
    r.proven()
