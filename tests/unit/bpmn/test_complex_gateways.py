"""Complex gateways activate by a condition, then wait for the rest and reset (BPMN 2.0.2 §13.4.5)."""

from __future__ import annotations

from itertools import permutations

import pytest

from engine.model import Modify
from tests.each import each
from tests.unit.bpmn.drawing import Drawing, duration
from tests.unit.bpmn.running import run

WAYS = ("a", "b", "c")


def joined(activation: str | None, *, out: dict[str, str | None] | None = None, default: str | None = None) -> Drawing:
    """Three users joined by a complex gateway; behind it users by their conditions."""
    d = Drawing().start().gateway("fork", "parallel").flow("start", "fork")
    d.complex("k", activation, **({} if default is None else {"default": f"k_{default}"}))
    for name in WAYS:
        d.user(name).flow("fork", name, "k")
    for name, text in (out or {"after": None}).items():
        d.user(name).end(f"{name}_end").flow("k", name, when=text).flow(name, f"{name}_end")
    return d


@each("order", list(permutations(WAYS)))
@each("n", [1, 2, 3])
def test_n_of_three_go_on_and_the_rest_is_swallowed(n: int, order: tuple[str, ...]) -> None:
    r = run(joined(f"=activationCount >= {n}"))
    for arrived, name in enumerate(order, start=1):
        r.complete(name)
        assert r.waiting.count("after") == (1 if arrived >= n else 0)
    assert r.waiting == ["after"]
    r.complete("after")
    assert (r.over, r.entered("after")) == ("completed after_end", 1)
    r.proven()


def test_the_next_token_is_swallowed_even_when_what_follows_is_over() -> None:
    r = run(joined("=activationCount = 1"))
    r.complete("b")
    r.complete("after")
    assert r.over is None
    r.complete("a")
    r.complete("c")
    assert r.over == "completed after_end"
    assert r.entered("after") == 1
    r.proven()


def test_an_activation_condition_reads_variables() -> None:
    r = run(joined("=activationCount >= needed or urgent = true"), needed=3)
    r.complete("a", urgent=False)
    assert r.waiting == ["b", "c"]
    r.complete("c", urgent=True)
    assert r.waiting == ["after", "b"]
    r.proven()


def test_an_activation_is_looked_at_when_a_variable_changes_while_tokens_wait() -> None:
    d = joined("=urgent = true")
    r = run(d.user("beside").end("b_end").flow("fork", "beside", "b_end"))
    r.complete("a")
    assert "after" not in r.waiting
    r.complete("beside", urgent=True)
    assert r.waiting == ["after", "b", "c"]
    r.proven()


def test_reset_takes_the_flows_whose_condition_is_true_then() -> None:
    out = {"first": "=waitingForStart", "rest": "=not(waitingForStart)", "plain": None}
    r = run(joined("=activationCount = 2", out=out))
    r.complete("a")
    r.complete("b")
    assert r.waiting == ["c", "first", "plain"]
    r.complete("c")
    assert r.waiting == ["first", "plain", "rest"]
    r.proven()


def test_activation_count_at_reset_is_that_of_the_rest() -> None:
    out = {"first": "=waitingForStart", "two": "=not(waitingForStart) and activationCount = 2"}
    r = run(joined("=activationCount = 1", out=out))
    for name in WAYS:
        r.complete(name)
    assert r.waiting == ["first", "two"]
    r.proven()


def test_the_default_flow_is_taken_where_no_condition_is_true_at_activation_and_at_reset() -> None:
    r = run(joined("=activationCount = 2", out={"x": "=v", "other": None}, default="other"), v=False)
    r.complete("a")
    r.complete("b")
    assert r.waiting == ["c", "other"]
    r.complete("c")
    assert r.waiting == ["other", "other"]
    r.proven()


def test_nothing_true_at_reset_and_no_default_takes_nothing() -> None:
    r = run(joined("=activationCount = 2", out={"x": "=waitingForStart"}))
    for name in WAYS:
        r.complete(name)
    assert r.waiting == ["x"]
    r.complete("x")
    assert r.over == "completed x_end"
    r.proven()


def test_nothing_true_at_activation_and_no_default_is_an_incident() -> None:
    r = run(joined("=activationCount = 2", out={"x": "=v"}), v=False)
    r.complete("a")
    r.complete("b")
    assert list(r.incidents.values()) == ["expression"]
    r.resolve(v=True)
    assert r.waiting == ["c", "x"]
    r.complete("c", v=False)
    r.complete("x")
    assert r.over == "completed x_end"
    r.proven()


def test_an_activation_condition_that_is_not_boolean_can_be_mended() -> None:
    r = run(joined("=v"))
    r.complete("a", v="yes")
    assert list(r.incidents.values()) == ["condition_not_boolean"]
    r.resolve(v=True)
    assert r.waiting == ["after", "b", "c"]
    r.proven()


def test_a_rest_that_never_comes_does_not_hold_the_instance() -> None:
    d = joined("=activationCount = 2", out={"first": "=waitingForStart", "rest": "=not(waitingForStart)"})
    d.boundary("tm", "c", duration("PT1H")).end("late").flow("tm", "late")
    r = run(d)
    r.complete("a")
    r.complete("b")
    assert r.waiting == ["c", "first", "tm"]
    r.fire("tm")
    assert r.waiting == ["first", "rest"]
    r.complete("first")
    r.complete("rest")
    assert r.over == "completed rest_end"
    r.proven()


