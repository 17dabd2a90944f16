"""Every rule fires on a clean diagram spoilt in one place, says so in both languages, and is silent before."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.bpmn import compile_definition
from engine.bpmn.lint import MOST_FINDINGS, RULES, check, check_files
from engine.dmn import load
from engine.errors import DefinitionRefused
from engine.model import Severity
from tests.each import each
from tests.sample import some
from tests.unit.lint.lint_cases import BOUNDARY, CASES, CONDITION, CYCLE, FLOW_DONE, JOIN, SYNC, TIME, UPDATED
from tests.unit.lint.lint_sample import CLEAN, FILE, WORLD

KIND_OF_DELAY = load(
    b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:d">
    <decision id="kind_of_delay" name="kind_of_delay"><decisionTable id="t" hitPolicy="UNIQUE">
    <input id="i"><inputExpression id="e" typeRef="number"><text>hours</text></inputExpression></input>
    <output id="o" name="kind" typeRef="string"/>
    <rule id="r"><inputEntry id="c"><text>-</text></inputEntry>
    <outputEntry id="x"><text>"late"</text></outputEntry></rule>
    </decisionTable></decision></definitions>"""
).decisions["kind_of_delay"]
ENDS_WITH_THE_SOURCE = {"feel.syntax", "feel.no_equals_sign", "feel.static"}
TO_CUSTOMER = 'targetRef="tell_customer"'
NOT_LATE = '><bpmn:conditionExpression>=not(kind = "late")</bpmn:conditionExpression></bpmn:sequenceFlow>'


def spoil(replacements: list[tuple[str, str]]) -> bytes:
    text = CLEAN
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def lint(data: bytes, **changes: object):
    return check(data, file=FILE, world=replace(WORLD, **changes))


def test_the_clean_diagram_has_no_finding():
    assert lint(CLEAN.encode()) == []


@pytest.mark.parametrize(
    ("rule", "element", "replacements"), CASES, ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)]
)
def test_a_fault_is_found_by_its_rule_at_its_element(rule, element, replacements):
    findings = lint(spoil(replacements))
    assert (rule, element) in {(finding.rule, finding.element) for finding in findings}
    assert all(finding.rule in RULES for finding in findings)


@each("case", CASES[::7], ids=[case[0] for case in CASES[::7]])
def test_every_sentence_is_whole_in_both_languages(case):
    for finding in lint(spoil(case[2])):
        assert re.search(r"[一-鿿]", finding.zh)
        assert finding.zh.endswith(("。", "?")) or finding.rule in ENDS_WITH_THE_SOURCE
        assert not re.search(r"\{[a-z_]+\}", finding.zh + finding.en)
        assert finding.en
        assert finding.file == FILE


def test_errors_come_before_warnings_and_nothing_twice():
    findings = lint(spoil([(' default="f_normal"', ""), (' name="同步运单"', ""), (CONDITION, "(")]))
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities, key=lambda severity: severity is not Severity.ERROR)
    assert len(findings) == len(set(findings))


def test_a_refused_file_is_one_finding():
    (finding,) = lint(b"<!DOCTYPE a><a/>")
    assert (finding.rule, finding.severity, finding.element) == ("xml.doctype", Severity.ERROR, None)


@pytest.mark.parametrize(
    "replacements",
    [
        [("<bpmn:conditionExpression xsi", '<bpmn:conditionExpression language="feel" xsi')],
        [('id="sync_it"', 'startQuantity="1" isForCompensation="false" modeler:x="1" id="sync_it"')],
        [('id="sync_it"', 'zeebe:modelerTemplate="t" zeebe:modelerTemplateVersion="2" id="sync_it"')],
        [(SYNC, SYNC + "<modeler:thing><modeler:part/></modeler:thing>")],
        [('bpmnElement="sync_it"', 'bpmnElement="sync_it" bioc:stroke="#1e88e5"')],
        [('name="start_permission" value="P01"', 'name="camundaModeler:x" value="{}"')],
        [("=waybill_no", "=if waybill_no = null then order_id else waybill_no")],
        [(">PT24H<", ">PT60S<")],
        [(">PT24H<", '>=duration("PT" + string(hours) + "H")<')],
        [(">PT24H<", ">P1M<")],
        [(TIME, "<bpmn:timeDate>2026-12-31T09:00:00+08:00</bpmn:timeDate>")],
        [(TIME, "<bpmn:timeDate>=opened_at + duration(\"PT8H\")</bpmn:timeDate>")],
        [(CYCLE, "R1000/PT1M")],
        [('errorRef="error_failed" />\n    </bpmn:boundaryEvent>', "/>\n    </bpmn:boundaryEvent>")],
        [('candidateGroups="aftersales, supervisor"', 'assignee="=first_owner"')],
        [('processId="p07_delivery"', 'processId="p99_sample" bindingType="latest"')],
        [(' default="f_normal"', ""), (TO_CUSTOMER + " />", TO_CUSTOMER + NOT_LATE)],
    ],
)  # fmt: skip
def test_what_is_executed_right_passes(replacements):
    assert lint(spoil(replacements)) == []


