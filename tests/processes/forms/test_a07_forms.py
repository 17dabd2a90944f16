"""What the forms of 退换货售后跟进 (a07) take and refuse, at their limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine import formcheck
from engine.model import Value, Variables
from tests.processes.process_drawing import ROOT

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
PICTURE: Variables = {
    "id": "file-1",
    "name": "a.jpg",
    "type": "image/jpeg",
    "size": Decimal(1_000),
    "sha256": "0" * 64,
}
START: Variables = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "kind": "return",
    "return_lines": [{"model": "K1", "qty": Decimal(1)}],
    "user_problem": "不制热",
    "goods_category": "other",
    "start_stage": "await",
    "refund_by_followup": False,
}
INSPECTED: Variables = {
    "matches_feedback": "same",
    "accessories_complete": True,
    "human_damage": False,
    "photos": ["file-1"],
}


def refused(
    name: str, values: Variables, context: Variables | None = None, taken: Callable[[str, Any], bool] | None = None
) -> set[str]:
    """Keys of the fields with which a form of a07 finds fault."""
    folder, _, file = name.rpartition("/")
    path = ROOT / "forms" / (folder or "a07_return_exchange_followup") / f"{file}.form"
    known: Variables = {"order": None, "parcel": None, **(context or {})}
    found = formcheck.check_values(
        formcheck.load(path.read_bytes()), values, known, now=MONDAY_9AM, files=lambda _id: PICTURE, taken=taken
    )
    return set(found.errors)


def test_a_start_that_has_all_is_taken() -> None:
    assert refused("start", START) == set()


@pytest.mark.parametrize("key", ["order_id", "customer_id", "channel", "kind", "user_problem", "goods_category"])
def test_a_start_without_a_required_field_is_refused(key: str) -> None:
    assert refused("start", {**START, key: None}) == {key}


@pytest.mark.parametrize(("qty", "wrong"), [(Decimal(1), False), (Decimal(0), True), (Decimal("1.5"), True)])
def test_at_least_one_whole_piece_comes_back(qty: Decimal, wrong: bool) -> None:
    assert bool(refused("start", {**START, "return_lines": [{"model": "K1", "qty": qty}]})) is wrong
    assert refused("start", {**START, "return_lines": []})


@pytest.mark.parametrize(
    ("amount", "wrong"), [(None, True), ("0", True), ("0.01", False), ("200", False), ("200.01", True), ("-1", True)]
)
def test_the_amount_is_asked_for_when_it_is_paid_here_and_is_no_more_than_the_orders(
    amount: str | None, wrong: bool
) -> None:
    given = {**START, "refund_by_followup": True, "amount": None if amount is None else Decimal(amount)}
    assert (refused("start", given, {"order": {"order_amount": Decimal(200)}}) == {"amount"}) is wrong


def test_an_amount_that_somebody_else_pays_is_not_asked_for() -> None:
    assert refused("start", {**START, "amount": Decimal(5)}) == {"amount"}


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        ("SF123456", False),
        ("A" * 20, False),
        ("SF12345", True),
        ("A" * 21, True),
        ("SF-1234567", True),
        ("单号12345678", True),
    ],
)
def test_the_number_of_a_return_is_8_to_20_letters_and_digits(number: str, wrong: bool) -> None:
    sent = {"contact_result": "sent", "return_waybill_no": number, "courier": "顺丰"}
    assert (refused("contact_buyer_tracking", sent) == {"return_waybill_no"}) is wrong
    received = {**START, "start_stage": "received", "return_waybill_no": number}
    assert (refused("start", received) == {"return_waybill_no"}) is wrong


def test_the_outgoing_waybill_is_no_return() -> None:
    sent = {"contact_result": "sent", "return_waybill_no": "YT12345678", "courier": "圆通"}
    assert refused("contact_buyer_tracking", sent, {"order": {"waybill_no": "YT12345678"}}) == {"return_waybill_no"}
    assert refused("contact_buyer_tracking", sent, {"order": {"waybill_no": "YT00000000"}}) == set()


@pytest.mark.parametrize("result", ["will_send", "gives_up", "unreachable"])
def test_number_and_courier_are_asked_for_only_when_the_customer_has_sent(result: str) -> None:
    assert refused("contact_buyer_tracking", {"contact_result": "sent"}) == {"return_waybill_no", "courier"}
    assert refused("contact_buyer_tracking", {"contact_result": result}) == set()
    assert refused("contact_buyer_tracking", {"contact_result": result, "courier": "顺丰"}) == {"courier"}


def test_a_goods_check_needs_a_photo() -> None:
    assert refused("inspect_goods", INSPECTED) == set()
    assert refused("inspect_goods", {**INSPECTED, "photos": []}) == {"photos"}


@pytest.mark.parametrize(
    ("found", "missing"),
    [({"accessories_complete": False}, "missing_items"), ({"human_damage": True}, "damage_desc")],
)
def test_what_is_missing_or_damaged_is_described(found: Variables, missing: str) -> None:
    assert refused("inspect_goods", {**INSPECTED, **found}) == {missing}
    assert refused("inspect_goods", {**INSPECTED, **found, missing: "杯子"}) == set()
    assert refused("inspect_goods", {**INSPECTED, missing: "杯子"}) == {missing}


@pytest.mark.parametrize(
    ("amount", "wrong"), [(None, True), ("0", True), ("0.01", False), ("200", False), ("200.01", True)]
)
def test_no_more_is_deducted_than_is_refunded(amount: str | None, wrong: bool) -> None:
    value: Value = None if amount is None else Decimal(amount)
    given = {"issue_solution": "deduct", "issue_amount": value}
    case = {"kind": "return", "accessories_complete": True, "matches_feedback": "same"}
    for known in ({"amount": Decimal(200)}, {"amount": None, "order": {"order_amount": Decimal(200)}}):
        assert (refused("resolve_common_issue", given, {**case, **known}) == {"issue_amount"}) is wrong


def test_what_the_customer_pays_beside_the_refund_has_no_limit_but_is_asked_for() -> None:
    case = {"kind": "return", "accessories_complete": True, "matches_feedback": "same", "amount": Decimal(200)}
    assert refused("resolve_common_issue", {"issue_solution": "buyer_pays"}, case) == {"issue_amount"}
    paid = {"issue_solution": "buyer_pays", "issue_amount": Decimal(300)}
    assert refused("resolve_common_issue", paid, case) == set()
    assert refused("resolve_common_issue", {**paid, "issue_solution": "seller_bears"}, case) == {"issue_amount"}


@pytest.mark.parametrize(
    ("kind", "matches", "wrong"),
    [("return", "same", False), ("exchange", "same", True), ("exchange", "different", False)],
)
def test_nothing_is_deducted_from_a_refund_that_there_will_not_be(kind: str, matches: str, wrong: bool) -> None:
    case = {"kind": kind, "accessories_complete": True, "matches_feedback": matches, "amount": Decimal(200)}
    given = {"issue_solution": "deduct", "issue_amount": Decimal(10)}
    assert (refused("resolve_common_issue", given, case) == {"issue_solution"}) is wrong


def test_parts_are_awaited_only_when_some_are_missing() -> None:
    case = {"kind": "return", "matches_feedback": "same"}
    for complete in (True, False):
        found = refused(
            "resolve_common_issue", {"issue_solution": "send_missing"}, {**case, "accessories_complete": complete}
        )
        assert found == ({"issue_solution"} if complete else set())


@pytest.mark.parametrize(
    ("right", "outcome", "wrong"), [(True, "no_fault", True), (False, "no_fault", False), (True, "return", False)]
)
def test_a_mistake_in_use_is_no_right_use(right: bool, outcome: str, wrong: bool) -> None:
    given = {"operation_ok": right, "outcome": outcome}
    assert (refused("confirm_with_customer", given) == {"outcome"}) is wrong


def test_a_loss_is_told_of_what_is_scrapped() -> None:
    assert refused("batch_inspection", {"disposition": "scrap"}) == {"loss_amount"}
    assert refused("batch_inspection", {"disposition": "scrap", "loss_amount": Decimal(0)}) == {"loss_amount"}
    assert refused("batch_inspection", {"disposition": "scrap", "loss_amount": Decimal("0.01")}) == set()
    assert refused("batch_inspection", {"disposition": "stock", "loss_amount": Decimal(5)}) == {"loss_amount"}


def test_a_replacement_has_a_waybill_of_its_own() -> None:
    given = {"new_sku": "K1", "new_tracking_no": "YT1", "new_courier": "圆通"}
    for number, wrong in (("YT1", True), ("YT2", False)):
        taken = lambda among, value, number=number: (among, value) == ("waybills", number)  # noqa: E731
        assert (refused("send_replacement", given, taken=taken) == {"new_tracking_no"}) is wrong


def test_what_is_sent_back_has_another_number_than_what_came() -> None:
    given = {"back_tracking_no": "SF12345678", "back_reason": "人为损坏"}
    assert refused("return_original", given, {"return_waybill_no": "SF12345678"}) == {"back_tracking_no"}
    assert refused("return_original", given, {"return_waybill_no": "SF87654321"}) == set()


@pytest.mark.parametrize(("amount", "wrong"), [("0", True), ("0.01", False)])
def test_a_claim_has_an_amount_and_a_number(amount: str, wrong: bool) -> None:
    given = {"claim_amount": Decimal(amount), "claim_no": "LP1"}
    assert (refused("file_claim", given) == {"claim_amount"}) is wrong
    assert refused("file_claim", {}) == {"claim_amount", "claim_no"}


def test_the_claim_is_what_was_to_be_refunded_or_what_the_order_cost() -> None:
    schema = formcheck.load((ROOT / "forms/a07_return_exchange_followup/file_claim.form").read_bytes())
    order = {"order_amount": Decimal(200)}
    for amount, shown in ((Decimal(150), 150), (None, 200)):
        assert formcheck.prefill(schema, {"amount": amount, "order": order}, now=MONDAY_9AM) == {"claim_amount": shown}


def test_the_messages_say_what_came() -> None:
    assert refused("messages/parcel_received", {}) == {"return_waybill_no"}
    assert refused("messages/parcel_received", {"return_waybill_no": "SF12345678"}) == set()
    assert refused("messages/missing_parts_received", {}) == {"missing_parts_note"}
    assert refused("messages/missing_parts_received", {"missing_parts_note": "杯子"}) == set()