def test_a_gateway_that_is_never_activated_is_told_and_can_be_moved_on() -> None:
    r = run(joined("=activationCount > 3"))
    for name in WAYS:
        r.complete(name)
    assert list(r.incidents.values()) == ["deadlocked"]
    (incident,) = r.incidents
    r.do(Modify(cancel=(incident,), activate=("after",)))
    assert r.waiting == ["after"]
    r.proven()


def test_a_complex_gateway_in_a_loop_starts_anew_each_round() -> None:
    d = joined("=activationCount = 2")
    d.lines = [line.replace('sourceRef="start"', 'sourceRef="m"') for line in d.lines if 'id="after_end"' not in line]
    d.lines = [line.replace('targetRef="after_end"', 'targetRef="g"') for line in d.lines]
    d.gateway("m").gateway("g", default="g_end").end().flow("start", "m").flow("g", "m", when="=more").flow("g", "end")
    r = run(d)
    sizes = []
    for n in range(100):
        order = ("abc", "bca", "cab")[n % 3]
        r.complete(order[0])
        r.complete(order[1])
        assert r.waiting == sorted(("after", order[2]))
        r.complete(order[2])
        assert r.waiting == ["after"]
        sizes.append(len(r.last.state))
        r.complete("after", more=n < 99)
    assert max(sizes) <= sizes[5] + 8
    assert r.over == "completed end"
    r.proven()


def test_a_second_round_that_begins_before_the_first_one_is_reset_waits_for_it() -> None:
    d = Drawing().start().gateway("m").gateway("fork", "parallel").complex("k", "=activationCount = 1")
    d.user("a").user("b").user("after").gateway("g", default="g_end").end()
    d.flow("start", "m", "fork", "a", "k", "after", "g", "end").flow("fork", "b", "k").flow("g", "m", when="=more")
    r = run(d)
    r.complete("a")
    r.complete("after", more=True)
    assert r.waiting == ["a", "b", "b"]
    r.complete("a")  # of the second round, while b of the first is still to come
    assert r.waiting == ["b", "b"]
    r.complete_nth("b", 0)
    assert r.waiting == ["after", "b"]
    r.complete("b")
    r.complete("after", more=False)
    assert r.over == "completed end"
    r.proven()


@pytest.mark.parametrize(("x", "y", "taken"), [(True, True, ["x", "y"]), (True, False, ["x"]), (False, False, ["z"])])
def test_used_as_a_fork_only_it_is_an_inclusive_fork(x: bool, y: bool, taken: list[str]) -> None:
    d = Drawing().start().complex("k", default="k_z").user("x").user("y").user("z").flow("start", "k")
    r = run(d.flow("k", "x", when="=x").flow("k", "y", when="=y").flow("k", "z"), x=x, y=y)
    assert r.waiting == taken
    r.proven()


def test_two_tokens_of_one_flow_count_twice_and_one_is_consumed() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").user("c").gateway("merge")
    d.complex("k", "=activationCount = 2").user("after").flow("start", "fork", "a", "merge", "k", "after")
    r = run(d.flow("fork", "b", "merge").flow("fork", "c", "k"))
    r.complete("a")
    r.complete("b")
    assert r.waiting == ["after", "c"]
    r.complete("c")
    r.complete("after")
    assert "after" in r.path
    r.proven()


def test_the_rest_is_not_awaited_on_a_flow_that_was_consumed_already() -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a1").user("a2").user("b").gateway("merge")
    d.complex("k", "=activationCount = 1").user("first").user("rest").flow("start", "fork", "a1", "merge", "k")
    d.flow("k", "first", when="=waitingForStart").flow("k", "rest", when="=not(waitingForStart)")
    r = run(d.flow("fork", "a2", "merge").flow("fork", "b", "k"))
    r.complete("a1")
    assert r.waiting == ["a2", "b", "first"]
    r.complete("b")  # both flows are consumed: the gateway is ready for the next round
    assert r.waiting == ["a2", "first", "rest"]
    r.complete("a2")
    assert r.waiting == ["first", "first", "rest", "rest"]
    r.proven()


@pytest.mark.parametrize("around", ["sub", "ad hoc"])
def test_a_scope_stays_open_for_the_rest_and_ends_with_it(around: str) -> None:
    body = Drawing().user("a").user("b").complex("k", "=activationCount = 1").task("t")
    body.flow("a", "k", "t").flow("b", "k")
    if around == "sub":
        body.start("in").flow("in", "a").flow("in", "b")
        d = Drawing().start().sub("s", body)
    else:
        d = Drawing().start().ad_hoc("s", body)
    r = run(d.user("after").flow("start", "s", "after"))
    r.complete("b")
    assert r.waiting == ["a"]
    r.complete("a")
    assert r.waiting == ["after"]
    assert r.entered("t") == 1
    r.proven()


def test_an_inclusive_join_waits_for_a_reset_that_may_still_send_a_token() -> None:
    d = Drawing().start().gateway("f", "parallel").user("a").user("b").user("c").complex("k", "=activationCount = 1")
    d.gateway("j", "inclusive").user("after").end().flow("start", "f", "a", "k").flow("f", "b", "k")
    d.flow("f", "c", "j", "after", "end").flow("k", "j", when="=not(waitingForStart)").gateway("out")
    d.flow("k", "out", when="=waitingForStart").flow("out", "end")
    r = run(d)
    r.complete("a")
    r.complete("c")
    assert r.waiting == ["b"]
    r.complete("b")
    assert r.waiting == ["after"]
    r.complete("after")
    assert r.entered("after") == 1
    r.proven()
