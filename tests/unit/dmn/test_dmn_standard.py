"""Models against the standard's own text: services, knowledge, types, imports (DMN 1.5 §6, §7, §10.4)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dmn import load
from tests.each import each
from tests.unit.dmn.dmn_writing import decision, literal, model, needs

D = Decimal
OTHER = "https://kefuflow/other"
THIRD = "https://kefuflow/third"


def value(logic: str, *parts: str, requires: str = "", kind: str = "", **inputs):
    return load(model(*parts, decision(logic, "d", requires, kind))).evaluate("d", inputs)


def data(name: str, kind: str = "") -> str:
    reference = f' typeRef="{kind}"' if kind else ""
    return f'<inputData id="{name}" name="{name}"><variable name="{name}"{reference}/></inputData>'


def knowledge(name: str, body: str, *parameters: str, kind: str = "", requires: str = "") -> str:
    formal = "".join(
        f'<formalParameter name="{each.partition(": ")[0]}" typeRef="{each.partition(": ")[2] or "Any"}"/>'
        for each in parameters
    )
    reference = f' typeRef="{kind}"' if kind else ""
    logic = f"<encapsulatedLogic>{formal}{body}</encapsulatedLogic>"
    head = f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"{reference}/>'
    return f"{head}{logic}{requires}</businessKnowledgeModel>"


def service(name: str, outputs: str, encapsulated: str = "", inputs: str = "", given: str = "", kind: str = "") -> str:
    def all_of(tag: str, ids: str) -> str:
        return "".join(f'<{tag} href="#{each}"/>' for each in ids.split())

    reference = f' typeRef="{kind}"' if kind else ""
    return (
        f'<decisionService id="{name}" name="{name}"><variable name="{name}"{reference}/>'
        + all_of("outputDecision", outputs)
        + all_of("encapsulatedDecision", encapsulated)
        + all_of("inputDecision", given)
        + all_of("inputData", inputs)
        + "</decisionService>"
    )


# --- §6.3.10, §10.4: decision services

#: total = price * amount; price = base + 1, which a service may take as an input; label tells both.
PARTS = [
    data("amount", "number"),
    data("base"),
    decision(literal("base + 1"), "price", needs("requiredInput:base")),
    decision(literal("price * amount"), "total", needs("requiredDecision:price", "requiredInput:amount")),
    decision(
        literal("string(price) + string(amount)"), "label", needs("requiredDecision:price", "requiredInput:amount")
    ),
    service("whole", "total", "price", "amount base"),
    service("part", "total", "", "amount", "price"),
    service("two", "total label", "", "amount", "price"),
]
USES = "".join(needs(f"requiredKnowledge:{each}") for each in ("whole", "part", "two"))


@each(("source", "wanted"), [
    ("whole(2, 3)", D(8)), ("whole(amount: 2, base: 3)", D(8)), ("whole(base: 3, amount: 2)", D(8)),
    ("part(2, 3)", D(6)), ("part(price: 3, amount: 2)", D(6)),  # input data come first, then input decisions
    ("two(2, 3)", {"total": D(6), "label": "32"}), ("two(2, 3).label", "32"),
    ("whole(2)", None), ("whole(1, 2, 3)", None), ("whole(amount: 2)", None), ("whole(amount: 2, price: 3)", None),
    ('whole("2", 3)', None), ("whole([2], 3)", D(8)), ("part(null, 3)", None),
    ("for i in [1, 2] return part(i, 10)", [D(10), D(20)]), ("(function(f) f(2, 3))(part)", D(6)),
])  # fmt: skip
def test_a_service_is_a_function_of_its_inputs(source, wanted):
    assert value(literal(source), *PARTS, requires=USES) == wanted


def test_a_service_is_called_from_outside_by_its_inputs_names():
    loaded = load(model(*PARTS))
    assert loaded.invoke("whole", {"amount": D(2), "base": D(3)}) == 8
    assert loaded.invoke("part", {"amount": D(2), "price": D(3), "base": D(100)}) == 6
    assert loaded.invoke("two", {"amount": D(2), "price": D(3)}) == {"total": D(6), "label": "32"}


def test_a_service_runs_apart_from_what_its_caller_knows():
    """Only its own inputs are in the context C of §10.4."""
    caller = literal("whole(2, 3) + base")
    assert value(caller, *PARTS, requires=USES + needs("requiredInput:base"), base=D(100)) == 108


# --- §6.3.9, §10.3.2.13: knowledge

ADD = knowledge("add", literal("x + y"), "x: number", "y: number", kind="number")


@each(("source", "wanted"), [
    ("add(1, 2)", D(3)), ("add(y: 1, x: 2)", D(3)), ("add(1)", None), ("add(x: 1)", None), ('add(1, "2")', None),
    ("add(1, 2, 3)", None), ("add(z: 1, x: 2)", None), ("add([1], 2)", D(3)),
    ("add instance of function<number, number> -> number", True),
    ("add instance of function<number> -> number", False), ("(function(f) f(1, 2))(add)", D(3)),
    ("{f: add, r: f(3, 4)}.r", D(7)),
    ("(for i in [1, 2] return add(i, i))", [D(2), D(4)]), ("add(null, 1)", None),
])  # fmt: skip
def test_knowledge_is_a_function(source, wanted):
    assert value(literal(source), ADD, requires=needs("requiredKnowledge:add")) == wanted


def test_knowledge_may_require_knowledge_and_call_itself():
    twice = knowledge("twice", literal("add(x, x)"), "x", requires=needs("requiredKnowledge:add"))
    assert value(literal("twice(4)"), ADD, twice, requires=needs("requiredKnowledge:twice")) == 8
    fact = knowledge("fact", literal("if n < 2 then 1 else n * fact(n - 1)"), "n")
    assert value(literal("fact(5)"), fact, requires=needs("requiredKnowledge:fact")) == 120


def test_knowledge_of_another_language_runs_nowhere():  # 10.2.1.7
    java = knowledge("cos", "<context/>", "x").replace("<encapsulatedLogic>", '<encapsulatedLogic kind="Java">')
    assert value(literal("cos(1)"), java, requires=needs("requiredKnowledge:cos")) is None


def of(kind: str) -> str:
    return f"<typeRef>{kind}</typeRef>"


def item(name: str, inner: str, collection: bool = False) -> str:
    more = ' isCollection="true"' if collection else ""
    return f'<itemDefinition name="{name}"{more}>{inner}</itemDefinition>'


def part(name: str, inner: str, collection: bool = False) -> str:
    return item(name, inner, collection).replace("itemDefinition", "itemComponent")


def constraint(tag: str, text: str) -> str:
    return f"<{tag}><text>{text}</text></{tag}>"


def signature(name: str, result: str, *kinds: str) -> str:
    parameters = "".join(f'<parameters name="p{index}" typeRef="{kind}"/>' for index, kind in enumerate(kinds))
    return item(name, f'<functionItem outputTypeRef="{result}">{parameters}</functionItem>')


SUM = signature("tSum", "number", "number", "number")


@pytest.mark.parametrize(("kind", "wanted"), [
    ("tSum", D(3)), ("tText", None), ("tOne", None), ("number", D(3)), ("string", None),
])  # fmt: skip
def test_the_variable_of_knowledge_is_of_a_functions_type_or_as_once_of_the_results(kind, wanted):  # §6.3.9, §7.3.3
    adding = knowledge("add", literal("x + y"), "x: number", "y: number", kind=kind)
    types = [SUM, signature("tText", "string", "number", "number"), signature("tOne", "number", "number")]
    assert value(literal("add(1, 2)"), *types, adding, requires=needs("requiredKnowledge:add")) == wanted


@pytest.mark.parametrize(
    ("kind", "wanted"), [("tSum", D(8)), ("tText", None), ("tOne", None), ("number", D(8)), ("string", None)]
)
def test_the_variable_of_a_service_is_of_a_functions_type_too(kind, wanted):
    types = [SUM, signature("tText", "string", "number", "number"), signature("tOne", "number", "number")]
    parts = [*PARTS[:-3], service("whole", "total", "price", "amount base", kind=kind)]
    assert value(literal("whole(2, 3)"), *types, *parts, requires=needs("requiredKnowledge:whole")) == wanted


@pytest.mark.parametrize(("source", "fits"), [
    ("function(x: number, y: number) x + y", True), ("function(x, y) x", True), ("function(x: Any, y: tCount) x", True),
    ("function(x: string, y: number) y", False), ("function(x: number) x", False), ("1", False), ("modulo", True),
])  # fmt: skip
def test_a_function_conforms_by_its_parameters(source, fits):  # §10.3.2.9.3: contravariant
    types = [item("tCount", of("number")), SUM]
    assert (value(literal(source), *types, kind="tSum") is not None) is fits


# --- §7.3.3: item definitions


@each(("source", "fits"), [
    ('{kind: "A", size: 1}', True), ('{kind: "A", size: 3}', False), ('{kind: "B", size: 3}', True),
    ('{size: 3, kind: "B"}', True),
    ('{kind: "C", size: 1}', False), ('{kind: "A"}', False), ('{kind: "A", size: null}', True), ("{}", False),
    ("[]", False),
])  # fmt: skip
def test_allowed_values_may_name_the_components_beside(source, fits):
    kinds = part("kind", of("string") + constraint("allowedValues", '"A", "B"'))
    size = part("size", of("number") + constraint("allowedValues", '? &lt; (if kind = "A" then 2 else 10)'))
    assert (value(literal(source), item("tBox", kinds + size), kind="tBox") is not None) is fits


def test_components_beside_of_several_words_are_known_too_and_in_collections():
    limit = part("upper limit", of("number"))
    sizes = part("sizes", of("number") + constraint("allowedValues", "[0..upper limit]"), collection=True)
    box = item("tBox", limit + sizes)
    assert value(literal("{upper limit: 3, sizes: [1, 3]}"), box, kind="tBox") == {"upper limit": 3, "sizes": [1, 3]}
    assert value(literal("{upper limit: 3, sizes: [1, 4]}"), box, kind="tBox") is None


@each(("inner", "collection", "source", "fits"), [
    (of("number"), True, "[1, 2]", True), (of("number"), True, '[1, "2"]', False), (of("number"), True, "[]", True),
    (of("number") + constraint("allowedValues", "[1..3]"), True, "[1, 3]", True),
    (of("number") + constraint("allowedValues", "[1..3]"), True, "[1, 4]", False),
    (of("number") + constraint("typeConstraint", "count(?) &lt; 3"), True, "[9, 9]", True),
    (of("number") + constraint("typeConstraint", "count(?) &lt; 3"), True, "[9, 9, 9]", False),
    (of("number") + constraint("typeConstraint", "[1..3]"), False, "3", True),
    (of("number") + constraint("typeConstraint", "[1..3]"), False, "4", False),
    (of("string") + constraint("allowedValues", '"a", "b"'), False, '"b"', True),
    (of("string") + constraint("allowedValues", '"a", "b"'), False, '"c"', False),
    (of("string") + constraint("typeConstraint", "string length(?) = 2"), False, '"ab"', True),
    (of("Any"), False, "{a: 1}", True),
    (part("a", part("b", of("date"))), False, '{a: {b: @"2012-12-25"}}', True),
    (part("a", part("b", of("date"))), False, '{a: {b: "x"}}', False),
    (part("a", of("number"), True), False, "{a: [1]}", True),
    (part("a", of("number"), True), False, '{a: ["1"]}', False),
    (part("a", of("number")), True, "[{a: 1}, {a: 2}]", True), (part("a", of("number")), True, "[{a: 1}, {}]", False),
    (of("days and time duration"), False, '@"P1D"', True), (of("days and time duration"), False, '@"P1Y"', False),
    (of("feel:number"), False, "1", True), (of("years and months duration"), False, '@"P1Y"', True),
    (of("time"), False, '@"10:00:00"', True),
])  # fmt: skip
def test_a_type_is_a_reference_a_structure_or_a_collection_and_may_be_constrained(inner, collection, source, fits):
    assert (value(literal(source), item("tT", inner, collection), kind="tT") is not None) is fits


def test_a_value_of_the_wrong_type_is_bound_to_null():  # 10.3.2.9.4: the example
    assert value(literal('"123"'), kind="number") is None


# --- §6.3.3: imports


def other(namespace: str, *parts: str) -> bytes:
    return model(*parts).replace(b"https://kefuflow/t", namespace.encode())


def imported(name: str, namespace: str = OTHER) -> str:
    return f'<import name="{name}" namespace="{namespace}" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'


def asks(*references: str) -> str:
    """``kind:namespace#id``."""
    return "".join(
        needs(f"{kind}:x").replace("#x", target) for kind, _, target in (each.partition(":") for each in references)
    )


