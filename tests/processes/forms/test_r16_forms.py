"""What the forms of r16_case_handover take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "r16_case_handover"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LI, WANG, ZHOU = ({"value": one, "label": one} for one in ("li", "wang", "zhou"))
PEOPLE = {"presales": [LI], "aftersales": [LI, WANG], "supervisor": [ZHOU]}
START = {"from_agent": "li", "reason": "leave", "handover_note": "第一件等退件"}
OPEN = [{"value": "11", "label": "11 退货 C-***"}, {"value": "12", "label": "12 换货 C-***"}]


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    context = {"people": PEOPLE, **(known or {})}
    return set(formcheck.check_values(schema, values, context, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(
    ("to", "refused"), [(None, False), ("wang", False), ("zhou", False), ("li", True), ("nobody", True)]
)
def test_who_takes_over_may_be_left_open_and_is_somebody_else(to: str | None, refused: bool) -> None:
    assert errors("start", **START, to_agent=to) == ({"to_agent"} if refused else set())


@pytest.mark.parametrize("left_out", sorted(START))
def test_a_hand_over_says_whose_cases_why_and_how_far_they_are(left_out: str) -> None:
    assert errors("start", **{name: value for name, value in START.items() if name != left_out}) == {left_out}


@pytest.mark.parametrize(
    ("cases", "refused"), [(["11"], False), (["11", "12"], False), ([], True), (None, True), (["13"], True)]
)
def test_only_open_cases_of_who_hands_over_are_chosen(cases: list[str] | None, refused: bool) -> None:
    assert errors("choose_cases", {"open_cases": OPEN}, cases=cases) == ({"cases"} if refused else set())


@pytest.mark.parametrize(("to", "refused"), [("wang", False), (None, True), ("li", True)])
def test_who_approves_says_who_takes_over(to: str | None, refused: bool) -> None:
    found = errors("supervisor_approve", {"from_agent": "li"}, approved=True, to_agent=to)
    assert found == ({"to_agent"} if refused else set())


def test_a_refusal_needs_nobody() -> None:
    assert errors("supervisor_approve", {"from_agent": "li"}, approved=False) == set()
    assert errors("supervisor_approve", {"from_agent": "li"}) == {"approved"}


def test_the_proposal_of_who_takes_over_stands_there_already() -> None:
    schema = formcheck.load((ROOT / "forms" / PROCESS / "supervisor_approve.form").read_bytes())
    assert formcheck.prefill(schema, {"to_agent": "wang", "people": PEOPLE}, now=MONDAY_9AM)["to_agent"] == "wang"


@pytest.mark.parametrize("left_out", ["history_read", "accepted"])
def test_nobody_takes_over_without_having_read(left_out: str) -> None:
    done = {"history_read": True, "accepted": True}
    assert errors("accept_cases", **done) == set()
    assert errors("accept_cases", **{**done, left_out: False}) == {left_out}
