"""What the forms of a23_bargaining take and refuse at their limits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.forms.test_a29_forms import MONDAY_9AM
from tests.processes.process_drawing import ROOT

PROCESS = "a23_bargaining"
START = {"customer_id": "C-1", "channel": "marketplace", "description": "能便宜点吗", "bargain_type": "event"}
START |= {"past_orders": 0, "rounds": 0}


def errors(form: str, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    return set(formcheck.check_values(schema, values, {"order": None, "parcel": None}, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"item_count": 0}, {"item_count"}),
        ({"item_count": 4}, set()),
        ({"item_count": 5}, {"goods_amount", "product_list"}),
        ({"item_count": 5, "goods_amount": Decimal("0.01"), "product_list": "连衣裙×5"}, set()),
        ({"item_count": 1, "bargain_type": "many"}, {"promotion"}),
        ({"item_count": 1, "bargain_type": "many", "promotion": "满两件九折"}, set()),
        ({"item_count": 1, "rounds": -1}, {"rounds"}),
    ],
)
def test_a_large_order_says_what_it_is_and_who_buys_more_hears_of_the_promotion(given: dict, refused: set[str]) -> None:
    assert errors("start", **{**START, **given}) == refused


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"accepted": True}, set()),
        ({"accepted": False}, {"leaves"}),
        ({"accepted": False, "leaves": True}, set()),
        ({"accepted": False, "leaves": False}, {"bargain_type"}),
        ({"accepted": False, "leaves": False, "bargain_type": "many"}, {"promotion"}),
        ({"accepted": False, "leaves": False, "bargain_type": "repeated"}, set()),
    ],
)
def test_who_goes_on_bargaining_says_how(given: dict, refused: set[str]) -> None:
    assert errors("record_reaction", **given) == refused


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"grant": "none"}, set()),
        ({"grant": "gift"}, {"grant_detail"}),
        ({"grant": "gift", "grant_detail": "丝绒福袋"}, set()),
        ({"grant": "discount", "grant_detail": "立减20元"}, {"discount_amount"}),
        ({"grant": "discount", "grant_detail": "立减20元", "discount_amount": 20}, set()),
    ],
)
def test_the_supervisor_says_what_is_granted(given: dict, refused: set[str]) -> None:
    assert errors("supervisor_discount", **given) == refused
