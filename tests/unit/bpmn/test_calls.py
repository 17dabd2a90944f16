"""Call activities: other processes and global tasks, with what comes back from them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.bpmn import compile_definition
from engine.errors import DefinitionRefused, StepError
from engine.model import Cancel, ClosedKind, CompleteCall, EscalateCall, FailCall
from tests.unit.bpmn.drawing import Drawing, duration, items, mapping, rounds
from tests.unit.bpmn.running import run
from tests.unit.bpmn.test_tasks_and_gateways import FixedDecision


def calling(called: str, marker: str = "", extension: str = "") -> Drawing:
    """A call by BPMN's own attribute, before a user ``after``."""
    box = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" if extension else ""
    d = Drawing().start().element("callActivity", "c", box + marker, calledElement=called)
    return d.user("after").end().flow("start", "c", "after", "end")


def caught(catch: str, interrupting: bool = True) -> Drawing:
    """A call with a boundary event for an error or an escalation, before a user ``mend``."""
    d = Drawing().start().call("c", "q").user("after").end().user("mend").end("mended")
    definition = d.on_escalation(catch or None) if not catch.startswith("E") else d.on_error(catch)
    d.boundary("b", "c", definition, interrupting)
    return d.flow("start", "c", "after", "end").flow("b", "mend", "mended")


def test_the_called_process_may_be_named_by_bpmns_own_attribute() -> None:
    r = run(calling("s02_payout"), order="SO1")
    row = r.row_of("c")
    assert (row.process_id, row.variables, row.explicit) == ("s02_payout", {"order": "SO1"}, ())
    assert r.definition.called == {"s02_payout"}
    r.do(CompleteCall(id=row.id, variables={"result": Decimal(1)}, end_state="e"))
    assert (r.waiting, r.variables["result"]) == (["after"], 1)
    r.proven()


def test_a_prefix_of_the_called_element_is_left_out() -> None:
    d = calling("t:approve").at_root('<bpmn:globalManualTask id="approve"/>')
    d.lines = [line.replace('id="c" ', 'id="c" xmlns:t="t" ', 1) for line in d.lines]
    assert run(d).proven().path == ["start", "c", "after"]


@pytest.mark.parametrize("tag", ["globalTask", "globalManualTask"])
def test_a_global_task_of_no_kind_completes_at_once(tag: str) -> None:
    r = run(calling("g").at_root(f'<bpmn:{tag} id="g"/>'))
    assert r.path == ["start", "c", "after"]
    r.proven()


def global_task(tag: str, extension: str) -> str:
    return f'<bpmn:{tag} id="g" name="G"><bpmn:extensionElements>{extension}</bpmn:extensionElements></bpmn:{tag}>'


USER = '<zeebe:userTask/><zeebe:formDefinition formId="p.g"/><zeebe:assignmentDefinition candidateGroups="finance"/>'


def test_a_global_user_task_runs_as_if_it_stood_there() -> None:
    r = run(calling("g").at_root(global_task("globalUserTask", USER)))
    row = r.row_of("c")
    assert (row.form_id, row.candidate_groups) == ("p.g", ("finance",))
    r.complete("c", ok=True)
    assert (r.waiting, r.variables) == (["after"], {"ok": True})
    r.proven()


def test_the_extensions_of_the_call_come_before_those_of_the_global_task() -> None:
    own = '<zeebe:assignmentDefinition candidateGroups="courier"/>'
    r = run(calling("g", extension=own).at_root(global_task("globalUserTask", USER)))
    row = r.row_of("c")
    assert (row.form_id, row.candidate_groups) == ("p.g", ("courier",))
    r.proven()


def test_one_global_task_may_be_called_from_several_places() -> None:
    d = calling("g").element("callActivity", "c2", calledElement="g").at_root(global_task("globalUserTask", USER))
    r = run(d.flow("start", "c2", "end"))
    assert r.waiting == ["c", "c2"]
    r.proven()


def test_a_global_script_and_a_global_decision_run() -> None:
    script = '<zeebe:script expression="=n + 1" resultVariable="n"/>'
    r = run(calling("g").at_root(global_task("globalScriptTask", script)), n=Decimal(1))
    assert (r.path, r.variables) == (["start", "c", "after"], {"n": 2})
    r.proven()
    rule = '<zeebe:calledDecision decisionId="d" resultVariable="verdict"/>'
    r = run(calling("g").at_root(global_task("globalBusinessRuleTask", rule)), {"d": FixedDecision("lost")})
    assert (r.path, r.variables) == (["start", "c", "after"], {"verdict": "lost"})
    r.proven()


def test_a_global_task_may_be_repeated_and_done_for_every_item() -> None:
    d = calling("g", rounds(maximum="2")).at_root(global_task("globalUserTask", USER))
    r = run(d)
    r.complete("c")
    assert r.waiting == ["c"]
    r.complete("c")
    assert r.waiting == ["after"]
    r.proven()
    d = calling("g", items("=list", "i", "=i + x", "all")).at_root(global_task("globalUserTask", USER))
    r = run(d, list=[Decimal(1), Decimal(2)])
    r.complete_nth("c", 1, x=Decimal(5))
    r.complete("c", x=Decimal(7))
    assert r.variables["all"] == [8, 7]
    r.proven()


