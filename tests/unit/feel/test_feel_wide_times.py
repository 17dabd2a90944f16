"""Laws of dates, times and durations over the whole span, and agreement with Python's where Python can hold them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.bpmn.problem import Problem
from engine.bpmn.timing import instant
from engine.feel import YearMonthDuration, evaluate
from engine.feel.values import WideDate, WideDateTime, WideDuration, WideTime, narrow
from engine.feel.values.temporal import (
    clock_nanos,
    date_at,
    date_of,
    date_time_at,
    length_of,
    nanos_of,
    parse_temporal,
    text_of,
    time_at,
)
from engine.feel.values.temporal.cycle import MAX_ORDINAL, MIN_ORDINAL, civil, days_in_month, ordinal_of
from engine.feel.values.temporal.wide import MAX_LENGTH
from engine.feel.values.temporal.zones import NANOS_OF_DAY, instant_offset, local_offset
from engine.labels import Labels
from engine.outbox.texts import render, say
from web import format as words

DAY = NANOS_OF_DAY
LAST = date.max.toordinal()
WIDE_TYPES = (WideDate, WideTime, WideDateTime, WideDuration)
ZONES = [
    None, UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-9, minutes=-30)), ZoneInfo("Asia/Shanghai"),
    ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"),
]  # fmt: skip
FITS = re.compile(
    r"(?:(?!0000)\d{4}-\d{2}-\d{2}T?)?(?:\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-][0-9:]+|@.+)?)?", re.ASCII
)
NOW = datetime(2026, 11, 21, 17, tzinfo=UTC)

ordinals = st.one_of(
    st.integers(MIN_ORDINAL, MAX_ORDINAL),
    st.integers(1, LAST),
    st.integers(-400, 400),
    st.integers(LAST - 400, LAST + 400),
)
clocks = st.one_of(st.integers(0, DAY - 1), st.integers(0, DAY // 1000 - 1).map(lambda micros: micros * 1000))
zones = st.sampled_from(ZONES)
dates = ordinals.map(date_at)
times = st.builds(time_at, clocks, zones)
date_times = st.builds(date_time_at, ordinals, clocks, zones)
lengths = st.one_of(
    st.integers(1 - MAX_LENGTH, MAX_LENGTH - 1), st.integers(-400 * DAY, 400 * DAY), st.integers(-2000, 2000)
).map(length_of)
months = st.integers(-24_000_000_000, 24_000_000_000).map(YearMonthDuration)
points = st.one_of(dates, times, date_times)


def run(source: str, **scope: object) -> object:
    return evaluate(source, scope)


def fits(value: object) -> bool:
    """Whether Python has a type for the value, by what its text says and not by how it is kept."""
    if isinstance(value, timedelta | WideDuration):
        nanos = nanos_of(value)
        return nanos % 1000 == 0 and -999_999_999 * DAY <= nanos < 1_000_000_000 * DAY
    return FITS.fullmatch(str(text_of(value))) is not None


@given(st.one_of(points, lengths))
def test_a_value_is_pythons_exactly_where_it_fits(value):
    assert isinstance(value, WIDE_TYPES) is not fits(value)


@given(st.one_of(points, lengths, months))
def test_a_text_reads_back_to_the_same_value_with_the_same_hash(value):
    again = parse_temporal(str(text_of(value)))
    assert type(again) is type(value)
    assert again == value
    assert hash(again) == hash(value)
    assert text_of(again) == text_of(value)


@given(ordinals)
def test_the_numbers_of_days_and_their_names_belong_together(ordinal):
    year, month, day = civil(ordinal)
    assert ordinal_of(year, month, day) == ordinal
    assert date_of(year, month, day) == date_at(ordinal)
    assert 1 <= day <= days_in_month(year, month)
    following = civil(ordinal + 1)
    assert following == (year, month, day + 1) or (following[2] == 1 and day == days_in_month(year, month))


@given(st.integers(1, LAST))
def test_the_numbers_of_days_are_pythons(ordinal):
    day = date.fromordinal(ordinal)
    assert civil(ordinal) == (day.year, day.month, day.day)
    assert ordinal_of(day.year, day.month, day.day) == ordinal


@given(ordinals)
def test_four_hundred_years_later_is_the_same_weekday_and_week(ordinal):
    day, later = date_at(ordinal), date_at(ordinal + 146_097)
    assume(later is not None)
    for name in ("day of week", "week of year", "day of year", "month of year"):
        assert run(f"{name}(d)", d=day) == run(f"{name}(d)", d=later)


@given(st.dates(), st.timedeltas())
def test_days_are_added_as_python_adds_them(day, length):
    try:
        wanted = day + length
    except OverflowError:
        assert isinstance(run("d + l", d=day, l=length), WideDate)
    else:
        assert run("d + l", d=day, l=length) == run("l + d", d=day, l=length) == wanted


@given(st.datetimes(), st.datetimes(), st.timedeltas())
def test_moments_without_a_zone_are_pythons(first, second, length):
    assert run("a - b", a=first, b=second) == first - second
    assert run("a < b", a=first, b=second) is (first < second)
    try:
        wanted = first + length
    except OverflowError:
        assert isinstance(run("a + l", a=first, l=length), WideDateTime)
    else:
        assert run("a + l", a=first, l=length) == wanted


@given(st.datetimes(timezones=st.sampled_from(ZONES[1:])), st.datetimes(timezones=st.sampled_from(ZONES[1:])))
def test_moments_with_a_zone_are_pythons_in_utc(first, second):
    try:
        a, b = first.astimezone(UTC), second.astimezone(UTC)
    except OverflowError:
        return
    assert run("a - b", a=first, b=second) == a - b
    assert run("a < b", a=first, b=second) is (a < b)
    assert run("a = b", a=first, b=second) is (a == b)


@given(st.one_of(dates, date_times), lengths)
def test_a_length_added_and_taken_away_is_nothing(point, length):
    if isinstance(point, date | WideDate) and not isinstance(point, datetime):
        length = length_of(nanos_of(length) // DAY * DAY) or timedelta()  # a date takes whole days
    there = run("p + l", p=point, l=length)
    assume(there is not None)
    assert run("p + l - l = p", p=point, l=length) is True
    assert run("(p + l) - p = l", p=point, l=length) is True


@given(times, lengths)
def test_a_length_added_to_a_time_and_taken_away_is_nothing(clock, length):
    assert run("t + l - l", t=clock, l=length) == clock
    assert run('t + @"P1D"', t=clock) == clock


@given(st.one_of(st.tuples(dates, dates), st.tuples(date_times, date_times)))
def test_a_difference_added_gives_the_other_end(pair):
    first, second = pair
    length = run("b - a", a=first, b=second)
    if length is None:
        assert (first.tzinfo is None) != (second.tzinfo is None)
        return
    assert run("a + (b - a) = b", a=first, b=second) is True
    assert run("-(b - a) = a - b", a=first, b=second) is True
    assert run("a < b", a=first, b=second) is (nanos_of(length) > 0)


@given(
    st.lists(st.one_of(st.lists(dates, min_size=3, max_size=3), st.lists(lengths, min_size=3, max_size=3)), min_size=1)
)
def test_order_is_total(triples):
    for a, b, c in triples:
        less, equal, more = (run(f"a {sign} b", a=a, b=b) for sign in ("<", "=", ">"))
        assert [less, equal, more].count(True) == 1
        assert equal is (a == b)
        assert run("if a <= b and b <= c then a <= c else true", a=a, b=b, c=c) is True


@given(date_times, date_times)
def test_moments_always_have_an_order_and_are_never_equal_when_one_alone_has_a_zone(first, second):
    assert run("a <= b or b <= a", a=first, b=second) is True
    assert run("a < b and b < a", a=first, b=second) is False
    if (first.tzinfo is None) == (second.tzinfo is None):
        assert run("a < b or a = b or a > b", a=first, b=second) is True
    else:
        assert run("a = b", a=first, b=second) is False
        assert run("a - b", a=first, b=second) is None


@given(lengths, lengths, st.integers(-1000, 1000).map(Decimal))
def test_lengths_are_whole_numbers_of_nanoseconds(a, b, factor):
    assert run("a + b", a=a, b=b) == length_of(nanos_of(a) + nanos_of(b))
    assert run("a - b", a=a, b=b) == length_of(nanos_of(a) - nanos_of(b))
    assert run("a * n", a=a, n=factor) == length_of(nanos_of(a) * int(factor))
    assert run("-a", a=a) == length_of(-nanos_of(a))
    assert run("abs(a)", a=a) == length_of(abs(nanos_of(a)))
    parts = run("[a.days, a.hours, a.minutes, a.seconds]", a=a)
    assert sum(part * unit for part, unit in zip(parts, (86_400, 3600, 60, 1), strict=True)) * 10**9 == nanos_of(a)


@given(st.timedeltas(), st.timedeltas())
def test_lengths_that_python_holds_are_pythons(a, b):
    try:
        wanted = a + b
    except OverflowError:
        assert isinstance(run("a + b", a=a, b=b), WideDuration)
    else:
        assert run("a + b", a=a, b=b) == wanted


@given(st.one_of(dates, date_times), st.integers(-12_000_000_000, 12_000_000_000))
def test_months_keep_the_day_or_take_the_months_last(point, count):
    there = run("p + m", p=point, m=YearMonthDuration(count))
    if there is None:
        assert not -999_999_999 * 12 <= point.year * 12 + point.month - 1 + count < 1_000_000_000 * 12
        return
    assert there.year * 12 + there.month == point.year * 12 + point.month + count
    assert there.day == min(point.day, days_in_month(there.year, there.month))
    assert run("years and months duration(p, q)", p=point, q=there).months in (count, count - 1, count + 1)


@given(ordinals, clocks, st.sampled_from(ZONES[1:]))
def test_a_zones_two_ways_to_an_offset_agree(ordinal, nanos, where):
    offset, fold = instant_offset(ordinal, nanos, where)
    local = divmod(ordinal * DAY + nanos + nanos_of(offset), DAY)
    assert local_offset(*local, where, fold) == offset


@given(st.integers(date(2100, 1, 2).toordinal(), date(9998, 1, 1).toordinal()), clocks, st.sampled_from(ZONES[1:]))
def test_a_zones_rules_go_on_as_in_pythons_last_years(ordinal, nanos, where):
    assert instant_offset(ordinal, nanos, where) == instant_offset(ordinal + 146_097 * 40, nanos, where)


@given(st.one_of(date_times, times))
def test_the_parts_of_a_clock_make_it_up_again(value):
    hour, minute, second = (run(f"v.{name}", v=value) for name in ("hour", "minute", "second"))
    assert 0 <= second < 60
    assert (hour * 3600 + minute * 60) * 10**9 + second.scaleb(9) == clock_nanos(value)
    assert clock_nanos(run("time(h, m, s)", h=hour, m=minute, s=second)) == clock_nanos(value)


@given(date_times)
def test_a_date_and_time_is_its_date_and_its_time(value):
    assert str(text_of(run("date and time(date(v), time(v))", v=value))) == text_of(value)


@given(st.one_of(points, lengths))
def test_what_is_narrowed_loses_only_nanoseconds(value):
    cut = narrow(value)
    if not isinstance(value, WIDE_TYPES):
        assert cut is value
    elif not isinstance(cut, WIDE_TYPES):
        distance = run("abs(a - b)", a=value, b=cut)
        assert 0 < nanos_of(distance) < 1000


def test_a_wide_value_is_shown_to_people_as_its_text():
    wide = [parse_temporal(text) for text in ("10000-01-01", "-0044-03-15T10:00:00Z", "P1000000000D")]
    assert [say(value) for value in wide] == ["10000-01-01", "-0044-03-15T10:00:00Z", "P1000000000D"]
    assert render("{x}", {"x": wide[0]}, Labels(names={}, options={}, personal=frozenset())) == "10000-01-01"


def test_nanoseconds_are_not_shown_to_people():
    assert say(parse_temporal("10:15:00.000000001")) == "10:15"
    assert say(parse_temporal("2026-11-22T10:15:00.000000001+08:00")) == "2026-11-22 10:15"
    assert say(parse_temporal("PT1H0.000000001S")) == "1小时"
    assert words.value(parse_temporal("10:15:00.000000001")) == "10:15"
    assert words.value(parse_temporal("10000-01-01")) == "10000-01-01"


@pytest.mark.parametrize("text", ["10000-01-01", "-0044-03-15T10:00:00Z", "P1000000000D"])
def test_a_timer_beyond_the_calendar_is_refused(text):
    with pytest.raises(Problem, match="beyond the calendar"):
        instant(parse_temporal(text), NOW)


def test_a_timer_of_nanoseconds_is_due_at_the_microsecond():
    assert instant(evaluate('@"P1D" / 7', {}), NOW) == NOW + timedelta(microseconds=12_342_857_142)
    moment = parse_temporal("2026-11-22T10:15:00.000000001+08:00")
    assert instant(moment, NOW) == datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
