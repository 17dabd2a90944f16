"""Events that meet in one step, or scopes that are not quite there any more: corners of the rules about scopes."""

from __future__ import annotations

import pytest

from engine.errors import StepError
from engine.model import InstanceStatus, Modify, ResolveIncident
from tests.unit.bpmn.drawing import duration, mapping
from tests.unit.bpmn.event_drawing import (
    TERMINATE,
    Events,
    begin,
    compensate,
    complete,
    condition,
    ended,
    error,
    escalation,
    message,
    rows_of,
    send_signal,
    several,
    signal,
    throw,
    words,
)
from tests.unit.bpmn.test_compensation import done, undone

JOB = '<zeebe:taskDefinition type="w"/>'


@pytest.mark.parametrize("where", ["edge", "watch"])
def test_a_condition_sees_the_local_variables_of_the_scope_that_it_watches(where: str) -> None:
    body = Events().line("start b", "user x", "user y", "end e")
    if where == "watch":
        body.watch("w", Events().starts("if", condition("=n = 2")).line("if", "user got", "end e1"))
    d = Events().line("start start").nest("s", body, extension=mapping({"n": "=1"})).line("start", "s", "end end")
    if where == "edge":
        d.edge("if", "s", condition("=n = 2")).line("if", "user got", "end e1")
    r = begin(d, n=2)
    assert r.waiting == ["x"]
    r.complete("x", n=2)
    assert r.waiting == ["got"]
    assert r.variables == {"n": 2}


def test_a_way_that_began_beside_names_no_end_whatever_interrupts_it() -> None:
    d = Events().line("start start", "user a", "end end").edge("news", "a", message("msg_m"), interrupting=False)
    d.line("news", "user b", "end e1").edge("tm", "b", duration("PT1H")).line("tm", "end e2")
    r = begin(d, order_id="1")
    r.message("news")
    r.message("news")
    r.complete("a")
    assert (r.last.status, r.last.end_state) == (InstanceStatus.ACTIVE, "end")
    complete(r, rows_of(r, "b")[0])
    r.fire("tm")
    assert ended(r) == "end"


def test_a_start_by_message_opens_what_watches_the_process() -> None:
    d = Events().starts("go", message("msg_go")).line("go", "user a", "end end")
    d.watch("w", Events().starts("on", message("msg_m"), interrupting=False).line("on", "user b", "end e1"))
    r = begin(d, "go", order_id="1", go=5)
    assert r.waiting == ["a", "on"]
    r.message("on")
    assert r.waiting == ["a", "b", "on"]


def test_a_timer_that_cannot_be_read_is_mended_where_it_watches() -> None:
    d = Events().line("start start", "user a", "end end")
    r = begin(d.watch("w", Events().starts("tm", duration("=wait")).line("tm", "user b", "end e1")), wait=None)
    assert (list(r.incidents.values()), r.waiting) == (["timer"], ["a"])
    r.do(ResolveIncident(id=next(iter(r.incidents)), variables={"wait": "PT1H"}))
    assert (r.incidents, r.waiting) == ({}, ["a", "tm"])
    r.fire("tm")
    assert r.waiting == ["b"]


def test_an_event_sub_process_that_cannot_be_entered_stands_as_an_incident_with_its_event_behind_it() -> None:
    handler = Events().starts("on", message("msg_m")).line("on", "user b", "end e1")
    no_value = mapping({"k": "=if x = null then 1 else [1..5]"})
    d = (
        Events()
        .line("start start", "user a", "end end")
        .nest("w", handler, extension=no_value, triggeredByEvent="true")
    )
    r = begin(d, order_id="1", x=1)
    r.message("on")
    assert (list(r.incidents.values()), r.waiting) == (["expression"], [])
    r.do(ResolveIncident(id=next(iter(r.incidents)), variables={"x": None}))
    assert r.waiting == ["b"]
    r.complete("b")
    assert ended(r) == "e1"
    assert words(r, "w")[-2:] == ["element.entered", "element.completed"]
    assert words(r, "on") == ["subscription.opened", "subscription.correlated"]


@pytest.mark.parametrize("lead", range(7))
def test_signals_of_items_reach_what_still_waits_and_leave_the_history_in_balance(lead: int) -> None:
    marker = several("=[1]", attributes='behavior="None" noneBehaviorEventRef="done_one"')
    body = Events().line("start b", "task i1", "task i2", "end e")
    d = Events().line("start start", "user go", "parallel f").nest("h", body).line("f", "h", "user after", "end end")
    d.top.append('<bpmn:signalEventDefinition id="done_one" signalRef="s_sig_s"/>')
    d.edge("at", "h", signal("sig_s")).line("at", "user got", "end e1")
    d.element("task", "m", marker).line("f", *[f"task l{n}" for n in range(lead)], "m", "end e2")
    r = begin(d)
    r.complete("go")
    assert r.waiting in (["after"], ["got"])
    left = words(r, "h")[-1]
    assert left == ("element.completed" if r.waiting == ["after"] else "element.cancelled")
    complete(r, next(iter(r.rows.values())))
    assert ended(r) is not None


