"""What the forms of a26_tile_custom_order take and refuse at their limits, and what they fill in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a26_tile_custom_order"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LINES = [
    {"product_no": "A1", "spec": "800×800灰", "qty": Decimal(100), "amount": Decimal(6000)},
    {"product_no": "B2", "spec": "300×600白", "qty": Decimal(50), "amount": Decimal("1999.5")},
]
ORDER = {"lines": LINES, "pay_kind": "full", "paid_amount": Decimal("7999.5"), "processing": "none"}
TILES = [{"spec": "800×800灰", "qty": Decimal(92)}]
CUT = [{"spec": "800×800灰", "qty": Decimal(10)}]


def read(form: str) -> formcheck.Schema:
    return formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())


def checked(form: str, known: dict | None = None, **values: object) -> formcheck.Submission:
    return formcheck.check_values(read(form), values, {"order": None, **(known or {})}, now=MONDAY_9AM)


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    return set(checked(form, known, **values).errors)


def test_the_order_amount_is_the_sum_of_its_lines() -> None:
    assert checked("write_order", **ORDER).variables["order_amount"] == Decimal("7999.5")


@pytest.mark.parametrize(
    ("pay_kind", "paid", "refused"),
    [
        ("full", "7999.5", False),
        ("full", "7999.49", True),
        ("deposit", "2000", False),
        ("deposit", "7999.51", True),
        ("deposit", "0", True),
    ],
)
def test_the_full_price_is_paid_in_full_and_a_deposit_is_some_of_it(pay_kind: str, paid: str, refused: bool) -> None:
    found = errors("write_order", **{**ORDER, "pay_kind": pay_kind, "paid_amount": Decimal(paid)})
    assert found == ({"paid_amount"} if refused else set())


@pytest.mark.parametrize(
    ("customer_type", "processing", "refused"),
    [("project", "cut", True), ("project", "none", False), ("retail", "cut", False)],
)
def test_days_of_processing_are_agreed_with_project_customers_only(
    customer_type: str, processing: str, refused: bool
) -> None:
    found = errors("write_order", {"customer_type": customer_type}, **{**ORDER, "processing": processing})
    assert found == ({"project_days"} if refused else set())


@pytest.mark.parametrize(("times", "refused"), [(4, True), (5, False), (6, False), (7, True)])
def test_five_or_six_visits_are_agreed(times: int, refused: bool) -> None:
    found = errors("agree_quota", {"visit_quota": Decimal(6)}, agreed_quota=Decimal(times))
    assert found == ({"agreed_quota"} if refused else set())


def test_nobody_measures_in_the_past() -> None:
    assert errors("set_measure_time", measure_time=MONDAY_9AM) == {"measure_time"}
    assert errors("set_measure_time", measure_time=MONDAY_9AM + timedelta(minutes=15)) == set()


def test_who_is_not_content_says_what_to_change() -> None:
    assert errors("customer_confirm", customer_ok=False) == {"change_wish"}
    assert errors("customer_confirm", customer_ok=True) == set()
    assert errors("review_drawing", review_ok=False) == {"review_note"}
    assert errors("review_drawing", review_ok=True) == set()


def test_tiles_to_be_processed_are_counted_where_there_is_processing() -> None:
    counted = {"tile_qty": TILES, "grout_qty": Decimal(0), "clip_qty": Decimal(0)}
    assert errors("count_materials", {"processing": "none"}, **counted) == set()
    assert errors("count_materials", {"processing": "cut"}, **counted) == {"processed_qty"}


def test_what_was_counted_is_filled_in() -> None:
    known = {"tile_qty": TILES, "processed_qty": CUT, "processing": "v_edge"}
    shown = formcheck.prefill(read("price_order"), known, now=MONDAY_9AM)
    assert shown["final_qty"] == [*TILES, *CUT]
    plan = formcheck.prefill(read("make_processing_plan"), known, now=MONDAY_9AM)
    assert plan["plan_items"] == [{**CUT[0], "process": "磨V边"}]


@pytest.mark.parametrize(("day", "refused"), [(7, True), (8, False), (9, False)])
def test_processing_takes_its_days(day: int, refused: bool) -> None:
    items = [{**CUT[0], "process": "简单切割"}]
    found = errors(
        "make_processing_plan", {"processing_days": Decimal(3)}, plan_items=items, plan_done_date=date(2026, 1, day)
    )
    assert found == ({"plan_done_date"} if refused else set())


def test_stock_is_ready_when_it_is() -> None:
    assert errors("prepare_stock", stock_ready=True, ready_date=date(2026, 1, 5)) == set()
    assert errors("prepare_stock", stock_ready=False, ready_date=date(2026, 1, 6)) == {"stock_ready", "ready_date"}
