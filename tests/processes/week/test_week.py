"""A week of a shop on the virtual clock: every duty comes when it should and for whom, and what people do adds up.

The short run lives its Monday. Six agents in three shifts, two supervisors; orders come and parcels move every
hour; whatever is open is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from engine import bpmn, canonical, shop
from engine.clock import SHANGHAI, VirtualClock, from_microseconds
from engine.model import SYSTEM, InstanceStatus
from engine.store.tables import incident, job, process_instance, register_row, timer_start, timer_turn, user_task
from tests.engine.roster.people import plan
from tests.faults.invariants import unlike_their_commands, violations
from tests.processes.walks.stage import walk_stage
from tests.processes.walks.walker import Walk
from tests.sample import times

MONDAY = date(2026, 1, 5)
DAYS = [MONDAY + timedelta(days=n) for n in range(times(7, 1))]
STEP = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
AGENTS = ("presales1", "presales2", "presales3", "aftersales1", "aftersales2", "aftersales3")
ROTATION = ("day", "day", "half", "night", "night", "off")
#: Code → begin and end.
SHIFTS = {"day": (time(9), time(17, 30)), "half": (time(10), time(15, 30)), "night": (time(17), time(23, 30))}
ROSTER = {(agent, day): ROTATION[(n + day.day) % 6] for n, agent in enumerate(AGENTS) for day in DAYS}
ROSTER |= {("supervisor1", day): "day" for day in DAYS} | {("supervisor2", day): "night" for day in DAYS}
#: Duties of each whose shift begins or ends, and where duties keep their rows, those of most in duty_register.
EACH = ("r18_shift_start", "d01_day_report")
REGISTERS = {
    "r18_shift_start": "attendance_register",
    "d01_day_report": "day_report_register",
    "d02_shipment_report": "volume_register",
}
#: Rounds of work in half an hour: what is done opens the next step.
ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn as it was kept."""

    process_id: str
    at: datetime
    outcome: str
    person: str | None
    instance: int | None


@pytest.fixture(scope="module")
def week() -> Iterator[Walk]:
    with walk_stage() as stage:
        walk = stage.open(77, cases=0, orders=3)
        live(walk)
        yield walk
        walk.db.close()


def live(walk: Walk) -> None:
    """From Monday's midnight to the next."""
    walk.people.hire("presales")
    walk.people.hire("aftersales")
    plan(walk.db, *[(person, day, shift) for (person, day), shift in ROSTER.items()])
    walk.clock.advance_to(local(MONDAY, time(0)))
    walk.worker.drain()
    shop.change_setting(walk.db, walk.clock, SYSTEM, "pack_duties", shop.ON)
    end = local(MONDAY + timedelta(days=len(DAYS)), time(0))
    while walk.clock.now() < end:
        walk.clock.advance(STEP)
        now = walk.clock.now().astimezone(SHANGHAI)
        if now.minute == 0 and 9 <= now.hour <= 22:
            walk.world.another_order()
            walk.world.some_parcel_moves()
        walk.settle()
        for _ in range(ROUNDS):
            if not walk.work():
                break


def local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, SHANGHAI)


def turns(walk: Walk) -> list[Turn]:
    with walk.db.read() as connection:
        rows = connection.execute(select(timer_turn).order_by(timer_turn.c.scheduled_at, timer_turn.c.id)).all()
    return [
        Turn(row.process_id, from_microseconds(row.scheduled_at), row.outcome, row.person, row.instance) for row in rows
    ]


def on_duty(at: datetime) -> set[str]:
    """Who works at an instant by the plan; at a shift's very end still those who leave."""
    found = set()
    for instant in (at, at - MINUTE):
        moment = instant.astimezone(SHANGHAI)
        for (person, day), shift in ROSTER.items():
            begin, end = SHIFTS.get(shift, (time(0), time(0)))
            if local(day, begin) <= moment < local(day, end):
                found.add(person)
        if found:
            break
    return found


def expected(walk: Walk) -> list[tuple[str, datetime]]:
    """(process, instant) of every turn that the diagrams ask for in that week, by cron read minute by minute."""
    with walk.db.read() as connection:
        rows = connection.execute(select(timer_start)).all()
    found = []
    for row in rows:
        cron = bpmn.parse_cron(row.cron)
        assert cron is not None
        at = cron.after(local(MONDAY, time(0)), ZoneInfo(row.time_zone))
        while at is not None and at <= local(MONDAY + timedelta(days=len(DAYS)), time(0)):
            found.append((row.process_id, at))
            at = cron.after(at, ZoneInfo(row.time_zone))
    return sorted(found, key=lambda one: (one[1], one[0]))


