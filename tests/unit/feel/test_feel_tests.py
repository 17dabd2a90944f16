"""Unary tests: the cells of decision tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.feel import compile_unary_tests
from tests.each import each

D = Decimal
NOTHING = {}.get


@each(("cell", "value", "passes"), [
    ("-", None, True),
    ("]24..48]", D(24), False),
    ("]24..48]", D("24.01"), True),
    ("]24..48]", D(48), True),
    ("[24..48[", D(48), False),
    ("(2..5)", D(2), False),
    ("> 72", D("72"), False),
    ("> 72", D("72.1"), True),
    ('"a","b"', "b", True),
    ('"a","b"', "c", False),
    ('not("b")', "b", False),
    ('not("b")', "a", True),
    ('not("a", "b")', "b", False),
    ('contains(?, "缺货")', "已缺货", True),
    ('contains(?, "缺货")', "有货", False),
    ("? > 3 and ? < 5", D(4), True),
    ("true", True, True),
    ("true", False, False),
    ("true", None, False),
    ("true", "a", None),
    ("flag", None, False),
    ("flag", True, True),
    ("not(true)", None, True),
    ("false", False, True),
    ("null", None, True),
    ("null", D(1), False),
    ("not(null)", D(1), True),
    ("not(null)", None, False),
    ('"a"', None, False),
    ("< 5, > 10", D(11), True),
    ("[1..2], 7", D(7), True),
    ("limit", D(3), True),
    ("<= limit", D(3), True),
    ('["a", "b"]', "a", True),
    ("= 3", D(3), True),
    ("!= 3", D(3), False),
    ('date("2026-01-01")', date(2026, 1, 1), True),
    ('[@"2026-01-01"..@"2026-01-31"]', date(2026, 2, 1), False),
    ("limit > 2", D(99), True),
    ("limit > 5", D(99), None),
    ("> 3", None, None),
    ("> 3", "a", None),
    ("[1..3]", None, None),
    ('not(contains(?, "x"))', "abc", True),
    ("not(> 5)", D(3), True),
    ('not("a") and true', True, False),
])  # fmt: skip
def test_a_cell_says_what_the_standard_says(cell, value, passes):
    assert compile_unary_tests(cell)(value, {"limit": D(3), "flag": True}.get) is passes


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9))
def test_an_interval_and_its_two_comparisons_agree(value, low, high):
    closed = compile_unary_tests(f"[{low}..{high}]")(D(value), NOTHING)
    assert closed is (low <= value <= high)
    assert compile_unary_tests(f"not([{low}..{high}])")(D(value), NOTHING) is not closed
    assert compile_unary_tests(f"? >= {low} and ? <= {high}")(D(value), NOTHING) is closed
    assert compile_unary_tests(f"]{low}..{high}[")(D(value), NOTHING) is (low < value < high)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.integers(0, 5))
def test_a_list_of_tests_passes_when_one_does(numbers, value):
    assert compile_unary_tests(", ".join(map(str, numbers)))(D(value), NOTHING) is (value in numbers)


def test_names_of_a_cell_leave_out_the_input():
    assert compile_unary_tests("? > limit").names == {"limit"}
