"""One value, one sequence of bytes, for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import canonical
from engine.errors import InvalidValue
from engine.feel.values import WideDate, WideDateTime, WideDuration, WideTime, YearMonthDuration
from engine.feel.values.temporal import date_at, date_time_at, length_of, time_at
from engine.feel.values.temporal.cycle import MAX_ORDINAL, MIN_ORDINAL
from engine.feel.values.temporal.wide import MAX_LENGTH
from engine.feel.values.temporal.zones import NANOS_OF_DAY
from tests.each import each

SHANGHAI = ZoneInfo("Asia/Shanghai")
PARIS = ZoneInfo("Europe/Paris")
ZONES = [None, UTC, SHANGHAI, PARIS, ZoneInfo("Asia/Manila"), timezone(timedelta(hours=-9, minutes=-30))]
GOLDEN = {
    b"null": None,
    b"true": True,
    b"0": Decimal("-0.00"),
    b"100": Decimal("1E+2"),
    b"0.1": Decimal("0.10"),
    b"0.000000001": Decimal("1E-9"),
    b"-12.5": Decimal("-12.50"),
    "\"张三\"".encode(): "张三",
    b'{"a":[1,2],"b":{}}': {"b": {}, "a": [Decimal(1), Decimal(2)]},
    b'{"@date":"2026-01-02"}': date(2026, 1, 2),
    b'{"@date and time":"2026-01-02T09:00:00+08:00@Asia/Shanghai"}': datetime(2026, 1, 2, 9, tzinfo=SHANGHAI),
    b'{"@date and time":"2026-01-02T01:00:00+00:00"}': datetime(2026, 1, 2, 1, tzinfo=UTC),
    b'{"@time":"09:30:00"}': time(9, 30),
    b'{"@duration":"-10800000000"}': timedelta(hours=-3),
    b'{"@months":"14"}': YearMonthDuration(14),
    b'{"@":["@date","x"]}': {"@date": "x"},
    b'{"@date":"10000-01-01"}': WideDate(3_652_060),
    b'{"@date":"0000-12-31"}': WideDate(0),
    b'{"@date":"-999999999-01-01"}': WideDate(MIN_ORDINAL),
    b'{"@time":"09:30:00.000000001"}': WideTime(34_200_000_000_001, None),
    b'{"@time":"00:00:00.123456789@Asia/Shanghai"}': WideTime(123_456_789, SHANGHAI),
    b'{"@date and time":"10000-01-01T00:00:00Z"}': WideDateTime(3_652_060, 0, UTC),
    b'{"@date and time":"0001-01-01T00:00:00.000000001"}': WideDateTime(1, 1, None),
    b'{"@date and time":"12026-10-25T02:30:00@Europe/Paris~"}': WideDateTime(4_392_339, 9_000_000_000_000, PARIS, 1),
    b'{"@duration":"1ns"}': WideDuration(1),
    b'{"@duration":"-86400000000000000000000ns"}': WideDuration(-(10**9) * NANOS_OF_DAY),
}  # fmt: skip


@each(("data", "value"), GOLDEN.items(), ids=[k.decode() for k in GOLDEN])
def test_bytes_that_stand_for_ever(data: bytes, value: object) -> None:
    assert canonical.encode(value) == data
    assert canonical.decode(data) == value


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.text(max_size=8),
        st.decimals(allow_nan=False, allow_infinity=False, places=6),
        st.dates(),
        st.datetimes(timezones=st.just(UTC)),
        st.timedeltas(),
        st.integers(-(10**6), 10**6).map(YearMonthDuration),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["a", "乙", "@", "@date", "@x", ""]), inner)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_encoded_comes_back_and_encodes_the_same(value: object) -> None:
    data = canonical.encode(value)
    again = canonical.decode(data)
    assert again == value
    assert canonical.encode(again) == data


_ORDINALS = st.one_of(st.integers(MIN_ORDINAL, MAX_ORDINAL), st.integers(-400, 400), st.integers(3_651_660, 3_652_460))
_CLOCKS = st.one_of(st.integers(0, NANOS_OF_DAY - 1), st.integers(0, 86_399).map(lambda seconds: seconds * 10**9))
_ZONES = st.sampled_from(ZONES)


@given(
    st.one_of(
        _ORDINALS.map(date_at),
        st.builds(time_at, _CLOCKS, _ZONES),
        st.builds(date_time_at, _ORDINALS, _CLOCKS, _ZONES, st.sampled_from([0, 1])),
        st.integers(1 - MAX_LENGTH, MAX_LENGTH - 1).map(length_of),
    )
)
def test_what_python_cannot_hold_comes_back_the_same(value: object) -> None:
    again = canonical.decode(canonical.encode(value))
    assert type(again) is type(value)
    assert again == value
    assert hash(again) == hash(value)


def test_the_second_of_two_equal_local_times_comes_back_as_the_second() -> None:
    second = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1)
    again = canonical.decode(canonical.encode(second))
    assert again.utcoffset() == second.utcoffset() == timedelta(hours=1)
    assert canonical.encode(again) == canonical.encode(second)


@given(st.integers(-(10**30), 10**30))
def test_every_number_comes_back_as_a_decimal(value: int) -> None:
    assert type(canonical.decode(canonical.encode(value))) is Decimal


def test_numbers_keep_all_their_digits() -> None:
    digits = Decimal("1234567890123456789012345678.901234")
    assert canonical.encode(digits) == b"1234567890123456789012345678.901234"
    assert canonical.decode(canonical.encode(digits)) == digits


NO_VALUES = [1.5, float("nan"), Decimal("NaN"), Decimal("Infinity"), Decimal("1E+99999")]


@each("value", [*NO_VALUES, "\ud800", {1: 2}, {"\udfff": 1}, b"x", object], ids=ascii)
def test_what_is_no_value_of_ours_is_refused(value: object) -> None:
    with pytest.raises(InvalidValue):
        canonical.encode(value)


def test_nesting_beyond_32_levels_is_refused() -> None:
    value: object = None
    for _ in range(40):
        value = [value]
    with pytest.raises(InvalidValue, match="32"):
        canonical.encode(value)


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"[-Infinity]"])
def test_numbers_that_are_none_do_not_decode(text: bytes) -> None:
    with pytest.raises(InvalidValue):
        canonical.decode(text)


@each("tag", ["@date", "@time", "@date and time", "@duration"])
@each("text", ["", "-", "1000000000-01-01", "10000-02-30", "25:00:00.0000001", "9" * 40 + "ns", "xns"])
def test_dates_times_and_durations_that_are_none_do_not_decode(tag: str, text: str) -> None:
    with pytest.raises(InvalidValue):
        canonical.decode(
            canonical.encode({"a": {tag: text}}).replace(
                f'{{"@":["{tag}","{text}"]}}'.encode(), f'{{"{tag}":"{text}"}}'.encode()
            )
        )


@each("data", [b"", b" 1", b"1 ", b"1,2", b'{"a":1', b"{a:1}", b"[1", b'"x', b"\xff", b"nul"])
def test_bytes_that_are_none_of_ours_do_not_decode(data: bytes) -> None:
    with pytest.raises(InvalidValue):
        canonical.decode(data)
