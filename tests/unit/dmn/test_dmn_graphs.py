"""Requirement graphs, boxed expressions, knowledge, services, item definitions, imports, the XML door."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dmn import load
from engine.dmn.xml import DoctypeRefused
from engine.errors import DecisionError, DefinitionRefused, FeelLimitExceeded
from tests.each import each
from tests.unit.dmn.dmn_writing import HEAD, decision, literal, model, needs, table

D = Decimal
AMOUNT = '<inputData id="i" name="order amount"><variable name="order amount" typeRef="number"/></inputData>'


def value(logic: str, inputs=None, *parts: str, requires: str = ""):
    return load(model(decision(logic, requires=requires), *parts)).evaluate("d", inputs or {})


def test_required_decisions_are_evaluated_first_and_once():
    base = decision(literal("order amount * 2"), "base", needs("requiredInput:i"))
    top = decision(literal("base + base + extra"), "d", needs("requiredDecision:base"))
    loaded = load(model(AMOUNT, base, top))
    assert loaded.evaluate("d", {"order amount": D(3), "extra": D(1)}) == 13
    assert loaded.decisions["d"].names == {"order amount", "extra"}


def test_an_input_of_the_wrong_type_is_refused():
    chosen = decision(literal("order amount"), "d", needs("requiredInput:i"))
    with pytest.raises(DecisionError, match="is no number"):
        load(model(AMOUNT, chosen)).evaluate("d", {"order amount": "3"})


def test_a_decision_that_requires_itself_is_an_error():
    one = decision(literal("two"), "one", needs("requiredDecision:two"))
    two = decision(literal("one"), "two", needs("requiredDecision:one"))
    with pytest.raises(DecisionError, match="requires itself"):
        load(model(one, two)).evaluate("one", {})


def test_a_requirement_that_leads_nowhere_is_refused_at_once():
    with pytest.raises(DefinitionRefused, match="'gone'"):
        load(model(decision(literal("1"), "d", needs("requiredDecision:gone"))))


KNOWLEDGE = (
    '<businessKnowledgeModel id="k" name="half of"><variable name="half of"/><encapsulatedLogic>'
    '<formalParameter name="the amount" typeRef="number"/>' + literal("the amount / 2") + "</encapsulatedLogic>"
    "</businessKnowledgeModel>"
)


def test_knowledge_is_a_function_by_text_by_box_and_from_outside():
    use = needs("requiredKnowledge:k")
    box = (
        "<invocation>"
        + literal("half of")
        + '<binding><parameter name="the amount"/>'
        + literal("8")
        + "</binding></invocation>"
    )
    assert value(literal("half of(5)"), {}, KNOWLEDGE, requires=use) == D("2.5")
    assert value(literal("half of(the amount: 5)"), {}, KNOWLEDGE, requires=use) == D("2.5")
    assert value(literal('half of("5")'), {}, KNOWLEDGE, requires=use) is None
    assert value(box, {}, KNOWLEDGE, requires=use) == 4
    assert load(model(KNOWLEDGE)).invoke("half of", {"the amount": D(3)}) == D("1.5")


def test_knowledge_that_calls_itself_without_end_is_stopped():
    endless = (
        '<businessKnowledgeModel id="k" name="again"><variable name="again"/><encapsulatedLogic>'
        '<formalParameter name="n"/>' + literal("again(n + 1)") + "</encapsulatedLogic></businessKnowledgeModel>"
    )
    with pytest.raises(FeelLimitExceeded):
        value(literal("again(1)"), {}, endless, requires=needs("requiredKnowledge:k"))


def test_a_service_runs_its_decisions_on_the_inputs_of_the_call():
    base = decision(literal("7"), "base")
    top = decision(literal("base + 1"), "d", needs("requiredDecision:base"))
    service = (
        '<decisionService id="s" name="s"><variable name="s"/><outputDecision href="#d"/><inputDecision href="#base"/>'
        "</decisionService>"
    )
    loaded = load(model(base, top, service))
    assert loaded.evaluate("d", {}) == 8
    assert loaded.invoke("s", {"base": D(1)}) == 2


def entry(name: str, logic: str) -> str:
    return f'<contextEntry><variable name="{name}"/>{logic}</contextEntry>'


def test_boxed_expressions():
    assert value("<context>" + entry("a b", literal("1")) + entry("c", literal("a b + 1")) + "</context>") == {
        "a b": 1,
        "c": 2,
    }
    assert (
        value("<context>" + entry("x", literal("4")) + f"<contextEntry>{literal('x * x')}</contextEntry></context>")
        == 16
    )
    assert value("<list>" + literal("1") + literal('"a"') + "</list>") == [1, "a"]
    relation = '<relation><column name="a"/><column name="b"/><row>' + literal("1") + literal("2") + "</row></relation>"
    assert value(relation) == [{"a": 1, "b": 2}]
    choose = (
        f"<conditional><if>{literal('n > 1')}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>"
    )
    assert value(choose, {"n": D(2)}) == 1
    loop = f'<for iteratorVariable="i"><in>{literal("[1, 2]")}</in><return>{literal("i * 2")}</return></for>'
    assert value(loop) == [2, 4]
    some = f'<some iteratorVariable="i"><in>{literal("[1, 2]")}</in><satisfies>{literal("i = 2")}</satisfies></some>'
    assert value(some) is True
    kept = f"<filter><in>{literal('[1, 2, 3]')}</in><match>{literal('item > 1')}</match></filter>"
    assert value(kept) == [2, 3]
    assert value("<context>" + entry("t", table(["n"], ["y"], [("> 1", '"many"')])) + "</context>", {"n": D(2)}) == {
        "t": "many"
    }


def test_a_function_of_another_language_never_runs():
    java = '<functionDefinition kind="Java"><formalParameter name="x"/><context/></functionDefinition>'
    assert value("<context>" + entry("f", java) + entry("r", literal("f(1)")) + "</context>")["r"] is None


TYPES = (
    '<itemDefinition name="tGrade"><typeRef>string</typeRef><allowedValues><text>"a","b"</text></allowedValues>'
    "</itemDefinition>"
    '<itemDefinition name="tGrades" isCollection="true"><typeRef>tGrade</typeRef></itemDefinition>'
    '<itemDefinition name="tOrder"><itemComponent name="unit price"><typeRef>number</typeRef></itemComponent>'
    "</itemDefinition>"
)


@pytest.mark.parametrize(("kind", "good", "bad"), [
    ("tGrade", "a", "c"), ("tGrades", ["a", "b"], ["a", "c"]), ("tOrder", {"unit price": D(1)}, {"unit price": "1"}),
    ("date", None, D(1)), ("boolean", False, "false"),
])  # fmt: skip
def test_item_definitions_check_inputs(kind, good, bad):
    source = f'<inputData id="i" name="v"><variable name="v" typeRef="{kind}"/></inputData>'
    loaded = load(model(TYPES, source, decision(literal("v"), "d", needs("requiredInput:i"))))
    assert loaded.evaluate("d", {"v": good}) == good
    with pytest.raises(DecisionError):
        loaded.evaluate("d", {"v": bad})


def test_components_of_several_words_are_known_in_paths():
    source = '<inputData id="i" name="o"><variable name="o" typeRef="tOrder"/></inputData>'
    loaded = load(model(TYPES, source, decision(literal("o.unit price + 1"), "d", needs("requiredInput:i"))))
    assert loaded.evaluate("d", {"o": {"unit price": D(1)}}) == 2


def test_what_is_imported_is_read_under_its_name():
    other = HEAD.replace("https://kefuflow/t", "https://kefuflow/o") + KNOWLEDGE + "</definitions>"
    use = '<knowledgeRequirement><requiredKnowledge href="https://kefuflow/o#k"/></knowledgeRequirement>'
    data = model(
        '<import namespace="https://kefuflow/o" name="lib" importType="x"/>',
        decision(literal("lib.half of(4)"), "d", use),
    )
    assert load(data, {"https://kefuflow/o": other.encode()}).evaluate("d", {}) == 2
    with pytest.raises(DefinitionRefused):
        load(data)


def test_the_same_model_gives_the_same_from_a_name_or_an_id():
    assert load(model(decision(literal("1 + 1")))).evaluate("d", {}) == 2
    with pytest.raises(DecisionError, match="has no 'e'"):
        load(model(decision(literal("1")))).evaluate("e", {})


BOMB = b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><definitions>&b;</definitions>'


@pytest.mark.parametrize(
    "data", [BOMB, b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><definitions/>', b"<!DOCTYPE d><definitions/>"]
)
def test_a_doctype_is_refused(data):
    with pytest.raises(DoctypeRefused):
        load(data)


@each("data", [
    b"", b"<definitions>", b"no xml", b"\x00", b"<other/>", b" " * 2_000_001,
    b"<definitions>" + b"<a/>" * 20_001 + b"</definitions>",
    b"<definitions " + b" ".join(b'a%d="1"' % n for n in range(20_001)) + b"/>", b"<a>" * 300 + b"</a>" * 300,
])  # fmt: skip
def test_what_is_no_model_or_too_large_is_refused(data):
    with pytest.raises(DefinitionRefused):
        load(data)


def test_the_budget_is_one_for_all_that_a_decision_requires():
    work = "count(for i in 1..30000 return i)"
    parts = [decision(literal(work), f"d{number}") for number in range(4)]
    top = decision(literal("d0 + d1 + d2 + d3"), "d", needs(*(f"requiredDecision:d{number}" for number in range(4))))
    loaded = load(model(*parts, top))
    assert loaded.evaluate("d0", {}) == 30_000
    with pytest.raises(FeelLimitExceeded):
        loaded.evaluate("d", {})


def test_a_long_chain_of_decisions_tells_its_names_and_is_stopped_when_it_is_asked():
    parts = [decision(literal("x"), "d0")]
    parts += [decision(literal(f"d{i - 1}"), f"d{i}", needs(f"requiredDecision:d{i - 1}")) for i in range(1, 1500)]
    loaded = load(model(*parts))
    assert loaded.decisions["d1499"].names == {"x"}
    assert loaded.decisions["d20"].evaluate({"x": D(1)}.get).output == 1
    with pytest.raises(FeelLimitExceeded):
        loaded.decisions["d1499"].evaluate({"x": D(1)}.get)


def test_a_file_of_more_than_a_million_characters_of_expressions_is_refused():
    long = "+".join(["1"] * 2000)
    parts = [decision(literal(long), f"d{number}") for number in range(251)]
    with pytest.raises(DefinitionRefused, match="characters of expressions"):
        load(model(*parts))


def test_thousands_of_names_of_one_word_cost_nothing_to_know():
    entries = "".join(entry(f"n{number}", literal(str(number))) for number in range(1500))
    assert value(f"<context>{entries}<contextEntry>{literal('n1499')}</contextEntry></context>") == 1499
