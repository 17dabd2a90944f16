"""Sequence flows: forks without a gateway, conditions and defaults out of activities, twins, ends without an event."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from engine.model import CompleteCall, ThrowError
from tests.each import each
from tests.unit.bpmn.drawing import Drawing, duration, items, mapping, rounds
from tests.unit.bpmn.running import Running, run


def chosen(r: Running) -> list[str]:
    """Flows of the last step, in the order in which they were taken."""
    return [str(event.element) for event in r.last.events if event.kind == "flow.taken"]


def after(d: Drawing, source: str, **conditions: str | None) -> Drawing:
    """Users behind an activity, each by a flow with its condition; ``other`` by the default flow."""
    for name, text in conditions.items():
        d.user(name).end(f"end_{name}").flow(source, name, when=text).flow(name, f"end_{name}")
    return d


# --- implicit forks ---------------------------------------------------------------------------------------------------


def test_all_flows_out_of_an_activity_are_taken() -> None:
    d = after(Drawing().start().user("ask").flow("start", "ask"), "ask", a=None, b=None, c=None)
    r = run(d)
    r.complete("ask")
    assert r.waiting == ["a", "b", "c"]
    for name in ("b", "c", "a"):
        r.complete(name)
    assert r.over == "completed end_a"
    r.proven()


@pytest.mark.parametrize("event", ["start", "throw", "tm", "boundary"])
def test_all_flows_out_of_an_event_are_taken(event: str) -> None:
    d = Drawing().start().user("x").end("x_end")
    if event == "throw":
        d.throw("throw").flow("start", "throw")
    elif event == "tm":
        d.catch("tm", duration("PT1H")).flow("start", "tm")
    elif event == "boundary":
        d.boundary("boundary", "x", duration("PT1H")).flow("start", "x", "x_end")
    r = run(after(d, event, a=None, b=None))
    if event in ("tm", "boundary"):
        r.fire(event)
    assert r.waiting == ["a", "b"]
    r.proven()


def test_an_event_in_the_flow_has_no_conditional_flows() -> None:
    d = after(Drawing().start().throw("t").flow("start", "t"), "t", a="=true", b=None)
    with pytest.raises(DefinitionRefused, match="t: "):
        compile_definition(d.xml(), decisions={})


def test_the_tokens_of_an_implicit_fork_meet_at_a_parallel_gateway() -> None:
    d = Drawing().start().user("a").user("b").gateway("join", "parallel").user("c").end()
    r = run(d.flow("start", "a").flow("start", "b").flow("a", "join", "c", "end").flow("b", "join"))
    r.complete("b")
    r.complete("a")
    assert r.waiting == ["c"]
    r.complete("c")
    assert r.over == "completed end"
    r.proven()


def test_flows_are_taken_in_the_documents_order_wherever_the_shapes_stand() -> None:
    shapes = '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"><bpmndi:BPMNPlane>'
    for name, y in (("z", 300), ("a", 200), ("m", 100)):
        shapes += f'<bpmndi:BPMNShape bpmnElement="{name}"><dc:Bounds xmlns:dc='
        shapes += f'"http://www.omg.org/spec/DD/20100524/DC" x="0" y="{y}" width="1" height="1"/></bpmndi:BPMNShape>'
    d = after(Drawing().start().user("ask").flow("start", "ask"), "ask", z="=true", a="=true", m="=true")
    drawn = d.xml().replace(
        b"</bpmn:definitions>", f"{shapes}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>".encode()
    )
    r = Running(compile_definition(drawn, decisions={})).start()
    r.complete("ask")
    assert chosen(r) == ["ask_z", "ask_a", "ask_m"]
    r.proven()


# --- conditions and defaults ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "taken"),
    [
        (True, True, ["a", "always", "b"]),
        (True, False, ["a", "always"]),
        (False, True, ["always", "b"]),
        (False, False, ["always", "other"]),
    ],
)
def test_true_conditions_and_flows_without_one_are_taken_else_the_default(x: bool, y: bool, taken: list[str]) -> None:
    d = Drawing().start().user("ask").having(default="ask_other").flow("start", "ask")
    r = run(after(d, "ask", a="=x", b="=y", always=None, other=None))
    r.complete("ask", x=x, y=y)
    assert r.waiting == taken
    r.proven()


def test_no_true_condition_and_no_default_stops_the_activity_after_its_work() -> None:
    r = run(after(Drawing().start().user("ask").flow("start", "ask"), "ask", a="=x", b="=y"))
    r.complete("ask", x=False, y=False)
    assert list(r.incidents.values()) == ["expression"]
    assert r.told("user_task.completed")[0].value["variables"] == {"x": False, "y": False}
    r.resolve(y=True)
    assert r.waiting == ["b"]
    assert len(r.told("user_task.completed")) == 1
    r.proven()


def test_a_condition_that_is_not_boolean_stops_the_activity_and_takes_no_flow() -> None:
    r = run(after(Drawing().start().user("ask").flow("start", "ask"), "ask", a="=true", b="=y", c=None))
    r.complete("ask", y="yes")
    assert list(r.incidents.values()) == ["condition_not_boolean"]
    assert (r.waiting, chosen(r)) == ([], [])
    r.resolve(y=False)
    assert r.waiting == ["a", "c"]
    r.proven()


def test_a_single_flow_with_a_condition_is_taken_only_when_it_is_true() -> None:
    r = run(after(Drawing().start().user("ask").flow("start", "ask"), "ask", a="=ok"))
    r.complete("ask", ok=False)
    assert list(r.incidents.values()) == ["expression"]
    r.resolve(ok=True)
    assert r.waiting == ["a"]
    r.proven()


def test_a_condition_reads_what_the_activitys_outputs_write() -> None:
    out = mapping({"n": "=1"}, {"total": "=n + 1", "fine": "=total > 1"})
    d = Drawing().start().user("ask", extension=out).having(default="ask_other").flow("start", "ask")
    r = run(after(d, "ask", a="=fine and total = 2 and n = 9", other=None), n=Decimal(9))
    r.complete("ask")
    assert r.waiting == ["a"]
    r.proven()


def subject(kind: str) -> Drawing:
    """An activity x of a sort that ends with ok = true."""
    d = Drawing().start()
    inner = Drawing().start("in").script("s", "=true", "ok").end("e").flow("in", "s", "e")
    if kind == "sub-process":
        d.sub("x", inner)
    elif kind == "sub-process with outputs":
        inner = Drawing().start("in").script("s", "=true", "inside").end("e").flow("in", "s", "e")
        d.sub("x", inner, mapping({"inside": "=false"}, {"ok": "=inside"}))
    elif kind == "transaction":
        d.sub("x", inner)
        d.lines[-1] = d.lines[-1].replace("subProcess", "transaction")
    elif kind == "ad hoc":
        d.ad_hoc("x", Drawing().script("s", "=true", "ok"))
    elif kind == "loop":
        d.script("x", "=n", "last", mapping(outputs={"n": "=n + 1", "ok": "=n > 2"})).having(rounds("=n < 3"))
    elif kind == "multi-instance":
        d.script("x", "=i", "one").having(items("=[false, true]", "i", "=one", "each", sequential=True))
    elif kind == "script":
        d.script("x", "=true", "ok")
    else:
        d.task("x", kind)
    return d.having(default="x_other").flow("start", "x")


@each(
    "kind",
    ["sub-process", "sub-process with outputs", "transaction", "ad hoc", "loop", "multi-instance", "script", "task"],
)
def test_activities_of_every_sort_have_conditional_flows(kind: str) -> None:
    condition = {"multi-instance": "=each[2]", "task": "=true"}.get(kind, "=ok")
    r = run(after(subject(kind), "x", a=condition, c=f"=not({condition[1:]})", other=None), n=Decimal(0))
    assert r.waiting == ["a"]
    r.complete("a")
    assert r.over == "completed end_a"
    r.proven()


def test_a_call_has_conditional_flows_that_read_its_result() -> None:
    d = Drawing().start().call("c", "q", mapping(outputs={"ok": "=result"})).having(default="c_other")
    r = run(after(d.flow("start", "c"), "c", a="=ok", other=None))
    r.do(CompleteCall(id=r.id_of("c"), variables={"result": False}))
    assert r.waiting == ["other"]
    r.proven()


def test_a_boundary_event_takes_its_own_flows_not_those_of_its_activity() -> None:
    d = Drawing().start().service("j").boundary("err", "j", error="E1").flow("start", "j")
    r = run(after(after(d, "j", a="=true", b="=false"), "err", y=None, z=None))
    r.do(ThrowError(id=r.id_of("j"), error_code="E1"))
    assert r.waiting == ["y", "z"]
    r.proven()


@pytest.mark.parametrize("kind", ["exclusive", "inclusive", "complex"])
def test_a_condition_on_the_default_flow_is_not_looked_at(kind: str) -> None:
    d = Drawing().start().gateway("g", kind, default="d").user("a").user("b").flow("start", "g")
    r = run(d.flow("g", "a", when="=false").flow("g", "b", when="=false", id_="d"))
    assert r.waiting == ["b"]
    r.proven()
