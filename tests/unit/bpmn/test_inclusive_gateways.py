"""Inclusive gateways fork along all true conditions and join when nothing more can come (BPMN 2.0.2 §13.4.3)."""

from __future__ import annotations

from itertools import product

import pytest

from tests.each import each
from tests.unit.bpmn.drawing import Drawing, duration
from tests.unit.bpmn.running import Running, run

WAYS = ("a", "b", "c")


def forked(*, loop: bool = False) -> Drawing:
    """Three branches by conditions x_a, x_b, x_c and a fourth by default, joined before ``after``."""
    d = Drawing().start().gateway("m").gateway("fork", "inclusive", default="fork_other")
    d.gateway("join", "inclusive").user("after").end().flow("start", "m", "fork")
    for name in WAYS:
        d.user(name).flow("fork", name, when=f"=x_{name}").flow(name, "join")
    d.user("other").flow("fork", "other", "join").flow("join", "after")
    if loop:
        return d.gateway("g", default="g_end").flow("after", "g", "end").flow("g", "m", when="=more")
    return d.flow("after", "end")


def wanted(*names: str) -> dict[str, object]:
    return {f"x_{name}": name in names for name in WAYS}


COMBINATIONS = [tuple(n for n, on in zip(WAYS, bits, strict=True) if on) for bits in product((0, 1), repeat=3)]


@each("names", COMBINATIONS)
@each("backwards", [False, True])
def test_every_combination_of_branches_forks_and_joins_once(names: tuple[str, ...], backwards: bool) -> None:
    r = run(forked(), **wanted(*names))
    taken = list(names) or ["other"]
    assert r.waiting == taken
    for name in reversed(taken) if backwards else taken:
        assert "after" not in r.waiting
        r.complete(name)
    assert r.waiting == ["after"]
    r.complete("after")
    assert (r.over, r.entered("after")) == ("completed end", 1)
    r.proven()


def test_a_fork_and_join_in_a_loop_take_each_round_alone_and_the_state_does_not_grow() -> None:
    r = run(forked(loop=True), more=True, **wanted("a"))
    sizes = {}
    for n in range(100):
        names = COMBINATIONS[n % 8]
        for name in r.waiting:
            r.complete(name)
        assert r.waiting == ["after"]
        r.complete("after", **wanted(*names))
        assert r.waiting == (list(names) or ["other"])
        sizes.setdefault(names, []).append(len(r.last.state))
    assert all(of[-1] <= of[0] + 12 for of in sizes.values())
    for name in r.waiting:
        r.complete(name)
    r.complete("after", more=False)
    assert r.over == "completed end"
    r.proven()


def test_nothing_true_and_no_default_is_an_incident() -> None:
    d = Drawing().start().gateway("fork", "inclusive").user("a").user("b").end().flow("start", "fork")
    r = run(d.flow("fork", "a", "end", when="=x").flow("fork", "b", when="=x"), x=False)
    assert list(r.incidents.values()) == ["expression"]
    r.resolve(x=True)
    assert r.waiting == ["a", "b"]
    r.proven()


def test_a_gateway_that_joins_and_forks_at_once_does_both() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b")
    d.gateway("mixed", "inclusive", default="mixed_z").user("x").user("y").user("z").end().flow("start", "fork")
    d.flow("fork", "a", "mixed").flow("fork", "b", "mixed").flow("mixed", "z", "end")
    d.flow("mixed", "x", when="=v").flow("mixed", "y", when="=v")
    r = run(d, v=True)
    r.complete("b")
    assert r.waiting == ["a"]
    r.complete("a")
    assert r.waiting == ["x", "y"]
    r.proven()


def test_a_condition_behind_a_join_that_is_not_boolean_can_be_mended() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b")
    d.gateway("mixed", "inclusive").user("x").end().flow("start", "fork", "a", "mixed").flow("fork", "b", "mixed")
    r = run(d.flow("mixed", "x", when="=v").flow("x", "end"))
    r.complete("a")
    r.complete("b", v="yes")
    assert list(r.incidents.values()) == ["condition_not_boolean"]
    r.resolve(v=True)
    assert r.waiting == ["x"]
    r.complete("x")
    assert r.over == "completed end"
    r.proven()


