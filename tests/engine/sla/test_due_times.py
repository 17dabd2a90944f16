"""User tasks are due by their lane's row, in working time; what is drawn comes first."""

from __future__ import annotations

import pytest

from engine import canonical
from engine.audit import re_execute
from engine.clock import VirtualClock
from engine.errors import DefinitionRefused
from engine.model import SYSTEM
from engine.store.database import Database
from tests.engine.sla.support import TASK_SLA, SlaDesk, one_task, shop
from tests.engine.support import LI, ZHAO, consistent
from tests.unit.bpmn.drawing import Drawing, duration, properties

HOLIDAY_9AM = "2026-01-02T09:00"
TUESDAY_10AM = "2026-03-03T10:00"


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> SlaDesk:
    return SlaDesk(db, clock)


def test_on_a_holiday_the_time_counts_from_the_next_opening(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    desk.start()
    assert desk.due("ask") == shop("2026-01-04T13:00")
    assert desk.alarms() == [("remind", shop("2026-01-04T12:12"))]
    consistent(desk)


@pytest.mark.parametrize(
    ("groups", "due"),
    [
        ("presales", "2026-03-03T10:30"),
        ("aftersales", "2026-03-03T14:00"),
        ("warehouse", "2026-03-03T18:00"),
        ("finance", "2026-03-04T19:30"),
        ("courier", "2026-03-04T19:30"),
        ("supervisor", "2026-03-03T14:00"),
        ("dept_manager", "2026-03-03T18:00"),
        ("aftersales,presales", "2026-03-03T10:30"),
        ("operations,aftersales", "2026-03-03T14:00"),
        ("technician", "2026-03-03T18:00"),
        ("designer", "2026-03-03T18:00"),
    ],
)
def test_each_lane_has_its_time(desk: SlaDesk, groups: str, due: str) -> None:
    desk.clock.advance_to(shop(TUESDAY_10AM))
    desk.deploy(one_task(groups))
    desk.start()
    assert desk.due("ask") == shop(due)


def test_a_group_that_the_table_leaves_out_has_no_due_time(desk: SlaDesk) -> None:
    desk.deploy(one_task("process_owner"))
    desk.start()
    assert desk.row("ask").due_at is None
    assert desk.alarms() == []
    consistent(desk)


def test_without_a_table_there_are_no_due_times(engine: object, db: Database, clock: VirtualClock) -> None:
    plain = type(engine)(db, clock)  # type: ignore[call-arg]
    plain.deploy(one_task())
    plain.start()
    assert plain.column("SELECT due_at FROM user_task") == [None]
    assert plain.column("SELECT count(*) FROM job") == [0]


def test_the_high_column_counts_for_an_urgent_process(desk: SlaDesk) -> None:
    desk.clock.advance_to(shop(TUESDAY_10AM))
    drawing = one_task()
    drawing.extension = properties(priority="high")
    desk.deploy(drawing)
    desk.start()
    assert desk.due("ask") == shop("2026-03-03T11:00")
    assert desk.row("ask").urgency == 0
    assert desk.column("SELECT priority FROM process_instance") == ["high"]


@pytest.mark.parametrize(
    ("formula", "given", "priority"),
    [
        ('=if vip then "high" else "normal"', {"vip": True}, "high"),
        ('=if vip then "high" else "normal"', {"vip": False}, "normal"),
        ('=if vip then "high" else "normal"', {}, "normal"),
        ("=vip", {"vip": "urgent"}, "normal"),
        ("=1 / 0", {}, "normal"),
        ("=(((", {}, "normal"),
        ("加急", {}, "normal"),
        ("normal", {}, "normal"),
    ],
)
def test_the_priority_of_a_process_may_be_a_formula(
    desk: SlaDesk, formula: str, given: dict[str, object], priority: str
) -> None:
    drawing = one_task()
    drawing.extension = properties(priority=formula)
    desk.deploy(drawing)
    desk.start(**given)
    assert desk.column("SELECT priority FROM process_instance") == [priority]


def test_children_inherit_the_priority(desk: SlaDesk) -> None:
    outer = Drawing("outer").start().call("sub", "p").end().flow("start", "sub", "end")
    outer.extension = properties(priority="high")
    desk.deploy(one_task(), outer)
    desk.start("outer")
    assert desk.column("SELECT priority FROM process_instance ORDER BY key") == ["high", "high"]
    assert desk.row("ask").sla_duration == "PT1H"


def test_a_drawn_due_time_stands_and_is_reminded_of_in_calendar_time(desk: SlaDesk) -> None:
    drawing = (
        Drawing().start().user("ask", extension='<zeebe:taskSchedule dueDate="=now() + duration(&quot;PT10H&quot;)"/>')
    )
    desk.deploy(drawing.end().flow("start", "ask", "end"))
    desk.start()
    assert desk.due("ask") == shop("2026-01-02T19:00")
    assert desk.alarms() == [("remind", shop("2026-01-02T17:00"))]
    assert (desk.row("ask").sla_group, desk.row("ask").calendar) == (None, None)
    consistent(desk)


def test_a_drawn_due_time_that_is_over_already_has_no_alarm(desk: SlaDesk) -> None:
    drawing = Drawing().start().user("ask", extension='<zeebe:taskSchedule dueDate="=now()"/>').end()
    desk.deploy(drawing.flow("start", "ask", "end"))
    desk.start()
    assert desk.due("ask") == shop(HOLIDAY_9AM)
    assert desk.alarms() == []


@pytest.mark.parametrize(
    ("timers", "due"),
    [
        ([("PT5H", True)], "2026-01-02T14:00"),
        ([("PT5H", False)], "2026-01-02T14:00"),
        ([("PT5H", False), ("PT8H", True)], "2026-01-02T17:00"),
        ([("PT5H", False), ("PT8H", False)], "2026-01-02T17:00"),
        ([("PT5H", True), ("PT8H", True)], "2026-01-02T14:00"),
        ([("PT5H", True), ("PT8H", False)], "2026-01-02T14:00"),
    ],
)
def test_a_timer_drawn_on_the_task_takes_precedence(desk: SlaDesk, timers: list[tuple[str, bool]], due: str) -> None:
    drawing = one_task()
    for number, (length, interrupting) in enumerate(timers):
        name = f"tm{number}"
        drawing.boundary(name, "ask", duration(length), interrupting=interrupting).end(f"end_{name}")
        drawing.flow(name, f"end_{name}")
    desk.deploy(drawing)
    desk.start()
    assert desk.due("ask") == shop(due)
    assert desk.alarms() == []
    consistent(desk)


def test_a_timer_of_which_nobody_knows_when_it_is_due_leaves_the_task_without(desk: SlaDesk) -> None:
    drawing = one_task().boundary("tm", "ask", duration("=nothing")).end("end_tm").flow("tm", "end_tm")
    desk.deploy(drawing)
    desk.start()
    assert desk.row("ask").due_at is None
    assert desk.column("SELECT element FROM incident") == ["tm"]
    consistent(desk)


def test_a_task_that_ends_takes_its_alarm_with_it(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    desk.start()
    desk.runtime.claim(desk.task("ask"), LI)
    assert desk.due("ask") == shop("2026-01-04T13:00")
    desk.complete("ask")
    assert desk.alarms() == []
    key = desk.start()
    desk.runtime.cancel(key, "不再需要", ZHAO)
    assert desk.alarms() == []
    consistent(desk)


def test_the_command_records_by_which_calendar_and_table_it_counted(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    key = desk.start()
    (command,) = desk.column("SELECT command FROM history_value WHERE stream = :key", key=key)
    recorded = canonical.decode(command)  # type: ignore[arg-type]
    assert [recorded["calendar"]] == desk.column("SELECT hash FROM calendar_version")
    assert [recorded["sla"]] == desk.column("SELECT hash FROM resource WHERE id = 'task_sla'")
    desk.complete("ask")
    last = desk.column("SELECT command FROM history_value WHERE stream = :key ORDER BY revision DESC", key=key)[0]
    assert "calendar" not in canonical.decode(last)  # type: ignore[arg-type]  # it opened no task


def test_a_new_table_counts_for_new_tasks_and_old_cases_re_execute_by_theirs(desk: SlaDesk) -> None:
    desk.deploy(one_task())
    old = desk.start()
    desk.definitions.deploy({"task_sla.dmn": TASK_SLA.replace(b"PT4H", b"PT2H")}, SYSTEM)
    new = desk.start()
    assert desk.column("SELECT sla_duration FROM user_task ORDER BY id") == ["PT4H", "PT2H"]
    assert all(re_execute(desk.db, str(key)).same for key in (old, new))


@pytest.mark.parametrize("what", ["calendar_version", "resource"])
def test_a_calendar_or_table_changed_by_hand_is_seen(desk: SlaDesk, what: str) -> None:
    desk.deploy(one_task())
    key = desk.start()
    with desk.db.begin() as tx:
        where = "" if what == "calendar_version" else " WHERE id = 'task_sla'"
        tx.connection.exec_driver_sql(
            f"UPDATE {what} SET content = replace(CAST(content AS TEXT), '23:30', '22:30'){where}"
            if what == "calendar_version"
            else f"UPDATE {what} SET content = replace(CAST(content AS TEXT), 'PT4H', 'PT9H'){where}"
        )
    report = re_execute(desk.db, str(key))
    assert report.first_difference is not None
    assert "stored as it was" in report.first_difference.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"PT4H"', b'"soon"'),
        (b'"PT4H"', b'"PT0S"'),
        (b'"PT4H"', b'"P1M"'),
        (b'"PT4H"', b'"P61D"'),
        (b'"PT4H"', b'"-PT4H"'),
        (b'"PT4H"', b"4"),
        (b'"dept_manager"', '"店长"'.encode()),
        (b'"dept_manager"', b'"supervisor,supervisor,supervisor,supervisor"'),
        (b'id="task_sla" name', b'id="task_sla" bame'),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(desk: SlaDesk, before: bytes, after: bytes) -> None:
    if after == b'id="task_sla" bame':
        with pytest.raises(DefinitionRefused):
            desk.definitions.deploy({"task_sla.dmn": b"<definitions/>"}, SYSTEM)
        return
    assert before in TASK_SLA
    findings = desk.definitions.check({"task_sla.dmn": TASK_SLA.replace(before, after)})
    assert "sla.row" in {finding.rule for finding in findings}


def test_each_item_of_a_multi_instance_task_has_its_due_time_and_alarm(desk: SlaDesk) -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
        'inputCollection="=[1, 2]" inputElement="item"/></bpmn:extensionElements>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    desk.deploy(Drawing().start().user("ask").having(loop).end().flow("start", "ask", "end"))
    desk.start()
    assert desk.column("SELECT count(*) FROM job WHERE kind = 'alarm'") == [2]
    timed = Drawing("timed").start().user("ask").having(loop)
    timed.boundary("tm", "ask", duration("PT5H")).end("end_tm").flow("tm", "end_tm").end().flow("start", "ask", "end")
    desk.deploy(timed)
    desk.start("timed")
    assert desk.due("ask") == shop("2026-01-02T14:00")
    assert desk.column("SELECT count(*) FROM job WHERE kind = 'alarm'") == [2]
    consistent(desk)
