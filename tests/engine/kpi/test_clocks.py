"""The working-hours clock of indicators: what it counts is what the calendars say, second for second."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import update

from engine import calendars
from engine.calendars import OpenTime
from engine.clock import SHANGHAI, to_microseconds
from engine.kpi.periods import read_period
from engine.model import SYSTEM
from engine.store.tables import calendar_version, user_task
from engine.worktime import Calendar, DayKind, Span, default_calendar
from tests.engine.kpi.ledger import Ledger, at

D = Decimal
NINE_TO_FIVE = (Span(9 * 60, 17 * 60),)
#: Monday to Friday 9:00–17:00; Saturday 22:00 until 2:00 of Sunday; closed on 4 November, open on Sunday the 8th.
WEEK = Calendar(
    zone=SHANGHAI,
    week=(NINE_TO_FIVE,) * 5 + ((Span(22 * 60, 26 * 60),), ()),
    make_up_hours=NINE_TO_FIVE,
    days={date(2026, 11, 4): DayKind.HOLIDAY, date(2026, 11, 8): DayKind.MAKE_UP},
)
HOURS = 3600
DECEMBER = read_period("2026-12")


def valid_from(ledger: Ledger, calendar: Calendar, since: str, shop: str = "") -> int:
    """Put a calendar in force from a time that is over; its key."""
    with ledger.db.begin() as tx:
        made = calendars.save(tx, calendar, SYSTEM, now=ledger.clock.now(), shop=shop)
        assert made is not None
        tx.connection.execute(
            update(calendar_version)
            .where(calendar_version.c.key == made.key)
            .values(valid_from=to_microseconds(at(since)))
        )
    return made.key


def seconds(start: str, end: str) -> int:
    return OpenTime(WEEK).between(to_microseconds(at(start)), to_microseconds(at(end))) // 1_000_000


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("11-03 10:00", "11-03 12:30", 2.5),
        ("11-03 08:59", "11-03 09:01", 1 / 60),
        ("11-03 16:59", "11-05 09:00", 1 / 60),  # the night and the holiday between do not count
        ("11-03 17:00", "11-05 09:00", 0),
        ("11-04 00:00", "11-04 23:59", 0),
        ("11-06 16:00", "11-07 23:00", 2),  # Friday's last hour and Saturday's first
        ("11-07 23:30", "11-08 01:30", 2),  # over midnight
        ("11-08 01:30", "11-08 09:30", 1),  # the rest of Saturday's span, then the day worked to make up
        ("11-03 12:00", "11-03 12:00", 0),
        ("11-03 12:00", "11-03 10:00", 0),
    ],
)
def test_only_time_when_the_shop_is_open_counts(start: str, end: str, hours: float) -> None:
    assert seconds(start, end) == pytest.approx(hours * HOURS)


INSTANTS = st.integers(0, 90 * 24 * 60).map(lambda minutes: at("10-01 00:00") + timedelta(minutes=minutes))


@given(pairs=st.lists(st.tuples(INSTANTS, INSTANTS), min_size=1, max_size=4), default=st.booleans())
@example(pairs=[(at("12-20 00:00"), at("12-20 01:00")), (at("10-01 00:00"), at("12-30 00:00"))], default=False)
def test_sums_are_what_the_calendar_itself_measures(pairs: list[tuple[datetime, datetime]], default: bool) -> None:
    calendar = default_calendar() if default else WEEK
    summed = OpenTime(calendar)  # one for all: it grows to either side
    for start, end in pairs:
        expected = calendar.between(start, end).total_seconds() if start < end else 0
        assert summed.between(to_microseconds(start), to_microseconds(end)) == expected * 1_000_000


def test_a_reply_over_night_takes_the_hours_of_the_calendar_only(ledger: Ledger) -> None:
    valid_from(ledger, WEEK, "10-01 00:00")
    ledger.task(ledger.case(), created="11-03 16:50", ended="11-05 09:20")
    assert ledger.value("K07") == 30 * 60


def test_a_task_is_measured_by_the_calendar_that_was_in_force_for_it(ledger: Ledger) -> None:
    own = valid_from(ledger, WEEK, "10-01 00:00", shop="二店")
    whole_days = Calendar(zone=SHANGHAI, week=((Span(0, 24 * 60),),) * 7)
    valid_from(ledger, whole_days, "10-01 00:00")
    case = ledger.case()
    other_shops = ledger.task(case, created="11-03 16:50", ended="11-05 09:20")
    ledger.task(case, created="11-03 16:50", ended="11-03 17:50")
    assert ledger.value("K07") == D(40 * HOURS + 30 * 60 + HOURS) / 2
    with ledger.db.begin() as tx:
        tx.connection.execute(update(user_task).where(user_task.c.id == other_shops).values(calendar=own))
    assert ledger.value("K07") == D(30 * 60 + HOURS) / 2


def test_what_a_version_says_later_changes_nothing_that_was_before(ledger: Ledger) -> None:
    valid_from(ledger, WEEK, "10-01 00:00")
    valid_from(ledger, Calendar(zone=SHANGHAI, week=((Span(0, 24 * 60),),) * 7), "11-10 00:00")
    ledger.task(ledger.case(), created="11-03 16:50", ended="11-05 09:20")
    assert ledger.value("K07") == 30 * 60
    ledger.task(ledger.case(), created="11-10 16:50", ended="11-11 16:50")
    assert ledger.value("K07") == D(30 * 60 + 24 * HOURS) / 2


def test_first_responses_wait_for_the_shop_to_open(ledger: Ledger) -> None:
    valid_from(ledger, WEEK, "10-01 00:00")
    asked_at_night = ledger.case(opened="11-03 22:00", ended=None)
    ledger.task(asked_at_night, created="11-03 22:00", ended="11-05 09:04")
    assert ledger.value("K05") == 4 * 60
    assert ledger.value("K25") == 1
    with ledger.db.begin() as tx:
        tx.connection.execute(calendar_version.delete())
    assert ledger.value("K25") == 0  # without a calendar every second counts


def test_who_asked_when_the_shop_was_closed_is_not_late_before_it_opens(ledger: Ledger) -> None:
    valid_from(ledger, WEEK, "10-01 00:00")  # 20 December is a Sunday
    ledger.case(opened="12-20 03:00", ended=None)
    assert ledger.value("K25", period=DECEMBER) is None
    ledger.clock.advance_to(at("12-21 12:59"))
    assert ledger.value("K25", period=DECEMBER) is None
    ledger.clock.advance_to(at("12-21 13:01"))
    assert ledger.value("K25", period=DECEMBER) == 0
