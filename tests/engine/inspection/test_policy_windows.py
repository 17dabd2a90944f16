"""What is counted before a payment is what brute force counts; limits and hours decide to the second and the 分."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.clock import SHANGHAI, VirtualClock, to_microseconds
from engine.definitions import Definitions
from engine.errors import EngineError
from engine.inspection.policy import windows
from engine.inspection.policy.days import day_of, month_of, span_of
from engine.inspection.policy.evidence import found_in_month, payment_facts
from engine.inspection.policy.hours import Hours
from engine.inspection.policy.limits import own_limit
from engine.inspection.policy.months import count_months
from engine.inspection.policy.pseudonyms import Pseudonyms
from engine.inspection.policy.rules import PAYMENT, hits_of, tables_in_force
from engine.inspection.policy.windows import Window, is_near, rows_within
from engine.model import SYSTEM
from engine.store.database import Database
from engine.store.tables import (
    absence,
    membership,
    policy_month,
    policy_payment,
    roster_day,
    team,
    team_member,
    user,
)

ROOT = Path(__file__).parents[3]
DECISIONS = ROOT / "processes" / "decisions"
#: Monday, 5 January 2026: an ordinary day.
MONDAY = date(2026, 1, 5)
DAY = 86_400_000_000
SECOND = timedelta(seconds=1)
PEOPLE = ("li", "wang", "zhou")


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """An instant on Shanghai's clocks, in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


def payment(stream: int, **changed: Any) -> dict[str, Any]:
    row = {
        "stream": stream, "seq": 9, "case_key": stream, "process_id": "p01_compensation", "kind": "compensation",
        "amount": 2000, "own_limit": 3000, "approved": 0, "proposer": "li", "approver": None, "payer": "qian",
        "payee": None, "buyer": None, "at": to_microseconds(at(MONDAY, 12)), "judged": 0, "table_hash": None,
    }  # fmt: skip
    return row | changed


def put(db: Database, *rows: dict[str, Any]) -> None:
    with db.begin() as tx:
        tx.connection.execute(insert(policy_payment), list(rows))


def deployed(db: Database, clock: VirtualClock) -> None:
    """The shipped tables are in force."""
    names = ("audit_payment", "audit_agent_month", "audit_step", "audit_windows", "compensation_approval")
    files = {f"{name}.dmn": (DECISIONS / f"{name}.dmn").read_bytes() for name in names}
    Definitions(db, clock).deploy(files, SYSTEM)


# --- windows -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_windows_are_those_of_brute_force(db: Database, seed: int) -> None:
    random = Random(seed)
    begin = to_microseconds(at(MONDAY, 0))
    rows = [
        payment(
            key,
            case_key=random.randrange(1, 60),
            kind=random.choice(["compensation", "compensation", "refund"]),
            amount=random.choice([2699, 2700, 2701, 2999, 3000, 3001, 500]),
            own_limit=random.choice([3000, 3000, 1500, None]),
            approved=random.choice([0, 0, 1]),
            proposer=random.choice(PEOPLE),
            payee=random.choice([None, b"a" * 32, b"b" * 32]),
            buyer=random.choice([None, b"c" * 32, b"d" * 32]),
            at=begin + random.randrange(60) * DAY + random.choice([0, 0, 1, -1]),
        )
        for key in range(1, 151)
    ]
    put(db, *rows)
    columns = {windows.PAYEE: "payee", windows.NEAR_LIMIT: "proposer", windows.BUYER: "buyer"}
    window = Window(days=30, band=Decimal("0.1"))

    def near(row: dict[str, Any]) -> bool:
        limit = row["own_limit"]
        known = row["kind"] == "compensation" and not row["approved"] and limit is not None
        return known and limit * 9 <= row["amount"] * 10 and row["amount"] <= limit

    counted = 0
    with db.read() as connection:
        for one in connection.execute(select(policy_payment)).all():
            mine = one._asdict()
            for count, column in columns.items():
                is_one = mine[column] is not None and (count != windows.NEAR_LIMIT or near(mine))
                expected = {
                    row["stream"]
                    for row in rows
                    if is_one
                    and row[column] == mine[column]
                    and mine["at"] - 30 * DAY < row["at"] <= mine["at"]
                    and (count != windows.NEAR_LIMIT or near(row))
                }
                found = rows_within(connection, one, count, window)
                assert {row.stream for row in found} == expected
                assert [row.at for row in found] == sorted(row.at for row in found)
                counted += len(expected) > 1
    assert counted > 100


