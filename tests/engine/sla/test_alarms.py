"""Alarms remind once and make delays known once a level; they pause with their case and go with their task."""

from __future__ import annotations

import pytest

from engine.clock import VirtualClock
from engine.store.database import Database
from tests.engine.sla.support import SlaDesk, one_task, shop
from tests.engine.support import LI, ZHAO, consistent

TUESDAY_10AM = "2026-03-03T10:00"


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> SlaDesk:
    desk = SlaDesk(db, clock)
    desk.clock.advance_to(shop(TUESDAY_10AM))
    return desk


def events(desk: SlaDesk) -> list[object]:
    return desk.column("SELECT kind FROM history_event WHERE kind LIKE 'user_task.%' AND stream > 0 ORDER BY at, seq")


def test_a_reminder_comes_at_eighty_percent_and_not_a_second_early(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    desk.start()
    desk.at("2026-03-03T13:11:59")
    assert desk.told() == []
    desk.at("2026-03-03T13:12:00")
    assert [to for to, _ in desk.told()] == ["aftersales"]
    assert "「ask!」" in desk.told()[0][1]
    assert "03-03 14:00" in desk.told()[0][1]
    assert desk.row("ask").reminded_at is not None
    assert desk.alarms() == [("escalate", shop("2026-03-03T14:00"))]
    assert len(desk.delivered) == 1
    consistent(desk)


def test_a_claimed_task_reminds_who_claimed_it(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    desk.start()
    desk.runtime.claim(desk.task("ask"), LI)
    desk.at("2026-03-03T13:12:00")
    assert [to for to, _ in desk.told()] == ["li"]


def test_the_delay_is_told_to_the_group_of_the_table(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    desk.start()
    desk.at("2026-03-03T13:12:00")
    desk.at("2026-03-03T14:00:00")
    assert [to for to, _ in desk.told()] == ["aftersales", "supervisor"]
    assert desk.row("ask").escalated_at is not None
    assert desk.alarms() == []
    assert events(desk) == ["user_task.created", "user_task.reminded", "user_task.escalated"]
    desk.at("2026-03-20T14:00:00")
    assert len(desk.told()) == 2
    desk.complete("ask")
    consistent(desk)


def test_finance_is_escalated_a_second_time_after_another_period(desk: SlaDesk) -> None:
    desk.deploy(one_task("finance"))
    desk.start()
    for day in ("2026-03-04T19:30", "2026-03-06T14:29"):
        desk.at(day)
    assert [to for to, _ in desk.told()] == ["finance", "supervisor"]
    desk.at("2026-03-06T14:30")
    assert [to for to, _ in desk.told()] == ["finance", "supervisor", "dept_manager"]
    assert desk.alarms() == []
    consistent(desk)


def test_after_a_long_outage_all_is_told_late_and_once(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    desk.start()
    desk.at("2026-03-09T10:00")
    assert [to for to, _ in desk.told()] == ["aftersales", "supervisor"]
    desk.worker.drain()
    assert len(desk.told()) == 2
    consistent(desk)


def test_an_alarm_whose_task_is_over_says_nothing(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    desk.start()
    with desk.db.begin() as tx:  # another process, which knows nothing of the table yet, closes the task
        tx.connection.exec_driver_sql("UPDATE user_task SET status = 'cancelled'")
    desk.at("2026-03-04T10:00")
    assert desk.told() == []
    assert desk.alarms() == []


def test_a_suspended_case_is_not_reminded_of_and_its_tasks_get_their_time_back(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    case = str(desk.start())
    desk.clock.advance_to(shop("2026-03-03T12:00"))
    desk.runtime.suspend(case, ZHAO, reason="等客户")
    consistent(desk)
    desk.at("2026-03-04T10:00")
    assert desk.told() == []
    desk.runtime.resume(case, ZHAO)
    assert desk.due("ask") == shop("2026-03-04T12:00")
    assert desk.alarms() == [("remind", shop("2026-03-04T11:12"))]
    assert events(desk)[-1] == "user_task.rescheduled"
    consistent(desk)


def test_a_task_that_was_late_when_its_case_was_suspended_stays_late(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    case = str(desk.start())
    desk.at("2026-03-03T15:00")
    assert len(desk.told()) == 2
    desk.runtime.suspend(case, ZHAO, reason="等客户")
    desk.at("2026-03-04T10:00")
    desk.runtime.resume(case, ZHAO)
    assert desk.due("ask") == shop("2026-03-03T14:00")
    assert len(desk.told()) == 2
    consistent(desk)


def test_a_case_reminded_then_suspended_escalates_by_the_time_it_had_left(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    case = str(desk.start())
    desk.at("2026-03-03T13:30")
    desk.runtime.suspend(case, ZHAO, reason="等客户")
    desk.at("2026-03-03T20:00")
    desk.runtime.resume(case, ZHAO)
    assert desk.alarms() == [("escalate", shop("2026-03-03T20:30"))]
    desk.at("2026-03-03T20:30")
    assert [to for to, _ in desk.told()] == ["aftersales", "supervisor"]
    consistent(desk)


def test_a_case_cancelled_while_suspended_leaves_no_alarm(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    key = desk.start()
    desk.runtime.suspend(str(key), ZHAO, reason="等客户")
    desk.runtime.cancel(key, "不再需要", ZHAO)
    assert desk.alarms() == []
    consistent(desk)


def test_an_alarm_that_fails_is_tried_again_and_leaves_no_incident(
    desk: SlaDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.deploy(one_task())
    desk.start()

    def fail(*_: object) -> None:
        raise ValueError("the outbox is not itself today")

    with monkeypatch.context() as broken:
        broken.setattr("engine.outbox.write", fail)
        for hour in range(14, 23):
            desk.at(f"2026-03-03T{hour}:00")
    assert desk.told() == []
    assert desk.column("SELECT count(*) FROM incident") == [0]
    desk.at("2026-03-04T23:00")
    assert [to for to, _ in desk.told()] == ["aftersales", "supervisor"]
    consistent(desk)
