"""FEEL against the standard's own text: the language (DMN 1.5 §10.3.1, §10.3.2). Each row is true."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import FeelSyntaxError
from engine.feel import compile_unary_tests, evaluate
from tests.each import each

D = Decimal
#: §10.6.1, Figure 10-28: the context of the examples.
FIGURE = {
    "applicant": {
        "age": D(51), "maritalStatus": "M", "existingCustomer": False,
        "monthly": {"income": D(10_000), "repayments": D(2500), "expenses": D(3000)},
    },
    "requested product": {"product type": "STANDARD LOAN", "rate": D("0.25"), "term": D(36), "amount": D("100000.00")},
}  # fmt: skip
NAMED = """{
    monthly income: applicant.monthly.income,
    monthly outgoings: [applicant.monthly.repayments, applicant.monthly.expenses],
    credit history: [
        {record date: date("2008-03-12"), event: "home mortgage", weight: 100},
        {record date: date("2011-04-01"), event: "foreclosure warning", weight: 150}
    ],
    PMT: function(rate, term, amount) (amount * rate / 12) / (1 - (1 + rate / 12) ** -term),
    r: %s
}.r"""


def is_true(source: str, variables: dict[str, object] | None = None) -> None:
    assert evaluate(source, variables or {}) is True, source


@each("source", [
    "5 in (<= 5)", "not(5 in ((5..10]))", "5 in ([5..10])", "5 in (4, 5, 6)",
    'date("2012-12-31") in ((date("2012-12-25")..date("2013-02-14")))',
    'string(decimal(1, 2)) = "1"', ".25 + .2 = 0.45", ".10 * 30.00 = 3.0000", "1 + 3/2*2 - 2**3 = -4.0",
    "1/3 = 0.3333333333333333333333333333333333", "decimal(1/3, 2) = 0.33", "1 = 1.000", "1.01/2 = 0.505",
    "decimal(0.505, 2) = 0.50", "decimal(0.515, 2) = 0.52", "1.0*10**3 = 1000.0",
])  # fmt: skip
def test_the_first_examples_hold(source):  # Tables 39 and 40
    is_true(source)


def test_one_example_of_a_test_holds_against_its_row():
    """Table 39 says false of ``5 in (<5, >5)``."""
    assert evaluate("5 in (< 5, > 5)", {}) is False


@pytest.mark.parametrize(("source", "value"), [
    ("monthly income * 12", D(120_000)),
    ('if applicant.maritalStatus in ("M", "S") then "valid" else "not valid"', "valid"),
    ("sum(monthly outgoings)", D(5500)),
    ("PMT(requested product . rate, requested product . term, requested product . amount)",
     D("3975.982590125552338278440100112431")),
    ('sum(credit history[record date > date("2011-01-01")].weight)', D(150)),
    ('some ch in credit history satisfies ch.event = "bankruptcy"', False),
])  # fmt: skip
def test_the_examples_of_the_last_section_hold(source, value):  # §10.6
    assert evaluate(NAMED % source, FIGURE) == value


@each("source", [
    # Rules 1, 2 and 4: precedence is the order of the alternatives; infix operators are left associative.
    "2 + 3 * 4 = 14", "2 * 3 ** 2 = 18", "10 - 4 - 3 = 3", "100 / 10 / 5 = 2", "2 ** 3 ** 2 = 64", "-2 ** 2 = 4",
    "2 ** -1 = 0.5", "1 + 2 < 4 and 3 > 2 or false", "true or false and false", "-(3) = 0 - 3", "- - 3 = 3",
    "{f: function() 3}.f() * 2 = 6", "1 < 2 = true", "(1 + 2) instance of number", "-1 instance of number",
    "(1 + 2 instance of string) = null",
    # Rules 7 to 16: every border, as a value and after ``in``.
    "5 in ]4..6[", "5 in [5..6[", "not(5 in ]5..6])", "not(5 in (5..6])", "5 in >= 5", "not(5 in < 5)",
    "[1..2] = [1..2]", "]1..2[ = (1..2)", "(< 10) = (< 10)", "(> 1) != (>= 1)", "5 in [1 + 1..2 * 3]",
    'date("2019-06-01") in (@"2019-01-01"..@"2020-01-01")',
    # Rule 35 and 64; §10.3.2.3.2: a character may be given by its code point, beyond the first plane too.
    "0.5 = .5", "007 = 7", r'"\u0041" = "A"', r'string length("\U01F40E") = 1', r'"\uD83D\uDC0E" = "\U01F40E"',
    r'"a\"b\\c\td\ne\rf\'" != null', r'string length("\"\\\t\n\r\'") = 6', r'string length("\q") = 2',
    # Rules 44 to 46.
    "(for i in 1..3 return i * i) = [1, 4, 9]", "(for i in 3..1 return i) = [3, 2, 1]",
    "(for i in 50..48 return i) = [50, 49, 48]", "{x: 2, r: for i in x..x+2 return i}.r = [2, 3, 4]",
    "(for i in -1..1 return i) = [-1, 0, 1]", "(for i in 2..2 return i) = [2]", "(for i in [] return i) = []",
    "(for i in [1, 2], j in [3, 4] return [i, j]) = [[1, 3], [1, 4], [2, 3], [2, 4]]",
    "(for i in [[1, 2], [3]], j in i return j) = [1, 2, 3]",
    "{N: 4, r: for i in 0..N return if i = 0 then 1 else i * partial[-1]}.r = [1, 1, 2, 6, 24]",
    "(for i in [1, 2], j in [3, 4] return count(partial)) = [0, 1, 2, 3]",
    "(for i in [1, null] return i) = [1, null]", "(for i in null return i) = null",
    "some i in [1, 2], j in [2, 3] satisfies i = j", "every i in [1, 2], j in [3, 4] satisfies i < j",
    "every i in [] satisfies false", "(some i in [] satisfies true) = false",  # the empty product
    "(every i in [true, null] satisfies i) = null", "(every i in [false, null] satisfies i) = false",
    "(some i in [true, null] satisfies i) = true", "(some i in [false, null] satisfies i) = null",
    "(if null then 1 else 2) = 2", '(if "true" then 1 else 2) = 2', "(if true then 1 else 2) = 1",
    # Rule 55, 57 and 59.
    "(function() 1)() = 1", "(function(a: number, b) a + b)(1, 2) = 3", '{"a": 1}.a = 1', '{"a b": 1} = {a b: 1}',
    "{} = {}", "[] = []", "{a: 1, b: a + 1, c: a + b}.c = 3", "{a: {b: {c: 1}}}.a.b.c = 1",
    "{a: 1, b: {a: 2, c: a}}.b.c = 2", "{a: 1, b: {c: a}}.b.c = 1",
    "(function(x) external {java: {class: \"java.lang.Math\", method signature: \"cos(double)\"}}) != null",
])  # fmt: skip
def test_the_grammar_means_what_it_says(source):  # §10.3.1.2
    is_true(source)


@each("space", [*" \t\n\v\f\r\x85\xa0\u1680\u180e\u2000\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"])
def test_every_white_space_parts_tokens(space):  # rule 61
    is_true(f"{space}1{space}+{space}a{space}b{space}={space}3", {"a b": D(2)})
    assert evaluate(f"Phone{space}{space}Number", {"Phone Number": "1"}) == "1"  # §10.3.1.4


@each("source", [
    "1 /* one */ + /* two\nlines */ 2 = 3", "1 + // to the end\n 2 = 3", "// first\n1 = 1", "1 = 1 // last",
    "/**/1 = 1",
    '"//" = "/" + "/"', '"/* */" != ""', "/* // */ 1 = 1", "[1, /* two */ 2] = [1, 2]",
])  # fmt: skip
def test_comments_are_as_in_java(source):  # §10.3.1.2, additional rules
    is_true(source)


@each(("name", "value"), [
    ("a-b", D(9)), ("Profit and loss", D(9)), ("what if?", D(9)), ("Income+Expenses", D(9)), ("a.b", D(9)),
    ("net/gross", D(9)), ("customer's age", D(9)), ("x*y", D(9)), ("订单 金额", D(9)),
    ("_a1", D(9)), ("?x", D(9)), ("é·̀‿", D(9)), ("a 1 b", D(9)), ("𠮷", D(9)), ("x  or   y", D(9)),
])  # fmt: skip
def test_a_name_may_hold_what_the_grammar_allows_and_the_longest_wins(name, value):  # rules 25 to 30, §10.3.1.6
    assert evaluate(f"{name} + 1", {name: value, "a": D(5), "b": D(1), "x": D(1)}) == value + 1
    assert evaluate(f"{{{name}: 3, r: {name} * 2}}.r", {}) == 6


def test_parentheses_break_a_name_and_spaces_do_not():  # §10.3.1.6
    scope = {"a": D(5), "b": D(3), "a-b": D(9)}
    assert evaluate("(a)-(b)", scope) == 2
    assert evaluate("a - b", scope) == 9
    assert evaluate("a-b", {"a": D(5), "b": D(3)}) == 2


@each("source", [
    "5.", "+5", "1..2", "[1..2", "{a 1}", "{a: 1, a: 2}", "if true then 1", "for i in [1]", "some i in [1]", "1 +",
    "f(a: 1, 2)",
    "@1", "function(x)", "1 between 2", "x instance of", 'a."b"', "{1: 2}", "[1, 2", '"abc',
])  # fmt: skip
def test_what_the_grammar_does_not_know_is_refused(source):
    with pytest.raises(FeelSyntaxError):
        evaluate(source, {})


def test_an_exponent_is_read_as_the_grammar_of_dmn_1_4_has_it():
    """§10.3.2.3.1 says still that there is none; the rule of numeric literals has had it since 1.4."""
    assert evaluate("1.2e3 = 1.2*10**3 and 5E-2 = 0.05", {}) is True


@each(("cell", "value", "wanted"), [
    ("-", D(1), True), ("1, 2", D(2), True), ("not(1, 2)", D(2), False), ("not(1, 2)", D(3), True),
    ("[1..3]", D(3), True),
    ("< 3", D(3), False), ("[1, 2]", D(2), True), ("[1, 2]", [D(1), D(2)], True),  # §7.3.2 a to d
    ("? > 2", D(3), True), ("? * 2 = 6", D(3), True), ('starts with(?, "a")', "ab", True), ("[[1..2], 5]", D(2), True),
    ("null", None, True), ("null", D(1), False), ("not(null)", D(1), True), ('"a"', D(1), None), ("true", False, False),
    ("some i in [1] satisfies i = ?", D(1), True), ("? in [1..5]", D(4), True), ("not(? > 2)", D(1), True),
])  # fmt: skip
def test_unary_tests_are_satisfied_as_the_text_says(cell, value, wanted):  # rule 15, §7.3.2, §10.3.2.10
    assert compile_unary_tests(cell)(value, {}.get) is wanted
