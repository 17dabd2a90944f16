"""What the forms of 售后协商阶梯 (a05) take and refuse, at their limits."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from engine.formcheck import texts
from engine.formcheck.scope import Scope
from engine.model import Value, Variables
from tests.each import each
from tests.processes.process_drawing import ROOT

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ORDER: Variables = {"order": None, "parcel": None, "order_amount": Decimal(199), "wording_hits": []}
START: Variables = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "raw_complaint": "少了赠品",
    "order_amount": Decimal(199),
}
LADDER = ("explain", "coupon", "compensate", "exchange", "return")


def schema_of(name: str) -> formcheck.Schema:
    return formcheck.load((ROOT / f"forms/a05_negotiation_ladder/{name}.form").read_bytes())


def refused(name: str, values: Variables, context: Variables | None = None) -> set[str]:
    """Keys of the fields with which a form of a05 finds fault."""
    found = formcheck.check_values(schema_of(name), values, {**ORDER, **(context or {})}, now=MONDAY_9AM)
    return set(found.errors)


def prefilled(name: str, context: Variables) -> dict[str, Value]:
    return formcheck.prefill(schema_of(name), {**ORDER, **context}, now=MONDAY_9AM)


def said(name: str, text: str, context: Variables) -> str:
    """What a text of a form says, values as they are."""
    (words,) = [one["text"] for one in schema_of(name)["components"] if one["id"] == text]
    scope = Scope({}, {**ORDER, **context}, MONDAY_9AM)
    return texts.render(texts.read(words), scope, lambda value, _unit, _name: str(value))


def plan(level: str, **more: Value) -> Variables:
    return {"level": level, "plan_text": "亲,给您添麻烦了。", **more}


def test_a_start_needs_all_but_the_shop_and_the_problems_type() -> None:
    assert refused("start", START) == set()
    for key in START:
        assert refused("start", {**START, key: None}) == {key}


def test_what_the_buyer_said_is_the_description_where_nothing_else_is_known() -> None:
    assert prefilled("start", {"description": "少了赠品"})["raw_complaint"] == "少了赠品"
    assert prefilled("start", {"description": "a", "raw_complaint": "b"})["raw_complaint"] == "b"


@each("form", ["propose_first_plan", "propose_next"])
@each(
    ("amount", "fault"), [(None, True), ("4", True), ("4.99", True), ("5", False), ("30.01", False), ("199.01", True)]
)
def test_a_compensation_is_at_least_five_yuan_and_no_more_than_the_order(
    form: str, amount: str | None, fault: bool
) -> None:
    given = plan("compensate", amount=None if amount is None else Decimal(amount))
    assert refused(form, given, {"next_level": "compensate"}) == ({"amount"} if fault else set())


@pytest.mark.parametrize("form", ["propose_first_plan", "propose_next"])
@pytest.mark.parametrize(("value", "fault"), [(None, True), ("0", True), ("0.01", False)])
def test_a_coupon_is_worth_something(form: str, value: str | None, fault: bool) -> None:
    given = plan("coupon", coupon_value=None if value is None else Decimal(value))
    assert refused(form, given, {"next_level": "coupon"}) == ({"coupon_value"} if fault else set())


def test_an_explanation_has_neither_amount_nor_coupon() -> None:
    assert refused("propose_first_plan", plan("explain")) == set()
    assert refused("propose_first_plan", plan("explain", amount=Decimal(5))) == {"amount"}


@pytest.mark.parametrize("level", ["exchange", "return"])
def test_the_first_plan_is_never_an_exchange_or_a_return(level: str) -> None:
    assert refused("propose_first_plan", plan(level)) == {"level"}


def test_the_level_comes_from_the_table_and_a_refused_wording_is_mended_in_place() -> None:
    assert prefilled("propose_first_plan", {"level": "coupon"}) == {"level": "coupon"}
    hit = {"wording_hits": "推卸责任", "wording_hints": "我们一起看看"}
    known: Variables = {
        "level": "compensate",
        "next_level": "coupon",
        "plan_text": "您自己的问题",
        "wording_hits": [hit],
    }
    assert prefilled("propose_next", known) == {"level": "compensate", "plan_text": "您自己的问题"}
    assert prefilled("propose_next", {**known, "wording_hits": []}) == {"level": "coupon"}
    assert said("propose_next", "text_wording", known) == "措辞要改:推卸责任(可以说:我们一起看看);"


@each("to", LADDER)
@each("direct", [True, False])
def test_a_level_may_be_skipped_upwards_only_and_to_the_goods_only_where_allowed(to: str, direct: bool) -> None:
    more: dict[str, Value] = {"amount": Decimal(10)} if to == "compensate" else {}
    if to == "coupon":
        more["coupon_value"] = Decimal(5)
    else:
        more["skip_reason"] = "买家着急"
    allowed = to in ("coupon", "compensate") or (direct and to in ("exchange", "return"))
    known: Variables = {"next_level": "coupon", "direct_allowed": direct}
    assert refused("propose_next", plan(to, **more), known) == (set() if allowed else {"level"})


def test_the_ladders_own_exchange_needs_no_permission_and_a_skip_its_reason() -> None:
    assert refused("propose_next", plan("exchange"), {"next_level": "exchange", "direct_allowed": False}) == set()
    skipped = plan("compensate", amount=Decimal(10))
    assert refused("propose_next", skipped, {"next_level": "coupon", "direct_allowed": False}) == {"skip_reason"}


@each("offered", LADDER)
@each("asked", ["exchange", "return"])
def test_goods_by_counter_offer_need_permission_or_the_ladder_to_have_come_there(offered: str, asked: str) -> None:
    given: Variables = {"counter_ok": True, "level": asked}
    come = LADDER.index(offered) >= LADDER.index(asked)
    known: Variables = {"offered_level": offered, "direct_allowed": False}
    assert refused("evaluate_counter", given, known) == (set() if come else {"level"})
    assert refused("evaluate_counter", given, {**known, "direct_allowed": True}) == set()
    assert refused("evaluate_counter", {**given, "counter_ok": False}, known) == set()


@pytest.mark.parametrize(("amount", "fault"), [(None, True), ("4.99", True), ("5", False), ("50", False)])
def test_a_counter_offer_of_money_has_its_amount(amount: str | None, fault: bool) -> None:
    given: Variables = {
        "counter_ok": True,
        "level": "compensate",
        "amount": None if amount is None else Decimal(amount),
    }
    assert refused("evaluate_counter", given, {"offered_level": "explain"}) == ({"amount"} if fault else set())


def test_an_answer_with_a_plan_of_its_own_says_which() -> None:
    assert refused("record_answer", {"answer": "counter"}) == {"counter_text"}
    assert refused("record_answer", {"answer": "accept"}) == set()
    assert refused("record_answer", {"answer": "accept", "counter_text": "赔20"}) == {"counter_text"}


@pytest.mark.parametrize(("amount", "fault"), [("29.99", True), ("30", False), ("199", False), ("199.01", True)])
def test_the_manager_authorises_no_less_than_agents_may_give_anyway(amount: str, fault: bool) -> None:
    given: Variables = {"advice": "先安抚", "manager_allows_direct": False, "authorised_amount": Decimal(amount)}
    assert refused("manager_assist", given) == ({"authorised_amount"} if fault else set())


def test_a_manager_who_names_no_amount_authorises_thirty() -> None:
    assert prefilled("manager_assist", {}) == {"authorised_amount": 30}


@pytest.mark.parametrize(
    ("known", "cost"),
    [
        ({"level": "explain"}, 0),
        ({"level": "coupon", "coupon_value": Decimal(10)}, 10),
        ({"level": "compensate", "amount": Decimal(45), "payout_result": "paid", "paid_amount": Decimal(40)}, 40),
        ({"level": "return", "payout_result": None}, 0),
    ],
)
def test_the_cost_is_computed(known: Variables, cost: int) -> None:
    values: Variables = {"flag_note": "【赔赠品,赔45元 婷/8.28】", "confirmed_with_buyer": True}
    found = formcheck.check_values(schema_of("settle_case"), values, {**ORDER, **known}, now=MONDAY_9AM)
    assert (found.errors, found.variables["cost"]) == ({}, cost)


def test_a_flag_note_is_short() -> None:
    assert refused("settle_case", {"flag_note": "赔" * 41, "confirmed_with_buyer": True}) == {"flag_note"}
    assert refused("settle_case", {"flag_note": None, "confirmed_with_buyer": None}) == {
        "flag_note",
        "confirmed_with_buyer",
    }


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"level": "explain"}, "已解说。"),
        (
            {"level": "coupon", "coupon_no": "YHQ20260105-0001", "coupon_value": Decimal(10)},
            "已发优惠券 YHQ20260105-0001,面额 10 元。",
        ),
        ({"level": "compensate", "amount": Decimal(45), "paid_amount": None}, "已赔偿 45 元。"),
        ({"level": "compensate", "amount": Decimal(45), "paid_amount": Decimal(40)}, "已赔偿 40 元。"),
        ({"level": "exchange"}, "换货已办理。"),
        ({"level": "return"}, "退货已办理。"),
    ],
)
def test_the_last_step_says_what_was_done(known: Variables, words: str) -> None:
    assert said("settle_case", "text_done", known) == words


@each("form", ["propose_first_plan", "propose_next"])
@each(("amount", "fault"), [("2.99", True), ("3", False), ("3.01", True), ("5", True)])
def test_an_order_below_five_yuan_is_compensated_whole(form: str, amount: str, fault: bool) -> None:
    """Else nobody could go on where the ladder has come to a compensation."""
    given = plan("compensate", amount=Decimal(amount))
    known: Variables = {"next_level": "compensate", "order_amount": Decimal(3)}
    assert refused(form, given, known) == ({"amount"} if fault else set())
