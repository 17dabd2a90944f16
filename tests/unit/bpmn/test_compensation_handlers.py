"""Handlers of compensation are activities like others: they fail, wait, have items and events at their edges."""

from __future__ import annotations

from engine.model import Modify
from tests.unit.bpmn.drawing import duration, mapping
from tests.unit.bpmn.event_drawing import (
    ONE_BY_ONE,
    Events,
    begin,
    compensate,
    complete,
    ended,
    error,
    rows_of,
    several,
    throw,
    words,
)
from tests.unit.bpmn.test_compensation import NEEDS, done, two_steps, undone


def test_a_handler_that_fails_is_heard_by_the_scope_that_threw() -> None:
    body = Events().line("start b", "user a").element("serviceTask", "undo_a", "", NEEDS, isForCompensation="true")
    body.handler("undo_a", "a", drawn=True).throws("t", compensate()).line("a", "t", "end e")
    d = Events().line("start start").nest("s", body).edge("at", "s", error("E1"))
    r = begin(d.line("start", "s", "end end").line("at", "user mend", "end mended"))
    r.complete("a")
    throw(r, "undo_a", "E1")
    assert r.waiting == ["mend"]
    assert words(r, "undo_a_edge") == ["element.entered", "element.cancelled"]


def test_an_error_at_the_edge_of_a_handler_ends_the_undoing_of_its_activity() -> None:
    d = Events().line("start start", "user a", "user b")
    d.element("serviceTask", "undo_b", "", NEEDS, isForCompensation="true").handler("undo_b", "b", drawn=True)
    d.handler("undo_a", "a").edge("oops", "undo_b", error()).line("oops", "user undo_by_hand")
    d.throws("t", compensate()).line("b", "t", "end end")
    r = done(d, "a", "b")
    throw(r, "undo_b", "E1")
    assert undone(r) == ["undo_by_hand", "undo_a"]
    assert ended(r) == "end"


def test_what_a_timer_at_a_handler_began_is_waited_for() -> None:
    d = two_steps(compensate()).edge("tm", "undo_b", duration("PT1H"), interrupting=False).line("tm", "user remind")
    r = done(d, "a", "b", "c")
    r.fire("tm")
    assert r.waiting == ["remind", "undo_b"]
    r.complete("undo_b")
    assert "remind" in r.waiting
    r.complete("remind")
    assert undone(r) == ["undo_a"]
    assert r.waiting == ["after"]


def test_a_handler_may_be_anything_that_has_an_end() -> None:
    d = Events().line("start start", "user a")
    body = Events().line("start b", "parallel f", "user undo1", "end e").line("f", "user other", "end e2")
    d.nest("undo_a", body, isForCompensation="true").handler("undo_a", "a", drawn=True)
    r = done(d.throws("t", compensate()).line("a", "t", "end end"), "a")
    assert r.waiting == ["other", "undo1"]
    r.complete("undo1")
    r.complete("other")
    assert ended(r) == "end"


def test_a_handler_that_is_a_scope_with_memories_of_its_own() -> None:
    d = Events().line("start start", "user a")
    body = Events().line("start b", "user undo1", "user undo2", "end e").handler("undo_undo", "undo1")
    d.nest("undo_a", body, isForCompensation="true").handler("undo_a", "a", drawn=True)
    r = done(d.throws("t", compensate()).line("a", "t", "end end"), "a")
    assert undone(r) == ["undo1", "undo2"]
    assert ended(r) == "end"
    assert words(r, "undo_undo") == []


def test_a_handler_with_items() -> None:
    d = Events().line("start start", "user a")
    d.element("userTask", "undo_a", several("=[1, 2]", attributes=ONE_BY_ONE), isForCompensation="true")
    d.handler("undo_a", "a", drawn=True)
    r = done(d.throws("t", compensate()).line("a", "t", "end end"), "a")
    assert undone(r) == ["undo_a", "undo_a"]
    assert ended(r) == "end"


def test_a_handler_writes_variables_that_the_flow_sees() -> None:
    d = Events().line("start start", "user a").script("undo_a", "=x + 1", "x")
    d.lines[-1] = d.lines[-1].replace("<bpmn:scriptTask", '<bpmn:scriptTask isForCompensation="true"')
    d.handler("undo_a", "a", drawn=True).throws("t", compensate()).line("a", "t", "user after", "end end")
    r = begin(d, x=1)
    r.complete("a")
    assert (r.waiting, r.variables) == (["after"], {"x": 2})


def test_the_input_mappings_of_the_throw_do_not_hide_variables_from_the_handlers() -> None:
    d = Events().line("start start", "user a").script("undo_a", '="saw " + x', "seen")
    d.lines[-1] = d.lines[-1].replace("<bpmn:scriptTask", '<bpmn:scriptTask isForCompensation="true"')
    d.handler("undo_a", "a", drawn=True).throws("t", compensate(), extension=mapping({"x": '="mapped"'}))
    r = begin(d.line("a", "t", "user after", "end end"), x="own")
    r.complete("a")
    assert r.variables["seen"] == "saw own"


def test_an_operator_who_cancels_a_handler_does_not_keep_the_throw_waiting() -> None:
    r = done(two_steps(compensate()), "a", "b", "c")
    r.do(Modify(cancel=(r.id_of("undo_b"),), activate=("c",)))
    while r.rows:
        complete(r, next(iter(r.rows.values())))
    assert ended(r) == "end"
    assert words(r, "undo_a_edge") == ["element.entered", "element.completed"]


def test_rows_of_handlers_are_of_this_step_only() -> None:
    r = done(two_steps(compensate()), "a", "b", "c")
    first = rows_of(r, "undo_b")[0]
    r.complete("undo_b")
    assert [row.id for row in r.last.opened] == [rows_of(r, "undo_a")[0].id]
    assert [(row.id, row.completed) for row in r.last.closed] == [(first.id, True)]
