"""Back-tests of the shipped tables against plain arithmetic, case by case and in the sum."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from tests.engine.backtest.conftest import APPROVAL, TABLES, Shop
from tests.engine.backtest.seeding import Seeded, expected, fen, part_of, with_limit
from tests.sample import some

APPROVAL_TABLE = (TABLES / "compensation_approval.dmn").read_bytes()
LOSS = ("decision", "loss_compensation")
LOSS_TABLE = (TABLES / "loss_compensation.dmn").read_bytes()


def offers(case: Seeded) -> list[Decimal]:
    """What was offered: after a no something else."""
    return [case.first, case.second] if case.approved is False else [case.first]


@pytest.mark.parametrize("limit", some([50, 30, 100_000, 20], 1))
def test_another_limit_of_approval_comes_to_what_arithmetic_says(shop: Shop, limit: int) -> None:
    rows = shop.cases(shop.run({APPROVAL: with_limit(APPROVAL_TABLE, limit)}))
    said = {case.case_id: expected(case, Decimal(limit)) for case in shop.past.compensations}
    assert set(rows) == set(said)
    lacking = 0
    for case in shop.past.compensations:
        row = rows[case.case_id]
        verdict, paid = said[case.case_id]
        assert row.paid_before == fen(case.paid)
        if any(limit < offer <= 30 for offer in offers(case)):
            # Somebody has to be asked who never was: nothing is guessed.
            assert (row.verdict, row.paid_after) == ("input", None)
            lacking += 1
            continue
        assert (row.verdict, row.paid_after) == (verdict, fen(paid)), case
    assert (lacking > 0) == (limit < 30)
    if limit >= 30:
        assert sum(row.paid_after for row in rows.values()) == sum(fen(paid) for _, paid in said.values())


def test_another_part_of_the_price_is_paid_to_who_accepted_it(shop: Shop) -> None:
    key = shop.run({LOSS: LOSS_TABLE.replace(b"<text>0.30</text>", b"<text>0.50</text>")})
    rows = shop.cases(key)
    assert set(rows) == {one.case_id for one in shop.past.losses}
    for one in shop.past.losses:
        row = rows[one.case_id]
        paid = part_of(one.order_amount, Decimal("0.50")) if one.accepted else Decimal(0)
        assert (row.verdict, row.paid_before, row.paid_after) == ("same", fen(one.paid), fen(paid)), one
        assert row.assumed  # the form says how large the part is


def test_a_limit_on_what_is_paid_is_followed(shop: Shop) -> None:
    rows = shop.cases(shop.run({LOSS: LOSS_TABLE.replace(b"<text>null</text>", b"<text>50</text>")}))
    for one in shop.past.losses:
        paid = min(part_of(one.order_amount, Decimal("0.30")), Decimal(50)) if one.accepted else Decimal(0)
        assert rows[one.case_id].paid_after == fen(paid), one
    assert any(row.paid_after < row.paid_before for row in rows.values())


@pytest.mark.parametrize("seed", some(range(3), 2))
def test_a_case_on_the_same_side_of_a_moved_limit_is_the_same(shop: Shop, seed: int) -> None:
    limit = random.Random(seed).randint(1, 90)
    rows = shop.cases(shop.run({APPROVAL: with_limit(APPROVAL_TABLE, limit)}))
    for case in shop.past.compensations:
        low, high = sorted((Decimal(30), Decimal(limit)))
        if not any(low < offer <= high for offer in offers(case)):
            row = rows[case.case_id]
            assert (row.verdict, row.paid_after) == ("same", row.paid_before), (case, limit)


def test_the_same_tables_change_nothing_at_all(shop: Shop) -> None:
    rows = shop.cases(shop.run({APPROVAL: APPROVAL_TABLE, LOSS: LOSS_TABLE}))
    assert len(rows) == len(shop.past.compensations) + len(shop.past.losses)
    assert {(row.verdict, row.assumed, row.paid_after - row.paid_before) for row in rows.values()} == {
        ("same", False, 0)
    }
