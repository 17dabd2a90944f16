"""Modify within sub-processes, items and ad-hoc sub-processes, and across their borders."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import StepError
from engine.model import CompleteUserTask, Modify
from tests.unit.bpmn.drawing import Drawing, items, mapping
from tests.unit.bpmn.running import run
from tests.unit.bpmn.test_repairs import move


def nested() -> Drawing:
    inner = Drawing().start("in2").user("x").user("y").end("out2").flow("in2", "x", "y", "out2")
    outer = Drawing().start("in").sub("inner", inner).user("z").end("out").flow("in", "inner", "z", "out")
    return Drawing().start().user("a").sub("outer", outer).user("b").end().flow("start", "a", "outer", "b", "end")


def test_a_token_is_moved_within_its_sub_process() -> None:
    r = run(nested())
    r.complete("a")
    move(r, "x", "y")
    r.complete("y")
    assert r.waiting == ["z"]
    r.proven()


def test_moving_the_last_token_out_cancels_the_sub_processes_around_it() -> None:
    r = run(nested())
    r.complete("a")
    move(r, "x", "b")
    assert r.waiting == ["b"]
    assert [e.element for e in r.told("element.cancelled")] == ["inner", "outer"]
    r.proven()


def test_moving_a_token_one_scope_up_keeps_that_scope() -> None:
    r = run(nested())
    r.complete("a")
    move(r, "x", "z")
    assert [e.element for e in r.told("element.cancelled")] == ["inner"]
    r.complete("z")
    assert r.waiting == ["b"]
    r.proven()


def test_a_sub_process_that_does_not_run_is_entered_as_a_whole_only() -> None:
    r = run(nested())
    with pytest.raises(StepError):
        move(r, "a", "x")
    move(r, "a", "outer")
    assert r.waiting == ["x"]
    r.proven()


def test_a_sub_process_that_runs_several_times_is_entered_as_a_whole_only() -> None:
    body = Drawing().start("in").user("x").user("y").flow("in", "x", "y")
    r = run(Drawing().start().sub("s", body).having(items(number="2")).flow("start", "s"))
    with pytest.raises(StepError):
        r.do(Modify(activate=("y",)))
    r.complete_nth("x", 0)
    r.complete("y")
    r.do(Modify(activate=("y",)))  # one is left
    assert r.waiting == ["x", "y"]
    r.complete("x")
    r.complete_nth("y", 0)
    r.complete("y")
    assert r.over == "completed None"
    r.proven()


def test_inner_variables_live_on_where_a_token_moves_within_the_scope() -> None:
    body = Drawing().start("in").user("x").user("y").end("out").flow("in", "x", "y", "out")
    d = Drawing().start().sub("s", body, mapping({"n": "=1"}, {"m": "=n"})).end().flow("start", "s", "end")
    r = run(d)
    r.do(Modify(cancel=(r.id_of("x"),), activate=("y",), variables={"n": Decimal(5)}))
    assert r.see("y")["n"] == 1  # variables of the command are the process's
    r.complete("y", n=Decimal(2))
    assert r.variables == {"n": 5, "m": 2}
    r.proven()


@pytest.mark.parametrize("sequential", [False, True])
def test_an_item_may_be_cancelled_with_the_last_one_goes_the_whole(sequential: bool) -> None:
    marker = items("=list", "i", "=i", "all", sequential=sequential)
    d = Drawing().start().user("x").having(marker).user("after").user("beside").flow("start", "x", "after")
    r = run(d.flow("start", "beside"), list=[1, 2, 3])
    r.do(Modify(cancel=(r.ids_of("x")[0],)))
    if sequential:
        assert r.waiting == ["beside"]
    else:
        assert r.waiting == ["beside", "x", "x"]
        for _ in range(2):
            r.do(CompleteUserTask(id=r.ids_of("x")[0], variables={}))
        assert r.waiting == ["after", "beside"]
        assert r.variables["all"] == [None, 2, 3]
    r.proven()


def test_in_an_ad_hoc_sub_process_tokens_come_and_go() -> None:
    body = Drawing().user("a").user("b").user("c").flow("b", "c")
    r = run(Drawing().start().ad_hoc("h", body).user("after").flow("start", "h", "after"))
    r.do(Modify(cancel=(r.id_of("b"),), activate=("c", "a")))
    assert r.waiting == ["a", "a", "c"]
    for name in "aca":
        r.complete_nth(name, 0)
    assert r.waiting == ["after"]
    r.proven()
