"""Functions on texts (DMN 1.5 §10.3.4.3, table 76) and those that Camunda adds."""

from __future__ import annotations

import base64
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import FeelLimitExceeded
from engine.feel import evaluate
from tests.each import each

D = Decimal


@each(("source", "value"), [
    ('substring("foobar", 3)', "obar"), ('substring("foobar", 3, 3)', "oba"), ('substring("foobar", -2, 1)', "a"),
    ('substring("foobar", -6, 6)', "foobar"), ('substring("foobar", 6)', "r"), ('substring("foobar", 7)', None),
    ('substring("foobar", -7)', None), ('substring("foobar", 0)', None), ('substring("foobar", 0.9)', None),
    ('substring("foobar", 2.9, 1)', "o"), ('substring("foobar", -1.9)', "r"), ('substring("foobar", 3, 3.8)', "oba"),
    ('substring("foobar", 3, 0)', None), ('substring("foobar", 3, 0.9)', None), ('substring("foobar", 3, -1)', None),
    ('substring("foobar", 3, 100)', "obar"), ('substring("foobar", 3, 1e20)', "obar"),
    ('substring("foobar", 1e20)', None),
    ('substring("foobar", 3, null)', "obar"), ('substring("快递查询", 3)', "查询"), ('substring("a𠮷b", 2, 1)', "𠮷"),
    ('substring("", 1)', None), ('substring(null, 1)', None), ('substring("a", "1")', None),
    ('string length("a𠮷中")', 3), ('string length("e\u0301")', 2), ('string length("")', 0),
    ("string length(null)", None),
    ('upper case("straße")', "STRASSE"), ('upper case("ŉé中")', "ʼNÉ中"), ('lower case("ÀΣİ")', "àσi̇"),
    ('lower case("")', ""),
    ('substring before("foobar", "bar")', "foo"), ('substring before("foobar", "xyz")', ""),
    ('substring before("foobar", "")', ""),
    ('substring before("foobar", "o")', "f"), ('substring before("", "a")', ""), ('substring before("", "")', ""),
    ('substring after("foobar", "ob")', "ar"), ('substring after("foobar", "x")', ""),
    ('substring after("foobar", "")', "foobar"),
    ('substring after("", "a")', ""), ('substring after("", "")', ""), ('substring after("abc", "c")', ""),
    ('contains("foobar", "of")', False), ('contains("foobar", "")', True), ('contains("", "")', True),
    ('contains("a", null)', None),
    ('starts with("foobar", "fo")', True), ('starts with("foobar", "")', True), ('starts with("", "a")', False),
    ('ends with("foobar", "r")', True), ('ends with("foobar", "")', True), ('ends with("foobar", "fo")', False),
    (r'split("John Doe", "\\s")', ["John", "Doe"]), ('split("a;b;c;;", ";")', ["a", "b", "c", "", ""]),
    (r'split("a1b22c", "\\d+")', ["a", "b", "c"]), ('split("", ";")', [""]), ('split("abc", ";")', ["abc"]),
    ('split(";a", ";")', ["", "a"]), ('split("a.b", "\\.")', ["a", "b"]), ('split("abc", "")', None),
    ('split("abc", "x*")', None),
    ('split("abc", "[")', None), ('split(null, ",")', None), ('split("甲、乙,丙", "[、,]")', ["甲", "乙", "丙"]),
    ('string join(["a", "b"])', "ab"), ('string join(["a", "b"], "、")', "a、b"),
    ('string join(["a", "b"], null)', "ab"),
    ('string join(["a", null, "c"], "X")', "aXc"), ('string join([null], "X")', ""), ("string join([])", ""),
    ('string join([], "X", "<", ">")', "<>"), ('string join(["a", "b"], ",", "<", ">")', "<a,b>"),
    ('string join(["a"], ",", null, null)', "a"), ('string join(["a"], ",", "<")', None),
    ('string join(["a", 1], ",")', None),
    ('string join("a", ",")', "a"),
    ('string join(list: ["a", "b"], delimiter: "-", prefix: "(", suffix: ")")', "(a-b)"),
    ('trim("  a b\n")', "a b"), ('trim("\u3000中\u3000")', "中"), ('trim("")', ""), ("trim(null)", None),
    ('is blank("")', True), ('is blank(" \t\u3000")', True), ('is blank(" a ")', False), ("is blank(null)", None),
    ('extract("references are 1234, 1256, 1378", "12[0-9]*")', ["1234", "1256"]), ('extract("abc", "x")', []),
    ('extract(string: "a1", pattern: "[0-9]")', ["1"]), ('extract(input: "a1", pattern: "[0-9]")', ["1"]),
    ('extract("订单SO-1001和SO-1002", "SO-[0-9]+")', ["SO-1001", "SO-1002"]), ('extract("a", "(")', None),
    ('extract("a", null)', None),
    ('to base64("FEEL")', "RkVFTA=="), ('to base64("")', ""), ('to base64("快递")', "5b+r6YCS"),
    ('to base64(value: "a")', "YQ=="),
    ("to base64(1)", None), ("to base64(null)", None),
])  # fmt: skip
def test_a_function_on_texts_gives_what_the_standard_says(source, value):
    got = evaluate(source, {})
    assert got == value
    assert isinstance(got, bool) is isinstance(value, bool)


@given(st.text("ab中𠮷", min_size=1, max_size=8), st.integers(-9, 9), st.integers(1, 9))
def test_positions_count_from_both_ends(text, start, length):
    got = evaluate("substring(t, s, l)", {"t": text, "s": D(start), "l": D(length)})
    if not start or abs(start) > len(text):
        assert got is None
    else:
        begin = start - 1 if start > 0 else len(text) + start
        assert got == text[begin : begin + length]


@given(st.lists(st.text("ab中", max_size=3), min_size=1, max_size=5))
def test_split_undoes_string_join(pieces):
    assert evaluate('split(string join(xs, ";"), ";")', {"xs": pieces}) == pieces


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_base64_is_that_of_the_texts_utf_8(text):
    assert base64.b64decode(evaluate("to base64(t)", {"t": text})).decode() == text


def test_lone_surrogates_have_no_base64():
    assert evaluate("to base64(t)", {"t": "\ud800"}) is None


def test_a_long_delimiter_counts_only_where_it_stands():
    assert evaluate("string join([x], d)", {"x": "a", "d": "-" * 65_536}) == "a"


@pytest.mark.parametrize("source", [
    "string length(string join([t, t], t))", "string length(to base64(t))", "string length(upper case(s))",
    'string join(["a"], "", t, t)',
])  # fmt: skip
def test_texts_that_grow_too_long_are_stopped(source):
    with pytest.raises(FeelLimitExceeded):
        evaluate(source, {"t": "x" * 60_000, "s": "ß" * 60_000})
