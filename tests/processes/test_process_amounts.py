"""Amounts that no person enters: what callers compute must be an amount that finance can pay."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from engine.clock import VirtualClock
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.model import SYSTEM
from engine.runtime import Runtime
from engine.store.database import Database
from engine.store.tables import user_task
from engine.worker import Worker
from tests.engine.shop_desk import shipped_files


@pytest.mark.parametrize(
    ("amount", "element"),
    [
        (None, "complete_inputs"),
        (Decimal(-5), "complete_inputs"),
        (Decimal(0), "complete_inputs"),
        (Decimal("0.01"), "finance_pay"),
    ],
)
def test_a_payout_that_is_no_payment_is_put_right_by_a_person(
    db: Database, clock: VirtualClock, amount: Decimal | None, element: str
) -> None:
    definitions = Definitions(db, clock)
    definitions.deploy(shipped_files(), SYSTEM)
    runtime = Runtime(db, clock, definitions, CONNECTORS)
    given = {"order_id": "SO-1", "customer_id": "C-1", "payout_kind": "refund", "payout_amount": amount}
    runtime.start("s02_payout", given, SYSTEM)
    Worker(runtime, deliver=lambda _message: None).drain()
    with db.read() as connection:
        assert connection.execute(select(user_task.c.element)).scalars().all() == [element]
