"""A shop's import under test: a real database, messages into a list."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from engine import shop
from engine.clock import VirtualClock
from engine.errors import StepError
from engine.model import Actor, Value, Variables
from engine.shop.rows import RowKind
from engine.store.database import Database

ORDER = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "order_stage": "unpaid",
    "order_amount": "199.00",
    "items": "杯子×2",
    "receiver_name": "张三",
    "receiver_phone": "13800000000",
    "receiver_address": "浙江省杭州市文三路1号",
}
PARCEL = {"waybill_no": "YT1", "order_id": "SO-1001", "stage": "in_transit", "last_update_at": "2026-01-01T09:00"}


@dataclass
class FakeRuntime:
    """Publishes into a list; the rows go into a real database."""

    db: Database
    clock: VirtualClock
    published: list[tuple[str, str, Value, str | None, timedelta]] = field(default_factory=list)
    refuses: bool = False

    def publish(
        self,
        name: str,
        correlation_key: str,
        payload: Value,
        *,
        actor: Actor,
        message_id: str | None = None,
        ttl: timedelta = timedelta(hours=24),
    ) -> list[int]:
        if self.refuses:
            raise StepError
        self.published.append((name, correlation_key, payload, message_id, ttl))
        return []

    def refusal(self, name: str, correlation_key: str, payload: Variables) -> str | None:
        return None


@pytest.fixture
def runtime(db: Database, clock: VirtualClock) -> FakeRuntime:
    return FakeRuntime(db, clock)


def take(runtime: FakeRuntime, *rows: dict[str, object]) -> shop.ImportReport:
    kinds = (RowKind.PARCEL if "last_update_at" in row else RowKind.ORDER for row in rows)
    return shop.import_rows(runtime, [(n, kind, row) for n, (kind, row) in enumerate(zip(kinds, rows, strict=True), 1)])


def order(runtime: FakeRuntime, order_id: str = "SO-1001") -> dict[str, Value]:
    with runtime.db.read() as connection:
        found = shop.order_facts(connection, order_id)
    assert found is not None
    return found


def parcel(runtime: FakeRuntime) -> dict[str, Value]:
    with runtime.db.read() as connection:
        found = shop.parcel_facts(connection, "YT1")
    assert found is not None
    return found
