"""The rules of a month's roster, row by row of dmn_roster_check."""

from __future__ import annotations

from datetime import date, timedelta

from engine import roster
from engine.roster import Severity

JUNE = date(2026, 6, 1)
PAID = {one.code: one.paid_minutes for one in roster.DEFAULT}


def month(codes: list[str], person: str = "li", first: date = JUNE) -> roster.Days:
    return {(person, first + timedelta(days=n)): code for n, code in enumerate(codes)}


def found(days: roster.Days, *people: str) -> list[tuple[int, str, date | None, str]]:
    people = people or ("li",)
    findings = roster.check_month(days, dict.fromkeys(people, PAID), people, JUNE)
    return [(one.rule, one.user, one.day, one.figure) for one in findings]


CLEAN = (["day"] * 6 + ["off"]) * 4 + ["day", "day"]


def test_a_clean_month_has_nothing() -> None:
    assert found(month(CLEAN)) == []


def test_a_day_shift_after_a_night_warns_across_the_months_border() -> None:
    days = month(CLEAN) | {("li", JUNE - timedelta(days=1)): "night"}
    assert found(days) == [(1, "li", JUNE, "")]
    half = month(["half", *CLEAN[1:]]) | {("li", JUNE - timedelta(days=1)): "night"}
    assert found(half) == []


def test_four_days_off_no_more_and_no_less() -> None:
    assert found(month(["day", *CLEAN[:-1]][:30])) == []
    three = ["day" if n == 6 else code for n, code in enumerate(CLEAN)]
    assert found(month(three)) == [(2, "li", None, "3")]
    assert roster.check_month(month(three), {"li": PAID}, ["li"], JUNE)[0].severity is Severity.HARD


def test_one_day_without_day_and_night_shift_at_least() -> None:
    never = ["day", "night"] * 15
    rules = {rule for rule, *_ in found(month(never))}
    assert rules == {1, 2, 3}
    assert 3 not in {rule for rule, *_ in found(month(["half", *never[1:]]))}


def test_hours_more_than_eight_from_the_colleagues() -> None:
    less = ["half" if n in (0, 1) else code for n, code in enumerate(CLEAN)]
    assert found(month(CLEAN) | month(less, "wang"), "li", "wang") == []
    least = ["half" if n in (0, 1, 2) else code for n, code in enumerate(CLEAN)]
    both = found(month(CLEAN) | month(least, "wang"), "li", "wang")
    assert both == [(4, "li", None, "+9.0"), (4, "wang", None, "-9.0")]


def test_a_plan_that_is_not_the_one_of_four_weeks_ago() -> None:
    before = month(CLEAN[:28], first=JUNE - timedelta(days=28))
    assert found(before | month(CLEAN)) == []
    nights = ["night" if code == "day" else code for code in CLEAN]
    assert found(before | month(nights)) == [(5, "li", None, "")]


def test_half_a_plan_is_asked_for_its_nights_only() -> None:
    half = month(["night", "day"])
    assert found(half) == [(1, "li", date(2026, 6, 2), "")]
    assert found({}) == []
