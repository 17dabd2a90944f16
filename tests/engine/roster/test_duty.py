"""Who is on duty, away, standing in, and whom something is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import roster
from engine.store.database import Database
from tests.engine.roster.people import FRIDAY, MONDAY, PEOPLE, at, away, hire, plan, team_up

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def staff(db: Database) -> None:
    hire(db)


def test_a_shift_covers_its_first_second_and_not_its_last(db: Database) -> None:
    plan(db, ("li", FRIDAY, "day"))
    with db.read() as connection:
        instants = [at(FRIDAY, 9) - SECOND, at(FRIDAY, 9), at(FRIDAY, 17, 30) - SECOND, at(FRIDAY, 17, 30)]
        assert [roster.on_duty(connection, one) for one in instants] == [set(), {"li"}, {"li"}, set()]


def test_a_shift_over_midnight_covers_the_morning_after(db: Database) -> None:
    late = roster.Shift(code="late", name="夜班", starts=22 * 60, ends=30 * 60, paid_minutes=480)
    with db.begin() as tx:
        roster.save_shifts(tx, [late], _system(), at=at(FRIDAY, 9))
    plan(db, ("li", FRIDAY, "late"))
    saturday = FRIDAY + timedelta(days=1)
    with db.read() as connection:
        assert roster.on_duty(connection, at(saturday, 5, 59)) == {"li"}
        assert roster.on_duty(connection, at(saturday, 6)) == set()
        assert roster.on_duty(connection, at(FRIDAY, 5)) == set()


def test_who_is_absent_is_not_on_duty_and_a_day_off_is_nobodys_shift(db: Database) -> None:
    plan(db, ("li", FRIDAY, "day"), ("wang", FRIDAY, "day"), ("chen", FRIDAY, "off"))
    away(db, "li", (at(FRIDAY, 12), at(FRIDAY, 15)), stand_in="wang")
    with db.read() as connection:
        assert roster.on_duty(connection, at(FRIDAY, 11)) == {"li", "wang"}
        assert roster.on_duty(connection, at(FRIDAY, 12)) == {"wang"}
        assert roster.on_duty(connection, at(FRIDAY, 15)) == {"li", "wang"}
        moments = [at(FRIDAY, 11), at(FRIDAY, 12), at(FRIDAY, 15)]
        assert [roster.is_away(connection, "li", one) for one in moments] == [False, True, False]
        assert [roster.stand_in(connection, "li", one) for one in moments] == [None, "wang", None]


def test_the_next_shift_is_the_present_one_or_the_first_that_is_worked(db: Database) -> None:
    plan(db, ("li", FRIDAY, "day"), ("li", MONDAY, "night"), ("li", MONDAY + timedelta(days=1), "day"))
    with db.read() as connection:
        assert roster.next_shift(connection, "li", at(FRIDAY, 10)) == (at(FRIDAY, 9), at(FRIDAY, 17, 30))
        assert roster.next_shift(connection, "li", at(FRIDAY, 18)) == (at(MONDAY, 17), at(MONDAY, 23, 30))
        assert roster.next_shift(connection, "wang", at(FRIDAY, 18)) is None
        assert roster.next_shift(connection, "li", at(FRIDAY, 18) - timedelta(days=40)) is None
    away(db, "li", (at(MONDAY, 0), at(MONDAY, 24)))
    with db.read() as connection:
        found = roster.next_shift(connection, "li", at(FRIDAY, 18))
        assert found is not None
        assert found[0] == at(MONDAY + timedelta(days=1), 9)


def test_the_supervisors_of_the_team_hear_it_those_on_duty_first(db: Database) -> None:
    with db.read() as connection:
        assert roster.supervisors_of(connection, "li", at(FRIDAY, 10)) == ["sun", "zhou"]
    plan(db, ("zhou", FRIDAY, "day"))
    with db.read() as connection:
        assert roster.supervisors_of(connection, "li", at(FRIDAY, 10)) == ["zhou"]
        assert roster.supervisors_of(connection, "zhou", at(FRIDAY, 10)) == ["sun"]
    team_up(db, "一组", "li", "sun")
    with db.read() as connection:
        assert roster.supervisors_of(connection, "li", at(FRIDAY, 10)) == ["sun"]
        assert roster.supervisors_of(connection, "chen", at(FRIDAY, 10)) == ["zhou"]
        assert roster.team_of(connection, "li") == "一组"
        assert roster.team_of(connection, "chen") is None


def test_without_any_supervisor_the_department_manager_hears_it(db: Database) -> None:
    from engine.store.tables import user

    with db.begin() as tx:
        tx.connection.execute(user.update().where(user.c.id.in_(["zhou", "sun"])).values(active=0))
    with db.read() as connection:
        assert roster.supervisors_of(connection, "li", at(FRIDAY, 10)) == ["wu"]


def test_duty_is_asked_with_one_statement_that_uses_the_index(db: Database) -> None:
    from sqlalchemy import text

    plan(db, *((person, FRIDAY, "day") for person in PEOPLE if person not in ("wu", "cang")))
    with db.read() as connection:
        steps = connection.execute(
            text("EXPLAIN QUERY PLAN SELECT user FROM roster_day WHERE ends_at > 5 AND starts_at <= 5")
        ).all()
    assert any("ix_roster_day_ends" in row[3] for row in steps)


def _system():  # type: ignore[no-untyped-def]
    from engine.model import SYSTEM

    return SYSTEM
