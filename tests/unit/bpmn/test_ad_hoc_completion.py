"""The completion condition of ad-hoc sub-processes: what is offered again, what begins again, what goes wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import StepLimitExceeded
from tests.unit.bpmn.drawing import Drawing
from tests.unit.bpmn.running import run
from tests.unit.bpmn.test_ad_hoc import SEQUENTIAL, around, three

AWAITS = {"cancelRemainingInstances": "false"}


def test_a_persons_task_is_offered_again_at_once_while_the_condition_is_false() -> None:
    r = run(around(three(), "=done"), done=False)
    for name in "aabca":
        r.complete(name)
        assert r.waiting == ["a", "b", "c"]
    r.complete("b", done=True)
    assert r.waiting == ["after"]
    r.proven()


def test_a_persons_task_that_a_flow_leads_to_is_not_offered_again_by_itself() -> None:
    r = run(around(Drawing().user("a").user("b").flow("a", "b"), "=done"), done=False)
    r.complete("a")
    assert r.waiting == ["a", "b"]
    r.complete("b")
    assert r.waiting == ["a"]
    r.proven()


def test_the_rest_is_cancelled_when_the_condition_is_true() -> None:
    r = run(around(three(), "=done"), done=False)
    r.complete("b", done=True)
    assert r.waiting == ["after"]
    assert len([c for c in r.last.closed if not c.completed]) == 2
    r.proven()


def test_the_rest_is_awaited_without_beginning_anything_new() -> None:
    r = run(around(three(), "=done", **AWAITS), done=False)
    r.complete("a")
    assert r.waiting == ["a", "b", "c"]
    r.complete("b", done=True)
    assert r.waiting == ["a", "c"]
    r.complete("a", done=False)  # it was true once: it is closing
    assert r.waiting == ["c"]
    r.complete("c")
    assert r.waiting == ["after"]
    r.proven()


def test_what_follows_inside_is_awaited_too() -> None:
    body = Drawing().user("a").user("b").user("c").flow("a", "b")
    r = run(around(body, "=done", **AWAITS), done=False)
    r.complete("c", done=True)
    r.complete("a")
    assert r.waiting == ["b"]
    r.complete("b")
    assert r.waiting == ["after"]
    r.proven()


def test_automatic_activities_do_not_begin_again_while_something_runs() -> None:
    body = Drawing().script("s", "=n + 1", "n").user("a").service("j")
    r = run(around(body, "=done"), done=False, n=Decimal(0))
    assert (r.waiting, r.variables["n"]) == (["a", "j"], 1)
    r.job("j")
    assert (r.waiting, r.variables["n"]) == (["a"], 1)
    r.complete("a")
    assert (r.waiting, r.variables["n"]) == (["a"], 1)
    r.complete("a", done=True)
    assert r.waiting == ["after"]
    r.proven()


def test_when_nothing_runs_any_more_everything_begins_again() -> None:
    r = run(around(Drawing().service("j").script("s", "=n + 1", "n"), "=n >= 3"), n=Decimal(0))
    assert r.variables["n"] == 1
    r.job("j")
    assert (r.waiting, r.variables["n"]) == (["j"], 2)
    r.job("j")
    assert (r.waiting, r.variables["n"]) == (["after"], 3)
    r.proven()


def test_automatic_activities_repeat_until_the_condition_is_true() -> None:
    r = run(around(Drawing().script("s", "=n + 1", "n"), "=n >= 5"), n=Decimal(0))
    assert (r.waiting, r.variables["n"]) == (["after"], 5)
    r.proven()


def test_automatic_activities_whose_condition_never_comes_true_are_stopped() -> None:
    with pytest.raises(StepLimitExceeded):
        run(around(Drawing().script("s", "=n", "m"), "=false"))


def test_a_sequential_one_begins_anew_after_its_last() -> None:
    r = run(around(Drawing().user("a").user("b"), "=done", **SEQUENTIAL), done=False)
    for name in "abab":
        assert r.waiting == [name]
        r.complete(name)
    r.complete("a", done=True)
    assert r.waiting == ["after"]
    r.proven()


def test_the_condition_is_not_looked_at_before_something_is_over() -> None:
    r = run(around(three(), "=done"), done=True)
    assert r.waiting == ["a", "b", "c"]
    r.complete("a")
    assert r.waiting == ["after"]
    r.proven()


def test_a_condition_that_is_not_boolean_stops_the_whole_and_is_mended() -> None:
    r = run(around(Drawing().user("a"), "=done"))
    r.complete("a")
    assert (list(r.incidents.values()), r.last.incidents[0].element) == (["condition_not_boolean"], "h")
    r.resolve(done=True)
    assert r.waiting == ["after"]
    r.proven()


def test_a_mended_condition_that_is_false_begins_anew() -> None:
    r = run(around(Drawing().user("a").service("j"), "=done"), done=False)
    r.complete("a", done=None)
    r.job("j")
    assert list(r.incidents.values()) == ["condition_not_boolean"]
    r.resolve(done=False)
    assert "a" in r.waiting
    r.complete("a", done=True)
    assert r.waiting == ["after"]
    r.proven()


def test_a_list_that_goes_wrong_at_its_second_look_is_mended() -> None:
    r = run(around(Drawing().service("j").service("k"), "=done", "=names"), done=False, names=["j"])
    r.job("j", names="oops")
    assert (list(r.incidents.values()), r.last.incidents[0].element) == (["expression"], "h")
    r.resolve(names=["k"])
    assert r.waiting == ["k"]
    r.job("k", done=True)
    assert r.waiting == ["after"]
    r.proven()


def test_nothing_to_begin_and_a_condition_that_is_false_is_told_and_mended() -> None:
    r = run(around(Drawing().service("j"), "=done", "=names"), done=False, names=["j"])
    r.job("j", names=[])
    assert len(r.incidents) == 1
    r.resolve(done=True)
    assert r.waiting == ["after"]
    r.proven()
