"""What the forms of a14_overseas_repair take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from tests.processes.process_drawing import ROOT

PROCESS = "a14_overseas_repair"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
START = {
    "order_id": "SO-1",
    "customer_id": "C-1",
    "channel": "marketplace",
    "customer_email": "anna@example.com",
    "country": "俄罗斯",
    "problem_desc": "屏幕有亮线",
    "media": ["a.jpg"],
}


def upload(name: str) -> dict[str, object]:
    """A picture that somebody put in."""
    return {"id": name, "name": name, "type": "image/jpeg", "size": Decimal(1_000), "sha256": "0" * 64}


def errors(form: str, known: dict | None = None, **values: object) -> set[str]:
    """Keys of the fields with which the form finds fault; ``known`` are the case's variables."""
    schema = formcheck.load((ROOT / "forms" / PROCESS / f"{form}.form").read_bytes())
    context = {"order": None, "parcel": None, **(known or {})}
    return set(formcheck.check_values(schema, values, context, now=MONDAY_9AM, files=upload).errors)


@pytest.mark.parametrize(("mail", "refused"), [("a@b.cn", False), ("anna", True), ("anna@example", True), (None, True)])
def test_a_customer_abroad_is_reached_by_mail(mail: str | None, refused: bool) -> None:
    assert errors("start", **{**START, "customer_email": mail}) == ({"customer_email"} if refused else set())


@pytest.mark.parametrize(("pictures", "refused"), [(None, True), ([], True), (["a.jpg"], False)])
def test_a_defect_is_shown(pictures: list[str] | None, refused: bool) -> None:
    assert errors("start", **{**START, "media": pictures}) == ({"media"} if refused else set())


def test_a_local_repair_has_a_quote_and_its_proof() -> None:
    assert errors("ask_local_repair", local_repair=True) == {"repair_quote", "quote_file"}
    assert errors("ask_local_repair", local_repair=True, repair_quote=Decimal(80), quote_file=["q.jpg"]) == set()
    assert errors("ask_local_repair", local_repair=False) == set()
    assert errors("ask_local_repair", local_repair=False, repair_quote=Decimal(80)) == {"repair_quote"}


@pytest.mark.parametrize(
    ("fee", "refused"),
    [(Decimal(0), True), (Decimal("0.01"), False), (Decimal(80), False), (Decimal("80.01"), True), (None, True)],
)
def test_a_repair_fee_is_at_most_the_quote(fee: Decimal | None, refused: bool) -> None:
    known = {"repair_quote": Decimal(80)}
    found = errors("submit_repair_fee", known, fee_amount=fee, payee="anna@example.com", fee_reason="换屏幕")
    assert found == ({"fee_amount"} if refused else set())


def test_goods_that_come_back_have_an_address_and_a_number() -> None:
    assert errors("return_for_repair", freight_payer="seller") == {"return_site", "return_waybill_no"}
    given = {"return_site": "杭州仓库", "return_waybill_no": "EMS1"}
    assert errors("return_for_repair", **given, freight_payer="customer") == set()
    assert errors("return_for_repair", **given, freight_payer="nobody") == {"freight_payer"}


@pytest.mark.parametrize(("state", "refused"), [("coming", False), ("received", False), ("lost", False), ("", True)])
def test_a_parcel_is_coming_received_or_lost(state: str, refused: bool) -> None:
    assert errors("follow_goods", parcel_state=state) == ({"parcel_state"} if refused else set())
