"""What time and the processes tell people in the page: follow-up dates, reminders, delays, notices of diagrams."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from engine import ownership
from engine.clock import to_microseconds
from engine.runtime.sla import NOTICE_IDS
from tests.engine.collaboration.conversation import CANG, LI, SUN, WANG, WU, ZHOU, Talk


def test_a_follow_up_date_is_told_once_to_who_has_the_task(talk: Talk, case_id: str) -> None:
    task = talk.desk.task("check_logistics")
    talk.desk.runtime.claim(task, LI)
    talk.desk.runtime.follow_up(task, talk.clock.now() + timedelta(hours=2), LI)
    talk.later(hours=2, seconds=-1)
    assert talk.told(LI, "follow_up") == []
    talk.later(seconds=1)
    assert talk.told(LI, "follow_up") == [f"工单 {case_id}「查询物流状态」的跟进时间到了。"]
    talk.later(hours=1)
    assert len(talk.told(LI, "follow_up")) == 1
    assert talk.told(WANG, "follow_up") == []


def test_a_free_tasks_follow_up_date_is_told_to_its_group(talk: Talk) -> None:
    at = to_microseconds(talk.clock.now() + timedelta(hours=1))
    with talk.db.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE user_task SET follow_up_at = ?", (at,))
    talk.later(hours=1)
    assert len(talk.told(LI, "follow_up")) == len(talk.told(WANG, "follow_up")) == 1
    assert talk.told(CANG, "follow_up") == []


def test_reminders_and_delays_stand_in_the_bell_too(talk: Talk) -> None:
    (remind_at, due_at) = talk.column("SELECT remind_at FROM user_task UNION ALL SELECT due_at FROM user_task")
    talk.desk.runtime.claim(talk.desk.task("check_logistics"), LI)
    talk.later(microseconds=remind_at - to_microseconds(talk.clock.now()))
    assert len(talk.told(LI, "reminded")) == 1
    assert talk.told(WANG, "reminded") == []
    talk.later(microseconds=due_at - to_microseconds(talk.clock.now()))
    assert len(talk.told(ZHOU, "escalated")) == 1


def test_the_owner_of_a_case_hears_each_delay_of_its_tasks_wherever_they_are(talk: Talk, case_id: str) -> None:
    """SLA-06: the customer asks the owner, who has to know before that; the lane's group is told beside."""
    with talk.db.begin() as tx:
        cascade = talk.desk.runtime.cascade(tx, ZHOU, talk.clock.now())
        ownership.change_owner(cascade, case_id, SUN.id, "接手", why="reassigned", name=SUN.name)
        cascade.finish()
    talk.desk.runtime.claim(talk.desk.task("check_logistics"), LI)
    (due_at,) = talk.column("SELECT due_at FROM user_task")
    talk.later(microseconds=due_at - to_microseconds(talk.clock.now()) - 1)
    assert talk.told(SUN, "escalated") == []
    talk.later(microseconds=1)
    (said,) = talk.told(SUN, "escalated")
    assert case_id in said
    assert talk.told(ZHOU, "escalated") == [said]
    assert talk.told(LI, "escalated") == []
    talk.desk.worker.drain()
    assert len(talk.told(SUN, "escalated")) == 1
    (to,) = talk.column("SELECT recipient FROM outbox WHERE audience = 'staff' AND text = :text", text=said)
    assert to == "supervisor", "the message of the lane stays as it was"


def test_who_is_owner_and_supervisor_hears_a_delay_once(talk: Talk, case_id: str) -> None:
    with talk.db.begin() as tx:
        cascade = talk.desk.runtime.cascade(tx, WU, talk.clock.now())
        ownership.change_owner(cascade, case_id, ZHOU.id, "接手", why="reassigned", name=ZHOU.name)
        cascade.finish()
    (due_at,) = talk.column("SELECT due_at FROM user_task")
    talk.later(microseconds=due_at - to_microseconds(talk.clock.now()))
    assert len(talk.told(ZHOU, "escalated")) == 1


def test_what_a_diagram_tells_the_staff_stands_in_the_bell(talk: Talk, case_id: str) -> None:
    stalled = {"hours_since_update": Decimal(52), "stuck_in_region": False, "customer_urges": True}
    talk.desk.complete("check_logistics", LI, **stalled)
    talk.later(days=4)
    written = talk.column(
        "SELECT text FROM outbox WHERE case_id = :c AND audience = 'staff' AND id < :alarms",
        c=case_id,
        alarms=NOTICE_IDS,
    )
    assert written
    assert talk.told(ZHOU, "notice") == written
