"""Working time has laws, whatever the hours, the zone and the holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine import canonical
from engine.worktime import (
    Calendar,
    CalendarProblem,
    DayKind,
    Shift,
    Span,
    calendar_from,
    default_calendar,
    plain_of,
    statutory_days,
)
from tests.each import each

SHANGHAI = ZoneInfo("Asia/Shanghai")
NINE, HALF_PAST_ELEVEN_PM = 9 * 60, 23 * 60 + 30
ZONES = ("Asia/Shanghai", "UTC", "America/New_York", "Europe/Berlin", "Pacific/Apia", "Asia/Kathmandu")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def daily(*spans: Span, zone: str = "Asia/Shanghai", **more: object) -> Calendar:
    return Calendar(zone=ZoneInfo(zone), week=(spans,) * 7, **more)  # type: ignore[arg-type]


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    marks = sorted(draw(st.sets(st.integers(0, 1439), max_size=6)))
    made = [Span(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False)]
    if made and draw(st.booleans()):  # the last one goes on into the night
        made[-1] = Span(made[-1].start, made[-1].start + draw(st.integers(1, 1440)))
    return tuple(made)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    days = draw(st.dictionaries(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.sampled_from(DayKind), max_size=20))
    week = tuple(draw(spans()) for _ in range(7))
    assume(sum(span.minutes for day in week for span in day) >= 60)
    return Calendar(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        week=week,
        holiday_hours=draw(spans()),
        make_up_hours=draw(spans()),
        days=days,
    )


INSTANTS = st.datetimes(
    datetime(2024, 2, 1),
    datetime(2026, 11, 1),
    timezones=st.sampled_from([SHANGHAI, UTC, ZoneInfo("America/New_York")]),
)
DURATIONS = st.timedeltas(timedelta(0), timedelta(days=12))


@given(calendars(), INSTANTS, DURATIONS)
def test_between_takes_back_what_add_gives(calendar: Calendar, start: datetime, duration: timedelta) -> None:
    end = calendar.add(start, duration)
    assert calendar.between(start, end) == duration
    assert end.tzinfo is UTC
    assert end >= start


@given(calendars(), INSTANTS, INSTANTS)
def test_add_gives_back_the_open_instant_that_between_counted_to(
    calendar: Calendar, start: datetime, end: datetime
) -> None:
    assume(end > start)
    worked = calendar.between(start, end)
    assert calendar.add(start, worked) <= max(end, calendar.next_opening(start))
    if worked and calendar.is_open(end - timedelta(microseconds=1)):
        # In UTC: a wall clock that skips the hour of `end` has no equal in another zone.
        assert calendar.add(start, worked) == end.astimezone(UTC)


@given(calendars(), INSTANTS, INSTANTS, INSTANTS)
def test_working_time_adds_up(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert timedelta(0) <= calendar.between(a, b) <= b - a


@given(calendars(), INSTANTS, INSTANTS, DURATIONS, DURATIONS)
def test_add_is_monotone(calendar: Calendar, a: datetime, b: datetime, short: timedelta, long: timedelta) -> None:
    a, b = sorted((a, b))
    short, long = sorted((short, long))
    assert calendar.add(a, long) <= calendar.add(b, long)
    assert calendar.add(a, short) <= calendar.add(a, long)


@given(calendars(), INSTANTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar: Calendar, start: datetime) -> None:
    opening = calendar.next_opening(start)
    assert calendar.is_open(opening)
    assert opening >= start
    assert calendar.between(start, opening) == timedelta(0)


@given(calendars(), INSTANTS, DURATIONS)
def test_the_zone_in_which_an_instant_is_written_does_not_matter(
    calendar: Calendar, start: datetime, duration: timedelta
) -> None:
    assert calendar.add(start.astimezone(UTC), duration) == calendar.add(start.astimezone(SHANGHAI), duration)
    assert calendar.is_open(start.astimezone(UTC)) == calendar.is_open(start.astimezone(SHANGHAI))


@given(calendars())
def test_a_calendar_is_kept_and_read_again_as_the_same_bytes(calendar: Calendar) -> None:
    kept = canonical.encode(plain_of(calendar))
    again = calendar_from(canonical.decode(kept))
    assert canonical.encode(plain_of(again)) == kept


def test_four_hours_before_closing_end_in_the_next_morning() -> None:
    calendar = daily(Span(NINE, HALF_PAST_ELEVEN_PM))
    assert calendar.add(at("2026-03-03T21:30"), timedelta(hours=4)) == at("2026-03-04T11:00")


def test_time_that_ends_with_the_hours_ends_at_closing_a_second_more_ends_in_the_morning() -> None:
    calendar = daily(Span(NINE, HALF_PAST_ELEVEN_PM))
    assert calendar.add(at("2026-03-03T19:30"), timedelta(hours=4)) == at("2026-03-03T23:30")
    assert calendar.add(at("2026-03-03T19:30"), timedelta(hours=4, seconds=1)) == at("2026-03-04T09:00:01")


def test_open_at_the_first_moment_and_closed_at_the_last() -> None:
    calendar = daily(Span(NINE, HALF_PAST_ELEVEN_PM))
    assert calendar.is_open(at("2026-03-03T09:00"))
    assert not calendar.is_open(at("2026-03-03T08:59:59"))
    assert calendar.is_open(at("2026-03-03T23:29:59"))
    assert not calendar.is_open(at("2026-03-03T23:30"))


def test_an_instant_written_in_a_zone_with_summer_time_is_counted_by_the_second() -> None:
    york = ZoneInfo("America/New_York")
    calendar = daily(Span(0, 1440), zone="America/New_York")
    ends = calendar.add(at("2026-03-08T01:30", york), timedelta(hours=2))  # clocks go from 2:00 to 3:00
    assert ends == datetime(2026, 3, 8, 8, 30, tzinfo=UTC)
    assert (ends.tzinfo, calendar.next_opening(at("2026-03-08T01:30", york)).tzinfo) == (UTC, UTC)


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    calendar = Calendar(zone=SHANGHAI, week=((Span(22 * 60, 26 * 60),), (), (), (), (), (), ()))  # Monday 22:00–02:00
    assert calendar.is_open(at("2026-03-03T01:59"))  # Tuesday
    assert not calendar.is_open(at("2026-03-02T01:59"))
    assert calendar.add(at("2026-03-02T23:00"), timedelta(hours=3)) == at("2026-03-03T02:00")
    assert calendar.add(at("2026-03-02T23:00"), timedelta(hours=4)) == at("2026-03-09T23:00")


def test_hours_that_run_into_the_next_day_s_are_counted_once() -> None:
    calendar = daily(Span(10 * 60, 34 * 60))
    assert calendar.between(at("2026-03-02T00:00"), at("2026-03-05T00:00")) == timedelta(hours=72)


def test_the_hour_that_summer_time_leaves_out_is_not_worked() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    calendar = daily(Span(0, 1440), zone="Europe/Berlin")
    assert calendar.between(at("2026-03-29T00:00", berlin), at("2026-03-30T00:00", berlin)) == timedelta(hours=23)
    assert calendar.between(at("2026-10-25T00:00", berlin), at("2026-10-26T00:00", berlin)) == timedelta(hours=25)


def test_the_shop_is_closed_on_a_public_holiday_and_open_on_the_day_that_makes_up_for_it() -> None:
    calendar = default_calendar()
    assert not calendar.is_open(at("2026-01-02T09:00"))
    assert calendar.next_opening(at("2026-01-02T09:00")) == at("2026-01-04T09:00")
    assert calendar.days[date(2026, 1, 4)] is DayKind.MAKE_UP
    assert calendar.is_open(at("2026-03-07T20:00"))  # a Saturday: the shop is online every day


def test_years_beyond_the_announcements_are_a_guess_and_say_so() -> None:
    announced, known = statutory_days(2026)
    assert known
    assert announced[date(2026, 2, 17)] is DayKind.HOLIDAY
    guessed, known = statutory_days(2027)
    assert not known
    assert {date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 6), date(2027, 10, 3)} <= set(guessed)
    assert set(guessed.values()) == {DayKind.HOLIDAY}
    calendar = default_calendar()
    assert not calendar.is_provisional(2026)
    assert calendar.is_provisional(2027)
    assert calendar.is_provisional(2099)
    assert calendar.is_open(at("2099-10-01T12:00"))


@pytest.mark.parametrize(
    "week",
    [
        ((),) * 7,
        ((Span(0, 59),), (), (), (), (), (), ()),
        ((Span(0, 1440),),) * 6,
        ((Span(0, 600), Span(599, 700)),) * 7,
    ],
)
def test_a_calendar_without_working_time_is_refused(week: tuple[tuple[Span, ...], ...]) -> None:
    with pytest.raises(CalendarProblem):
        Calendar(zone=SHANGHAI, week=week)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (1440, 1500), (600, 600), (600, 2041)])
def test_a_span_has_to_fit_in_a_day(start: int, end: int) -> None:
    with pytest.raises(CalendarProblem):
        Span(start, end)


def test_a_negative_duration_and_one_beyond_the_calendar_are_refused() -> None:
    calendar = daily(Span(0, 1440))
    with pytest.raises(CalendarProblem):
        calendar.add(at("2026-03-03T12:00"), -timedelta(microseconds=1))
    with pytest.raises(CalendarProblem):
        calendar.add(at("9999-12-30T12:00"), timedelta(days=30))
    with pytest.raises(CalendarProblem):
        daily(Span(0, 60)).add(at("2026-03-03T12:00"), timedelta(days=40_000))


PLAIN = plain_of(default_calendar())


@each(
    "change",
    [
        {"zone": "Nowhere/City"},
        {"zone": "../../etc/passwd"},
        {"zone": 8},
        {"week": []},
        {"week": [[["9:00", "18:00"]]] * 7},
        {"week": [[["25:00", "26:00"]]] * 7},
        {"week": [[["24:00", "09:00"]]] * 7},
        {"week": [[["09:00"]]] * 7},
        {"week": "09:00-18:00"},
        {"days": {"2026-02-30": "holiday"}},
        {"days": {"2026-02-03": "sick"}},
        {"days": {"2026-02-03": ["holiday"]}},
        {"days": ["2026-02-03"]},
        {"shifts": [{"id": "白", "name": "白班", "hours": ["09:00", "17:30"]}]},
        {"shifts": [{"id": "day", "name": " ", "hours": ["09:00", "17:30"]}]},
        {"shifts": [{"id": "day"}]},
        {"provisional": ["soon"]},
        {"else": 1},
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused_in_a_sentence(change: dict[str, object]) -> None:
    with pytest.raises(CalendarProblem) as refused:
        calendar_from({**PLAIN, **change})
    assert refused.value.message_zh


def test_shifts_have_names_and_may_go_past_midnight() -> None:
    late = Shift(id="late", name="大夜班", span=Span(22 * 60, 30 * 60))
    calendar = daily(Span(0, 1440), shifts=(late,))
    assert calendar_from(plain_of(calendar)).shifts == (late,)
    assert str(late.span) == "22:00–次日6:00"
