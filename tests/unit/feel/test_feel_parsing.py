"""The parser: round trips, names of several words, and complaints that say where."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FeelError, FeelSyntaxError
from engine.feel import compile_expression, compile_source, compile_unary_tests, evaluate
from engine.feel.syntax.parser import parse_expression
from engine.feel.syntax.tree import Arithmetic, Call, Constant, Filter, Iterator, Name, RangeLiteral, Syntax
from engine.feel.syntax.tree import Test as UnaryTest
from tests.each import each
from tests.sample import times
from tests.unit.feel.feel_printer import show, trees

D = Decimal


@settings(max_examples=times(150, 37), deadline=None)
@given(trees)
def test_a_printed_tree_parses_to_itself(tree):
    assert parse_expression(show(tree)) == tree


@settings(max_examples=times(200, 50), deadline=None)
@given(st.text("()[]{}.,:\"'+-*/<>=!@ abif1andortheelsrun\n中?", max_size=40))
def test_any_text_either_compiles_or_is_refused_with_a_place(source):
    for compiles in (compile_expression, compile_unary_tests):
        place = 0
        try:
            compiles(source)
        except FeelSyntaxError as error:
            place = error.position
        assert 0 <= place <= len(source)


@each(
    ("source", "position", "word"),
    [
        ("1 +", 3, "a value"),
        ("if a then 1", 11, "'else'"),
        ("(1", 2, "')'"),
        ("[1, 2", 5, "']'"),
        ("a b", 2, "the end"),
        ('"abc', 0, "not closed"),
        ("金额 ＞ 3", 3, "full-width"),
        ("{a: 1, a: 2}", 7, "again"),
        ("for x in [1] 2", 13, "'return'"),
        ("]1..5", 5, "end of a range"),
        ("f(a: 1, 2)", 10, "names for all"),
        ("1 # 2", 2, "unexpected"),
        ("", 0, "a value"),
    ],
)
def test_a_syntax_error_names_place_and_problem(source, position, word):
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(source)

    assert caught.value.position == position
    assert word in caught.value.problem
    assert str(position + 1) in caught.value.message_zh


def test_a_syntax_error_is_an_error_of_feel():
    assert issubclass(FeelSyntaxError, FeelError)


def test_a_name_of_several_words_is_one_name_when_the_surroundings_know_it():
    assert evaluate("order amount * 2", {"order amount": D(3)}) == 6
    assert evaluate("a-b", {"a-b": D(7)}) == 7
    assert evaluate("a-b", {"a": D(7), "b": D(2)}) == 5


def test_the_longest_known_name_wins():
    assert evaluate("order amount", {"order": D(1), "order amount": D(2)}) == 2


def test_keys_of_a_context_are_names_for_the_entries_after_them():
    assert evaluate("{first name: 1, both: first name + 1}.both", {}) == 2
    assert evaluate('[{"unit price": 2}, {"unit price": 3}][unit price > 2].unit price', {}) == [3]


def test_parameters_and_iterators_may_have_several_words():
    assert evaluate("(function(my value) my value + 1)(2)", {}) == 3
    assert evaluate("for each one in [1, 2] return each one * 2", {}) == [2, 4]


def test_a_builtin_of_several_words_does_not_swallow_variables():
    assert evaluate("date and time", {"date": True, "time": False}) is False


def test_a_variable_may_have_the_name_of_a_builtin():
    expression = compile_expression("duration > 3 and count([1]) = 1")
    assert expression({"duration": D(4)}.get) is True
    assert "duration" in expression.names


def test_names_are_the_free_ones_only():
    assert compile_expression("for i in xs return i + y + {k: 1, l: k + z}.l").names == {"xs", "y", "z"}
    assert compile_expression("count(items[price > 3])").names == {"items", "price"}


def test_minus_binds_tighter_than_power():
    assert evaluate("-2 ** 2", {}) == 4


def test_operators_of_one_level_chain_from_the_left():
    assert parse_expression("1 - 2 - 3") == Arithmetic(Constant(D(1)), (("-", Constant(D(2))), ("-", Constant(D(3)))))
    assert evaluate("10 - 2 - 3", {}) == 5
    assert evaluate("2 ** 3 ** 2", {}) == 64


def test_a_bracket_after_the_end_of_a_range_opens_it():
    assert parse_expression("]1..5[") == RangeLiteral(
        Constant(D(1)), Constant(D(5)), low_closed=False, high_closed=False
    )
    assert parse_expression("[1..x[1]]").high == Filter(Name("x"), Constant(D(1)))
    assert parse_expression("]1..x[").high == Name("x")


def test_comments_are_no_source():
    assert evaluate("1 /* one */ + 2 // three", {}) == 3


def test_escapes_of_texts():
    assert evaluate(r'"a\n\t\"\\\u4e2d\U01F40E\uD83D\uDC0E"', {}) == 'a\n\t"\\中🐎🐎'


def test_a_call_by_name_keeps_its_names():
    assert parse_expression('substring(string: "abc", start position: 2)') == Call(
        Name("substring"), (Constant("abc"), Constant(D(2))), ("string", "start position")
    )


def test_a_text_of_a_file_is_feel_only_behind_an_equals_sign():
    assert compile_source("=1 + 1")(lambda name: None) == 2
    assert compile_source("P1D")(lambda name: None) == "P1D"
    with pytest.raises(FeelSyntaxError):
        compile_source("= 1 +")


def test_depth_of_64_is_allowed_and_65_is_not():
    assert evaluate("(" * 63 + "1" + ")" * 63, {}) == 1
    with pytest.raises(FeelSyntaxError, match="64 levels"):
        compile_expression("(" * 64 + "1" + ")" * 64)


def test_4096_characters_are_allowed_and_one_more_is_not():
    assert evaluate("1" + " " * 4095, {}) == 1
    with pytest.raises(FeelSyntaxError, match="4096"):
        compile_expression("1" + " " * 4096)


@each(
    ("source", "zh", "expected"),
    [
        ("if a then 1", "此处应为「else」,但表达式到此结束", ("else",)),
        ("[1, 2", "此处应为「]」或「,」,但表达式到此结束", ("]", ",")),
        ("订单 金额", "此处应为表达式的结尾,却是「金额」;没有名为「订单 金额」的名称", ("end",)),
        (
            'uper case("a")',
            "此处应为表达式的结尾,却是「case」;没有名为「uper case」的名称,您是否想写「upper case」",
            ("end",),
        ),
        ("1 2", "此处应为表达式的结尾,却是「2」", ("end",)),
        ("1 + * 2", "此处应为一个值,却是「*」", ("value",)),
        ("金额 ＞ 3", "全角字符 ＞,请改用半角", ()),
        ("{a: 1, a: 2}", "键 'a' 重复", ()),
        ("(" * 70, "嵌套超过 64 层", ()),
        ('@2026-01-01', "此处应为@ 后面用引号括起的日期、时间或时长,却是「2026」", ("at",)),
        ("1e9999", "数字超出 10^±6144 的范围", ()),
    ],
)  # fmt: skip
def test_a_syntax_error_says_in_chinese_what_should_stand_there(source, zh, expected):
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(source)

    assert caught.value.problem_zh == zh
    assert caught.value.expected == expected
    assert zh in caught.value.message_zh


def spans(source):
    """What each node of the tree covers of the source."""
    found = {}

    def walk(node):
        if isinstance(node, Syntax):
            found[source[slice(*node.span)]] = type(node).__name__
        if is_dataclass(node) and not isinstance(node, type):
            for each in fields(node):
                walk(getattr(node, each.name))
        if isinstance(node, tuple):
            for item in node:
                walk(item)

    walk(parse_expression(source, ["order amount"]))
    return found


def test_every_node_knows_its_place_in_the_source():
    source = 'if order amount > 3 then f(x: [a, b][1]).c else -(1 + 2) * "中文"'
    found = spans(source)
    assert found[source] == "If"
    assert found["order amount > 3"] == "Comparison"
    assert found["order amount"] == "Name"
    assert found["f(x: [a, b][1]).c"] == "Path"
    assert found["[a, b][1]"] == "Filter"
    assert found['-(1 + 2) * "中文"'] == "Arithmetic"
    assert found["-(1 + 2)"] == "Negation"
    assert found['"中文"'] == "Constant"


@settings(max_examples=times(100, 25), deadline=None)
@given(trees)
def test_the_source_of_a_node_is_an_expression_that_gives_the_node_again(tree):
    source = show(tree)
    parsed = parse_expression(source)
    for node in parts_of(parsed):
        start, end = node.span
        assert parse_expression(source[start:end]) == node


def parts_of(node):
    """A tree's nodes that are expressions of their own, not bound to names around them."""
    if isinstance(node, UnaryTest | Iterator):
        return [part for each in fields(node) for part in parts_of(getattr(node, each.name))]
    if isinstance(node, tuple):
        return [part for item in node for part in parts_of(item)]
    if not isinstance(node, Syntax):
        return []
    return [node, *(part for each in fields(node) for part in parts_of(getattr(node, each.name)))]


