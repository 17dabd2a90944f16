"""What is kept of a form while its task goes on: its progress fields, in order or not at all, with gaps."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine.formcheck import check_progress, known_progress

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STAGES = [{"label": "维修中", "value": "repairing"}, {"label": "待配件", "value": "waiting_parts"}]
SCHEMA = {
    "id": "p.repair",
    "components": [
        {"type": "select", "key": "stage", "label": "维修进度", "values": STAGES, "validate": {"required": True}},
        {
            "type": "textarea",
            "key": "note",
            "label": "维修说明",
            "validate": {"maxLength": 5},
            "properties": {"required_when": "=ok = false"},
        },
        {"type": "number", "key": "fee", "label": "维修费", "validate": {"required": True, "min": 1}},
        {
            "type": "dynamiclist",
            "path": "parts",
            "label": "配件",
            "properties": {"min": "2"},
            "components": [
                {"type": "textfield", "key": "name", "label": "名称", "validate": {"required": True}},
                {"type": "number", "key": "count", "label": "数量", "validate": {"max": 9}},
            ],
        },
        {"type": "radio", "key": "ok", "label": "修好", "values": STAGES, "validate": {"required": True}},
    ],
}
NAMES = ("stage", "note", "parts")


def save(raw: dict[str, str], shown: dict[str, object] | None = None):
    return check_progress(SCHEMA, raw, shown or {}, NAMES, now=NOW, shown=shown or {})


def test_what_the_case_says_already_sets_nothing() -> None:
    shown = {"stage": "repairing", "note": "换屏"}
    assert save({"stage": "repairing", "note": "换屏"}, shown).variables == {}
    assert save({"stage": "repairing", "note": "换板"}, shown).variables == {"note": "换板"}


def test_what_an_earlier_round_left_is_not_wiped_by_a_field_that_was_never_filled_in() -> None:
    found = check_progress(SCHEMA, {"note": "换板"}, {"stage": "repairing"}, NAMES, now=NOW, shown={})
    assert found.variables == {"note": "换板"}


def test_only_the_progress_fields_are_kept_and_nothing_is_required() -> None:
    found = save({"stage": "repairing", "fee": "80", "ok": "repairing"})
    assert (found.variables, found.errors) == ({"stage": "repairing"}, {})


def test_what_the_other_fields_say_does_not_matter_yet() -> None:
    assert save({"stage": "repairing", "fee": "八十", "ok": "?"}).errors == {}


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ({"stage": "flying"}, "stage"),
        ({"note": "太长了太长了"}, "note"),
        ({"parts.0.name": "屏", "parts.0.count": "10"}, "parts.0.count"),
        ({"stage": "repairing", "stranger": "x"}, ""),
    ],
)
def test_what_is_wrong_with_them_is_said(raw: dict[str, str], key: str) -> None:
    found = save(raw)
    assert list(found.errors) == list(found.errors_en) == [key]
    assert key not in found.variables


def test_a_list_may_have_gaps_too() -> None:
    found = save({"parts.0.count": "3"})
    assert found.errors == {}
    assert found.variables == {"parts": [{"name": None, "count": Decimal(3)}]}


def test_an_empty_field_says_nothing_unless_it_was_emptied() -> None:
    assert save({"stage": "", "note": ""}).variables == {}
    assert save({"stage": "", "note": ""}, {"note": "换屏"}).variables == {"note": None}
    assert save({}, {"parts": [{"name": "屏"}]}).variables == {"parts": []}


def test_the_page_goes_on_to_say_what_is_required() -> None:
    assert {"stage", "fee", "ok"} <= save({"stage": "flying"}).required


def test_once_saved_the_form_shows_what_was_saved() -> None:
    context = {"stage": "waiting_parts", "note": None, "fee": Decimal(80)}
    assert known_progress(SCHEMA, context, NAMES, now=NOW, saved=False) == {}
    assert known_progress(SCHEMA, context, NAMES, now=NOW, saved=True) == {"stage": "waiting_parts"}
