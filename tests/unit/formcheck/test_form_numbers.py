from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.formcheck import check, check_values
from tests.each import each
from tests.unit.formcheck.form_samples import MONDAY_9AM, REQUIRED, form, number


def judge(typed, context=None, **component):
    return check(form(number(**component)), {"x": typed}, context or {}, now=MONDAY_9AM)


@each(
    ("typed", "value"),
    [
        ("12", "12"),
        (" 5 ", "5"),
        ("+5", "5"),
        ("-0.5", "-0.5"),
        (".5", "0.5"),
        ("007", "7"),
        ("0.10", "0.1"),
        ("1,234.50", "1234.5"),
        ("12,345,678", "12345678"),
        ("１２．５", "12.5"),
        ("－３", "-3"),
        ("\u200b5\u200b", "5"),
        ("5\u3000", "5"),
        ("9" * 34, "9" * 34),
        ("0." + "3" * 33, "0." + "3" * 33),
    ],
)
def test_a_number_is_read_as_people_write_it(typed, value):
    submission = judge(typed)
    assert submission.errors == {}
    assert submission.variables == {"x": Decimal(value)}


@each(
    "typed",
    [
        "1e5",
        "1E5",
        "NaN",
        "Infinity",
        "-inf",
        "12元",
        "¥5",
        "1.2.3",
        "12,34",
        "1,2345",
        ",5",
        "5.",
        "--5",
        "0x10",
        "1 2",
        "½",
        "٣",
        "三",
        "true",
        "=5",
        "+",
        ".",
    ],
)
def test_what_is_no_plain_number_is_refused_with_an_example(typed):
    submission = judge(typed)
    assert submission.variables == {}
    assert submission.errors == {"x": "金额须为数字,例如 12 或 12.5"}
    assert submission.errors_en == {"x": "金额 must be a number, such as 12 or 12.5"}


@pytest.mark.parametrize("typed", ["1" * 35, "1" * 40, "0." + "1" * 35, "-" + "1" * 20 + "." + "1" * 20])
def test_more_digits_than_are_kept_exactly_are_refused(typed):
    assert judge(typed).errors == {"x": "金额位数过多,最多 34 位数字"}


@pytest.mark.parametrize(("typed", "fits"), [("0", True), ("199.00", True), ("-0.01", False), ("199.01", False)])
def test_bounds_include_their_ends_and_are_named_as_the_form_writes_them(typed, fits):
    submission = judge(typed, validate={"min": 0, "max": Decimal("199.00")})
    assert submission.errors == ({} if fits else {"x": "金额须在 0 到 199.00 之间"})


def test_a_bound_may_be_an_expression_over_the_case():
    bounded = {"validate": {"min": "=1", "max": "=order_amount"}}
    assert judge("120.01", {"order_amount": Decimal(120)}, **bounded).errors == {"x": "金额须在 1 到 120 之间"}
    assert judge("120", {"order_amount": Decimal(120)}, **bounded).errors == {}
    assert judge("0", {}, **bounded).errors == {"x": "金额不能小于 1"}
    assert judge("7", {}, validate={"max": "5"}).errors == {"x": "金额不能大于 5"}


@pytest.mark.parametrize(("typed", "fits"), [("1.5", True), ("1.50", True), ("1.25", False)])
def test_trailing_zeros_are_no_decimals(typed, fits):
    assert judge(typed, decimalDigits=1).errors == ({} if fits else {"x": "金额最多 1 位小数"})


def test_a_whole_number_is_asked_for_in_words():
    assert judge("1.5", decimalDigits=0).errors == {"x": "金额须为整数"}


@pytest.mark.parametrize(
    ("typed", "fits"), [("0.15", True), ("9" * 30 + ".05", True), ("0.17", False), ("-0.05", True)]
)
def test_an_increment_is_exact(typed, fits):
    assert judge(typed, increment=Decimal("0.05")).errors == ({} if fits else {"x": "金额须为 0.05 的倍数"})


def test_binary_floats_in_a_schema_count_by_their_shortest_digits():
    assert judge("0.3", increment=0.1, validate={"max": 0.3}).errors == {}


def test_an_empty_number_is_null_unless_it_is_required():
    assert judge("").variables == {"x": None}
    assert judge("  ").variables == {"x": None}
    assert judge("", validate=REQUIRED).errors == {"x": "请填写金额"}
    assert judge("0", validate=REQUIRED).errors == {}


def test_minus_zero_is_zero():
    assert str(judge("-0").variables["x"]) == "0"


@pytest.mark.parametrize("value", [Decimal(5), 5, Decimal("0.1")])
def test_a_program_hands_over_decimals_and_ints(value):
    assert check_values(form(number()), {"x": value}, {}, now=MONDAY_9AM).variables == {"x": Decimal(value)}


@pytest.mark.parametrize("value", [0.1, True, "5", [5], {}, Decimal("NaN"), Decimal("Infinity")])
def test_a_program_hands_over_nothing_else_as_a_number(value):
    assert check_values(form(number()), {"x": value}, {}, now=MONDAY_9AM).errors == {
        "x": "金额须为数字,例如 12 或 12.5"
    }


def test_a_program_cannot_hand_over_a_number_that_is_too_long():
    submission = check_values(form(number()), {"x": Decimal("1E+6000")}, {}, now=MONDAY_9AM)
    assert submission.errors == {"x": "金额位数过多,最多 34 位数字"}


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20))
def test_an_accepted_number_equals_the_decimal_of_its_text(value):
    submission = judge(format(value, "f"))
    assert submission.errors == {}
    assert submission.variables["x"] == value


@settings(deadline=None)
@given(st.text(alphabet="0123456789.,+-eE１２ ", max_size=40))
def test_a_text_of_digits_gives_exactly_its_number_or_an_error(typed):
    submission = judge(typed)
    value = submission.variables.get("x")
    if value is not None:
        plain = typed.strip().replace(",", "").replace("１", "1").replace("２", "2")
        assert value == Decimal(plain)
        assert "e" not in plain.lower()
    else:
        assert submission.errors or not typed.strip()
