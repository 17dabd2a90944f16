"""What bare SpiffWorkflow 3.2.0 refuses and where it crashes, beside our layer; see test_stock_facts for the rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from tests.unit.bpmn.drawing import Drawing, duration, items
from tests.unit.bpmn.running import run
from tests.unit.bpmn.stock import Stock, TaskNotFoundException, ValidationException, no_endless_run
from tests.unit.bpmn.test_tasks_and_gateways import FixedDecision


@pytest.fixture(autouse=True)
def _stops() -> Iterator[None]:
    with no_endless_run():
        yield


# --- refused by its parser --------------------------------------------------------------------------------------------


def stored() -> Drawing:
    d = Drawing().start().user("x").flow("start", "x").at_root('<bpmn:dataStore id="ds" name="stock"/>')
    d.lines.append('<bpmn:dataStoreReference id="r" dataStoreRef="ds" name="stock"/>')
    return d


def refused() -> dict[str, tuple[Drawing, list[str]]]:
    """Diagrams by what is refused in them, and where our instance waits."""
    undone = Drawing().start().user("x").user("undo").having(isForCompensation="true").flow("start", "x")
    forked = Drawing().start().task("x", "userTask").user("y").user("z").flow("start", "x").flow("x", "y")
    return {
        "complex gateway": (Drawing().start().complex("k").user("x").flow("start", "k", "x"), ["x"]),
        "compensation boundary": (undone.compensated_by("c", "x", "undo"), ["x"]),
        "implicit fork": (forked.flow("x", "z"), ["x"]),
        "business rule": (Drawing().start().decision("k", "d", "v").user("x").flow("start", "k", "x"), ["x"]),
        "data store": (stored(), ["x"]),
    }


@pytest.mark.parametrize("what", list(refused()))
def test_what_its_parser_refuses_runs(what: str) -> None:
    drawing, waiting = refused()[what]
    with pytest.raises(ValidationException):
        Stock(drawing)
    assert run(drawing, {"d": FixedDecision("v")}).proven().waiting == waiting


def test_what_is_not_executable_is_refused_by_both() -> None:
    class Drawn(Drawing):
        def xml(self) -> bytes:
            return super().xml().replace(b'isExecutable="true"', b'isExecutable="false"')

    d = Drawn().start().user("x").flow("start", "x")
    with pytest.raises(ValidationException):
        Stock(d)
    with pytest.raises(DefinitionRefused) as caught:
        compile_definition(d.xml(), decisions={})
    assert caught.value.message_zh


# --- crashes ----------------------------------------------------------------------------------------------------------


def joined(kind: str, fork: str = "parallel") -> Drawing:
    d = Drawing().start().gateway("m").gateway("fork", fork).user("a").user("b").gateway("join", kind).user("after")
    d.gateway("g", default="g_end").end().flow("start", "m", "fork").flow("a", "join", "after", "g", "end")
    when = "=1 < 2" if fork == "inclusive" else None
    return d.flow("fork", "a", when=when).flow("fork", "b", when=when).flow("b", "join").flow("g", "m", when="=more")


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_a_join_in_a_loop_crashes_in_some_order(kind: str) -> None:
    d = joined(kind)
    d.lines = [line for line in d.lines if 'id="after"' not in line and 'sourceRef="after"' not in line]
    d.lines = [line.replace('targetRef="after"', 'targetRef="g"') for line in d.lines]
    crashed = 0
    for orders in product(("ab", "ba"), repeat=3):
        stock, r = Stock(d), run(d)
        for n, order in enumerate(orders):
            for name in order:
                r.complete(name, more=n < 2)
        assert r.proven().over == "completed end"
        try:
            for n, order in enumerate(orders):
                for name in order:
                    stock.do(name, more=n < 2)
        except AttributeError:
            crashed += 1
    assert crashed >= 2


def test_an_inclusive_join_fires_early_in_the_second_round() -> None:
    d = joined("inclusive", "inclusive")
    stock = Stock(d).do("a").do("b").do("after", more=True).do("a")
    assert stock.live == ["after", "b"]
    r = run(d)
    for name in ("a", "b"):
        r.complete(name)
    r.complete("after", more=True)
    r.complete("a")
    assert r.proven().waiting == ["b"]


def test_a_timer_at_a_call_for_every_item_breaks_the_instance() -> None:
    child = Drawing("q").start("cs").user("cu").end("ce").flow("cs", "cu", "ce")
    d = Drawing().start().element("callActivity", "ca", items(number="3"), calledElement="q").user("late").end()
    d.boundary("tm", "ca", duration("PT0.01S")).flow("start", "ca", "end").flow("tm", "late")
    stock = Stock(d, child)
    time.sleep(0.02)  # stock reads the clock itself
    with pytest.raises(TaskNotFoundException):
        stock.refresh()
    r = run(d)
    r.fire("tm")
    assert r.proven().waiting == ["late"]


def test_an_error_in_a_sub_process_for_every_item_breaks_the_instance() -> None:
    body = Drawing().start("in").user("x").error_end("bad", "E1").flow("in", "x", "bad")
    d = Drawing().start().sub("s", body).having(items(number="3")).boundary("err", "s", error="E1").user("mend").end()
    d.flow("start", "s", "end").flow("err", "mend")
    with pytest.raises(TaskNotFoundException):
        Stock(d).do("x")
    r = run(d)
    r.complete_nth("x", 0)
    assert r.proven().waiting == ["mend"]


def test_an_activity_that_leads_to_itself_is_endless_recursion() -> None:
    d = Drawing().start().user("x").flow("start", "x", "x")
    with pytest.raises(RecursionError):
        Stock(d)
    r = run(d)
    r.complete("x")
    assert r.proven().waiting == ["x"]
