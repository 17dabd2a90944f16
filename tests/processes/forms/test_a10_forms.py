"""What the forms of 未发货退款流程 (a10) take and refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from engine.model import Variables
from tests.processes.process_drawing import ROOT

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ASKED: Variables = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "description": "不想要了",
    "goods_amount": Decimal(188),
    "postage": Decimal(12),
    "refund_reason": "changed_mind",
    "method": "platform",
    "already_intercepted": False,
}


def refused(name: str, values: Variables, order: Variables | None = None) -> set[str]:
    """Keys of the fields with which a form of a10 finds fault."""
    path = ROOT / "forms/a10_unshipped_refund" / f"{name}.form"
    known: Variables = {"order": order, "parcel": None}
    return set(formcheck.check_values(formcheck.load(path.read_bytes()), values, known, now=MONDAY_9AM).errors)


def test_an_application_with_everything_is_taken() -> None:
    assert refused("start", ASKED) == set()
    assert refused("start", {**ASKED, "postage": Decimal(0)}) == set()


@pytest.mark.parametrize("key", ["goods_amount", "postage", "refund_reason"])
def test_an_application_without_a_fact_is_refused(key: str) -> None:
    assert refused("start", {**ASKED, key: None}) == {key}


@pytest.mark.parametrize(("key", "value"), [("goods_amount", "0"), ("postage", "-0.01"), ("goods_amount", "0.001")])
def test_goods_cost_something_and_postage_is_never_negative(key: str, value: str) -> None:
    assert refused("start", {**ASKED, key: Decimal(value)}) == {key}


@pytest.mark.parametrize(("paid", "wrong"), [("200", set()), ("199.99", {"postage"}), ("500", set())])
def test_goods_and_postage_are_within_what_was_paid(paid: str, wrong: set[str]) -> None:
    assert refused("start", ASKED, {"order_amount": Decimal(paid)}) == wrong


@pytest.mark.parametrize(
    ("stage", "gone"), [("paid", False), ("picking", False), ("cancelled", False), ("shipped", True), ("signed", True)]
)
def test_an_order_that_has_left_is_not_intercepted(stage: str, gone: bool) -> None:
    order: Variables = {"order_stage": stage}
    held = {**ASKED, "already_intercepted": True}
    assert refused("start", held, order) == ({"already_intercepted"} if gone else set())
    assert refused("start", ASKED, order) == set()
    assert refused("warehouse_intercept", {"intercepted": True}, order) == ({"intercepted"} if gone else set())
    assert refused("warehouse_intercept", {"intercepted": False}, order) == set()


def test_an_order_that_the_shop_does_not_know_may_be_intercepted() -> None:
    assert refused("warehouse_intercept", {"intercepted": True}) == set()
    assert refused("start", {**ASKED, "already_intercepted": True}) == set()


def test_the_reason_is_confirmed_and_whether_the_order_stays() -> None:
    confirmed: Variables = {"reason_confirmed": "late", "retained": False}
    assert refused("confirm_reason", confirmed) == set()
    for key in confirmed:
        assert refused("confirm_reason", {**confirmed, key: None}) == {key}
    assert refused("confirm_reason", {**confirmed, "reason_confirmed": "quality"}) == {"reason_confirmed"}