def test_a_call_for_every_item_gives_each_child_its_item() -> None:
    marker = items("=orders", "order", "=result", "all")
    r = run(
        calling("q", marker, mapping({"amount": "=order * 2"}, {"result": "=sum"})), orders=[Decimal(1), Decimal(2)]
    )
    rows = [r.rows[id_] for id_ in r.ids_of("c")]
    assert [(row.variables["order"], row.variables["amount"], row.variables["loopCounter"]) for row in rows] == [
        (1, 2, 1), (2, 4, 2),
    ]  # fmt: skip
    assert {"order", "amount"} <= set(rows[0].explicit)
    r.do(CompleteCall(id=rows[1].id, variables={"sum": Decimal(20), "private": True}))
    r.do(CompleteCall(id=rows[0].id, variables={"sum": Decimal(10)}))
    assert r.waiting == ["after"]
    assert "private" not in r.variables
    r.proven()


def test_a_call_in_a_loop_is_a_new_instance_each_round() -> None:
    r = run(calling("q", rounds("=more")))
    first = r.id_of("c")
    r.do(CompleteCall(id=first, variables={"more": True}))
    assert r.id_of("c") != first
    r.do(CompleteCall(id=r.id_of("c"), variables={"more": False}))
    assert r.waiting == ["after"]
    assert len(r.told("call.started")) == len(r.told("call.completed")) == 2
    r.proven()


# --- what comes from the child ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("catch", "code", "hears"), [("E1", "E1", True), ("E1", "E2", False)])
def test_an_error_of_the_child_is_caught_at_the_call_or_leaves_the_caller(catch: str, code: str, hears: bool) -> None:
    r = run(caught(catch))
    r.do(FailCall(id=r.id_of("c"), error_code=code))
    assert (r.waiting == ["mend"]) == hears
    assert r.last.uncaught_error == (None if hears else code)
    r.proven()


@pytest.mark.parametrize("code", ["LATE", "OTHER"])
def test_an_escalation_of_the_child_may_leave_it_running(code: str) -> None:
    r = run(caught("LATE", interrupting=False))
    for n in (1, 2):
        r.do(EscalateCall(id=r.id_of("c"), escalation_code=code, variables={"n": n} if code == "LATE" else {}))
        assert r.waiting == ["c", *["mend"] * (n if code == "LATE" else 0)]
    assert [e.code for e in r.last.escalations] == ([] if code == "LATE" else ["OTHER"])
    assert r.variables == ({"n": 2} if code == "LATE" else {})
    r.do(CompleteCall(id=r.id_of("c"), variables={}))
    assert "after" in r.waiting
    r.proven()


def test_an_escalation_of_the_child_may_end_the_call() -> None:
    r = run(caught("LATE"))
    call = r.id_of("c")
    r.do(EscalateCall(id=call, escalation_code="LATE"))
    assert r.waiting == ["mend"]
    assert [(c.kind, c.completed) for c in r.last.closed] == [(ClosedKind.CALL, False)]
    with pytest.raises(StepError):
        r.do(CompleteCall(id=call, variables={}))
    r.proven()


def test_an_escalation_goes_on_outwards_from_the_call() -> None:
    body = Drawing().start("in").call("c", "q").end("out").flow("in", "c", "out")
    d = Drawing().start().sub("s", body)
    d.boundary("b", "s", d.on_escalation("LATE"), interrupting=False).user("told").end().flow("start", "s", "end")
    r = run(d.flow("b", "told"))
    r.do(EscalateCall(id=r.id_of("c"), escalation_code="LATE"))
    assert r.waiting == ["c", "told"]
    r.proven()


def test_a_call_that_is_cancelled_is_closed_and_answers_no_more() -> None:
    d = Drawing().start().call("c", "q").boundary("tm", "c", duration("PT1H")).user("late").end()
    r = run(d.flow("start", "c", "end").flow("tm", "late"))
    call = r.id_of("c")
    r.fire("tm")
    assert [(c.id, c.completed) for c in r.last.closed if c.kind is ClosedKind.CALL] == [(call, False)]
    for command in (
        CompleteCall(id=call, variables={}),
        FailCall(id=call, error_code="E"),
        EscalateCall(id=call, escalation_code="E"),
    ):
        with pytest.raises(StepError):
            r.do(command)
    r.proven()


def test_calls_go_with_their_instance() -> None:
    r = run(calling("q", items(number="3")))
    r.do(Cancel(reason="x"))
    assert [c.kind for c in r.last.closed] == [ClosedKind.CALL] * 3
    assert not any(c.completed for c in r.last.closed)
    r.proven()


def test_a_call_of_nothing_is_refused() -> None:
    with pytest.raises(DefinitionRefused):
        compile_definition(Drawing().start().task("c", "callActivity").flow("start", "c").xml(), decisions={})


def test_facts_of_the_platform_from_a_child_are_refused() -> None:
    r = run(calling("q"))
    with pytest.raises(StepError):
        r.do(CompleteCall(id=r.id_of("c"), variables={"case_id": "x"}))
    r.proven()
