"""What the forms of 财务退款执行与通知 (a28) take and refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from engine.model import Variables
from tests.each import each
from tests.processes.process_drawing import ROOT

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ASKED: Variables = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "refund_kind": "full",
    "amount": Decimal(199),
    "reason": "退货",
    "method": "platform",
}
CORRECTED: Variables = {"amount": Decimal(199), "method": "platform", "give_up": False}


def refused(name: str, values: Variables, paid: str | None = None) -> set[str]:
    """Keys of the fields with which a form of a28 finds fault; ``paid`` is what was paid for the order, in 元."""
    path = ROOT / "forms/a28_finance_refund" / f"{name}.form"
    known: Variables = {"order": None if paid is None else {"order_amount": Decimal(paid)}, "parcel": None}
    return set(formcheck.check_values(formcheck.load(path.read_bytes()), values, known, now=MONDAY_9AM).errors)


def test_an_application_with_everything_is_taken() -> None:
    assert refused("start", ASKED) == set()


@pytest.mark.parametrize("key", ["amount", "reason", "order_id"])
def test_an_application_without_a_fact_is_refused(key: str) -> None:
    assert refused("start", {**ASKED, key: None}) == {key}


def test_what_is_not_said_is_a_full_refund_the_way_the_money_came() -> None:
    assert refused("start", {**ASKED, "method": None, "refund_kind": None}) == set()


@each("name", ["start", "correct_application"])
@each(
    ("amount", "wrong"), [("0", True), ("-1", True), ("0.01", False), ("199", False), ("199.01", True), ("1.005", True)]
)
def test_an_amount_is_positive_in_cents_and_within_what_was_paid(name: str, amount: str, wrong: bool) -> None:
    asked = {**(ASKED if name == "start" else CORRECTED), "amount": Decimal(amount)}
    assert refused(name, asked, paid="199") == ({"amount"} if wrong else set())


def test_the_ceiling_is_unknown_for_an_order_that_the_shop_does_not_know() -> None:
    assert refused("start", {**ASKED, "amount": Decimal("9999")}) == set()


@pytest.mark.parametrize("method", ["paypal", "credit_card"])
@pytest.mark.parametrize("name", ["start", "correct_application"])
def test_a_mail_needs_an_address(name: str, method: str) -> None:
    asked = {**(ASKED if name == "start" else CORRECTED), "method": method}
    assert refused(name, asked) == {"email"}
    assert refused(name, {**asked, "email": "wang"}) == {"email"}
    assert refused(name, {**asked, "email": "wang@example.com"}) == set()


@pytest.mark.parametrize("name", ["start", "correct_application"])
def test_a_transfer_needs_an_account(name: str) -> None:
    asked = {**(ASKED if name == "start" else CORRECTED), "method": "transfer"}
    assert refused(name, asked) == {"pay_account"}
    assert refused(name, {**asked, "pay_account": "工商银行 6222000011112222 王某"}) == set()


@pytest.mark.parametrize("method", ["transfer", "paypal"])
def test_who_gives_up_needs_neither_account_nor_address(method: str) -> None:
    assert refused("correct_application", {**CORRECTED, "method": method, "give_up": True}) == set()


def test_an_account_is_hidden_elsewhere() -> None:
    for name in ("start", "correct_application"):
        schema = formcheck.load((ROOT / "forms/a28_finance_refund" / f"{name}.form").read_bytes())
        masked = {field.key for field in formcheck.fields(schema) if field.properties.get("masked") == "true"}
        assert {"pay_account", "email"} <= masked


def test_a_mail_is_confirmed_only_when_it_is_sent() -> None:
    note: Variables = {"mail_note": "到帐时间为20-30工作日,请注意查询"}
    assert refused("manual_mail", {**note, "mail_sent": True}) == set()
    assert refused("manual_mail", {**note, "mail_sent": False}) == {"mail_sent"}
    assert refused("manual_mail", {"mail_sent": True}) == {"mail_note"}


@pytest.mark.parametrize(("amount", "wrong"), [("50.01", True), ("50", False), ("49.99", False)])
def test_a_correction_never_asks_for_more_than_the_application(amount: str, wrong: bool) -> None:
    """What was agreed, ruled or deducted elsewhere is not raised here: finance gives back what it cannot pay."""
    schema = formcheck.load((ROOT / "forms/a28_finance_refund/correct_application.form").read_bytes())
    known: Variables = {"order": {"order_amount": Decimal(199)}, "parcel": None, "asked_amount": Decimal(50)}
    found = formcheck.check_values(schema, {**CORRECTED, "amount": Decimal(amount)}, known, now=MONDAY_9AM)
    assert set(found.errors) == ({"amount"} if wrong else set())
