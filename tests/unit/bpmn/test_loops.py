"""Standard loops: an activity of any sort in rounds, tested before or after (BPMN 2.0.2 §13.3.6)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused
from engine.model import CompleteCall, FailJob, ThrowError
from tests.each import each
from tests.unit.bpmn.drawing import Drawing, duration, mapping, properties, rounds
from tests.unit.bpmn.running import Running, run
from tests.unit.bpmn.test_tasks_and_gateways import FixedDecision


def looped(kind: str, marker: str) -> Drawing:
    """One activity x of some sort with a loop, before a user ``after``."""
    d = Drawing().start()
    body = Drawing().start("in").user("u").end("out").flow("in", "u", "out")
    if kind == "user":
        d.user("x")
    elif kind == "job":
        d.service("x")
    elif kind == "send":
        d.service("x", tag="sendTask")
    elif kind == "receive":
        d.receive("x", "msg_x")
    elif kind == "call":
        d.call("x", "q")
    elif kind == "ad hoc":
        d.ad_hoc("x", Drawing().user("u"))
    elif kind in ("sub-process", "transaction"):
        d.sub("x", body)
    d.having(marker)
    if kind == "transaction":
        d.lines[-1] = d.lines[-1].replace("bpmn:subProcess", "bpmn:transaction")
    return d.user("after").end().flow("start", "x", "after", "end")


def work(r: Running, kind: str, **variables: object) -> None:
    """Do what one round of x waits for."""
    if kind in ("job", "send"):
        r.job("x", **variables)
    elif kind == "receive":
        r.message("x", variables)
    elif kind == "call":
        r.do(CompleteCall(id=r.id_of("x"), variables=variables))
    else:
        r.complete("x" if kind == "user" else "u", **variables)


KINDS = ["user", "job", "send", "receive", "call", "sub-process", "transaction", "ad hoc"]


@each("kind", KINDS)
def test_an_activity_of_any_sort_repeats_while_its_condition_is_true(kind: str) -> None:
    condition = "=x.more" if kind == "receive" else "=more"
    r = run(looped(kind, rounds(condition)), order_id="SO1")
    for n in range(1, 4):
        assert "after" not in r.waiting
        inside = next(row.element for row in r.rows.values())
        assert r.see(inside)["loopCounter"] == n
        work(r, kind, more=n < 3)
    assert r.waiting == ["after"]
    assert "loopCounter" not in r.variables
    r.complete("after")
    assert r.over == "completed end"
    r.proven()


@each("kind", KINDS)
@each("before", [False, True])
def test_the_maximum_bounds_the_rounds(kind: str, before: bool) -> None:
    r = run(looped(kind, rounds("=true", "3", before)), order_id="SO1")
    for _ in range(3):
        assert "after" not in r.waiting
        work(r, kind)
    assert r.waiting == ["after"]
    r.proven()


@each("kind", KINDS)
def test_tested_before_it_may_not_be_done_at_all(kind: str) -> None:
    r = run(looped(kind, rounds("=more", test_before=True)), order_id="SO1", more=False)
    assert r.waiting == ["after"]
    assert [e.kind for e in r.events if e.element == "x"] == ["element.entered", "element.completed"]
    r.proven()


@pytest.mark.parametrize(("text", "done"), [("1", 1), ("=2", 2), ("=n", 3), ("0", 1), ("=2.5", 3)])
def test_the_maximum_may_be_computed_and_alone(text: str, done: int) -> None:
    r = run(looped("user", rounds(maximum=text)), n=Decimal(3))
    for _ in range(done):
        r.complete("x")
    assert r.waiting == ["after"]
    r.proven()


def test_a_maximum_of_none_tested_before_does_nothing() -> None:
    r = run(looped("user", rounds(maximum="0", test_before=True)))
    assert r.waiting == ["after"]
    r.proven()


def test_the_condition_is_evaluated_after_each_round_with_what_it_wrote() -> None:
    out = mapping({"seen": "=n"}, {"n": "=n + 1"})
    d = Drawing().start().script("s", "=seen * 10", "ten", out).having(rounds("=n < 5 and loopCounter < 9"))
    r = run(d.user("u").flow("start", "s", "u"), n=Decimal(0))
    assert r.variables == {"n": 5}
    assert r.entered("s") == 6  # the loop, and its five rounds
    r.proven()


def test_decisions_and_plain_tasks_repeat() -> None:
    d = Drawing().start().decision("rule", "d", "verdict").having(rounds(maximum="2")).task("t")
    d.having(rounds("=loopCounter < 4")).user("u").flow("start", "rule", "t", "u")
    r = run(d, {"d": FixedDecision("lost")})
    assert (len(r.told("decision.evaluated")), r.entered("t")) == (2, 5)
    r.proven()


def test_a_loop_with_neither_condition_nor_maximum_is_refused() -> None:
    with pytest.raises(DefinitionRefused):
        compile_definition(looped("user", rounds()).xml(), decisions={})


def test_inputs_outputs_belong_to_each_round_and_the_register_to_the_whole() -> None:
    extension = mapping({"start": "=n"}, {"n": "=start + loopCounter"}) + properties(register="log")
    d = Drawing(log="={n: n}").start().user("x", extension=extension).having(rounds(maximum="3")).end()
    r = run(d.flow("start", "x", "end"), n=Decimal(0))
    for _ in range(3):
        assert not r.last.registers
        r.complete("x")
    assert [row.values for row in r.last.registers] == [{"n": 6}]
    assert r.variables == {"n": 6}
    r.proven()


def test_conditions_of_flows_are_looked_at_when_the_loop_is_over() -> None:
    d = Drawing().start().user("x").having(rounds("=again"), default="x_b").user("a").user("b")
    r = run(d.flow("start", "x").flow("x", "a", when="=ok").flow("x", "b"))
    r.complete("x", again=True, ok=False)
    r.complete("x", again=False, ok=True)
    assert r.waiting == ["a"]
    r.proven()


@each("kind", KINDS)
@each("round_", [1, 2])
def test_a_boundary_event_waits_with_the_whole_loop_and_ends_it(kind: str, round_: int) -> None:
    d = looped(kind, rounds(maximum="5")).boundary("tm", "x", duration("PT1H")).user("late")
    r = run(d.flow("tm", "late"), order_id="SO1")
    armed = r.id_of("tm")
    for _ in range(round_ - 1):
        work(r, kind)
    assert r.id_of("tm") == armed
    r.fire("tm")
    assert r.waiting == ["late"]
    r.proven()


def test_an_error_of_a_round_ends_the_loop() -> None:
    d = looped("job", rounds(maximum="5")).boundary("err", "x", error="E1").user("mend").flow("err", "mend")
    r = run(d)
    r.job("x")
    r.do(ThrowError(id=r.id_of("x"), error_code="E1"))
    assert r.waiting == ["mend"]
    r.proven()


def test_an_incident_inside_a_round_is_repaired_there() -> None:
    body = Drawing().start("in").script("s", "=if bad then count(for i in 1..5000, j in 1..5000 return i) else 1", "y")
    body.user("u").end("out").flow("in", "s", "u", "out")
    d = Drawing().start().sub("x", body).having(rounds(maximum="2")).end().flow("start", "x", "end")
    r = run(d, bad=False)
    r.complete("u", bad=True)
    assert (list(r.incidents.values()), r.last.incidents[0].element) == (["expression"], "s")
    r.resolve(bad=False)
    assert r.see("u")["loopCounter"] == 2
    r.complete("u")
    assert r.over == "completed end"
    r.proven()


def test_an_input_of_a_round_that_fails_keeps_the_rounds_number() -> None:
    inputs = mapping({"x": "=count(for i in 1..n, j in 1..n return i) + loopCounter"})
    d = Drawing().start().user("u", extension=inputs).having(rounds(maximum="2")).end().flow("start", "u", "end")
    r = run(d, n=Decimal(1))
    assert r.see("u")["x"] == 2
    r.complete("u", n=Decimal(5000))
    assert list(r.incidents.values()) == ["expression"]
    r.resolve(n=Decimal(2))
    assert (r.see("u")["x"], r.see("u")["loopCounter"]) == (6, 2)
    r.proven()


@pytest.mark.parametrize(("marker", "kind"), [(rounds("=v"), "condition_not_boolean"), (rounds("=false", "=v"), "")])
def test_a_condition_or_maximum_of_the_wrong_type_stops_after_the_work_and_is_mended(marker: str, kind: str) -> None:
    r = run(looped("user", marker))
    r.complete("x", v="yes")
    assert list(r.incidents.values()) == [kind or "expression"]
    assert r.waiting == []
    r.resolve(v=False if kind else Decimal(1))
    assert r.waiting == ["after"]
    assert len(r.told("user_task.completed")) == 1
    r.proven()


def test_a_condition_of_the_wrong_type_before_the_first_round_is_mended() -> None:
    r = run(looped("user", rounds("=v", test_before=True)), v="yes")
    assert list(r.incidents.values()) == ["condition_not_boolean"]
    r.resolve(v=True)
    assert r.waiting == ["x"]
    r.proven()


def test_a_job_of_a_round_that_ran_out_of_retries_goes_on() -> None:
    r = run(looped("job", rounds(maximum="2")))
    r.job("x")
    r.do(FailJob(id=r.id_of("x"), problem="no answer", retries_left=0))
    r.resolve()
    r.job("x")
    assert r.waiting == ["after"]
    r.proven()


def test_loops_in_one_another_count_each_their_own_rounds() -> None:
    note = mapping({"outer": "=around"}, {"seen": "=append(seen, outer * 10 + loopCounter)"})
    body = Drawing().start("in").user("u", extension=note).having(rounds(maximum="2")).end("out").flow("in", "u", "out")
    d = Drawing().start().sub("x", body, mapping({"around": "=loopCounter"})).having(rounds(maximum="3")).end()
    r = run(d.flow("start", "x", "end"), seen=[])
    for _ in range(6):
        r.complete("u")
    assert r.variables == {"seen": [11, 12, 21, 22, 31, 32]}
    assert r.over == "completed end"
    r.proven()


def test_a_looped_sub_process_that_ends_by_terminate_has_its_next_round() -> None:
    body = Drawing().start("in").gateway("f", "parallel").user("u").user("v").terminate("stop").end("out")
    body.flow("in", "f", "u", "stop").flow("f", "v", "out")
    d = Drawing().start().sub("x", body).having(rounds(maximum="2")).end().flow("start", "x", "end")
    r = run(d)
    r.complete("u")
    assert r.waiting == ["u", "v"]
    r.complete("v")
    r.complete("u")
    assert r.over == "completed end"
    r.proven()


def test_the_state_does_not_grow_with_the_rounds() -> None:
    r = run(looped("sub-process", rounds("=more")), more=True)
    sizes = []
    for _ in range(300):
        r.complete("u")
        sizes.append(len(r.last.state))
    assert sizes[-1] <= sizes[10] + 12
    r.proven()