LIBRARY = other(
    OTHER, item("tAge", of("number") + constraint("allowedValues", "[0..150]")), data("age", "tAge"),
    decision(literal("age + 1"), "next age", needs("requiredInput:age")).replace('id="next age"', 'id="next_age"'),
    knowledge("twice", literal("n * 2"), "n: tAge"),
    service("later", "next_age", "", "age"),
)  # fmt: skip


@each(("source", "wanted"), [
    ("lib.age", D(40)), ("lib.next age", D(41)), ("lib.twice(4)", D(8)), ("lib.twice(n: 4)", D(8)),
    ("lib.later(5)", D(6)), ("lib.later(age: 5)", D(6)),
    ("lib.twice(200)", D(400)), ("5 instance of lib.tAge", True), ('"5" instance of lib.tAge', False),
    ("(function(x: lib.tAge) x)(5)", D(5)),
])  # fmt: skip
def test_what_is_imported_has_the_imports_name_before_its_own(source, wanted):
    references = asks(
        f"requiredInput:{OTHER}#age",
        f"requiredDecision:{OTHER}#next_age",
        f"requiredKnowledge:{OTHER}#twice",
        f"requiredKnowledge:{OTHER}#later",
    )
    loaded = load(model(imported("lib"), decision(literal(source), "d", references)), imports={OTHER: LIBRARY})
    assert loaded.evaluate("d", {"age": D(40)}) == wanted


