"""Processes that start by themselves: at their times, for whom the roster has; what was missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import canonical
from engine.clock import VirtualClock, from_microseconds
from engine.duties import start_due
from engine.failpoints import Armed, Crash, watched
from engine.model import SYSTEM, JobKind
from engine.runtime.jobs import JobRunner
from engine.shop import ON, save_settings
from engine.store.database import Database
from tests.engine.roster.people import FRIDAY, at, away, hire, plan
from tests.engine.support import Engine, consistent
from tests.sample import long
from tests.unit.bpmn.drawing import Drawing, properties

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DAILY = "30 8 * * *"


def duty(cron: str = DAILY, process_id: str = "duty", **says: str) -> Drawing:
    """A process with one task, for whom the roster picks."""
    drawing = Drawing(process_id)
    drawing.extension = properties(**says)
    timer = f"<bpmn:timerEventDefinition><bpmn:timeCycle>{cron}</bpmn:timeCycle></bpmn:timerEventDefinition>"
    drawing.element("startEvent", "start_it", timer)
    assignment = '<zeebe:assignmentDefinition assignee="=duty_person" candidateGroups="aftersales"/>'
    form = f'<zeebe:userTask/><zeebe:formDefinition formId="{process_id}.do_it"/>'
    drawing.element("userTask", "do_it", extension=form + assignment)
    return drawing.end().flow("start_it", "do_it", "end")


def turns(engine: Engine) -> list[tuple[object, ...]]:
    """(local time, outcome, how many, person) of every turn."""
    columns = ("scheduled_at", "outcome", "turns", "coalesce(person, '-')")
    lists = [engine.column(f"SELECT {column} FROM timer_turn ORDER BY id") for column in columns]
    found = []
    for moment, outcome, count, person in zip(*lists, strict=True):
        local = from_microseconds(int(str(moment))) + 8 * HOUR
        found.append((f"{local:%m-%d %H:%M}", outcome, count, person))
    return found


def next_due(engine: Engine) -> list[str]:
    found = engine.column("SELECT due_at FROM job WHERE kind = 'start' ORDER BY id")
    return [f"{from_microseconds(int(str(due))) + 8 * HOUR:%m-%d %H:%M}" for due in found]


def go_to(engine: Engine, moment: datetime) -> None:
    assert isinstance(engine.clock, VirtualClock)
    engine.clock.advance_to(moment)
    engine.worker.drain()


def test_it_starts_at_its_time_day_after_day(engine: Engine) -> None:
    engine.deploy(duty())
    assert next_due(engine) == ["01-03 08:30"]
    go_to(engine, at(FRIDAY, 32, 29))
    assert engine.count("process_instance") == 0
    go_to(engine, at(FRIDAY, 32, 30))
    assert turns(engine) == [("01-03 08:30", "started", 1, "-")]
    engine.complete("do_it")
    for day in (2, 3):
        go_to(engine, at(FRIDAY, 8 + 24 * day, 31))
    assert [turn[0] for turn in turns(engine)] == ["01-03 08:30", "01-04 08:30", "01-05 08:30"]
    assert next_due(engine) == ["01-06 08:30"]
    consistent(engine)


def test_the_history_tells_the_turn(engine: Engine) -> None:
    engine.deploy(duty())
    go_to(engine, at(FRIDAY, 32, 30))
    (key,) = engine.column("SELECT key FROM process_instance")
    assert "case.scheduled" in engine.kinds(int(str(key)))
    assert engine.runtime.definitions.latest("duty").definition.none_start is None


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        ("skip", [("01-03 08:30", "skipped", 3, "-")]),
        ("latest", [("01-03 08:30", "skipped", 2, "-"), ("01-05 08:30", "made_up", 1, "-")]),
        ("each", [(f"01-0{day} 08:30", "made_up", 1, "-") for day in (3, 4, 5)]),
    ],
)
def test_what_was_missed_is_made_up_as_the_process_says(
    engine: Engine, missed: str, expected: list[tuple[object, ...]]
) -> None:
    engine.deploy(duty(missed=missed))
    go_to(engine, at(FRIDAY, 24 * 3 + 12))  # Monday noon: nothing ran since Friday
    assert turns(engine) == expected
    assert next_due(engine) == ["01-06 08:30"]
    skipped = engine.column("SELECT count(*) FROM history_event WHERE kind = 'schedule.skipped'")
    assert skipped == [1 if expected[0][1] == "skipped" else 0]
    consistent(engine)


def test_a_quarter_of_an_hour_late_is_not_missed(engine: Engine) -> None:
    engine.deploy(duty())
    go_to(engine, at(FRIDAY, 32, 45))
    assert turns(engine) == [("01-03 08:30", "started", 1, "-")]


def test_what_was_missed_before_a_turn_on_time_is_not_made_up_beside_it(engine: Engine) -> None:
    engine.deploy(duty("0 * * * *", missed="latest"))
    go_to(engine, at(FRIDAY, 13, 5))
    assert [turn[:3] for turn in turns(engine)] == [("01-02 10:00", "skipped", 3), ("01-02 13:00", "started", 1)]


@long
def test_a_year_of_minutes_is_passed_over_at_once(engine: Engine) -> None:
    engine.deploy(duty("* * * * *"))
    go_to(engine, at(FRIDAY, 24 * 365))
    found = turns(engine)
    assert found[0][1] == "skipped"
    assert engine.count("process_instance") <= 17


def test_the_time_is_that_of_the_zone(engine: Engine) -> None:
    engine.deploy(duty("30 2 * * *", time_zone="America/New_York"))
    go_to(engine, datetime(2026, 3, 8, 6, 59, tzinfo=UTC))
    before = engine.count("process_instance")
    go_to(engine, datetime(2026, 3, 8, 7, 31, tzinfo=UTC))  # 02:30 does not exist; it is 03:31
    assert engine.count("process_instance") == before + 1


def test_a_version_that_says_another_time_starts_then(engine: Engine) -> None:
    engine.deploy(duty())
    engine.deploy(duty("0 7 * * *"))
    assert next_due(engine) == ["01-03 07:00"]
    engine.deploy(duty("0 7 * * *", missed="each"))  # the time is the same: the turn stays
    assert next_due(engine) == ["01-03 07:00"]
    plain = Drawing("duty").start().user("do_it").end().flow("start", "do_it", "end")
    engine.deploy(plain)
    assert next_due(engine) == []
    assert engine.count("timer_start") == 0


class TestRoster:
    """Whom a turn is for."""

    @pytest.fixture(autouse=True)
    def staff(self, db: Database) -> None:
        hire(db)

    def test_it_is_who_is_on_duty_and_had_the_fewest_turns(self, engine: Engine, db: Database) -> None:
        days = [FRIDAY + n * DAY for n in range(1, 5)]
        plan(db, *[("li", day, "day") for day in days], *[("wang", day, "day") for day in days[:2]])
        engine.deploy(duty("0 10 * * *", roster="on_duty", roster_groups="aftersales"))
        for day in days:
            go_to(engine, at(day, 10))
        assert [turn[3] for turn in turns(engine) if turn[1] == "started"] == ["li", "wang", "li", "li"]
        for column in ("owner", "first_owner"):  # whom linked cases stay with
            found = engine.column(f"SELECT {column} FROM process_instance ORDER BY key")
            assert found == ["li", "wang", "li", "li"]
        assert engine.column("SELECT assignee FROM user_task ORDER BY id") == ["li", "wang", "li", "li"]

    def test_who_is_away_has_no_turn_and_without_anybody_it_waits_for_the_group(
        self, engine: Engine, db: Database
    ) -> None:
        saturday = FRIDAY + DAY
        plan(db, ("li", saturday, "day"))
        away(db, "li", (at(saturday, 9), at(saturday, 12)))
        engine.deploy(duty("0 10,13 * * *", roster="on_duty", roster_groups="aftersales"))
        go_to(engine, at(saturday, 10))
        go_to(engine, at(saturday, 13))
        assert [turn[3] for turn in turns(engine)][-2:] == ["-", "li"]
        assert engine.column("SELECT assignee FROM user_task ORDER BY id")[-2:] == [None, "li"]

    def test_a_duty_at_the_end_of_a_shift_is_still_its_people_s(self, engine: Engine, db: Database) -> None:
        plan(db, ("li", FRIDAY, "night"))
        engine.deploy(duty("30 23 * * *", roster="on_duty", roster_groups="aftersales"))
        go_to(engine, at(FRIDAY, 23, 30))
        assert turns(engine) == [("01-02 23:30", "started", 1, "li")]

    def test_each_who_starts_work_has_a_case(self, engine: Engine, db: Database) -> None:
        saturday = FRIDAY + DAY
        plan(db, ("li", saturday, "day"), ("wang", saturday, "day"), ("chen", saturday, "night"))
        engine.deploy(duty("30 8,16 * * *", roster="each_starting", roster_groups="aftersales,presales"))
        for hour in (8, 16):
            go_to(engine, at(saturday, hour, 30))
        go_to(engine, at(saturday + DAY, 8, 30))
        assert [turn for turn in turns(engine) if turn[0] >= "01-03"] == [
            ("01-03 08:30", "started", 1, "li"),
            ("01-03 08:30", "started", 1, "wang"),
            ("01-03 16:30", "started", 1, "chen"),
            ("01-04 08:30", "nobody", 1, "-"),
        ]

    def test_each_who_ends_work_has_a_case_with_the_end_of_the_shift(self, engine: Engine, db: Database) -> None:
        saturday = FRIDAY + DAY
        plan(db, ("li", saturday, "day"), ("wang", saturday, "half"), ("chen", saturday, "night"))
        away(db, "chen", (at(saturday, 23), at(saturday, 23, 30)))
        engine.deploy(duty("0 15,17,23 * * *", roster="each_ending", roster_groups="aftersales,presales"))
        for hour in (15, 17, 23):
            go_to(engine, at(saturday, hour))
        assert [turn for turn in turns(engine) if turn[0] >= "01-03"] == [
            ("01-03 15:00", "started", 1, "wang"),
            ("01-03 17:00", "started", 1, "li"),
            ("01-03 23:00", "nobody", 1, "-"),
        ]
        known = [
            canonical.decode(data) for data in engine.column("SELECT variables FROM process_instance ORDER BY key")
        ]
        ends = [(one["shift"], one["shift_ends_at"]) for one in known if one["duty_person"] in ("li", "wang")]
        assert ends == [("half", at(saturday, 15, 30)), ("day", at(saturday, 17, 30))]

    def test_each_member_has_a_case_working_or_not(self, engine: Engine, db: Database) -> None:
        plan(db, ("li", FRIDAY + DAY, "day"))
        engine.deploy(duty("0 9 25 * *", roster="each_member", roster_groups="aftersales"))
        go_to(engine, at(FRIDAY.replace(day=25), 9))
        came = [turn[3] for turn in turns(engine)]
        assert came == sorted(came)
        assert {"li", "wang"} <= set(came)
        assert "zhou" not in came


def test_a_pack_that_is_off_lets_its_turns_go_by(engine: Engine, db: Database) -> None:
    engine.deploy(duty(pack="duties", missed="each"))
    go_to(engine, at(FRIDAY, 34))
    assert turns(engine) == []
    with db.begin() as tx:
        save_settings(tx, {"pack_duties": ON}, SYSTEM, now=engine.clock.now())
    go_to(engine, at(FRIDAY, 24 + 34))
    assert [turn[0] for turn in turns(engine)] == ["01-04 08:30"]


def test_two_workers_start_it_once(engine: Engine) -> None:
    engine.deploy(duty())
    engine.clock.advance_to(at(FRIDAY, 32, 31))
    other = JobRunner(engine.runtime, engine.delivered.append, behind={JobKind.START: start_due})
    engine.worker.drain()
    assert other.run_due(50) == 0
    assert engine.count("process_instance") == 1


def test_a_process_that_cannot_start_is_tried_again_and_keeps_its_schedule(engine: Engine) -> None:
    drawing = duty()
    drawing.lines = [line.replace("=duty_person", "=1 / nothing_at_all.x") for line in drawing.lines]
    engine.deploy(drawing)
    go_to(engine, at(FRIDAY, 32, 31))
    assert len(next_due(engine)) == 1


@pytest.mark.parametrize("point", ["duties.started", "definitions.timer_starts.gone"])
def test_a_crash_starts_it_never_or_once(engine: Engine, point: str) -> None:
    if point.startswith("definitions"):
        with watched(Armed(point, 1, "raise")), pytest.raises(Crash):
            engine.deploy(duty())
        assert engine.count("timer_start") == 0
    engine.deploy(duty())
    engine.clock.advance_to(at(FRIDAY, 32, 31))
    if point.startswith("duties"):
        with watched(Armed(point, 1, "raise")), pytest.raises(Crash):
            engine.worker.drain()
        assert engine.count("process_instance") == 0
    engine.worker.drain()
    assert engine.count("process_instance") == 1
    assert next_due(engine) == ["01-04 08:30"]
