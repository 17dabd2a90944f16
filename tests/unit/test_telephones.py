"""Telephone numbers within texts: what is one however it is written, and what only looks like one."""

from __future__ import annotations

import unicodedata
from datetime import datetime, time, timedelta
from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.masking import mask, mask_within, numbers_within, without_numbers
from engine.telephones import telephones_within
from tests.each import each
from tests.sample import times

#: As people write one landline; each is masked, and none of its digits but the last four stays.
LANDLINES = (
    "0571-88886666",
    "0571 88886666",
    "0571 8888 6666",
    "0571-8888-6666",
    "057188886666",
    "(0571)88886666",
    "(0571) 8888 6666",
    "\uff080571\uff0988886666",
    "\uff080571\uff09 8888-6666",
    "0571--88886666",
    "0571 - 88886666",
    "0571.88886666",
    "0571\u00b788886666",
    "0571/88886666",
    "0571:88886666",
    "0571_88886666",
    "0571~88886666",
    "[0571]88886666",
    "\u30100571\u301188886666",
    "\uff3b0571\uff3d88886666",
    "0571 - 8888 - 6666",
    "0571\u201488886666",
    "0571\uff0d88886666",
    "0571\u221288886666",
    "0571\u00a088886666",
    "0571\u300088886666",
    "0571\t88886666",
    "0571\u200b8888\u200b6666",
    "\uff10\uff15\uff17\uff11\uff0d\uff18\uff18\uff18\uff18\uff16\uff16\uff16\uff16",
    "\uff10\uff15\uff17\uff11\uff18\uff18\uff18\uff18\uff16\uff16\uff16\uff16",
    "+86-571-88886666",
    "+86 571 8888 6666",
    "+86(571)88886666",
    "+86(0571)88886666",
    "+86 (0)571 88886666",
    "(+86 571) 88886666",
    "\uff0b86 0571 88886666",
    "+8657188886666",
    "+86057188886666",
    "0086-571-88886666",
    "0086 0571 88886666",
    "86-0571-88886666",
    "86-571-88886666",
    "Tel0571-88886666",
    "TEL:0571-88886666",
    "fax-0571-88886666",
    "tel057188886666",
    "1.0571-88886666",
)
#: What is written behind a number to be put through.
EXTENSIONS = ("转8001", " 转 8001", "-8001", "\u20148001", "转分机8001", "分机8001", "分机号:8001", "\uff0c转8001",
    " ext. 8001", "x8001", "#8001", "(转8001)", "\uff08转8001\uff09", "转\uff18\uff10\uff10\uff11")  # fmt: skip
#: With a landline in it or beside it, and no landline.
NOT_LANDLINES = (
    "SO-0571-88886666",
    "SO-057188886666",
    "SO057188886666",
    "so_01088886666",
    "YT057188886666",
    "SF0571888866660",
    "JDVA01088886666",
    "运单057188886666",
    "运单号:057188886666",
    "快递单号 01088886666",
    "订单号是01088886666",
    "order 01088886666",
    "编号01088886666",
    "运单0571888866660",
    "75123456789012",
    "773012345678901",
    "\uff19\uff18\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10",
    "2026-11-24",
    "2026/11/24 08:30",
    "2026-11-24 08:30:00",
    "2026-11-24T08:30:00+08:00",
    "2026年11月24日",
    "20261124",
    "20261124083000",
    "11-24 0830",
    "2026-11-24 08:30:00.123456",
    "0305:12",
    "[0571]",
    "08:30-17:30",
    "0830 1200 1730",
    "0830-1200 1300-1730",
    "2026-0571-88886666",
    "0.057188886666",
    "0.01088886666",
    "1,057,188.88",
    "¥057188.88",
    "199.00元",
    "6222020200112233",
    "6222 0202 0011 2233",
    "91330106MA27XQ1234",
    "330106199001011234",
    "9787115428028",
    "400-123-4567",
    "400 1234 567",
    "4001234567",
    "400-8888-666",
    "800-810-8888",
    "(400)123-4567",
    "95338",
    "12315",
    "88886666",
    "0571",
    "0571-8888",
    "0571-123456",
    "0571-08886666",
    "0171-88886666",
    "0005718888666",
    "0571\n88886666",
    "8f057188886666ab",
    "3f2b6c1e-0000-4000-8000-057188886666",
)  # fmt: skip


