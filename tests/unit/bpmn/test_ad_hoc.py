"""Ad-hoc sub-processes begin their activities without an order being drawn (BPMN 2.0.2 §13.3.5)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from engine.model import ThrowError
from tests.unit.bpmn.drawing import Drawing, duration, items, rounds
from tests.unit.bpmn.running import run

SEQUENTIAL = {"ordering": "Sequential"}


def around(body: Drawing, completion: str | None = None, active: str | None = None, **more: str) -> Drawing:
    d = Drawing().start().ad_hoc("h", body, completion, active, **more).user("after").end()
    return d.flow("start", "h", "after", "end")


def three() -> Drawing:
    return Drawing().user("a").user("b").user("c")


# --- without a completion condition -----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["abc", "cab"])
def test_all_begin_at_once_and_it_ends_when_all_are_over(order: str) -> None:
    r = run(around(three()))
    assert r.waiting == ["a", "b", "c"]
    for name in order:
        assert "after" not in r.waiting
        r.complete(name)
    assert r.waiting == ["after"]
    r.complete("after")
    assert r.over == "completed end"
    r.proven()


def test_sequential_ones_begin_one_after_the_other_in_the_documents_order() -> None:
    r = run(around(Drawing().user("c").user("a").user("b"), **SEQUENTIAL))
    for name in "cab":
        assert r.waiting == [name]
        r.complete(name)
    assert r.waiting == ["after"]
    r.proven()


def test_only_what_has_no_incoming_flow_begins_by_itself() -> None:
    body = Drawing().user("a").user("b").user("c").gateway("g", default="g_d").user("d").user("e")
    body.flow("a", "b").flow("c", "g", "d").flow("g", "e", when="=x")
    r = run(around(body), x=True)
    assert r.waiting == ["a", "c"]
    r.complete("a")
    assert r.waiting == ["b", "c"]
    r.complete("c")
    assert r.waiting == ["b", "e"]
    r.complete("b")
    r.complete("e")
    assert r.waiting == ["after"]
    r.proven()


def test_a_sequential_one_waits_for_what_follows_an_activity() -> None:
    body = Drawing().user("a").user("b").user("c").flow("a", "b")
    r = run(around(body, **SEQUENTIAL))
    for name in "abc":
        assert r.waiting == [name]
        r.complete(name)
    assert r.waiting == ["after"]
    r.proven()


def test_branches_inside_fork_and_join() -> None:
    body = Drawing().user("a").user("b").user("c").gateway("j", "parallel").user("d")
    body.flow("a", "b", "j", "d").flow("a", "c", "j")
    r = run(around(body))
    r.complete("a")
    r.complete("c")
    r.complete("b")
    assert r.waiting == ["d"]
    r.complete("d")
    assert r.waiting == ["after"]
    r.proven()


@pytest.mark.parametrize("more", [{}, SEQUENTIAL])
def test_automatic_activities_are_done_once(more: dict[str, str]) -> None:
    body = Drawing().script("s", "=n + 1", "n").script("t", "=n * 10", "m").task("u")
    r = run(around(body, **more), n=Decimal(1))
    assert (r.waiting, r.variables) == (["after"], {"n": 2, "m": 20})
    r.proven()


@pytest.mark.parametrize(
    ("active", "begun"),
    [("=[]", ["after"]), ('=["b"]', ["b"]), ('=["c", "a"]', ["a", "c"]), ('=["a", "a"]', ["a", "a"])],
)
def test_a_list_of_ids_chooses_what_begins(active: str, begun: list[str]) -> None:
    r = run(around(three(), active=active))
    assert r.waiting == begun
    for name in begun:
        r.complete_nth(name, 0)
    r.proven()


def test_a_list_may_name_an_activity_that_a_flow_leads_to() -> None:
    r = run(around(Drawing().user("a").user("b").user("c").flow("a", "b", "c"), active='=["b"]'))
    assert r.waiting == ["b"]
    r.complete("b")
    assert r.waiting == ["c"]
    r.proven()


def test_a_sequential_one_takes_the_order_of_the_list() -> None:
    r = run(around(three(), active='=["c", "a"]', **SEQUENTIAL))
    r.complete("c")
    r.complete("a")
    assert r.waiting == ["after"]
    r.proven()


@pytest.mark.parametrize("value", [None, "a", ["x"], ["after"], ["h"], [1]])
def test_what_is_no_list_of_its_activities_is_an_incident(value: object) -> None:
    r = run(around(three(), active="=names"), names=value)
    assert list(r.incidents.values()) == ["expression"]
    r.resolve(names=["b"])
    assert r.waiting == ["b"]
    r.proven()


# --- what goes wrong and what is around it ----------------------------------------------------------------------------


def test_boundary_events_inside_and_around() -> None:
    body = three().boundary("tm", "a", duration("PT1H")).user("late").service("j").boundary("err", "j", error="E1")
    body.flow("tm", "late").user("mend").flow("err", "mend")
    d = around(body).boundary("all", "h", duration("PT9H")).user("over").flow("all", "over")
    r = run(d)
    r.fire("tm")
    r.do(ThrowError(id=r.id_of("j"), error_code="E1"))
    assert r.waiting == ["all", "b", "c", "late", "mend"]
    r.fire("all")
    assert r.waiting == ["over"]
    r.proven()


def test_loops_multi_instance_and_sub_processes_inside() -> None:
    inner = Drawing().start("in").user("u").end("out").flow("in", "u", "out")
    body = Drawing().user("a").having(rounds(maximum="2")).user("b").having(items(number="2")).sub("s", inner)
    r = run(around(body))
    assert r.waiting == ["a", "b", "b", "u"]
    for name in ("a", "b", "u", "a", "b"):
        assert "after" not in r.waiting
        r.complete_nth(name, 0)
    assert r.waiting == ["after"]
    r.proven()


def test_an_ad_hoc_sub_process_for_every_item() -> None:
    d = around(Drawing().user("a").user("b"))
    d.lines = [
        line.replace("</bpmn:adHocSubProcess>", f"{items('=list', 'i', '=i', 'all')}</bpmn:adHocSubProcess>")
        for line in d.lines
    ]
    r = run(d, list=[1, 2])
    assert r.waiting == ["a", "a", "b", "b"]
    for name in "abba":
        r.complete_nth(name, 0)
    assert (r.waiting, r.variables["all"]) == (["after"], [1, 2])
    r.proven()


def test_start_events_inside_are_refused_and_so_are_ends() -> None:
    for body in (three().start("s").flow("s", "a"), three().end("e").flow("a", "e")):
        with pytest.raises(DefinitionRefused):
            compile_definition(around(body).xml(), decisions={})
