"""What the forms of a30_promise_followup take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a30_promise_followup"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LATER = MONDAY_9AM + timedelta(hours=3)
PEOPLE = {"people": {"aftersales": [{"value": "u1", "label": "小婷"}], "presales": [{"value": "u2", "label": "小李"}]}}
ORDER = {"order_id": "SO-1", "customer_id": "C-1", "order": {"order_amount": Decimal("50")}}
PROMISE = {"promise_text": "补寄丝袜", "due": LATER, "promised_by": "u1", "flag_note": "【补丝袜,无差价 婷/1.5】"}


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    context = {"order": None, "parcel": None, "case": None, **PEOPLE, **(known or {})}
    return set(formcheck.check_values(schema, values, context, now=MONDAY_9AM).errors)


def overdue(known: dict | None, **values: object) -> set[str]:
    return errors("handle_overdue", known, overdue_note="与客户说好了", **values)


def test_a_promise_needs_neither_order_nor_customer() -> None:
    assert errors("start", channel="phone", **PROMISE) == set()
    assert errors("start", channel="phone", **{**PROMISE, "promised_by": "u2"}) == set()
    assert errors("start", channel="phone", **{**PROMISE, "promised_by": "u3"}) == {"promised_by"}


@pytest.mark.parametrize(
    ("due", "case", "refused"), [(LATER, None, False), (MONDAY_9AM, None, True), (MONDAY_9AM, {}, False)]
)
def test_a_promise_is_for_a_time_to_come_unless_it_was_given_before(
    due: datetime, case: dict | None, refused: bool
) -> None:
    found = errors("start", {"case": case}, channel="phone", **{**PROMISE, "due": due})
    assert found == ({"due"} if refused else set())


@pytest.mark.parametrize(
    ("note", "refused"),
    [
        ("【约回电,无差价 婷/1.5】", False),
        ("【约回电,无差价 婷/1.5", True),
        ("【回电,无差价 婷/1.5】", True),
        ("【约回电,无差价婷/1.5】", True),
    ],
)
def test_a_flag_note_is_of_the_documents_form(note: str, refused: bool) -> None:
    assert errors("start", channel="phone", **{**PROMISE, "flag_note": note}) == ({"flag_note"} if refused else set())


def test_a_new_time_and_a_new_person_are_asked_for_where_they_are_needed() -> None:
    assert overdue(ORDER, overdue_action="extend") == {"due"}
    assert overdue(ORDER, overdue_action="extend", due=LATER) == set()
    assert overdue(ORDER, overdue_action="extend", due=MONDAY_9AM) == {"due"}
    assert overdue(ORDER, overdue_action="reassign") == {"due", "promised_by"}
    assert overdue(ORDER, overdue_action="reassign", due=LATER, promised_by="u2") == set()


@pytest.mark.parametrize(
    ("amount", "refused"),
    [("0", False), ("0.01", False), ("50", False), ("50.01", True), ("0.001", True), ("-1", True)],
)
def test_a_compensation_is_at_most_the_order_and_may_be_nothing(amount: str, refused: bool) -> None:
    found = overdue(ORDER, overdue_action="cancel", comp_amount=Decimal(amount))
    assert found == ({"comp_amount"} if refused else set())


@pytest.mark.parametrize("known", [{"order_id": "SO-1"}, {"customer_id": "C-1"}, {}])
def test_without_order_or_customer_there_is_nobody_to_pay(known: dict) -> None:
    assert overdue(ORDER, overdue_action="cancel") == {"comp_amount"}
    assert overdue(known, overdue_action="cancel") == set()


def test_whether_a_promise_was_kept_is_said_with_how() -> None:
    assert errors("fulfil_promise") == {"fulfilled", "fulfil_note"}
    assert errors("fulfil_promise", fulfilled=True, fulfil_note="已寄出") == set()
