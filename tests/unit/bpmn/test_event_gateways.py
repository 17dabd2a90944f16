"""Event-based gateways: the first event wins; with ``instantiate`` a message begins the instance (BPMN §13.4.4)."""

from __future__ import annotations

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused, StepError
from engine.model import CorrelateMessage, Start
from tests.unit.bpmn.drawing import Drawing, condition, duration, items, rounds
from tests.unit.bpmn.running import Running, of, run

ALL = ("tm", "msg", "sig", "cond", "task")


def racing() -> Drawing:
    """A gateway with an event of each sort and a receive task, each before a user of its own."""
    d = Drawing().start().gateway("wait", "eventBased").flow("start", "wait")
    d.catch("tm", duration("PT1H")).catch("msg", message="msg_x").catch("sig", d.on_signal("sig_x"))
    d.catch("cond", condition("=ready = true")).receive("task", "msg_y")
    for name in ALL:
        d.user(f"u_{name}").end(f"end_{name}").flow("wait", name, f"u_{name}", f"end_{name}")
    return d


def happen(r: Running, name: str) -> None:
    if name == "tm":
        r.fire("tm")
    elif name == "sig":
        r.signal("sig_x", who="a")
    elif name == "cond":
        r.complete("beside", ready=True)
    else:
        r.message(name, {"n": 1})


def with_beside() -> Drawing:
    d = racing().gateway("fork", "parallel").user("beside").end("b_end")
    d.lines = [line.replace('sourceRef="start"', 'sourceRef="fork"') for line in d.lines]
    return d.flow("start", "fork", "beside", "b_end")


@pytest.mark.parametrize("name", ALL)
def test_the_first_event_of_any_sort_wins_and_the_others_are_called_off(name: str) -> None:
    r = run(with_beside(), order_id="SO1")
    assert r.waiting == ["beside", "msg", "sig", "task", "tm"]
    happen(r, name)
    assert [w for w in r.waiting if w != "beside"] == [f"u_{name}"]
    flows = [event.element for event in r.last.events if event.kind == "flow.taken"]
    assert [f for f in flows if f != "beside_b_end"] == [f"wait_{name}", f"{name}_u_{name}"]
    r.complete(f"u_{name}")
    if "beside" in r.waiting:
        r.complete("beside", ready=True)
    assert r.over is not None
    assert r.over.startswith("completed")
    r.proven()


def test_a_condition_that_holds_already_wins_at_once() -> None:
    r = run(racing(), order_id="SO1", ready=True)
    assert r.waiting == ["u_cond"]
    assert r.last.opened[0].element == "u_cond"
    assert len(r.last.opened) == 1
    r.proven()


def test_a_gateway_in_a_loop_waits_anew() -> None:
    d = Drawing().start().gateway("m").gateway("wait", "eventBased").catch("tm", duration("PT1H"))
    d.catch("msg", message="msg_x").gateway("g", default="g_end").end()
    d.flow("start", "m", "wait", "tm", "m").flow("wait", "msg", "g", "end").flow("g", "m", when="=x < 50")
    r = run(d, order_id="SO1")
    sizes = []
    for n in range(50):
        r.fire("tm") if n % 2 else r.message("msg", n)
        sizes.append(len(r.last.state))
    assert max(sizes) <= sizes[10] + 8
    r.message("msg", 50)
    assert r.over == "completed end"
    r.proven()


def test_a_gateway_leads_to_an_event_that_waits_for_several_things() -> None:
    d = Drawing().start().gateway("wait", "eventBased").end("one").end("two")
    d.catch("multi", d.on_message("msg_a") + d.on_signal("sig_b")).catch("tm", duration("PT1H"))
    d.flow("start", "wait", "multi", "one").flow("wait", "tm", "two")
    for fired in ("message", "signal", "timer"):
        r = run(d, order_id="SO1")
        assert r.waiting == ["multi", "multi", "tm"]
        if fired == "timer":
            r.fire("tm")
        elif fired == "signal":
            r.signal("sig_b")
        else:
            r.do(CorrelateMessage(id=r.ids_of("multi")[0], name="msg_a", payload=None))
        assert r.over == ("completed two" if fired == "timer" else "completed one")
        r.proven()


