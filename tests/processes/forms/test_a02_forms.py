"""What the forms of a02_service_request take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a02_service_request"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
START = {
    "order_id": "SO-1",
    "customer_id": "C-1",
    "channel": "phone",
    "consumer_name": "李四",
    "contact": "13900000000",
    "product": "DJ-100",
    "purchase_date": date(2026, 1, 5),
    "warranty_months": 12,
    "problem_desc": "不加热",
    "request_kind": "repair",
}


def errors(form: str, known: dict | None = None, process: str = PROCESS, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    schema = formcheck.load((ROOT / "forms" / process / f"{form}.form").read_bytes())
    context = {"order": None, "parcel": None, **(known or {})}
    return set(formcheck.check_values(schema, values, context, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(("day", "refused"), [(date(2026, 1, 5), False), (date(2026, 1, 6), True)])
def test_nothing_was_bought_tomorrow(day: date, refused: bool) -> None:
    assert errors("start", **{**START, "purchase_date": day}) == ({"purchase_date"} if refused else set())


@pytest.mark.parametrize(("months", "refused"), [(0, False), (120, False), (121, True), (Decimal("1.5"), True)])
def test_a_warranty_is_a_number_of_months(months: object, refused: bool) -> None:
    assert errors("start", **{**START, "warranty_months": months}) == ({"warranty_months"} if refused else set())


def test_a_warranty_is_twelve_months_when_nobody_says_otherwise() -> None:
    schema = formcheck.load((ROOT / "forms" / PROCESS / "start.form").read_bytes())
    assert formcheck.defaults(schema, {}, now=MONDAY_9AM)["warranty_months"] == 12


@pytest.mark.parametrize(
    ("computed", "said", "note", "refused"),
    [(True, True, None, False), (True, False, None, True), (False, True, None, True), (False, True, "发票", False)],
)
def test_who_changes_the_warranty_says_why(computed: bool, said: bool, note: str | None, refused: bool) -> None:
    given = {"reasonable": True, "in_warranty": said, "technician_available": True, "assess_note": "合理"}
    found = errors("assess_request", {"warranty_computed": computed}, **given, warranty_note=note)
    assert found == ({"warranty_note"} if refused else set())


@pytest.mark.parametrize(("fee", "refused"), [(Decimal(0), True), (Decimal("0.01"), False), (Decimal("0.001"), True)])
def test_a_quoted_fee_is_an_amount(fee: Decimal, refused: bool) -> None:
    assert errors("offer_paid_repair", quoted_fee=fee, fee_accepted=True) == ({"quoted_fee"} if refused else set())


def test_how_to_repair_is_asked_only_of_what_is_repaired() -> None:
    assert errors("arrange_service", repairable=True, replace_condition_met=False) == {"repair_mode"}
    assert errors("arrange_service", repairable=True, replace_condition_met=True) == set()
    assert errors("arrange_service", repairable=False, replace_condition_met=False) == set()
    given = {"repairable": False, "replace_condition_met": False, "repair_mode": "onsite"}
    assert errors("arrange_service", **given) == {"repair_mode"}


@pytest.mark.parametrize(("failures", "refused"), [(1, False), (2, True)])
def test_nothing_is_repaired_a_third_time(failures: int, refused: bool) -> None:
    known = {"failure_count": Decimal(failures)}
    assert errors("further_handling", known, next_action="repair_again") == ({"next_action"} if refused else set())
    assert errors("further_handling", known, next_action="replace") == set()


@pytest.mark.parametrize(
    ("amount", "refused"),
    [(None, True), (Decimal(0), True), (Decimal("0.01"), False), (Decimal(300), False), (Decimal("300.01"), True)],
)
def test_a_refund_is_at_most_the_order(amount: Decimal | None, refused: bool) -> None:
    known = {"failure_count": Decimal(1), "order_amount": Decimal(300)}
    found = errors("further_handling", known, next_action="refund", refund_amount=amount)
    assert found == ({"refund_amount"} if refused else set())
    shop = {"failure_count": Decimal(1), "order": {"order_amount": Decimal(300)}}
    assert errors("further_handling", shop, next_action="refund", refund_amount=amount) == found


@pytest.mark.parametrize(("score", "refused"), [(0, True), (1, False), (5, False), (6, True), (None, True)])
def test_a_survey_is_answered_with_one_to_five(score: int | None, refused: bool) -> None:
    assert errors("survey_answered", process="messages", score=score) == ({"score"} if refused else set())
