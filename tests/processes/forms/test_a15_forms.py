"""What the forms of 售中产品更改与差价退款 (a15) take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a15_insale_order_change"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
CHANGE = {"order_id": "SO-1001", "old_product": "大号", "old_price": Decimal(130), "new_product": "中号"}
CHANGE |= {"new_price": Decimal(100), "qty": Decimal(1)}


def errors(form: str, order: dict | None = None, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    context = {"order": order, "parcel": None, "case": None, **(known or {})}
    return set(formcheck.check_values(schema, values, context, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(
    ("change", "order", "wrong"),
    [
        ({}, None, set()),
        ({"qty": None}, None, set()),
        ({"new_product": "大号"}, None, {"new_product"}),
        ({}, {"order_amount": Decimal(130)}, set()),
        ({}, {"order_amount": Decimal("129.99")}, {"old_price"}),
    ],
)
def test_a_change_is_to_another_product_within_what_was_paid(change: dict, order: dict | None, wrong: set[str]) -> None:
    asked = {**CHANGE, "customer_id": "C-1", "channel": "phone", "description": "换中号", **change}
    assert errors("start", order, **asked) == wrong


@pytest.mark.parametrize(("stage", "wrong"), [("paid", set()), ("picking", set()), ("shipped", {"still_unshipped"})])
def test_what_has_left_is_not_unshipped(stage: str, wrong: set[str]) -> None:
    held = {"still_unshipped": True, "new_in_stock": True, "new_items": "中号×1"}
    assert errors("check_unshipped", {"order_stage": stage}, CHANGE, **held) == wrong
    assert errors("check_unshipped", {"order_stage": stage}, CHANGE, still_unshipped=False) == set()


def test_the_new_goods_are_named_only_where_they_are_there() -> None:
    assert errors("check_unshipped", None, CHANGE, still_unshipped=True) == {"new_in_stock"}
    assert errors("check_unshipped", None, CHANGE, still_unshipped=True, new_in_stock=False) == set()
    assert errors("check_unshipped", None, CHANGE, still_unshipped=True, new_in_stock=True) == {"new_items"}


@pytest.mark.parametrize(
    ("amount", "wrong"), [("30", set()), ("30.01", {"refund_amount"}), ("29.99", {"refund_amount"})]
)
def test_the_difference_is_refunded_to_the_cent(amount: str, wrong: set[str]) -> None:
    given = {"refund_amount": Decimal(amount), "refund_reason": "差价", "method": "platform"}
    assert errors("submit_partial_refund", None, CHANGE, **given) == wrong


def test_paypal_needs_an_address() -> None:
    given = {"refund_amount": Decimal(30), "refund_reason": "差价", "method": "paypal"}
    assert errors("submit_partial_refund", None, CHANGE, **given) == {"email"}
    assert errors("submit_partial_refund", None, CHANGE, **given, email="a@example.com") == set()


def test_a_paid_difference_has_an_order_of_its_own() -> None:
    assert errors("ask_top_up", None, CHANGE, top_up_paid=False) == set()
    assert errors("ask_top_up", None, CHANGE, top_up_paid=True) == {"top_up_order_no"}
    assert errors("ask_top_up", None, CHANGE, top_up_paid=True, top_up_order_no="SO-1001") == {"top_up_order_no"}
    assert errors("ask_top_up", None, CHANGE, top_up_paid=True, top_up_order_no="CJ-1") == set()


def test_a_delay_is_told_with_its_reason_and_a_day_to_come() -> None:
    told = {"already_shipped": False, "exception_reason": "面料晚到", "customer_told": True}
    assert errors("notify_exception", already_shipped=True) == set()
    assert errors("notify_exception", **told, new_ship_date=date(2026, 1, 6)) == set()
    assert errors("notify_exception", **told, new_ship_date=date(2026, 1, 5)) == {"new_ship_date"}
    assert errors("notify_exception", already_shipped=False) == {"exception_reason", "new_ship_date", "customer_told"}
