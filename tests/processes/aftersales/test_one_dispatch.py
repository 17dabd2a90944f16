"""An order that was waited for is dispatched once, whoever tells that it is paid."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

import pytest
from sqlalchemy import select, update

from engine import canonical, shop
from engine.clock import VirtualClock
from engine.shop.rows import RowKind
from engine.store.database import Database
from engine.store.tables import process_instance, shop_order, subscription, user_task
from tests.conftest import FRIDAY_9AM
from tests.engine.shop_desk import PRESALES, ShopDesk

ORDER = {
    "order_id": "SO-9",
    "customer_id": "C-9",
    "channel": "marketplace",
    "shop": "旗舰店",
    "order_stage": "unpaid",
    "order_amount": "105",
    "items": "连衣裙×1",
    "receiver_name": "张三",
    "receiver_phone": "13800000000",
    "receiver_address": "浙江省杭州市西湖区1号",
}
BY_HAND: Final = {"paid_amount": Decimal(100), "payment_no": "ZFB-1", "note": "议价后改价"}


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> ShopDesk:
    """An order that nobody has paid, with its buyer's corrected telephone."""
    found = ShopDesk(db, clock, processes=("a22_payment", "p07_delivery", "s02_payout"))
    told(found)
    given = {**ORDER, "order_amount": Decimal(105), "order_type": "normal", "placed_at": clock.now()}
    found.runtime.start("a22_payment", {**given, "amount": Decimal(105), "item_type": "normal"}, PRESALES)
    found.drain()
    checked = {"receiver": "张三", "phone": "13900000000", "address": ORDER["receiver_address"], "spec": "红色M"}
    found.complete("verify_order", PRESALES, **checked, verified=True)
    found.drain()
    return found


def told(desk: ShopDesk, **news: str) -> None:
    """A row of the shop's export."""
    report = shop.import_rows(desk.runtime, [(1, RowKind.ORDER, {**ORDER, **news})])
    assert report.problems == []
    desk.drain()


def registered(desk: ShopDesk) -> None:
    query = select(subscription.c.id, process_instance.c.case_id).join(
        process_instance, process_instance.c.key == subscription.c.instance
    )
    with desk.db.read() as connection:
        event, case = connection.execute(query.where(subscription.c.element == "await_payment")).one()
    desk.runtime.register_event(case, event, BY_HAND, PRESALES)
    desk.drain()


def dispatches(desk: ShopDesk) -> list[dict]:
    """The variables of the dispatches."""
    query = select(process_instance.c.variables).where(process_instance.c.process_id == "p07_delivery")
    with desk.db.read() as connection:
        return [canonical.decode(row[0]) for row in connection.execute(query)]


def state(desk: ShopDesk) -> tuple[str | None, str]:
    """Where the process of the payment ended, and the order's stage."""
    ended = select(process_instance.c.end_state).where(process_instance.c.process_id == "a22_payment")
    with desk.db.read() as connection:
        return connection.execute(ended).scalar_one(), connection.execute(select(shop_order.c.order_stage)).scalar_one()


def open_tasks(desk: ShopDesk) -> list[str]:
    query = select(user_task.c.element).where(user_task.c.status == "open")
    with desk.db.read() as connection:
        return [row[0] for row in connection.execute(query)]


def test_a_payment_that_the_shop_tells_of_starts_one_dispatch(desk: ShopDesk) -> None:
    told(desk, order_stage="paid", paid_at="2026-01-02 10:00")
    (dispatch,) = dispatches(desk)
    assert state(desk) == ("end_paid", "paid")
    assert dispatch["receiver_phone"] == "13900000000", "the buyer's correction is the order's"
    assert open_tasks(desk) == ["verify_customer_info"]


def test_a_payment_registered_by_hand_starts_one_dispatch_though_the_shop_tells_of_it_later(desk: ShopDesk) -> None:
    registered(desk)
    (dispatch,) = dispatches(desk)
    assert state(desk) == ("end_paid", "paid")
    assert (dispatch["order_amount"], dispatch["receiver_phone"]) == (Decimal(100), "13900000000")
    assert dispatch["items"] == "连衣裙×1"
    told(desk, order_stage="paid", paid_at="2026-01-02 10:00")
    assert len(dispatches(desk)) == 1


def test_what_is_not_paid_in_time_is_closed_and_never_dispatched(desk: ShopDesk) -> None:
    while state(desk)[0] is None:
        desk.next_timer()
        desk.drain()
    assert desk.clock.now() - FRIDAY_9AM == timedelta(hours=72)
    assert state(desk) == ("end_closed_unpaid", "cancelled")
    assert open_tasks(desk) == [], "nobody reminds any more"
    assert dispatches(desk) == []


def test_an_order_that_the_shop_has_as_paid_is_not_closed(desk: ShopDesk) -> None:
    """The message was lost: the order's row is the truth."""
    with desk.db.begin() as tx:
        tx.connection.execute(update(shop_order).values(order_stage="picking"))
    while state(desk)[0] is None:
        desk.next_timer()
        desk.drain()
    assert state(desk) == ("end_paid", "picking")
    assert dispatches(desk) == []
