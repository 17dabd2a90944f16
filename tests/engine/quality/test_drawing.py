"""The weekly sample: five of each agent's closed cases, all complaints, once, and the same for whoever draws again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.errors import InvalidValue, NotFound
from engine.quality import drawing, looking, weeks
from engine.store.tables import notification, quality_check, quality_draw
from tests.engine.kpi.ledger import Ledger, at, person

WEEK = "2026-W50"  # 7 to 13 December


def drawn(ledger: Ledger) -> list[tuple[str, str, str]]:
    with ledger.db.read() as connection:
        rows = connection.execute(select(quality_check).order_by(quality_check.c.id))
        return [(row.agent, row.why, row.case_id) for row in rows]


def draw(ledger: Ledger, week: str = WEEK) -> int:
    with ledger.db.begin() as tx:
        return drawing.draw_week(tx, week, ledger.clock.now())


def close(ledger: Ledger, count: int, owner: str = "li", process: str = "p10_courier_query") -> list[int]:
    return [ledger.case(process, ended="12-09 12:00", owner=owner) for _ in range(count)]


def test_five_of_each_agent_and_every_complaint_are_drawn(ledger: Ledger) -> None:
    close(ledger, 9)
    close(ledger, 3, "wang")
    close(ledger, 7, process="p13_rights_protection")
    assert draw(ledger) == 5 + 3 + 7
    assert Counter((agent, why) for agent, why, _ in drawn(ledger)) == {
        ("li", "drawn"): 5, ("li", "complaint"): 7, ("wang", "drawn"): 3,
    }  # fmt: skip
    with ledger.db.read() as connection:
        kept = {row.agent: (row.closed, row.drawn, row.complaints) for row in connection.execute(select(quality_draw))}
    assert kept["li"] == (9, 5, 7)
    assert kept["wang"] == (3, 3, 0)


def test_the_draw_can_be_repeated_by_anybody(ledger: Ledger) -> None:
    cases = [str(key) for key in close(ledger, 30)]
    draw(ledger)
    seed = drawing.seed_of(WEEK, "li")
    again = sorted(cases, key=lambda case: drawing.place_of(seed, case))[:5]
    assert {case for _, _, case in drawn(ledger)} == set(again)
    assert set(again) != set(cases[:5])
    other = drawing.seed_of("2026-W49", "li")
    assert sorted(cases, key=lambda case: drawing.place_of(other, case))[:5] != again


def test_only_what_ended_by_itself_in_the_week_with_a_customer_is_drawn(ledger: Ledger) -> None:
    inside = ledger.case(ended="12-07 00:00")
    last = ledger.case(ended="12-13 23:59")
    ledger.case(ended="12-06 23:59")
    ledger.case(ended="12-14 00:00")
    ledger.case(ended="12-09 12:00", status="cancelled")
    ledger.case(ended=None)
    ledger.case(ended="12-09 12:00", process="p07_delivery")
    ledger.case(ended="12-09 12:00", process="r07_night_check")
    ledger.case(ended="12-09 12:00", process="d01_day_report")
    ledger.case(ended="12-09 12:00", owner="system")
    ledger.case(ended="12-09 12:00", owner="cang")
    ledger.case(ended="12-09 12:00", parent=inside)
    draw(ledger)
    assert {case for _, _, case in drawn(ledger)} == {str(inside), str(last)}


def test_a_week_is_drawn_once_and_what_was_added_by_hand_stays_single(ledger: Ledger) -> None:
    (case,) = close(ledger, 1)
    with ledger.db.begin() as tx:
        made = drawing.add_case(tx, str(case), person("zhou"), now=ledger.clock.now())
        assert drawing.add_case(tx, str(case), person("zhou"), now=ledger.clock.now()) == made
    assert draw(ledger) == 0
    close(ledger, 1)
    assert draw(ledger) == 0
    assert [why for _, why, _ in drawn(ledger)] == ["hand"]


def test_the_look_draws_on_monday_and_makes_up_for_missed_weeks(ledger: Ledger) -> None:
    close(ledger, 2)
    early = ledger.case(ended="12-19 23:00")
    looking.look(ledger.db, ledger.clock.now())
    assert len(drawn(ledger)) == 2  # this week is not over
    ledger.clock.advance_to(at("12-20 23:59"))
    looking.look(ledger.db, ledger.clock.now())
    assert len(drawn(ledger)) == 2
    ledger.clock.advance_to(at("12-21 00:00"))
    looking.look(ledger.db, ledger.clock.now())
    looking.look(ledger.db, ledger.clock.now())
    assert [case for _, _, case in drawn(ledger)][2:] == [str(early)]
    with ledger.db.read() as connection:
        told = connection.execute(
            select(notification.c.user, notification.c.text).where(notification.c.once.like("quality-draw:%"))
        ).all()
    assert Counter(row.user for row in told) == {"zhou": 2, "min": 2}


def test_a_look_at_the_turn_of_the_year_names_the_right_week() -> None:
    assert weeks.week_of(at("12-31 23:59")) == "2026-W53"
    assert weeks.shifted("2026-W53", 1) == "2027-W01"
    first, behind = weeks.bounds_of("2026-W53")
    assert behind - first == timedelta(days=7) / timedelta(microseconds=1)


@pytest.mark.parametrize("week", ["2026-W54", "2027-W53", "2026-W00", "x", "0001-W01", "2026-50"])
def test_a_week_that_does_not_exist_is_not_found(week: str) -> None:
    with pytest.raises(NotFound):
        weeks.monday_of(week)


def test_what_cannot_be_checked_is_not_added(ledger: Ledger) -> None:
    running, own = ledger.case(ended=None), ledger.case(owner="zhou", opened_by="zhou")
    nobody = ledger.case(owner="system")
    with ledger.db.begin() as tx:
        for case in (running, own, nobody):
            with pytest.raises(InvalidValue):
                drawing.add_case(tx, str(case), person("zhou"), now=ledger.clock.now())
        for unknown in ("999", "", "1 OR 1=1", "九"):
            with pytest.raises(NotFound):
                drawing.add_case(tx, unknown, person("zhou"), now=ledger.clock.now())


def test_working_days_leave_out_weekends_and_holidays() -> None:
    friday = at("12-18 10:00")
    assert weeks.after_working_days(friday, 5, None) == at("12-26 00:00")
    before_new_year = at("12-30 10:00")  # 31 December, then the holiday and a weekend
    assert weeks.after_working_days(before_new_year, 2, None).astimezone(friday.tzinfo) > at("12-31 23:59")