def test_two_definitions_of_one_signal_fire_once() -> None:
    d = Events().line("start start").catches("c", signal("sig_s"), signal("sig_s"), message("msg_m"))
    r = begin(d.line("start", "c", "user a", "end end"), order_id="1")
    send_signal(r, "sig_s")
    assert r.waiting == ["a"]
    body = Events().line("start b", "user x", "end e")
    d = Events().line("start start").nest("s", body.edge("c", "x", signal("sig_s"), signal("sig_s")))
    body_ends = d.line("start", "s", "user after", "end end")
    r = begin(body_ends)
    send_signal(r, "sig_s")
    assert r.waiting == ["after"]


def test_a_handler_that_fails_when_the_throw_has_gone_on() -> None:
    body = Events().line("start b", "user a").throws("t", compensate(wait=False)).line("a", "t", "user x", "end e")
    body.element("serviceTask", "undo_a", "", JOB, isForCompensation="true").handler("undo_a", "a", drawn=True)
    body.watch("w", Events().starts("on", error()).line("on", "user mend", "end e1"))
    d = Events().line("start start").nest("s", body).line("start", "s", "end end")
    r = begin(d)
    r.complete("a")
    assert r.waiting == ["undo_a", "x"]
    throw(r, "undo_a", "E1")
    assert r.waiting == ["mend"]
    assert words(r, "undo_a_edge") == ["element.entered", "element.cancelled"]


def test_an_escalation_out_of_a_handler_leaves_the_undoing_alone() -> None:
    d = Events().line("start start", "user a", "user b").handler("undo_a", "a")
    body = Events().line("start i").throws("up", escalation("C1")).line("i", "up", "user undo_x", "end e")
    d.nest("undo_b", body, isForCompensation="true").handler("undo_b", "b", drawn=True)
    d.watch("w", Events().starts("on", escalation(), interrupting=False).line("on", "user told", "end e1"))
    r = done(d.throws("t", compensate()).line("b", "t", "end end"), "a", "b")
    assert r.waiting == ["told", "undo_x"]
    assert undone(r) == ["undo_x", "undo_a"]
    r.complete("told")
    assert ended(r) == "end"


def test_a_terminate_in_a_handler_ends_the_handler_and_one_beside_it_ends_the_undoing() -> None:
    d = Events().line("start start", "user a", "user b").handler("undo_a", "a")
    body = Events().line("start i", "parallel f", "user undo_x").ends("stop", TERMINATE)
    body.line("undo_x", "stop").line("f", "user y", "end e")
    d.nest("undo_b", body, isForCompensation="true").handler("undo_b", "b", drawn=True)
    d.throws("t", compensate()).line("b", "parallel f2", "t", "end end").ends("stop_all", TERMINATE)
    d.line("f2", "user beside", "stop_all")
    r = done(d, "a", "b")
    r.complete("undo_x")
    assert r.waiting == ["beside", "undo_a"]
    r.complete("beside")
    assert ended(r) == "stop_all"
    assert words(r, "undo_a_edge") == ["element.entered", "element.cancelled"]


def test_an_error_in_a_handler_interrupts_a_scope_with_memories_that_can_be_undone_afterwards() -> None:
    d = Events().line("start start", "user a", "user b").handler("undo_a", "a")
    d.element("serviceTask", "undo_b", "", JOB, isForCompensation="true").handler("undo_b", "b", drawn=True)
    d.throws("t", compensate("b")).line("b", "t", "end end")
    fix = Events().starts("on", error()).throws("t2", compensate()).line("on", "t2", "end e1")
    r = done(d.watch("w", fix), "a", "b")
    throw(r, "undo_b", "E1")
    assert undone(r) == ["undo_a"]
    assert ended(r) == "e1"


def test_a_scope_that_is_left_only_by_its_boundary_remembers_nothing() -> None:
    body = Events().line("start b", "user a", "user x").handler("undo_a", "a").throws("up", escalation("C1"))
    body.line("x", "up", "end e")
    d = Events().line("start start").nest("s", body).edge("bad", "s", escalation("C1")).throws("t", compensate())
    r = done(d.line("start", "s", "end end").line("bad", "t", "user after", "end e1"), "a", "x")
    assert r.waiting == ["after"]
    assert words(r, "undo_a_edge") == []


def test_a_person_can_be_moved_into_a_running_event_sub_process_but_not_to_its_start() -> None:

    handler = Events().starts("on", message("msg_m"), interrupting=False).line("on", "user b", "user c", "end e1")
    r = begin(Events().line("start start", "user a", "end end").watch("w", handler), order_id="1")
    for target in ("on", "w", "c"):
        with pytest.raises(StepError):
            r.do(Modify(activate=(target,)))
    r.message("on")
    r.do(Modify(activate=("c",), cancel=(r.id_of("b"),)))
    assert r.waiting == ["a", "c", "on"]
    r.complete("c")
    assert words(r, "w") == ["element.entered", "element.completed"]
