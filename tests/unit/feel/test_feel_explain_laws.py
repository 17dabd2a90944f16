"""Whatever is evaluated, its explanation tells the same value, and for a null at least one reason that can be shown."""

import re
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FeelAssertionFailed, FeelLimitExceeded, FeelSyntaxError
from engine.feel import FeelFunction, Range, compile_expression, compile_unary_tests
from engine.feel.compiler.core import Scope, Unit, compile_node
from engine.feel.explain import MAX_REASONS, Explanation, explain, explain_tests
from engine.feel.explain.sentences import SENTENCES
from engine.feel.syntax import tree as s
from engine.feel.syntax.parser import parse_expression
from tests.each import each
from tests.sample import times
from tests.unit.feel.feel_printer import NAMES, show, trees
from tests.unit.feel.test_feel_fuzz import FUNCTIONS, values

NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)
SCOPES = st.dictionaries(st.sampled_from(NAMES), values)
#: Longer than any text that the strategies make, so that only Python itself could have written it.
LEAKS = re.compile(
    r"<class|<function|<built| object at |Decimal\(|datetime\.|tzinfo|FeelFunction|Range\(|Duration\(|Wide"
)


def written(value: object) -> str:
    """A value for comparing: functions of two evaluations differ, if only in where they lie."""
    if isinstance(value, FeelFunction):
        return f"function {value.name}{value.parameters}"
    if isinstance(value, list):
        return str([written(item) for item in value])
    if isinstance(value, dict):
        return str({key: written(item) for key, item in value.items()})
    if isinstance(value, Range):
        return f"{written(value.low)} to {written(value.high)}, {value.low_closed} {value.high_closed}"
    return repr(value)


def outcome(evaluate):
    try:
        return written(evaluate())
    except FeelLimitExceeded:
        return "limit"
    except FeelAssertionFailed:
        return "assertion_failed"


def check(source: str, told: Explanation, again: Explanation, expected: str) -> None:
    codes = {reason.code for reason in told.reasons}
    for stopped in ("limit", "assertion_failed"):
        assert (stopped in codes) == (expected == stopped)
    assert written(told.value) == ("None" if expected in codes else expected)
    assert bool(told.causes) == (told.value is None)
    assert len(told.reasons) <= MAX_REASONS
    assert told.reasons == again.reasons
    for reason in told.reasons:
        begin, end = reason.span
        assert 0 <= begin < end <= len(source)
        assert reason.text == source[begin:end]
        for text in (reason.zh, reason.en, *reason.values):
            assert text
            assert not LEAKS.search(text)
            assert text.isprintable()
        assert all(len(value) <= 60 for value in reason.values)


@settings(max_examples=times(400, 50), deadline=None)
@given(trees, SCOPES)
def test_any_expression_is_explained_with_its_own_value(tree, scope):
    source = show(tree)
    expected = outcome(lambda: compile_expression(source)(scope.get, NOON))
    check(source, explain(source, scope.get, NOON), explain(source, scope.get, NOON), expected)


@settings(max_examples=times(400, 50), deadline=None)
@given(st.sampled_from(FUNCTIONS), st.lists(values, max_size=4))
def test_any_call_of_a_builtin_is_explained(name, arguments):
    names = ["a", "b", "c", "d"][: len(arguments)]
    source = f"{name}({', '.join(names)})"
    scope = dict(zip(names, arguments, strict=True))
    expected = outcome(lambda: compile_expression(source)(scope.get))
    check(source, explain(source, scope.get), explain(source, scope.get), expected)


@settings(max_examples=times(300, 40), deadline=None)
@given(st.sampled_from(["+", "-", "*", "/", "**", "<", ">=", "=", "!=", "and", "or", "in"]), values, values)
def test_any_operator_is_explained(operator, left, right):
    scope = {"a": left, "b": right}
    for source in (
        f"a {operator} b",
        f"a between b and a {operator} b",
        "[a..b]",
        "a[b]",
        "for i in a..b return i",
        "-a",
    ):
        expected = outcome(lambda text=source: compile_expression(text)(scope.get))
        check(source, explain(source, scope.get), explain(source, scope.get), expected)


@settings(max_examples=times(300, 40), deadline=None)
@given(trees, st.sampled_from(["{}", "not({})", "< 5, {}", "{}, [1..3]", '"x", {}', "null, {}"]), values, SCOPES)
def test_any_cell_is_explained_with_its_own_verdict(tree, shape, value, scope):
    source = shape.format(show(tree))
    try:
        compiled = compile_unary_tests(source)
    except FeelSyntaxError:
        return  # too deep with the shape around it
    expected = outcome(lambda: compiled(value, scope.get, NOON))
    told, again = (explain_tests(source, value, scope.get, NOON) for _ in range(2))
    check(source, told, again, expected)


def nodes(node):
    if is_dataclass(node):
        yield node
        for each in fields(node):
            yield from nodes(getattr(node, each.name))
    elif isinstance(node, tuple):
        for part in node:
            yield from nodes(part)


@each(
    "source",
    [
        "-a", "a + b - c", "a and b or c", "a = b", "a < b", "a between b and c", "a in (b, < c)", "a[b]", "a.b",
        "a instance of number", "a(b, c)", "a(x: b)", "[a..b]", "[a, b]", "{a: b, c: a}", "if a then b else c",
        "not(a)", "count(a)", "for i in a, j in b..c return i", "some i in a satisfies b", "function(x) a", "a > 5",
        '"x" = a', "5 < a and b = 1", "1 + a", "a[1]", "date(a)", 'contains(a, "b")', "a.b > 5", "not(a = 1)",
    ],
)  # fmt: skip
def test_every_part_that_is_evaluated_is_observed(source):
    """Who compiles a child into its parent hides it from the explanation: the observer must be asked for first."""
    tree, seen, unit = parse_expression(source), [], Unit({}, frozenset())
    unit.observer = lambda node, scope, closure: seen.append(node) or closure
    compile_node(tree, Scope(unit))
    called = {id(node.function) for node in nodes(tree) if isinstance(node, s.Call)}
    kinds = (s.Test, s.Iterator, s.Type, s.Constant)
    wanted = {id(node) for node in nodes(tree) if not isinstance(node, kinds)} - called
    assert wanted <= {id(node) for node in seen}


def test_every_sentence_is_full_in_both_languages():
    for zh, en in SENTENCES.values():
        assert set(re.findall(r"\{(\w+)\}", zh)) - set(re.findall(r"\{(\w+)\}", en)) == set()
        assert re.search(r"[一-鿿]", zh)
        assert not re.search(r"[一-鿿]", en)
