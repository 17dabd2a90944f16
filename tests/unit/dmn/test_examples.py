"""Tests that stand in a decision file, and why a rule did not hit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dmn import check, load
from engine.dmn.analysis import Domain
from engine.dmn.analysis.cases import cases
from engine.dmn.examples import read_tests
from engine.dmn.explanation import explain
from engine.errors import DefinitionRefused
from tests.unit.dmn.dmn_writing import decision, model, table

ROWS = [("< 100", "-", '"小"'), (">= 100", '"质量"', '"大"'), (">= 100", 'not("质量")', '"中"')]
TESTS = (
    '<extensionElements><other:thing xmlns:other="urn:other"/>'
    '<k:tests xmlns:k="urn:kefuflow:table-tests"><k:test id="test_1" name="小额" at="2026-11-29T10:00:00+08:00">'
    '<k:input name="金额"> 50 </k:input><k:output name="y">"小"</k:output></k:test>'
    "<k:test><k:output>1</k:output></k:test>"
    "</k:tests></extensionElements>"
)


def of(rows, inputs=("金额: number", "原因: string"), policy="UNIQUE"):
    return load(model(decision(table(inputs, ["y"], rows, policy)))).decisions["d"]


def test_tests_are_read_with_all_that_they_say():
    found = read_tests(model(decision(TESTS + table(["金额: number"], ["y"], [("-", "1")]))))["d"]
    first, second = found
    assert (first.id, first.name, first.at) == ("test_1", "小额", "2026-11-29T10:00:00+08:00")
    assert (first.inputs, first.outputs) == ({"金额": "50"}, {"y": '"小"'})
    assert (second.id, second.outputs) == ("test_2", {"": "1"})


def test_a_file_with_tests_is_a_decision_model_like_any_other():
    whole = model(decision(TESTS + table(["金额: number"], ["y"], [("< 5", "1"), (">= 5", "2")])))
    assert check(whole, "d.dmn") == []
    assert load(whole).decisions["d"].evaluate({"金额": Decimal(9)}.get).output == 2


def test_a_file_without_tests_has_none_and_one_that_is_refused_says_so():
    assert read_tests(model(decision(table(["a"], ["y"], [("-", "1")])))) == {}
    with pytest.raises(DefinitionRefused):
        read_tests(b"<!DOCTYPE a><a/>")


def test_every_cell_says_yes_no_or_nothing():
    said = explain(of(ROWS), {"金额": Decimal(150), "原因": "物流"}.get)
    assert said is not None
    assert said.values == (150, "物流")
    assert said.cells == ((False, True), (True, False), (True, True))


def test_a_null_and_a_value_of_another_kind_are_neither_yes_nor_no():
    said = explain(of([("< 100", '"a"', "1")], inputs=("金额", "原因")), {"金额": "viel"}.get)
    assert said is not None
    assert said.cells == ((None, False),)


def test_what_cannot_be_asked_is_not_explained():
    assert explain(of([("< ", "-", "1")]), {}.get) is None
    literal = load(model(decision("<literalExpression><text>1</text></literalExpression>"))).decisions["d"]
    assert explain(literal, {}.get) is None


def test_a_cell_that_takes_without_end_does_not_stop_the_others():
    heavy = "count(for a in 1..1000, b in 1..1000 return a) > ?"
    said = explain(of([(heavy, "-", "1")]), {"金额": Decimal(1)}.get)
    assert said is not None
    assert said.cells[0][0] is None


DOMAINS = (Domain(type="number"), Domain(type="string"))


def test_cases_try_every_rule_and_every_boundary():
    decided = of(ROWS)
    assert decided.table is not None
    found = cases(decided.table, DOMAINS)
    assert {case.rule for case in found} >= {1, 2, 3}
    assert any(case.values[0] == 100 for case in found)
    for case in found:
        result = decided.evaluate(dict(zip(("金额", "原因"), case.values, strict=True)).get)
        assert case.rule is None or result.rules == (case.rule,)


def test_the_ends_of_a_range_are_boundaries():
    decided = of([("[200..300[", "-", "1"), ("-", "-", "2")], policy="FIRST")
    assert decided.table is not None
    found = {case.values[0]: case for case in cases(decided.table, DOMAINS)}
    assert {200, 300} <= set(found)
    assert (found[200].rule, found[200].column) == (None, 1)


def test_of_first_the_case_of_a_rule_is_taken_by_no_rule_before():
    decided = of([("< 100", "-", "1"), ("< 200", "-", "2"), ("-", "-", "3")], policy="FIRST")
    assert decided.table is not None
    ruled = [case for case in cases(decided.table, DOMAINS) if case.rule is not None]
    for case in ruled:
        result = decided.evaluate(dict(zip(("金额", "原因"), case.values, strict=True)).get)
        assert result.rules == (case.rule,)
    assert [case.rule for case in ruled] == [1, 2, 3]


def test_no_more_cases_come_than_asked_for_and_none_twice():
    rows = [(str(number), "-", "1") for number in range(300)]
    decided = of(rows)
    assert decided.table is not None
    found = cases(decided.table, DOMAINS, most=50)
    assert len(found) == 50
    assert len({case.values for case in found}) == 50
