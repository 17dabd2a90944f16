"""What the forms of r12_conduct_violation take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "r12_conduct_violation"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LI, ZHOU = {"value": "li", "label": "李娜"}, {"value": "zhou", "label": "周敏"}
PEOPLE = {"presales": [LI], "aftersales": [LI], "supervisor": [ZHOU]}
START = {"agent": "li", "offence_group": "attendance", "occurred_at": MONDAY_9AM, "facts": "没有假条,一天没来"}


def errors(form: str, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    return set(formcheck.check_values(schema, values, {"people": PEOPLE}, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(("agent", "refused"), [("li", False), ("zhou", False), ("cang", True), (None, True)])
def test_it_is_about_somebody_of_customer_service_or_its_supervisors(agent: str | None, refused: bool) -> None:
    assert errors("start", **{**START, "agent": agent}) == ({"agent"} if refused else set())


@pytest.mark.parametrize(("ahead", "refused"), [(-1, False), (0, False), (1, True)])
def test_it_has_happened_already(ahead: int, refused: bool) -> None:
    when = MONDAY_9AM + timedelta(minutes=ahead)
    assert errors("start", **{**START, "occurred_at": when}) == ({"occurred_at"} if refused else set())


@pytest.mark.parametrize("left_out", ["offence_group", "occurred_at", "facts"])
def test_nothing_is_reported_without_what_and_when(left_out: str) -> None:
    assert errors("start", **{name: value for name, value in START.items() if name != left_out}) == {left_out}


def test_the_groups_of_offences_are_those_of_the_table() -> None:
    schema = formcheck.load((ROOT / "forms" / PROCESS / "start.form").read_bytes())
    offered = formcheck.option_labels(schema)["offence_group"]
    table = (ROOT / "processes/decisions/dmn_penalty.dmn").read_text("utf-8")
    assert all(f'"{code}"' in table for code in offered)
    assert len(offered) == 6


def test_who_is_reported_is_heard_before_anything_is_decided() -> None:
    assert errors("hear_agent", confirmed=True) == {"statement"}
    assert errors("hear_agent", confirmed=False, statement="不是我") == set()
    assert errors("hear_agent", statement="不是我") == {"confirmed"}


@pytest.mark.parametrize(
    ("fine", "refused"),
    [(None, False), (Decimal(0), False), (Decimal("50.55"), False), (Decimal("50.555"), True), (Decimal(-1), True)],
)
def test_a_fine_is_a_proposal_that_may_be_left_out(fine: Decimal | None, refused: bool) -> None:
    assert errors("company_decision", penalty_text="书面检讨", fine=fine) == ({"fine"} if refused else set())
    assert "penalty_text" in errors("company_decision", fine=fine)


def test_a_dismissal_is_decided_with_its_reason() -> None:
    assert errors("confirm_dismissal", dismiss_confirmed=True) == {"dismiss_note"}
    assert errors("confirm_dismissal", dismiss_confirmed=False, dismiss_note="情节轻") == set()
