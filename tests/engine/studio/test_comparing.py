"""Two forms, texts or files of scenarios; and what all comparisons have in common."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.studio.comparing import KINDS, Kind, compare
from engine.studio.comparing.sequences import pieces, rising
from engine.studio.comparing.texts import lines_between
from tests.engine.studio.comparing_samples import APPROVAL, FORM, ROOT, SCENARIOS, TABLE, changed, said
from tests.sample import times

FORMS = sorted((ROOT / "forms").rglob("*.form"))


def altered(alter: Callable[[dict[str, Any]], None]) -> bytes:
    schema = json.loads(FORM)
    alter(schema)
    return json.dumps(schema, ensure_ascii=False).encode()


def field(schema: dict[str, Any], key: str) -> dict[str, Any]:
    return next(one for one in schema["components"] if one.get("key") == key)


# --- forms ---------------------------------------------------------------------------------------


def test_a_field_tells_what_it_asks_otherwise() -> None:
    def alter(schema: dict[str, Any]) -> None:
        one = field(schema, "order_id")
        one["label"] = "订单编号"
        one["validate"]["maxLength"] = 40
        field(schema, "channel")["values"][0]["label"] = "官网"

    found = said(compare("form", FORM, altered(alter)))
    assert found["order_id"] == {"标题": ("订单号", "订单编号"), "最长": ("32", "40")}
    assert found["channel"] == {"选项「official_site」 · 标题": ("官方网站", "官网")}


def test_fields_that_came_went_and_moved() -> None:
    def alter(schema: dict[str, Any]) -> None:
        components = schema["components"]
        components.remove(field(schema, "customer_id"))
        components.append(components.pop(components.index(field(schema, "order_id"))))
        components.insert(0, {"type": "number", "key": "fresh", "label": "新数字"})

    found = compare("form", FORM, altered(alter))
    assert (found.ids(Kind.ADDED), found.ids(Kind.REMOVED)) == (["fresh"], ["customer_id"])
    assert found.ids(Kind.MOVED) == ["order_id"]
    assert found.ids(Kind.CHANGED) == []


def test_a_number_in_place_of_a_text_is_a_difference() -> None:
    def as_text(schema: dict[str, Any]) -> None:
        field(schema, "order_id")["validate"]["minLength"] = "4"

    assert said(compare("form", FORM, altered(as_text)))["order_id"] == {"最短": ("4", '"4"')}


def test_a_form_written_on_one_line_is_another_way_of_writing() -> None:
    found = compare("form", FORM, altered(lambda schema: None))
    assert [one.kind for one in found.differences] == [Kind.WRITTEN]


@pytest.mark.parametrize("broken", [b"{", b"[]", b"1", b"[" * 100_000, b"\xff", '{"components": 半'.encode()])
def test_a_form_that_cannot_be_read_is_named(broken: bytes) -> None:
    found = compare("form", FORM, broken)
    assert [one.side for one in found.problems] == ["right"]
    assert found.differences


@pytest.mark.parametrize(
    "schema",
    [
        {"components": None},
        {"components": {"a": 1}},
        {"components": [1, "x", None, {}]},
        {"components": [{"key": 5}, {"key": ["x"]}, {"key": "a"}, {"key": "a"}]},
        {"components": [{"type": {"x": 1}, "values": [1, {"value": None}, {"value": None}]}]},
    ],
)
def test_odd_forms_are_compared_all_the_same(schema: dict[str, Any]) -> None:
    found = compare("form", FORM, json.dumps(schema).encode())
    assert not found.problems
    assert found.differences


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in inner for place in _places(one, (*path, name)))]


@settings(max_examples=times(200, 50), deadline=None)
@given(
    path=st.sampled_from(FORMS),
    place=st.integers(1, 5000),
    value=st.sampled_from(["", "x", "1", 1, 1.5, True, None, [], {}, ["x"], {"x": 1}, "true", "[]", '"x"', [1]]),
)
def test_no_edit_of_a_form_is_silent(path: Path, place: int, value: Any) -> None:
    before = json.loads(path.read_bytes())
    after = deepcopy(before)
    places = _places(after)
    *above, last = places[1 + place % (len(places) - 1)]
    holder = after
    for step in above:
        holder = holder[step]
    if json.dumps(holder[last]) == json.dumps(value):
        return
    holder[last] = value
    found = compare("form", path.read_bytes(), json.dumps(after).encode())
    assert found.differences
    assert Kind.WRITTEN not in {one.kind for one in found.differences}


# --- scenarios and texts -------------------------------------------------------------------------


def test_scenarios_are_told_by_their_numbers() -> None:
    after = changed(SCENARIOS, "title: 客户接受第一次报价", "title: 客户马上接受")
    after = changed(after, "comp_amount: 20, comp_reason: 轻微破损", "comp_amount: 25, comp_reason: 轻微破损")
    after = changed(after, "- no: 01-S2", "- no: 01-S99")
    found = compare("scenario", SCENARIOS, after)
    first = said(found)["01-S1"]
    assert first["标题"] == ("客户接受第一次报价", "客户马上接受")
    assert ("20", "25") in first.values()
    assert (found.ids(Kind.ADDED), found.ids(Kind.REMOVED)) == (["01-S99"], ["01-S2"])


def test_scenarios_that_cannot_be_read_are_compared_as_text() -> None:
    found = compare("scenario", SCENARIOS, b"process: [")
    assert [one.side for one in found.problems] == ["right"]
    assert found.lines


def test_a_text_is_told_whole() -> None:
    found = compare("template", "您好,请稍等".encode(), "您好,请稍候".encode())
    assert said(found)[""] == {"正文": ("您好,请稍等", "您好,请稍候")}


@pytest.mark.parametrize(("kind", "content"), list(zip(KINDS, [APPROVAL, TABLE, FORM, b"x", SCENARIOS], strict=True)))
def test_the_same_bytes_have_no_difference_and_nothing_is_all_added(kind: str, content: bytes) -> None:
    assert compare(kind, content, content).same
    assert not compare(kind, content, content).differences
    assert compare(kind, None, content).count(Kind.ADDED)
    assert compare(kind, content, None).count(Kind.REMOVED)
    assert compare(kind, content, content + b"\n").differences


# --- lines and sequences -------------------------------------------------------------------------


@given(st.lists(st.integers(0, 30), max_size=40))
def test_what_rises_is_as_long_as_can_be(numbers: list[int]) -> None:
    found = sorted(rising(numbers))
    kept = [numbers[n] for n in found]
    assert kept == sorted(set(kept))
    longest: list[int] = []
    for n, number in enumerate(numbers):
        longest.append(1 + max((longest[m] for m in range(n) if numbers[m] < number), default=0))
    assert len(kept) == max(longest, default=0)


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcd"), max_size=30), st.lists(st.sampled_from("abcde"), max_size=30))
def test_pieces_make_both_sequences(before: list[str], after: list[str]) -> None:
    was: list[str] = []
    now: list[str] = []
    for what, i, i2, j, j2 in pieces(before, after):
        if what == "same":
            assert before[i:i2] == after[j:j2]
        was += before[i:i2] if what != "in" else []
        now += after[j:j2] if what != "out" else []
    assert (was, now) == (before, after)


def test_lines_far_from_a_difference_are_left_out() -> None:
    before = "\n".join(f"第{n}行" for n in range(100))
    found = lines_between(before, before.replace("第50行", "新的一行"))
    assert [one.what for one in found] == ["gap", *["same"] * 3, "out", "in", *["same"] * 3, "gap"]
    assert sum(one.left_out for one in found) == 93
    assert (found[4].before, found[5].after) == (51, 51)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x\n" * 100_000, "y\n" * 100_000),
        ("a\nb\n" * 30_000, "b\nb\na\n" * 20_000),
        ("".join(f"{n}\n" for n in range(60_000)), "".join(f"{n}\n" for n in reversed(range(60_000)))),
        ("a\n" * 299 + "b\n" * 299, "b\n" * 150 + "a\nb\n" * 74),
    ],
)
def test_no_text_is_slow(before: str, after: str) -> None:
    started = time.process_time()
    assert lines_between(before, after)
    assert time.process_time() - started < 2
