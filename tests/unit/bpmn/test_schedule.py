"""Schedules: what crontab(5) says, by the wall clock of a zone, against a clock that is read minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from engine.bpmn import parse_cron, zone_of
from tests.each import each

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
APIA = ZoneInfo("Pacific/Apia")
MINUTE = timedelta(minutes=1)
#: Friday, 09:00 in Shanghai.
FRIDAY = datetime(2026, 1, 2, 1, 0, tzinfo=UTC)


def local(text: str, after: datetime = FRIDAY, zone: ZoneInfo = SHANGHAI) -> str | None:
    cron = parse_cron(text)
    assert cron is not None, text
    found = cron.after(after, zone)
    return None if found is None else f"{found.astimezone(zone):%Y-%m-%d %H:%M}"


@each(
    ("text", "expected"),
    [
        ("30 8 * * *", "2026-01-03 08:30"),
        ("0 9 * * *", "2026-01-03 09:00"),  # the instant itself is over
        ("1 9 * * *", "2026-01-02 09:01"),
        ("0 9 25 * *", "2026-01-25 09:00"),
        ("0 9 * * 1", "2026-01-05 09:00"),
        ("0 9 * * MON", "2026-01-05 09:00"),
        ("0 9 * * mon-fri", "2026-01-05 09:00"),
        ("0 9 * * 0", "2026-01-04 09:00"),
        ("0 9 * * 7", "2026-01-04 09:00"),
        ("30 8,9,16 * * *", "2026-01-02 09:30"),
        ("*/20 9-17/4 * * *", "2026-01-02 09:20"),
        ("0 0 31 * *", "2026-01-31 00:00"),
        ("0 0 31 JAN-FEB *", "2026-01-31 00:00"),
        ("0 0 29 2 *", "2028-02-29 00:00"),
        ("0 0 13 * 5", "2026-01-09 00:00"),  # both days given: either will do
        ("5/30 * * * *", "2026-01-02 09:05"),
        ("0 0 30 2 *", None),
    ],
)
def test_the_next_time_is_the_one_of_the_wall_clock(text: str, expected: str | None) -> None:
    assert local(text) == expected


@each(
    "text",
    [
        "", "8:30", "30 8 * *", "30 8 * * * *", "60 8 * * *", "30 24 * * *", "0 0 0 * *", "0 0 32 * *", "0 0 * 13 *",
        "0 0 * 0 *", "0 0 * * 8", "0 0 * * MO", "*/0 * * * *", "9-8 * * * *", "*-5 * * * *", "1, * * * *", "-1 * * * *",
        "R/P1D", "=now()", "٣ 8 * * *", "1.5 8 * * *", "@daily", "0 0 L * *",
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_none(text: str) -> None:
    assert parse_cron(text) is None


def test_a_time_that_the_clock_skips_comes_as_much_later_and_once() -> None:
    before = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)  # 01:00 in New York; 02:00 becomes 03:00
    assert local("30 2 * * *", before, NEW_YORK) == "2026-03-08 03:30"
    assert local("30 2 * * *", datetime(2026, 3, 8, 7, 30, tzinfo=UTC), NEW_YORK) == "2026-03-09 02:30"
    assert local("30 2,3 * * *", datetime(2026, 3, 8, 7, 30, tzinfo=UTC), NEW_YORK) == "2026-03-09 02:30"


def test_a_time_that_comes_twice_counts_once() -> None:
    cron = parse_cron("30 1 * * *")
    assert cron is not None
    first = cron.after(datetime(2026, 11, 1, 4, 0, tzinfo=UTC), NEW_YORK)
    assert first == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert cron.after(first, NEW_YORK) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_a_day_that_a_country_leaves_out_does_not_come() -> None:
    # Samoa had no 30 December 2011.
    found = local("0 9 * * *", datetime(2011, 12, 29, 19, 1, tzinfo=UTC), APIA)
    assert found == "2011-12-31 09:00"


def test_zones_are_those_of_the_database() -> None:
    assert zone_of("Asia/Shanghai") == SHANGHAI
    assert zone_of("America/New_York") == NEW_YORK
    for name in ("", "Beijing", "UTC+8", "../etc/passwd", "/etc/localtime"):
        assert zone_of(name) is None


def _list(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    spans = st.tuples(number, number, st.integers(1, 9)).map(lambda t: f"{min(t[:2])}-{max(t[:2])}/{t[2]}")
    return st.one_of(
        st.just("*"),
        st.integers(1, 30).map(lambda step: f"*/{step}"),
        st.lists(st.one_of(number.map(str), spans), min_size=1, max_size=3).map(",".join),
    )


CRONS = st.tuples(_list(0, 59), _list(0, 23), _list(1, 31), _list(1, 12), _list(0, 7)).map(" ".join)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def _matches(field: str, value: int, low: int, high: int) -> bool:
    """A field read by itself, the slow way."""
    for piece in field.split(","):
        span, _, step = piece.partition("/")
        first, _, last = span.partition("-")
        begin = low if first == "*" else int(first)
        end = high if first == "*" else int(last or first)
        if value in range(begin, end + 1, int(step or 1)):
            return True
    return False


def _comes(text: str, moment: datetime) -> bool:
    minute, hour, day, month, weekday = text.split()
    now = moment.astimezone(SHANGHAI)
    on_day = _matches(day, now.day, 1, 31)
    numbers = {0, 7} if now.isoweekday() == 7 else {now.isoweekday()}
    on_weekday = any(_matches(weekday, number, 0, 7) for number in numbers)
    if day == "*" or weekday == "*":
        right_day = (day == "*" or on_day) and (weekday == "*" or on_weekday)
    else:
        right_day = on_day or on_weekday
    return (
        right_day
        and _matches(minute, now.minute, 0, 59)
        and _matches(hour, now.hour, 0, 23)
        and _matches(month, now.month, 1, 12)
    )


@given(CRONS, MOMENTS)
def test_it_is_the_first_minute_behind_the_moment_that_matches(text: str, moment: datetime) -> None:
    cron = parse_cron(text)
    assert cron is not None
    found = cron.after(moment, SHANGHAI)
    minute = moment.replace(second=0, microsecond=0) + MINUTE
    for _ in range(2_000):
        if _comes(text, minute):
            assert found == minute
            return
        minute += MINUTE
    assert found is None or (found >= minute and _comes(text, found))


@given(CRONS, MOMENTS, st.sampled_from([SHANGHAI, NEW_YORK, APIA]))
def test_times_follow_each_other(text: str, moment: datetime, zone: ZoneInfo) -> None:
    cron = parse_cron(text)
    assert cron is not None
    for _ in range(5):
        found = cron.after(moment, zone)
        if found is None:
            return
        assert found > moment
        assert found.tzinfo is UTC
        moment = found