def test_a_type_is_imported_under_the_imports_name():
    loaded = load(model(imported("my lib"), decision(literal("x"), kind="my lib.tAge")), imports={OTHER: LIBRARY})
    assert loaded.evaluate("d", {"x": D(150)}) == 150
    assert loaded.evaluate("d", {"x": D(151)}) is None


def test_imports_without_a_name_share_the_models_own_namespace_and_the_first_wins():
    first = other(OTHER, item("tT", of("number")), decision(literal("1"), "one"), decision(literal("1"), "both"))
    second = other(THIRD, item("tT", of("string")), decision(literal("2"), "two"), decision(literal("2"), "both"))
    references = asks(
        f"requiredDecision:{THIRD}#both",
        f"requiredDecision:{OTHER}#one",
        f"requiredDecision:{THIRD}#two",
        f"requiredDecision:{OTHER}#both",
    )
    parts = [
        imported(""),
        imported("", THIRD),
        decision(literal("[one, two, both]"), "d", references),
        decision(literal("1"), "n", "", "tT"),
    ]
    loaded = load(model(*parts), imports={OTHER: first, THIRD: second})
    assert loaded.evaluate("d", {}) == [1, 2, 1]
    assert loaded.evaluate("n", {}) == 1  # the first tT is a number


def test_a_models_own_elements_are_not_replaced_by_imported_ones():
    library = other(OTHER, item("tT", of("string")), decision(literal("1"), "both"))
    references = needs("requiredDecision:both") + asks(f"requiredDecision:{OTHER}#both")
    parts = [
        imported(""),
        item("tT", of("number")),
        decision(literal("9"), "both"),
        decision(literal("both"), "d", references, "tT"),
    ]
    assert load(model(*parts), imports={OTHER: library}).evaluate("d", {}) == 9
