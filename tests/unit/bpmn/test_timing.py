"""Due times: calendar months in Shanghai, seconds by the clock, and a refusal of what is no time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bpmn.problem import Problem
from engine.bpmn.timing import cycle, from_microseconds, instant, parse_duration, to_microseconds
from engine.feel.values import YearMonthDuration
from tests.each import each

NOW = datetime(2026, 1, 31, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


@each(
    ("value", "due"),
    [
        ("PT4H", "2026-01-31T05:00:00"),
        ("P1D", "2026-02-01T01:00:00"),
        ("P1M", "2026-02-28T01:00:00"),
        ("P1Y1M", "2027-02-28T01:00:00"),
        ("P13M", "2027-02-28T01:00:00"),
        ("P2Y1M", "2028-02-29T01:00:00"),
        ("P2W", "2026-02-14T01:00:00"),
        ("-PT1H", "2026-01-31T00:00:00"),
        ("-P1M", "2025-12-31T01:00:00"),
        ("P1MT1.5S", "2026-02-28T01:00:01.500000"),
        ("2026-02-01T09:00:00+08:00", "2026-02-01T01:00:00"),
        ("2026-02-01T09:00:00", "2026-02-01T01:00:00"),
        ("2026-02-01T01:00:00Z", "2026-02-01T01:00:00"),
        ("2026-02-01", "2026-01-31T16:00:00"),
        (date(2026, 2, 1), "2026-01-31T16:00:00"),
        (" PT1H ", "2026-01-31T02:00:00"),
        (timedelta(minutes=90), "2026-01-31T02:30:00"),
        (YearMonthDuration(1), "2026-02-28T01:00:00"),
        (datetime(2026, 2, 1, 9), "2026-02-01T01:00:00"),
    ],
)
def test_a_value_gives_an_instant(value: object, due: str) -> None:
    assert instant(value, NOW) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_a_month_is_counted_by_shanghais_calendar() -> None:
    late = datetime(2026, 1, 30, 17, 0, tzinfo=UTC)  # already 31 January in Shanghai
    assert instant("P1M", late) == datetime(2026, 2, 27, 17, 0, tzinfo=UTC)


@each("value", [None, True, 5, "", "soon", "P", "PT", "P1H", "P1D2", "P999999Y", [], {}])
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(Problem):
        instant(value, NOW)


@each("value", [None, "PT1H", "R", "R/", "R0/PT1H", "R-1/PT1H", "R3/PT0S", "R3/P", "R3/2026-01-01"])
def test_what_is_no_cycle_is_refused(value: object) -> None:
    with pytest.raises(Problem):
        cycle(value)


def test_a_cycle_has_a_number_of_turns_or_none() -> None:
    assert cycle("R3/PT1H")[0] == 3
    assert cycle("R/P1M")[0] is None


@given(st.text("PT0123456789YMWDHS.-", max_size=20))
def test_no_text_breaks_the_reading_of_durations(text: str) -> None:
    parse_duration(text)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)))
def test_instants_survive_their_microseconds(moment: datetime) -> None:
    assert from_microseconds(to_microseconds(moment)) == moment


@given(st.integers(0, 100), st.integers(0, 10**6))
def test_a_longer_duration_is_never_due_earlier(months: int, seconds: int) -> None:
    shorter, longer = parse_duration(f"P{months}MT{seconds}S"), parse_duration(f"P{months + 1}MT{seconds}S")
    assert shorter is not None
    assert longer is not None
    assert shorter.after(NOW) < longer.after(NOW)
