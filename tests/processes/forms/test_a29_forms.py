"""What the forms of a29_customer_callback take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a29_customer_callback"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def errors(form: str, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    return set(formcheck.check_values(schema, values, {"order": None, "parcel": None}, now=MONDAY_9AM).errors)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({}, {"reached"}),
        ({"reached": True}, {"satisfied"}),
        ({"reached": True, "satisfied": False}, set()),
        ({"reached": True, "satisfied": True, "comment": "很好"}, set()),
        ({"reached": False}, set()),
        ({"reached": False, "satisfied": True}, {"satisfied"}),
        ({"reached": False, "comment": "没接"}, {"comment"}),
    ],
)
def test_only_who_is_reached_can_be_satisfied(given: dict, refused: set[str]) -> None:
    assert errors("call_customer", **given) == refused


@pytest.mark.parametrize(("form", "key"), [("continue_solving", "action"), ("supervisor_takeover", "sup_result")])
def test_what_was_done_is_said(form: str, key: str) -> None:
    assert errors(form) == {key}
    assert errors(form, **{key: "寄配件"}) == set()
    assert errors(form, **{key: "长" * 2001}) == {key}


def test_who_calls_back_reads_what_was_done() -> None:
    given = {"order_id": "SO-1", "customer_id": "C-1", "channel": "phone"}
    assert errors("start", **given) == {"case_summary"}
    assert errors("start", **given, case_summary="已修好") == set()
