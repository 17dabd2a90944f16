"""What the forms of 退货签收验收 (a33) take and refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from engine.model import Variables
from tests.processes.process_drawing import ROOT

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
PICTURE: Variables = {
    "id": "file-1",
    "name": "a.jpg",
    "type": "image/jpeg",
    "size": Decimal(1_000),
    "sha256": "0" * 64,
}
PEOPLE: Variables = {
    "warehouse": [{"value": "wang", "label": "王仓"}, {"value": "both", "label": "两岗"}],
    "presales": [{"value": "li", "label": "小李"}],
    "aftersales": [{"value": "li", "label": "小李"}, {"value": "both", "label": "两岗"}],
}
SIGNED: Variables = {
    "keeper": "wang",
    "ecommerce_staff": "li",
    "outer_ok": True,
    "sign_decision": "sign",
    "evidence": ["file-1"],
}
CHECKED: Variables = {
    "appearance_ok": True,
    "packaging_ok": True,
    "qty_ok": True,
    "qualified": True,
    "evidence": ["file-1"],
}


def refused(name: str, values: Variables) -> set[str]:
    """Keys of the fields with which a form of a33 finds fault."""
    path = ROOT / "forms/a33_warehouse_receipt" / f"{name}.form"
    known: Variables = {"order": None, "parcel": None, "people": PEOPLE}
    found = formcheck.check_values(
        formcheck.load(path.read_bytes()), values, known, now=MONDAY_9AM, files=lambda file: {**PICTURE, "id": file}
    )
    return set(found.errors)


def test_a_receipt_signed_by_two_with_a_photo_is_taken() -> None:
    assert refused("joint_sign", SIGNED) == set()


def test_keeper_and_shop_are_two_people() -> None:
    assert refused("joint_sign", {**SIGNED, "keeper": "both", "ecommerce_staff": "both"}) == {"ecommerce_staff"}
    assert refused("joint_sign", {**SIGNED, "keeper": "both"}) == set()


@pytest.mark.parametrize(("key", "stranger"), [("keeper", "li"), ("ecommerce_staff", "wang"), ("keeper", "nobody")])
def test_who_signs_is_of_his_department(key: str, stranger: str) -> None:
    assert key in refused("joint_sign", {**SIGNED, key: stranger})


@pytest.mark.parametrize(("name", "rest"), [("joint_sign", SIGNED), ("check_goods", CHECKED)])
def test_without_a_photo_nothing_is_signed_and_nothing_is_checked(name: str, rest: Variables) -> None:
    assert refused(name, {**rest, "evidence": []}) == {"evidence"}
    assert refused(name, {**rest, "evidence": [f"file-{n}" for n in range(10)]}) == {"evidence"}


def test_who_refuses_a_parcel_says_why() -> None:
    assert refused("joint_sign", {**SIGNED, "sign_decision": "refuse"}) == {"refuse_reason"}
    assert refused("joint_sign", {**SIGNED, "sign_decision": "refuse", "refuse_reason": "外箱压坏"}) == set()
    assert refused("joint_sign", {**SIGNED, "refuse_reason": "外箱压坏"}) == {"refuse_reason"}


@pytest.mark.parametrize("key", ["appearance_ok", "packaging_ok", "qty_ok"])
def test_goods_are_qualified_only_when_all_three_are_in_order(key: str) -> None:
    assert refused("check_goods", {**CHECKED, key: False}) == {"qualified"}
    assert refused("check_goods", {**CHECKED, key: False, "qualified": False}) == set()


def test_goods_in_order_may_still_be_unqualified() -> None:
    assert refused("check_goods", CHECKED) == set()
    assert refused("check_goods", {**CHECKED, "qualified": False}) == set()


@pytest.mark.parametrize("key", ["return_no", "return_site"])
def test_a_receipt_has_a_number_and_a_place(key: str) -> None:
    given: Variables = {"return_no": "TH20260105-0001", "return_site": "richuang"}
    assert refused("start", given) == set()
    assert refused("start", {**given, key: None}) == {key}