@pytest.mark.parametrize(("amount", "near"), [(2699, False), (2700, True), (2999, True), (3000, True), (3001, False)])
def test_an_amount_is_near_the_limit_from_27_to_30(amount: int, near: bool) -> None:
    assert is_near(amount, 3000, Decimal("0.1")) is near
    assert not is_near(amount, None, Decimal("0.1"))


def hits(db: Database, clock: VirtualClock, stream: int) -> set[str]:
    with db.read() as connection:
        tables = tables_in_force(connection)
        row = connection.execute(select(policy_payment).where(policy_payment.c.stream == stream)).one()
        counted = {
            count: (windows.USUAL, rows_within(connection, row, count, windows.USUAL))
            for count in (windows.PAYEE, windows.NEAR_LIMIT, windows.BUYER)
        }
        return {hit.rule for hit in hits_of(tables[PAYMENT], payment_facts(row, counted), clock.now())}


def test_the_third_case_of_a_payee_is_one_too_many_and_a_third_payment_of_two_cases_is_not(
    db: Database, clock: VirtualClock
) -> None:
    deployed(db, clock)
    account = b"p" * 32
    now = to_microseconds(at(MONDAY, 12))
    put(
        db,
        payment(1, case_key=1, payee=account, at=now - 2),
        payment(2, case_key=2, payee=account, at=now - 1),
        payment(3, case_key=2, payee=account, at=now),
        payment(4, case_key=4, payee=account, at=now + 1),
    )
    assert [("same_payee" in hits(db, clock, stream)) for stream in (1, 2, 3, 4)] == [False, False, False, True]


def test_a_payment_exactly_thirty_days_before_counts_no_more(db: Database, clock: VirtualClock) -> None:
    deployed(db, clock)
    now = to_microseconds(at(MONDAY, 12))
    for first, account, gap in ((1, b"p" * 32, 30 * DAY), (4, b"q" * 32, 30 * DAY - 1)):
        same = [payment(first + n, payee=account, at=now + after) for n, after in enumerate((0, 1, gap))]
        put(db, *same)
    assert "same_payee" not in hits(db, clock, 3)
    assert "same_payee" in hits(db, clock, 6)


def test_the_third_amount_near_the_limit_is_found_and_an_approved_one_counts_for_nothing(
    db: Database, clock: VirtualClock
) -> None:
    deployed(db, clock)
    now = to_microseconds(at(MONDAY, 12))
    put(db, *(payment(n, amount=amount, at=now + n) for n, amount in enumerate((2999, 3000, 3001), 1)))
    put(db, payment(4, amount=2999, approved=1, at=now + 4), payment(5, amount=2700, at=now + 5))
    assert [("near_limit" in hits(db, clock, n)) for n in (2, 3, 4, 5)] == [False, False, False, True]
    assert "unapproved" in hits(db, clock, 3)  # 30.01 without a yes
    assert "unapproved" not in hits(db, clock, 2)


def test_one_person_in_two_of_the_three_parts_is_found(db: Database, clock: VirtualClock) -> None:
    deployed(db, clock)
    put(db, payment(1, payer="li"), payment(2, approver="qian"), payment(3, approver="zhou"), payment(4, payer=None))
    assert [("same_hands" in hits(db, clock, n)) for n in (1, 2, 3, 4)] == [True, True, False, False]


def test_a_table_of_windows_with_half_a_day_is_refused(db: Database, clock: VirtualClock) -> None:
    deployed(db, clock)
    text = (DECISIONS / "audit_windows.dmn").read_bytes()
    Definitions(db, clock).deploy({"audit_windows.dmn": text.replace(b"<text>30</text>", b"<text>0.5</text>")}, SYSTEM)
    with db.read() as connection:
        decision = tables_in_force(connection)["audit_windows"].decision
    with pytest.raises(EngineError) as refused:
        windows.window_of(decision, windows.PAYEE)
    assert "天数须是" in refused.value.message_zh


# --- limits and accounts -------------------------------------------------------------------------


@pytest.mark.parametrize(("scenario", "limit"), [("company", 3000), ("expectation", 1500), ("general", 3000)])
def test_the_own_limit_is_read_from_the_approval_table(
    db: Database, clock: VirtualClock, scenario: str, limit: int
) -> None:
    with db.read() as connection:
        assert own_limit(connection, None, scenario) is None
    deployed(db, clock)
    with db.read() as connection:
        assert own_limit(connection, None, scenario) == limit


