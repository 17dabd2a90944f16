"""What the forms of a31_review_care take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a31_review_care"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
START = {"order_id": "SO-1", "customer_id": "C-1", "channel": "phone", "rating": "negative", "review_text": "坏了"}


def schema_of(form: str) -> dict:
    return formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())


def errors(form: str, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault."""
    return set(formcheck.check_values(schema_of(form), values, {"order": None, "parcel": None}, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(
    ("phone", "refused"),
    [
        ("13800000000", False),
        ("0571-8888888", False),
        ("057188888888", False),
        ("1380000000", True),
        ("8888888", True),
        ("", True),
    ],
)
def test_there_is_a_number_to_call(phone: str, refused: bool) -> None:
    assert errors("start", **START, phone=phone) == ({"phone"} if refused else set())


def test_the_number_comes_from_the_order_and_is_masked() -> None:
    order = {"receiver_phone": "13900000000", "customer_id": "C-1", "channel": "phone", "shop": "旗舰店"}
    shown = formcheck.prefill(schema_of("start"), {"order": order, "description": "坏了"}, now=MONDAY_9AM)
    assert (shown["phone"], shown["review_text"]) == ("13900000000", "坏了")
    assert next(f for f in formcheck.fields(schema_of("start")) if f.key == "phone").masked


def test_who_was_reached_has_said_why() -> None:
    assert errors("phone_buyer", reached=False) == set()
    assert errors("phone_buyer", reached=True) == {"reason", "reason_class"}
    assert errors("phone_buyer", reached=True, reason="太慢", reason_class="logistics") == set()
    assert errors("phone_buyer", reached=True, reason="太慢", reason_class="slow") == {"reason_class"}


def test_good_reviews_are_not_cared_for_here() -> None:
    assert errors("start", **{**START, "rating": "positive"}, phone="13800000000") == {"rating"}


def test_an_improvement_is_not_asked_for() -> None:
    assert errors("record_outcome", review_changed=False) == set()
    assert errors("record_outcome") == {"review_changed"}
