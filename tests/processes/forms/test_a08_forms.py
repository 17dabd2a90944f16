"""What the forms of a08_platform_aftersale_task take and refuse at their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine import formcheck
from tests.each import each
from tests.processes.process_drawing import ROOT

PROCESS = "a08_platform_aftersale_task"
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
PHOTO = {"id": "f1", "name": "a.jpg", "type": "image/jpeg", "size": 812, "sha256": "0" * 64}
APPLICATION = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "aftersale_type": "exchange",
    "reason": "quality",
    "trade_stage": "after",
    "problem_desc": "开线",
    "applied_at": MONDAY_9AM,
    "entry_stage": "seller",
}
CHANGE = {"reaction": "modify", "new_aftersale_type": "exchange", "new_reason": "other", "new_problem_desc": "换码"}
RULING = {"ruling": "buyer", "required_action": "exchange", "ruling_text": "支持买家"}


def errors(form: str, values: dict, **context: object) -> set[str]:
    """Keys of the fields with which the form finds fault."""
    schema = formcheck.load((ROOT / f"forms/{PROCESS}/{form}.form").read_bytes())
    known = {"order": None, "parcel": None, **context}
    found = formcheck.check_values(schema, values, known, now=MONDAY_9AM, files={"f1": PHOTO}.get)
    return set(found.errors)


@each("missing", sorted(set(APPLICATION) - {"entry_stage"}))
def test_an_application_needs_what_decides_its_way(missing: str) -> None:
    given = {key: value for key, value in APPLICATION.items() if key != missing}
    assert missing in errors("start", given)
    assert errors("start", APPLICATION) == set()


@pytest.mark.parametrize(("kind", "asked"), [("return_refund", True), ("refund_only", True), ("repair", False)])
def test_money_is_asked_for_where_money_goes_back(kind: str, asked: bool) -> None:
    given = APPLICATION | {"aftersale_type": kind}
    assert errors("start", given) == ({"amount"} if asked else set())
    assert errors("start", given | {"amount": Decimal("0.01")}) == (set() if asked else {"amount"})


@pytest.mark.parametrize(("amount", "refused"), [("0", True), ("88", False), ("88.01", True)])
def test_an_amount_is_of_the_order_and_not_nothing(amount: str, refused: bool) -> None:
    given = APPLICATION | {"aftersale_type": "refund_only", "amount": Decimal(amount)}
    assert errors("start", given, order={"order_amount": Decimal(88)}) == ({"amount"} if refused else set())


@pytest.mark.parametrize(("late", "refused"), [(timedelta(0), False), (timedelta(seconds=1), True)])
def test_no_application_comes_from_the_future(late: timedelta, refused: bool) -> None:
    found = errors("start", APPLICATION | {"applied_at": MONDAY_9AM + late})
    assert found == ({"applied_at"} if refused else set())


@pytest.mark.parametrize(
    ("decision", "may_refuse", "files", "refused"),
    [
        ("agree", False, ["f1"], set()),
        ("agree", True, [], {"seller_evidence"}),
        ("refuse", True, ["f1"], set()),
        ("refuse", True, [], {"seller_evidence"}),
        ("refuse", False, ["f1"], {"decision"}),
        ("more", False, [], set()),
    ],
)
def test_the_seller_decides_with_evidence_and_refuses_where_he_may(
    decision: str, may_refuse: bool, files: list[str], refused: set[str]
) -> None:
    given = {"reasonable": True, "decision": decision, "opinion": "属实"}
    given |= {"seller_evidence": files} if files else {}
    assert errors("seller_review", given, may_refuse=may_refuse) == refused
    del given["opinion"]
    assert errors("seller_review", given, may_refuse=may_refuse) == refused | {"opinion"}


@pytest.mark.parametrize("reaction", ["accept", "buyer_intervene", "seller_intervene"])
def test_only_a_change_of_the_application_says_what_is_new(reaction: str) -> None:
    assert errors("buyer_reaction", {"reaction": reaction}) == set()
    assert errors("buyer_reaction", {"reaction": reaction, "new_reason": "other"}) == {"new_reason"}


@pytest.mark.parametrize("missing", ["new_aftersale_type", "new_reason", "new_problem_desc"])
def test_a_changed_application_is_complete(missing: str) -> None:
    assert errors("buyer_reaction", CHANGE) == set()
    assert errors("buyer_reaction", {key: value for key, value in CHANGE.items() if key != missing}) == {missing}
    money = CHANGE | {"new_aftersale_type": "refund_only"}
    assert errors("buyer_reaction", money) == {"new_amount"}
    assert errors("buyer_reaction", money | {"new_amount": Decimal(0)}) == {"new_amount"}
    assert errors("buyer_reaction", money | {"new_amount": Decimal("0.01")}) == set()


def test_nobody_goes_to_the_platform_without_evidence() -> None:
    given = {"applicant": "buyer", "intervention_desc": "谈不成"}
    assert errors("apply_intervention", given) == {"intervention_evidence"}
    assert errors("apply_intervention", given | {"intervention_evidence": ["f1"]}) == set()
    assert errors("investigation", {"statement": "合格"}) == {"proofs"}


@each(
    ("ruling", "action", "amount", "refused"),
    [
        ("buyer", "refund_only", None, True),
        ("buyer", "refund_only", "0", True),
        ("buyer", "refund_only", "0.01", False),
        ("buyer", "refund_only", "88", False),
        ("buyer", "refund_only", "88.01", True),
        ("buyer", "return_refund", None, False),
        ("split", "return_refund", None, True),
        ("split", "exchange", None, False),
        ("seller", "none", "5", True),
    ],
)
def test_a_ruling_for_money_says_how_much(ruling: str, action: str, amount: str | None, refused: bool) -> None:
    given = RULING | {"ruling": ruling, "required_action": action}
    given |= {} if amount is None else {"ruling_amount": Decimal(amount)}
    found = errors("record_decision", given, order={"order_amount": Decimal(88)})
    assert found == ({"ruling_amount"} if refused else set())


def test_what_is_sent_later_has_a_number_and_a_name() -> None:
    assert errors("resend_goods", {}) == {"resend_tracking_no", "resend_items"}
    assert errors("resend_goods", {"resend_tracking_no": "SF5", "resend_items": "配件×1"}) == set()
