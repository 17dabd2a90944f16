"""What is executed passes the lint and compiles; each small process spoilt in one place has the finding it should."""

# ruff: noqa: E501 - one variation a line reads better than a wrapped one

from __future__ import annotations

import pytest

from engine.bpmn import compile_definition
from engine.bpmn.lint import RULES, check
from engine.errors import DefinitionRefused
from engine.model import Finding, Severity
from tests.each import each
from tests.unit.lint.lint_cases import CASES
from tests.unit.lint.lint_piece_cases import AGAIN, COUNT, LINE, PIECE_CASES, more
from tests.unit.lint.lint_pieces import (
    DAY,
    GO,
    LATE,
    NEWS,
    PIECES,
    TRUE,
    UNDO,
    chain,
    el,
    event,
    flow,
    job,
    user,
    whole,
)
from tests.unit.lint.lint_sample import FILE, WORLD
from tests.unit.lint.lint_surroundings import AROUND_CASES


def spoil(piece: str, replacements: list[tuple[str, str]]) -> bytes:
    text = whole(piece)
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def lint(data: bytes) -> list[Finding]:
    """Findings but those on the drawing, which the pieces do not have."""
    return [finding for finding in check(data, file=FILE, world=WORLD) if not finding.rule.startswith("layout.")]


@each("piece", PIECES)
def test_a_piece_has_no_finding_and_compiles(piece):
    data = spoil(piece, [])
    assert lint(data) == []
    compile_definition(data, decisions={})


@each(
    ("rule", "element", "piece", "replacements"),
    PIECE_CASES,
    ids=[f"{number}-{case[0]}" for number, case in enumerate(PIECE_CASES)],
)
def test_a_fault_of_a_piece_is_found_by_its_rule_at_its_element(rule, element, piece, replacements):
    data = spoil(piece, replacements)
    findings = lint(data)
    assert (rule, element) in {(finding.rule, finding.element) for finding in findings}
    try:
        compile_definition(data, decisions={})
    except DefinitionRefused:
        assert any(finding.severity is Severity.ERROR for finding in findings)


@each("case", PIECE_CASES[::5], ids=[case[0] for case in PIECE_CASES[::5]])
def test_every_sentence_is_whole_in_both_languages(case):
    for finding in lint(spoil(case[2], case[3])):
        assert finding.zh
        assert finding.en
        assert "{" not in finding.zh + finding.en


def test_every_rule_has_a_case_that_fires_it():
    tried = {case[0] for case in (*CASES, *PIECE_CASES, *AROUND_CASES)}
    assert {code for code in RULES if not code.startswith("layout.")} - tried == {"file.too_many_findings"}


