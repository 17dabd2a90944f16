"""What the forms of a21_purchase take and refuse at their limits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import formcheck
from tests.processes.forms.test_a29_forms import MONDAY_9AM
from tests.processes.process_drawing import ROOT

PROCESS = "a21_purchase"
VERIFIED = {"receiver": "张三", "address": "广州市天河区1号", "phone": "13800000000", "model": "A1", "colour": "灰色"}
VERIFIED |= {"fits": True, "deliverable": True, "wants_invoice": False}
ORDERED = {"order_id": "ORD-1", "order_type": "normal", "placed_at": MONDAY_9AM, "amount": 599, "item_type": "normal"}


def errors(form: str, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    return set(formcheck.check_values(schema, values, {"order": None, "parcel": None}, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(("answer", "refused"), [("这款缺货", {"answer"}), ("这款很紧俏", set())])
def test_nobody_is_told_the_word_for_out_of_stock(answer: str, refused: set[str]) -> None:
    assert errors("reply_and_promote", topics=["activity"], answer=answer, accepts=True) == refused


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, set()),
        ({"deliverable": False}, {"courier"}),
        ({"deliverable": False, "courier": "圆通"}, set()),
        ({"phone": "12345"}, {"phone"}),
        ({"phone": "020-12345678"}, set()),
    ],
)
def test_who_cannot_be_reached_by_the_courier_says_by_which(given: dict, refused: set[str]) -> None:
    assert errors("verify_order", **{**VERIFIED, **given}) == refused


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, set()),
        ({"placed_at": MONDAY_9AM + timedelta(minutes=1)}, {"placed_at"}),
        ({"order_type": "juhuasuan"}, {"activity_minutes"}),
        ({"order_type": "juhuasuan", "activity_minutes": 14}, {"activity_minutes"}),
        ({"order_type": "juhuasuan", "activity_minutes": 15}, set()),
    ],
)
def test_an_order_says_until_when_it_is_paid(given: dict, refused: set[str]) -> None:
    assert errors("record_order", **{**ORDERED, **given}) == refused


def test_an_addition_that_is_bought_is_named() -> None:
    assert errors("recommend_addon", addon_accepts=False) == set()
    assert errors("recommend_addon", addon_accepts=True) == {"addon"}
