"""Two flows between the same elements, ways that end without an event, ways back, long ways."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.bpmn.drawing import Drawing, mapping
from tests.unit.bpmn.running import Running, run


def chosen(r: Running) -> list[str]:
    """Flows of the last step, in the order in which they were taken."""
    return [str(event.element) for event in r.last.events if event.kind == "flow.taken"]


def twins(source: str) -> Drawing:
    """Two flows, first and second, from x to u."""
    d = Drawing().start()
    d = d.user("x") if source == "user" else d.gateway("x", source)
    d.flow("start", "x").user("u").end().flow("u", "end")
    plain = source in ("user", "parallel")
    d.flow("x", "u", when=None if plain else "=one", id_="first")
    return d.flow("x", "u", when=None if plain else "=two", id_="second")


@pytest.mark.parametrize("source", ["user", "parallel"])
def test_two_flows_between_the_same_elements_are_two_flows(source: str) -> None:
    r = run(twins(source))
    if source == "user":
        r.complete("x")
    assert [f for f in chosen(r) if f != "start_x"] == ["first", "second"]
    assert r.waiting == ["u", "u"]
    r.proven()


@pytest.mark.parametrize(
    ("source", "one", "two", "taken"),
    [
        ("exclusive", True, True, ["first"]),
        ("exclusive", False, True, ["second"]),
        ("inclusive", True, True, ["first", "second"]),
        ("inclusive", False, True, ["second"]),
    ],
)
def test_twin_flows_have_their_own_conditions(source: str, one: bool, two: bool, taken: list[str]) -> None:
    r = run(twins(source), one=one, two=two)
    assert [f for f in chosen(r) if f != "start_x"] == taken
    assert r.waiting == ["u"] * len(taken)
    r.proven()


def test_one_of_two_twin_flows_may_be_the_default() -> None:
    d = Drawing().start().gateway("x", default="second").user("u").end().flow("start", "x").flow("u", "end")
    r = run(d.flow("x", "u", when="=false", id_="first").flow("x", "u", id_="second"))
    assert chosen(r) == ["start_x", "second"]
    r.proven()


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_twin_flows_into_a_join_are_counted_each(kind: str) -> None:
    d = Drawing().start().user("a").gateway("join", kind).user("u").end().flow("start", "a").flow("join", "u", "end")
    r = run(d.flow("a", "join", id_="first").flow("a", "join", id_="second"))
    r.complete("a")
    assert r.waiting == ["u"]
    assert [event.value for event in r.told("element.completed") if event.element == "join"] != [None]
    r.complete("u")
    assert r.over == "completed end"
    r.proven()


def test_tokens_end_where_no_flow_goes_on() -> None:
    body = Drawing().start("b").user("x").user("y").flow("b", "x").flow("b", "y")
    d = Drawing().start().gateway("fork", "parallel").sub("s", body).service("j").user("after").task("t")
    r = run(d.flow("start", "fork", "s", "after").flow("fork", "j").flow("fork", "t"))
    r.complete("x")
    assert r.waiting == ["j", "y"]
    r.complete("y")
    assert r.waiting == ["after", "j"]
    r.job("j")
    r.complete("after")
    assert r.over == "completed None"
    r.proven()


def test_the_end_of_a_sub_process_is_not_the_end_of_the_process() -> None:
    body = Drawing().start("in").user("x").end("inner").flow("in", "x", "inner")
    r = run(Drawing().start().sub("s", body).flow("start", "s"))
    r.complete("x")
    assert r.over == "completed None"
    r.proven()


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway", "complexGateway", "intermediateThrowEvent"])
def test_a_gateway_or_event_without_a_way_on_ends_its_token(kind: str) -> None:
    r = run(Drawing().start().user("u").element(kind, "x").flow("start", "u", "x"))
    r.complete("u")
    assert r.over == "completed None"
    r.proven()


@pytest.mark.parametrize("tag", ["task", "manualTask"])
def test_a_task_of_no_kind_completes_at_once_with_its_mappings(tag: str) -> None:
    d = Drawing().start().task("t", tag, mapping({"a": "=n + 1"}, {"m": "=a * 2"})).user("u").end()
    r = run(d.flow("start", "t", "u", "end"), n=Decimal(1))
    assert (r.path, r.variables) == (["start", "t", "u"], {"n": 1, "m": 4})
    r.proven()


def test_an_activity_may_lead_back_to_itself() -> None:
    d = Drawing().start().user("ask").having(default="ask_end").end().flow("start", "ask", "end")
    r = run(d.flow("ask", "ask", when="=more"))
    sizes = []
    for _ in range(200):
        r.complete("ask", more=True)
        sizes.append(len(r.last.state))
    assert sizes[-1] <= sizes[5] + 4
    r.complete("ask", more=False)
    assert r.over == "completed end"
    assert r.entered("ask") == 201
    r.proven()


def test_an_activity_that_leads_to_itself_without_a_condition_multiplies() -> None:
    d = Drawing().start().user("ask").user("u").end().flow("start", "ask", "ask").flow("ask", "u", "end")
    r = run(d)
    r.complete("ask")
    r.complete("ask")
    assert r.waiting == ["ask", "u", "u"]
    r.proven()


def test_a_chain_of_three_thousand_tasks_runs() -> None:
    names = [f"u{n}" for n in range(3000)]
    d = Drawing().start().end()
    for name in names:
        d.user(name)
    r = run(d.flow("start", *names, "end"))
    for name in names:
        r.complete(name)
    assert r.over == "completed end"
    assert r.path == ["start", *names, "end"]
    r.proven()
