"""The lint of decision files."""

from __future__ import annotations

import pytest

from engine.dmn import check
from engine.model import Severity
from tests.each import each
from tests.unit.dmn.dmn_writing import decision, literal, model, needs, table

GOOD = [("< 0", "true", '"a"'), (">= 0", "true", '"b"'), ("-", "false", '"c"')]


def rules_of(data: bytes) -> list[str]:
    return [finding.rule for finding in check(data, "x.dmn")]


def of_table(inputs, outputs, rows, policy="UNIQUE", more=""):
    return rules_of(model(decision(table(inputs, outputs, rows, policy, more))))


def test_a_whole_table_has_no_findings():
    assert of_table(["n: number", "b: boolean"], ["y"], GOOD) == []


@each(("data", "rule"), [
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


def findings(*parts: str):
    return [(finding.rule, finding.severity, finding.element, finding.zh) for finding in check(model(*parts), "x.dmn")]


AMOUNT = '<inputData id="i" name="order amount"><variable name="order amount" typeRef="number"/></inputData>'


def test_a_name_of_several_words_that_the_model_declares_is_no_mistake():
    logic = table(["order amount: number"], ["y"], [("< 5", "order amount + 1"), (">= 5", "1")])
    assert findings(AMOUNT, decision(logic, requires=needs("requiredInput:i"))) == []


def test_a_name_that_the_model_does_not_declare_is_remarked_with_the_nearest():
    (found,) = findings(
        AMOUNT, decision(literal("if order amount > 3 then amout else 1"), "d", needs("requiredInput:i"))
    )
    assert found[:3] == ("dmn.static", Severity.WARNING, "d")
    assert "amout" in found[3]


def test_where_no_input_is_declared_any_name_may_come_from_the_case():
    assert findings(decision(literal("订单金额 * 0.3"))) == []


@each(("logic", "rule", "words"), [
    (table(["n: number"], ["y"], [('"a"', "1"), ("-", "2")], "FIRST"), "dmn.static", "第 1 行"),
    (table(["n: number"], ["y"], [("-", 'uper case("a")')]), "dmn.feel", "upper case"),
    (table(["n: number"], ["y: number"], [("-", '"a"')]), "dmn.type", "数字"),
    (table(["n: nummer"], ["y"], [("-", "1")]), "dmn.type", "nummer"),
    (table(["n: number"], ['y: string | "a","b"'], [("-", '"c"')]), "dmn.output_values", '"c"'),
    (literal("random number()"), "dmn.feel", "random"),
    (literal("uuid()"), "dmn.static", "uuid"),
    (literal('date("2026-02-30")'), "dmn.static", "2026-02-30"),
])  # fmt: skip
def test_what_cannot_be_meant_is_said_where_it_stands(logic, rule, words):
    found = findings(decision(logic))
    assert rule in [each[0] for each in found]
    assert any(words in each[3] for each in found if each[0] == rule)


def test_a_decision_whose_expression_never_has_its_type_is_refused():
    assert findings(decision(table(["n: number"], ["y: boolean"], [("-", "n > 3")]))) == []
    (found,) = findings(decision(table(["n: number"], ["y: boolean"], [("-", "n + 3")])))
    assert found[:2] == ("dmn.type", Severity.ERROR)
    assert "「y」输出列" in found[3]


def test_types_are_looked_into():
    level = '<itemDefinition name="tLevel"><typeRef>strng</typeRef></itemDefinition>'
    limit = (
        '<itemDefinition name="tLimit"><typeRef>number</typeRef><allowedValues><text>&gt; </text></allowedValues>'
        "</itemDefinition>"
    )
    assert [each[:3] for each in findings(level, decision(literal("1")))] == [("dmn.type", Severity.ERROR, "tLevel")]
    assert [each[:3] for each in findings(limit, decision(literal("1")))] == [("dmn.feel", Severity.ERROR, "tLimit")]


def test_tables_and_texts_of_knowledge_and_of_boxes_are_looked_into():
    overlapping = table(["n: number"], ["y"], [("< 5", "1"), ("< 6", "2"), (">= 6", "3")])
    box = f'<context><contextEntry><variable name="a"/>{overlapping}</contextEntry></context>'
    assert [each[0] for each in findings(decision(box))] == ["dmn.overlap"]
    knowledge = (
        '<businessKnowledgeModel id="k" name="k"><variable name="k"/><encapsulatedLogic><formalParameter name="n"/>'
        "{}</encapsulatedLogic></businessKnowledgeModel>"
    )
    top = decision(literal("1"))
    assert [each[:3] for each in findings(knowledge.format(literal("n +")), top)] == [("dmn.feel", Severity.ERROR, "k")]
    assert [each[0] for each in findings(knowledge.format(overlapping), top)] == ["dmn.overlap"]
