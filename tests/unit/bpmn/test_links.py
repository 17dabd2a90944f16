"""Link events: a throw leads to the catch of its name in the same scope."""

from __future__ import annotations

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from tests.unit.bpmn.drawing import Drawing, link
from tests.unit.bpmn.running import run


def linked(*throws: str) -> Drawing:
    """Users behind a fork, each leading to a throw of the same link; behind its catch a user."""
    d = Drawing().start().gateway("fork", "parallel").catch("there", link("L")).user("after").end()
    d.flow("start", "fork").flow("there", "after", "end")
    for name in throws:
        d.user(f"u_{name}").throw(name, link("L")).flow("fork", f"u_{name}", name)
    return d


def test_a_link_goes_on_at_the_catch_of_its_name() -> None:
    r = run(linked("away"))
    r.complete("u_away")
    assert r.path == ["start", "fork", "u_away", "away", "there", "after"]
    r.complete("after")
    assert r.over == "completed end"
    r.proven()


def test_several_throws_lead_to_one_catch() -> None:
    r = run(linked("away", "off", "gone"))
    for n, name in enumerate(("off", "away", "gone"), start=1):
        r.complete(f"u_{name}")
        assert r.waiting.count("after") == n
    r.proven()


def test_several_links_keep_their_names_apart() -> None:
    d = Drawing().start().user("u").gateway("g", default="g_b").throw("a", link("A")).throw("b", link("B"))
    d.catch("at_a", link("A")).catch("at_b", link("B")).user("x").user("y").end()
    d.flow("start", "u", "g", "b").flow("g", "a", when="=first").flow("at_a", "x", "end").flow("at_b", "y", "end")
    for first, behind in ((True, "x"), (False, "y")):
        r = run(d)
        r.complete("u", first=first)
        assert r.waiting == [behind]
        r.proven()


def test_a_link_may_lead_back() -> None:
    d = Drawing().start().gateway("m").catch("top", link("again")).user("u").gateway("g", default="g_end").end()
    d.throw("back", link("again")).flow("start", "m", "u", "g", "end").flow("top", "m").flow("g", "back", when="=more")
    r = run(d)
    for _ in range(100):
        r.complete("u", more=True)
    size = len(r.last.state)
    r.complete("u", more=True)
    assert len(r.last.state) <= size + 2
    r.complete("u", more=False)
    assert (r.entered("top"), r.over) == (101, "completed end")
    r.proven()


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_a_token_on_its_way_through_a_link_is_seen_by_a_join(kind: str) -> None:
    d = Drawing().start().gateway("fork", "parallel").user("a").user("b").throw("away", link("L"))
    d.catch("there", link("L")).gateway("join", kind).user("after").end()
    d.flow("start", "fork", "a", "join", "after", "end").flow("fork", "b", "away").flow("there", "join")
    r = run(d)
    r.complete("a")
    assert r.waiting == ["b"]
    r.complete("b")
    assert r.waiting == ["after"]
    r.proven()


def test_links_of_the_same_name_in_two_scopes_do_not_meet() -> None:
    body = Drawing().start("b").throw("b_away", link("L")).catch("b_there", link("L")).user("inside").end("e")
    body.flow("b", "b_away").flow("b_there", "inside", "e")
    d = Drawing().start().sub("s", body).throw("away", link("L")).catch("there", link("L")).user("outside").end()
    r = run(d.flow("start", "s", "away").flow("there", "outside", "end"))
    assert r.waiting == ["inside"]
    r.complete("inside")
    assert r.waiting == ["outside"]
    r.complete("outside")
    assert r.over == "completed end"
    r.proven()


def test_a_link_does_not_leave_its_scope() -> None:
    body = Drawing().start("b").throw("away", link("L")).flow("b", "away")
    d = Drawing().start().sub("s", body).catch("there", link("L")).end().flow("start", "s").flow("there", "end")
    with pytest.raises(DefinitionRefused, match="away"):
        compile_definition(d.xml(), decisions={})


def test_a_link_catch_that_nobody_throws_does_nothing() -> None:
    d = Drawing().start().catch("there", link("L")).user("never").user("u").end()
    r = run(d.flow("start", "u", "end").flow("there", "never", "end"))
    assert r.waiting == ["u"]
    r.complete("u")
    assert r.over == "completed end"
    r.proven()
