"""Completion conditions, and events that multi-instance activities throw as their items complete (BPMN §13.3.7)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from engine.model import CompleteCall, EscalateCall
from tests.each import each
from tests.unit.bpmn.drawing import Drawing, items, mapping
from tests.unit.bpmn.running import Running, run
from tests.unit.bpmn.several import KINDS, items_of, several, work

# --- completion condition ---------------------------------------------------------------------------------------------


@each("kind", KINDS)
@each("sequential", [False, True])
def test_the_rest_is_cancelled_when_the_completion_condition_is_true(kind: str, sequential: bool) -> None:
    marker = items("=list", "item", "=answer", "all", completion="=answer >= 7", sequential=sequential)
    r = run(several(kind, marker), list=[1, 2, 3, 4])
    work(r, items_of(r)[0], Decimal(3))
    work(r, items_of(r)[0], Decimal(7))
    assert r.waiting == ["after"]
    assert r.variables["all"] == [3, 7, None, None]
    assert sum(not closed.completed for closed in r.last.closed) == (0 if sequential else 2)
    r.proven()


@pytest.mark.parametrize("sequential", [False, True])
def test_automatic_items_stop_with_the_completion_condition(sequential: bool) -> None:
    marker = items("=list", "i", "=one", "all", completion="=one = 4", sequential=sequential)
    d = Drawing().start().script("s", "=i * 2", "one").having(marker).user("u").flow("start", "s", "u")
    r = run(d, list=[Decimal(n) for n in (1, 2, 3, 4)])
    assert (r.waiting, r.variables["all"]) == (["u"], [2, 4, None, None])
    r.proven()


@pytest.mark.parametrize(
    ("condition", "done"),
    [
        ("=numberOfCompletedInstances = 2", 2),
        ("=numberOfActiveInstances = 1", 3),
        ("=numberOfInstances - numberOfCompletedInstances < 2", 3),
        ("=numberOfTerminatedInstances > 0", 4),
        ("=loopCounter = 2", 2),
        ("=all[2] = 2", 2),
    ],
)
def test_a_completion_condition_reads_the_numbers_of_items(condition: str, done: int) -> None:
    marker = items("=list", "item", "=item", "all", completion=condition)
    r = run(several("user", marker), list=[Decimal(n) for n in (1, 2, 3, 4)])
    for n in range(1, done + 1):
        assert "after" not in r.waiting
        work(r, items_of(r)[0], None)
        assert ("after" in r.waiting) == (n == done)
    r.proven()


def test_of_sequential_items_one_at_most_is_active() -> None:
    marker = items(number="3", completion="=numberOfActiveInstances > 0", sequential=True)
    r = run(several("user", marker))
    for _ in range(3):
        work(r, items_of(r)[0], None)
    assert r.waiting == ["after"]
    r.proven()


def test_a_completion_condition_sees_what_the_items_outputs_wrote() -> None:
    out = mapping(outputs={"sum": "=sum + item"})
    r = run(several("user", items("=list", "item", completion="=sum >= 5"), out), list=[2, 3, 9], sum=Decimal(0))
    work(r, items_of(r)[0], None)
    work(r, items_of(r)[0], None)
    assert (r.waiting, r.variables["sum"]) == (["after"], 5)
    r.proven()


def test_a_completion_condition_that_is_not_boolean_stops_the_item_after_its_work() -> None:
    r = run(several("user", items(number="2", completion="=v")))
    work(r, items_of(r)[0], None)
    assert list(r.incidents.values()) == ["condition_not_boolean"]
    assert len(items_of(r)) == 1
    r.resolve(v=True)
    assert r.waiting == ["after"]
    r.proven()


# --- behaviour --------------------------------------------------------------------------------------------------------


def throwing(thrown: str, behaviour: str, interrupting: bool) -> Drawing:
    """Three jobs that throw, and a boundary event before ``caught`` that catches it."""
    d = Drawing().start().service("x")
    definition = {
        "signal": d.on_signal("sig_done"),
        "escalation": d.on_escalation("DONE"),
        "message": d.on_message("msg_done"),
    }[thrown]
    at_root = definition.replace("EventDefinition ", 'EventDefinition id="told" ')
    if behaviour == "Complex":
        complex_ = '<bpmn:complexBehaviorDefinition id="cb"><bpmn:condition>=numberOfCompletedInstances = 2'
        complex_ += f'</bpmn:condition><bpmn:event id="ev">{definition}</bpmn:event></bpmn:complexBehaviorDefinition>'
        d.having(items(number="3", inside=complex_, behavior="Complex"))
    elif behaviour == "All":
        d.having(items(number="3", behavior="All"))
    else:
        d.at_root(at_root).having(
            items(number="3", behavior=behaviour, **{f"{behaviour.lower()}BehaviorEventRef": "told"})
        )
    if thrown != "message":
        d.boundary("b", "x", definition, interrupting).user("caught").flow("b", "caught")
    return d.user("after").end().flow("start", "x", "after", "end")


def finish_one(r: Running) -> None:
    work(r, items_of(r)[0], None)


@each("thrown", ["signal", "escalation"])
@each(("behaviour", "times"), [("All", [0, 0, 0]), ("One", [1, 1, 1]), ("None", [1, 2, 3]), ("Complex", [0, 1, 1])])
def test_a_boundary_event_that_does_not_interrupt_catches_each_throw(
    thrown: str, behaviour: str, times: list[int]
) -> None:
    r = run(throwing(thrown, behaviour, interrupting=False))
    for expected in times:
        finish_one(r)
        assert r.waiting.count("caught") == expected
        assert len(r.told(f"{thrown}.thrown")) == expected
    assert "after" in r.waiting
    r.proven()


@each("thrown", ["signal", "escalation"])
@each(("behaviour", "at"), [("One", 1), ("None", 1), ("Complex", 2)])
@each("sequential", [False, True])
def test_a_boundary_event_that_interrupts_ends_all_items(
    thrown: str, behaviour: str, at: int, sequential: bool
) -> None:
    d = throwing(thrown, behaviour, interrupting=True)
    if sequential:
        marker = "<bpmn:multiInstanceLoopCharacteristics "
        d.lines = [line.replace(marker, f'{marker}isSequential="true" ') for line in d.lines]
    r = run(d)
    for n in range(1, at + 1):
        assert "caught" not in r.waiting, n
        finish_one(r)
    assert r.waiting == ["caught"]
    r.proven()


@pytest.mark.parametrize(("behaviour", "times"), [("One", [1, 1, 1]), ("None", [1, 2, 3]), ("Complex", [0, 1, 1])])
def test_messages_are_thrown_to_the_outside(behaviour: str, times: list[int]) -> None:
    r = run(throwing("message", behaviour, interrupting=False), order_id="SO1")
    for expected in times:
        finish_one(r)
        told = [message for outcome in r.outcomes for message in outcome.messages]
        assert len(told) == expected
    assert {(m.name, m.correlation_key, m.element) for m in told} == {("msg_done", "SO1", "x")}
    assert len({m.id for m in told}) == len(told)
    assert r.waiting == ["after"]
    r.proven()


def test_signals_go_to_the_outside_as_well_and_escalations_when_nobody_catches_them() -> None:
    r = run(throwing("signal", "One", interrupting=False))
    finish_one(r)
    assert [(s.name, s.element) for s in r.last.signals] == [("sig_done", "x")]
    d = throwing("escalation", "One", interrupting=False)
    d.lines = [line for line in d.lines if "boundaryEvent" not in line and 'sourceRef="b"' not in line]
    r2 = run(d)
    finish_one(r2)
    assert [(e.code, e.element) for e in r2.last.escalations] == [("DONE", "x")]
    assert len(items_of(r2)) == 2
    r.proven()
    r2.proven()


def test_a_message_without_its_key_stops_the_item_and_is_mended() -> None:
    r = run(throwing("message", "One", interrupting=False))
    finish_one(r)
    assert list(r.incidents.values()) == ["correlation_key"]
    r.resolve(order_id="SO1")
    assert len(r.last.messages) == 1
    r.proven()


@pytest.mark.parametrize("behaviour", ["One", "None", "Complex"])
def test_a_behaviour_without_its_event_is_refused(behaviour: str) -> None:
    inside = '<bpmn:complexBehaviorDefinition id="c"/>' if behaviour == "Complex" else ""
    with pytest.raises(DefinitionRefused):
        compile_definition(several("user", items(number="2", behavior=behaviour, inside=inside)).xml(), decisions={})


def test_an_escalation_out_of_an_item_reaches_the_boundary_event_of_the_whole() -> None:
    body = Drawing().start("in").user("u")
    body.throw("t", body.on_escalation("E")).user("v").end("out").flow("in", "u", "t", "v", "out")
    d = Drawing().start().sub("x", body).having(items(number="2"))
    d.boundary("b", "x", d.on_escalation("E"), interrupting=False).user("caught").flow("b", "caught")
    r = run(d.user("after").flow("start", "x", "after"))
    r.complete_nth("u", 0)
    r.complete("u")
    assert r.waiting == ["caught", "caught", "v", "v"]
    r.complete_nth("v", 1)
    r.complete("v")
    assert r.waiting == ["after", "caught", "caught"]
    r.proven()


@pytest.mark.parametrize("interrupting", [False, True])
def test_an_escalation_of_one_called_instance_reaches_the_boundary_event_of_the_whole(interrupting: bool) -> None:
    d = several("call", items(number="2"))
    d.boundary("b", "x", d.on_escalation("E"), interrupting).user("caught").flow("b", "caught")
    r = run(d)
    first, second = items_of(r)
    r.do(EscalateCall(id=first.id, escalation_code="E", variables={"why": "late"}))
    assert r.variables == {"why": "late"}
    if interrupting:
        assert r.waiting == ["caught"]
    else:
        assert r.waiting == ["caught", "x", "x"]
        r.do(CompleteCall(id=second.id, variables={}))
        r.do(CompleteCall(id=first.id, variables={}))
        assert r.waiting == ["after", "caught"]
    r.proven()
