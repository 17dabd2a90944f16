"""Who takes histories home, what the system's history says before a byte leaves, and what is masked."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pytest

from engine import eventlogs
from engine.errors import InvalidValue, NotAllowed
from engine.eventlogs import FORMATS, Selection
from engine.eventlogs.masks import Masked
from engine.model import SYSTEM, Actor
from engine.narrative.kinds import WORDS
from tests.conftest import FRIDAY_9AM
from tests.engine.eventlogs.shop import MANAGER, PHONE, Shop
from tests.engine.support import Engine
from tests.sample import some
from web import history

PERSONAL = (PHONE, "13911112222", "张三", "李四", "西湖区1号", "C-88", "C-99")


def person(*groups: str) -> Actor:
    return Actor(id="x", name="某人", groups=frozenset(groups))


# --- who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "masked", "unmasked"),
    [
        (("auditor",), True, False),
        (("dept_manager",), True, True),
        (("supervisor",), False, False),
        (("finance",), False, False),
        (("supervisor", "finance"), False, False),
        (("admin",), False, False),
        (("process_owner",), False, False),
        (("aftersales",), False, False),
        (("presales",), False, False),
        (("warehouse",), False, False),
        (("courier",), False, False),
        (("operations",), False, False),
        ((), False, False),
    ],
)
def test_histories_go_home_with_auditors_and_department_managers(
    shop: Shop, groups: Sequence[str], *, masked: bool, unmasked: bool
) -> None:
    actor = person(*groups)
    assert (eventlogs.may_take(actor), eventlogs.may_take_unmasked(actor)) == (masked, unmasked)
    before = len(shop.told())
    for allowed, more in ((masked, {}), (unmasked, {"unmasked": True, "reason": "核查"})):
        if allowed:
            shop.export("jsonl", actor, **more).content.close()
        else:
            with pytest.raises(NotAllowed):
                shop.export("jsonl", actor, **more)
    assert len(shop.told()) - before == masked + unmasked
    if not masked:
        with pytest.raises(NotAllowed):
            eventlogs.count_selected(shop.db, actor, Selection())


def test_personal_data_need_a_reason(shop: Shop) -> None:
    before = len(shop.told())
    for reason in ("", "  \n"):
        with pytest.raises(InvalidValue):
            shop.export("csv", MANAGER, unmasked=True, reason=reason)
    assert len(shop.told()) == before


def test_an_unknown_format_gives_no_file(shop: Shop) -> None:
    with pytest.raises(InvalidValue, match="no format"):
        shop.export("pdf")


def test_too_many_cases_for_a_page_are_refused_with_a_way_out(shop: Shop) -> None:
    with pytest.raises(InvalidValue, match="kefuflow audit export") as refused:
        shop.export("xes", most_cases=len(shop.cases) - 1)
    assert "命令行" in refused.value.message_zh
    shop.export("xes", most_cases=len(shop.cases)).content.close()


# --- told before it leaves -----------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_every_file_is_told_with_its_digest(shop: Shop, form: str) -> None:
    selection = Selection(process_id="p10_courier_query", case_ids=(shop.cases[0], shop.cases[1]))
    file = shop.export(form, MANAGER, selection, unmasked=True, reason="税务核查")
    with file.content as content:
        digest = sha256(content.read()).hexdigest()
    actor, value = shop.told()[-1]
    assert (actor, value["format"], value["masked"], value["reason"]) == ("zhao", form, False, "税务核查")
    assert value["sha256"] == digest == file.digest
    assert value["selection"] == {"process": "p10_courier_query", "cases": [shop.cases[0], shop.cases[1]]}
    assert (value["cases"], value["events"]) == (2, file.events)
    assert file.name.startswith("工单历史-p10_courier_query-2026")
    assert file.name.endswith(FORMATS[form].suffix)


def test_nothing_leaves_when_it_cannot_be_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unwritable(Exception):
        pass

    def fail(*_: object, **__: object) -> None:
        raise Unwritable

    before = len(shop.told())
    monkeypatch.setattr("engine.eventlogs.exporting.append_system", fail)
    with pytest.raises(Unwritable):
        shop.export("xes")
    monkeypatch.undo()
    assert len(shop.told()) == before


def test_what_cannot_be_written_is_not_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(shop.told())
    monkeypatch.setattr("engine.eventlogs.reading.values_of", lambda _: 1 / 0)
    for form in FORMATS:
        with pytest.raises(ZeroDivisionError):
            shop.export(form)
    assert len(shop.told()) == before


# --- masked --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "xlsx"])
def test_masked_files_hold_no_personal_data(shop: Shop, form: str) -> None:
    masked = shop.bytes(form).decode()
    assert [word for word in PERSONAL if word in masked] == []
    plain = shop.bytes(form, unmasked=True, reason="核查").decode()
    assert [word for word in PERSONAL if word not in plain] == []
    assert "未打码" in plain


def test_buyers_are_told_apart_within_a_file_and_not_between_files(shop: Shop) -> None:
    def buyers() -> dict[str, str]:
        return {line["case"]: line["customer_key"] for line in shop.lines() if line["type"] == "case"}

    one, two = buyers(), buyers()
    assert one[shop.cases[0]] == one[shop.cases[2]] != one[shop.cases[1]]
    assert set(one.values()).isdisjoint(two.values())


def test_a_field_is_masked_under_its_label_too(shop: Shop) -> None:
    masked = Masked(shop.desk.definitions)
    key = shop.desk.definitions.latest("p10_courier_query").key
    value = {"inputs": {"收货地址": "浙江省杭州市西湖区1号", "收货人": "张三"}, "rules": [1]}
    shown = masked.value(value, [key])
    assert "西湖区" not in str(shown)
    assert shown["rules"] == [1]
    assert masked.value(None, [key]) is None


def test_values_that_retention_has_deleted_are_empty_and_the_events_stay(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def events() -> list[dict[str, Any]]:
        return [line for line in shop.lines() if line["type"] == "event"]

    before = events()
    monkeypatch.setattr("engine.eventlogs.reading._read_values", lambda *_: {})
    after = events()
    assert len(after) == len(before)
    assert {event["value"] is None for event in before} == {True, False}
    assert {event["value"] is None for event in after} == {True}
    for form in FORMATS:
        shop.export(form).content.close()


# --- memory --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", some(["csv", "xlsx", "xes", "ocel"], 1))
def test_ten_times_the_cases_need_no_more_memory(many: Engine, form: str) -> None:
    before = gc.get_threshold()

    def peak(cases: int) -> int:
        selection = Selection(until=FRIDAY_9AM.date()) if cases == 50 else Selection()
        gc.collect()
        tracemalloc.reset_peak()
        at_first, _ = tracemalloc.get_traced_memory()
        file = eventlogs.export(many.db, many.definitions, many.clock, SYSTEM, selection, form=form)
        _, most = tracemalloc.get_traced_memory()
        file.content.close()
        assert file.cases == cases
        return most - at_first

    gc.set_threshold(700, 10, 10)  # as outside of tests: rubbish is no memory that is needed
    tracemalloc.start()
    try:
        peak(50)  # statements are compiled, modules are there
        assert peak(500) < 3 * peak(50)  # fifty fill only a part of what is held at a time
    finally:
        tracemalloc.stop()
        gc.set_threshold(*before)


# --- words ---------------------------------------------------------------------------------------


def test_kinds_are_named_as_on_the_pages() -> None:
    said = {kind: word._args[0] for kind, word in history._SAID.items()}
    assert {kind: WORDS.get(kind) for kind in said} == said
