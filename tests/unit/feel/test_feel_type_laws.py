"""Whatever the analysis says of an expression holds when it runs: random expressions, variables of declared types."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FeelError
from engine.feel import Range, YearMonthDuration, compile_expression, compile_unary_tests
from engine.feel.builtins.registry import SIGNATURES
from engine.feel.static import describe
from engine.feel.static import lattice as t
from engine.feel.values.types import Type, conforms
from tests.sample import times
from tests.unit.feel.feel_printer import NAMES, show, trees

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
#: Variables; other names in the grammar below are bound by it.
VARIABLES = ("a", "b", "c", "订单金额")
LOCALS = ("i", "j", "item", "partial")
KEYS = ("a", "k", "价格", "item")
SIMPLE = {
    t.NUMBER: st.one_of(st.integers(-3, 5), st.decimals(-9, 9, places=1), st.just(Decimal("1e6100"))),
    t.STRING: st.sampled_from(["", "a", "ab", "2026-01-01", "P1D", "(", "k"]),
    t.BOOLEAN: st.booleans(),
    t.DATE: st.dates(date(1999, 1, 1), date(2030, 1, 1)),
    t.TIME: st.sampled_from([time(1), time(1, tzinfo=UTC), time(2, 3, 4, 5)]),
    t.DATE_TIME: st.sampled_from([datetime(2026, 1, 1), NOW, NOW.astimezone(timezone(timedelta(hours=8)))]),
    t.DAYS: st.timedeltas(timedelta(-3), timedelta(9)),
    t.MONTHS: st.integers(-9, 30).map(YearMonthDuration),
}
types = st.recursive(
    st.sampled_from([*SIMPLE, t.ANY, t.NULL, t.DURATION]),
    lambda inner: st.one_of(
        inner.map(t.list_of),
        st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=2).map(t.context_of),
        st.sampled_from([t.NUMBER, t.DATE, t.STRING]).map(t.range_of),
        st.just(t.CONTEXT),
    ),
    max_leaves=3,
)


def values_of(kind: Type) -> st.SearchStrategy:
    """Values of a type, null among them."""
    return st.one_of(_something(kind), _something(kind), _something(kind), st.none())


def _something(kind: Type) -> st.SearchStrategy:
    if kind in SIMPLE:
        return SIMPLE[kind]
    if kind.name == "list":
        return st.lists(values_of(t.argument(kind)), max_size=3)
    if kind.name == "range":
        ends = values_of(t.argument(kind))
        return st.builds(Range, ends, ends, st.booleans(), st.booleans())
    if kind.name == "context":
        return st.fixed_dictionaries({key: values_of(each) for key, each in (t.entries_of(kind) or {}).items()})
    if kind == t.NULL:
        return st.none()
    if kind == t.DURATION:
        return st.one_of(SIMPLE[t.DAYS], SIMPLE[t.MONTHS])
    return st.deferred(lambda: types.filter(lambda each: each != t.ANY).flatmap(values_of))


@st.composite
def surroundings(draw):
    declared = {name: draw(types) for name in draw(st.lists(st.sampled_from(VARIABLES), unique=True))}
    return declared, {name: draw(values_of(kind)) for name, kind in declared.items()}


LITERALS = (
    "0", "1", "2.5", "-1", "true", "false", "null", '""', '"a"', '"k"', '"2026-02-30"', '@"2026-01-01"', "[]",
    "[1, 2, 3]",
    '@"10:00:00"', '@"2026-01-01T00:00:00"', '@"P1D"', '@"P1M"', '@"nonsense"', "[1..3]", "(< 5)", '["a", null]',
    "{k: 1, a: 2}", '[{k: 1}, {k: 2, a: "x"}]', '["k"]', "now()", "today()", "function(i, j) i < j", "function(i) [i]",
    '[@"2026-01-01"..@"2026-01-03"]', "[null, {k: null}]", "function(i: number) i.k", '"[0-9]+"',
)  # fmt: skip
TYPES = ("number", "string", "Any", "Null", "list<number>", "context<k: number>", "date", "duration", "range<number>",
         "function<Any, Any> -> boolean", "nonsense")  # fmt: skip
PROPERTIES = (*KEYS, "start", "end", "year", "time offset", "days", "months", "start included", "key", "value")


def _bigger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def make(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.tuples(*parts).map(lambda drawn: template.format(*drawn))

    sign = st.sampled_from(["+", "-", "*", "/", "**", "<", ">=", "=", "!=", "and", "or", "in"])
    quantifier = st.sampled_from(["some", "every"])
    local = st.sampled_from(["i", "j", "partial", "a"])
    arguments = st.lists(inner, max_size=4).map(", ".join)
    named = st.sampled_from(sorted(SIGNATURES)).flatmap(lambda name: _named(name, inner))
    return st.one_of(
        make("(({0}) {1} ({2}))", inner, sign, inner),
        make("(({0}) {1} ({2}))", inner, sign, inner),
        make("(({0}) + ({1}) - ({2}))", inner, inner, inner),
        make("(-({0}))", inner),
        make("(({0}) between ({1}) and ({2}))", inner, inner, inner),
        make("(({0}) in ({1}, < {2}, ? = {3}))", inner, inner, inner, inner),
        make("(({0}) instance of {1})", inner, st.sampled_from(TYPES)),
        make("({0}).{1}", inner, st.sampled_from(PROPERTIES)),
        make("({0}).{1}", inner, st.sampled_from(PROPERTIES)),
        make("({0})[{1}]", inner, inner),
        make("({0})[item {1} ({2})]", inner, sign, inner),
        make("({0})[({1}) {2} ({3})]", inner, st.sampled_from(KEYS), sign, inner),
        make("[({0})..({1})]", inner, inner),
        make("(> ({0}))", inner),
        arguments.map("[{}]".format),
        make("{{k: {0}, a: {1}, 价格: k}}", inner, inner),
        make("(if {0} then {1} else {2})", inner, inner, inner),
        make("(for {0} in {1} return {2})", local, inner, inner),
        make("(for {0} in ({1})..({2}), j in {3} return {4})", local, inner, inner, inner, inner),
        make("(for i in 1..3 return ({0})[i - 1])", inner),
        make("({0} {1} in {2} satisfies {3})", quantifier, local, inner, inner),
        make("(function(i) {0})", inner),
        make("(function(i: {0}, j) {1})({2}, {3})", st.sampled_from(TYPES), inner, inner, inner),
        make("({0})({1})", inner, arguments),
        make("{0}({1})", st.sampled_from(sorted(SIGNATURES)), arguments),
        make("{0}({1})", st.sampled_from(sorted(SIGNATURES)), arguments),
        named,
    )


def _named(name: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def call(signature) -> st.SearchStrategy[str]:
        names = [parameter.name for parameter in signature.parameters]
        return st.tuples(st.lists(st.sampled_from(names or ["none"]), unique=True), st.lists(inner, min_size=5)).map(
            lambda drawn: f"{name}({', '.join(f'{key}: {value}' for key, value in zip(*drawn, strict=False))})"
        )

    return st.sampled_from(SIGNATURES[name]).flatmap(call)


sources = st.recursive(st.sampled_from((*LITERALS, *VARIABLES, *VARIABLES, *LOCALS)), _bigger, max_leaves=7)


def value_of(source: str, scope: dict):
    return compile_expression(source, frozenset(scope))(scope.get, NOW)


def check_type(source: str, declared: dict, scope: dict) -> None:
    described = describe(source, declared)
    try:
        value = value_of(source, scope)
    except FeelError:
        return
    assert conforms(value, described.type), (source, t.text(described.type), value)


@settings(max_examples=times(300, 40), deadline=None)
@given(sources, surroundings())
def test_a_value_is_of_the_type_that_was_described(source, world):
    check_type(source, *world)


@settings(max_examples=times(150, 25), deadline=None)
@given(trees, st.fixed_dictionaries(dict.fromkeys(NAMES, types)), st.data())
def test_a_value_of_a_random_tree_is_of_the_type_that_was_described(tree, declared, data):
    scope = {name: data.draw(values_of(kind)) for name, kind in declared.items()}
    check_type(show(tree), declared, scope)


@st.composite
def calls(draw):
    """A built-in function over variables of types that it may take."""
    name = draw(st.sampled_from(sorted(SIGNATURES)))
    declared = {each: draw(types) for each in "abcd"[: draw(st.integers(0, 4))]}
    return f"{name}({', '.join(declared)})", declared, {each: draw(values_of(kind)) for each, kind in declared.items()}


@settings(max_examples=times(300, 40), deadline=None)
@given(calls())
def test_a_built_in_function_gives_the_type_that_was_described(call):
    check_type(*call)


#: Findings that say that what they point at is always null, and those that say it never holds.
ALWAYS_NULL = {
    "operands", "negation", "unknown_component", "no_components", "impossible_call", "argument_count",
    "division", "pattern", "at_literal", "unknown_parameter", "duplicate_argument", "argument_missing", "iteration",
    "not_a_function",
}  # fmt: skip
NEVER_TRUE = {"comparison", "null_operand"}
#: Null may always be compared so, whatever the types are.
EQUALITY = re.compile(r"(?<![<>])=")


def is_all_null(value) -> bool:
    return all(map(is_all_null, value)) if isinstance(value, list) else value is None


@settings(max_examples=times(300, 40), deadline=None)
@given(sources, surroundings())
def test_what_is_found_to_be_always_null_is_null(source, world):
    declared, scope = world
    for finding in describe(source, declared).findings:
        part = source[slice(*finding.span)]
        if finding.code not in ALWAYS_NULL | NEVER_TRUE or EQUALITY.search(part):
            continue
        try:
            alone = describe(part, declared)
            value = value_of(part, scope)
        except FeelError:  # a test or a part that only stands within another
            continue
        if finding.code not in {each.code for each in alone.findings}:
            continue  # it speaks of names that are bound around it
        assert is_all_null(value) if finding.code in ALWAYS_NULL else value is not True, (part, finding.code, value)


@settings(max_examples=times(300, 40), deadline=None)
@given(sources, types, st.data())
def test_a_cell_that_is_found_never_to_pass_does_not(source, kind, data):
    value = data.draw(values_of(kind).filter(lambda each: each is not None))
    try:
        described = describe(source, {}, tests_of=kind)
        answer = compile_unary_tests(source)(value, {}.get, NOW)
    except FeelError:  # ``not()`` is an expression, but no cell
        return
    if any(each.code == "test_type" and each.span == (0, len(source)) for each in described.findings):
        assert answer is not True


@settings(max_examples=times(150, 25), deadline=None)
@given(sources)
def test_the_names_that_are_read_are_those_that_the_compiler_finds(source):
    described = describe(source)
    assert {use.name for use in described.names} >= compile_expression(source).names - {*SIGNATURES, *KEYS, "?"}
