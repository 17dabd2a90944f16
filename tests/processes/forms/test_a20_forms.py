"""What the forms of a20_presale_inquiry take and refuse at their limits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from engine import formcheck
from tests.each import each
from tests.processes.forms.test_a29_forms import MONDAY_9AM
from tests.processes.process_drawing import ROOT

PROCESS = "a20_presale_inquiry"
GIFT = {"questions": ["any"], "order_amount": 120, "item_count": 1, "is_special_offer": False, "wants_cash": False}
GIFT |= {"insists_more": False}
CASH = {**GIFT, "wants_cash": True, "insists_more": None}
BARGAIN = {"topic": "discount", "bargain_type": "event", "item_count": 1}
NOTE = "【约发货,无差价 婷/1.2】"


def errors(form: str, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    return set(formcheck.check_values(schema, values, {"order": None, "parcel": None}, now=MONDAY_9AM).errors)


@each(
    ("given", "refused"),
    [
        (GIFT, set()),
        (CASH, {"cash_amount"}),
        ({**CASH, "cash_amount": Decimal("4.99")}, {"cash_amount"}),
        ({**CASH, "cash_amount": 5}, set()),
        ({**CASH, "cash_amount": 10}, set()),
        ({**CASH, "cash_amount": Decimal("10.01")}, {"cash_amount"}),
        ({**GIFT, "insists_more": True}, {"order_id"}),
        ({**GIFT, "insists_more": True, "order_id": "ORD-1"}, set()),
    ],
)
def test_a_gift_is_five_to_ten_yuan_and_more_needs_an_order(given: dict, refused: set[str]) -> None:
    assert errors("answer_gift", **given) == refused


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"topic": "order"}, set()),
        ({"topic": "leave"}, {"leave_reason"}),
        (BARGAIN, set()),
        ({**BARGAIN, "bargain_type": "many"}, {"promotion"}),
        ({**BARGAIN, "item_count": 5}, {"goods_amount", "product_list"}),
    ],
)
def test_a_topic_says_what_its_flow_needs(given: dict, refused: set[str]) -> None:
    assert errors("choose_topic", **given) == refused


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"asked": ["anyone"], "in_stock": True}, set()),
        ({"asked": ["size"], "in_stock": True}, {"size_advice"}),
        ({"asked": ["anyone", "size"], "in_stock": True, "size_advice": "M码"}, set()),
    ],
)
def test_who_asks_for_the_size_is_advised(given: dict, refused: set[str]) -> None:
    assert errors("first_three", **given) == refused


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"has_promise": False, "flag_note": NOTE}, set()),
        ({"has_promise": False, "flag_note": "约发货"}, {"flag_note"}),
        ({"has_promise": True, "flag_note": NOTE}, {"promise_text", "promise_due"}),
        (
            {"has_promise": True, "flag_note": NOTE, "promise_text": "送福袋", "promise_due": MONDAY_9AM},
            {"promise_due"},
        ),
        (
            {
                "has_promise": True,
                "flag_note": NOTE,
                "promise_text": "送福袋",
                "promise_due": MONDAY_9AM + timedelta(hours=1),
            },
            set(),
        ),
    ],
)
def test_a_promise_is_written_down_with_its_time(given: dict, refused: set[str]) -> None:
    assert errors("follow_promises", **given) == refused


@pytest.mark.parametrize(("answer", "refused"), [("这款缺货", {"answer"}), ("纯棉的", set())])
def test_nobody_is_told_the_word_for_out_of_stock(answer: str, refused: set[str]) -> None:
    assert errors("answer_product", questions=["fabric"], answer=answer) == refused
