"""A name that nobody else knows is found where the surroundings are known, and only there."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from pathlib import Path

import pytest

from engine.bpmn import World, said_by
from engine.bpmn.lint import ASK_AROUND, FAMILIES, RULES, check
from engine.bpmn.lint.rule import Family
from engine.model import Finding, Severity
from tests.each import each
from tests.unit.lint.lint_sample import CLEAN, FILE, WORLD
from tests.unit.lint.lint_surroundings import AROUND, AROUND_CASES

ROOT = Path(__file__).parents[3]


def spoilt(replacements: list[tuple[str, str]]) -> bytes:
    text = CLEAN
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def lint(replacements: list[tuple[str, str]], world: World = AROUND) -> list[Finding]:
    return check(spoilt(replacements), file=FILE, world=world)


def test_the_sample_is_clean_in_its_surroundings():
    assert lint([]) == []


@pytest.mark.parametrize(
    ("rule", "element", "replacements"), AROUND_CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(AROUND_CASES)]
)
def test_a_name_that_nobody_knows_is_found_where_it_stands(rule, element, replacements):
    found = lint(replacements)
    assert (rule, element) in {(finding.rule, finding.element) for finding in found}
    assert all("{" not in finding.zh + finding.en for finding in found if finding.rule == rule)
    assert RULES[rule].severity is Severity.WARNING


@each("case", AROUND_CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(AROUND_CASES)])
def test_nothing_is_said_where_the_surroundings_are_not_known(case):
    assert case[0] not in {finding.rule for finding in lint(case[2], WORLD)}


@pytest.mark.parametrize(
    ("replacements", "changes"),
    [
        ([('=kind = "late"', '=knid = "late"')], {"variables": AROUND.variables | {"knid"}}),
        ([('=kind = "late"', "=count(for x in [1] return x) = 1")], {}),
        ([('=kind = "late"', '=case.opened_at = null or actor = "li.na"')], {}),
        ([('=kind = "late"', '=logistics_updated.place = "x"')], {}),
        ([('value="查询超时"', 'value="订单{order_id}、{ kind }:{{不是}} {kind:%}"')], {}),
        ([('name="msg_logistics_updated"', 'name="msg_x"')], {"forms": AROUND.forms | {"messages.msg_x"}}),
        ([('name="msg_logistics_updated"', 'name="msg_x"')], {"sent": AROUND.sent | {"msg_x"}}),
        ([('name="msg_customer_told"', 'name="msg_x"')], {"awaited": AROUND.awaited | {"msg_x"}}),
        ([('messageRef="message_told"', 'messageRef="message_updated"')], {"sent": frozenset()}),
        ([("aftersales, supervisor", "supervisor,aftersales")], {}),
        ([("aftersales, supervisor", "=groups")], {"variables": AROUND.variables | {"groups"}}),
        ([('id="lane_agent" name="售后客服"', 'id="lane_agent" name="前台"')], {}),
    ],
)
def test_what_somebody_knows_passes(replacements, changes):
    assert lint(replacements, replace(AROUND, **changes)) == []


@pytest.mark.parametrize(
    ("replacement", "rule"),
    [
        (('formId="p99_sample.check_it"', 'formId="gone"'), "unknown.form"),
        (('processId="p07_delivery"', 'processId="gone"'), "unknown.process"),
        (('type="sync_waybill"', 'type="gone"'), "unknown.job_type"),
    ],
)
def test_while_a_reference_leads_nowhere_it_may_be_what_sets_a_variable(replacement, rule):
    assert [finding.rule for finding in lint([replacement, ('=kind = "late"', '=knid = "late"')])] == [rule]


def test_a_function_that_does_not_exist_is_no_variable_that_nobody_sets():
    assert [finding.rule for finding in lint([('=kind = "late"', "=substrng(kind, 1) = null")])] == ["feel.static"]


def test_a_file_says_what_it_sets_and_sends_and_waits_for():
    said = said_by(CLEAN.encode())
    assert {
        "kind",
        "record_it_result",
        "recorded_at",
        "order_id",
        "logistics_updated",
        "customer_told",
    } <= said.variables
    assert "waybill_no" not in said.variables
    assert (said.sent, said.awaited) == ({"msg_customer_told"}, {"msg_logistics_updated"})
    assert said_by(b"no") == said_by(b"<x/>")
    assert not said_by(b"no").variables


def test_a_loop_that_collects_nothing_sets_no_variable_without_a_name():
    text = (ROOT / "processes/duties/r16_case_handover.bpmn").read_text("utf-8")
    assert "loopCharacteristics" in text
    assert "outputCollection" not in text
    assert "" not in said_by(text.encode()).variables


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("=if kind = &#34;late&#34; then &#34;delay_register&#34; else &#34;&#34;", set()),
        ("=if kind = &#34;late&#34; then &#34;dealy_register&#34; else &#34;&#34;", {"unknown.register"}),
        ("=&#34;dealy_register&#34;", {"unknown.register"}),
        ("=which_register", set()),
    ],
)
def test_a_register_that_a_formula_names_is_defined(value, found):
    world = replace(AROUND, variables=AROUND.variables | {"which_register"})
    replacement = ('name="register" value="delay_register"', f'name="register" value="{value}"')
    assert {finding.rule for finding in lint([replacement], world)} == found


@pytest.mark.parametrize(("start", "found"), [("", {"process.once"}), ("message", set())])
def test_only_a_start_by_a_message_is_once_an_order(start, found):
    message = '<bpmn:messageEventDefinition messageRef="message_updated" />' if start else ""
    once = '<bpmn:extensionElements><zeebe:properties><zeebe:property name="once" value="order" /></zeebe:properties>'
    form = '<bpmn:extensionElements><zeebe:formDefinition formId="p99_sample.start" /></bpmn:extensionElements>'
    replacement = (form, f"{once}</bpmn:extensionElements>{message}")
    assert {finding.rule for finding in lint([replacement])} == found


@each("family", FAMILIES)
def test_families_that_name_no_surroundings_ask_none(family: Family) -> None:
    """What they say of a file is kept, whatever stands around it."""
    surroundings = list(signature(family).parameters)[1]
    assert surroundings.startswith("_") is (family not in ASK_AROUND)
