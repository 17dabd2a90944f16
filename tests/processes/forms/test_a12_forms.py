"""What the forms of 已发货退货流程 (a12) take and refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime
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
    "description": "要退货",
    "receipt_date": date(2026, 1, 5),
    "return_reason": "quality",
    "goods_category": "small_appliance",
    "amount": Decimal(200),
    "freight_payer": "half",
}
LINE: Variables = {"model": "X1", "qty": Decimal(1), "accessories": "电源线"}


def refused(name: str, values: Variables, known: Variables | None = None) -> set[str]:
    """Keys of the fields with which a form of a12 finds fault."""
    path = ROOT / "forms/a12_received_return" / f"{name}.form"
    context: Variables = {"order": None, "parcel": None, "amount": Decimal(200), **(known or {})}
    return set(formcheck.check_values(formcheck.load(path.read_bytes()), values, context, now=MONDAY_9AM).errors)


def test_a_return_with_everything_is_taken() -> None:
    assert refused("start", ASKED) == set()


@pytest.mark.parametrize("key", ["receipt_date", "return_reason", "goods_category", "amount", "freight_payer"])
def test_a_return_without_a_fact_is_refused(key: str) -> None:
    assert refused("start", {**ASKED, key: None}) == {key}


def test_nothing_is_received_tomorrow() -> None:
    assert refused("start", {**ASKED, "receipt_date": date(2026, 1, 6)}) == {"receipt_date"}


@pytest.mark.parametrize(("amount", "wrong"), [("0", True), ("0.01", False), ("200", False), ("200.01", True)])
def test_an_amount_is_positive_and_within_what_was_paid(amount: str, wrong: bool) -> None:
    order: Variables = {"order": {"order_amount": Decimal(200)}}
    assert refused("start", {**ASKED, "amount": Decimal(amount)}, order) == ({"amount"} if wrong else set())


def test_nobody_sets_by_hand_that_a_return_was_agreed() -> None:
    assert "pre_approved" in refused("start", {**ASKED, "pre_approved": True})


def test_an_answer_has_its_reason() -> None:
    assert refused("accept_return", {"accepted": False, "accept_note": "商品已使用"}) == set()
    assert refused("accept_return", {"accepted": False}) == {"accept_note"}


def test_a_return_form_lists_goods() -> None:
    form: Variables = {"return_lines": [LINE], "return_problem": "不通电"}
    assert refused("fill_return_form", form) == set()
    assert refused("fill_return_form", {**form, "return_lines": []}) == {"return_lines"}
    assert refused("fill_return_form", {**form, "return_problem": None}) == {"return_problem"}
    assert refused("fill_return_form", {**form, "return_lines": [{**LINE, "accessories": None}]}) == set()
    for wrong in ({"model": None}, {"qty": None}, {"qty": Decimal(0)}, {"qty": Decimal("1.5")}):
        assert refused("fill_return_form", {**form, "return_lines": [{**LINE, **wrong}]}) != set()


@pytest.mark.parametrize(
    ("amount", "reason", "wrong"),
    [
        ("200", None, set()),
        ("199.99", None, {"deduct_reason"}),
        ("199.99", "外壳有划痕", set()),
        ("0", "退回的是空盒", set()),
        ("-0.01", "外壳有划痕", {"refund_amount"}),
        ("200.01", None, {"refund_amount"}),
    ],
)
def test_a_refund_is_within_what_is_due_and_less_has_a_reason(amount: str, reason: str | None, wrong: set[str]) -> None:
    answer: Variables = {"refund_amount": Decimal(amount)}
    assert refused("decide_refund", answer if reason is None else {**answer, "deduct_reason": reason}) == wrong


def test_what_cannot_be_repaired_has_its_loss() -> None:
    assert refused("repair_goods", {"repaired": True, "repair_cost": Decimal(0)}) == set()
    assert refused("repair_goods", {"repaired": False, "repair_cost": Decimal(0)}) == {"loss_amount"}
    assert refused("repair_goods", {"repaired": False, "repair_cost": Decimal(5), "loss_amount": Decimal(9)}) == set()
    assert refused("repair_goods", {"repaired": True}) == {"repair_cost"}


def test_a_parcel_that_is_late_has_one_of_three_fates() -> None:
    assert refused("follow_up_buyer", {"follow_result": "coming"}) == set()
    assert refused("follow_up_buyer", {"follow_result": "unknown"}) == {"follow_result"}


def test_a_claim_has_an_amount_and_a_number() -> None:
    assert refused("file_claim", {"claim_amount": Decimal("0.01"), "claim_no": "K1"}) == set()
    assert refused("file_claim", {"claim_amount": Decimal(0)}) == {"claim_amount", "claim_no"}
