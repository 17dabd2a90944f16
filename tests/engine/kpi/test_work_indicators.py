"""M01–M13: how the work itself goes, each with its rows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import insert, update

from engine.clock import to_microseconds
from engine.kpi.board import Board
from engine.kpi.evidence import list_facts, people_of
from engine.kpi.indicators import INDICATORS, of_group
from engine.kpi.people import circle_of
from engine.kpi.periods import read_period
from engine.kpi.readings import TOTAL
from engine.model import ID_BASE
from engine.store.tables import absence, history_event, roster_day, user_task
from tests.engine.kpi.ledger import NOVEMBER, Ledger, at, person

D = Decimal
DECEMBER = read_period("2026-12")


def happened(ledger: Ledger, stream: int, kind: str, when: str, *, task: int | None = None) -> None:
    with ledger.db.begin() as tx:
        count = tx.connection.exec_driver_sql("SELECT count(*) FROM history_event WHERE stream = ?", (stream,)).scalar()
        tx.connection.execute(
            insert(history_event).values(
                stream=stream, seq=(count or 0) + 1, revision=1, n=0, at=to_microseconds(at(when)), actor="li",
                kind=kind, token=None if task is None else task - stream * ID_BASE, commitment=b"", hash=b"",
            )
        )  # fmt: skip


def change(ledger: Ledger, task: int, **columns: object) -> None:
    with ledger.db.begin() as tx:
        tx.connection.execute(update(user_task).where(user_task.c.id == task).values(**columns))


def claimed(ledger: Ledger, task: int, when: str) -> None:
    change(ledger, task, claimed_at=to_microseconds(at(when)))


def lengths(ledger: Ledger, indicator: str, who: str = TOTAL, period: object = NOVEMBER) -> dict[tuple[str, str], int]:
    """How many rows each list behind a value has; it is what the value says it counted."""
    found = {}
    with ledger.db.read() as connection:
        board = Board(connection, circle_of(connection, person("wu")), period, ledger.clock.now())  # type: ignore[arg-type]
        for part in board.read(INDICATORS[indicator])[who].parts:
            page, count = list_facts(board.scope, part.id, part.side, people_of(board, who), limit=500)
            assert len(page.items) == count
            assert sum(item.hit if part.side == "hit" else item.weight for item in page.items) == part.count
            found[part.id, part.side] = count
    return found


def test_a_task_is_touched_when_somebody_first_takes_it(ledger: Ledger) -> None:
    case = ledger.case()
    first = ledger.task(case, created="11-03 10:00", ended="11-03 11:00")
    happened(ledger, case, "user_task.claimed", "11-03 10:20", task=first)
    happened(ledger, case, "user_task.unclaimed", "11-03 10:25", task=first)
    happened(ledger, case, "user_task.claimed", "11-03 10:50", task=first)
    ledger.task(case, created="11-03 10:00", ended="11-03 10:40", by="wang")
    assert ledger.value("M01", "li") == 20 * 60
    assert ledger.value("M01", "wang") == 40 * 60, "who completes without claiming has touched it then"
    assert ledger.value("M01") == 30 * 60
    assert lengths(ledger, "M01") == {("touched", "all"): 2}


def test_a_task_is_handled_from_its_last_claim_on(ledger: Ledger) -> None:
    case = ledger.case()
    claimed(ledger, ledger.task(case, ended="11-03 11:00"), "11-03 10:50")
    ledger.task(case, ended="11-03 11:00")
    assert ledger.value("M02") == 600
    assert lengths(ledger, "M02") == {("held", "all"): 1}
    assert ledger.read("M02", "chen").missing == "本期没有认领过的任务"


def test_the_size_of_a_breach_is_the_time_past_due(ledger: Ledger) -> None:
    case = ledger.case()
    ledger.task(case, ended="11-03 14:30", due="11-03 14:00")
    ledger.task(case, ended="11-03 14:10", due="11-03 14:00")
    ledger.task(case, ended="11-03 14:00", due="11-03 14:00")
    ledger.task(case, ended="11-03 18:00", due=None)
    assert ledger.value("M03") == 20 * 60
    assert lengths(ledger, "M03") == {("late", "all"): 2}


def test_open_tasks_between_reminder_and_due_time_are_at_risk(ledger: Ledger) -> None:
    case = ledger.case(opened="12-20 09:00", ended=None)
    held = ledger.case(opened="12-20 09:00", ended=None, status="suspended")
    for where, remind, due in (
        (case, "12-20 11:00", "12-20 13:00"),
        (case, "12-20 12:01", "12-20 13:00"),
        (case, "12-20 10:00", "12-20 12:00"),
        (held, "12-20 11:00", "12-20 13:00"),
    ):
        task = ledger.task(where, created="12-20 09:00", ended=None, due=due)
        change(ledger, task, remind_at=to_microseconds(at(remind)), assignee="li")
    assert ledger.value("M04", "li", period=DECEMBER) == D(1) / 3
    assert lengths(ledger, "M04", "li", DECEMBER) == {("at_risk", "hit"): 1, ("at_risk", "all"): 3}
    assert ledger.read("M04", period=NOVEMBER).missing == "只统计当前未完任务,请看本期"


def test_a_step_that_is_done_again_is_rework_and_its_case_not_right_the_first_time(ledger: Ledger) -> None:
    again, once = ledger.case(), ledger.case(owner="wang")
    ledger.task(again, created="11-03 10:00", ended="11-03 10:30")
    ledger.task(again, created="11-03 10:30", ended="11-03 11:00", by="wang")
    ledger.task(once, created="11-03 10:00", ended="11-03 11:00")
    beside = ledger.task(once, created="11-03 10:00", ended="11-03 10:30")
    assert beside, "two at the same time, as items of one step, are no rework"
    assert ledger.value("M05") == D("0.5")
    assert (ledger.value("M05", "li"), ledger.value("M05", "wang")) == (0, 1)
    assert ledger.value("M06") == D("0.25")
    assert ledger.value("M06", "wang") == 1
    assert lengths(ledger, "M05") == {("at_first_go", "hit"): 1, ("at_first_go", "all"): 2}
    assert lengths(ledger, "M06") == {("repeated", "hit"): 1, ("repeated", "all"): 4}


def test_a_case_is_opened_again_by_the_buyer_or_after_a_visit(ledger: Ledger) -> None:
    ledger.case(order="SO-1", ended="11-03 12:00")
    ledger.case(order="SO-1", opened="11-08 10:00", ended=None)
    visited = ledger.case(order="SO-2")
    ledger.visit(case_id=str(visited), follow_up_case_id="99")
    ledger.case(order="SO-3")
    ledger.case("p12_return", order="SO-3", opened="11-05 10:00", ended=None)
    assert ledger.value("M07") == D(2) / 3
    assert lengths(ledger, "M07") == {("reopened", "hit"): 2, ("reopened", "all"): 3}


def test_changes_of_owner_are_counted_by_case(ledger: Ledger) -> None:
    case, other = ledger.case(), ledger.case()
    for minute in (10, 20, 30):
        happened(ledger, case, "case.owner_changed", f"11-03 10:{minute}")
    happened(ledger, other, "comment.added", "11-03 10:10")
    assert ledger.value("M08") == D("1.5")
    assert lengths(ledger, "M08") == {("owner_changes", "all"): 2}


def test_the_time_on_hold_is_a_share_of_the_whole(ledger: Ledger) -> None:
    case = ledger.case(opened="11-03 10:00", ended="11-03 12:00")
    for kind, when in (("suspended", "10:30"), ("resumed", "10:45"), ("suspended", "11:00"), ("resumed", "11:15")):
        happened(ledger, case, f"instance.{kind}", f"11-03 {when}")
    ledger.case(opened="11-03 10:00", ended="11-03 12:00")
    assert ledger.value("M09") == D("0.125")
    assert lengths(ledger, "M09") == {("paused", "all"): 2, ("spans", "all"): 2}


def test_automation_counts_the_steps_of_called_processes_too(ledger: Ledger) -> None:
    case = ledger.case()
    called = ledger.case("s02_payout", parent=case)
    happened(ledger, case, "job.completed", "11-03 10:10")
    happened(ledger, called, "job.completed", "11-03 10:20")
    happened(ledger, called, "job.created", "11-03 10:10")
    happened(ledger, case, "user_task.completed", "11-03 10:30")
    happened(ledger, case, "timer.fired", "11-03 10:40")
    assert ledger.value("M10") == D(2) / 3
    open_one = ledger.case(ended=None)
    happened(ledger, open_one, "job.completed", "11-03 10:10")
    assert ledger.value("M10") == D(2) / 3, "of closed cases"


def test_half_and_nine_tenths_of_the_backlog_are_no_older(ledger: Ledger) -> None:
    for day in range(1, 11):  # 10 to 19 days old, and half a one
        ledger.case(opened=f"12-{day:02} 12:00", ended=None, owner="wang" if day == 1 else "li")
    ledger.case("p07_delivery", opened="12-19 12:00", ended=None)
    day = 86_400
    assert ledger.value("M11", period=DECEMBER) == 14 * day
    assert ledger.value("M11b", period=DECEMBER) == 18 * day
    assert ledger.value("M11", "wang", period=DECEMBER) == 19 * day
    assert ledger.read("M11", "chen", period=DECEMBER).missing == "没有未结工单"
    assert lengths(ledger, "M11", TOTAL, DECEMBER) == {("backlog", "all"): 10}


def test_occupancy_is_handling_time_by_rostered_time_without_days_off(ledger: Ledger) -> None:
    case = ledger.case()
    claimed(ledger, ledger.task(case, created="11-03 09:30", ended="11-03 12:00"), "11-03 10:00")
    with ledger.db.begin() as tx:
        for day, hours in (("11-03", 8), ("11-04", 8)):
            tx.connection.execute(
                insert(roster_day).values(
                    user="li", day=f"2026-{day}", shift="D", paid_minutes=hours * 60, set_by="zhou", set_at=0,
                    starts_at=to_microseconds(at(f"{day} 09:00")), ends_at=to_microseconds(at(f"{day} 18:00")),
                )
            )  # fmt: skip
        tx.connection.execute(
            insert(absence).values(
                user="li", kind="sick", reason="x", approved_by="zhou", approved_at=0,
                from_at=to_microseconds(at("11-04 00:00")), to_at=to_microseconds(at("11-05 00:00")),
            )
        )  # fmt: skip
    assert ledger.value("M12", "li") == D("0.25")
    assert lengths(ledger, "M12", "li") == {("held", "all"): 1, ("rostered", "all"): 1}
    assert ledger.read("M12", "wang").missing == "本期没有已过的班次"


def test_complaints_that_the_platform_decided_against_the_shop(ledger: Ledger) -> None:
    ledger.case("p13_rights_protection", end="end_ruling_executed")
    ledger.case("p13_rights_protection", end="end_ruled_for_seller")
    ledger.case("p12_return", end="end_ruling_executed")
    assert ledger.value("M13") == D("0.5")
    assert lengths(ledger, "M13") == {("forced", "hit"): 1, ("forced", "all"): 2}


@pytest.mark.parametrize("indicator", [one.id for one in of_group("work")])
def test_nothing_is_said_where_nothing_is_known(ledger: Ledger, indicator: str) -> None:
    for period in (NOVEMBER, DECEMBER):
        reading = ledger.read(indicator, period=period)
        assert reading.value is None
        assert reading.missing
    assert {one.id for one in of_group("work")} >= {f"M{number:02}" for number in range(1, 14)}