def test_forks_and_joins_in_one_another() -> None:
    d = Drawing().start().gateway("f1", "inclusive").gateway("f2", "inclusive").user("a").user("b").user("c")
    d.gateway("j2", "inclusive").user("inner").gateway("j1", "inclusive").user("outer").end()
    d.flow("start", "f1").flow("f1", "f2", when="=true").flow("f1", "c", when="=true").flow("c", "j1", "outer", "end")
    d.flow("f2", "a", when="=true").flow("f2", "b", when="=true").flow("a", "j2", "inner", "j1").flow("b", "j2")
    r = run(d)
    r.complete("c")
    r.complete("a")
    assert r.waiting == ["b"]
    r.complete("b")
    assert r.waiting == ["inner"]
    r.complete("inner")
    assert r.waiting == ["outer"]
    r.proven()


def ending_elsewhere() -> Drawing:
    """Branch b may end beside the join."""
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").gateway("g", default="g_join")
    d.gateway("join", "inclusive").user("after").end().end("elsewhere").flow("start", "fork", "a", "join", "after")
    return d.flow("after", "end").flow("fork", "b", "g", "join").flow("g", "elsewhere", when="=leave")


@pytest.mark.parametrize("first", ["a", "b"])
def test_a_join_does_not_wait_for_a_branch_that_ended_elsewhere(first: str) -> None:
    r = run(ending_elsewhere(), leave=True)
    r.complete(first)
    assert "after" not in r.waiting
    r.complete("b" if first == "a" else "a")
    assert r.waiting == ["after"]
    r.proven()


def guarded(interrupting: bool) -> Drawing:
    """Branch b has a timer that leads to the join by a way of its own."""
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").boundary("tm", "b", duration("PT1H"))
    if not interrupting:
        d.having(cancelActivity="false")
    d.user("late").gateway("join", "inclusive").user("after").end().flow("start", "fork", "a", "join", "after", "end")
    return d.flow("fork", "b", "join").flow("tm", "late", "join")


def test_a_way_through_a_boundary_event_counts() -> None:
    r = run(guarded(interrupting=True))
    r.complete("a")
    assert r.waiting == ["b", "tm"]
    r.fire("tm")
    assert r.waiting == ["late"]
    r.complete("late")
    assert r.waiting == ["after"]
    r.proven()


def test_an_activity_with_a_boundary_event_that_did_not_fire_is_not_waited_for_twice() -> None:
    r = run(guarded(interrupting=True))
    r.complete("a")
    r.complete("b")
    assert r.waiting == ["after"]
    r.proven()


@pytest.mark.parametrize("order", [("a", "b", "late"), ("b", "late", "a"), ("late", "a", "b"), ("late", "b", "a")])
def test_a_token_of_a_non_interrupting_event_on_its_way_to_the_join_is_awaited(order: tuple[str, ...]) -> None:
    r = run(guarded(interrupting=False))
    r.fire("tm")
    for name in order:
        assert "after" not in r.waiting
        r.complete(name)
    assert r.waiting == ["after"]
    r.complete("after")
    assert r.over == "completed end"
    r.proven()


def one_flow_twice(kind: str = "inclusive") -> Drawing:
    """a and b come by the same flow, c by the other."""
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").user("c").gateway("merge")
    d.gateway("join", kind).user("after").end().flow("start", "fork", "a", "merge", "join", "after", "end")
    return d.flow("fork", "b", "merge").flow("fork", "c", "join")


def test_one_token_of_each_flow_is_consumed_and_the_second_one_joins_by_itself() -> None:
    r = run(one_flow_twice())
    r.complete("a")
    r.complete("b")
    assert r.waiting == ["c"]
    r.complete("c")
    assert r.waiting == ["after", "after"]
    r.proven()


