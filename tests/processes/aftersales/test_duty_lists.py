"""What the lists of the daily duties r02, r03, r07 and r08 come to: linked cases, each once, and rows of registers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.clock import SHANGHAI
from engine.store.database import Database
from engine.store.tables import outbox, process_instance
from tests.processes.test_process_records import deployed, play, rows

__all__ = ["deployed"]


def opened(db: Database) -> list[tuple[str, str]]:
    """(process, order) of the linked cases, in order."""
    case = process_instance.c
    found = select(case.process_id, case.order_id).where(case.parent_case_id.is_not(None)).order_by(case.key)
    with db.read() as connection:
        linked = [tuple(row) for row in connection.execute(found.where(case.depth == 0))]
    return [(process.split("_")[0], order) for process, order in linked]


@pytest.mark.parametrize(
    ("no", "cases"),
    [
        ("r02-S01", [("a17", "SO-1002"), ("p02", "SO-1003")]),
        ("r02-A01", []),  # somebody hurries that order already
        ("r03-S01", [("a22", "SO-2001"), ("a19", "SO-2005"), ("a18", "SO-2006"), ("a19", "SO-2017")]),
        ("r03-A01", []),
        ("r07-S02", [("p02", "SO-7001"), ("a10", "SO-7002")]),
        ("r07-A01", [("a17", "SO-7003"), ("p02", "SO-7005")]),
        ("r08-S02", [("p02", "SO-8001"), ("a17", "SO-8002"), ("a10", "SO-8003")]),
        ("r08-A02", [("a10", "SO-8001")]),
    ],
)
def test_each_row_opens_its_process_unless_the_order_has_one(
    deployed: Database, no: str, cases: list[tuple[str, str]]
) -> None:
    play(deployed, no)
    assert opened(deployed) == cases


@pytest.mark.parametrize(
    ("no", "due", "items", "state"),
    [
        ("r02-S01", "09:30", 3, "按时完成"),
        ("r02-S02", "09:30", 1, "逾期完成"),
        ("r03-S01", "12:00", 20, "按时完成"),
        ("r07-S03", "22:00", 0, "逾期完成"),
        ("r08-S02", "17:30", 3, "按时完成"),
        ("r08-A01", "17:30", 0, "逾期完成"),
    ],
)
def test_a_duty_has_its_row_of_the_day(deployed: Database, no: str, due: str, items: int, state: str) -> None:
    play(deployed, no)
    row = rows(deployed)["duty_register"]
    assert (f"{row['due'].astimezone(SHANGHAI):%H:%M}", row["items"], row["state"]) == (due, items, state)
    assert row["due"].astimezone(SHANGHAI).date() == row["duty_date"]
    assert row["done_by"]
    late = select(outbox.c.recipient).where(outbox.c.element.in_(("carry_over", "alert_supervisor")))
    with deployed.read() as connection:
        assert connection.execute(late).scalars().all() == (["supervisor"] if state == "逾期完成" else [])


def test_the_register_of_orders_that_did_not_leave_says_why_and_what_the_customer_answered(deployed: Database) -> None:
    play(deployed, "r08-S02")
    row = rows(deployed)["unshipped_register"]
    assert [(one["order_id"], one["reason"]) for one in row["unsent"]] == [
        ("SO-8001", "来不及,新发货日2026-02-01"),
        ("SO-8002", "缺货 MJ-02"),
        ("SO-8003", "问题件"),
    ]
    assert [one["answer"] for one in row["notified"]] == ["waits", "change", "refund"]
