"""What is known of an expression before it runs: its type, its names, its certain mistakes; and the catalogue."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product

import pytest

from engine.errors import FeelSyntaxError
from engine.feel import YearMonthDuration, evaluate
from engine.feel.builtins.registry import SIGNATURES
from engine.feel.compiler.core import BUILTINS
from engine.feel.limits import Run
from engine.feel.static import CATALOGUE, CATEGORIES, SENTENCES, describe
from engine.feel.static import lattice as t
from engine.feel.static.catalogue import parse_type
from engine.feel.static.foreign import IMPURE, RENAMED
from engine.feel.static.inference import Inference
from engine.feel.static.operators import RESULTS, comparable
from engine.feel.static.paths import COMPONENTS
from engine.feel.static.results import RULES
from engine.feel.values import operations
from engine.feel.values.paths import path_of
from engine.feel.values.types import Type, is_known
from engine.model import Severity
from tests.each import each
from tests.unit.feel.feel_printer import NAMES

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
ITEM = t.context_of({"price": t.NUMBER, "name": t.STRING})
ORDER = t.context_of({"customer": t.context_of({"level": t.STRING}), "items": t.list_of(ITEM), "paid at": t.DATE_TIME})
WORLD = {"order": ORDER, "n": t.NUMBER, "s": t.STRING, "d": t.DATE, "flags": t.list_of(t.BOOLEAN), "x": t.ANY}
SAMPLES = {
    "number": Decimal(2), "string": "a", "boolean": True, "date": date(2026, 1, 1), "time": time(1),
    "date and time": NOW, "days and time duration": timedelta(1),
    "years and months duration": YearMonthDuration(1), "list": [], "context": {},
}  # fmt: skip


def type_of(source: str, variables=WORLD) -> str:
    return t.text(describe(source, variables).type)


def codes(source: str, variables=WORLD, **more) -> list[str]:
    return [finding.code for finding in describe(source, variables, **more).findings]


# --- types -----------------------------------------------------------------------------------


@each(
    ("source", "kind"),
    [
        ("1", "number"),
        ("null", "Null"),
        ('@"P1M"', "years and months duration"),
        ("n + x", "number"),
        ("x + x", "Any"),
        ('d + @"P1D"', "date"),
        ("d - d", "days and time duration"),
        ("x - d", "days and time duration"),
        ('duration("P1D") / duration("PT1H")', "number"),
        ("x * 2", "Any"),
        ("x ** x", "number"),
        ("n > x", "boolean"),
        ("x and x", "boolean"),
        ("if x then 1 else 2", "number"),
        ("if x then 1 else null", "number"),
        ('if x then 1 else "a"', "Any"),
        ('if x then @"P1D" else @"P1M"', "duration"),
        ("if x then {a: 1} else {a: 2}", "context<a: number>"),
        ("if x then {a: 1} else {b: 2}", "context"),
        ("[]", "list<Null>"),
        ('[1, "a"]', "list"),
        ("[1, null]", "list<number>"),
        ("[1..5]", "range<number>"),
        ("(< d)", "range<date>"),
        ("order.customer.level", "string"),
        ("order.items.price", "list<number>"),
        ("order.items[1]", "context<price: number, name: string>"),
        ("order.items[price > 1]", "list<context<price: number, name: string>>"),
        ("order.items[price > 1][1].name", "string"),
        ("order.items[item.price > 1].name[-1]", "string"),
        ("order.paid at.year", "number"),
        ("order.paid at.timezone", "string"),
        ("[1..5].start included", "boolean"),
        ("[d..d].end", "date"),
        ("for i in order.items return i.name", "list<string>"),
        ("for i in 1..3 return order.items[i].price", "list<number>"),
        ("for i in 1..3 return order.items[i - 1].price", "list<number>"),
        ("for i in 1..3 return if i = 1 then 1 else partial[-1] + 1", "list<number>"),
        ("for i in [d..d] return i", "list<date>"),
        ("for a in [1], b in [a] return b", "list<number>"),
        ("some i in order.items satisfies i.price > 1", "boolean"),
        ("{a: 1, b: a + 1, c: [b]}", "context<a: number, b: number, c: list<number>>"),
        ("function(a: number, b) a + 1", "function<number, Any> -> number"),
        ("(function(a: number) [a])(1)", "list<number>"),
        ("{f: function(a: string) a, g: f(s)}.g", "string"),
        ("n instance of number", "boolean"),
        ("min(1, 2)", "number"),
        ("min(order.items.price)", "number"),
        ("max(d, d)", "date"),
        ("sum(order.items.price)", "number"),
        ("mean([@\"P1D\"])", "days and time duration"),
        ("abs(n)", "number"),
        ("sort(order.items, function(a, b) a.price < b.price)[1].name", "string"),
        ("distinct values(order.items.name)", "list<string>"),
        ("append([1], 2)", "list<number>"),
        ("append([1], s)", "list"),
        ("concatenate([1], [2])", "list<number>"),
        ("union([[1], [2]])", "list<list<number>>"),
        ("flatten([[[1]], [[2]]])", "list<number>"),
        ("flatten([[1], [[2]]])", "list"),
        ("sublist(order.items, 2)", "list<context<price: number, name: string>>"),
        ("list replace([1], 1, 2)", "list<number>"),
        ("insert before([1], 1, s)", "list"),
        ("partition([1, 2], 1)", "list<list<number>>"),
        ("get value(order.customer, \"level\")", "string"),
        ('get value(order, ["customer", "level"])', "string"),
        ("get entries({a: 1})[1].value", "number"),
        ('context put({a: 1}, "b", s)', "context<a: number, b: string>"),
        ('context put({a: 1}, "a", s)', "context<a: string>"),
        ('context merge([{a: 1}, {b: "x"}])', "context<a: number, b: string>"),
        ("context merge({a: 1}, {a: s})", "context<a: string>"),
        ('context put({k: {a: 1}}, ["k", "b"], 2)', "context<k: context>"),
        ("context merge(order.items)", "context"),
        ('{count: function(l) "x", r: count([1])}.r', "string"),
        ("[{a: 1}][a > 0 and count([a]) = 1].a", "list<number>"),
        ("get or else(n, 0)", "number"),
        ('duration("P1D")', "days and time duration"),
        ("duration(s)", "duration"),
        ('range("[1..5]")', "range<number>"),
        ("date(year: 2026, month: 1, day: n)", "date"),
        ("string length(s) + 1", "number"),
        ("if x then order.items[1] else null", "context<price: number, name: string>"),
    ],
)  # fmt: skip
def test_the_type_of_an_expression_is_known(source: str, kind: str) -> None:
    assert type_of(source) == kind
    assert codes(source) == []


def test_a_position_that_may_be_null_promises_no_item_because_the_filter_then_gives_an_empty_list() -> None:
    assert type_of("order.items[n]") == "Any"
    assert evaluate("[1, 2][n]", {"n": None}) == []


def test_the_number_of_nothing_known_is_any() -> None:
    assert describe("order.total").type == t.ANY
    assert describe("order.total + 1").type == t.NUMBER


def test_a_variable_hides_the_built_in_function_of_its_name() -> None:
    assert type_of("count([1])", {"count": Type("function", (t.LIST, t.STRING))}) == "string"
    assert codes("count([1])", {"count": t.NUMBER}) == ["not_a_function"]


def test_types_may_be_named_and_names_may_be_of_several_words() -> None:
    named = {"tOrder": ORDER, "tOrders": Type("list", (Type("tOrder"),))}
    described = describe("all orders[1].paid at.day", {"all orders": Type("tOrders")}, named=named)
    assert (described.type, described.findings) == (t.NUMBER, ())
    assert codes("x instance of tOrder", {}, named=named) == []
    assert type_of("n", {"n": Type("dateTime")}) == "date and time"


def test_a_type_that_names_itself_has_an_end() -> None:
    tree = t.context_of({"value": t.NUMBER, "children": Type("list", (Type("tTree"),))})
    described = describe("root.children[1].children[1].value", {"root": Type("tTree")}, named={"tTree": tree})
    assert described.type == t.NUMBER


def test_a_type_that_doubles_with_every_entry_is_cut() -> None:
    doubling = ", ".join(f"a{index}: {{x: a{index - 1}, y: a{index - 1}}}" for index in range(1, 60))
    assert describe(f"{{a0: 1, {doubling}}}.a59.x.y").type == t.ANY


def test_a_cell_is_boolean_and_knows_its_input() -> None:
    described = describe("? + 1 > 2, [1..5], not(? = 1)", tests_of=t.NUMBER)
    assert (described.type, described.findings) == (t.BOOLEAN, ())
    assert codes("-", tests_of=t.STRING) == []
    assert codes('not("a", "b")', tests_of=t.STRING) == []


def test_the_same_syntax_errors_come_out_as_from_the_compiler() -> None:
    with pytest.raises(FeelSyntaxError):
        describe("1 +")
    with pytest.raises(FeelSyntaxError):
        describe("> 1 and", tests_of=t.NUMBER)


# --- names -----------------------------------------------------------------------------------


def test_the_names_that_are_read_come_with_their_paths_and_places() -> None:
    described = describe("order.customer.level = s and count(order.items) > 1 and order.customer.level != s")
    uses = {use.name: use for use in described.names}
    assert uses["order"].paths == (("customer", "level"), ("items",))
    assert uses["order"].spans == ((0, 5), (35, 40), (56, 61))
    assert uses["s"].paths == ((),)
    assert all(use.certain for use in described.names)


def test_names_that_are_bound_within_and_built_in_functions_are_not_read_from_outside() -> None:
    source = "{a: 1, f: function(p) p + a, l: for i in [1] return i + count([partial])}"
    assert describe(source).names == ()
    assert describe("count", {"count": t.NUMBER}).names[0].name == "count"


def test_a_name_in_a_filter_may_be_an_entry_of_the_item() -> None:
    [orders, price] = describe("orders[price > 1]").names
    assert (orders.certain, price.certain) == (True, False)
    assert [use.name for use in describe("order.items[price > 1]", WORLD).names] == ["order"]
    assert [use.name for use in describe("order.items[price > n]", WORLD).names] == ["order", "n"]


# --- findings --------------------------------------------------------------------------------


#: Sentence → an expression with its mistake.
MISTAKES = [
    ("unknown_function", "substrng(s, 1)"),
    ("unknown_function", "put({}, 1)"),
    ("unknown_function", "put all({})"),
    ("unknown_function", "{f: function(a) f(a)}"),
    ("impure_function", "uuid()"),
    ("impure_function", "random number()"),
    ("not_a_function", "n(1)"),
    ("not_a_function", '"a"(1)'),
    ("argument_count", "string()"),
    ("argument_count", "substring(s)"),
    ("argument_count", "now(1)"),
    ("argument_count", "(function(a) a)(1, 2)"),
    ("argument_missing", "substring(string: s, length: 1)"),
    ("argument_type", "substring(n, 1)"),
    ("argument_type", "substring(null, 1)"),
    ("argument_type", "date(true)"),
    ("argument_type", "sum(order.items.name)"),
    ("argument_type", "string join([1, 2])"),
    ("argument_type", "finishes([1..2], 1)"),
    ("argument_type", "meets(1, 2)"),
    ("unknown_parameter", 'substring(text: "a", start position: 1)'),
    ("unknown_parameter", "date(year: 1, from: s)"),
    ("duplicate_argument", "floor(n: 1, n: 2)"),
    ("duplicate_parameter", "function(a, a) a"),
    ("operands", '"a" + 1'),
    ("operands", "d + 1"),
    ("operands", "d + d"),
    ("operands", "[1] + 1"),
    ("null_operand", "n + null"),
    ("null_operand", "n < null"),
    ("null_operand", "n between null and 3"),
    ("division", "n / 0"),
    ("comparison", "s = n"),
    ("comparison", "d < n"),
    ("comparison", "true < false"),
    ("comparison", "order.paid at > d"),
    ("comparison", "n between s and 3"),
    ("comparison", 'x between "a" and 3'),
    ("negation", "-s"),
    ("test_type", 'n in ("a")'),
    ("test_type", "s in ([1..5])"),
    ("test_type", "n in [\"a\"]"),
    ("comparison", 'n in (< "a")'),
    ("condition", "if 3 then 1 else 2"),
    ("condition", "some i in [1] satisfies i"),
    ("filter_condition", 'order.items["a"]'),
    ("logic", "n and x"),
    ("logic", 'x or "a"'),
    ("unknown_entry", "order.custmer"),
    ("unknown_entry", "order.items.prise"),
    ("unknown_entry", "{a: 1}.b"),
    ("unknown_entry", 'get value(order, "custmer")'),
    ("unknown_component", "d.hour"),
    ("unknown_component", "[1..2].low"),
    ("unknown_component", '@"P1D".months'),
    ("no_components", "s.length"),
    ("at_literal", '@"2026-02-30"'),
    ("impossible_call", 'date("2026-02-30")'),
    ("impossible_call", "date(2026, 2, 30)"),
    ("impossible_call", 'duration("8h")'),
    ("impossible_call", "sqrt(-1)"),
    ("impossible_call", 'number("a")'),
    ("pattern", 'matches(s, "(")'),
    ("pattern", 'split(s, "[")'),
    ("index", "order.items[0]"),
    ("index", "order.items[1.5]"),
    ("unknown_type", "n instance of nummer"),
    ("unknown_type", "function(a: strng) a"),
    ("unknown_type", "n instance of list<strng>"),
    ("never_instance", "n instance of string"),
    ("always_instance", "1 instance of number"),
    ("range_ends", "[n..s]"),
    ("iteration", "for i in [s..s] return i"),
    ("iteration", "for i in s..s return i"),
    ("external", 'function(a) external {java: {class: "A", method signature: "b"}}'),
]  # fmt: skip


@each(("code", "source"), MISTAKES)
def test_a_certain_mistake_is_found(code: str, source: str) -> None:
    assert codes(source) == [code]


def test_every_sentence_has_a_mistake_that_is_tried() -> None:
    assert set(SENTENCES) - {code for code, _ in MISTAKES} == {"unknown_name"}


def test_an_unknown_name_is_found_where_all_names_are_known() -> None:
    [finding] = describe("oder.items", {"order": ORDER}, closed=True).findings
    assert finding.code == "unknown_name"
    assert finding.span == (0, 4)
    assert finding.zh == "没有名为「oder」的变量;可能是想写「order」。"
    assert finding.en == "There is no variable oder; perhaps order is meant."
    assert codes("oder.items") == []
    assert codes("order.items[prise > 1]", {"order": ORDER}, closed=True) == ["unknown_name"]
    assert codes("x[prise > 1]", {"x": t.ANY}, closed=True) == []


@each(
    "source",
    [
        "x = null", "s = null", "null = null", "n in (null, 1)", "x[0 + 0]", "get or else(null, 1)", "is defined(null)",
        "string join(s, \",\")", "order.items[x]", "x.y.z + 1", "x(1)", "min([])", "sum(x)", "[null..1]",
        "n in (? > 1, [1..2])", "s in x", "n in [1, 2]", "flags[item]", "if x then 1 else 2", "now() - order.paid at",
        "count(s)", "list contains(x, null)", "[1, \"a\"][1]", "string(null)", "x instance of Any", "not(flags)",
    ],
)  # fmt: skip
def test_what_may_be_meant_is_not_found(source: str) -> None:
    assert codes(source) == []


def test_a_mistake_is_told_once_and_not_again_by_what_stands_around_it() -> None:
    assert codes('("a" + 1) > 3 and substrng("x") = 2') == ["operands", "unknown_function"]


def test_errors_are_what_can_never_be_meant_and_warnings_what_is_only_strange() -> None:
    assert describe("1 instance of number").findings[0].severity is Severity.WARNING
    assert describe('"a" + 1').findings[0].severity is Severity.ERROR


@each("code", SENTENCES)
def test_every_sentence_is_whole_in_both_languages(code: str) -> None:
    zh, en = SENTENCES[code]
    assert re.search(r"[一-鿿]", zh)
    assert zh.endswith("。")
    assert en.endswith(".")
    assert set(re.findall(r"\{(\w+?)(?:_zh)?\}", zh)) == set(re.findall(r"\{(\w+?)(?:_en)?\}", en))


def test_the_place_of_a_finding_is_the_part_that_is_wrong() -> None:
    source = 'n > 1 and substring(n, 1) = "a"'
    [finding] = describe(source, WORLD).findings
    assert source[slice(*finding.span)] == "n"
    assert finding.zh == "函数 substring 的参数「string」应为文字,这里是数字,结果总是空值。"


@each("name", sorted({*IMPURE, *RENAMED}))
def test_functions_of_other_engines_are_told_apart_from_typing_errors(name: str) -> None:
    [finding] = describe(f"{name}(x)").findings
    assert finding.code == ("impure_function" if name in IMPURE else "unknown_function")
    assert name in IMPURE or RENAMED[name] in finding.zh


# --- tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", RESULTS)
def test_the_table_of_an_operator_says_what_the_operator_does(sign: str) -> None:
    operate = {
        "+": operations.add, "-": operations.subtract, "*": operations.multiply, "/": operations.divide,
        "**": operations.raise_to,
    }[sign]  # fmt: skip
    for left, right in product(SAMPLES, repeat=2):
        value = operate(SAMPLES[left], SAMPLES[right])
        assert t.of_value(value).name == RESULTS[sign].get((left, right), "Null"), (left, sign, right)


def test_kinds_are_comparable_when_the_interpreter_compares_them() -> None:
    run = Run(lambda _: None, None)
    for left, right in product(SAMPLES, repeat=2):
        one, other = SAMPLES[left], SAMPLES[right]
        assert comparable("<", Type(left), Type(right)) == (operations.compare(one, other) is not None)
        assert comparable("=", Type(left), Type(right)) == (operations.equal(one, other, run) is not None)


def test_the_components_are_those_that_the_interpreter_knows() -> None:
    everything = {name for names in COMPONENTS.values() for name in names}
    run = Run(lambda _: None, None)
    for kind, value in SAMPLES.items():
        found = {name for name in everything if path_of(value, name, run) is not None} - {"timezone", "time offset"}
        assert found <= COMPONENTS.get(kind, {}).keys() or kind == "list", kind


# --- the catalogue ---------------------------------------------------------------------------


def test_every_built_in_function_is_in_the_catalogue() -> None:
    assert BUILTINS.keys() == CATALOGUE.keys()


@each("name", sorted(SIGNATURES))
def test_the_catalogue_calls_a_function_as_the_registry_does(name: str) -> None:
    entry = CATALOGUE[name]
    assert len(entry.signatures) == len(SIGNATURES[name])
    for said, real in zip(entry.signatures, SIGNATURES[name], strict=True):
        assert said.variadic == real.variadic
        assert [(each.name, each.optional) for each in said.parameters] == [
            (each.name, each.optional) for each in real.parameters
        ]
        for mine, theirs in zip(said.parameters, real.parameters, strict=True):
            assert theirs.type.name == "Any" or [kind.name for kind in mine.types] == [theirs.type.name], mine.name
            assert theirs.type.name == "Any" or mine.nullable == theirs.nullable, mine.name


@each("name", sorted(BUILTINS))
def test_every_built_in_function_has_a_rule_for_its_result(name: str) -> None:
    if name not in RULES:
        assert all(is_known(parse_type(each.result), {}) for each in CATALOGUE[name].signatures)


@each("name", sorted(CATALOGUE))
def test_an_entry_of_the_catalogue_is_whole_and_its_example_is_true(name: str) -> None:
    entry = CATALOGUE[name]
    assert entry.zh.endswith("。")
    assert entry.en.endswith(".")
    assert entry.category in CATEGORIES
    source, result = entry.example
    assert evaluate(f"({source}) = ({result})", {}, NOW) is True
    assert codes(source) == []


def test_every_kind_of_node_has_a_rule() -> None:
    from engine.feel.compiler.core import _COMPILERS
    from engine.feel.static.inference import _RULES

    assert _COMPILERS.keys() == _RULES.keys()


def test_a_foreign_node_is_any_and_its_parts_are_looked_at() -> None:
    from engine.feel.static.scope import Level
    from engine.feel.syntax import tree

    walk = Inference(None, {})
    node = tree.Foreign(lambda _: lambda _: None, (tree.Name(NAMES[0]),))
    assert walk.type_of(node, Level()) == t.ANY
    assert [use.name for use in walk.uses.all()] == [NAMES[0]]
