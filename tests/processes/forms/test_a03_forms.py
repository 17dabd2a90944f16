"""What the forms of a03_aftersales_first_contact take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import formcheck
from tests.each import each
from tests.processes.process_drawing import ROOT

PROCESS = "a03_aftersales_first_contact"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
FLAG = "【换2000花色L,无差价 婷/8.28】"
CLOSED = {"solved": True, "flag_note": FLAG, "has_promise": False}
REPLY = {"reason_side": "ours", "overseas": False, "reply_text": "亲,马上为您处理"}
HISTORY = {"orders_checked": True, "purchased_items": "连衣裙×1", "chat_checked": True, "history_note": "第一次联系"}


def schema_of(form: str) -> dict:
    return formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    context = {"order": None, "parcel": None, "people": {}, **(known or {})}
    return set(formcheck.check_values(schema_of(form), values, context, now=MONDAY_9AM).errors)


@each(
    ("note", "refused"),
    [
        (FLAG, False),
        (FLAG.replace(",", "\uff0c"), False),
        ("【赔连衣裙,赔20元 小婷/12.31】", False),
        ("【换2000花色L 婷/8.28】", True),
        ("【换2000花色L,无差价 婷/13.28】", True),
        ("【换2000花色L,无差价 婷/8.32】", True),
        ("【换2000花色L,无差价 婷/08.28】", True),
        ("换2000花色L,无差价 婷/8.28", True),
        ("【送2000花色L,无差价 婷/8.28】", True),
        ("【换" + "花" * 30 + ",无差价 婷/8.28】", True),
    ],
)
def test_a_flag_note_is_of_the_documents_form(note: str, refused: bool) -> None:
    assert errors("close_case", **{**CLOSED, "flag_note": note}) == ({"flag_note"} if refused else set())


def test_a_promise_needs_its_text_and_a_time_to_come() -> None:
    promised = {**CLOSED, "has_promise": True}
    assert errors("close_case", **promised) == {"promise_text", "promise_due"}
    later = {"promise_text": "明天寄出", "promise_due": MONDAY_9AM + timedelta(minutes=1)}
    assert errors("close_case", **promised, **later) == set()
    assert errors("close_case", **promised, **{**later, "promise_due": MONDAY_9AM}) == {"promise_due"}


@pytest.mark.parametrize(("hits", "preset"), [([], "false"), (["时间承诺"], "true")])
def test_words_of_promise_preset_the_answer(hits: list[str], preset: str) -> None:
    shown = formcheck.prefill(schema_of("close_case"), {"promise_hits": hits, "order": None}, now=MONDAY_9AM)
    assert str(shown["has_promise"]).lower() == preset
    assert shown.get("flag_note") is None


@pytest.mark.parametrize("left_out", ["orders_checked", "chat_checked"])
def test_the_history_check_is_never_skipped(left_out: str) -> None:
    assert errors("check_history", **HISTORY) == set()
    assert errors("check_history", **{**HISTORY, left_out: False}) == {left_out}


def test_only_wrong_or_missing_goods_ask_whether_goods_are_missing_only() -> None:
    assert errors("reply_customer", **REPLY, problem_class="quality") == set()
    wrong = {**REPLY, "problem_class": "wrong_missing", "order_id": "SO-1001"}
    assert errors("reply_customer", **wrong) == {"missing_only"}
    assert errors("reply_customer", **wrong, missing_only=False) == set()
    assert errors("reply_customer", **wrong, missing_only=True) == {"reship_items"}
    assert errors("reply_customer", **wrong, missing_only=True, reship_items="丝袜×1") == set()


@pytest.mark.parametrize("problem_class", ["compensation", "wrong_missing", "logistics", "invoice", "rights"])
def test_what_is_done_by_orders_asks_for_the_order(problem_class: str) -> None:
    asked = {**REPLY, "problem_class": problem_class}
    assert "order_id" in errors("reply_customer", **asked)
    assert "order_id" not in errors("reply_customer", **asked, order_id="SO-1001")
    assert "order_id" not in errors("reply_customer", **REPLY, problem_class="repair")


def test_the_classes_are_those_of_the_routing_table() -> None:
    (field,) = (f for f in formcheck.fields(schema_of("reply_customer")) if f.key == "problem_class")
    table = (ROOT / "processes/decisions/dmn_aftersales_routing.dmn").read_text("utf-8")
    assert len(field.options) == 17
    assert [one.value for one in field.options if f'"{one.value}"' not in table] == []


def test_another_agent_is_named_when_the_case_goes_to_one() -> None:
    known = {"people": {"aftersales": [{"value": "u1", "label": "小李"}]}}
    given = {"instruction": "other_agent", "instruct_note": "由小李处理"}
    assert errors("supervisor_instruct", known, **given) == {"target_agent"}
    assert errors("supervisor_instruct", known, **given, target_agent="u1") == set()
    assert errors("supervisor_instruct", known, **given, target_agent="u2") == {"target_agent"}
    assert errors("supervisor_instruct", known, instruction="self", instruct_note="我来") == set()


def test_a_contact_needs_no_order() -> None:
    given = {"customer_id": "C-1", "channel": "marketplace", "first_message": "衣服破了", "urgent": False}
    assert errors("start", **given, contact_channel="wangwang") == set()
    assert errors("start", **given) == {"contact_channel"}
