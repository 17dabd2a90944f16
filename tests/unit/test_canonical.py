"""One value, one sequence of bytes, for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import canonical
from engine.errors import InvalidValue
from engine.feel.values import YearMonthDuration

SHANGHAI = ZoneInfo("Asia/Shanghai")
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
}  # fmt: skip


@pytest.mark.parametrize(("data", "value"), GOLDEN.items(), ids=[k.decode() for k in GOLDEN])
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


@given(st.integers(-(10**30), 10**30))
def test_every_number_comes_back_as_a_decimal(value: int) -> None:
    assert type(canonical.decode(canonical.encode(value))) is Decimal


NO_VALUES = [1.5, float("nan"), Decimal("NaN"), Decimal("Infinity"), Decimal("1E+99999")]


@pytest.mark.parametrize("value", [*NO_VALUES, "\ud800", {1: 2}, {"\udfff": 1}, b"x", object()], ids=ascii)
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


@pytest.mark.parametrize("data", [b"", b" 1", b"1 ", b"1,2", b'{"a":1', b"{a:1}", b"[1", b'"x', b"\xff", b"nul"])
def test_bytes_that_are_none_of_ours_do_not_decode(data: bytes) -> None:
    with pytest.raises(InvalidValue):
        canonical.decode(data)
