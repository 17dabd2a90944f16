"""What the forms of 已付款订单更改 (a19) take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a19_cancel_and_rebuy"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ASKED = {"order_id": "SO-1001", "customer_id": "C-1", "channel": "phone", "description": "改收货人"}
ASKED |= {"change_wanted": "收货人改为李四", "order_state": "not_printed"}


def errors(form: str, order: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    context = {"order": order, "parcel": None, "case": None, "order_id": "SO-1001"}
    return set(formcheck.check_values(schema, values, context, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, set()),
        ({"order_state": "boxed"}, {"order_state"}),
        ({"change_wanted": None}, {"change_wanted"}),
        ({"raised_at": MONDAY_9AM}, set()),
        ({"raised_at": MONDAY_9AM + timedelta(minutes=1)}, {"raised_at"}),
    ],
)
def test_a_change_says_what_where_the_order_is_and_when_it_was_raised(change: dict, wrong: set[str]) -> None:
    assert errors("start", **{**ASKED, **change}) == wrong


@pytest.mark.parametrize(("stage", "gone"), [("paid", False), ("picking", False), ("shipped", True), ("signed", True)])
def test_an_order_that_has_left_is_neither_cancelled_nor_intercepted(stage: str, gone: bool) -> None:
    order = {"order_stage": stage}
    assert errors("start", order, **ASKED) == ({"order_state"} if gone else set())
    assert errors("start", order, **{**ASKED, "order_state": "shipped"}) == set()
    assert errors("cancel_order", order, cancelled=True) == ({"cancelled"} if gone else set())
    assert errors("request_intercept", order, intercepted=True) == ({"intercepted"} if gone else set())
    assert errors("request_intercept", order, intercepted=False) == set()


def test_what_was_not_cancelled_does_not_go_on() -> None:
    assert errors("cancel_order", cancelled=False) == {"cancelled"}
    assert errors("cancel_order") == {"cancelled"}


def test_who_bought_again_has_a_new_order_number() -> None:
    assert errors("guide_rebuy", rebought=False) == set()
    assert errors("guide_rebuy", rebought=True) == {"new_order_no"}
    assert errors("guide_rebuy", rebought=True, new_order_no="SO-1001") == {"new_order_no"}
    assert errors("guide_rebuy", rebought=True, new_order_no="SO-1002") == set()


@pytest.mark.parametrize(("note", "wrong"), [("【改收货人,无差价 婷/1.5】", set()), ("改收货人", {"flag_note"})])
def test_a_flag_note_is_of_the_documents_form(note: str, wrong: set[str]) -> None:
    assert errors("verify_new_order", verified=True, flag_note=note) == wrong
    assert errors("verify_new_order", verified=False, flag_note=note) == {"verified"} | wrong
