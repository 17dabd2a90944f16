"""Boxed expressions and decisions against the standard's own text (DMN 1.5 §6.3.7, §7.3.1, §10.2.1)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dmn import load
from engine.errors import DecisionError
from tests.each import each
from tests.unit.dmn.dmn_writing import decision, literal, model, needs, table

D = Decimal


def value(logic: str, *parts: str, requires: str = "", **inputs):
    return load(model(*parts, decision(logic, "d", requires))).evaluate("d", inputs)


def context(*entries: str, result: str = "") -> str:
    made = "".join(
        f'<contextEntry><variable name="{name}"/>{box}</contextEntry>'
        for name, box in (each.split("|", 1) for each in entries)
    )
    return f"<context>{made}{f'<contextEntry>{result}</contextEntry>' if result else ''}</context>"


def iterator(tag: str, domain: str, last: str, body: str) -> str:
    return f'<{tag} iteratorVariable="i"><in>{domain}</in><{last}>{body}</{last}></{tag}>'


def choice(condition: str, then: str, otherwise: str) -> str:
    parts = (("if", condition), ("then", then), ("else", otherwise))
    return f"<conditional>{''.join(f'<{tag}>{literal(text)}</{tag}>' for tag, text in parts)}</conditional>"


def call(function: str, name: str, box: str) -> str:
    return f'<invocation>{function}<binding><parameter name="{name}"/>{box}</binding></invocation>'


INNER = context(f"b|{literal('1')}")
FUNCTION = f'<functionDefinition><formalParameter name="x"/>{literal("x * 2")}</functionDefinition>'
TABLE = (
    '<relation><column name="n"/><column name="two words"/>'
    f"<row>{literal('1')}{literal('2')}</row><row>{literal('3')}{literal('4')}</row></relation>"
)
LIST = f"<list>{literal('1')}{literal('2')}{literal('3')}</list>"


@each(("box", "wanted"), [
    (context(f"a|{literal('1')}", f"b b|{literal('a + 1')}"), {"a": 1, "b b": 2}),
    (context(f"a|{literal('1')}", result=literal("a + 1")), D(2)),
    (context(f"a|{INNER}", f"c|{literal('a.b + 1')}"), {"a": {"b": 1}, "c": 2}),
    (context(f"f|{FUNCTION}", result=literal("f(4)")), D(8)),
    (context(f"result|{literal('1')}", result=literal("result + 1")), D(2)),
    (LIST, [1, 2, 3]), ("<list/>", []),
    (TABLE, [{"n": 1, "two words": 2}, {"n": 3, "two words": 4}]),
    (call(FUNCTION, "x", literal("5")), D(10)), (call(literal("max"), "list", LIST), D(3)),
    (call(literal("nothing"), "x", LIST), None), (call(FUNCTION, "y", LIST), None), (call(FUNCTION, "x", ""), None),
    (choice("1 > 2", "3", "4"), D(4)),
    (choice("2 > 1", "3", "4"), D(3)), (choice("null", "3", "4"), D(4)),
    (f"<filter><in>{LIST}</in><match>{literal('item > 1')}</match></filter>", [2, 3]),
    (f"<filter><in>{TABLE}</in><match>{literal('two words > 2')}</match></filter>", [{"n": 3, "two words": 4}]),
    (iterator("for", LIST, "return", literal("i * i")), [1, 4, 9]),

    (iterator("for", LIST, "return", literal("count(partial)")), [0, 1, 2]),
    (iterator("for", literal("[1..3]"), "return", literal("i + 1")), [2, 3, 4]),
    (iterator("every", LIST, "satisfies", literal("i > 0")), True),
    (iterator("every", LIST, "satisfies", literal("i > 1")), False),
    (iterator("some", LIST, "satisfies", literal("i > 2")), True),
    (iterator("some", LIST, "satisfies", literal("i > 3")), False),
    (iterator("every", "<list/>", "satisfies", literal("false")), True),
    (iterator("some", "<list/>", "satisfies", literal("true")), False),
    ("<literalExpression/>", None), ("", None),
    ("<functionDefinition kind=\"PMML\"><context/></functionDefinition>", "a function"),
])  # fmt: skip
def test_a_box_means_what_its_text_means(box, wanted):
    found = value(box)
    assert found == wanted or (wanted == "a function" and found.name == "external")


@pytest.mark.parametrize("box", [
    choice("1", "3", "4"),
    f"<filter><in>{LIST}</in><match>{literal('2')}</match></filter>", iterator("some", LIST, "satisfies", literal("i")),
])  # fmt: skip
def test_a_condition_in_a_box_must_be_boolean(box):  # §10.2.1.8 to 10.2.1.10: MUST
    with pytest.raises(DecisionError, match="neither true nor false"):
        value(box)


def test_a_box_with_a_type_gives_a_value_of_it_or_null():  # §7.3.1
    assert value('<literalExpression typeRef="number"><text>"a"</text></literalExpression>') is None
    assert value(context(f"a|{literal('1')}").replace('name="a"', 'name="a" typeRef="string"')) == {"a": None}
    column = TABLE.replace('name="n"', 'name="n" typeRef="string"')
    assert value(column)[0] == {"n": None, "two words": 2}


# --- §6.3.7, §6.3.13: decisions and what they require


def test_a_decision_reads_what_it_requires_and_each_is_made_once():
    parts = [
        '<inputData id="a" name="a"><variable name="a"/></inputData>',
        decision(literal("a + 1"), "b", needs("requiredInput:a")),
    ]
    assert value(literal("a + b"), *parts, requires=needs("requiredInput:a", "requiredDecision:b"), a=D(1)) == 3


def test_a_variable_may_have_another_name_than_its_element_in_models_of_old():
    part_of = '<inputData id="i" name="the amount"><variable name="amount"/></inputData>'
    assert value(literal("amount * 2"), part_of, requires=needs("requiredInput:i"), amount=D(2)) == 4


#: Figures 10-9 and 10-11 read such names: ``Affordability. Pre-Bureau Risk Category``.
OWNER = [
    context(f"Pre-Bureau Risk Category|{literal('1')}", f"deep|{INNER}"),
    "<list>" + context(f"Pre-Bureau Risk Category|{literal('1')}") + "</list>",
    '<relation><column name="Pre-Bureau Risk Category"/><row>' + literal("1") + "</row></relation>",
    table(["x"], ["Pre-Bureau Risk Category", "b"], [("-", "1", "2")]),
    literal("{a: 0, Pre-Bureau Risk Category: 1}"),
]


@pytest.mark.parametrize("logic", OWNER)
def test_entries_of_several_words_are_known_outside_without_an_item_definition(logic):  # §10.2.1.4
    reader = literal("Affordability. Pre-Bureau Risk Category")
    found = value(reader, decision(logic, "Affordability"), requires=needs("requiredDecision:Affordability"))
    assert found in (1, [1])
