"""What the forms of 超卖 (a17) and 转运 (a18) take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form ``process/element`` finds fault; ``known`` are the case's variables."""
    schema = formcheck.load((ROOT / "forms" / f"{form}.form").read_bytes())
    context = {"order": None, "parcel": None, "case": None, **(known or {})}
    return set(formcheck.check_values(schema, values, context, now=MONDAY_9AM).errors)


def agreed(**values: object) -> set[str]:
    return errors("a17_oversold/agree_solution", {"sku": "A1", "paid_amount": Decimal(100)}, **values)


def test_a_change_names_another_style_and_its_price() -> None:
    assert agreed(choice="change") == {"new_sku", "new_price"}
    assert agreed(choice="change", new_sku="A1", new_price=Decimal(100)) == {"new_sku"}
    assert agreed(choice="change", new_sku="A2", new_price=Decimal(100)) == set()


@pytest.mark.parametrize(("day", "wrong"), [(5, {"arrival_date"}), (6, set())])
def test_who_waits_is_told_a_day_to_come(day: int, wrong: set[str]) -> None:
    assert agreed(choice="wait") == {"arrival_date"}
    assert agreed(choice="wait", arrival_date=date(2026, 1, day)) == wrong
    assert agreed(choice="refund") == set()


def test_another_courier_is_named_and_whether_the_dispatch_is_still_open() -> None:
    known, form = {"courier": "圆通", "shipped": False}, "a18_undeliverable_transfer/choose_other"
    assert errors(form, known, other_choice="refund") == set()
    assert errors(form, known, other_choice="other_courier") == {"other_courier", "dispatch_open"}
    other = {"other_choice": "other_courier", "dispatch_open": True}
    assert errors(form, known, **other, other_courier="圆通") == {"other_courier"}
    assert errors(form, known, **other, other_courier="邮政") == set()


@pytest.mark.parametrize(("fee", "wrong"), [("0", set()), ("12.5", set()), ("-0.01", {"transfer_fee"})])
def test_a_transfer_may_cost_nothing(fee: str, wrong: set[str]) -> None:
    sheet = {"service_no": "FW-1", "transfer_courier": "邮政", "transfer_fee": Decimal(fee)}
    assert errors("a18_undeliverable_transfer/create_service_order", **sheet) == wrong
