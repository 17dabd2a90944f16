"""What the forms of a09_refund_request and of its messages take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine import formcheck
from tests.each import each
from tests.processes.process_drawing import ROOT

PROCESS = "a09_refund_request"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
PHOTO = {"id": "f1", "name": "a.jpg", "type": "image/jpeg", "size": 812, "sha256": "0" * 64}
COMMON = {"order_id": "SO-1001", "customer_id": "C-88", "channel": "marketplace", "description": "起球"}
REQUEST = {
    **COMMON,
    "trade_stage": "after",
    "refund_type": "refund_only",
    "reason": "other",
    "amount": Decimal(88),
    "applied_at": MONDAY_9AM,
    "is_express": False,
}
REFUSAL = {"decision": "refuse", "refuse_reason": "吊牌已剪", "refuse_evidence": ["f1"]}
DONE = {"refund_refused": True, "amount_changed": True, "one_cent_refunded": True}


def errors(form: str, values: dict, folder: str = PROCESS, **context: object) -> set[str]:
    """Keys of the fields with which the form finds fault."""
    schema = formcheck.load((ROOT / f"forms/{folder}/{form}.form").read_bytes())
    known = {"order": None, "parcel": None, **context}
    found = formcheck.check_values(schema, values, known, now=MONDAY_9AM, files={"f1": PHOTO}.get)
    return set(found.errors)


def event(form: str, values: dict, **context: object) -> set[str]:
    return errors(form, values, "messages", **context)


@each("missing", sorted(set(REQUEST) - {"description"}))
def test_a_request_needs_what_decides_its_way(missing: str) -> None:
    given = {key: value for key, value in REQUEST.items() if key != missing}
    assert errors("start", given) == {missing}
    assert errors("start", REQUEST) == set()


@pytest.mark.parametrize(
    ("amount", "paid", "refused"),
    [("0", None, True), ("0.01", None, False), ("0.001", None, True), ("88", "88", False), ("88.01", "88", True)],
)
def test_an_amount_is_of_the_order_and_not_nothing(amount: str, paid: str | None, refused: bool) -> None:
    order = None if paid is None else {"order_amount": Decimal(paid)}
    found = errors("start", REQUEST | {"amount": Decimal(amount)}, order=order)
    assert found == ({"amount"} if refused else set())


@pytest.mark.parametrize(("late", "refused"), [(timedelta(0), False), (timedelta(seconds=1), True)])
def test_no_request_comes_from_the_future(late: timedelta, refused: bool) -> None:
    found = errors("start", REQUEST | {"applied_at": MONDAY_9AM + late})
    assert found == ({"applied_at"} if refused else set())


@pytest.mark.parametrize(("postage", "refused"), [("0", False), ("87.99", False), ("88", True)])
def test_postage_is_a_part_of_what_is_paid_back_before_dispatch(postage: str, refused: bool) -> None:
    given = REQUEST | {"refund_type": "unshipped", "postage": Decimal(postage)}
    assert errors("start", given) == ({"postage"} if refused else set())
    assert "postage" in errors("start", given | {"refund_type": "refund_only"}), "it is not asked for there"


def test_no_reason_during_the_sale_can_not_be_refused() -> None:
    assert errors("review_refund", REFUSAL, may_refuse=False) == {"decision"}
    assert errors("review_refund", REFUSAL, may_refuse=True) == set()
    assert errors("review_refund", {"decision": "agree", "refund_split": True}, may_refuse=False) == set()


@pytest.mark.parametrize("missing", ["refuse_reason", "refuse_evidence"])
def test_a_refusal_says_why_and_shows_it(missing: str) -> None:
    given = {key: value for key, value in REFUSAL.items() if key != missing}
    assert errors("review_refund", given, may_refuse=True) == {missing}


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ({}, {"refund_split"}),
        ({"refund_split": False}, {"agreed_amount"}),
        ({"refund_split": False, "agreed_amount": Decimal(0)}, {"agreed_amount"}),
        ({"refund_split": False, "agreed_amount": Decimal("87.99")}, set()),
        ({"refund_split": False, "agreed_amount": Decimal(88)}, {"agreed_amount"}),
        ({"refund_split": True}, set()),
    ],
)
def test_who_agrees_says_to_how_much(answer: dict, refused: set[str]) -> None:
    found = errors("review_refund", {"decision": "agree", **answer}, may_refuse=True, amount=Decimal(88))
    assert found == refused


@pytest.mark.parametrize("undone", sorted(DONE))
def test_one_cent_is_done_only_when_each_step_is(undone: str) -> None:
    assert errors("refuse_and_one_cent", DONE | {undone: False}) == {undone}
    assert errors("refuse_and_one_cent", DONE) == set()


@pytest.mark.parametrize(("amount", "refused"), [("87.99", True), ("88", False), ("88.01", True)])
def test_the_postage_order_is_worth_the_refund(amount: str, refused: bool) -> None:
    given = {"postage_order_no": "YC-1", "postage_amount": Decimal(amount)}
    assert errors("ask_postage_order", given, agreed_amount=Decimal(88)) == ({"postage_amount"} if refused else set())
    paid = {"postage_order_no": "YC-1", "amount": Decimal(amount)}
    waiting = {"asked_order_no": "YC-1", "postage_amount": Decimal(88)}
    assert event("postage_order_paid", paid, **waiting) == ({"amount"} if refused else set())
    other = paid | {"postage_order_no": "YC-2", "amount": Decimal(88)}
    assert event("postage_order_paid", other, **waiting) == {"postage_order_no"}


@pytest.mark.parametrize(
    ("note", "refused"),
    [
        ("【换2000花色L,无差价 婷/8.28】", False),
        ("【退,补差价88元 婷/1.5】", False),
        ("【换2000花色L 婷/8.28】", True),
        ("【换2000花色L,无差价 婷/13.28】", True),
        ("换2000花色L,无差价 婷/8.28", True),
    ],
)
def test_the_flag_note_has_its_format(note: str, refused: bool) -> None:
    found = errors("ship_postage_virtual", {"virtual_shipped": True, "flag_note": note})
    assert found == ({"flag_note"} if refused else set())
    assert "virtual_shipped" in errors("ship_postage_virtual", {"virtual_shipped": False, "flag_note": note})


def test_evidence_that_was_uploaded_is_a_picture() -> None:
    assert event("buyer_evidence_uploaded", {"evidence": ["f1"]}) == set()
    assert event("buyer_evidence_uploaded", {}) == {"evidence"}


@pytest.mark.parametrize("response", ["received", "withdraw", "intervene"])
def test_only_a_change_of_the_request_says_what_is_new(response: str) -> None:
    assert event("refund_party_responded", {"response": response}) == set()
    assert event("refund_party_responded", {"response": response, "amount": Decimal(5)}) == {"amount"}


def test_a_changed_request_is_complete_and_of_goods_that_arrived() -> None:
    new = {"response": "modify", "reason": "quality", "refund_type": "return_goods", "amount": Decimal("0.01")}
    assert event("refund_party_responded", new) == set()
    assert event("refund_party_responded", {"response": "modify"}) == {"reason", "refund_type", "amount"}
    assert event("refund_party_responded", new | {"refund_type": "unshipped"}) == {"refund_type"}
    assert event("refund_party_responded", new | {"amount": Decimal(0)}) == {"amount"}
    assert event("refund_party_responded", new | {"evidence": ["f1"]}) == set()


@pytest.mark.parametrize("result", ["end_processed", "end_sent_back"])
def test_a_parcel_that_was_inspected_is_not_received_again(result: str) -> None:
    """Else goods for which something new was sent are refunded by a second inspection."""
    assert event("refund_party_responded", {"response": "received"}, a07_result=None) == set()
    assert event("refund_party_responded", {"response": "received"}, a07_result=result) == {"response"}
    for response in ("withdraw", "intervene"):
        assert event("refund_party_responded", {"response": response}, a07_result=result) == set()