def test_every_duty_came_when_its_diagram_says(week: Walk) -> None:
    came = sorted({(turn.process_id, turn.at) for turn in turns(week)}, key=lambda one: (one[1], one[0]))
    assert came == expected(week)
    assert {turn.outcome for turn in turns(week)} <= {"started", "nobody"}
    by_process = Counter(process for process, _ in came)
    assert by_process["r02_morning_aftersales"] == by_process["r07_night_sweep"] == len(DAYS)
    assert by_process["r10_weekly_meeting"] == 1
    assert by_process["r18_shift_start"] == by_process["d01_day_report"] == 3 * len(DAYS)
    assert by_process["d07_patrol_round"] == 2 * len(DAYS)


def test_every_duty_was_for_who_the_roster_has(week: Walk) -> None:
    for turn in turns(week):
        if turn.process_id in EACH:
            continue
        groups = week.definitions.latest(turn.process_id).definition.properties["roster_groups"].split(",")
        able = {person for person in on_duty(turn.at) if person.rstrip("0123456789") in groups}
        assert turn.person in (able or {None}), (turn, able)


def test_turns_are_shared_out_evenly(week: Walk) -> None:
    """Nobody has two turns more of a duty than a colleague who was there for all of them."""
    for process in ("r03_morning_orders", "r04_review_handling"):
        counts = Counter(turn.person for turn in turns(week) if turn.process_id == process)
        assert max(counts.values()) <= 3, (process, counts)


def test_each_who_starts_work_clocks_in(week: Walk) -> None:
    came = [turn for turn in turns(week) if turn.process_id == "r18_shift_start" and turn.outcome == "started"]
    wanted = {
        (person, local(day, SHIFTS[shift][0]) - STEP)
        for (person, day), shift in ROSTER.items()
        if shift != "off" and not person.startswith("supervisor")
    }
    assert {(turn.person, turn.at) for turn in came} == wanted
    assert len(came) == len(wanted)


def test_each_who_ends_work_reports_the_day(week: Walk) -> None:
    came = [turn for turn in turns(week) if turn.process_id == "d01_day_report" and turn.outcome == "started"]
    wanted = {
        (person, local(day, SHIFTS[shift][1]) - STEP)
        for (person, day), shift in ROSTER.items()
        if shift != "off" and not person.startswith("supervisor")
    }
    assert {(turn.person, turn.at) for turn in came} == wanted
    assert len(came) == len(wanted)


def test_nothing_is_stuck(week: Walk) -> None:
    with week.db.read() as connection:
        assert connection.execute(select(incident)).all() == []
        assert connection.execute(select(job).where(job.c.problem.is_not(None))).all() == []
        waiting = connection.execute(
            select(process_instance.c.process_id, process_instance.c.opened_at).where(
                process_instance.c.status == InstanceStatus.ACTIVE.value,
                process_instance.c.process_id.in_({turn.process_id for turn in turns(week)}),
            )
        ).all()
        tasks = connection.execute(select(user_task).where(user_task.c.status == "open")).all()
    late = local(DAYS[-1], time(12))
    assert [row for row in waiting if from_microseconds(row.opened_at) < late] == []
    assert len(tasks) < 30


def test_the_registers_add_up(week: Walk) -> None:
    duties = [turn for turn in turns(week) if turn.instance is not None]
    with week.db.read() as connection:
        kept = connection.execute(
            select(register_row.c.register, register_row.c.instance, register_row.c["values"])
        ).all()
        ended = {
            row.key: row.end_state
            for row in connection.execute(
                select(process_instance.c.key, process_instance.c.end_state).where(
                    process_instance.c.key.in_([turn.instance for turn in duties]),
                    process_instance.c.status == InstanceStatus.COMPLETED.value,
                )
            )
        }
    rows = Counter((row.register, row.instance) for row in kept)
    for turn in duties:
        if turn.instance not in ended:
            continue
        register = REGISTERS.get(turn.process_id, "duty_register")
        assert rows[register, turn.instance] == 1, (turn, ended[turn.instance])
    names = {canonical.decode(row.values)["duty"] for row in kept if row.register == "duty_register"}
    assert len(names) >= 9


def test_what_happened_is_as_it_stands_in_the_history(week: Walk) -> None:
    cases = sorted({str(turn.instance) for turn in turns(week) if turn.instance is not None}, key=int)
    assert violations(week.db) == []
    assert unlike_their_commands(week.db, cases[:40]) == []
    assert isinstance(week.clock, VirtualClock)
