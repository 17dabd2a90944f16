"""The inbox: who sees which open tasks, page by page, by way of an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, event

from engine import accounts
from engine.clock import to_microseconds
from engine.errors import NotFound
from engine.queries import InboxPage
from engine.queries.inbox import Counts
from engine.queries.inbox.desk import read_desk
from engine.saved_filters import Asked, Due, FollowUp, InboxScope, Sort, read
from engine.store.database import Database
from engine.store.tables import roster_day
from tests.engine.queries.conftest import LOST, Desk

EIGHT_HOURS = 8 * 3600 * 10**6
SAVED = {
    "late": Asked(due=Due.OVERDUE),
    "worth": Asked(scope=InboxScope.ALL, money=Decimal(100)),
    "mine": Asked(scope=InboxScope.MINE, follow_up=FollowUp.DUE),
    "words": Asked(scope=InboxScope.ALL, customer="C-88001"),
}


def ask(desk: Desk, user_id: str = "bob", /, **parts: str) -> InboxPage:
    """What an address with these parts shows."""
    asked, problems = read(parts)
    assert problems == ()
    return desk.queries.inbox(desk.actor(user_id), asked)


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


@pytest.mark.parametrize(
    "place",
    ["x", "", "1", "1_1", "1_1_1_1", "1_1_", "1_x_1", "1__1", "1_1_1 OR 1=1", "1_1_９", "1_1_" + "9" * 19, "1_01_1"],
)
def test_a_page_that_nobody_gave_is_not_found(desk: Desk, place: str) -> None:
    for asked in ({"after": place}, {"before": place}):
        with pytest.raises(NotFound):
            desk.queries.inbox(desk.actor("bob"), **asked)


def test_filters_by_process_and_by_what_people_know(desk: Desk) -> None:
    case_id = desk.start()
    desk.start(order_id="XX-2002", customer_id="C-99")
    for sought, found in [("SO-1", 1), ("SO-1001", 1), (case_id, 1), ("C-99", 1), ("C-9", 0), ("O-1001", 0), (" ", 2)]:
        assert len(ask(desk, text=sought).rows) == found, sought
    assert len(ask(desk, process="p10_courier_query").rows) == 2
    assert ask(desk, process="p07_delivery").rows == ()


def test_an_inbox_costs_the_same_statements_however_many_tasks_it_shows(desk: Desk) -> None:
    counted = []
    for _ in range(3):
        desk.start()
        with statements(desk.db) as seen:
            desk.queries.inbox(desk.actor("bob"))
        counted.append(len(seen))
    assert counted[0] == counted[-1] <= 10, seen


@pytest.mark.parametrize("scope", ["mine", "groups", "all"])
@pytest.mark.parametrize("user_id", ["bob", "sup"])
def test_no_inbox_query_scans_the_tasks(desk: Desk, scope: str, user_id: str) -> None:
    desk.start()
    with statements(desk.db) as seen:
        desk.queries.inbox(desk.actor(user_id), scope=scope, after="1_1_1")
        for sort in Sort:
            desk.queries.inbox(desk.actor(user_id), Asked(scope=InboxScope(scope), sort=sort), also=SAVED)
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


# --- the owner first (SLA-06) --------------------------------------------------------------------


def put_on_duty(desk: Desk, user_id: str, group: str = "aftersales") -> None:
    now = to_microseconds(desk.clock.now())
    with desk.db.begin() as tx:
        if accounts.find_in(tx.connection, user_id) is None:
            accounts.add(tx, user_id, user_id, "correct horse", [group])
        day = {"user": user_id, "day": "2026-01-02", "shift": "day", "starts_at": now, "ends_at": now + EIGHT_HOURS}
        tx.connection.execute(roster_day.insert().values(**day, paid_minutes=480, set_by="sup", set_at=now))


def test_a_task_comes_to_the_owner_of_its_case_first_while_that_one_is_on_duty(desk: Desk) -> None:
    desk.start("ann")
    assert elements(ask(desk, "bob")) == ["check_logistics"]
    put_on_duty(desk, "ann")
    seen = ask(desk, "bob")
    assert (elements(seen), seen.counts["groups"]) == ([], 0)
    assert elements(ask(desk, "bob", scope="all")) == ["check_logistics"]
    (row,) = ask(desk, "ann").rows
    assert (row.owner, ask(desk, "ann").counts["groups"]) == ("ann", 1)
    desk.clock.advance(timedelta(hours=8, microseconds=1))
    assert elements(ask(desk, "bob")) == ["check_logistics"]


def test_it_is_everybodys_once_eighty_percent_of_its_time_are_over(desk: Desk) -> None:
    desk.start("ann")
    put_on_duty(desk, "ann")
    with desk.db.begin() as tx:
        at = to_microseconds(desk.clock.now())
        tx.connection.exec_driver_sql("UPDATE user_task SET remind_at = ?", (at + 1,))
    assert elements(ask(desk, "bob")) == []
    desk.clock.advance(timedelta(microseconds=1))
    assert elements(ask(desk, "bob")) == ["check_logistics"]


def test_a_colleague_on_duty_who_does_not_act_for_the_group_keeps_nothing(desk: Desk) -> None:
    desk.start("pia")
    put_on_duty(desk, "pia", "presales")
    assert elements(ask(desk, "bob")) == ["check_logistics"]


def test_what_is_claimed_by_somebody_else_is_not_counted_among_the_free(desk: Desk) -> None:
    desk.start("ann")
    desk.runtime.claim(desk.task("check_logistics"), desk.actor("ann"))
    assert ask(desk, "bob").counts["groups"] == 0
    assert [row.assignee for row in ask(desk, "bob", scope="all", assignee="taken").rows] == ["ann"]
    assert ask(desk, "ann", assignee="me").counts["mine"] == 1


# --- counts --------------------------------------------------------------------------------------


def test_counts_of_kept_filters_are_what_their_lists_hold(desk: Desk) -> None:
    for number in range(4):
        desk.start("ann" if number % 2 else "bob", order_id=f"SO-{number}", order_amount=Decimal(number * 100 + 50))
    desk.runtime.claim(ask(desk, "bob").rows[0].id, desk.actor("bob"))
    asks = SAVED | {"free": Asked(scope=InboxScope.ALL, assignee="free"), "order": Asked(order="SO-2")}
    for user_id in ("bob", "ann", "sup", "cang", "pia"):
        counts = desk.queries.inbox(desk.actor(user_id), also=asks).counts
        listed = {name: len(desk.queries.inbox(desk.actor(user_id), one, limit=200).rows) for name, one in asks.items()}
        assert {name: counts[name] for name in asks} == listed, user_id


@pytest.fixture
def walks(desk: Desk) -> Callable[..., list[str]]:
    """Gives the statements by which a person's counts walk along the ranges; what was counted before may be at hand."""
    counts = Counts()

    def look(user_id: str, **also: Asked) -> list[str]:
        with statements(desk.db) as seen, desk.db.read() as connection:
            found = read_desk(connection, desk.definitions, desk.actor(user_id), desk.clock.now())
            counts.read(connection, found, Asked(), also)
        return [sql for sql, _ in seen if "GROUP BY user_task.candidate_groups" in sql]

    return look


