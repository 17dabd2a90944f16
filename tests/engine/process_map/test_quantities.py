"""Numbers that mean the same find one another, and those that do not stay apart."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.process_map.quantities import alike, chinese_number, fold, folded, numbers_in, quantity_of

SHARES = ["30 %", "30%", "30%", "0.3", "0.30", "百分之三十", "三成", "30.0 %", "3成"]
AMOUNTS = ["30 元", "30.00", "¥30", "¥30.00", "30块", "三十元", "30"]
DURATIONS = ["48 小时", "PT48H", "2 天", "P2D", "四十八小时", "两天", "48h", "2880分钟", "PT2880M"]


def finds(query: str, text: str, hint: str = "") -> bool:
    asked = quantity_of(folded(query))
    assert asked is not None, query
    meant = alike(asked)
    return any(found.quantities & meant for found in numbers_in(folded(text), folded(hint)))


@pytest.mark.parametrize("family", [SHARES, DURATIONS])
def test_every_way_of_writing_finds_every_other(family: list[str]) -> None:
    assert [(a, b) for a in family for b in family if not finds(a, f"超过{b},提醒主管")] == []


@pytest.mark.parametrize("asked", AMOUNTS)
@pytest.mark.parametrize("text", AMOUNTS)
def test_amounts_find_amounts(asked: str, text: str) -> None:
    assert finds(asked, f"不超过 {text} 的")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("30 %", "30 元"),
        ("30 %", "130 %"),
        ("30 %", "3 %"),
        ("30 元", "30 %"),
        ("30 元", "30 小时"),
        ("30", "300"),
        ("30", "1.30"),
        ("30", "T30A"),
        ("30", "p30_query"),
        ("100 %", "数量为 1"),
        ("48 小时", "48 元"),
        ("48 小时", "48 天"),
        ("2 天", "P2DT1H"),
        ("1 个月", "P30D"),
        ("三成", "三包流程"),
        ("2 年", "2026年"),
        ("30", "运单 1234567890123456"),
    ],
)
def test_what_is_not_meant_is_not_found(query: str, text: str) -> None:
    assert not finds(query, text)


@pytest.mark.parametrize(
    ("query", "text", "hint"),
    [
        ("48 小时", "> 48", "hours_since_update"),
        ("2 天", ">= 48", "距上次更新(小时)"),
        ("7 天", "<= 7", "签收天数"),
        ("30 %", "<= 0.30", "占订单金额比例"),
        ("30 元", "<= 30", "补偿金额"),
        ("8 折", "0.8", ""),
        ("85折", "八五折", ""),
        ("1 个月", "P1M", ""),
        ("1,000 元", "1000", ""),
        ("1万元", "10000", ""),
        ("一年", "P1Y", ""),
        ("三成半", "35%", ""),
        ("30", "30 %", ""),
    ],
)
def test_a_bare_number_is_of_what_its_column_is_about(query: str, text: str, hint: str) -> None:
    assert finds(query, text, hint)


def test_a_number_of_minutes_is_no_money() -> None:
    assert not finds("30 元", ">= 30", "离工作时间分钟数")
    assert finds("30 分钟", ">= 30", "离工作时间分钟数")


@pytest.mark.parametrize("query", ["", "三包", "T10A", "30 天内退货", "P", "PT", "%", "元", "30 % 40 %", "十", "-"])
def test_words_are_no_numbers(query: str) -> None:
    assert quantity_of(folded(query)) is None


@given(st.integers(1, 9999))
def test_chinese_numbers_are_read(value: int) -> None:
    assert chinese_number(written(value)) == Decimal(value)


def written(value: int) -> str:
    """A number below ten thousand in Chinese."""
    signs, said = "零一二三四五六七八九", ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            said += signs[digit] + name
        elif said and value and not said.endswith("零"):
            said += "零"
    return said


@given(st.text(max_size=40))
def test_any_text_is_read_and_places_lead_back(text: str) -> None:
    plain, places = fold(text)
    assert len(plain) == len(places)
    for found in numbers_in(plain):
        assert 0 <= places[found.start] <= places[found.end - 1] < len(text)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", ["1" * 100_000, "1," * 50_000, "p" * 100_000, "百分之" * 30_000, "十" * 100_000])
def test_long_rubbish_takes_no_time(text: str) -> None:
    list(numbers_in(text))


def test_what_multiplies_an_amount_is_a_share_and_no_amount() -> None:
    share = alike(quantity_of("30%") or frozenset())
    for formula in ("round half up(goods_amount * 0.30, 2)", "0.3*goods_amount", "goods_amount / 0.3"):
        assert any(found.quantities & share for found in numbers_in(formula, "赔付金额")), formula
    assert not any(found.quantities & share for found in numbers_in("goods_amount - 0.30", "赔付金额"))
