"""A completed sub-process is undone from the inside, with its variables as they were, or by a handler of its own."""

from __future__ import annotations

import pytest

from tests.unit.bpmn.drawing import mapping
from tests.unit.bpmn.event_drawing import (
    ONE_BY_ONE,
    Events,
    begin,
    compensate,
    complete,
    ended,
    error,
    message,
    rounds,
    rows_of,
    several,
    throw,
    words,
)
from tests.unit.bpmn.test_compensation import done, undone


def pair(one: str, other: str, n: str = "") -> Events:
    """Two people's steps with handlers, in the body of a sub-process."""
    body = Events().line(f"start begin{n}", f"user {one}", f"user {other}", f"end e{n}")
    return body.handler(f"undo_{one}", one).handler(f"undo_{other}", other)


def then_undo(d: Events, *definitions: str) -> Events:
    d.throws("t", *(definitions or (compensate(),)))
    return d.line("go", "t", "user after", "end end")


def in_scope(body: Events, **more: str) -> Events:
    """A sub-process s, then a step of a person, then what undoes all."""
    return then_undo(Events().line("start start").nest("s", body, **more).line("start", "s", "user go"))


def undoing(name: str, *steps: str) -> Events:
    return Events().starts(f"on_{name}", compensate()).line(f"on_{name}", *steps)


def noting(name: str, formula: str, variable: str) -> Events:
    """A script as a handler."""
    d = Events().script(name, formula, variable)
    d.lines[-1] = d.lines[-1].replace("<bpmn:scriptTask", '<bpmn:scriptTask isForCompensation="true"')
    return d


def test_a_scope_is_undone_from_the_inside_in_reverse_order() -> None:
    r = done(in_scope(pair("a", "b")), "a", "b", "go")
    assert undone(r) == ["undo_b", "undo_a"]
    assert r.waiting == ["after"]


def test_nested_scopes_are_undone_where_they_completed_among_the_others() -> None:
    inner = pair("c", "d", "2")
    body = Events().line("start b", "user a").nest("in", inner).line("a", "in", "user f", "end e")
    body.handler("undo_a", "a").handler("undo_f", "f")
    r = done(in_scope(body), "a", "c", "d", "f", "go")
    assert undone(r) == ["undo_f", "undo_d", "undo_c", "undo_a"]
    assert words(r, "in") == ["element.entered", "element.completed"]


def test_parallel_scopes_are_undone_one_after_the_other_the_last_completed_first() -> None:
    d = Events().line("start start", "parallel f").nest("s1", pair("a", "b", "1")).nest("s2", pair("c", "d", "2"))
    d.line("f", "s1", "parallel j", "user go").line("f", "s2", "j")
    r = done(then_undo(d), "a", "c", "d", "b", "go")
    assert undone(r) == ["undo_b", "undo_a", "undo_d", "undo_c"]


def test_a_throw_names_a_scope_but_nothing_inside_it() -> None:
    d = Events().line("start start").nest("s", pair("a", "b")).line("start", "s", "user c", "user go")
    d.handler("undo_c", "c")
    r = done(then_undo(d, compensate("s")), "a", "b", "c", "go")
    assert undone(r) == ["undo_b", "undo_a"]
    assert r.waiting == ["after"]


def test_the_own_event_sub_process_undoes_a_scope_instead() -> None:
    body = pair("a", "b").watch("w", undoing("w", "user undo_all", "end e9"))
    r = done(in_scope(body), "a", "b", "go")
    assert undone(r) == ["undo_all"]
    assert r.waiting == ["after"]
    assert words(r, "w") == ["element.entered", "element.completed"]
    assert words(r, "on_w") == ["element.entered", "element.completed"]


def test_it_may_undo_what_is_inside_by_a_throw_of_its_own() -> None:
    handler = undoing("w", "user undo_first").throws("t2", compensate()).line("undo_first", "t2", "user undo_last")
    r = done(in_scope(pair("a", "b").watch("w", handler.line("undo_last", "end e9"))), "a", "b", "go")
    assert undone(r) == ["undo_first", "undo_b", "undo_a", "undo_last"]


