"""An escalation goes outwards like an error, but leaves its scope alone where the event that catches it does."""

from __future__ import annotations

import pytest

from engine.model import EscalateCall, EscalationThrown, InstanceStatus
from tests.unit.bpmn.drawing import mapping
from tests.unit.bpmn.event_drawing import (
    Events,
    begin,
    complete,
    ended,
    error,
    escalate_call,
    escalation,
    message,
    rows_of,
    several,
    words,
)
from tests.unit.bpmn.running import Running


def catching(name: str, code: str = "", interrupting: bool = True) -> Events:
    body = Events().starts(f"on_{name}", escalation(code), interrupting=interrupting)
    return body.line(f"on_{name}", f"user {name}", f"end {name}_done")


def calling_out(code: str = "C1", extension: str = "") -> Events:
    """A sub-process in which a person works, escalates, and works on."""
    body = Events().line("start b", "user x").throws("out", escalation(code), extension=extension)
    return body.line("x", "out", "user y", "end e")


def around(body: Events, extension: str = "") -> Events:
    return Events().line("start start").nest("s", body, extension=extension).line("start", "s", "end end")


def escalated(d: Events, **variables: object) -> Running:
    r = begin(d, **variables)
    r.complete("x")
    return r


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("where", ["scope", "edge", "process"])
def test_the_scope_goes_on_unless_the_catching_event_interrupts(where: str, interrupting: bool) -> None:
    body = calling_out()
    if where == "scope":
        body.watch("w", catching("told", "C1", interrupting))
    d = around(body)
    if where == "edge":
        d.edge("at", "s", escalation("C1"), interrupting=interrupting).line("at", "user told", "end told_done")
    elif where == "process":
        d.watch("w", catching("told", "C1", interrupting))
    r = escalated(d)
    assert r.waiting == (["told"] if interrupting else ["told", "y"])
    if not interrupting:
        r.complete("y")
        assert r.last.status is InstanceStatus.ACTIVE
        assert r.last.end_state == (None if where == "scope" else "end")
    r.complete("told")
    assert ended(r) == ("told_done" if interrupting and where != "scope" else "end")
    assert r.last.escalations == ()


def test_an_escalation_that_nobody_catches_leaves_the_process_and_changes_nothing() -> None:
    r = escalated(around(calling_out(extension=mapping({"why": '="slow"'})).watch("w", catching("m", "C2"))))
    assert r.last.escalations == (EscalationThrown(element="out", code="C1", variables={"why": "slow"}),)
    assert r.last.uncaught_error is None
    assert r.waiting == ["y"]
    assert "why" not in r.variables
    r.complete("y")
    assert ended(r) == "end"


def test_what_names_the_code_comes_first_in_a_scope_and_the_nearer_before_the_farther() -> None:
    body = calling_out("C1").watch("w", catching("any", "", False)).watch("w2", catching("one", "C1", False))
    r = escalated(around(body).watch("w3", catching("far", "C1")))
    assert r.waiting == ["one", "y"]
    body = calling_out("C1").watch("w", catching("any", "", False))
    assert escalated(around(body).watch("w3", catching("far", "C1"))).waiting == ["any", "y"]


def test_the_values_of_the_input_mappings_go_to_the_catching_event() -> None:
    body = calling_out(extension=mapping({"level": "=2"})).watch("w", catching("told", "", False))
    r = escalated(around(body, mapping({"level": "=0"})), level=7)
    assert r.variables["level"] == 7
    assert next(e.value for e in r.events if e.element == "on_told") == {"escalation_code": "C1"}
    d = around(calling_out(extension=mapping({"level": "=2"}))).edge("at", "s", escalation(), interrupting=False)
    assert escalated(d.line("at", "end told"), level=7).variables["level"] == 2


def test_an_escalation_end_lets_the_handler_run_while_its_own_token_is_over() -> None:
    body = Events().line("start b").ends("out", escalation("C1")).line("b", "out")
    r = begin(around(body.watch("w", catching("told", "C1", False))))
    assert r.waiting == ["told"]
    r.complete("told")
    assert ended(r) == "end"
    assert words(r, "out") == ["element.entered", "element.completed", "escalation.thrown"]


def test_an_escalation_end_of_the_process_names_the_end_beside_a_handler_that_does_not_interrupt() -> None:
    d = Events().line("start start").ends("out", escalation("C1")).line("start", "out")
    r = begin(d.watch("w", catching("told", "", False)))
    assert (r.last.status, r.last.end_state) == (InstanceStatus.ACTIVE, "out")
    r.complete("told")
    assert ended(r) == "out"


def test_an_escalation_end_of_the_process_interrupted_by_its_handler_ends_as_the_handler_does() -> None:
    d = Events().line("start start").ends("out", escalation("C1")).line("start", "out")
    r = begin(d.watch("w", catching("told")))
    r.complete("told")
    assert ended(r) == "told_done"