def test_a_token_that_can_come_by_a_filled_flow_as_well_is_not_awaited() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("m").gateway("g", default="g_b").user("b")
    d.gateway("merge").gateway("join", "inclusive").user("after").end()
    d.flow("start", "fork", "a", "merge", "join", "after", "end").flow("fork", "m", "g", "b", "join")
    r = run(d.flow("g", "merge", when="=left"))
    r.complete("a")
    assert r.waiting == ["after", "m"]
    r.complete("m", left=False)
    assert r.waiting == ["after", "b"]
    r.complete("b")
    assert r.waiting == ["after", "after"]
    r.proven()


def around(r: Running, *back: bool) -> None:
    for more in back:
        r.complete("u", more=more)


def circling() -> Drawing:
    """Two tokens come by one flow to a join whose own way out leads back to its other flow."""
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").gateway("merge")
    d.gateway("join", "inclusive").user("u").gateway("g", default="g_end").end()
    d.flow("start", "fork", "a", "merge", "join", "u", "g", "end").flow("fork", "b", "merge")
    return d.flow("g", "join", when="=more")


def test_a_join_waits_for_its_own_token_that_may_come_back() -> None:
    r = run(circling())
    r.complete("a")
    assert r.waiting == ["b", "u"]
    around(r, True)
    assert r.waiting == ["b"]  # b can still fill the other flow
    r.complete("b")
    assert r.waiting == ["u"]
    around(r, True, False)
    assert r.over == "completed end"
    r.proven()


def test_ways_through_the_join_itself_do_not_count() -> None:
    r = run(circling())
    r.complete("a")
    r.complete("b")
    assert r.waiting == ["u"]  # the second token waits: the first may come back by the empty flow
    around(r, False)
    assert r.waiting == ["u"]  # nothing can any more
    around(r, True)
    assert r.waiting == ["u"]
    around(r, False)
    assert r.over == "completed end"
    r.proven()


def test_a_join_that_only_its_paired_fork_would_tell_about_is_right_without_one() -> None:
    """b forks once more beyond the fork: counting the branches of one fork would join early or wait for ever."""
    d = Drawing().start().gateway("f1", "inclusive").user("a").user("b").gateway("f2", "parallel").user("c").user("d")
    d.gateway("j", "inclusive").user("after").end().flow("start", "f1").flow("f1", "a", when="=true")
    d.flow("f1", "b", when="=true").flow("a", "j", "after", "end").flow("b", "f2", "c", "j").flow("f2", "d", "j")
    r = run(d)
    for name in ("a", "b", "d"):
        r.complete(name)
        assert "after" not in r.waiting
    r.complete("c")
    assert r.waiting == ["after"]
    r.proven()


def test_only_tokens_of_the_joins_own_scope_count() -> None:
    body = Drawing().start("in").gateway("f", "inclusive").user("x").user("y").gateway("j", "inclusive").user("z")
    body.flow("in", "f").flow("f", "x", when="=true").flow("f", "y", when="=false").flow("x", "j", "z").flow("y", "j")
    d = Drawing().start().gateway("fork", "parallel").sub("s", body).user("beside").end()
    r = run(d.flow("start", "fork", "s", "end").flow("fork", "beside", "end"))
    r.complete("x")
    assert r.waiting == ["beside", "z"]
    r.proven()


def test_two_joins_that_wait_for_one_another_are_told() -> None:
    d = Drawing().start().gateway("f", "parallel").gateway("j1", "inclusive").gateway("j2", "inclusive")
    d.gateway("x1", default="x1_end").gateway("x2", default="x2_end").end().flow("start", "f", "j1", "x1", "end")
    d.flow("f", "j2", "x2", "end").flow("x1", "j2", when="=false").flow("x2", "j1", when="=false")
    r = run(d)
    assert list(r.incidents.values()) == ["deadlocked"]
    r.proven()
