"""The inbox: who sees which open tasks, page by page, by way of an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, event

from engine.errors import NotFound
from engine.queries import InboxPage
from engine.store.database import Database
from tests.engine.queries.conftest import LOST, Desk


def elements(page: InboxPage) -> list[str]:
    return [row.element for row in page.rows]


@contextmanager
def statements(db: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements that run meanwhile, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, parameters: Any, *_: object) -> None:
        if not sql.startswith("BEGIN"):
            seen.append((sql, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def plan(connection: Connection, sql: str, parameters: Any) -> list[str]:
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)]


def test_a_row_says_what_the_task_is_about(desk: Desk) -> None:
    case_id = desk.start()
    (row,) = desk.queries.inbox(desk.actor("bob")).rows
    assert (row.case_id, row.process_name, row.name) == (case_id, "快递查询流程", "查询物流状态")
    assert (row.candidate_groups, row.assignee, row.priority) == (("aftersales",), None, 50)
    assert row.due_at == datetime(2026, 1, 4, 5, 0, tzinfo=UTC)  # four hours of the first day after the holidays
    assert (row.due.group, row.due.duration, row.due.hours) == ("aftersales", timedelta(hours=4), "9:00–23:30")
    assert (row.due.reminded_at, row.due.escalated_at, row.due.urgent) == (None, None, False)
    assert (row.customer_id, row.order_id, row.amount, row.asked) == (
        "C-***",
        "SO-1001",
        Decimal(199),
        "三天没更新了",
    )
    assert row.created_at == desk.clock.now()


@pytest.mark.parametrize(
    ("user_id", "groups", "everything"),
    [
        ("ann", ["check_logistics"], ["check_logistics"]),
        ("bob", ["check_logistics"], ["check_logistics"]),
        ("pia", [], []),
        ("cang", [], []),
        ("sup", [], ["check_logistics"]),
        ("aud", [], ["check_logistics"]),
        ("own", [], []),
        ("adm", [], []),
    ],
)
def test_who_sees_the_task_of_aftersales(desk: Desk, user_id: str, groups: list[str], everything: list[str]) -> None:
    desk.start()
    assert elements(desk.queries.inbox(desk.actor(user_id))) == groups
    assert elements(desk.queries.inbox(desk.actor(user_id), scope="all")) == everything
    assert elements(desk.queries.inbox(desk.actor(user_id), scope="mine")) == []


def test_the_couriers_tasks_are_in_the_inbox_of_aftersales(desk: Desk) -> None:
    desk.start()
    desk.complete("check_logistics", **LOST)
    assert elements(desk.queries.inbox(desk.actor("bob"))) == ["courier_search"]


def test_a_claimed_task_is_mine_and_no_longer_in_the_others_groups(desk: Desk) -> None:
    desk.start()
    desk.runtime.claim(desk.task("check_logistics"), desk.actor("bob"))
    bob, ann = desk.queries.inbox(desk.actor("bob"), scope="mine"), desk.queries.inbox(desk.actor("ann"))
    assert [(row.element, row.assignee, row.assignee_name) for row in bob.rows] == [("check_logistics", "bob", "阿宝")]
    assert ann.rows == ()
    assert dict(bob.counts) == {"mine": 1, "groups": 1, "all": 1, "process:p10_courier_query": 1}
    assert dict(ann.counts) == {"mine": 0, "groups": 0, "all": 1}


def test_an_agent_finds_the_own_cases_task_of_another_group_under_all(desk: Desk) -> None:
    desk.start_reship()
    assert elements(desk.queries.inbox(desk.actor("ann"))) == []
    assert elements(desk.queries.inbox(desk.actor("ann"), scope="all")) == ["verify_customer_info"]
    assert elements(desk.queries.inbox(desk.actor("bob"), scope="all")) == []


def test_pages_hold_every_task_once_in_order_and_counts_hold_them_all(desk: Desk) -> None:
    for _ in range(7):
        desk.start()
    found, after, pages = [], None, 0
    while True:
        page = desk.queries.inbox(desk.actor("bob"), after=after, limit=3)
        assert page.counts["groups"] == 7
        found += [row.id for row in page.rows]
        after, pages = page.next_after, pages + 1
        if after is None:
            break
    assert (len(found), found, pages) == (7, sorted(set(found)), 3)


@pytest.mark.parametrize("after", ["x", "-1", "1", "2-1", "1-", "1-x", "1--1", "1-1 OR 1=1", "1-９", "1-" + "1" * 19])
def test_a_page_that_nobody_gave_is_not_found(desk: Desk, after: str) -> None:
    with pytest.raises(NotFound):
        desk.queries.inbox(desk.actor("bob"), after=after)


def test_filters_by_process_and_by_what_people_know(desk: Desk) -> None:
    case_id = desk.start()
    desk.start(order_id="XX-2002", customer_id="C-99")
    bob = desk.actor("bob")
    for sought, found in [("SO-1", 1), ("SO-1001", 1), (case_id, 1), ("C-99", 1), ("C-9", 0), ("O-1001", 0), (" ", 2)]:
        assert len(desk.queries.inbox(bob, text=sought).rows) == found, sought
    assert len(desk.queries.inbox(bob, process_id="p10_courier_query").rows) == 2
    assert desk.queries.inbox(bob, process_id="p07_delivery").rows == ()


def test_an_inbox_costs_the_same_statements_however_many_tasks_it_shows(desk: Desk) -> None:
    counted = []
    for _ in range(3):
        desk.start()
        with statements(desk.db) as seen:
            desk.queries.inbox(desk.actor("bob"))
        counted.append(len(seen))
    assert counted[0] == counted[-1] <= 6


@pytest.mark.parametrize("scope", ["mine", "groups", "all"])
@pytest.mark.parametrize("user_id", ["bob", "sup"])
def test_no_inbox_query_scans_the_tasks(desk: Desk, scope: str, user_id: str) -> None:
    desk.start()
    with statements(desk.db) as seen:
        desk.queries.inbox(desk.actor(user_id), scope=scope, after="1-1")
    with desk.db.read() as connection:
        steps = [step for sql, parameters in seen for step in plan(connection, sql, parameters)]
    assert steps
    assert [step for step in steps if step.startswith("SCAN") and "user_task" in step] == []
    assert [step for step in steps if "SCAN process_instance" in step] == []


def test_tasks_of_urgent_cases_come_first_and_pages_go_on_behind_them(desk: Desk) -> None:
    cases = [desk.start() for _ in range(5)]
    with desk.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE user_task SET urgency = 0 WHERE case_id IN (?, ?)", (cases[2], cases[4]))
    found: list[str] = []
    after = None
    for _ in range(3):
        page = desk.queries.inbox(desk.actor("bob"), after=after, limit=2)
        found += [row.case_id for row in page.rows]
        after = page.next_after
    assert after is None
    assert found == [cases[2], cases[4], cases[0], cases[1], cases[3]]
