"""What the forms of a13_onsite_service take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a13_onsite_service"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
START = {
    "order_id": "SO-1",
    "customer_id": "C-1",
    "channel": "phone",
    "contact": "13800000000",
    "address": "杭州市1号",
    "problem_desc": "不打火",
}


def upload(name: str) -> dict[str, object]:
    """A file that somebody put in, its type by its ending."""
    media = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}[name.split(".")[1]]
    return {"id": name, "name": name, "type": media, "size": Decimal(1_000), "sha256": "0" * 64}


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    context = {"order": None, "parcel": None, **(known or {})}
    return set(formcheck.check_values(schema, values, context, now=MONDAY_9AM, files=upload).errors)


@pytest.mark.parametrize(
    ("contact", "refused"),
    [("13800000000", False), ("0571-88888888", False), ("057188888888", False), ("a@b.cn", True), ("88888888", True)],
)
def test_a_technician_needs_a_telephone(contact: str, refused: bool) -> None:
    given = {**START, "contact": contact, "receipt_date": date(2026, 1, 5)}
    assert errors("start", **given) == ({"contact"} if refused else set())


@pytest.mark.parametrize(("day", "refused"), [(date(2026, 1, 5), False), (date(2026, 1, 6), True), (None, True)])
def test_the_day_of_receipt_is_known_and_not_to_come(day: date | None, refused: bool) -> None:
    assert errors("start", **START, receipt_date=day) == ({"receipt_date"} if refused else set())


def test_the_day_of_receipt_is_not_asked_where_the_window_is_not_looked_at() -> None:
    assert errors("start", {"window_skipped": True}, **START) == set()


@pytest.mark.parametrize(("minutes", "refused"), [(-1, True), (0, True), (1, False)])
def test_a_visit_is_in_the_future(minutes: int, refused: bool) -> None:
    found = errors("confirm_visit_time", visit_time=MONDAY_9AM + timedelta(minutes=minutes))
    assert found == ({"visit_time"} if refused else set())


def test_the_number_of_the_sheet_is_shown_and_not_entered() -> None:
    known = {"sheet_no": "FW20260105-0001", "people": {"technician": [{"value": "tom", "label": "汤姆"}]}}
    given = {"service_item": "检修", "technician": "tom"}
    assert errors("open_service_sheet", known, **given) == set()
    assert errors("open_service_sheet", known, **given, sheet_no="FW1") == {"sheet_no"}
    assert errors("open_service_sheet", known, service_item="检修", technician="amy") == {"technician"}


@pytest.mark.parametrize(
    ("pictures", "refused"),
    [
        (None, True),
        ([], True),
        (["sign.jpg"], False),
        (["sign.png"], False),
        (["sign.pdf"], True),
        ([f"{n}.jpg" for n in range(9)], False),
        ([f"{n}.jpg" for n in range(10)], True),
    ],
)
def test_the_customer_has_signed_and_a_picture_shows_it(pictures: list[str] | None, refused: bool) -> None:
    found = errors("fill_service_sheet", service_result="fixed", parts_used="点火器", customer_sign=pictures)
    assert found == ({"customer_sign"} if refused else set())
