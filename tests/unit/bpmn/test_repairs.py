"""Modify: an operator cancels tokens and puts others before elements; nothing half done stays behind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import StepError
from engine.model import ID_BASE, Modify
from tests.unit.bpmn.drawing import Drawing, condition, duration, items, rounds
from tests.unit.bpmn.running import Running, run


def line() -> Drawing:
    """Users a, b and c, one behind the other."""
    return Drawing().start().user("a").user("b").user("c").end().flow("start", "a", "b", "c", "end")


def move(r: Running, away: str, *to: str, **variables: object) -> None:
    r.do(Modify(cancel=(r.ids_of(away)[0],), activate=to, variables=variables))


@pytest.mark.parametrize(("to", "path"), [("a", "abc"), ("c", "c"), ("b", "bc")])
def test_a_token_is_moved_forwards_backwards_and_onto_itself(to: str, path: str) -> None:
    r = run(line())
    r.complete("a")
    move(r, "b", to, why="by hand")
    assert r.variables == {"why": "by hand"}
    value = r.told("instance.modified")[0].value
    assert (value["cancelled"], value["activated"], value["after"]) == (["b"], [to], {"why": "by hand"})
    for name in path:
        assert r.waiting == [name]
        r.complete(name)
    assert r.over == "completed end"
    r.proven()


def test_tokens_may_be_added_and_taken_away_without_the_other() -> None:
    r = run(line())
    r.do(Modify(activate=("b", "c", "c")))
    assert r.waiting == ["a", "b", "c", "c"]
    r.do(Modify(cancel=tuple(r.ids_of("c"))))
    assert r.waiting == ["a", "b"]
    r.do(Modify(variables={"n": Decimal(1)}))
    assert (r.waiting, r.variables) == (["a", "b"], {"n": 1})
    r.proven()


def test_a_modification_that_leaves_nothing_is_refused() -> None:
    r = run(line())
    with pytest.raises(StepError, match="nothing would be left"):
        r.do(Modify(cancel=(r.id_of("a"),)))
    assert r.waiting == ["a"]
    r.proven()


def everything() -> Drawing:
    """Every kind of element, most of them without flows to them."""
    d = Drawing().start().user("u").flow("start", "u")
    d.service("job").service("send", tag="sendTask").receive("receive", "msg_r").call("call", "q").task("task")
    d.script("script", "=1", "n").catch("timer", duration("PT1H")).catch("message", message="msg_m")
    d.catch("signal", d.on_signal("sig_s")).catch("several", duration("PT1H") + d.on_signal("sig_s"))
    d.sub("sub", Drawing().start("in").user("inside").flow("in", "inside")).ad_hoc("ad_hoc", Drawing().user("hoc"))
    d.user("loop").having(rounds(maximum="2")).user("items").having(items(number="2")).end("end").throw("throw")
    d.gateway("exclusive", default="exclusive_u").flow("exclusive", "u").gateway("fork", "parallel").flow("fork", "u")
    d.flow("fork", "job").gateway("events", "eventBased").catch("first", duration("PT1H")).receive("second", "msg_2")
    return d.flow("events", "first", "end").flow("events", "second", "end")


@pytest.mark.parametrize(
    ("element", "waits"),
    [
        ("job", ["job"]), ("send", ["send"]), ("receive", ["receive"]), ("call", ["call"]), ("task", []),
        ("script", []), ("timer", ["timer"]), ("message", ["message"]), ("signal", ["signal"]),
        ("several", ["several", "several"]), ("sub", ["inside"]), ("ad_hoc", ["hoc"]), ("loop", ["loop"]),
        ("items", ["items", "items"]), ("end", []), ("throw", []), ("exclusive", ["u"]), ("fork", ["job", "u"]),
        ("events", ["first", "second"]), ("first", ["first"]), ("second", ["second"]), ("start", ["u"]),
    ],
)  # fmt: skip
def test_a_token_may_be_put_before_elements_of_every_kind_and_moved_away_again(element: str, waits: list[str]) -> None:
    r = run(everything(), order_id="SO1")
    r.do(Modify(activate=(element,)))
    assert r.waiting == sorted([*waits, "u"])
    for name in set(waits) - {"u"}:
        for id_ in r.ids_of(name):
            if id_ in r.rows:
                r.do(Modify(cancel=(id_,)))
    assert set(r.waiting) == {"u"}
    assert not r.incidents
    for _ in r.ids_of("u"):
        r.complete_nth("u", 0)
    assert r.over is not None
    r.proven()


@pytest.mark.parametrize("fired", ["first", "second"])
def test_an_event_behind_a_gateway_that_was_put_there_alone_goes_on_alone(fired: str) -> None:
    r = run(everything(), order_id="SO1")
    r.do(Modify(activate=(fired,)))
    r.fire("first") if fired == "first" else r.message("second")
    assert r.waiting == ["u"]
    r.proven()


@pytest.mark.parametrize("away", ["first", "second"])
def test_of_the_events_behind_a_gateway_one_may_be_cancelled_or_all(away: str) -> None:
    r = run(everything(), order_id="SO1")
    r.do(Modify(activate=("events",)))
    r.do(Modify(cancel=(r.id_of(away),)))
    other = "second" if away == "first" else "first"
    assert r.waiting == sorted([other, "u"])
    r.do(Modify(cancel=(r.id_of(other),)))
    assert r.waiting == ["u"]
    assert [e.element for e in r.told("element.cancelled") if e.element == "events"] == ["events"]
    r.proven()


@pytest.mark.parametrize("element", ["nothing", "~root", "~items.each", "edge", "watch", "watch_start", "u_undo_event"])
def test_no_token_is_put_before_what_is_no_place_for_one(element: str) -> None:
    d = everything().boundary("edge", "u", duration("PT1H")).flow("edge", "end")
    watch = Drawing().start_on("watch_start", condition("=x = 1")).user("w").flow("watch_start", "w")
    d.event_sub("watch", watch).user("u_undo").having(isForCompensation="true")
    d.compensated_by("u_undo_event", "u", "u_undo")
    r = run(d, order_id="SO1")
    with pytest.raises(StepError):
        r.do(Modify(activate=(element,)))
    r.proven()


def test_a_boundary_event_is_not_moved_and_goes_with_its_activity() -> None:
    d = line().boundary("tm", "a", duration("PT1H")).end("late").flow("tm", "late")
    r = run(d)
    with pytest.raises(StepError):
        move(r, "tm", "b")
    move(r, "a", "b")
    assert r.waiting == ["b"]
    r.proven()


def test_ids_of_other_instances_and_of_nothing_are_refused_and_nothing_of_the_rest_stays() -> None:
    r = run(line())
    for wrong in (8 * ID_BASE + 2, 7 * ID_BASE, 7 * ID_BASE + 99, 0, -1):
        with pytest.raises(StepError):
            r.do(Modify(cancel=(wrong,), activate=("b",), variables={"n": 1}))
    with pytest.raises(StepError):
        r.do(Modify(activate=("b",), variables={"case_id": "x"}))
    assert (r.waiting, r.variables) == (["a"], {})
    r.proven()


# --- joins and incidents ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_a_token_put_on_a_missing_branch_completes_its_join(kind: str) -> None:
    d = Drawing().start().gateway("g", default="g_a").user("a").user("b").gateway("join", kind).user("after")
    r = run(d.flow("start", "g", "a", "join", "after").flow("g", "b", when="=false").flow("b", "join"))
    r.do(Modify(activate=("b",)))
    r.complete("a")
    assert (r.waiting, r.incidents) == (["b"], {})
    r.complete("b")
    assert r.waiting == ["after"]
    r.proven()


def test_a_deadlocked_join_goes_on_when_its_branch_is_put_there() -> None:
    d = Drawing().start().gateway("g", default="g_a").user("a").user("b").gateway("join", "parallel").user("after")
    r = run(d.flow("start", "g", "a", "join", "after").flow("g", "b", when="=false").flow("b", "join"))
    r.complete("a")
    assert list(r.incidents.values()) == ["deadlocked"]
    r.do(Modify(activate=("b",)))
    r.complete("b")
    assert (r.waiting, r.incidents) == (["after"], {})
    r.proven()


def circle() -> Drawing:
    """Two inclusive joins, each of which waits for the other."""
    d = Drawing().start().gateway("f", "parallel").gateway("j1", "inclusive").gateway("j2", "inclusive")
    d.gateway("x1", default="x1_u1").gateway("x2", default="x2_u2").user("u1").user("u2")
    d.flow("start", "f", "j1", "x1", "u1").flow("f", "j2", "x2", "u2").flow("x1", "j2", when="=false")
    return d.flow("x2", "j1", when="=false")


def test_deadlocked_inclusive_joins_go_on_when_one_is_moved_on() -> None:
    r = run(circle())
    (incident,) = r.incidents
    r.do(Modify(cancel=(incident,), activate=("u1",)))
    assert (r.waiting, r.incidents) == (["u1", "u2"], {})
    r.proven()


def test_a_deadlock_is_none_while_something_else_is_done_and_is_told_again_after_it() -> None:
    d = circle().user("other").flow("other", "j1")
    r = run(d)
    (incident,) = r.incidents
    blocked = r.last.incidents[0].element
    r.do(Modify(activate=("u1",)))
    assert (r.waiting, r.incidents) == (["u1"], {})
    assert blocked == "j1"
    r.complete("u1")
    assert r.incidents == {incident: "deadlocked"}
    r.proven()


def test_an_incident_is_moved_away() -> None:
    d = Drawing().start().script("s", "=count(for i in 1..5000, j in 1..5000 return i)", "y").user("u").user("v")
    r = run(d.flow("start", "s", "u"))
    (incident,) = r.incidents
    r.do(Modify(cancel=(incident,), activate=("v",)))
    assert (r.waiting, r.incidents) == (["v"], {})
    assert r.told("incident.resolved")[0].value["cancelled"] is True
    r.proven()


def test_a_modification_may_end_the_instance_at_an_end_event() -> None:
    r = run(line())
    move(r, "a", "end")
    assert r.over == "completed end"
    r.proven()
