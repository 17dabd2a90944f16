"""What the forms of r11_new_product_training take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "r11_new_product_training"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LI, WANG = ({"value": one, "label": one} for one in ("li", "wang"))
PEOPLE = {"presales": [LI], "aftersales": [WANG], "supervisor": []}
START = {"product": "陶瓷杯", "origin": "new_product", "listing_date": date(2026, 1, 20), "agents": ["li", "wang"]}


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    context = {"people": PEOPLE, **(known or {})}
    return set(formcheck.check_values(schema, values, context, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(
    ("origin", "day", "refused"),
    [("new_product", 5, True), ("new_product", 6, False), ("agent_request", 1, False)],
)
def test_a_new_product_is_trained_before_it_is_listed(origin: str, day: int, refused: bool) -> None:
    found = errors("start", **{**START, "origin": origin, "listing_date": date(2026, 1, day)})
    assert found == ({"listing_date"} if refused else set())


@pytest.mark.parametrize(
    ("rows", "refused"),
    [(["li", "wang"], False), (["wang", "li"], False), (["li"], True), (["li", "wang", "li"], True)],
)
def test_everybody_who_was_trained_has_one_row(rows: list[str], refused: bool) -> None:
    results = [{"agent": agent, "passed": True} for agent in rows]
    found = errors("confirm_mastery", {"agents": ["li", "wang"]}, results=results)
    assert found == ({"results"} if refused else set())


def test_the_rows_stand_there_already_with_what_was_found_before() -> None:
    schema = formcheck.load((ROOT / "forms" / PROCESS / "confirm_mastery.form").read_bytes())
    known = {"agents": ["li", "wang"], "people": PEOPLE}
    first = formcheck.prefill(schema, known, now=MONDAY_9AM)["results"]
    assert [row["agent"] for row in first] == ["li", "wang"]
    before = [{"agent": "li", "passed": True}, {"agent": "wang", "passed": False}]
    again = formcheck.prefill(schema, {**known, "results": before}, now=MONDAY_9AM)["results"]
    assert [row["passed"] for row in again] == [True, False]


@pytest.mark.parametrize(
    ("answers", "refused"),
    [
        ({"postpone": True}, {"listing_date"}),
        ({"postpone": True, "listing_date": date(2026, 1, 5)}, {"listing_date"}),
        ({"postpone": True, "listing_date": date(2026, 1, 6)}, set()),
        ({"postpone": False}, {"gap_note"}),
        ({"postpone": False, "gap_note": "明天补"}, set()),
    ],
)
def test_a_new_date_or_what_becomes_of_those_who_lag(answers: dict, refused: set[str]) -> None:
    assert errors("decide_listing", {"listing_date": date(2026, 1, 20)}, **answers) == refused
