"""Skip: an operator lets a token go on as if its element were done."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from engine.errors import StepError, TaskNotOpen
from engine.model import CompleteUserTask, FailJob, ResolveIncident, Skip
from tests.each import each
from tests.unit.bpmn.drawing import Drawing, compensation, condition, duration, items, mapping, properties, rounds
from tests.unit.bpmn.running import Running, run

SLOW = "=count(for i in 1..5000, j in 1..5000 return i)"
SUB = Drawing().start("in").user("u").end("out_").flow("in", "u", "out_")
WRITES = mapping(outputs={"out": '="written"'}) + properties(register="log")
DRAWN: dict[str, Callable[[Drawing], Drawing]] = {
    "user": lambda d: d.user("x", extension=WRITES),
    "service": lambda d: d.service("x", extension=WRITES),
    "send": lambda d: d.service("x", extension=WRITES, tag="sendTask"),
    "receive": lambda d: d.receive("x", "msg_x"),
    "call": lambda d: d.call("x", "q", WRITES),
    "timer": lambda d: d.catch("x", duration("PT1H")),
    "message": lambda d: d.catch("x", message="msg_x"),
    "signal": lambda d: d.catch("x", d.on_signal("sig_x")),
    "multiple": lambda d: d.catch("x", duration("PT1H") + d.on_message("msg_x")),
    "condition": lambda d: d.catch("x", condition("=ready")),
    "script": lambda d: d.script("x", SLOW, "y", WRITES),
    "message throw": lambda d: d.throw("x", d.on_message("msg_y", "=nothing")),
    "sub-process": lambda d: d.sub("x", SUB, mapping(outputs={"y": SLOW})),
}
BROKEN = ["condition", "script", "message throw", "sub-process"]
KINDS = [kind for kind in DRAWN if kind not in BROKEN]


def one(kind: str) -> Drawing:
    """An element x of some sort before a user ``after``; what it waits for has a row or an incident."""
    d = DRAWN[kind](Drawing(log="={a: 1}").start())
    return d.user("after").end().flow("start", "x", "after", "end")


def skip(r: Running, element: str = "x", **variables: object) -> None:
    ids = r.ids_of(element) or [next(iter(r.incidents))]
    r.do(Skip(id=ids[0], variables=variables))


@each("kind", KINDS)
def test_what_waits_goes_on_without_its_work(kind: str) -> None:
    r = run(one(kind), order_id="SO1")
    skip(r, note="by hand")
    assert r.waiting == ["after"]
    assert r.variables == {"order_id": "SO1", "note": "by hand"}
    assert not r.last.registers
    assert [(e.element, e.value["after"]) for e in r.told("element.skipped")] == [("x", {"note": "by hand"})]
    assert not any(closed.completed for closed in r.last.closed)
    flows = [e.element for e in r.last.events if e.kind == "flow.taken"]
    assert flows == ["x_after"]
    r.complete("after")
    assert r.over == "completed end"
    r.proven()


@pytest.mark.parametrize("kind", BROKEN)
def test_what_stands_as_an_incident_goes_on_without_its_work(kind: str) -> None:
    r = run(one(kind), order_id="SO1", ready=None if kind == "condition" else False)
    if kind == "sub-process":
        r.complete("u")
    assert len(r.incidents) == 1
    skip(r)
    assert (r.waiting, r.incidents) == (["after"], {})
    assert {"y", "out"}.isdisjoint(r.variables)
    assert not r.last.messages
    r.proven()


def test_a_job_without_retries_is_skipped_with_its_incident() -> None:
    r = run(one("service"))
    job = r.id_of("x")
    r.do(FailJob(id=job, problem="x", retries_left=0))
    skip(r)
    assert r.last.incidents_closed == (job,)
    assert r.told("incident.resolved")[0].value == {"kind": "no_retries_left", "skipped": True}
    assert r.waiting == ["after"]
    r.proven()


@pytest.mark.parametrize("interrupting", [True, False])
def test_boundary_events_are_called_off(interrupting: bool) -> None:
    d = one("user").boundary("tm", "x", duration("PT1H"), interrupting).user("late").flow("tm", "late")
    r = run(d)
    skip(r)
    assert r.waiting == ["after"]
    assert len(r.told("timer.cancelled")) == 1
    r.proven()


def test_a_boundary_event_itself_cannot_be_skipped() -> None:
    d = one("user").boundary("tm", "x", duration("PT1H")).user("late").flow("tm", "late")
    r = run(d)
    with pytest.raises(StepError):
        skip(r, "tm")
    assert r.waiting == ["tm", "x"]
    r.proven()


def test_variables_go_outside_of_the_elements_own_scope() -> None:
    d = Drawing().start().user("x", extension=mapping({"n": "=n + 1"})).user("after").flow("start", "x", "after")
    r = run(d, n=Decimal(1))
    skip(r, n=Decimal(7))
    assert r.variables == {"n": 7}
    r.proven()


def test_an_activity_whose_flows_have_conditions_cannot_be_skipped() -> None:
    d = Drawing().start().user("x").having(default="x_b").user("a").user("b").flow("start", "x")
    r = run(d.flow("x", "a", when="=ok").flow("x", "b"))
    with pytest.raises(StepError, match="chooses its way"):
        skip(r)
    r.complete("x", ok=True)
    r.proven()


@pytest.mark.parametrize("kind", ["exclusive", "inclusive"])
def test_a_choice_cannot_be_skipped(kind: str) -> None:
    d = Drawing().start().gateway("g", kind).user("a").user("b").flow("start", "g").flow("g", "a", when="=v")
    r = run(d.flow("g", "b", when="=v"), v=None)
    with pytest.raises(StepError, match="chooses its way"):
        skip(r, "g")
    r.resolve(v=True)
    r.proven()


def test_a_join_that_waits_in_vain_is_skipped() -> None:
    d = Drawing().start().gateway("g", default="g_a").user("a").user("b").gateway("join", "parallel").user("after")
    r = run(d.flow("start", "g", "a", "join", "after").flow("g", "b", when="=false").flow("b", "join"))
    r.complete("a")
    skip(r, "join")
    assert (r.waiting, r.incidents) == (["after"], {})
    r.proven()


@pytest.mark.parametrize("event", ["tm", "msg", "task"])
def test_behind_an_event_based_gateway_the_other_events_are_called_off(event: str) -> None:
    d = Drawing().start().gateway("wait", "eventBased").catch("tm", duration("PT1H")).catch("msg", message="msg_x")
    d.receive("task", "msg_y").flow("start", "wait")
    for name in ("tm", "msg", "task"):
        d.user(f"u_{name}").end(f"e_{name}").flow("wait", name, f"u_{name}", f"e_{name}")
    r = run(d, order_id="SO1")
    skip(r, event)
    assert r.waiting == [f"u_{event}"]
    r.complete(f"u_{event}")
    assert r.over == f"completed e_{event}"
    r.proven()


def test_in_a_sub_process_the_last_token_takes_it_to_its_end() -> None:
    body = Drawing().start("in").user("u").flow("in", "u")
    d = Drawing().start().sub("s", body, mapping(outputs={"y": "=1"})).user("after").flow("start", "s", "after")
    r = run(d)
    skip(r, "u")
    assert (r.waiting, r.variables) == (["after"], {"y": 1})
    r.proven()


@pytest.mark.parametrize("sequential", [False, True])
def test_an_item_that_is_skipped_gives_nothing(sequential: bool) -> None:
    marker = items("=list", "i", "=i", "all", completion="=numberOfCompletedInstances >= 3", sequential=sequential)
    r = run(Drawing().start().user("x").having(marker).user("after").flow("start", "x", "after"), list=[1, 2, 3])
    r.do(CompleteUserTask(id=r.ids_of("x")[0], variables={}))
    skip(r)
    r.do(CompleteUserTask(id=r.ids_of("x")[0], variables={}))
    assert (r.waiting, r.variables["all"]) == (["after"], [1, None, 3])
    r.proven()


def test_a_round_that_is_skipped_is_the_last() -> None:
    r = run(Drawing().start().user("x").having(rounds("=true")).user("after").flow("start", "x", "after"))
    r.complete("x")
    skip(r)
    assert r.waiting == ["after"]
    r.proven()


def test_in_an_ad_hoc_sub_process_a_skipped_activity_is_over() -> None:
    d = Drawing().start().ad_hoc("h", Drawing().user("a").user("b"), ordering="Sequential").user("after")
    r = run(d.flow("start", "h", "after"))
    skip(r, "a")
    assert r.waiting == ["b"]
    skip(r, "b")
    assert r.waiting == ["after"]
    r.proven()


def test_a_skipped_activity_is_not_compensated() -> None:
    d = Drawing().start().user("x").user("undo").having(isForCompensation="true").compensated_by("c", "x", "undo")
    d.user("u").throw("t", compensation()).user("after").flow("start", "x", "u", "t", "after")
    r = run(d)
    skip(r)
    r.complete("u")
    assert r.waiting == ["after"]
    r.proven()


def test_a_compensation_handler_may_be_skipped() -> None:
    d = Drawing().start().user("x").user("undo").having(isForCompensation="true").compensated_by("c", "x", "undo")
    d.throw("t", compensation()).user("after").flow("start", "x", "t", "after")
    r = run(d)
    r.complete("x")
    assert r.waiting == ["undo"]
    skip(r, "undo")
    assert r.waiting == ["after"]
    r.proven()


def test_what_is_not_there_or_over_cannot_be_skipped() -> None:
    r = run(one("user"))
    task = r.id_of("x")
    skip(r)
    for command in (Skip(id=task), Skip(id=task + 900), ResolveIncident(id=task)):
        with pytest.raises(StepError):
            r.do(command)
    with pytest.raises(TaskNotOpen):
        r.do(CompleteUserTask(id=task, variables={}))
    with pytest.raises(StepError):
        r.do(Skip(id=r.id_of("after"), variables={"case_id": "x"}))
    r.proven()
