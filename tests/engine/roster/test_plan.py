"""Teams, shifts, the roster's cells, absences: who may write what, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine import roster
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.model import SYSTEM
from engine.roster import sheets
from engine.store.database import Database
from tests.conftest import FRIDAY_9AM
from tests.engine.roster.people import FRIDAY, MONDAY, actor, at, away, hire, plan, team_up


@pytest.fixture(autouse=True)
def staff(db: Database) -> None:
    hire(db)


def write(db: Database, by: str, *cells: tuple[str, date, str]) -> int:
    boss = actor(db, by)
    with db.begin() as tx:
        return roster.set_days(tx, {(p, d): code for p, d, code in cells}, boss, at=FRIDAY_9AM)


def days(db: Database, first: date = FRIDAY, last: date = MONDAY) -> roster.Days:
    with db.read() as connection:
        people = [one.id for one in roster.list_people(connection)]
        return roster.read_days(connection, people, first, last)


def system_events(db: Database) -> list[str]:
    from sqlalchemy import select

    from engine.store.tables import history_event

    with db.read() as connection:
        found = select(history_event.c.kind).where(history_event.c.stream == 0).order_by(history_event.c.seq)
        return list(connection.execute(found).scalars())


# --- cells ---------------------------------------------------------------------------------------


def test_cells_are_written_changed_and_emptied_and_only_changes_count(db: Database) -> None:
    assert write(db, "zhou", ("li", FRIDAY, "day"), ("li", MONDAY, "night")) == 2
    assert write(db, "zhou", ("li", FRIDAY, "day"), ("li", MONDAY, "off")) == 1
    assert write(db, "zhou", ("li", FRIDAY, "")) == 1
    assert write(db, "zhou", ("li", FRIDAY, "")) == 0
    assert days(db) == {("li", MONDAY): "off"}
    assert system_events(db) == ["roster.changed"] * 3


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (("li", FRIDAY - timedelta(days=1), "day"), "01月01日 已经过去"),
        (("li", FRIDAY, "late"), "没有班次「late」"),
        (("cang", FRIDAY, "day"), "账号 cang 不在排班人员中"),
        (("nobody", FRIDAY, "day"), "账号 nobody 不在排班人员中"),
    ],
)
def test_what_cannot_be_rostered_is_refused_whole(db: Database, cell: tuple[str, date, str], said: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        write(db, "zhou", ("wang", FRIDAY, "day"), cell)
    assert said in refused.value.message_zh
    assert days(db) == {}


def test_the_past_may_be_sent_along_unchanged(db: Database) -> None:
    thursday = FRIDAY - timedelta(days=1)
    plan(db, ("li", thursday, "day"))
    assert write(db, "zhou", ("li", thursday, "day"), ("li", FRIDAY, "day")) == 1


def test_a_supervisor_plans_the_own_team_and_who_is_in_none(db: Database) -> None:
    team_up(db, "一组", "li", "zhou")
    team_up(db, "二组", "wang", "sun")
    assert write(db, "zhou", ("li", FRIDAY, "day"), ("chen", FRIDAY, "day")) == 2
    with pytest.raises(NotAllowed):
        write(db, "zhou", ("wang", FRIDAY, "day"))
    assert write(db, "wu", ("wang", FRIDAY, "day")) == 1
    with pytest.raises(NotAllowed):
        away(db, "wang", (at(FRIDAY, 9), at(FRIDAY, 18)))


def test_a_week_is_copied_as_it_is() -> None:
    assert roster.copied({("li", FRIDAY): "day"}, timedelta(days=7)) == {("li", date(2026, 1, 9)): "day"}
    assert roster.since_week(FRIDAY) == date(2025, 12, 29)
    assert roster.since_week(MONDAY) == MONDAY


# --- shifts --------------------------------------------------------------------------------------


def test_the_catalogues_shifts_count_until_others_are_saved(db: Database) -> None:
    with db.read() as connection:
        shown = [(one.name, one.hours, one.paid_minutes) for one in roster.list_shifts(connection)]
    assert shown == [
        ("白班", "09:00–17:30", 510),
        ("半白班", "10:00–15:30", 330),
        ("晚班", "17:00–23:30", 390),
        ("休", "", 0),
    ]


def test_new_times_count_from_tomorrow_on(db: Database) -> None:
    plan(db, ("li", FRIDAY, "day"), ("li", MONDAY, "day"))
    early = replace(roster.DEFAULT[0], starts=8 * 60, ends=16 * 60, paid_minutes=480)
    with db.begin() as tx:
        roster.save_shifts(tx, [early], SYSTEM, at=FRIDAY_9AM)
    with db.read() as connection:
        assert roster.on_duty(connection, at(FRIDAY, 8, 30)) == set()
        assert roster.on_duty(connection, at(MONDAY, 8, 30)) == {"li"}


def test_a_shift_that_is_rostered_is_not_deleted(db: Database) -> None:
    plan(db, ("li", MONDAY, "night"))
    with db.begin() as tx, pytest.raises(InvalidValue) as refused:
        roster.save_shifts(tx, [roster.DEFAULT[0]], SYSTEM, at=FRIDAY_9AM)
    assert refused.value.message_zh == "「晚班」在 01-05 已排班,不能删除。"


def test_a_shop_of_its_own_shifts_rosters_its_teams_by_them(db: Database) -> None:
    team_up(db, "二店", "wang", shop="二店")
    with db.begin() as tx:
        early = replace(roster.DEFAULT[0], starts=7 * 60)
        roster.save_shifts(tx, [early], SYSTEM, at=FRIDAY_9AM, shop="二店")
    plan(db, ("wang", MONDAY, "day"), ("li", MONDAY, "day"))
    with db.read() as connection:
        assert roster.on_duty(connection, at(MONDAY, 7, 30)) == {"wang"}
        assert roster.shop_of(connection, "wang") == "二店"
        assert [one.code for one in roster.list_shifts(connection, "二店")] == ["day", "off"]
    with db.begin() as tx:  # the others' are changed without these
        roster.save_shifts(tx, [replace(roster.DEFAULT[0], starts=8 * 60)], SYSTEM, at=FRIDAY_9AM)
    with db.read() as connection:
        assert roster.on_duty(connection, at(MONDAY, 7, 30)) == {"wang"}
        assert roster.on_duty(connection, at(MONDAY, 8, 30)) == {"li", "wang"}


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "一二三四五六七八九"},
        {"code": "X"},
        {"ends": 8 * 60},
        {"ends": 34 * 60},
        {"starts": -1},
        {"paid_minutes": 511},
        {"paid_minutes": -1},
    ],
)
def test_a_shift_that_cannot_be_worked_is_refused(db: Database, change: dict[str, object]) -> None:
    with db.begin() as tx, pytest.raises(InvalidValue):
        roster.save_shifts(tx, [replace(roster.DEFAULT[0], **change)], SYSTEM, at=FRIDAY_9AM)  # type: ignore[arg-type]


def test_two_shifts_of_one_name_are_refused(db: Database) -> None:
    twice = [roster.DEFAULT[0], replace(roster.DEFAULT[1], name="白班")]
    with db.begin() as tx, pytest.raises(InvalidValue):
        roster.save_shifts(tx, twice, SYSTEM, at=FRIDAY_9AM)


# --- teams ---------------------------------------------------------------------------------------


def test_nobody_is_in_two_teams(db: Database) -> None:
    team_up(db, "一组", "li", "zhou")
    with pytest.raises(InvalidValue) as refused:
        team_up(db, "二组", "li")
    assert refused.value.message_zh == "李娜已在「一组」,请先从那里移出;一个人只在一个小组。"
    for name, people in [("一组", []), ("  ", []), ("三组", ["nobody"]), ("组" * 21, [])]:
        with pytest.raises(InvalidValue):
            team_up(db, name, *people)


def test_the_only_team_limits_nobody_and_a_second_one_both(db: Database) -> None:
    first = team_up(db, "一组", "li", "zhou")
    assert actor(db, "zhou").team is None
    second = team_up(db, "二组", "wang", "sun")
    assert actor(db, "zhou").team == {"li", "zhou"}
    assert actor(db, "sun").team == {"wang", "sun"}
    assert actor(db, "chen").team is None
    from engine import accounts

    by_list = {one.id: one.actor.team for one in accounts.list_accounts(db)}
    assert by_list == {person: actor(db, person).team for person in by_list}
    with db.begin() as tx:
        roster.delete_team(tx, second, SYSTEM, at=FRIDAY_9AM)
    assert actor(db, "zhou").team is None
    with db.begin() as tx, pytest.raises(NotFound):
        roster.delete_team(tx, second, SYSTEM, at=FRIDAY_9AM)
    with db.read() as connection:
        (left,) = roster.list_teams(connection)
    assert (left.id, left.leaders) == (first, {"zhou"})


# --- absences ------------------------------------------------------------------------------------


def test_an_absence_ends_after_it_begins_and_overlaps_no_other(db: Database) -> None:
    away(db, "li", (at(MONDAY, 9), at(MONDAY, 18)), stand_in="wang")
    wrong = [
        ((at(MONDAY, 10), at(MONDAY, 11)), None),
        ((at(MONDAY, 9), at(MONDAY, 9)), None),
        ((at(FRIDAY, 7), at(FRIDAY, 8)), None),
        ((at(FRIDAY, 9), at(FRIDAY, 9) + timedelta(days=400)), None),
    ]
    for span, stand_in in wrong:
        with pytest.raises(InvalidValue):
            away(db, "li", span, stand_in=stand_in)
    for stand_in in ("wang", "nobody", "li"):
        with pytest.raises(InvalidValue):
            away(db, "wang", (at(MONDAY, 9), at(MONDAY, 18)), stand_in=stand_in)
    away(db, "li", (at(MONDAY, 18), at(MONDAY, 20)))
    assert system_events(db) == ["absence.added", "absence.added"]


def test_an_absence_is_called_off_once(db: Database) -> None:
    key = away(db, "li", (at(MONDAY, 9), at(MONDAY, 18)))
    boss = actor(db, "zhou")
    with db.begin() as tx:
        roster.cancel_absence(tx, key, boss, at=FRIDAY_9AM)
    with db.begin() as tx, pytest.raises(StepError):
        roster.cancel_absence(tx, key, boss, at=FRIDAY_9AM)
    with db.read() as connection:
        assert roster.list_absences(connection, FRIDAY_9AM) == ()
        assert not roster.is_away(connection, "li", at(MONDAY, 10))


# --- files ---------------------------------------------------------------------------------------


def test_a_file_gives_back_what_was_written(db: Database) -> None:
    plan(db, ("li", FRIDAY, "day"), ("wang", MONDAY, "off"))
    with db.read() as connection:
        people = roster.list_people(connection)
        names = {one.code: one.name for one in roster.list_shifts(connection)}
        shifts = {"": roster.list_shifts(connection)}
    written = sheets.write(people, days(db), names, FRIDAY, MONDAY)
    assert written.startswith("\ufeff账号,姓名,2026-01-02,".encode())
    assert "li,李娜,白班,,,\r\n".encode() in written
    read = sheets.read(written, people, shifts)
    assert {cell: code for cell, code in read.items() if code} == days(db)
    gbk = written.decode("utf-8-sig").encode("gb18030")
    assert sheets.read(gbk, people, shifts) == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("姓名,2026-01-02\n李娜,白班\n", "第一行须为"),
        ("账号,姓名,周五\nli,李娜,白班\n", "不是日期"),
        ("账号,姓名,2026-02-30\nli,李娜,白班\n", "不是日期"),
        (
            "账号,姓名,2026-01-02\nli,李娜,早班\nbob,,白班\n",
            "第 2 行 01-02:没有班次「早班」;第 3 行:没有可排班的账号「bob」",
        ),
        ("账号,姓名,2026-01-02\n", "没有排班数据"),
        ("", "文件须有 1 到 500 行"),
    ],
)
def test_a_file_that_is_wrong_says_where(db: Database, text: str, said: str) -> None:
    with db.read() as connection:
        people, shifts = roster.list_people(connection), {"": roster.list_shifts(connection)}
    with pytest.raises(InvalidValue) as refused:
        sheets.read(text.encode(), people, shifts)
    assert said in refused.value.message_zh


def test_a_name_that_looks_like_a_formula_is_none_in_the_file() -> None:
    odd = roster.RosteredPerson(id="li", name="=1+1", groups=(), team=None, shop="")
    assert b"li,'=1+1,\r\n" in sheets.write([odd], {}, {}, FRIDAY, FRIDAY)
