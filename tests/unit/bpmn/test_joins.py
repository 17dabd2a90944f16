"""Parallel joins in loops, mixed gateways, and what is told when a join can never go on."""

from __future__ import annotations

import pytest

from engine.model import InstanceStatus
from tests.unit.bpmn.drawing import Drawing, duration, properties
from tests.unit.bpmn.running import run


def looped(kind: str) -> Drawing:
    """Three branches, forked in parallel and joined by a gateway of some kind, in a loop."""
    d = Drawing().start().gateway("m").gateway("fork", "parallel").gateway("g", default="g_end").end()
    if kind == "complex":
        d.complex("join", "=activationCount >= 3")
    else:
        d.gateway("join", kind)
    d.flow("start", "m", "fork").flow("join", "g", "end").flow("g", "m", when="=more")
    for name in ("a", "b", "c"):
        d.user(name).flow("fork", name, "join")
    return d


@pytest.mark.parametrize("kind", ["parallel", "inclusive", "complex"])
def test_a_join_in_a_loop_joins_each_round_for_a_hundred_rounds(kind: str) -> None:
    r = run(looped(kind), more=True)
    sizes = []
    for n in range(100):
        for name in ("abc", "cba", "bca", "bac")[n % 4]:
            assert name in r.waiting
            r.complete(name, more=n < 99)
        sizes.append(len(r.last.state))
    assert r.over == "completed end"
    assert max(sizes[:99]) <= sizes[10] + 8
    assert r.entered("g") == 100
    r.proven()


def test_a_branch_that_is_a_round_ahead_waits_at_the_join() -> None:
    d = Drawing().start().gateway("fork", "parallel").gateway("ma").user("a").gateway("ga", "parallel").user("b")
    d.gateway("join", "parallel").user("after").flow("start", "fork", "ma", "a", "ga", "join", "after")
    r = run(d.flow("ga", "ma").flow("fork", "b", "join"))  # each completion of a sends a token and begins a anew
    for _ in range(3):
        r.complete("a")
    assert r.waiting == ["a", "b"]
    r.complete("b")
    assert r.waiting == ["a", "after"]
    r.proven()


def test_a_parallel_gateway_that_joins_and_forks_at_once_does_both() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").gateway("mixed", "parallel").user("x")
    d.user("y").flow("start", "fork", "a", "mixed", "x").flow("fork", "b", "mixed", "y")
    r = run(d)
    r.complete("a")
    r.complete("b")
    assert r.waiting == ["x", "y"]
    r.proven()


def test_an_exclusive_gateway_that_merges_and_chooses_lets_each_token_choose() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").gateway("mixed", default="mixed_y").user("x")
    d.user("y").flow("start", "fork", "a", "mixed").flow("fork", "b", "mixed").flow("mixed", "x", when="=v")
    r = run(d.flow("mixed", "y"))
    r.complete("a", v=True)
    r.complete("b", v=False)
    assert r.waiting == ["x", "y"]
    r.proven()


def test_a_side_branch_that_joins_the_main_one_still_names_the_end() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").user("c")
    d.boundary("tm", "a", duration("PT1H"), interrupting=False).gateway("join", "parallel").end().end("a_end")
    d.flow("start", "fork", "a", "a_end").flow("fork", "b", "join", "end").flow("tm", "c", "join")
    r = run(d)
    r.fire("tm")
    r.complete("a")
    r.complete("c")
    r.complete("b")
    assert r.over == "completed end"
    r.proven()


def missing(kind: str) -> Drawing:
    """Branch b of a join is never taken."""
    d = Drawing().start().gateway("g", default="g_a").user("a").user("b").end()
    d.complex("join", "=activationCount >= 2") if kind == "complex" else d.gateway("join", kind)
    return d.flow("start", "g", "a", "join", "end").flow("g", "b", when="=false").flow("b", "join")


@pytest.mark.parametrize("kind", ["parallel", "complex"])
def test_a_join_whose_branch_never_comes_is_told(kind: str) -> None:
    r = run(missing(kind))
    r.complete("a")
    assert (list(r.incidents.values()), r.last.incidents[0].element) == (["deadlocked"], "join")
    assert r.last.status is InstanceStatus.ACTIVE
    r.proven()


def test_an_inclusive_join_does_not_miss_what_was_never_taken() -> None:
    r = run(missing("inclusive"))
    r.complete("a")
    assert r.over == "completed end"
    r.proven()


def test_a_join_that_waits_beside_other_work_is_told_when_that_is_over() -> None:
    d = missing("parallel").gateway("fork", "parallel").user("beside").end("end2")
    d.lines = [line.replace('sourceRef="start"', 'sourceRef="fork"') for line in d.lines]
    r = run(d.flow("start", "fork", "beside", "end2"))
    r.complete("a")
    assert not r.incidents
    r.complete("beside")
    assert list(r.incidents.values()) == ["deadlocked"]
    r.proven()


def test_a_join_in_a_sub_process_that_can_never_go_on_is_told() -> None:
    body = Drawing().start("in").gateway("z", default="z_x").user("x").user("y").gateway("join", "parallel").end("e")
    body.flow("in", "z", "x", "join", "e").flow("z", "y", when="=false").flow("y", "join")
    r = run(Drawing().start().sub("s", body).end().flow("start", "s", "end"))
    r.complete("x")
    assert list(r.incidents.values()) == ["deadlocked"]
    assert r.last.incidents[0].element == "join"
    r.proven()


# --- gateways that write a register -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["exclusive", "inclusive"])
def test_a_gateway_that_could_not_leave_keeps_the_way_it_chose(kind: str) -> None:
    d = Drawing(log="=columns").start().gateway("g", kind, default="g_b", extension=properties(register="log"))
    r = run(d.user("x").user("b").flow("start", "g").flow("g", "x", when="=ok").flow("g", "b"), ok=True)
    assert list(r.incidents.values()) == ["expression"]
    r.resolve(columns={"a": 1}, ok=False)
    assert (r.waiting, [row.values for row in r.last.registers]) == (["x"], [{"a": 1}])
    r.proven()


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_a_join_that_could_not_leave_has_joined_all_the_same(kind: str) -> None:
    d = Drawing(log="=columns").start().gateway("f", "parallel").user("a").user("b")
    d.gateway("j", kind, extension=properties(register="log")).user("x").flow("start", "f", "a", "j", "x")
    r = run(d.flow("f", "b", "j"))
    r.complete("a")
    r.complete("b")
    assert len(r.incidents) == 1
    r.resolve(columns={"a": 1})
    assert r.waiting == ["x"]
    r.complete("x")
    assert r.over == "completed None"
    r.proven()
