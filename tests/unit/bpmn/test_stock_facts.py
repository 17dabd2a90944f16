"""What bare SpiffWorkflow 3.2.0 gets wrong, diagram by diagram, beside what our layer makes of the same diagram.

Each test holds two facts: the frame alone is wrong, silently, by refusing or by crashing; and we are right. One that
turns red because the frame became better is good news: what we do about it may go. SpiffWorkflow reads Python where we
read FEEL, and Python's quotes around times; else the diagrams are the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from tests.unit.bpmn.drawing import Drawing, compensation, condition, duration, link
from tests.unit.bpmn.running import run
from tests.unit.bpmn.stock import Stock, WorkflowException, WorkflowTaskException, no_endless_run


@pytest.fixture(autouse=True)
def _stops() -> Iterator[None]:
    with no_endless_run():
        yield


def test_links_end_the_branch_and_hang() -> None:
    d = Drawing().start().user("u").throw("away", link("L")).catch("there", link("L")).user("after").end()
    d.flow("start", "u", "away").flow("there", "after", "end")
    stock = Stock(d).do("u")
    assert (stock.live, stock.workflow.completed, "there" in stock.specs[0].task_specs) == ([], False, False)
    r = run(d)
    r.complete("u")
    assert r.proven().waiting == ["after"]


def test_signal_ends_do_nothing() -> None:
    d = Drawing().start().gateway("f", "parallel").user("u")
    d.catch("hear", d.on_signal("sig")).user("heard").end("tell", d.on_signal("sig")).end()
    d.flow("start", "f", "hear", "heard", "end").flow("f", "u", "tell")
    stock = Stock(d).do("u")
    assert "hear" in stock.live
    assert stock.workflow.get_events() == []
    r = run(d)
    r.complete("u")
    assert r.proven().waiting == ["heard"]


def test_compensation_throws_do_nothing() -> None:
    d = Drawing().start().user("a").throw("t", compensation()).user("after").flow("start", "a", "t", "after")
    stock = Stock(d).do("a")
    assert (stock.live, stock.workflow.get_events()) == (["after"], [])
    r = run(d.user("undo").having(isForCompensation="true").compensated_by("c", "a", "undo"))
    r.complete("a")
    assert r.waiting == ["undo"]
    r.complete("undo")
    assert r.proven().waiting == ["after"]


def test_a_condition_on_a_flow_out_of_an_activity_is_ignored() -> None:
    d = Drawing().start().user("a").user("b").flow("start", "a").flow("a", "b", when="=ok")
    assert Stock(d).do("a", ok=False).live == ["b"]
    r = run(d)
    r.complete("a", ok=False)
    assert (r.waiting, list(r.incidents.values())) == ([], ["expression"])
    r.proven()


def with_event_sub(kind: str, interrupting: bool = True, nested: bool = False) -> Drawing:
    """A user a in a scope that an event sub-process with the user h watches."""
    handler = Drawing()
    definition = {
        "signal": handler.on_signal("sig"),
        "message": handler.on_message("msg"),
        "error": handler.on_error("E1"),
        "timer": duration("PT1H"),
    }[kind]
    handler.start_on("es", definition, interrupting).user("h").end("eh").flow("es", "h", "eh")
    scope = Drawing().start("in").user("a").end("out").flow("in", "a", "out").event_sub("esp", handler)
    if nested:
        return Drawing().start().sub("s", scope).end().flow("start", "s", "end")
    return scope


def test_whether_an_event_sub_process_interrupts_is_ignored() -> None:
    for interrupting, waiting in ((True, ["h"]), (False, ["a", "es", "h"])):
        d = with_event_sub("message", interrupting)
        assert Stock(d).watched_message("msg").live == ["a", "esp", "h"]
        r = run(d, order_id="SO1")
        r.message("es")
        assert r.proven().waiting == waiting


def test_an_event_sub_process_in_a_sub_process_never_begins() -> None:
    d = with_event_sub("signal", nested=True)
    assert Stock(d).signal("sig").live == ["a", "s"]
    r = run(d)
    r.signal("sig")
    assert r.proven().waiting == ["h"]


def test_an_event_sub_process_for_an_error_begins_at_once() -> None:
    d = with_event_sub("error")
    assert Stock(d).live == ["a", "esp", "h"]
    assert run(d).proven().waiting == ["a"]


def test_an_event_sub_process_for_a_timer_keeps_the_process_open() -> None:
    d = with_event_sub("timer")
    stock = Stock(d).do("a")
    assert not stock.workflow.completed
    assert "es" in stock.live
    r = run(d)
    r.complete("a")
    assert r.proven().over == "completed out"


def test_an_event_sub_process_that_begins_changes_the_next_instance() -> None:
    d = with_event_sub("signal")
    stock = Stock(d)
    assert stock.live == ["a"]
    stock.signal("sig")
    assert "esp" in stock.begin().live
    r = run(d)
    r.signal("sig")
    again = type(r)(r.definition).start()
    assert again.proven().waiting == ["a", "es"]


def test_a_message_boundary_event_that_does_not_interrupt_fires_once() -> None:
    d = Drawing().start().user("a").boundary("m", "a", message="msg", interrupting=False).user("n").end().end("e2")
    d.flow("start", "a", "end").flow("m", "n", "e2")
    stock = Stock(d)
    stock.message("msg")
    with pytest.raises(WorkflowException, match="not waiting"):
        stock.message("msg")
    r = run(d, order_id="SO1")
    r.message("m")
    r.message("m")
    assert r.proven().waiting == ["a", "m", "n", "n"]


def test_an_error_interrupts_the_sibling_as_well() -> None:
    d = Drawing().start().gateway("fork", "parallel").flow("start", "fork")
    for n in "12":
        body = Drawing().start(f"b{n}").user(f"u{n}").error_end(f"bad{n}", "E1").flow(f"b{n}", f"u{n}", f"bad{n}")
        d.sub(f"s{n}", body).boundary(f"err{n}", f"s{n}", error="E1").user(f"mend{n}").end(f"e{n}").end(f"m{n}")
        d.flow("fork", f"s{n}", f"e{n}").flow(f"err{n}", f"mend{n}", f"m{n}")
    assert Stock(d).do("u1").live == ["mend1", "mend2"]
    r = run(d)
    r.complete("u1")
    assert r.proven().waiting == ["mend1", "u2"]


def test_an_error_that_nobody_catches_lets_the_main_flow_go_on() -> None:
    body = Drawing().start("in").user("x").error_end("bad", "E1").flow("in", "x", "bad")
    d = Drawing().start().sub("s", body).user("after").end().flow("start", "s", "after", "end")
    stock = Stock(d).do("x")
    assert (stock.live, len(stock.workflow.get_events())) == (["after"], 1)
    r = run(d)
    r.complete("x")
    assert (r.waiting, r.last.uncaught_error) == ([], "E1")
    r.proven()


def listening(first: bool) -> Drawing:
    d = Drawing().start().gateway("f", "parallel").catch("c", condition("=ready")).user("heard").user("u").user("v")
    d.end().flow("f", "c", "heard", "end").flow("f", "u", "v", "end")
    return d.user("first").flow("start", "first", "f") if first else d.flow("start", "f")


def test_conditions_see_their_own_copy_of_the_data_only() -> None:
    stock = Stock(listening(first=True)).do("first", ready=False).do("u", ready=True).refresh()
    assert stock.live == ["c", "v"]
    r = run(listening(first=True))
    r.complete("first", ready=False)
    r.complete("u", ready=True)
    assert r.proven().waiting == ["heard", "v"]


def test_an_undefined_name_in_a_condition_raises() -> None:
    with pytest.raises(WorkflowTaskException):
        Stock(listening(first=False))
    assert run(listening(first=False)).proven().waiting == ["u"]


@pytest.mark.parametrize("tag", ["sendTask", "receiveTask"])
def test_a_task_without_its_message_passes_through(tag: str) -> None:
    d = Drawing().start().task("x", tag).user("after").flow("start", "x", "after")
    assert Stock(d).live == ["after"]
    with pytest.raises(DefinitionRefused, match="x: "):
        compile_definition(d.xml(), decisions={})
