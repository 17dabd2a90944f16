"""What the forms of 已发货退款流程 (a11) take, refuse and say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from engine.formcheck import texts
from engine.formcheck.scope import Scope
from engine.model import Value, Variables
from tests.processes.process_drawing import ROOT

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
TODAY = date(2026, 1, 5)
ASKED: Variables = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "description": "要退款",
    "received": False,
    "problem_kind": "not_wanted",
    "amount": Decimal(199),
}
LOSSES: Variables = {
    "loss_discount": Decimal(20),
    "loss_repair": Decimal(50),
    "loss_exchange": Decimal(60),
    "loss_return": Decimal(80),
}


def refused(name: str, values: Variables, known: Variables | None = None) -> set[str]:
    """Keys of the fields with which a form of a11 finds fault."""
    path = ROOT / "forms/a11_shipped_refund" / f"{name}.form"
    context: Variables = {"order": None, "parcel": None, "amount": Decimal(199), **(known or {})}
    return set(formcheck.check_values(formcheck.load(path.read_bytes()), values, context, now=MONDAY_9AM).errors)


def agreed(method: str, **more: Value) -> Variables:
    return {**LOSSES, "agreed": True, "agreed_method": method, **more}


def test_who_has_not_received_needs_no_date() -> None:
    assert refused("start", ASKED) == set()
    assert refused("start", {**ASKED, "received": True}) == {"receipt_date"}
    assert refused("start", {**ASKED, "received": True, "receipt_date": TODAY}) == set()
    assert refused("start", {**ASKED, "received": True, "receipt_date": date(2026, 1, 6)}) == {"receipt_date"}


@pytest.mark.parametrize(("amount", "wrong"), [("0", True), ("0.01", False), ("199", False), ("199.01", True)])
def test_an_amount_is_positive_and_within_what_was_paid(amount: str, wrong: bool) -> None:
    order: Variables = {"order": {"order_amount": Decimal(199)}}
    assert refused("start", {**ASKED, "amount": Decimal(amount)}, order) == ({"amount"} if wrong else set())


@pytest.mark.parametrize("key", ["received", "problem_kind", "amount"])
def test_an_application_without_a_fact_is_refused(key: str) -> None:
    assert refused("start", {**ASKED, key: None}) == {key}


def test_a_parcel_is_stopped_by_its_number() -> None:
    assert refused("stop_parcel", {"stop_way": "refuse", "stop_tracking_no": "YT1"}) == set()
    assert refused("stop_parcel", {"stop_way": "refuse"}) == {"stop_tracking_no"}
    assert refused("stop_parcel", {"stop_way": "wait", "stop_tracking_no": "YT1"}) == {"stop_way"}


def test_a_parcel_that_was_delivered_has_a_date() -> None:
    assert refused("trace_back", {"back_state": "coming"}) == set()
    assert refused("trace_back", {"back_state": "delivered"}) == {"receipt_date"}
    assert refused("trace_back", {"back_state": "delivered", "receipt_date": TODAY}) == set()
    assert refused("trace_back", {"back_state": "delivered", "receipt_date": date(2026, 1, 6)}) == {"receipt_date"}


@pytest.mark.parametrize("name", ["file_claim", "file_claim_damaged"])
def test_a_claim_has_an_amount_and_a_number(name: str) -> None:
    claim: Variables = {"claim_amount": Decimal("0.01"), "claim_no": "K1"}
    assert refused(name, claim) == set()
    assert refused(name, {**claim, "claim_amount": Decimal(0)}) == {"claim_amount"}
    assert refused(name, {**claim, "claim_no": None}) == {"claim_no"}


def test_what_is_agreed_has_a_way() -> None:
    assert refused("negotiate_solution", {**LOSSES, "agreed": False}) == set()
    assert refused("negotiate_solution", {**LOSSES, "agreed": True}) == {"agreed_method"}


@pytest.mark.parametrize("key", list(LOSSES))
def test_every_loss_is_said_and_none_is_negative(key: str) -> None:
    assert refused("negotiate_solution", {**LOSSES, "agreed": False, key: None}) == {key}
    assert refused("negotiate_solution", {**LOSSES, "agreed": False, key: Decimal("-0.01")}) == {key}


@pytest.mark.parametrize(("discount", "wrong"), [("0", True), ("0.01", False), ("199", False), ("199.01", True)])
def test_a_discount_is_positive_and_within_the_refund(discount: str, wrong: bool) -> None:
    answer = agreed("discount", discount_amount=Decimal(discount))
    assert refused("negotiate_solution", answer) == ({"discount_amount"} if wrong else set())
    assert refused("negotiate_solution", agreed("discount")) == {"discount_amount"}


@pytest.mark.parametrize("method", ["repair", "exchange", "return"])
def test_who_does_not_take_the_smallest_loss_says_why(method: str) -> None:
    assert refused("negotiate_solution", agreed(method)) == {"override_reason"}
    assert refused("negotiate_solution", agreed(method, override_reason="客户只同意这样")) == set()
    smallest = {f"loss_{method}": Decimal(20)}  # as small as the smallest
    assert refused("negotiate_solution", agreed(method, **smallest)) == set()


def shown(values: Variables) -> str:
    """What the computed text of the negotiation says, numbers as they are."""
    path = ROOT / "forms/a11_shipped_refund/negotiate_solution.form"
    (words,) = [part["text"] for part in formcheck.load(path.read_bytes())["components"] if part["type"] == "text"]
    return texts.render(texts.read(words), Scope(values, {}, MONDAY_9AM), lambda value, _unit, _name: str(value))


def test_the_losses_are_shown_the_smallest_first_as_soon_as_all_are_said() -> None:
    losses: Variables = {**LOSSES, "loss_repair": Decimal("10.5")}
    assert shown(losses) == "损失从小到大:维修 10.5 元;打折 20 元;换货 60 元;退货 80 元;"
    assert shown({**losses, "loss_return": None}) == ""