@each("written", LANDLINES)
def test_a_landline_in_a_free_text_is_masked_however_it_is_written(written: str) -> None:
    for text in (
        written,
        f"请打{written}找他",
        f"座机:{written},谢谢",
        f"13900139000、{written}。",
        f"明天\n{written}\n行吗",
    ):
        seen = mask_within(text)
        digits = "".join(str(unicodedata.decimal(char)) for char in seen if char.isdecimal())
        assert "8888" not in digits.replace("1399000", ""), seen
        assert "****6666" in seen
        assert "0571-88886666" in numbers_within(text)
    assert mask_within(f"请打{written}找他").startswith("请打")
    assert mask_within(f"请打{written}找他").endswith("****6666找他")


@each("extension", EXTENSIONS)
@each("written", ["0571-88886666", "057188886666", "(0571)8888 6666", "0571 88886666"])
def test_an_extension_is_part_of_the_number(written: str, extension: str) -> None:
    assert mask_within(f"打{written}{extension}找他") == "打****6666找他"
    assert mask_within(f"打{written}{extension}") == "打****6666"
    assert numbers_within(f"打{written}{extension}找他") == ["0571-88886666-8001"]
    assert mask("receiver_phone", written + extension) == "****6666"


@each("text", NOT_LANDLINES)
def test_what_only_looks_like_a_landline_stays_as_it_is(text: str) -> None:
    for said in (text, f"见{text}。", f"{text},已处理"):
        assert mask_within(said) == said
        assert numbers_within(said) == []


@each(
    ("text", "shown", "numbers"),
    [
        ("(010)12345678", "****5678", ["010-12345678"]),
        ("01012345678", "****5678", ["010-12345678"]),
        ("021-1234 5678", "****5678", ["021-12345678"]),
        ("0755 8888 8888", "****8888", ["0755-88888888"]),
        ("0755 1234 5678", "****5678", ["0755-12345678"]),
        ("0830-2345678", "****5678", ["0830-2345678"]),
        ("0830 234 5678", "****5678", ["0830-2345678"]),
        ("08302345678", "****5678", ["0830-2345678"]),
        ("0571-88886666/88887777", "****6666/****7777", ["0571-88886666", "0571-88887777"]),
        ("0571-88886666、88887777", "****6666、****7777", ["0571-88886666", "0571-88887777"]),
        ("13900139000/0571-88886666", "139****9000/****6666", ["13900139000", "0571-88886666"]),
        ("13900139000-057188886666", "139****9000-****6666", ["13900139000", "0571-88886666"]),
        ("057188886666,01088886666", "****6666,****6666", ["0571-88886666", "010-88886666"]),
        ("0571-88886666-13900139000", "****6666-139****9000", ["13900139000", "0571-88886666"]),
        ("0571-88886666-138 0013 8000", "****6666-138****8000", ["13800138000", "0571-88886666"]),
        ("0571-88886666,2026-11-24 签收", "****6666,2026-11-24 签收", ["0571-88886666"]),
        ("0571-88886666 2026-11-24", "****6666 2026-11-24", ["0571-88886666"]),
        ("400-123-4567或0571-88886666", "400-123-4567或****6666", ["0571-88886666"]),
        ("0571-88886666转8001转2", "****6666转2", ["0571-88886666-8001"]),
        ("订单电话0571-88886666", "订单电话****6666", ["0571-88886666"]),
        ("运单 YT057188886666,座机057188886666", "运单 YT057188886666,座机****6666", ["0571-88886666"]),
    ],
)
def test_what_stands_beside_a_landline_stays(text: str, shown: str, numbers: list[str]) -> None:
    assert mask_within(text) == shown
    assert sorted(numbers_within(text)) == sorted(numbers)


@each("text", [f"打{one}找他" for one in LANDLINES])
def test_what_is_masked_is_masked_for_good(text: str) -> None:
    assert mask_within(mask_within(text)) == mask_within(text)
    for number in numbers_within(text):
        assert mask_within(number).startswith("****")
        assert numbers_within(number) == [number]