def test_a_comparison_alone_is_a_range_of_one_side():
    assert evaluate("list contains([< 5, > 10], < 5)", {}) is True
    assert evaluate("3 in r", {"r": evaluate("<= 3", {})}) is True
    assert evaluate("{r: >= 7}.r.start", {}) == 7


def test_a_builtin_of_several_words_is_a_value_like_others():
    assert evaluate('{f: string length}.f("中文")', {}) == 2
    assert evaluate('[upper case, lower case][2]("A")', {}) == "a"


def test_an_argument_may_be_named_by_a_name_with_signs():
    assert evaluate("{f: function(first-name, b) first-name + b}.f(b: 1, first-name: 2)", {}) == 3
    assert evaluate("{f: function(a) a}.f(a: {b: 1}).b", {}) == 1


@pytest.mark.parametrize("name", ["product", "count", "date", "min", "sort"])
def test_an_unset_variable_of_a_case_is_null_also_where_a_function_has_its_name(name: str) -> None:
    """A form may ask for 商品 as ``product``: until it is filled in, it is nothing, and no function."""
    assert compile_source(f"={name}")({}.get) is None
    assert compile_source(f"={name} = null")({}.get) is True
    assert compile_source(f"={{kept: {name}}}")({}.get) == {"kept": None}
    assert compile_source(f"={name}")({name: "连衣裙"}.get) == "连衣裙"


def test_functions_are_called_all_the_same_and_are_values_in_decision_models() -> None:
    assert compile_source("=product([2, 3])")({}.get) == 6
    assert compile_source("=count([product, 1])")({"product": 1}.get) == 2
    assert compile_expression("product")({}.get) is not None
