"""The lint of decision files."""

from __future__ import annotations

import pytest

from engine.dmn import check
from engine.model import Severity
from tests.unit.dmn.dmn_writing import decision, literal, model, table

GOOD = [("< 0", "true", '"a"'), (">= 0", "true", '"b"'), ("-", "false", '"c"')]


def rules_of(data: bytes) -> list[str]:
    return [finding.rule for finding in check(data, "x.dmn")]


def of_table(inputs, outputs, rows, policy="UNIQUE", more=""):
    return rules_of(model(decision(table(inputs, outputs, rows, policy, more))))


def test_a_whole_table_has_no_findings():
    assert of_table(["n: number", "b: boolean"], ["y"], GOOD) == []


@pytest.mark.parametrize(("data", "rule"), [
    (b"<definitions>", "dmn.xml"), (b"<!DOCTYPE d><definitions/>", "dmn.doctype"), (model(), "dmn.empty"),
    (model(decision(table(["n"], ["y"], []))), "dmn.no_rules"), (model(decision("")), "dmn.no_rules"),
    (model(decision(literal("1 +"))), "dmn.feel"), (model(decision(literal("1"), "快递")), "dmn.id"),
    (model(decision(literal("1")), decision(literal("2"))), "dmn.id"),
    (model(decision(table(["n"], ["y"], [("> ", "1")]))), "dmn.feel"),
    (model(decision(table(["n"], ["y"], [("-", '"a')]))), "dmn.feel"),
    (model(decision(table(["n = a b"], ["y"], [("-", "1")]))), "dmn.feel"),
    (model(decision(table(["n"], ["y"], [("-", "1")], "SOME"))), "dmn.hit_policy"),
    (model(decision(table(["n"], ["y"], [("-", "1")], "PRIORITY"))), "dmn.hit_policy"),
    (model(decision(table(["n"], ["y"], [("-", "1")], "UNIQUE", ' aggregation="SUM"'))), "dmn.hit_policy"),
    (model(decision(table(["n"], ["y"], [("-",)]))), "dmn.cells"),
    (model(decision(literal("1"), "d", '<informationRequirement><requiredInput href="#no"/></informationRequirement>')),
     "dmn.reference"),
])  # fmt: skip
def test_what_is_wrong_is_an_error_with_a_sentence_in_both_languages(data, rule):
    found = check(data, "x.dmn")
    assert [finding.rule for finding in found] == [rule]
    assert found[0].severity is Severity.ERROR
    assert found[0].file == "x.dmn"
    assert found[0].zh
    assert found[0].en.replace("快递", "").isascii()


def test_a_broken_cell_is_named_by_its_rule_and_column():
    finding = check(model(decision(table(["n"], ["y"], [("-", "1"), ("> 3 and", "2")]))), "x.dmn")[0]
    assert finding.element == "row_2"
    assert "第 2 行第 1 列" in finding.zh


def test_an_overlap_is_a_warning_with_an_example():
    found = check(model(decision(table(["n: number"], ["y"], [("<= 5", "1"), (">= 5", "2")]))), "x.dmn")
    assert [(finding.rule, finding.severity, finding.element) for finding in found] == [
        ("dmn.overlap", Severity.WARNING, "row_2")
    ]
    assert "n = 5" in found[0].zh
    assert "n = 5" in found[0].en


def test_a_gap_is_a_warning_with_an_example():
    found = check(model(decision(table(["n: number"], ["y"], [("< 5", "1"), ("> 5", "2")]))), "x.dmn")
    assert [finding.rule for finding in found] == ["dmn.gap"]
    assert "n = 5" in found[0].zh


@pytest.mark.parametrize(("inputs", "outputs", "rows", "policy"), [
    (["n"], ["y"], [("<= 5", "1"), (">= 5", "2")], "FIRST"),
    (["n"], ["y"], [("< 5", "1")], "COLLECT"),
    (["n"], ["y |  | 0"], [("< 5", "1")], "UNIQUE"),
    (["n"], ["y"], [("< 5", "1"), ("<= 5", "1"), (">= 5", "1")], "ANY"),
    (['k: string | "a","b"'], ["y"], [('"a"', "1"), ('"b"', "2")], "UNIQUE"),
    (["n"], ["y"], [("< other", "1")], "UNIQUE"),
    (["d"], ["y"], [('< @"2026-01-01"', "1"), ('>= date("2026-01-01")', "2")], "UNIQUE"),
])  # fmt: skip
def test_what_the_hit_policy_allows_or_nobody_can_tell_is_no_finding(inputs, outputs, rows, policy):
    assert of_table(inputs, outputs, rows, policy) == []


def test_a_text_that_no_rule_names_is_a_gap():
    assert of_table(["k: string"], ["y"], [('"a"', "1"), ('"b"', "2")]) == ["dmn.gap"]
