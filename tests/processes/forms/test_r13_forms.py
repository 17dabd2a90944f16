"""What the forms of r13_leave_request take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "r13_leave_request"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
START = {
    "kind": "off_post",
    "from_time": MONDAY_9AM + timedelta(hours=1),
    "to_time": MONDAY_9AM + timedelta(hours=2),
    "reason": "去银行",
}


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    return set(formcheck.check_values(schema, values, known or {}, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(("minutes", "refused"), [(-1, True), (0, True), (1, False)])
def test_nobody_leaves_before_having_asked(minutes: int, refused: bool) -> None:
    when = MONDAY_9AM + timedelta(minutes=minutes)
    assert errors("start", **{**START, "from_time": when}) == ({"from_time"} if refused else set())


@pytest.mark.parametrize(
    ("length", "refused"),
    [(timedelta(0), True), (timedelta(minutes=1), False), (timedelta(days=366), False), (timedelta(days=367), True)],
)
def test_it_ends_after_it_begins_and_within_a_year(length: timedelta, refused: bool) -> None:
    until = START["from_time"] + length  # type: ignore[operator]
    assert errors("start", **{**START, "to_time": until}) == ({"to_time"} if refused else set())


def test_leave_needs_the_slip_and_being_off_the_post_for_a_while_does_not() -> None:
    assert errors("start", **START) == set()
    assert errors("start", **{**START, "kind": "leave"}) == {"slip"}


@pytest.mark.parametrize(
    ("approved", "short", "note", "refused"),
    [
        (True, False, None, False),
        (True, True, None, True),
        (True, True, "急事", False),
        (False, False, None, True),
        (False, False, "没有人替班", False),
    ],
)
def test_a_refusal_and_leave_at_short_notice_need_a_reason(
    approved: bool, short: bool, note: str | None, refused: bool
) -> None:
    known = {"short_notice": short, "away_already": [False, False]}
    found = errors("supervisor_sign", known, approved=approved, sign_note=note)
    assert found == ({"sign_note"} if refused else set())


@pytest.mark.parametrize(("away", "refused"), [([False, False], False), ([True, False], True), ([False, True], True)])
def test_nobody_is_away_twice_at_once(away: list[bool], refused: bool) -> None:
    known = {"short_notice": False, "away_already": away}
    assert errors("supervisor_sign", known, approved=True) == ({"approved"} if refused else set())
    assert errors("supervisor_sign", known, approved=False, sign_note="重复") == set()
