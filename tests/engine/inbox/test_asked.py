"""What an address asks of the inbox: read with care, written in one way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.saved_filters import Asked, Due, FollowUp, InboxScope, Priority, Sort, read, read_query

ALL = Asked(
    scope=InboxScope.ALL,
    group="aftersales",
    process="p10_courier_query",
    step="check_logistics",
    due=Due.RISK,
    priority=Priority.URGENT,
    assignee="free",
    customer="C-1",
    order="SO-1",
    waybill="YT1",
    text="退货 100%_'",
    follow_up=FollowUp.SET,
    money=Decimal("500.50"),
    sort=Sort.MONEY,
)


def test_what_is_written_is_read_again() -> None:
    assert read_query(ALL.query()) == (ALL, ())
    assert read(ALL.parts()) == (ALL, ())
    assert Asked().query() == ""
    assert read_query("") == (Asked(), ())


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("scope", "everything"),
        ("group", "nobody"),
        ("process", "p99_gone"),
        ("process", "../etc"),
        ("step", "x y"),
        ("due", "soon"),
        ("assignee", "x' OR 1=1"),
        ("money", "-5"),
        ("money", "abc"),
        ("money", "0"),
        ("money", "1e9"),
        ("money", "99999999999"),
        ("text", "x" * 65),
        ("text", "a\u202eb"),
        ("sort", "amount"),
        ("color", "red"),
    ],
)
def test_what_nobody_knows_is_left_out_and_said(part: str, value: str) -> None:
    asked, problems = read({part: value, "order": "SO-1"}, {"p10_courier_query"})
    assert asked == Asked(order="SO-1")
    assert [problem.part for problem in problems] == [part]


@pytest.mark.parametrize("typed", ["1234.5", "1,234.50", "¥1,234.50", "¥1234.50", "1,234.5 元"])
def test_money_is_read_as_people_write_it(typed: str) -> None:
    asked, problems = read({"money": typed})
    assert (asked.money, asked.parts(), problems) == (Decimal("1234.50"), {"money": "1234.5"}, ())


def test_what_leaves_tasks_out_can_be_dropped_one_by_one() -> None:
    assert set(ALL.filters()) == set(ALL.parts()) - {"scope", "sort"}
    assert ALL.without(*ALL.filters()) == Asked(scope=InboxScope.ALL, sort=Sort.MONEY)


@given(st.dictionaries(st.sampled_from([*ALL.parts(), "x"]), st.text(max_size=80)))
def test_any_address_is_read(given_parts: dict[str, str]) -> None:
    asked, _ = read(given_parts)
    assert read_query(asked.query()) == (asked, ())