def joined(end: str, cancel: str = "true") -> set[str]:
    """Rules that speak when a branch before the join can be left by a timer that leads to ``end``."""
    event = BOUNDARY.replace(" attachedToRef", f' cancelActivity="{cancel}" attachedToRef')
    flow = f'<bpmn:sequenceFlow id="f_x" sourceRef="tm_x" targetRef="{end}" />'
    other = '<bpmn:endEvent id="end_x" name="另行结束"/>'
    return {finding.rule for finding in lint(spoil([(JOIN, JOIN + event + other), (FLOW_DONE, FLOW_DONE + flow)]))}


def test_a_join_may_be_left_only_towards_itself_or_towards_the_end_of_all():
    rule = "gateway.join_may_wait_for_ever"
    assert rule in joined("end_x")
    assert rule not in joined("end_x", cancel="false")
    assert rule not in joined("gw_join")
    assert rule not in joined("end_done")
    assert rule not in joined("end_failed")


def test_a_hostile_file_gets_a_bounded_answer():
    flood = "".join(f'<bpmn:userTask id="t{number}"/>' for number in range(3_000))
    findings = lint(spoil([(JOIN, JOIN + flood)]))
    assert len(findings) == MOST_FINDINGS + 1
    assert "file.too_many_findings" in {finding.rule for finding in findings}


@each("case", some(CASES, 120), ids=lambda case: case[0])
def test_what_the_engine_refuses_the_lint_has_refused_before(case):
    data = spoil(case[2])
    try:
        compile_definition(data, decisions={"kind_of_delay": KIND_OF_DELAY})
    except DefinitionRefused:
        assert any(finding.severity is Severity.ERROR for finding in lint(data))


def test_a_wait_without_end_may_give_its_reason():
    timer = re.search(r"<bpmn:timerEventDefinition id=\"tm_wait_time\">.*?</bpmn:timerEventDefinition>", CLEAN, re.S)[0]
    endless = spoil([(timer, UPDATED.replace("ev_updated", "x"))])
    reason = endless.replace(
        '等待更新">\n      <bpmn:documentation>'.encode(), '等待更新">\n      <bpmn:documentation>不设时限:'.encode()
    )
    assert [finding.rule for finding in lint(endless)] == ["wait.no_end"]
    assert lint(reason) == []


def test_the_shortest_timer_is_the_world_s():
    short = spoil([(">PT24H<", ">PT1S<")])
    assert [finding.rule for finding in lint(short)] == ["timer.too_short"]
    assert lint(short, minimum_timer=timedelta(seconds=1)) == []
    assert [finding.rule for finding in lint(short, minimum_timer=timedelta(seconds=2))] == ["timer.too_short"]


def test_a_loop_through_a_sub_process_needs_a_wait_inside_it():
    back = ('sourceRef="sub_pack" targetRef="gw_join"', 'sourceRef="sub_pack" targetRef="gw_fork"')
    assert "flow.loop_without_wait" not in {finding.rule for finding in lint(spoil([back]))}
    restless = [back, ('userTask id="pack_it"', 'scriptTask id="pack_it"')]
    text = spoil(restless).decode()
    start = text.index('<bpmn:scriptTask id="pack_it"')
    text = text[:start] + text[start:].replace("</bpmn:userTask>", "</bpmn:scriptTask>", 1)
    assert "flow.loop_without_wait" in {finding.rule for finding in lint(text.encode())}


def test_only_files_called_bpmn_need_the_name_of_their_process():
    for file in ("upload", "processes/p99_sample.bpmn", "C:\\flows\\p99_sample.bpmn", "p99.xml"):
        assert check(CLEAN.encode(), file=file, world=WORLD) == []
    assert [finding.rule for finding in check(CLEAN.encode(), file="p9.bpmn", world=WORLD)] == ["process.file_name"]


def test_processes_of_one_upload_know_each_other():
    called = CLEAN.replace("p99_sample", "p07_delivery").replace('processId="p07_delivery"', 'processId="p99_sample"')
    forms = frozenset({*WORLD.forms, *(form.replace("p99_sample", "p07_delivery") for form in WORLD.forms)})
    alone = replace(WORLD, processes=frozenset(), forms=forms)
    files = {"p99_sample.bpmn": CLEAN.encode(), "p07_delivery.bpmn": called.encode(), "notes.bpmn": b"no"}
    assert [finding.rule for finding in check_files(files, alone)] == ["xml.not_well_formed"]
    assert [finding.rule for finding in check(files["p99_sample.bpmn"], file="x", world=alone)] == ["unknown.process"]


def test_hostile_names_are_shown_harmlessly():
    finding = next(
        finding
        for finding in lint(spoil([('name="告知客户"', 'name="{x}{0.__class__}\u202e' + "长" * 500 + '"')]))
        if finding.rule == "text.hidden_character"
    )
    assert "\u202e" not in finding.zh + finding.en
    assert "U+202E" in finding.zh
    assert len(finding.zh) < 300