def test_a_short_count_is_never_used_again(desk: Desk, walks: Callable[..., list[str]]) -> None:
    desk.start()
    assert (len(walks("bob")), len(walks("bob"))) == (1, 1)


def test_a_long_count_is_used_again_for_a_moment(
    desk: Desk, walks: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.start()
    monkeypatch.setattr("engine.queries.inbox.counts._LARGE", 1)
    assert (len(walks("bob")), len(walks("bob"))) == (1, 0)
    desk.clock.advance(timedelta(seconds=2.5))
    assert len(walks("bob")) == 1


def test_only_what_is_not_at_hand_is_counted_anew(
    desk: Desk, walks: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.start()
    monkeypatch.setattr("engine.queries.inbox.counts._LARGE", 1)
    (whole,) = walks("bob", dear=Asked(money=Decimal(1500)))
    (rest,) = walks("bob", dear=Asked(money=Decimal(1500)), dearer=Asked(money=Decimal(2000)))
    assert (whole.count("count("), rest.count("count(")) == (3, 1)
    assert walks("bob", other_name=Asked(money=Decimal(2000), sort=Sort.MONEY)) == []


def test_a_count_that_hangs_on_who_asks_is_not_used_for_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.queries.inbox.counts._LARGE", 1)
    desk.start()
    desk.runtime.claim(ask(desk, "bob").rows[0].id, desk.actor("bob"))
    taken = {"taken": Asked(scope=InboxScope.ALL, assignee="me")}
    seen = {one: desk.queries.inbox(desk.actor(one), also=taken).counts["taken"] for one in ("sup", "bob", "ann")}
    assert seen == {"sup": 0, "bob": 1, "ann": 0}


def test_the_money_of_open_tasks_follows_the_case(desk: Desk) -> None:
    desk.start(order_amount=Decimal("199.005"))
    with desk.db.read() as connection:
        assert connection.exec_driver_sql("SELECT amount FROM user_task").scalars().all() == [19901]
    assert len(ask(desk, money="199.01").rows) == 1
    assert ask(desk, money="199.02").rows == ()