def test_it_may_undo_one_of_what_is_inside() -> None:
    handler = undoing("w").throws("t2", compensate("a")).line("on_w", "t2", "end e9")
    r = done(in_scope(pair("a", "b").watch("w", handler)), "a", "b", "go")
    assert undone(r) == ["undo_a"]
    assert r.waiting == ["after"]


def test_a_throw_that_does_not_wait_keeps_the_event_sub_process_open() -> None:
    handler = undoing("w").throws("t2", compensate(wait=False)).line("on_w", "t2", "end e9")
    r = done(in_scope(pair("a", "b").watch("w", handler)), "a", "b", "go")
    assert undone(r) == ["undo_b", "undo_a"]
    assert r.waiting == ["after"]


def test_a_handler_at_the_edge_of_a_scope_comes_before_what_is_inside_it() -> None:
    d = Events().line("start start").nest("s", pair("a", "b")).handler("undo_s", "s").line("start", "s", "user go")
    r = done(then_undo(d), "a", "b", "go")
    assert undone(r) == ["undo_s"]
    assert r.waiting == ["after"]


def test_a_scope_without_handlers_is_nothing_to_undo() -> None:
    d = (
        Events()
        .line("start start")
        .nest("s", Events().line("start b", "user a", "end e"))
        .line("start", "s", "user go")
    )
    d.line("go", "user c").handler("undo_c", "c").throws("t", compensate("s")).line("c", "t", "end end")
    r = done(d, "a", "go", "c")
    assert ended(r) == "end"


def test_handlers_see_the_variables_as_they_were_when_the_scope_completed() -> None:
    body = Events().line("start b", "user a", "user x", "end e").handler("undo_a", "a", drawn=True)
    body.lines += noting("undo_a", '="undid " + n', "note").lines
    d = Events().line("start start").nest("s", body, extension=mapping({"n": "=given"}))
    r = begin(then_undo(d.line("start", "s", "user go")), given="1", n="outside")
    r.complete("a")
    r.complete("x", n="2")
    r.complete("go", n="changed later", given="3")
    assert r.waiting == ["after"]
    assert r.variables["note"] == "undid 2"
    assert r.variables["n"] == "changed later"


def test_the_own_event_sub_process_sees_and_changes_the_remembered_variables() -> None:
    handler = undoing("w", "set n=n+1 s1", "set note=n s2", "end e9")
    body = Events().line("start b", "user a", "end e").watch("w", handler)
    d = Events().line("start start").nest("s", body, extension=mapping({"n": "=5"}))
    r = begin(then_undo(d.line("start", "s", "user go")), n=100)
    r.complete("a")
    r.complete("go")
    assert r.waiting == ["after"]
    assert (r.variables["note"], r.variables["n"]) == (6, 100)


def test_each_round_of_a_loop_of_flows_keeps_its_own_variables() -> None:
    body = Events().line("start b", "user a", "end e").handler("undo_a", "a", drawn=True)
    body.lines += noting("undo_a", "=append(notes, mine)", "notes").lines
    d = Events().line("start start", "exclusive m").nest("s", body, extension=mapping({"mine": "=n"}))
    d.line("m", "s", "set n=n+1 s1", "exclusive g_go g", "user go").flow("g", "m", when="=n < 3")
    r = begin(then_undo(d), n=0, notes=[])
    for _ in range(3):
        r.complete("a")
    r.complete("go")
    assert r.waiting == ["after"]
    assert r.variables["notes"] == [2, 1, 0]


