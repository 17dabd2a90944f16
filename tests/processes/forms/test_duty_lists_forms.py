"""What the lists of the daily duties r02, r03, r07 and r08 take and refuse, and how they are filled in beforehand."""

from __future__ import annotations

from datetime import date

import pytest

from engine import formcheck
from tests.each import each
from tests.processes.forms.test_a02_forms import MONDAY_9AM, errors
from tests.processes.process_drawing import ROOT

R02, R03, R07, R08 = "r02_morning_aftersales", "r03_morning_orders", "r07_night_sweep", "r08_unshipped_notice"
ITEM = {"matter": "T-1 退货", "kind": "return", "result": "等寄回", "next": "none"}
CHANGE = {"order_id": "SO-1001", "state": "paid", "action": "change", "action_note": "改红色"}
LATE = {"order_id": "SO-1001", "customer_id": "C-1", "reason": "late", "new_date": date(2026, 1, 7)}
GONE = {"order_id": "SO-1001", "customer_id": "C-1", "reason": "out_of_stock", "sku": "BZ-01", "qty": 1}
TOLD = {"order_id": "SO-1001", "reason": "late", "told": True, "answer": "waits"}


def refused(process: str, form: str, known: dict, **values: object) -> set[str]:
    return errors(form, known, process, **values)


@each(
    ("items", "listed", "wrong"),
    [
        ([], 0, set()),
        ([], 1, {"open_items"}),
        ([ITEM], 1, set()),
        ([ITEM], 2, {"open_items"}),
        ([{**ITEM, "result": None}], 1, {"open_items.0.result"}),
        ([{**ITEM, "next": "a17_oversold"}], 1, {"open_items.0.order_id"}),
        ([{**ITEM, "next": "a17_oversold", "order_id": "SO-1001"}], 1, set()),
        ([{**ITEM, "next": "p01_compensation", "order_id": "SO-1001"}], 1, {"open_items.0.next"}),
        ([{**ITEM, "next": "a17_oversold", "order_id": "SO-1001"}] * 2, 1, {"open_items"}),
        ([{**ITEM, "order_id": "SO-1001"}] * 2, 1, set()),
    ],
)
def test_every_open_matter_of_the_morning_has_its_result(items: list, listed: int, wrong: set[str]) -> None:
    assert refused(R02, "handle_open_items", {"listed_count": listed}, open_items=items) == wrong


@pytest.mark.parametrize(
    ("changed", "rows", "checked", "wrong"),
    [
        (False, None, True, set()),
        (True, None, True, {"stock_rows"}),
        (True, [{"sku": "A-1", "qty": 0}], True, set()),
        (True, [{"sku": "A-1", "qty": 0}, {"sku": "A-1", "qty": 2}], True, {"stock_rows"}),
        (False, None, False, {"blackboard_done"}),
    ],
)
def test_the_stock_is_changed_as_the_blackboard_says(changed: bool, rows: list, checked: bool, wrong: set) -> None:
    values = {"stock_changed": changed, "stock_rows": rows, "blackboard_done": checked}
    assert refused(R02, "update_stock", {"open_items": []}, **values) == wrong


@each(
    ("change", "wrong"),
    [
        ({}, set()),
        ({"action_note": None}, {"orders.0.action_note"}),
        ({"action": "verified", "action_note": None}, set()),
        ({"action": "undeliverable", "action_note": None}, {"orders.0.action_note"}),
        ({"action": None}, {"orders.0.action"}),
        ({"action": "reminded"}, {"orders.0.action"}),
        ({"state": "unpaid"}, {"orders.0.action"}),
        ({"state": "unpaid", "action": "reminded"}, set()),
        ({"order_id": "SO-1002"}, {"orders"}),
    ],
)
def test_what_is_done_with_an_order_fits_its_stage(change: dict, wrong: set[str]) -> None:
    known = {"placed": [{"order_id": "SO-1001"}], "placed_count": 1}
    assert refused(R03, "handle_orders", known, orders=[{**CHANGE, **change}]) == wrong


def test_yesterday_without_orders_is_done_at_once() -> None:
    assert refused(R03, "handle_orders", {"placed": [], "placed_count": 0}, orders=[]) == set()


@pytest.mark.parametrize(
    ("shops", "wrong"),
    [
        ([("旗舰店", 2, True), ("专卖店", 0, True)], set()),
        ([("旗舰店", 2, True), ("专卖店", 0, False)], {"shops"}),
        ([("旗舰店", 2, True), ("旗舰店", 0, True)], {"shops"}),
        ([("旗舰店", None, True)], {"shops.0.open_cases"}),
        ([], {"shops"}),
    ],
)
def test_the_night_shift_looks_at_every_shop(shops: list, wrong: set[str]) -> None:
    rows = [dict(zip(("shop", "open_cases", "checked"), shop, strict=True)) for shop in shops]
    assert refused(R07, "check_all_shops", {"open_list": [], "open_count": 0}, shops=rows) == wrong


@each(
    ("rows", "wrong"),
    [
        ([LATE], set()),
        ([{**LATE, "new_date": None}], {"orders.0.new_date"}),
        ([{**LATE, "new_date": date(2026, 1, 5)}], {"orders.0.new_date"}),
        ([{**LATE, "reason": "problem", "new_date": None}], set()),
        ([{**LATE, "reason": "ships", "new_date": None}], set()),
        ([GONE], set()),
        ([{**GONE, "sku": None}], {"orders.0.sku"}),
        ([{**GONE, "qty": 0}], {"orders.0.qty"}),
        ([GONE, LATE], {"orders"}),
        ([{**LATE, "order_id": "SO-1002"}], {"orders"}),
        ([], {"orders"}),
    ],
)
def test_the_slips_say_why_an_order_does_not_leave_today(rows: list, wrong: set[str]) -> None:
    known = {"unsent_orders": [{"order_id": "SO-1001"}], "listed_count": 1}
    assert refused(R08, "fetch_slips", known, orders=rows) == wrong


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([TOLD], set()),
        ([{**TOLD, "told": False}], {"notified.0.answer"}),
        ([{**TOLD, "told": False, "answer": "unreachable"}], set()),
        ([{**TOLD, "answer": "unreachable"}], {"notified.0.answer"}),
        ([TOLD, {**TOLD, "order_id": "SO-1002"}], {"notified"}),
        ([{**TOLD, "order_id": "SO-1002"}], {"notified"}),
    ],
)
def test_every_customer_is_told_or_could_not_be_reached(rows: list, wrong: set[str]) -> None:
    assert refused(R08, "notify_customers", {"orders": [LATE]}, notified=rows) == wrong


def test_the_orders_that_were_fetched_stand_in_the_list_of_who_is_told() -> None:
    schema = formcheck.load((ROOT / "forms" / R08 / "notify_customers.form").read_bytes())
    shown = formcheck.prefill(schema, {"orders": [LATE, {**GONE, "order_id": "SO-1002"}]}, now=MONDAY_9AM)
    assert [(row["order_id"], row["reason"]) for row in shown["notified"]] == [
        ("SO-1001", "late"),
        ("SO-1002", "out_of_stock"),
    ]
