"""What the forms of 退换货受理与运费判定 (a25) take and refuse, at their limits."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import formcheck
from engine.model import Variables
from tests.processes.process_drawing import ROOT

MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
PICTURE: Variables = {
    "id": "file-1",
    "name": "a.jpg",
    "type": "image/jpeg",
    "size": Decimal(1_000),
    "sha256": "0" * 64,
}
START: Variables = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "description": "要退",
    "kind": "return",
    "reason": "quality",
    "free_shipping_item": False,
    "has_insurance": False,
    "order_amount": Decimal(199),
}


def schema_of(name: str) -> formcheck.Schema:
    return formcheck.load((ROOT / f"forms/a25_apparel_return_exchange/{name}.form").read_bytes())


def refused(name: str, values: Variables, context: Variables | None = None) -> set[str]:
    """Keys of the fields with which a form of a25 finds fault."""
    known: Variables = {"order": None, "parcel": None, "shown_evidence": [], "evidence_rounds": 0, **(context or {})}
    found = formcheck.check_values(schema_of(name), values, known, now=MONDAY_9AM, files=lambda _id: PICTURE)
    return set(found.errors)


def test_a_start_needs_all_but_the_shop_and_the_photos() -> None:
    assert refused("start", START) == set()
    assert refused("start", {**START, "photos": ["file-1"]}) == set()
    for key in START:
        assert refused("start", {**START, key: None}) == {key}


def test_evidence_that_holds_has_a_photo_sooner_or_later() -> None:
    proven: Variables = {"uploaded_backend": True, "evidence_ok": True}
    assert refused("request_evidence", proven) == {"photos"}
    assert refused("request_evidence", {**proven, "photos": ["file-1"]}) == set()
    assert refused("request_evidence", proven, {"shown_evidence": [PICTURE]}) == set()
    assert refused("request_evidence", {**proven, "evidence_ok": False}) == set()


@pytest.mark.parametrize(("postage", "fault"), [(None, True), ("-0.01", True), ("0", False), ("12.50", False)])
def test_an_agreed_postage_may_be_nothing_but_not_less(postage: str | None, fault: bool) -> None:
    given: Variables = {"postage": None if postage is None else Decimal(postage), "buyer_agrees": True}
    assert refused("agree_postage", given) == ({"postage"} if fault else set())


def test_the_words_of_the_script_library_stand_beside_the_field() -> None:
    fields = {field.key: field for field in formcheck.fields(schema_of("suggest_transfer"))}
    assert "再来拍下自己喜欢的款式" in (fields["retain_text"].description or "")
    assert refused("suggest_transfer", {"transfer_ok": False}) == {"retain_text"}