def test_an_account_is_known_however_it_is_spaced_and_the_key_is_the_databases_own(tmp_path: Path) -> None:
    mine, others = Pseudonyms(tmp_path / "a.db"), Pseudonyms((tmp_path / "other") / "b.db")
    account = mine.payee("6222 0202-0011 2233")
    assert account is not None
    assert account == Pseudonyms(tmp_path / "a.db").payee("6222020200112233")
    assert account != others.payee("6222020200112233")
    assert account != mine.payee("6222020200112234")
    assert account != mine.buyer("6222020200112233")
    assert (tmp_path / "policy.key").stat().st_mode & 0o777 == 0o600
    assert [mine.payee(text) for text in ("", " - ", None, "****2233", Decimal(5))] == [None] * 5


# --- hours ---------------------------------------------------------------------------------------


def outside(db: Database, person: str, instant: datetime) -> tuple[str, int] | None:
    with db.read() as connection:
        found = Hours(connection).outside(person, instant)
    return None if found is None else (found.basis, found.seconds)


def test_a_second_before_and_after_the_shops_hours_is_outside(db: Database) -> None:
    assert outside(db, "li", at(MONDAY, 9) - SECOND) == ("calendar", 1)
    assert outside(db, "li", at(MONDAY, 9)) is None
    assert outside(db, "li", at(MONDAY, 23, 30) - SECOND) is None
    assert outside(db, "li", at(MONDAY, 23, 30)) is None
    assert outside(db, "li", at(MONDAY, 23, 30) + SECOND) == ("calendar", 1)
    assert outside(db, "li", at(MONDAY + timedelta(days=1), 4)) == ("calendar", 4.5 * 3600)


def test_a_public_holiday_is_outside_unless_somebody_is_rostered_on_it(db: Database) -> None:
    holiday = date(2026, 1, 1)
    assert outside(db, "li", at(holiday, 12)) == ("calendar", 12.5 * 3600)
    rostered(db, "li", holiday, at(holiday, 9), at(holiday, 18))
    assert outside(db, "li", at(holiday, 12)) is None
    assert outside(db, "li", at(holiday, 18) + SECOND) == ("roster", 1)


def rostered(db: Database, person: str, day: date, starts: datetime | None, ends: datetime | None) -> None:
    span = [None if one is None else to_microseconds(one) for one in (starts, ends)]
    with db.begin() as tx:
        if tx.connection.execute(select(user.c.id).where(user.c.id == person)).first() is None:
            tx.connection.execute(insert(user).values(id=person, name=person, password_hash=""))
        tx.connection.execute(
            insert(roster_day).values(
                user=person, day=day.isoformat(), shift="A", starts_at=span[0], ends_at=span[1], paid_minutes=0,
                set_by="zhou", set_at=0,
            )
        )  # fmt: skip


def test_a_shift_beyond_midnight_and_a_day_off_count_by_the_roster(db: Database) -> None:
    tuesday = MONDAY + timedelta(days=1)
    rostered(db, "li", MONDAY, at(MONDAY, 20), at(tuesday, 4))
    rostered(db, "li", tuesday, None, None)
    assert outside(db, "li", at(tuesday, 4) - SECOND) is None
    assert outside(db, "li", at(tuesday, 12)) == ("roster", 8 * 3600)
    assert outside(db, "li", at(MONDAY, 19)) == ("roster", 3600)
    assert outside(db, "li", at(MONDAY + timedelta(days=3), 12)) is None  # not rostered: the calendar's


def test_leave_is_outside_and_a_cancelled_one_is_not(db: Database) -> None:
    rostered(db, "li", MONDAY, at(MONDAY, 9), at(MONDAY, 18))
    leave = {
        "user": "li", "from_at": to_microseconds(at(MONDAY, 9)), "to_at": to_microseconds(at(MONDAY, 18)),
        "kind": "annual", "reason": "", "approved_by": "zhou", "approved_at": 0,
    }  # fmt: skip
    with db.begin() as tx:
        tx.connection.execute(insert(absence).values(id=1, **leave))
    assert outside(db, "li", at(MONDAY, 10)) == ("absence", 3600)
    with db.begin() as tx:
        tx.connection.execute(absence.update().values(cancelled_at=1))
    assert outside(db, "li", at(MONDAY, 10)) is None