def test_the_same_escalation_can_be_caught_again_and_again() -> None:
    body = Events().line("start b", "exclusive m", "user x").throws("out", escalation("C1"))
    body.line("x", "out", "exclusive g_e g", "end e").flow("g", "m", when="=again")
    r = begin(around(body.watch("w", catching("told", "C1", False))))
    for n in (1, 2, 3):
        r.complete("x", again=n < 3)
        assert r.waiting.count("told") == n
    for row in rows_of(r, "told"):
        complete(r, row)
    assert ended(r) == "end"


def test_a_handler_does_not_catch_its_own_escalation_but_the_scope_around_does() -> None:
    again = Events().starts("on", escalation(), interrupting=False).throws("out2", escalation("C1"))
    again.line("on", "out2", "user told", "end told_done")
    r = escalated(around(calling_out().watch("w", again)).watch("w2", catching("far", "", False)))
    assert r.waiting == ["far", "told", "y"]
    assert [e.value for e in r.told("escalation.thrown")] == [{"escalation_code": "C1"}] * 2


def test_an_escalation_from_a_handler_that_took_over_goes_to_the_boundary() -> None:
    again = Events().starts("on", escalation("C1")).ends("out2", escalation("C2")).line("on", "out2")
    body = calling_out().watch("w", again).watch("w2", catching("other", "C2"))
    d = around(body).edge("at", "s", escalation("C2"), interrupting=False).line("at", "user heard", "end heard_done")
    r = escalated(d)
    assert r.waiting == ["heard"]
    assert r.last.end_state == "end"


def test_an_escalation_through_nested_scopes_passes_each_that_does_not_name_it() -> None:
    inner = around(calling_out("C1").watch("w", catching("no", "C9")))
    inner.lines = [line.replace('"s"', '"si"').replace("start", "begin") for line in inner.lines]
    body = (
        Events()
        .line("start b2")
        .nest("si", calling_out("C1").watch("w", catching("no", "C9")))
        .line("b2", "si", "end e9")
    )
    r = escalated(around(body).edge("at", "s", escalation("C1"), interrupting=False).line("at", "end heard"))
    assert r.waiting == ["y"]
    assert words(r, "heard") == ["element.entered", "element.completed"]
    r.complete("y")
    assert ended(r) == "end"


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_item_escalates_to_the_boundary_of_the_whole(interrupting: bool) -> None:
    d = Events().line("start start").nest("s", calling_out(), marker=several())
    d.edge("at", "s", escalation(), interrupting=interrupting).line("start", "s", "end end")
    r = begin(d.line("at", "user told", "end told_done"))
    first, second = rows_of(r, "x")
    complete(r, first)
    assert r.waiting == (["told"] if interrupting else ["told", "x", "y"])
    if not interrupting:
        complete(r, second)
        assert r.waiting == ["told", "told", "y", "y"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_item_that_escalates_inside_leaves_its_siblings_alone(interrupting: bool) -> None:
    body = calling_out().watch("w", catching("told", "", interrupting))
    d = Events().line("start start").nest("s", body, marker=several()).line("start", "s", "end end")
    r = begin(d)
    complete(r, rows_of(r, "x")[0])
    assert r.waiting == (["told", "x"] if interrupting else ["told", "x", "y"])


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_child_instance_escalates_into_the_events_of_its_call(interrupting: bool) -> None:
    d = Events().line("start start", "call child c", "end end")
    d.edge("at", "c", escalation("C1"), interrupting=interrupting).line("at", "user told", "end told_done")
    r = begin(d)
    escalate_call(r, "c", "C1", why="slow")
    assert r.variables == {"why": "slow"}
    assert r.waiting == (["told"] if interrupting else ["c", "told"])
    if not interrupting:
        escalate_call(r, "c", "C1", why="slower")
        assert r.waiting == ["c", "told", "told"]
    else:
        assert words(r, "c") == ["call.started", "escalation.thrown", "call.cancelled"]


def test_an_escalation_of_a_child_that_nobody_catches_goes_on_to_the_callers_caller() -> None:
    r = begin(Events().line("start start", "call child c", "end end"))
    escalate_call(r, "c", "C1", why="slow")
    assert r.last.escalations == (EscalationThrown(element="c", code="C1", variables={"why": "slow"}),)
    assert r.waiting == ["c"]


def test_a_handler_of_the_process_catches_what_its_children_escalate() -> None:
    d = Events().line("start start", "call child c", "end end").watch("w", catching("told", "C1"))
    r = begin(d)
    r.do(EscalateCall(id=r.id_of("c"), escalation_code="C1"))
    assert r.waiting == ["told"]
    r.complete("told")
    assert ended(r) == "told_done"


def test_an_escalation_in_a_multiple_event_of_an_event_sub_process() -> None:
    handler = Events().starts("on", escalation("C1"), error("E1"), message("msg_m")).line("on", "user told", "end t")
    r = begin(around(calling_out().watch("w", handler)), order_id="1")
    assert r.waiting == ["on", "x"]
    r.complete("x")
    assert r.waiting == ["told"]
