"""What the forms of a22_payment take and refuse at their limits, and what they fill in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a22_payment"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ORDER = {
    "order_stage": "unpaid",
    "order_amount": Decimal("105"),
    "freight": Decimal("10"),
    "items": "连衣裙×1",
    "receiver_name": "张三",
    "receiver_phone": "13800000000",
    "receiver_address": "杭州市西湖区1号",
}
START = {
    "order_id": "SO-1",
    "customer_id": "C-1",
    "channel": "marketplace",
    "order_type": "normal",
    "placed_at": MONDAY_9AM,
    "amount": Decimal("105"),
    "item_type": "normal",
}
COUPON = {
    "coupon_id": "Q-1",
    "coupon_same_shop": True,
    "goods_amount": Decimal(95),
    "coupon_min_spend": Decimal(0),
    "coupon_expires_on": date(2026, 1, 5),
    "coupon_used": False,
    "coupon_single": True,
}
WAITING = {"order_id": "SO-1", "amount": Decimal(105), "spec": "连衣裙红色M", "placed_at": MONDAY_9AM}


def read(form: str) -> formcheck.Schema:
    return formcheck.load((ROOT / "forms" / f"{form}.form").read_bytes())


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    context = {"order": None, "parcel": None, "case": None, **(known or {})}
    return set(formcheck.check_values(read(form), values, context, now=MONDAY_9AM).errors)


def filled_in(form: str, now: datetime = MONDAY_9AM, **known: object) -> dict:
    return formcheck.prefill(read(form), {"order": None, "parcel": None, **known}, now=now)


def test_nothing_is_ordered_in_the_future() -> None:
    assert errors(f"{PROCESS}/start", **START) == set()
    assert errors(f"{PROCESS}/start", **{**START, "placed_at": MONDAY_9AM + timedelta(minutes=1)}) == {"placed_at"}


@pytest.mark.parametrize(("minutes", "refused"), [(14, True), (15, False), (30, False), (31, True)])
def test_a_big_event_gives_15_to_30_minutes(minutes: int, refused: bool) -> None:
    given = {**START, "order_type": "double11", "activity_minutes": Decimal(minutes)}
    assert errors(f"{PROCESS}/start", **given) == ({"activity_minutes"} if refused else set())


def test_of_a_coupon_all_is_told_and_without_one_nothing() -> None:
    assert errors(f"{PROCESS}/start", **START, **COUPON) == set()
    assert errors(f"{PROCESS}/start", **START, coupon_id="Q-1") == COUPON.keys() - {"coupon_id"}


def test_goods_are_counted_without_the_postage() -> None:
    assert filled_in(f"{PROCESS}/start", order=ORDER)["goods_amount"] == Decimal(95)
    assert filled_in(f"{PROCESS}/start", order={**ORDER, "freight": None})["goods_amount"] == Decimal(105)


def test_what_the_order_says_is_filled_in_and_what_was_corrected_stays() -> None:
    shown = filled_in(f"{PROCESS}/verify_order", order=ORDER, phone="13900000000")
    assert (shown["receiver"], shown["phone"], shown["spec"]) == ("张三", "13900000000", "连衣裙×1")


def test_going_on_without_the_coupon_has_its_own_amount() -> None:
    assert errors(f"{PROCESS}/explain_coupon", coupon_text="过期了", continues=False) == set()
    assert errors(f"{PROCESS}/explain_coupon", coupon_text="过期了", continues=True) == {"amount"}


@pytest.mark.parametrize(
    ("window", "after", "left"),
    [
        ("PT72H", timedelta(hours=1), ",71小时后系统"),
        ("PT30M", timedelta(minutes=5), ",25分钟后系统"),
        ("PT72H", timedelta(hours=73), ",很快系统"),
    ],
)
def test_a_reminder_says_how_long_is_left(window: str, after: timedelta, left: str) -> None:
    shown = filled_in(f"{PROCESS}/remind_payment", MONDAY_9AM + after, **WAITING, payment_window=window)
    assert shown["remind_text"].startswith("亲,您拍下的连衣裙红色M还没有付款哦")
    assert left in shown["remind_text"]


@pytest.mark.parametrize(
    ("amount", "note", "order", "wrong"),
    [
        ("105", None, None, set()),
        ("105.01", None, None, {"paid_amount"}),
        ("80", None, None, {"note"}),
        ("80", "议价后改价", ORDER, set()),
        ("105", None, {**ORDER, "order_stage": "cancelled"}, {"paid_amount"}),
    ],
)
def test_a_payment_is_registered_up_to_what_is_due_and_never_for_a_cancelled_order(
    amount: str, note: str | None, order: dict | None, wrong: set[str]
) -> None:
    given = {"paid_amount": Decimal(amount), "payment_no": "ZFB-1", **({"note": note} if note else {})}
    assert errors("messages/msg_order_paid", {**WAITING, "order": order}, **given) == wrong