# --- months --------------------------------------------------------------------------------------


def test_months_end_at_midnight_in_shanghai() -> None:
    since, until = span_of("2026-01")
    assert until == to_microseconds(at(date(2026, 2, 1), 0))
    assert [month_of(one) for one in (since - 1, since, until - 1, until)] == [
        "2025-12",
        "2026-01",
        "2026-01",
        "2026-02",
    ]
    assert [day_of(one) for one in (until - 1, until)] == ["2026-01-31", "2026-02-01"]
    assert span_of("2026-12")[1] == span_of("2027-01")[0]


def month_rules(db: Database, amounts: dict[str, int], now: datetime) -> dict[str, set[str]]:
    """What is found of each person's January; li, wang and hu are the after-sales agents."""
    with db.begin() as tx:
        for person in ("li", "wang", "hu"):
            tx.connection.execute(insert(user).values(id=person, name=person, password_hash=""))
            tx.connection.execute(insert(membership).values(user=person, group="aftersales"))
    inside = to_microseconds(at(date(2026, 2, 1), 0)) - 1
    put(db, *(payment(n, proposer=who, amount=fen, at=inside) for n, (who, fen) in enumerate(amounts.items(), 1)))
    put(db, payment(90, amount=99900, at=inside + 1), payment(91, amount=99900, kind="refund", at=inside))
    with db.begin() as tx:
        count_months(tx, ["2026-01"], now)
        tables = tables_in_force(tx.connection)
        return {
            row.person: {one.rule for one in found_in_month(tx.connection, row, tables, now)}
            for row in tx.connection.execute(select(policy_month))
        }


@pytest.mark.parametrize(("fen", "found"), [(5999, set()), (6000, set()), (6001, {"above_mean"})])
def test_exactly_twice_the_mean_is_no_finding_and_a_little_more_is(
    db: Database, clock: VirtualClock, fen: int, found: set[str]
) -> None:
    deployed(db, clock)
    # hu has none and counts for the mean: 60.00 = 2 × (60.00 + 30.00) / 3
    assert month_rules(db, {"li": fen, "wang": 3000}, at(date(2026, 2, 1), 0))["li"] == found


def test_a_month_that_runs_is_judged_when_it_is_over(db: Database, clock: VirtualClock) -> None:
    deployed(db, clock)
    assert month_rules(db, {"li": 9000, "wang": 100}, at(date(2026, 1, 31), 23, 59)) == {"li": set(), "wang": set()}
    with db.begin() as tx:
        count_months(tx, ["2026-01"], at(date(2026, 2, 1), 0))
        row = tx.connection.execute(select(policy_month).where(policy_month.c.person == "li")).one()
        tables = tables_in_force(tx.connection)
        (found,) = found_in_month(tx.connection, row, tables, clock.now())
    assert (row.over, row.judged, row.team_people) == (1, 0, 3)
    assert found.title == "2026-01 月补偿 90 元,超过组内人均 30.33 元的 2 倍"
    assert found.evidence["涉及工单"] == ["1"]


def test_teams_have_means_of_their_own(db: Database) -> None:
    with db.begin() as tx:
        for number, name in ((1, "一组"), (2, "二组")):
            tx.connection.execute(insert(team).values(id=number, name=name, shop=""))
        for person, number in (("a", 1), ("b", 1), ("c", 2)):
            tx.connection.execute(insert(user).values(id=person, name=person, password_hash=""))
            tx.connection.execute(insert(team_member).values(user=person, team=number))
    put(db, *(payment(n, proposer=who, amount=100 * n) for n, who in enumerate(("a", "b", "c", "d"), 1)))
    with db.begin() as tx:
        count_months(tx, ["2026-01"], at(MONDAY, 12))
        rows = {row.person: (row.team_amount, row.team_people) for row in tx.connection.execute(select(policy_month))}
    assert rows == {"a": (300, 2), "b": (300, 2), "c": (300, 1), "d": (400, 1)}


def test_a_window_of_a_payment_without_a_payee_is_empty(db: Database) -> None:
    nobody = SimpleNamespace(payee=None, buyer=None, at=0)
    with db.read() as connection:
        assert rows_within(connection, nobody, windows.PAYEE, windows.USUAL) == []  # type: ignore[arg-type]
