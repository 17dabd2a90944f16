"""What the forms of 与想象不符处理 (a04) take and refuse, at their limits."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from engine.model import Variables
from tests.processes.process_drawing import ROOT

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ORDER: Variables = {"order": None, "parcel": None, "order_amount": Decimal(199)}
START: Variables = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "complaint_desc": "没有想的厚",
    "order_amount": Decimal(199),
}


def schema_of(name: str) -> formcheck.Schema:
    return formcheck.load((ROOT / f"forms/a04_expectation_mismatch/{name}.form").read_bytes())


def refused(name: str, values: Variables, context: Variables | None = None) -> set[str]:
    """Keys of the fields with which a form of a04 finds fault."""
    found = formcheck.check_values(schema_of(name), values, {**ORDER, **(context or {})}, now=MONDAY_9AM)
    return set(found.errors)


def test_a_start_needs_all_but_the_shop_and_the_evidence() -> None:
    assert refused("start", START) == set()
    for key in START:
        assert refused("start", {**START, key: None}) == {key}


def test_only_a_caller_sets_the_cause_beforehand() -> None:
    assert refused("start", {**START, "preset_cause": "exaggerated"}) == {"preset_cause"}
    known = {**ORDER, "preset_cause": "exaggerated"}
    assert formcheck.prefill(schema_of("classify_cause"), known, now=MONDAY_9AM) == {"cause": "exaggerated"}
    assert formcheck.prefill(schema_of("classify_cause"), ORDER, now=MONDAY_9AM) == {}


@pytest.mark.parametrize(
    ("amount", "fault"),
    [("4", True), ("4.99", True), ("5", False), ("15", False), ("30.01", False), ("199", False), ("199.01", True)],
)
def test_a_difference_is_at_least_five_yuan_and_no_more_than_the_order(amount: str, fault: bool) -> None:
    given: Variables = {"comp_amount": Decimal(amount), "offer_text": "亲,给您补差价。"}
    assert refused("offer_loss_comp", given) == ({"comp_amount"} if fault else set())


def test_a_wrong_listing_says_what_is_wrong_with_it() -> None:
    assert refused("verify_listing", {"listing_wrong": True}) == {"wrong_text"}
    assert refused("verify_listing", {"listing_wrong": True, "wrong_text": "完全防水"}) == set()
    assert refused("verify_listing", {"listing_wrong": False}) == set()
    assert refused("verify_listing", {"listing_wrong": False, "wrong_text": "完全防水"}) == {"wrong_text"}


def test_whether_an_exchange_helps_is_always_judged() -> None:
    assert refused("judge_exchange", {"customer_choice": "exchange"}) == {"exchange_can_solve"}
    assert refused("judge_exchange", {"customer_choice": "repair", "exchange_can_solve": True}) == {"customer_choice"}
    assert refused("judge_exchange", {"customer_choice": "keep", "exchange_can_solve": False}) == set()


def test_a_free_return_offers_no_exchange() -> None:
    assert {field.key for field in formcheck.fields(schema_of("offer_free_return"))} == {"free_return_accepted"}


@pytest.mark.parametrize(("amount", "fault"), [("2.99", True), ("3", False), ("3.01", True), ("5", True)])
def test_an_order_below_five_yuan_gets_its_whole_amount(amount: str, fault: bool) -> None:
    schema = schema_of("offer_loss_comp")
    given: Variables = {"comp_amount": Decimal(amount), "offer_text": "亲,给您补差价。"}
    found = formcheck.check_values(schema, given, {**ORDER, "order_amount": Decimal(3)}, now=MONDAY_9AM)
    assert set(found.errors) == ({"comp_amount"} if fault else set())
