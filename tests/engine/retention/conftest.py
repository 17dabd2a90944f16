"""Cases that have ended, and the day on which they are due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from engine import accounts, canonical
from engine.clock import SHANGHAI, to_microseconds
from engine.model import SYSTEM, Actor
from engine.store.tables import shop_order
from tests.engine.once import once
from tests.engine.shop_desk import ShopDesk

#: Cases of the desk end on Friday, 2 January; 180 whole days later this day begins.
DUE = datetime(2026, 7, 2, tzinfo=SHANGHAI)
SECOND = timedelta(seconds=1)
ZHENG = Actor(id="zheng", name="郑审计", groups=frozenset({"auditor"}))
ZHAO = Actor(id="zhao", name="赵刚", groups=frozenset({"dept_manager"}))


@pytest.fixture
def ended(desk: ShopDesk) -> str:
    """A case with a called one in it, called off on Friday morning."""

    def called_off() -> tuple[str, list[object]]:
        key = desk.lose_the_parcel()
        desk.runtime.cancel(key, "客户张三不要了", SYSTEM)
        desk.drain()
        return str(key), [*desk.sent]

    case_id, desk.sent[:] = once(desk.db, ("called off", desk.clock.now()), called_off)
    return case_id


@pytest.fixture
def order(desk: ShopDesk) -> Callable[..., None]:
    """Puts an order into the shop, by default that of the desk's cases."""

    def put(order_id: str = "SO-1001", customer_id: str = "C-88", **facts: Any) -> None:
        person = {"receiver_name": "张三", "receiver_phone": "13800000000", "receiver_address": "浙江省杭州市西湖区1号"}
        row = {
            "order_id": order_id,
            "customer_id": customer_id,
            "channel": "marketplace",
            "order_stage": "signed",
            "facts": canonical.encode({"items": [{"name": "枕头", "quantity": 1}], **person, **facts}),
            "updated_at": to_microseconds(desk.clock.now()),
        }
        with desk.db.begin() as tx:
            tx.connection.execute(insert(shop_order).values(row))

    return put


@pytest.fixture
def people(desk: ShopDesk) -> None:
    """Accounts of an auditor and a department manager."""
    with desk.db.begin() as tx:
        for one in (ZHENG, ZHAO):
            accounts.add(tx, one.id, one.name, "correct horse", sorted(one.groups))
