"""Which passwords are refused, and that good ones are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import passwords
from engine.errors import InvalidValue
from tests.each import each

LINA = ("li.na", "李娜", "旗舰店")


def why(password: str, words: tuple[str, ...] = LINA) -> str | None:
    """The sentence of the refusal; None: it is taken."""
    try:
        passwords.check(password, words)
    except InvalidValue as refused:
        return refused.message_zh
    return None


@each(
    "password",
    [
        *("12345678", "password1", "p@ssw0rd1", "Passw0rd!", "qwertyuiop", "1qaz2wsx3edc", "iloveyou520", "woaini1314"),
        *("5201314520", "Admin@123", "abcd1234efgh", "aaaaaaaaaaaaaaaa", "20201231", "13800138000", "test test test"),
    ],
)
def test_common_ones_and_patterns_are_refused(password: str) -> None:
    assert "容易猜到" in (why(password) or "")


@each(
    "password",
    [
        *(
            "kefuflow",
            "KefuFlow2026",
            "kefuflow-demo",
            "k3fufl0w!!!",
            "kefuliu888",
            "客服流客服流12",
            "客服2026客服2026",
        ),
        *("li.na.li.na", "lina1990", "LINA_2026", "李娜李娜李娜2026", "旗舰店旗舰店123"),
    ],
)
def test_words_of_the_shop_and_of_the_person_are_refused_however_they_are_written(password: str) -> None:
    assert "姓名或店铺" in (why(password) or "")


@pytest.mark.parametrize("password", ["", "short", "x9!kQ2z", "x" * 201])
def test_the_length_has_bounds(password: str) -> None:
    assert "8 到 200" in (why(password) or "")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "x9k2mqpz",
        "苹果香蕉西瓜梨子",
        "lina likes apple trees",
        "客服流里有七只老虎在睡觉",
        "月光 石桥 柿子 1987",
    ],
)
def test_good_ones_are_taken_even_with_such_a_word_in_them(password: str) -> None:
    assert why(password) is None


def test_the_list_of_common_ones_is_longer_than_the_standard_asks() -> None:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    usable = [one for one in FREQUENCY_LISTS["passwords"] if len(one) >= passwords.MIN_PASSWORD]
    assert len(usable) >= 3000
    assert [one for one in usable[:300] if why(one) is None] == []
    assert [one for one in usable[:60] if why(one.capitalize()) is None] == []


# --- laws ----------------------------------------------------------------------------------------


@given(st.text(max_size=220))
def test_whatever_is_typed_is_taken_or_refused_with_a_sentence(password: str) -> None:
    assert why(password) is None or (why(password) or "").endswith("。")


@given(
    st.sampled_from(["kefuflow", "li.na", "李娜", "客服流", "旗舰店"]),
    st.text("0123456789!@#_-", max_size=5),
    st.data(),
)
def test_a_word_of_the_house_with_little_around_it_is_refused(word: str, around: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(around)))
    cased = "".join(data.draw(st.sampled_from([one.upper(), one.lower()])) for one in word)
    assert why(around[:cut] + cased * 3 + around[cut:]) is not None


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=20, max_size=60))
def test_a_name_in_a_good_one_does_not_spoil_it(good: str) -> None:
    alone, beside = why(good, ()), why(f"{good} kefuflow", ())
    assert alone is not None or beside is None