@pytest.mark.parametrize("marker", ["items", "one by one", "rounds"])
def test_items_and_rounds_are_undone_from_the_inside_the_last_completed_first(marker: str) -> None:
    body = Events().line("start b", "user a", "end e").handler("undo_a", "a", drawn=True)
    body.lines += noting("undo_a", "=append(notes, loopCounter)", "notes").lines
    marks = {"items": several("=[1, 2]"), "one by one": several("=[1, 2]", attributes=ONE_BY_ONE), "rounds": rounds(2)}
    r = begin(in_scope(body, marker=marks[marker]), notes=[])
    if marker == "items":
        complete(r, rows_of(r, "a")[1])
    else:
        r.complete("a")
    r.complete("a")
    r.complete("go")
    assert r.waiting == ["after"]
    assert r.variables["notes"] == ([1, 2] if marker == "items" else [2, 1])


@pytest.mark.parametrize("marker", ["items", "rounds"])
def test_the_event_sub_process_undoes_each_item_with_its_own_variables(marker: str) -> None:
    handler = undoing("w").line("on_w", "set notes=append(notes,loopCounter) s1", "end e9")
    body = Events().line("start b", "user a", "end e").watch("w", handler)
    r = begin(
        in_scope(body, marker=several("=[1, 2]", attributes=ONE_BY_ONE) if marker == "items" else rounds(2)), notes=[]
    )
    r.complete("a")
    r.complete("a")
    r.complete("go")
    assert r.variables["notes"] == [2, 1]


def test_an_interrupted_scope_is_forgotten() -> None:
    d = Events().line("start start").nest("s", pair("a", "b")).edge("stop", "s", message("msg_stop"))
    d.line("start", "s", "end e1").line("stop", "user go")
    r = begin(then_undo(d), order_id="1")
    r.complete("a")
    r.message("stop")
    r.complete("go")
    assert r.waiting == ["after"]


def failing() -> Events:
    """A scope with something to undo, and a job that may fail after it."""
    return Events().line("start b", "user a", "service job", "end e").handler("undo_a", "a")


def test_an_error_handler_in_the_scope_undoes_what_the_scope_has_done_so_far() -> None:
    handler = Events().starts("on", error()).throws("t2", compensate()).line("on", "t2", "end e9")
    r = begin(in_scope(failing().watch("w", handler)))
    r.complete("a")
    throw(r, "job", "E1")
    assert undone(r) == ["undo_a"]
    assert r.waiting == ["go"]
    r.complete("go")
    assert r.waiting == ["after"], "it is undone once"


def test_an_event_sub_process_that_does_not_interrupt_undoes_while_the_scope_works_on() -> None:
    handler = Events().starts("on", message("msg_m"), interrupting=False).throws("t2", compensate("a"))
    r = begin(in_scope(pair("a", "b").watch("w", handler.line("on", "t2", "end e9"))), order_id="1")
    r.complete("a")
    r.message("on")
    assert r.waiting == ["b", "on", "undo_a"]
    r.complete("b")
    r.complete("undo_a")
    r.complete("go")
    assert undone(r) == ["undo_b"]


def test_a_throw_inside_a_scope_does_not_undo_what_is_around_it() -> None:
    body = Events().line("start b", "user x").throws("t", compensate()).line("x", "t", "end e")
    d = Events().line("start start", "user a").handler("undo_a", "a").nest("s", body).line("a", "s", "end end")
    r = done(d, "a", "x")
    assert ended(r) == "end"


def test_an_error_out_of_an_undoing_event_sub_process_is_not_caught_by_the_scope_that_is_over() -> None:
    body = Events().line("start b", "user a", "end e").watch("w", undoing("w", "service undo_job", "end e9"))
    body.watch("w2", Events().starts("on", error()).line("on", "user wrong", "end e8"))
    d = Events().line("start start").nest("s", body).edge("at", "s", error()).line("at", "end e7")
    d = then_undo(d.line("start", "s", "user go"))
    d.watch("w3", Events().starts("on3", error()).line("on3", "user right", "end e6"))
    r = done(d, "a", "go")
    throw(r, "undo_job", "E1")
    assert r.waiting == ["right"]
