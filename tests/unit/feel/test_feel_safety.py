"""What an attacker writes into a rule: nothing is reached, nothing hangs, nothing crashes."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from engine.errors import FeelLimitExceeded, FeelSyntaxError
from engine.feel import compile_expression, compile_unary_tests, evaluate

DOUBLING = "{a: [1, 1], " + ", ".join(
    f"{b}: [{a}, {a}]" for a, b in zip("abcdefghijklmnopqrstu", "bcdefghijklmnopqrstuv", strict=True)
)


@pytest.mark.parametrize("source", [
    "x.__class__", '"".__class__.__mro__', "x.__class__.__base__.__subclasses__()", "xs.append", "c.keys()", "c.items",
    "count.call", "count.name", "now.__self__", "date.__globals__", "(function(a) a).call", "(function(a) a).__code__",
    '__import__("os")', 'eval("1")', 'exec("1")', 'open("/etc/passwd")', 'getattr(x, "upper")', "globals()", "lookup",
    'string.format("{}")', 'get value(c, "__class__")', "n.real", "n.as_tuple()", "day.today()", "moment.tzinfo",
    '(function() external {java: {class: "java.lang.Runtime", method signature: "exec(java.lang.String)"}})()',
    '@"2026-01-01T00:00:00@../../../etc/passwd"', '@"2026-01-01T00:00:00@/etc/passwd"', "[1..2].__class__",
    "[1..2].low",
])  # fmt: skip
def test_no_attribute_of_a_python_object_is_reached(source):
    scope = {"x": "abc", "c": {"a": Decimal(1)}, "n": Decimal(1)}
    assert evaluate(source, scope) is None


def test_attributes_over_a_list_are_null_for_each_item():
    assert evaluate("xs.__class__", {"xs": ["a"]}) == [None]


@pytest.mark.parametrize("source", [
    "for i in 1..1000000000000 return i",
    "for i in 1..1000, j in 1..1000 return 1",
    "for i in 1..400 return for j in 1..400 return 1",
    "some i in 1..10 ** 12 satisfies i < 0",
    "every i in [1..10 ** 14] satisfies true",
    "(function(f) f(f))(function(f) f(f))",
    "count((for i in 1..60000 return i)[item > 0])",
    "distinct values(for i in 1..50000 return i)",
    "sort(for i in 1..50000 return 0 - i, function(a, b) a < b)",
    "count(for i in 1..40000 return partial)",
    "{a: string join(for i in 1..5000 return \"0123456789\"), b: for i in 1..3000 return a + string(i)}",
    "{a: for i in 1..9000 return i, b: for i in 1..3000 return sublist(a, 1)}",
    '{a: "' + "x" * 900 + '", b: ' + "+".join("a" * 40) + ", c: " + "+".join("b" * 40) + "}",
    'replace("' + "a" * 2000 + '", "a", "' + "b" * 1000 + '")',
    DOUBLING + ", z: flatten(v)}",
    DOUBLING + ", w: [u, u], z: v = w}",
    DOUBLING + ", z: string(v)}",
    DOUBLING + "}.v",
    "for i in 1..100 return [partial[-1]]",
    'for i in 1..20000 return "abcd"',
])  # fmt: skip
def test_what_runs_for_ever_or_grows_without_end_is_stopped(source):
    with pytest.raises(FeelLimitExceeded):
        evaluate(source, {})


@pytest.mark.parametrize("source", [
    "10 ** (10 ** 10)", "9999999999 ** 9999999999", "1e6144 * 10", "exp(1e6000)", "duration(\"P999999999999D\")",
    'duration("P999999999D") + duration("P999999999D")', 'date("9999-12-31") + duration("P1D")',
    'date("0001-01-01") - duration("P1Y")', 'duration("P1D") * 1e30', "modulo(1e6000, 3)", 'number("1e999999999")',
    'matches("a", "(a{1000}){1000}")', "[1, 2][1e400]", 'substring("abc", 1e20)', "list replace([1], 1e30, 1)",
    'time(1, 2, 1e30)', 'date(1e30, 1, 1)', 'date(99999, 1, 1)', 'time(1, 2, 3, duration("P9D"))',
])  # fmt: skip
def test_what_is_beyond_all_bounds_is_null(source):
    assert evaluate(source, {}) is None


@pytest.mark.parametrize("source", [
    "\x00", '"\x00"', '"\\u0000"', "\ud800", '"\\uD800"', '"\\uDC00\\uD800"', '"\\UFFFFFF"', "a\u202eb", '"\u2066"',
    "(" * 2000, "[" * 2000, "{a:" * 1000, "-" * 4000 + "1", "not(" * 900, "if a then " * 300, "a" + ".b" * 1900,
    "x" + "[1]" * 1000, "1 = " * 900 + "1", "1 instance of " + "list<" * 300, "]" + "(" * 300 + "1..2",
    "[1..2" * 300, "1 in " * 800 + "1", "1 between 1 and " * 200 + "1", "function(a) " * 200 + "a", "f(" * 900,
    "for a in " * 300, "@" * 100, "1e7000", "9" * 4000 + "e4000", "/*" * 100, "{" + "a:1," * 900 + "}",
])  # fmt: skip
def test_malformed_and_too_deep_sources_are_refused(source):
    with pytest.raises(FeelSyntaxError):
        compile_expression(source)


def test_wide_sources_within_the_limits_run():
    assert evaluate("+".join("1" * 2000), {}) == 2000
    assert evaluate(" and ".join(["true"] * 450), {}) is True
    assert evaluate(" or ".join(["a=1"] * 580), {"a": Decimal(1)}) is True
    assert evaluate("[" + ",".join("1" * 2000) + "][-1]", {}) == 1


def test_regular_expressions_take_linear_time():
    scope = {"t": "a" * 60_000 + "!"}
    assert evaluate('matches(t, "^(a+)+$")', scope) is False
    assert evaluate('matches(t, "(a|aa)+$")', scope) is False
    assert evaluate('matches(t, "(x+x+)+y")', scope) is False


def test_lone_surrogates_in_variables_do_not_break_regular_expressions():
    assert evaluate('matches(t, "a")', {"t": "\ud800"}) is None
    assert evaluate('split(t, "a")', {"t": "\ud800"}) is None
    assert evaluate('replace(t, "a", "b")', {"t": "\ud800"}) is None


def test_a_deep_variable_is_stopped_before_pythons_stack_is():
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    other: list = []
    for _ in range(5000):
        other = [other]
    for source in ("a = b", "string(a)", "flatten(a)", "a", "list contains([a], b)"):
        with pytest.raises(FeelLimitExceeded):
            evaluate(source, {"a": deep, "b": other})


def test_a_stack_that_is_nearly_used_up_gives_an_error_of_ours():
    def down(levels: int, levels_above: int) -> str:
        if levels:
            return down(levels - 1, levels_above)
        try:
            return str(compile_expression("(" * 60 + str(levels_above) + ")" * 60)(lambda name: None))
        except FeelSyntaxError:
            return "refused"

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(down, 10, 10).result() == "10"
        assert pool.submit(down, sys.getrecursionlimit() - 160, 840).result() == "refused"


def test_a_result_of_64_kib_is_allowed_and_more_is_not():
    assert len(evaluate("t", {"t": "x" * 65_536})) == 65_536
    with pytest.raises(FeelLimitExceeded):
        evaluate("t", {"t": "中" * 22_000})


def test_cells_are_as_safe_as_expressions():
    assert compile_unary_tests("?.__class__ != null")("a", lambda name: None) is False
    with pytest.raises(FeelLimitExceeded):
        compile_unary_tests("some i in 1..10 ** 9 satisfies i < 0")(Decimal(1), lambda name: None)


def test_the_budget_is_per_evaluation():
    expression = compile_expression("count(for i in 1..20000 return i)")
    for _ in range(6):
        assert expression(lambda name: None) == 20_000


@pytest.mark.parametrize("source", [
    'count(for i in 1..200 return text + "x")', "count(for i in 1..20 return sublist(numbers, 1))",
    "count(for i in 1..200 return upper case(text))", DOUBLING + ", w: [u, u], z: v = w}.z",
])  # fmt: skip
def test_memory_is_paid_in_steps_even_when_the_result_is_small(source):
    with pytest.raises(FeelLimitExceeded, match="steps"):
        evaluate(source, {"text": "x" * 60_000, "numbers": [Decimal(1)] * 50_000})


def test_functions_may_nest_only_so_deep():
    chain = "(function(f, n) f(f, n))(function(f, n) if n = 0 then 0 else 1 + f(f, n - 1), depth)"
    assert evaluate(chain, {"depth": Decimal(40)}) == 40
    with pytest.raises(FeelLimitExceeded, match="deeper than 48"):
        evaluate(chain, {"depth": Decimal(60)})