@pytest.mark.parametrize("wrong", ["boundary", "loop", "second way in", "user"])
def test_what_may_not_stand_behind_a_gateway_is_refused(wrong: str) -> None:
    d = Drawing().start().gateway("wait", "eventBased").receive("task", "msg_y").user("u").end()
    if wrong == "loop":
        d = Drawing().start().gateway("wait", "eventBased").receive("task", "msg_y").having(rounds(maximum="2"))
        d.user("u").end()
    elif wrong == "boundary":
        d.boundary("b", "task", duration("PT1H")).flow("b", "end")
    d.catch("tm", duration("PT1H")).flow("start", "wait", "task", "u", "end").flow("wait", "tm", "end")
    if wrong == "second way in":
        d.flow("u", "tm")
    elif wrong == "user":
        d.flow("wait", "u")
    with pytest.raises(DefinitionRefused):
        compile_definition(d.xml(), decisions={})


# --- beginning an instance --------------------------------------------------------------------------------------------


def beginning(kind: str) -> Drawing:
    """Messages a and b behind a gateway and a receive task c begin an instance."""
    d = Drawing().gateway("begin", "eventBased", instantiate="true", eventGatewayType=kind)
    d.catch("a", message="msg_a").catch("b", message="msg_b").receive("c", "msg_c")
    for name in "abc":
        d.user(f"u_{name}").end(f"end_{name}").flow("begin", name, f"u_{name}", f"end_{name}")
    return d


@pytest.mark.parametrize("kind", ["Exclusive", "Parallel"])
def test_each_message_behind_the_gateway_begins_an_instance(kind: str) -> None:
    definition = compile_definition(beginning(kind).xml(), decisions={})
    assert {begin.element: begin.message_name for begin in definition.message_starts} == {
        "a": "msg_a", "b": "msg_b", "c": "msg_c",
    }  # fmt: skip
    assert definition.none_start is None
    with pytest.raises(StepError):
        Running(definition).do(Start(variables={}))


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_an_exclusive_gateway_begins_with_one_message_and_waits_for_no_other(name: str) -> None:
    r = of(beginning("Exclusive")).start(name, order_id="SO1")
    assert r.waiting == [f"u_{name}"]
    assert r.path == ["begin", name, f"u_{name}"] or r.path == ["begin", f"u_{name}"]
    r.complete(f"u_{name}")
    assert r.over == f"completed end_{name}"
    r.proven()


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_a_parallel_gateway_begins_with_one_message_and_waits_for_all_others(name: str) -> None:
    r = of(beginning("Parallel")).start(name, order_id="SO1")
    others = [other for other in "abc" if other != name]
    assert r.waiting == sorted([*others, f"u_{name}"])
    r.complete(f"u_{name}")
    assert r.over is None
    for other in others:
        r.message(other)
    for other in others:
        r.complete(f"u_{other}")
    assert r.over is not None
    assert r.over.startswith("completed")
    r.proven()


def test_a_receive_task_may_begin_an_instance() -> None:
    d = Drawing().receive("got", "msg_x", instantiate="true").user("u").end().flow("got", "u", "end")
    r = of(d).start("got", order_id="SO1", x={"n": 1})
    assert r.definition.message_starts[0].element == "got"
    assert r.waiting == ["u"]
    r.complete("u")
    assert r.over == "completed end"
    r.proven()


def test_a_gateway_that_begins_instances_stands_beside_a_plain_start() -> None:
    d = beginning("Exclusive").start().flow("start", "u_a")
    r = of(d).start()
    assert r.waiting == ["u_a"]
    assert of(d).start("b").proven().waiting == ["u_b"]
    r.proven()


def test_only_messages_begin_an_instance() -> None:
    d = beginning("Exclusive").catch("tm", duration("PT1H")).flow("begin", "tm", "u_a")
    with pytest.raises(DefinitionRefused):
        compile_definition(d.xml(), decisions={})


@pytest.mark.parametrize("marker", [rounds(maximum="2"), items(number="2")])
def test_a_receive_task_that_begins_an_instance_has_no_loop(marker: str) -> None:
    d = Drawing().receive("got", "msg_x", instantiate="true").having(marker).user("u").flow("got", "u")
    with pytest.raises(DefinitionRefused, match="got: "):
        compile_definition(d.xml(), decisions={})
