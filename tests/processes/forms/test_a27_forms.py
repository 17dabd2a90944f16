"""What the forms of a27_tile_doorstep_service take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a27_tile_doorstep_service"
#: 2026-01-05 in Shanghai.
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
ROWS = [{"spec": "800×800灰", "qty": Decimal(3)}]
START = {
    "order_id": "SO-1",
    "customer_id": "C-1",
    "channel": "marketplace",
    "description": "有三片崩角",
    "tile_order_no": "DK-1",
    "service_kind": "exchange",
    "items": ROWS,
    "wanted_date": date(2026, 1, 8),
}
PEOPLE = {"aftersales": [{"value": "li", "label": "李娜"}]}
ASKED = {"requested_on": date(2026, 1, 3)}


def upload(name: str) -> dict[str, object]:
    """A picture that somebody put in."""
    return {"id": name, "name": name, "type": "image/jpeg", "size": Decimal(1_000), "sha256": "0" * 64}


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    context = {"order": None, "parcel": None, "people": PEOPLE, **(known or {})}
    return set(formcheck.check_values(schema, values, context, now=MONDAY_9AM, files=upload).errors)


@pytest.mark.parametrize(("day", "refused"), [(4, True), (5, False), (6, False)])
def test_nobody_comes_yesterday(day: int, refused: bool) -> None:
    found = errors("start", **{**START, "wanted_date": date(2026, 1, day)})
    assert found == ({"wanted_date"} if refused else set())


@pytest.mark.parametrize(
    "rows", [None, [], [{"spec": "800×800灰", "qty": Decimal(0)}], [{"spec": "", "qty": Decimal(1)}]]
)
def test_it_is_said_what_and_how_many(rows: list | None) -> None:
    assert errors("start", **{**START, "items": rows}) != set()


@pytest.mark.parametrize(
    ("quota", "used", "refused"),
    [(0, 0, set()), (6, 6, set()), (1, 2, {"visits_used"}), (7, 0, {"visit_quota"}), (1, -1, {"visits_used"})],
)
def test_an_order_has_up_to_six_visits(quota: int, used: int, refused: set[str]) -> None:
    assert errors("enter_quota", visit_quota=Decimal(quota), visits_used=Decimal(used)) == refused


@pytest.mark.parametrize(
    ("choice", "fee", "refused"),
    [
        ("self", None, False),
        ("cancel", None, False),
        ("paid", None, True),
        ("paid", Decimal(0), True),
        ("paid", Decimal("0.01"), False),
    ],
)
def test_a_paid_visit_has_its_fee(choice: str, fee: Decimal | None, refused: bool) -> None:
    assert errors("offer_self", self_choice=choice, visit_fee=fee) == ({"visit_fee"} if refused else set())


@pytest.mark.parametrize(("day", "refused"), [(9, True), (10, False), (11, False)])
def test_goods_are_supplied_five_days_ahead(day: int, refused: bool) -> None:
    assert errors("explain_notice", new_date=date(2026, 1, day)) == ({"new_date"} if refused else set())


@pytest.mark.parametrize(
    ("kind", "day", "refused"),
    [
        ("exchange", 4, True),
        ("exchange", 5, False),
        ("return", 7, False),
        ("supplement", 7, True),
        ("supplement", 8, False),
    ],
)
def test_a_visit_is_not_before_today_nor_a_supply_before_the_fifth_day(kind: str, day: int, refused: bool) -> None:
    known = {**ASKED, "service_kind": kind}
    found = errors("schedule_visit", known, visit_date=date(2026, 1, day), specialist="li")
    assert found == ({"visit_date"} if refused else set())


def test_a_visit_is_somebody_s_of_after_sales() -> None:
    known = {**ASKED, "service_kind": "return"}
    assert errors("schedule_visit", known, visit_date=date(2026, 1, 8), specialist="wang") == {"specialist"}


def test_a_visit_that_was_made_is_signed_for() -> None:
    assert errors("do_visit", visit_done=True) == {"done_items", "customer_sign"}
    assert errors("do_visit", visit_done=True, done_items=ROWS, customer_sign=["sign.jpg"]) == set()
    assert errors("do_visit", visit_done=False) == set()


@pytest.mark.parametrize(
    ("amount", "refused"),
    [(Decimal(-260), False), (Decimal(0), False), (Decimal("0.01"), False), (Decimal("0.001"), True), (None, True)],
)
def test_a_difference_goes_either_way_and_is_settled(amount: Decimal | None, refused: bool) -> None:
    assert errors("settle_amount", settle=amount, settled=True) == ({"settle"} if refused else set())
    assert "settled" in errors("settle_amount", settle=amount, settled=False)
