"""What cannot go on stops as an incident where it is, and goes on when somebody has mended the cause."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.errors import DecisionError, StepError
from engine.model import CompleteJob, CompleteUserTask, FailJob, InstanceStatus, ResolveIncident
from tests.unit.bpmn.drawing import Drawing, cycle, duration, mapping, properties
from tests.unit.bpmn.running import MONDAY_9AM, Running, run


class BrokenDecision:
    """A decision whose hit policy is violated until it is told otherwise."""

    id = "d"
    rules = ()

    def evaluate(self, lookup: object, now: object) -> object:
        raise DecisionError("two rules hit")


def choosing(condition: str = "=ok") -> Drawing:
    d = Drawing().start().user("a").gateway("g").user("b").end().end("no")
    return d.flow("start", "a", "g").flow("g", "b", when=condition).flow("b", "end").flow("g", "no", when="=not(ok)")


def only(r: Running) -> int:
    (found,) = r.incidents
    return found


@pytest.mark.parametrize("value", [None, "true", Decimal(1)])
def test_a_condition_that_is_not_boolean_stops_its_token(value: object) -> None:
    r = run(choosing())
    r.complete("a", ok=value)
    assert list(r.incidents.values()) == ["condition_not_boolean"]
    assert r.variables == {"ok": value}
    assert r.told("user_task.completed")
    r.do(ResolveIncident(id=only(r), variables={"ok": True}))
    assert r.waiting == ["b"]
    assert not r.incidents
    resolved = r.told("incident.resolved")[0]
    told = {"kind": "condition_not_boolean", "before": {"ok": value}, "after": {"ok": True}}
    assert (resolved.element, resolved.value) == ("g", told)


def test_no_true_condition_and_no_default_is_an_incident() -> None:
    r = run(choosing("=false"))
    r.complete("a", ok=True)
    assert list(r.incidents.values()) == ["expression"]
    assert "no condition is true" in r.last.incidents[0].message


def test_an_incident_that_is_not_mended_opens_again() -> None:
    r = run(choosing())
    r.complete("a", ok=None)
    first = only(r)
    r.do(ResolveIncident(id=first))
    assert only(r) == first
    assert r.last.incidents_closed == (first,)


def test_what_has_no_incident_cannot_be_resolved() -> None:
    r = run(choosing())
    with pytest.raises(StepError):
        r.do(ResolveIncident(id=r.id_of("a")))


def test_a_script_beyond_its_budget_is_an_incident_and_leaves_no_trace_of_its_element() -> None:
    d = Drawing().start().script("s", "=count(for i in 1..n, j in 1..n return i)", "x").user("u").end()
    r = run(d.flow("start", "s", "u", "end"), n=Decimal(5000))
    assert list(r.incidents.values()) == ["expression"]
    assert "s" not in r.path
    r.do(ResolveIncident(id=only(r), variables={"n": Decimal(3)}))
    assert r.variables["x"] == Decimal(9)
    assert r.path[-2:] == ["s", "u"]


def test_an_element_that_could_not_be_entered_keeps_no_scope() -> None:
    inputs = mapping({"x": '="half"', "y": "=count(for i in 1..n, j in 1..n return i)"})
    r = run(Drawing().start().user("a", extension=inputs).end().flow("start", "a", "end"), n=Decimal(5000))
    assert r.state.state is not None
    assert b"scopes" not in r.state.state
    r.do(ResolveIncident(id=only(r), variables={"x": "outer", "n": Decimal(1)}))
    assert r.variables["x"] == "outer"
    assert r.waiting == ["a"]


def test_an_undecidable_decision_is_an_incident() -> None:
    d = Drawing().start().decision("rule", "d", "x").end().flow("start", "rule", "end")
    assert list(run(d, {"d": BrokenDecision()}).incidents.values()) == ["decision"]


@pytest.mark.parametrize("value", ["tomorrow", None, Decimal(5), "P", "PT", "2026-13-01", "P99999Y"])
def test_a_timer_without_a_time_is_an_incident(value: object) -> None:
    r = run(Drawing().start().catch("tm", duration("=t")).end().flow("start", "tm", "end"), t=value)
    assert list(r.incidents.values()) == ["timer"]
    r.do(ResolveIncident(id=only(r), variables={"t": "PT1H"}))
    assert r.row_of("tm").due_at == MONDAY_9AM + timedelta(hours=1)


@pytest.mark.parametrize("value", ["R0/PT1H", "R3/PT0S", "R3", "PT1H", "R3/-PT1H"])
def test_a_cycle_without_a_turn_is_an_incident_of_the_timer_alone(value: str) -> None:
    d = Drawing().start().user("a").boundary("tm", "a", cycle("=t"), interrupting=False).end().end("late")
    r = run(d.flow("start", "a", "end").flow("tm", "late"), t=value)
    assert list(r.incidents.values()) == ["timer"]
    assert r.waiting == ["a"]
    r.complete("a")
    assert r.last.status is InstanceStatus.COMPLETED
    assert r.told("incident.resolved")[0].value == {"kind": "timer", "cancelled": True}


@pytest.mark.parametrize("key", [None, True, "", ["SO1"]])
def test_a_message_without_a_key_is_an_incident(key: object) -> None:
    r = run(Drawing().start().catch("ev", message="msg_x").end().flow("start", "ev", "end"), order_id=key)
    assert list(r.incidents.values()) == ["correlation_key"]
    ended = run(Drawing().start().message_end("end", "msg_x", {}).flow("start", "end"), order_id=key)
    assert list(ended.incidents.values()) == ["correlation_key"]
    assert ended.last.messages == ()


def test_an_output_that_fails_stops_the_token_after_the_persons_work_was_kept() -> None:
    out = mapping(outputs={"n": "=count(for i in 1..m, j in 1..m return i)"})
    r = run(Drawing().start().user("a", extension=out).user("b").end().flow("start", "a", "b", "end"))
    task = r.id_of("a")
    r.do(CompleteUserTask(id=task, variables={"m": Decimal(5000)}))
    assert list(r.incidents.values()) == ["output"]
    assert [closed.completed for closed in r.last.closed] == [True]
    assert r.told("user_task.completed")[0].value == {"variables": {"m": Decimal(5000)}}
    r.do(ResolveIncident(id=only(r), variables={"m": Decimal(2)}))
    assert r.waiting == ["b"]
    assert r.variables == {"n": Decimal(4)}
    assert len(r.told("user_task.completed")) == 1
    assert r.told("variables.changed")[0].value == {"before": {"n": None}, "after": {"n": Decimal(4)}}


def test_a_register_that_is_no_context_stops_before_anything_is_assigned() -> None:
    d = Drawing(log="=columns").start()
    both = mapping(outputs={"x": "=1"}) + properties(register="log")
    d.user("a", extension=both).end().flow("start", "a", "end")
    r = run(d, columns="none")
    r.complete("a")
    assert list(r.incidents.values()) == ["expression"]
    assert "x" not in r.variables
    r.do(ResolveIncident(id=only(r), variables={"columns": {"c": Decimal(1)}}))
    assert r.last.registers[0].values == {"c": Decimal(1)}


def test_a_register_whose_formula_says_nothing_is_not_written() -> None:
    d = Drawing(log="={c: n}").start()
    d.user("a", extension=properties(register='=if n > 1 then "log" else ""')).user(
        "b", extension=properties(register="=x")
    )
    r = run(d.end().flow("start", "a", "b", "end"), n=Decimal(1))
    r.complete("a")
    assert r.last.registers == ()
    r.complete("b")
    assert list(r.incidents.values()) == ["expression"], "null is a slip of the formula"


def test_a_job_is_tried_again_until_no_retries_are_left() -> None:
    r = run(Drawing().start().service("j").end().flow("start", "j", "end"))
    job = r.id_of("j")
    later = MONDAY_9AM + timedelta(minutes=1)
    r.do(FailJob(id=job, problem="no answer", retries_left=2, retry_at=later))
    assert (r.last.rescheduled[0].retries_left, r.last.rescheduled[0].due_at) == (2, later)
    assert not r.incidents
    r.do(FailJob(id=job, problem="no answer", retries_left=0))
    assert (r.last.rescheduled[0].retries_left, r.last.rescheduled[0].due_at) == (0, None)
    assert r.incidents == {job: "no_retries_left"}
    r.now += timedelta(hours=1)
    r.do(ResolveIncident(id=job))
    assert (r.last.rescheduled[0].retries_left, r.last.rescheduled[0].due_at) == (3, r.now)
    assert not r.incidents
    r.job("j")
    assert r.last.status is InstanceStatus.COMPLETED


def test_a_job_that_succeeds_after_all_takes_its_incident_with_it() -> None:
    r = run(Drawing().start().service("j").end().flow("start", "j", "end"))
    r.do(FailJob(id=r.id_of("j"), problem="x", retries_left=0))
    r.do(CompleteJob(id=r.id_of("j")))
    assert r.last.incidents_closed
    assert r.last.status is InstanceStatus.COMPLETED


def test_only_joins_left_is_a_deadlock() -> None:
    d = Drawing().start().gateway("g", default="g_a").user("a").user("b").gateway("join", "parallel").end()
    d.flow("start", "g", "a", "join", "end").flow("g", "b", when="=false").flow("b", "join")
    r = run(d)
    r.complete("a")
    assert list(r.incidents.values()) == ["deadlocked"]
    r.do(ResolveIncident(id=only(r)))
    assert list(r.incidents.values()) == ["deadlocked"]


def test_a_result_that_cannot_be_kept_is_an_incident() -> None:
    d = Drawing().start().script("s", "=function(a) a", "f").end().flow("start", "s", "end")
    assert list(run(d).incidents.values()) == ["expression"]
