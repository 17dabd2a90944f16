"""A case makes the open cases of its order urgent: behind its commit, once, and each of them can be executed again."""

from __future__ import annotations

import pytest

from engine.clock import VirtualClock
from engine.connectors.priority import raise_priority
from engine.store.database import Database
from tests.engine.sla.support import SlaDesk, one_task, shop
from tests.engine.support import CANG, ZHAO, consistent
from tests.unit.bpmn.drawing import Drawing, mapping

TUESDAY_10AM = "2026-03-03T10:00"


def rush(order_id: str = "=order_id", **headers: str) -> Drawing:
    given = "".join(f'<zeebe:header key="{name}" value="{value}"/>' for name, value in headers.items())
    extension = f"<zeebe:taskHeaders>{given}</zeebe:taskHeaders>" + mapping({"order_id": order_id})
    return Drawing("rush").start().service("push", "raise_priority", extension).end().flow("start", "push", "end")


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> SlaDesk:
    desk = SlaDesk(db, clock, connectors={"raise_priority": raise_priority})
    desk.clock.advance_to(shop(TUESDAY_10AM))
    desk.deploy(one_task("warehouse"), rush(process_id="p"))
    return desk


def test_open_tasks_are_due_by_the_high_row_from_when_they_were_made(desk: SlaDesk) -> None:
    raised, other = desk.start(order_id="SO-1"), desk.start(order_id="SO-2")
    desk.clock.advance_to(shop("2026-03-03T10:30"))
    desk.start("rush", order_id="SO-1")
    desk.worker.drain()
    priorities = desk.column("SELECT priority FROM process_instance WHERE process_id = 'p' ORDER BY key")
    assert priorities == ["high", "normal"]
    rows = desk.column("SELECT due_at FROM user_task ORDER BY id")
    assert [(int(str(at)) - int(str(rows[1]))) // 3_600_000_000 for at in rows] == [-6, 0]
    assert desk.alarms()[0] == ("remind", shop("2026-03-03T11:36"))
    assert desk.column("SELECT urgency FROM user_task ORDER BY id") == [0, 1]
    assert desk.kinds(raised)[-2:] == ["instance.priority_changed", "user_task.rescheduled"]
    assert "instance.priority_changed" not in desk.kinds(other)
    consistent(desk)


def test_a_second_time_changes_nothing(desk: SlaDesk) -> None:
    raised = desk.start(order_id="SO-1")
    for _ in range(2):
        desk.start("rush", order_id="SO-1")
        desk.worker.drain()
    assert desk.kinds(raised).count("instance.priority_changed") == 1
    assert desk.column("SELECT count(*) FROM job WHERE kind = 'raise'") == [0]
    consistent(desk)


def test_later_tasks_of_a_raised_case_are_due_by_the_high_row(desk: SlaDesk) -> None:
    two = Drawing().start().user("ask", "warehouse").user("then", "warehouse").end()
    desk.deploy(two.flow("start", "ask", "then", "end"))
    desk.start(order_id="SO-1")
    desk.start("rush", order_id="SO-1")
    desk.worker.drain()
    desk.complete("ask", CANG)
    assert desk.row("then").sla_duration == "PT2H"
    assert desk.row("then").urgency == 0
    consistent(desk)


def test_what_a_case_has_called_becomes_urgent_with_it_and_a_called_process_alone_can(desk: SlaDesk) -> None:
    outer = Drawing("outer").start().call("sub", "p", propagateAllParentVariables="true").end()
    desk.deploy(outer.flow("start", "sub", "end"))
    desk.start("outer", order_id="SO-1")
    desk.start("rush", order_id="SO-1")
    desk.worker.drain()
    assert desk.column("SELECT priority FROM process_instance WHERE process_id <> 'rush' ORDER BY key") == [
        "normal", "high",
    ]  # fmt: skip
    consistent(desk)


def test_a_late_task_that_becomes_urgent_stays_reminded_and_is_escalated_once(desk: SlaDesk) -> None:
    desk.start(order_id="SO-1")
    desk.at("2026-03-03T16:30")
    assert [to for to, _ in desk.told()] == ["warehouse"]
    desk.start("rush", order_id="SO-1")
    desk.worker.drain()
    desk.worker.drain()
    assert [to for to, _ in desk.told()] == ["warehouse", "supervisor"]
    desk.at("2026-03-05T16:30")
    assert len(desk.told()) == 2
    consistent(desk)


def test_a_suspended_case_is_raised_and_keeps_still(desk: SlaDesk) -> None:
    key = desk.start(order_id="SO-1")
    desk.runtime.suspend(str(key), ZHAO, reason="等客户")
    desk.start("rush", order_id="SO-1")
    desk.worker.drain()
    consistent(desk)
    desk.clock.advance_to(shop("2026-03-03T12:00"))
    desk.runtime.resume(str(key), ZHAO)
    assert desk.due("ask") == shop("2026-03-03T14:00")
    consistent(desk)


def test_the_time_of_a_pause_is_kept_when_a_case_becomes_urgent(desk: SlaDesk) -> None:
    key = desk.start(order_id="SO-1")
    desk.clock.advance_to(shop("2026-03-03T10:30"))
    desk.runtime.suspend(str(key), ZHAO, reason="等客户")
    desk.clock.advance_to(shop("2026-03-03T13:30"))
    desk.runtime.resume(str(key), ZHAO)
    assert desk.due("ask") == shop("2026-03-03T21:00")
    desk.start("rush", order_id="SO-1")
    desk.worker.drain()
    assert desk.due("ask") == shop("2026-03-03T15:00")
    consistent(desk)


def test_nothing_is_raised_where_nothing_is_open(desk: SlaDesk) -> None:
    desk.start("rush", order_id="SO-9")
    desk.worker.drain()
    assert desk.column("SELECT count(*) FROM incident") == [0]
    assert desk.column("SELECT count(*) FROM job") == [0]


@pytest.mark.parametrize("broken", [{"order_id": "=null"}, {"process_id": ""}, {"priority": "加急"}])
def test_a_request_without_order_or_with_no_priority_of_ours_is_an_incident(
    desk: SlaDesk, broken: dict[str, str]
) -> None:
    desk.deploy(rush(**{"process_id": "p"} | broken))
    desk.start("rush", order_id="SO-1")
    for _ in range(4):
        desk.worker.drain()
        desk.clock.advance_to(shop("2026-03-04T10:00"))
    assert desk.column("SELECT count(*) FROM job WHERE kind = 'service' AND problem IS NOT NULL") == [1]