@each(
    ("piece", "replacements"),
    [
        ("flows", [(' default="f_a_m"', "")]),
        ("flows", [(flow("a", "x"), flow("a", "x", "=kind = 2"))]),
        ("flows", [(el("startEvent", "s"), el("startEvent", "s", NEWS + GO))]),
        ("gateways", [(' default="f_inc_b"', ""), (flow("inc", "b"), flow("inc", "b", "=not(kind = 1)"))]),
        ("gateways", [(COUNT, COUNT.replace("&gt;= 2", "= 3 or late"))]),
        ("event gateway", [(DAY, f"{DAY}{GO}")]),
        ("loops", [(AGAIN, ""), ('testBefore="true"', 'loopMaximum="1"')]),
        ("loops", [('isSequential="true"', 'isSequential="false" behavior="All"')]),
        ("loops", [("<bpmn:loopCardinality>3<", "<bpmn:loopCardinality>=count(parcels)<")]),
        ("loops", [(GO, NEWS)]),
        ("loops", [('behavior="One" oneBehaviorEventRef', 'behavior="None" noneBehaviorEventRef')]),
        ("ad hoc", [("<bpmn:completionCondition>=enough</bpmn:completionCondition>", "")]),
        ("ad hoc", [('ordering="Sequential" cancelRemainingInstances="false"', "")]),
        ("ad hoc", more(chain("b", "c"), el("boundaryEvent", "b9", DAY, attachedToRef="a"))),
        ("event sub-processes", [(NEWS, TRUE)]),
        ("event sub-processes", [(NEWS, f"{GO}{DAY}")]),
        ("event sub-processes", [(event("error"), LATE)]),
        ("events", [("d_day</bpmn:eventDefinitionRef>", "d_go</bpmn:eventDefinitionRef>")]),
        ("compensation", [('sourceRef="undo" targetRef="unbook"', 'sourceRef="unbook" targetRef="undo"')]),
        ("compensation", [(LINE, LINE + '<bpmn:association id="n" sourceRef="undo" targetRef="note" /><bpmn:textAnnotation id="note" />')]),
        ("compensation", more(LINE, el("boundaryEvent", "undo2", UNDO, attachedToRef="decide") + LINE.replace('"undo"', '"undo2"').replace('"line"', '"line2"'))),
        ("compensation", [(el("endEvent", "u3", UNDO), el("endEvent", "u3", event("compensate", activityRef="j2"))), (chain("j1", "j2", "j3"), chain("j1", "j2", "j3") + el("boundaryEvent", "j4", UNDO, attachedToRef="j2") + job("j5", isForCompensation="true") + '<bpmn:association id="line3" sourceRef="j4" targetRef="j5" />')]),
        ("compensation", [(job("book"), el("subProcess", "book", el("startEvent", "k1") + user("k2") + el("endEvent", "k3", event("cancel")) + chain("k1", "k2", "k3")))]),
        ("compensation", more(LINE, el("boundaryEvent", "b", DAY, attachedToRef="unbook") + el("endEvent", "b9") + chain("b", "b9"))),
        ("calls", [('calledElement="g_ask">', 'calledElement="g_ask"><bpmn:extensionElements><zeebe:assignmentDefinition candidateGroups="warehouse" /></bpmn:extensionElements>')]),
        ("instantiate", [(' eventGatewayType="Parallel"', "")]),
        ("instantiate", [(' eventGatewayType="Parallel"', ""), ('id="c1" name="某步"><bpmn:documentation>ADDED:示例,不设时限。</bpmn:documentation><bpmn:messageEventDefinition messageRef="m_news"', 'id="c1" name="某步"><bpmn:documentation>ADDED:示例,不设时限。</bpmn:documentation><bpmn:messageEventDefinition messageRef="m_other"'), ('<bpmn:message id="m_paid"', '<bpmn:message id="m_other" name="msg_other" /><bpmn:message id="m_paid"')]),
        ("data", [("<bpmn:from>=one<", "<bpmn:from>one<"), ("<bpmn:to>total<", "<bpmn:to>=total<")]),
        ("data", [('<bpmn:dataObject id="order" name="某步">', '<bpmn:dataObject id="order" name="订 单">')]),
    ],
)  # fmt: skip
def test_a_variation_that_is_executed_passes_and_compiles(piece, replacements):
    data = spoil(piece, replacements)
    assert [finding for finding in lint(data) if finding.severity is Severity.ERROR] == []
    compile_definition(data, decisions={})


@pytest.mark.parametrize("wait", [user("i2"), el("intermediateCatchEvent", "i2", TRUE)])
def test_a_loop_back_into_a_sub_process_needs_a_wait_inside_it(wait):
    loop = more(chain("by_true", "e2"), chain("sub", "sub"))
    waits = spoil("events", [*loop, (user("i2"), wait)])
    runs = spoil("events", [*loop, (user("i2"), el("task", "i2"))])
    rule = "flow.loop_without_wait"
    assert rule not in {finding.rule for finding in lint(waits)}
    assert (rule, "sub") in {(finding.rule, finding.element) for finding in lint(runs)}


def test_a_wait_is_bounded_by_a_timer_that_starts_an_event_sub_process():
    waiting = [(user("a"), el("receiveTask", "a", messageRef="m_news")), ("不设时限", "")]
    watch = el("startEvent", "w1", DAY) + el("endEvent", "w2") + chain("w1", "w2")
    timer = more(chain("s", "a", "e"), el("subProcess", "on_day", watch, triggeredByEvent="true"))
    assert ("wait.no_end", "a") in {(f.rule, f.element) for f in lint(spoil("event sub-processes", waiting))}
    assert lint(spoil("event sub-processes", timer + waiting)) == []
