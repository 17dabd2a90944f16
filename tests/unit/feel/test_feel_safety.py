"""What an attacker writes into a rule: nothing is reached, nothing hangs, nothing crashes."""

from __future__ import annotations

import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from time import process_time

import pytest

from engine.errors import FeelLimitExceeded, FeelSyntaxError
from engine.feel import compile_expression, compile_unary_tests, evaluate
from tests.each import each
from tests.sample import some

DOUBLING = "{a: [1, 1], " + ", ".join(
    f"{b}: [{a}, {a}]" for a, b in zip("abcdefghijklmnopqrstu", "bcdefghijklmnopqrstuv", strict=True)
)


@each("source", [
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


@each("source", [
    "10 ** (10 ** 10)", "9999999999 ** 9999999999", "1e6144 * 10", "exp(1e6000)", "duration(\"P1000000000000D\")",
    'duration("P999999999999D") + duration("P1D")', 'date("999999999-12-31") + duration("P1D")',
    'date("-999999999-01-01") - duration("P1Y")', '@"999999999-12-31T23:00:00Z" + duration("PT1H")',
    '@"-999999999-01-01T00:00:00@Asia/Shanghai" - duration("PT1S")', 'duration("P10000000000Y")',
    'duration("P9999999999Y11M") + duration("P1M")', 'duration("P5000000000Y") * 2', 'duration("P1M") * 1e30',
    'date and time("999999999-12-31T24:00:00")', 'duration("P' + "9" * 40 + 'D")', 'duration("P1D") * 1e30',
    "modulo(1e6000, 3)", 'number("1e999999999")',
    'matches("a", "(a{1000}){1000}")', "[1, 2][1e400]", 'substring("abc", 1e20)', "list replace([1], 1e30, 1)",
    'time(1, 2, 1e30)', 'date(1e30, 1, 1)', 'date(1000000000, 1, 1)',
    'date(-1000000000, 12, 31)', 'time(1, 2, 3, duration("P9D"))', 'time(1, 2, 3, duration("PT0.1S"))',
    'time(1, 2, 3, duration("PT14H1S"))',
])  # fmt: skip
def test_what_is_beyond_all_bounds_is_null(source):
    assert evaluate(source, {}) is None


@each("source", [
    "\x00", '"\x00"', '"\\u0000"', "\ud800", '"\\uD800"', '"\\uDC00\\uD800"', '"\\UFFFFFF"', "a\u202eb", "a\u061cb",
    "a\U000e0061", '"\x1b[31m"', "a\u200eb", '"\u2066"',
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


# --- more of what an attacker may write ---------------------------------------------------------

LARGE = {
    "t": "a" * 60_000, "zh": "中" * 60_000, "emoji": "𠮷" * 60_000, "csv": "a," * 30_000,
    "xs": [Decimal(i) for i in range(20_000)], "big": [Decimal(1)] * 60_000, "texts": ["x" * 50] * 1200,
    "ctx": {f"k{i}": Decimal(i) for i in range(3000)}, "records": [{"a": Decimal(i), "b": "x"} for i in range(5000)],
    #: Python's hash of each is 0: what keeps numbers in a set would compare each with each.
    "colliding": [Decimal(i * (2**61 - 1)) for i in range(20_000)],
}  # fmt: skip
#: As DOUBLING: 2 ** 22 ends that share their halves, so that they take no memory.
SHARED_CONTEXTS = "{a: {x: 1, y: 1}, " + ", ".join(
    f"{b}: {{x: {a}, y: {a}}}" for a, b in zip("abcdefghijklmnopqrstu", "bcdefghijklmnopqrstuv", strict=True)
)
HEAVY_PATTERN = "(\\\\p{L}{30}|\\\\i{30}|[a-z]{40}){8}"


@each("source", [
    "x.__ｃlass__", '"".format', '@"P1Y".months.__class__', "(function(a) a).parameters", "count.overloads",
    "(function(a) a).parameter_types", "count.variadic", "[1..2].one_sided", "moment.__reduce__", "moment.fold",
    "moment.resolution", "day.max", "day.replace", "span.resolution", '@"PT1S".nanos', "sort.call", "n.imag",
    'get value(get entries({a: 1})[1], "__class__")', "true.__class__", "null.__class__", "c.__getitem__", "c.get",
    "string.__globals__", "{f: function(a) a}.f.call", 'get value(count, "call")', "get entries(x)",
    "sort(xs, count)", "get entries(count)", "list replace(xs, count, 2)", "x instance of __class__",
    "x instance of list<__class__>", "(function(a: os.system) a)(1)", "__builtins__", "self", "env", "run",
    'lookup("x")', "locals()", "type(x)", "x.y()", "{a: __builtins__}.a", 'c["a"][1]', "c[key][1]", "partial", "item",
    "?",
])  # fmt: skip
def test_nothing_of_python_has_a_name(source):
    scope = {
        "x": "abc", "c": {"a": Decimal(1)}, "n": Decimal(1), "xs": ["a", "b"],
        "moment": datetime(2026, 1, 1, tzinfo=UTC), "day": date(2026, 1, 1), "span": timedelta(days=1),
    }  # fmt: skip
    assert evaluate(source, scope) is None


@each(("source", "value"), [
    ('{"__class__": 1, "__proto__": 2}.__class__', 1), ('get value({"__init__": 3}, "__init__")', 3),
    ('context put({}, "__class__", 5).__class__', 5), ('context([{key: "__dict__", value: 1}]).__dict__', 1),
    ('string("{0.__class__}")', "{0.__class__}"), ('replace("a", "a", "{0.__class__}%s")', "{0.__class__}%s"),
    ('"%s%n{x}${x}"', "%s%n{x}${x}"), ('string join(["{0}"], "%(a)s")', "{0}"), ('"=1+1"', "=1+1"),
    ("[[1][item.__class__ = null]]", [[1]]), ("for i in [1] return partial.append", [[]]),
])  # fmt: skip
def test_keys_and_formats_of_python_are_only_texts(source, value):
    assert evaluate(source, {"x": "abc"}) == value


@each("source", [
    "`x`", "$x", "x % 1", "x; 1", "x := 1", "lambda: 1", "x if x else 1", 'f"{x}"', "x[0:1]", "[i for i in x]",
    "{**c}",
    "*xs", "import os", "0x10", "1_000", "1j", "x.＿＿class＿＿", "a\u200eb", "a\u00adb", '"\u202a"', '"\u2069"',
    "\x85",
    "1\x1b[31m", "\b", "#x", "x?.y", "x || y", "!x", "x == 1", "'x'", "return 1", "for i in x", "some i in x",
    "[1..", "]1..2", "{a: 1, a: 2", "f(a: 1, 2)", "f(1, a: 2)", '@"', "@x", "1..2", "/* /* */ */", "//", "function(",
    "f((",
])  # fmt: skip
def test_other_languages_and_torn_sources_are_refused(source):
    with pytest.raises(FeelSyntaxError):
        compile_expression(source)


REPEATING = [
    # recursion: Y, mutual, through built-ins, and a tree of calls that is not deep
    "(function(f) (function(x) f(function(v) x(x)(v)))(function(x) f(function(v) x(x)(v))))"
    "(function(g) function(n) if n = 0 then 0 else g(n - 1))(100000)",
    "{f: function(n, s) s.g(n, s), g: function(n, s) s.f(n, s), r: f(1, {f: f, g: g})}.r",
    "(function(f) sort([1, 2], function(a, b) f(f)))(function(f) sort([1, 2], function(a, b) f(f)))",
    "(function(f, n) f(f, n))(function(f, n) list replace([1], function(a, b) f(f, n), 2), 1)",
    "(function(f, n) f(f, n))(function(f, n) if n = 0 then 1 else f(f, n - 1) + f(f, n - 1), 40)",
    "{f0: function() 1, " + ", ".join(f"f{i + 1}: function() f{i}() + f{i}()" for i in range(30)) + ", r: f30()}.r",
    # loops over what is short to write
    'count(for d in @"0001-01-01"..@"9999-12-31" return d)',
    'some d in @"9999-12-31"..@"0001-01-01" satisfies d.year = 0',
    '[@"0001-01-01"..@"9999-12-31"][item.year = 9999]', 'every d in [@"0001-01-01"..@"9999-12-31"] satisfies true',
    "count(for " + ", ".join(f"a{i} in [1, 2]" for i in range(200)) + " return 1)",
    "every " + ", ".join(f"a{i} in [1, 2]" for i in range(60)) + " satisfies true",
    "[1..9000][count([1..9000][item > 1]) > 0]", "count([-9000000000000000..9000000000000000][item > 0])",
    # growth by itself
    "for i in 1..40 return [partial, partial]",
    "count(for i in 1..40 return concatenate(flatten(partial), flatten(partial), [1]))",
    'for i in 1..40 return if i = 1 then "x" else partial[-1] + partial[-1]',
    'count(for i in 1..3000 return if i = 1 then {} else context put(partial[-1], "k" + string(i), i))',
    # over large variables: texts, lists, contexts
    "count(for i in 1..30 return replace(t, \"a\", \"b\"))", 'count(for i in 1..30 return split(csv, ","))',
    'count(for i in 1..30 return extract(t, "a"))', 'count(extract(t, "(a*)+?b|a"))', 'replace(t, "a[^b]*b|a", "x")',
    'count(for i in 1..30 return replace(emoji, "𠮷", "吉"))', 'replace(t, "(a)", "$1$1")',
    'count(for i in 1..30 return matches(zh, "(\\\\p{L}|\\\\i|\\\\c){1,100}[^\\\\p{L}]$"))',
    'count(for i in 1..30 return matches(t, "(a|b)*a(a|b){18}c"))', 'string join(for i in 1..2000 return "", t)',
    'string join(["a"], "b", t, t)', "+".join(["t"] * 900), "upper case(\"" + "ΐ" * 4000 + "\" + t)",
    "count(concatenate(" + ",".join(["big"] * 600) + "))", "count(for i in 1..300 return insert before(big, 1, 0))",
    "count(for i in 1..40 return append(big, big))", "count(list replace(big, function(a, b) true, 0))",
    "count(distinct values(records))", "count(union(xs, xs))", "count(distinct values(colliding))",
    "count(duplicate values(concatenate(xs, xs)))", "count(for i in 1..30 return index of(xs, i))",
    "xs[count(xs) > 1]",
    "for i in 1..3000 return list contains(xs, -1)",
    "sort(xs, function(a, b) count(sort(xs, function(c, d) c < d)) > 0)",
    "count(for i in 1..30 return context(get entries(ctx)))",
    "count(for i in 1..30 return context merge([ctx, ctx, ctx]))",
    "count(for i in 1..300 return string(xs))", "count(for i in 1..300 return ctx = context merge([ctx]))",
    "stddev(big)", 'big[contains(t, "b")]',
    # many of what is dear: patterns, zones, powers
    f'count(for i in 1..30000 return matches("a", "{HEAVY_PATTERN}" + string(i)))',
    'count(for i in 1..20000 return date and time("2026-01-01T00:00:00@A/B" + string(i)))',
    "count(for i in 1..30000 return 0.000123 ** -1234.567)",
    "count(for i in 1..30000 return log(1234.5678901234567890 + i))",
    'count(for i in 1..3000 return number("' + "9" * 3000 + '"))', 'duration("PT" + t + "S" + csv)',
    # shared halves
    DOUBLING + ", z: distinct values([v, v])}.z", DOUBLING + ", z: string join([string(v)])}.z",
    DOUBLING + ", z: v.x}.z",
    SHARED_CONTEXTS + ', z: v = context put(v, "x", u)}.z', SHARED_CONTEXTS + ", z: string(v)}.z",
    SHARED_CONTEXTS + "}.v",
    DOUBLING + ", z: v instance of " + "list<" * 22 + "number" + ">" * 22 + "}.z",
    DOUBLING + ", z: (function(p: " + "list<" * 22 + "number" + ">" * 22 + ") 1)(v)}.z",
    "count(for i in 1..9000 return big instance of list<number>)",
    "count(for i in 1..9000 return (function(p: list<number>) 1)(big))",
]  # fmt: skip


@pytest.mark.parametrize("source", some(REPEATING, 24))
def test_what_repeats_or_grows_in_other_ways_is_stopped(source):
    with pytest.raises(FeelLimitExceeded):
        evaluate(source, LARGE)


@each("source", [
    "for i in 1e6144..1e6144 return i", "for i in -1e33..1e33 return i", "[1..1e30][1]",
    "sum([1..1e9])", "substring(\"a\", 1e6144)", "sublist([1], 1e6144)", "partition([1], 1e6144)", "[1][1e6144]",
    "decimal(1, 1e6144)", "decimal(1e-6000, 6200)", "date(1e6144, 1, 1)", '@"PT1S" * 1e6144', '@"P1Y" * 1e6144',
    '@"2026-01-01" + @"PT1S" * 1e30', "1e6144 / 1e-6000", "product([1e3000, 1e3000, 1e3000])",
    'number("1e99999999999999999999")', 'number("' + "9" * 3900 + '", ",", ",")', 'date("-999999999-01-01T")',
    'date and time("2026-01-01T00:00:00@' + "A/" * 40 + 'A")', 'time("00:00:00@.")',
    'date and time("2026-01-01T00:00:00@..")', '@"2026-01-01T00:00:00@posixrules/../Asia/Shanghai"',
    'matches("a", "(?P<n>a)")', 'matches("a", "(?i)a")',
    'matches("a", "(((((a{100}){100}){100}){100}){100})")', 'replace("a", "a", "$")', 'replace("a", "a?", "x")',
])  # fmt: skip
def test_more_that_is_beyond_all_bounds_is_null(source):
    assert evaluate(source, {}) is None


@pytest.mark.parametrize("source", [
    "sort(xs, function(a, b) true)", "sort(xs, function(a, b) a * 7 - 11 * b < 5 and a != b)", "median(colliding)",
    "sort(xs, sort)", "get or else(xs, xs)", "for i in 1..30 return count(partial)",
    DOUBLING + ", z: [v..v]}.z", "count(for i in 1..300 return if i = 1 then {} else {a: partial[-1]})",
    'replace("a", "a", "$20$99$1")', 'count(split(t, "a*b"))', 'string length(replace(t, "a+b", "x"))',
    "context put({}, for i in 1..32 return \"a\", 1)", "1e29 in [1..1e30]", "{a: 1}." + "x" * 4000, "n" * 4096,
    "+".join(f"n{i}" for i in range(680)), "t in (" + ",".join(['"b"'] * 900) + ")",
    'number("' + "0" * 3900 + '1e6144")',
])  # fmt: skip
def test_odd_but_small_work_ends(source):
    first = second = "limit"
    with suppress(FeelLimitExceeded):
        first = repr(evaluate(source, LARGE))
    with suppress(FeelLimitExceeded):
        second = repr(evaluate(source, LARGE))
    assert first == second


GROWING = [
    'count(for i in 1..3000 return emoji + "𠮷")', "count(for i in 1..3000 return lower case(emoji))",
    "count(for i in 1..33 return get entries(ctx))", "count(for i in 1..3000 return sublist(big, 2))",
    "count(for i in 1..30 return for j in 1..1500 return {a: j, b: {c: j}})",
    "count(for i in 1..40 return partition(xs, 1))",
    "count(for i in 1..30 return split(csv, \"\"))", "count(for i in 1..300 return string(xs))",
    "count(for i in 1..3000 return partial)",
    'count(for i in 1..3000 return if i = 1 then {} else context put(partial[-1], '
    '"k" + string(i), i))', "for i in 1..40 return [partial, partial]", DOUBLING + ", z: string(v)}",
    f'count(for i in 1..3000 return matches("a", "{HEAVY_PATTERN}" + string(i)))',
]  # fmt: skip


@pytest.mark.parametrize("source", some(GROWING, 7))
def test_what_grows_is_stopped_before_it_takes_64_megabytes(source):
    tracemalloc.start()
    try:
        with suppress(FeelLimitExceeded):
            evaluate(source, LARGE)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


@each("shape", [
    "1 in ({}..2]", "1 in (({})..2)", "]{}..2]", "[1..{}[", "x[[{}..2[]", "[x[{}]..2[", "1 in (1 in ({}), 2)",
    "not({})",
    "if {} then 1 else 2", "for i in ({})..2 return 1", "(function(a) {})(1)", "{{a: {}}}", "f(a: {})", "x[{}]",
])  # fmt: skip
def test_nesting_a_source_does_not_double_the_parsers_work(shape):
    source = "1"
    for _ in range(60):
        source = shape.replace("{{", "\0").replace("{}", source).replace("\0", "{").replace("}}", "}")
    before = process_time()
    for compile_text in (compile_expression, compile_unary_tests):
        with suppress(FeelSyntaxError):
            compile_text(source)
    assert process_time() - before < 20
