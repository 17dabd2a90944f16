"""Filling scripts in: what is known stands in the text, what is not stays open; variants and forms of address."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import outbox
from engine.scripts import Blank, Script, Variant, brand_of, fill
from engine.scripts.library import day_of
from engine.scripts.model import normalised, sought_by

STARS = (Blank(mark="**", name="brand", label="店铺名"), Blank(mark="**", name="agent", label="客服称呼"))
GREETING = Script(code="S01", situation="打招呼", text="亲,您好,我是**旗舰店客服**。", blanks=STARS)


def script(text: str, **more: object) -> Script:
    return Script(code="S99", situation="试", text=text, **more)  # type: ignore[arg-type]


def test_stars_are_filled_in_their_order() -> None:
    assert fill(GREETING, {"brand": "云朵", "agent": "小娜"}).text == "亲,您好,我是云朵旗舰店客服小娜。"
    half = fill(GREETING, {"agent": "小娜"})
    assert half.text == "亲,您好,我是〔店铺名〕旗舰店客服小娜。"
    assert half.open == ("店铺名",)


def test_what_is_filled_in_is_never_read_as_a_placeholder() -> None:
    assert fill(script("亲,{product}"), {"product": "{order_id}**"}).text == "亲,{order_id}**"


def test_a_blank_that_nobody_named_is_open() -> None:
    filled = fill(script("亲,**和{5-10}和{courier}"), {})
    assert filled.open == ("待填", "5-10", "快递")


@given(text=st.text(max_size=60), value=st.text(max_size=10))
def test_nothing_of_a_text_is_lost(text: str, value: str) -> None:
    filled = fill(script(text), {"product": value})
    said = "".join(piece.text for piece in filled.pieces if not piece.blank)
    assert all(char in text or char in value for char in said)


@pytest.mark.parametrize(
    ("channel", "shop", "said"),
    [
        ("marketplace", "一店", "亲,都"),
        ("marketplace", "二店", "亲,渠道"),
        ("social", "一店", "亲,店铺"),
        ("social", "二店", "亲,所有"),
        (None, None, "亲,所有"),
    ],
)
def test_the_most_specific_variant_wins(channel: str | None, shop: str | None, said: str) -> None:
    variants = (
        Variant(channel="marketplace", text="亲,渠道"),
        Variant(shop="一店", text="亲,店铺"),
        Variant(channel="marketplace", shop="一店", text="亲,都"),
    )
    assert fill(script("亲,所有", variants=variants), {}, channel=channel, shop=shop).text == said


@pytest.mark.parametrize("opening", ["亲,", "亲\uff0c", "亲。", "亲,您好,", "亲\uff0c您好\uff01", "亲,您好!"])
def test_on_the_phone_one_says_you_politely(opening: str) -> None:
    said = fill(
        script(f"{opening}包裹到了"), {}, opened=lambda text: outbox.addressed(text, outbox.address_on("phone"))
    )
    assert said.text in {"您好,包裹到了", "您好!包裹到了"}
    assert fill(script(f"{opening}包裹到了"), {}).text == f"{opening}包裹到了"


def test_who_opens_otherwise_is_left_alone() -> None:
    said = fill(script("亲爱的客户"), {}, opened=lambda text: outbox.addressed(text, "您好"))
    assert said.text == "亲爱的客户"


@pytest.mark.parametrize(
    ("shop", "brand"),
    [("云朵家居旗舰店", "云朵家居"), ("云朵天猫旗舰店", "云朵"), ("旗舰店", ""), ("好孩子", "好孩子")],
)
def test_a_brand_is_the_shop_without_what_the_texts_say_behind_it(shop: str, brand: str) -> None:
    assert brand_of(shop) == brand


def test_a_script_is_sought_by_all_that_it_says_whatever_the_width() -> None:
    found = sought_by(script("亲,ＡＢＣ 123", tags=("物流",), variants=(Variant(shop="一店", text="变体"),)))
    for word in ("abc123", "物流", "变体", "s99"):
        assert normalised(word) in found


def test_the_day_of_a_use_begins_at_midnight_in_shanghai() -> None:
    late = datetime.fromisoformat("2026-01-01T15:59:59+00:00")
    assert day_of(datetime.fromisoformat("2026-01-01T16:00:00+00:00")) == day_of(late) + 1
