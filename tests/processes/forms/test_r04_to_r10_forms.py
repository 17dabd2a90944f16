"""What the forms of the daily duties r04, r05, r06, r09 and of the weekly meeting r10 take and refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LI, WANG, ZHOU = ({"value": one, "label": one} for one in ("li", "wang", "zhou"))
PEOPLE = {"presales": [LI], "aftersales": [LI], "warehouse": [WANG], "supervisor": [ZHOU]}
REVIEW = {
    "order_id": "SO-1",
    "customer_id": "C-1",
    "phone": "13800000000",
    "rating": "negative",
    "review_text": "坏了",
    "shop": "旗舰店",
}
FOUND = [{"item": "订单更改 SO-1(工单 41)", "owner": "李娜", "result": None}]
WAITED = {"case_no": "12", "order_id": "SO-2", "kind": "return", "days": Decimal(3), "followup": "there"}
TASK = {"action": "换快递", "owner": "li", "due": datetime(2026, 1, 6, 10, 0, tzinfo=UTC)}


def schema_of(form: str) -> dict:
    process, _, element = form.partition(".")
    return formcheck.load((ROOT / "forms" / process / f"{element}.form").read_bytes())


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    context = {"order": None, "parcel": None, "people": PEOPLE, **(known or {})}
    return set(formcheck.check_values(schema_of(form), values, context, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(
    ("reviews", "refused"),
    [
        ([], False),
        ([REVIEW], False),
        ([REVIEW, {**REVIEW, "order_id": "SO-2"}], False),
        ([REVIEW, {**REVIEW, "order_id": "so-1"}], True),
        ([{**REVIEW, "phone": "12"}], True),
        ([{**REVIEW, "rating": "positive"}], True),
    ],
)
def test_a_review_is_entered_once_with_a_number_to_call(reviews: list, refused: bool) -> None:
    found = errors("r04_review_handling.enter_reviews", reviews=reviews, good_replied=True)
    assert bool(found) is refused


def test_good_reviews_that_were_not_answered_have_a_reason() -> None:
    assert errors("r04_review_handling.enter_reviews", good_replied=False) == {"good_note"}
    assert errors("r04_review_handling.enter_reviews", good_replied=False, good_note="后台打不开") == set()


@pytest.mark.parametrize(
    ("count", "to", "wrong"),
    [
        (0, None, set()),
        (3, "wang", set()),
        (3, None, {"handed_to"}),
        (3, "li", {"handed_to"}),
        (-1, "wang", {"slip_count"}),
    ],
)
def test_slips_are_handed_to_somebody_of_the_warehouse(count: int, to: str | None, wrong: set[str]) -> None:
    assert errors("r05_afternoon_dispatch.print_and_hand", slip_count=Decimal(count), handed_to=to) == wrong


def test_what_was_found_open_is_answered_and_not_struck_out() -> None:
    form, known = "r06_day_closing.check_today", {"found_items": FOUND}
    done = {**FOUND[0], "result": "明早重拍"}
    assert errors(form, known, open_items=[done], day_cleared=True) == set()
    assert errors(form, known, open_items=[], day_cleared=True) == {"open_items"}
    assert errors(form, known, open_items=FOUND, day_cleared=True) != set()
    assert errors(form, known, open_items=[done], day_cleared=False) == {"not_cleared_reason"}
    assert formcheck.prefill(schema_of(form), known, now=MONDAY_9AM)["open_items"] == FOUND


@pytest.mark.parametrize(
    ("action", "done", "refused"),
    [("wait", False, False), ("wait", True, False), ("trace", True, False), ("trace", False, True)],
)
def test_a_return_that_asks_for_something_is_done_before_the_look_ends(action: str, done: bool, refused: bool) -> None:
    rows = [{**WAITED, "action": action, "done": done}]
    found = errors("r09_return_daily_check.daily_return_check", {"found_rows": rows, "followed_orders": []}, rows=rows)
    assert found == ({"rows"} if refused else set())


def test_a_return_that_is_followed_up_is_not_opened_again() -> None:
    row = {**WAITED, "action": "wait", "done": True, "followup": "open"}
    form = "r09_return_daily_check.daily_return_check"
    known: dict = {"found_rows": [], "followed_orders": []}
    assert errors(form, known, rows=[row]) == {"rows"}
    assert errors(form, known, rows=[{**row, "case_no": None}]) == set()
    assert errors(form, {**known, "found_rows": [row]}, rows=[]) == {"rows"}
    missing = {**row, "case_no": None}
    assert errors(form, {**known, "followed_orders": ["SO-2"]}, rows=[missing]) == {"rows"}
    assert errors(form, {**known, "followed_orders": ["SO-9"]}, rows=[missing]) == set()
    assert errors(form, known, rows=[missing, missing]) == {"rows"}


def test_the_urgent_returns_stand_first() -> None:
    found = [
        {**WAITED, "case_no": str(n), "action": action, "done": None} for n, action in enumerate(("wait", "trace"))
    ]
    form = "r09_return_daily_check.daily_return_check"
    shown = formcheck.prefill(schema_of(form), {"found_rows": found}, now=MONDAY_9AM)
    assert [row["action"] for row in shown["rows"]] == ["trace", "wait"]


@pytest.mark.parametrize(
    ("change", "refused"),
    [({}, False), ({"owner": "zhou"}, True), ({"due": MONDAY_9AM}, True), ({"action": None}, True)],
)
def test_an_action_has_an_agent_and_a_time_to_come(change: dict, refused: bool) -> None:
    found = errors(
        "r10_weekly_meeting.hold_meeting", attendees=["li", "zhou"], minutes="说了快递", actions=[{**TASK, **change}]
    )
    assert bool(found) is refused


def test_a_meeting_needs_no_actions_but_minutes() -> None:
    assert errors("r10_weekly_meeting.hold_meeting", attendees=["zhou"], minutes="没有问题") == set()
    assert errors("r10_weekly_meeting.hold_meeting") == {"attendees", "minutes"}
