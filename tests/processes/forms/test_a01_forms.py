"""What the forms of a01_repair_ticket take and refuse at their limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from engine import formcheck
from tests.each import each
from tests.processes.process_drawing import ROOT

PROCESS = "a01_repair_ticket"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
PLAN = {"plan_type": "explain", "plan_detail": "电话指导", "promised_date": date(2026, 1, 5)}
NEW_PLAN = {"sup_decision": "new_plan", "sup_note": "主管处理", **PLAN}


def errors(form: str, case: Mapping[str, object] | None = None, /, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault in a case with these variables."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    return set(
        formcheck.check_values(schema, values, {"order": None, "parcel": None, **(case or {})}, now=MONDAY_9AM).errors
    )


@pytest.mark.parametrize(
    ("contact", "refused"),
    [("13800000000", False), ("a@b.cn", False), ("1380000000", True), ("138000000001", True), ("a@b", True)],
)
def test_somebody_is_reached_by_mobile_or_mail(contact: str, refused: bool) -> None:
    found = errors("register_repair", customer_name="张三", contact=contact, problem_desc="不转")
    assert found == ({"contact"} if refused else set())


def test_a_repair_can_be_reported_without_an_order() -> None:
    given = {"customer_id": "C-1", "channel": "phone", "report_kind": "repair", "raw_message": "不转"}
    assert errors("start", **given, contact_channel="phone") == set()
    assert errors("start", **given) == {"contact_channel"}


def test_the_problem_is_confirmed_only_with_the_customer() -> None:
    assert errors("confirm_problem", contacted=True, severity="normal") == {"confirmed_problem"}
    assert errors("confirm_problem", contacted=False, severity="normal") == set()


@pytest.mark.parametrize("form", ["make_plan", "supervisor_plan"])
@pytest.mark.parametrize(("days", "refused"), [(-1, True), (0, False), (1, False)])
def test_a_promise_is_not_for_a_day_that_is_over(form: str, days: int, refused: bool) -> None:
    given = PLAN if form == "make_plan" else NEW_PLAN
    found = errors(form, **{**given, "promised_date": date(2026, 1, 5) + timedelta(days=days)})
    assert found == ({"promised_date"} if refused else set())


@each("form", ["make_plan", "supervisor_plan"])
@each(
    ("kind", "cost", "refused"),
    [
        ("explain", None, False),
        ("explain", Decimal(0), False),
        ("compensate", None, True),
        ("compensate", Decimal(0), True),
        ("compensate", Decimal("0.01"), False),
        ("compensate", Decimal("0.001"), True),
    ],
)
def test_a_compensation_has_an_amount(form: str, kind: str, cost: Decimal | None, refused: bool) -> None:
    given = PLAN if form == "make_plan" else NEW_PLAN
    found = errors(form, {"order_id": "SO-1001"}, **{**given, "plan_type": kind, "est_cost": cost})
    assert found == ({"est_cost"} if refused else set())


@pytest.mark.parametrize("form", ["make_plan", "supervisor_plan"])
def test_nothing_is_paid_for_an_order_that_nobody_named(form: str) -> None:
    """S2 would look for what the order has had already, and fail."""
    given = {**(PLAN if form == "make_plan" else NEW_PLAN), "est_cost": Decimal(5)}
    assert errors(form, **{**given, "plan_type": "compensate"}) == {"est_cost"}
    assert errors(form, **{**given, "plan_type": "explain"}) == set()


def test_a_supervisor_who_escalates_needs_no_plan() -> None:
    assert errors("supervisor_plan", sup_decision="escalate", sup_note="客户要投诉") == set()
    found = errors("supervisor_plan", sup_decision="new_plan", sup_note="再谈")
    assert found == {"plan_type", "plan_detail", "promised_date"}


def test_who_refuses_a_plan_says_why() -> None:
    assert errors("confirm_plan", plan_accepted=False) == {"customer_opinion"}
    assert errors("confirm_plan", plan_accepted=True) == set()


@pytest.mark.parametrize(("score", "refused"), [(0, True), (1, False), (5, False), (6, True), (None, True)])
def test_satisfaction_is_one_to_five(score: int | None, refused: bool) -> None:
    assert errors("collect_feedback", satisfaction=score) == ({"satisfaction"} if refused else set())


@pytest.mark.parametrize(("later", "refused"), [(0, False), (1, True)])
def test_what_was_done_is_not_in_the_future(later: int, refused: bool) -> None:
    done = MONDAY_9AM + timedelta(minutes=later)
    assert errors("implement_plan", action_done="换了插头", done_at=done) == ({"done_at"} if refused else set())


@each(
    ("note", "refused"),
    [
        ("【换2000花色L,无差价 婷/8.28】", False),
        ("【换2000花色L\uff0c无差价 婷/8.28】", False),
        ("【换,无差价 婷/12.31】", False),
        ("【换2000花色L 婷/8.28】", True),
        ("【换2000花色L,无差价 婷/13.28】", True),
        ("【换2000花色L,无差价 婷/8.32】", True),
        ("【修2000花色L,无差价 婷/8.28】", True),
        ("换2000花色L,无差价 婷/8.28", True),
        ("【换2000花色L,无差价 婷婷婷婷婷/8.28】", True),
        ("【换" + "长" * 24 + ",无差价 婷/8.28】", False),
        ("【换" + "长" * 30 + ",无差价 婷/8.28】", True),
        (None, False),
    ],
)
def test_a_flag_note_has_its_format(note: str | None, refused: bool) -> None:
    assert errors("close_ticket", close_summary="已解决", flag_note=note) == ({"flag_note"} if refused else set())
