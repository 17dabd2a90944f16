"""A month's roster: four weeks before are copied into what is empty; what its rules are asked of is what they find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import pytest

from engine import roster
from engine.clock import VirtualClock
from engine.connectors import CONNECTORS, JobContext
from engine.dmn import load
from engine.errors import JobFailed
from engine.store.database import Database, Transaction
from tests.engine.roster.people import hire, plan
from tests.engine.test_connectors import job

ROOT = Path(__file__).parents[2]
TABLE = load((ROOT / "processes/decisions/dmn_roster_check.dmn").read_bytes()).decisions["dmn_roster_check"]
FEBRUARY = date(2026, 2, 1)
DAY = timedelta(days=1)


@pytest.fixture
def staffed(db: Database) -> Database:
    hire(db)
    return db


@pytest.fixture
def tx(staffed: Database) -> Iterator[Transaction]:
    with staffed.begin() as transaction:
        yield transaction


def ask(tx: Transaction, clock: VirtualClock, job_type: str, month: object = FEBRUARY) -> dict[str, object]:
    plain = job(tx, clock)
    inputs = {"inputs": {"month": month}}
    context = JobContext(**{f.name: getattr(plain, f.name) for f in fields(plain)} | inputs)
    return dict(CONNECTORS[job_type](context))


def month(db: Database, person: str, codes: str, first: date = FEBRUARY) -> None:
    """A letter a day: d day, h half, n night, o off, - nothing."""
    names = {"d": "day", "h": "half", "n": "night", "o": "off"}
    plan(db, *[(person, first + n * DAY, names[code]) for n, code in enumerate(codes) if code != "-"])


def found(facts: dict[str, object]) -> set[tuple[str, str]]:
    """(person, text) of what the table says of the rows."""
    said = set()
    for row in facts["roster_rows"]:  # type: ignore[attr-defined]
        for hit in TABLE.evaluate(row.get, None).output:
            said.add((row["agent"], hit["violation_texts"]))
    return said


def test_empty_days_are_those_of_four_weeks_before_and_planned_ones_stay(
    staffed: Database, clock: VirtualClock
) -> None:
    month(staffed, "li", "dn" * 14, FEBRUARY - 28 * DAY)
    month(staffed, "li", "o")
    with staffed.begin() as tx:
        assert ask(tx, clock, "copy_roster")["copied_cells"] == 27
        days = roster.read_days(tx.connection, ["li"], FEBRUARY, date(2026, 2, 28))
        assert [days["li", FEBRUARY + n * DAY] for n in range(4)] == ["off", "night", "day", "night"]
        assert ask(tx, clock, "copy_roster")["copied_cells"] == 0


def test_the_last_days_of_a_long_month_are_copied_too(staffed: Database, clock: VirtualClock) -> None:
    march = date(2026, 3, 1)
    month(staffed, "li", "d" * 28, march - 28 * DAY)
    with staffed.begin() as tx:
        assert ask(tx, clock, "copy_roster", march)["copied_cells"] == 31


@pytest.mark.parametrize(
    ("codes", "texts"),
    [
        ("dddddo" * 4 + "dddd", set()),
        ("dddddo" * 4 + "dddd-", set()),
        ("d" * 28, {"每月四天休息", "至少有一整天休息(全白班和晚班连续不排)"}),
        ("dddddo" * 3 + "d" * 10, {"每月四天休息"}),
        ("dddno" * 4 + "dddddddd", set()),
        ("ndddo" * 4 + "dddddddd", {"值晚班客服第二天不适合上全白班"}),
    ],
)
def test_the_table_finds_what_the_roster_s_own_rules_find(
    staffed: Database, clock: VirtualClock, codes: str, texts: set[str]
) -> None:
    month(staffed, "li", codes[:28])
    with staffed.begin() as tx:
        facts = ask(tx, clock, "roster_facts")
        days = roster.read_days(tx.connection, ["li"], FEBRUARY - 28 * DAY, FEBRUARY + 27 * DAY)
    assert found(facts) == {("li", text) for text in texts}
    own = roster.check_month(days, {"li": {}}, ["li"], FEBRUARY)
    assert {roster.TEXTS[one.rule] for one in own} == texts


def test_hours_are_compared_with_the_colleagues_and_who_is_not_planned_is_left_out(
    staffed: Database, clock: VirtualClock
) -> None:
    month(staffed, "li", "dddddo" * 4 + "dddd")
    month(staffed, "wang", "hhhhho" * 4 + "hhhh")
    with staffed.begin() as tx:
        facts = ask(tx, clock, "roster_facts")
    assert facts["roster_people"] == 2
    assert facts["unplanned"] == ""
    assert found(facts) == {(person, "当月总工作时间与其他同事相差过大") for person in ("li", "wang")}


def test_days_without_a_shift_are_told(staffed: Database, clock: VirtualClock) -> None:
    month(staffed, "li", "dddddo" * 4)
    with staffed.begin() as tx:
        assert ask(tx, clock, "roster_facts")["unplanned"] == "李娜"


@pytest.mark.parametrize("wrong", [None, "二月", 2])
def test_a_month_that_is_none_is_refused(tx: Transaction, clock: VirtualClock, wrong: object) -> None:
    for job_type in ("copy_roster", "roster_facts"):
        with pytest.raises(JobFailed):
            ask(tx, clock, job_type, wrong)