@each(
    ("value", "shown"),
    [
        ("057188886666", "057188886666"),
        ("01088886666", "01088886666"),
        ("13900139000", "13900139000"),
        ("0571-88886666", "****6666"),
        ("0571-88886666转8001", "****6666"),
        ("(010)88886666", "****6666"),
        ("010-8888666", "****8666"),
        ("139-0013-9000", "139****9000"),
        (["0571-88886666", "057188886666"], ["****6666", "057188886666"]),
    ],
)
def test_a_number_by_itself_is_a_parcels_and_a_landline_with_its_signs_is_none(value: object, shown: object) -> None:
    assert without_numbers(value) == shown  # type: ignore[arg-type]  # what registers keep


AREAS = st.one_of(st.just("010"), st.integers(20, 29).map("0{}".format), st.integers(300, 999).map("0{}".format))
LOCALS = st.integers(2_000_000, 8_999_999).map(str) | st.integers(20_000_000, 89_999_999).map(str)
JOINTS = st.sampled_from(["-", " ", "--", " - ", "\uff0d", "\u3000", "\u2013", ")", "\uff09 "])
WORDS = st.text(st.sampled_from("请打给他电话是在座机,。、 \n"), max_size=6)


@settings(deadline=None, max_examples=times(300, 75))
@given(area=AREAS, local=LOCALS, joint=JOINTS, before=WORDS, after=WORDS, wide=st.booleans())
def test_no_landline_gets_past(area: str, local: str, joint: str, before: str, after: str, wide: bool) -> None:
    number = ("(" if joint[0] in ")\uff09" else "") + area + joint + local
    if wide:
        number = "".join(chr(ord(char) + 0xFEE0) if char.isdigit() else char for char in number)
    seen = mask_within(before + number + after)
    assert seen == f"{before}****{local[-4:]}{after}"


CODES = st.one_of(
    st.from_regex(r"SO-[0-9]{4,14}", fullmatch=True),
    st.from_regex(r"(SF|YT|JD|ZTO|EMS)[0-9]{9,15}", fullmatch=True),
    st.from_regex(r"[2-9][0-9]{12,14}", fullmatch=True),
    st.from_regex(r"(400|800)-?[0-9]{3}-?[0-9]{4}", fullmatch=True),
    st.from_regex(r"[0-9]{1,6}\.[0-9]{2}", fullmatch=True),
    st.from_regex(r"0\.[0-9]{1,30}", fullmatch=True),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(lambda at: at.strftime("%Y-%m-%d %H:%M")),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(lambda at: at.isoformat(timespec="seconds")),
    st.dates().map(lambda day: day.strftime("%m-%d")),
    st.times(time(0), time(23)).map(lambda at: f"{at:%H:%M}-{at:%H:%M}"),
    st.timedeltas(timedelta(0), timedelta(days=9)).map(str),
)


@settings(deadline=None, max_examples=times(500, 125))
@example(codes=["SO-00863001000000"], glue=",")
@given(codes=st.lists(CODES, max_size=5), glue=st.sampled_from([",", ";", "和", "\n", "。"]))
def test_numbers_of_orders_parcels_days_and_money_are_left_alone(codes: list[str], glue: str) -> None:
    text = glue.join(codes)
    landline = [number for number in numbers_within(text) if "-" in number]
    assert landline == []


@settings(deadline=None, max_examples=times(300, 75))
@given(text=st.text(st.sampled_from("0571-8 ()转+6139\uff10\uff18a.\u200b/,元"), max_size=60))
def test_whatever_is_typed_only_numbers_are_taken_out_of_it(text: str) -> None:
    found = telephones_within(text)
    places = [(one.begin, one.end) for one in found]
    assert all(begin < end for begin, end in places)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(places))
    seen = mask_within(text)
    for one in reversed(found):
        seen = seen.replace(one.masked, "", 1) if one.masked in seen else seen + "lost"
        text = text[: one.begin] + text[one.end :]
    assert sorted(seen) == sorted(text)


@pytest.mark.parametrize(
    "part",
    [
        "0571",
        "0571-",
        "(0571",
        "+86",
        "86 ",
        "0571-8888 ",
        "0571-88886666/",
        "转",
        " ",
        "0",
        "单号",
        "-",
        "(转",
        "13900139000 ",
        "0571-88886666,",
    ],
)
def test_no_text_takes_long(part: str) -> None:
    text = part * (100_000 // len(part))
    begun = perf_counter()
    mask_within(text)
    assert perf_counter() - begun < 2
