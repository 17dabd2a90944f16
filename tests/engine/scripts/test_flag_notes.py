"""Flag notes: composed in the given format, checked by the given expression, kept with the order."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidValue
from engine.model import Actor
from engine.scripts import (
    ACTION_OF,
    ACTIONS,
    compose_flag_note,
    difference,
    notes_of,
    problem_of,
    short_name,
    today,
    write_flag_note,
)
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM

#: As the catalogue prints it (004 §4.4).
GIVEN = re.compile(
    "^【[换退补改赠赔催约转][^,\uff0c【】]{0,30}[,\uff0c][^【】]{1,20} "
    r"[^/\s【】]{1,4}/([1-9]|1[0-2])\.([1-9]|[12]\d|3[01])】$"
)
AGENT = Actor(id="li.na", name="李娜", groups=frozenset({"aftersales"}))
GOOD = "【换2000花色L,无差价 婷/8.28】"


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (GOOD, None),
        ("【换2000花色L 婷/8.28】", "差价"),
        ("【换2000花色L,无差价 婷/13.28】", "日期"),
        ("换2000花色L,无差价 婷/8.28", "【开头"),
        ("【换2000花色L\uff0c无差价 婷/8.28】", None),
        ("【送2000花色L,无差价 婷/8.28】", "动作"),
        ("【换2000花色L,无差价婷/8.28】", "空格"),
        ("【换2000花色L,无差价 婷/08.28】", "不补零"),
        ("【换2000花色L,无差价 婷/2.30】", "日期不存在"),
        ("【换2000花色L,无差价 婷/2.29】", None),
        ("【换" + "长" * 31 + ",无差价 婷/8.28】", "40 字"),
        ("", "【开头"),
        (GOOD + "\n", "【开头"),
        ("【催13900139000,无差价 婷/8.28】", "手机号"),
        ("【催0571-88886666,无差价 婷/8.28】", "座机号"),
    ],
)
def test_a_note_is_in_the_format_or_it_says_what_is_wrong(note: str, said: str | None) -> None:
    problem = problem_of(note)
    assert problem is None if said is None else said in (problem or "")


def test_the_printed_example_is_composed() -> None:
    assert compose_flag_note("换", "2000", "花色", "L", "无差价", "婷", date(2026, 8, 28)) == GOOD


@given(
    action=st.sampled_from(sorted(ACTIONS)),
    texts=st.tuples(*[st.text(max_size=40)] * 5),
    day=st.dates(),
)
def test_whatever_is_composed_is_in_the_format(action: str, texts: tuple[str, ...], day: date) -> None:
    note = compose_flag_note(action, *texts, day)
    assert problem_of(note) is None
    assert GIVEN.match(note)
    assert len(note) <= 40


@given(note=st.one_of(st.text(max_size=45), st.from_regex(GIVEN, fullmatch=True)))
def test_what_passes_matches_the_given_expression(note: str) -> None:
    if problem_of(note) is None:
        assert GIVEN.match(note)
        assert len(note) <= 40


@pytest.mark.parametrize(
    ("paid", "action", "said"),
    [
        (None, "换", "无差价"),
        (Decimal(0), "换", "无差价"),
        (Decimal("5.50"), "换", "补差价5.5元"),
        (Decimal("-12.00"), "换", "退差价12元"),
        (Decimal("100"), "补", "补差价100元"),
        (Decimal("-30"), "赔", "赔30元"),
    ],
)
def test_what_is_paid_reads_as_people_write_it(paid: Decimal | None, action: str, said: str) -> None:
    assert difference(paid, action=action) == said


@pytest.mark.parametrize(("name", "short"), [("王小婷", "婷"), ("Anna Li", "Anna"), ("", ""), ("A/B 【c】", "AB")])
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short


def test_the_day_is_that_of_shanghai() -> None:
    assert today(datetime(2026, 8, 27, 16, 0, tzinfo=UTC)) == date(2026, 8, 28)
    assert today(datetime(2026, 8, 27, 15, 59, tzinfo=UTC)) == date(2026, 8, 27)


def test_every_action_of_a_process_is_one() -> None:
    assert set(ACTION_OF.values()) <= set(ACTIONS)


def test_a_note_is_kept_with_its_order_and_its_case(db: Database) -> None:
    with db.begin() as tx:
        write_flag_note(tx, GOOD, AGENT, at=FRIDAY_9AM, case_id="1", order_id="SO-1", customer_id="C-1")
        write_flag_note(tx, GOOD, AGENT, at=FRIDAY_9AM, case_id="2", order_id="SO-1", customer_id="C-1")
        write_flag_note(tx, GOOD, AGENT, at=FRIDAY_9AM, case_id="3", order_id=None, customer_id=None)
    with db.read() as connection:
        assert [note.case_id for note in notes_of(connection, "1", "SO-1")] == ["2", "1"]
        assert [note.case_id for note in notes_of(connection, "3", None)] == ["3"]
        assert notes_of(connection, "9", None) == ()


def test_a_note_out_of_format_is_not_kept(db: Database) -> None:
    with pytest.raises(InvalidValue), db.begin() as tx:
        write_flag_note(tx, "没有括号", AGENT, at=FRIDAY_9AM, case_id="1", order_id=None, customer_id=None)
    with db.read() as connection:
        assert notes_of(connection, "1", None) == ()


def test_the_comma_of_people_is_as_good() -> None:
    full = GOOD.replace(",", "\uff0c")
    assert problem_of(full) is None
    assert GIVEN.match(full)
    assert compose_flag_note("换", "2000\uff0c", "花色", "L", "补差价5元\uff0c", "婷", date(2026, 8, 28)) == (
        "【换2000花色L,补差价5元 婷/8.28】"
    )
