"""The shipped flows, one opening the other: paid → dispatch (07) → tracking (05) → return (12) → rights claim (13)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine import shop
from engine.clock import VirtualClock
from engine.errors import NotYourTurn
from engine.model import SYSTEM, Actor
from engine.queries import Queries
from engine.shop.rows import RowKind
from engine.store.database import Database
from engine.store.tables import process_instance
from tests.engine.shop_desk import COURIER, FINANCE, PRESALES, ShopDesk

ORDER = {
    "order_id": "SO-7",
    "customer_id": "C-88",
    "channel": "marketplace",
    "order_stage": "paid",
    "order_amount": "200",
    "items": "杯子×2",
    "receiver_name": "张三",
    "receiver_phone": "13800000000",
    "receiver_address": "浙江省杭州市西湖区1号",
}


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> ShopDesk:
    """All the shipped processes."""
    return ShopDesk(db, clock, processes=())


def take(desk: ShopDesk, kind: RowKind, **cells: object) -> shop.ImportReport:
    report = shop.import_rows(desk.runtime, [(1, kind, cells)])
    assert report.problems == []
    desk.drain()
    return report


def cases(desk: ShopDesk, process_id: str) -> list[int]:
    query = select(process_instance.c.key).where(process_instance.c.process_id == process_id)
    with desk.db.read() as connection:
        return list(connection.execute(query.order_by(process_instance.c.key)).scalars())


def column(desk: ShopDesk, key: int, name: str) -> object:
    with desk.db.read() as connection:
        found = select(process_instance.c[name]).where(process_instance.c.key == key)
        return connection.execute(found).scalar_one()


def dispatched(desk: ShopDesk) -> int:
    """An order that was paid, dispatched and is tracked; gives the case of tracking."""
    take(desk, RowKind.ORDER, **ORDER)
    desk.dispatch_until_sent()
    desk.drain()
    (tracking,) = cases(desk, "p05_order_tracking")
    return tracking


def news(desk: ShopDesk, stage: str) -> None:
    desk.clock.advance(timedelta(hours=1))
    take(desk, RowKind.PARCEL, waybill_no="YT2", stage=stage, location="杭州", last_update_at=desk.clock.now())


def test_a_paid_order_is_dispatched_once_and_tracked_until_it_is_signed(desk: ShopDesk) -> None:
    tracking = dispatched(desk)
    (dispatch,) = cases(desk, "p07_delivery")
    assert column(desk, tracking, "parent_case_id") == str(dispatch)
    assert column(desk, tracking, "order_id") == "SO-7"
    assert take(desk, RowKind.ORDER, **ORDER).changed == 0
    desk.runtime.publish("msg_order_paid", "SO-7", {"order_id": "SO-7"}, actor=SYSTEM)
    assert cases(desk, "p07_delivery") == [dispatch]
    for stage in ("collected", "in_transit", "delivering"):
        news(desk, stage)
        assert column(desk, tracking, "status") == "active"
    news(desk, "signed")
    assert (column(desk, tracking, "status"), column(desk, tracking, "end_state")) == ("completed", "end_signed")


def test_a_rejected_parcel_opens_a_return_and_that_a_rights_claim(desk: ShopDesk) -> None:
    tracking = dispatched(desk)
    news(desk, "rejected")
    desk.complete("contact_receiver", COURIER, receiver_status="rejected")
    desk.drain()
    (returned,) = cases(desk, "p12_return")
    assert column(desk, returned, "parent_case_id") == str(tracking)
    assert column(desk, returned, "customer_id") == "C-88"
    queries = Queries(desk.db, desk.definitions, desk.clock)
    boss = Actor(id="chen", groups=frozenset({"supervisor"}))
    assert [case.case_id for case in queries.case(str(tracking), boss).linked] == [str(returned)]
    opened_from = queries.case(str(returned), boss).opened_from
    assert opened_from is not None
    assert (opened_from.case_id, opened_from.name) == (str(tracking), "订单追踪流程")


def test_who_refuses_the_compensation_gets_a_rights_claim_of_the_same_people(desk: ShopDesk) -> None:
    take(desk, RowKind.ORDER, **ORDER)
    given = {"description": "要退货", "return_reason": "quality"}
    key = desk.runtime.start("p12_return", {**ORDER, **given, "order_amount": Decimal(200)}, COURIER).instance_key
    desk.complete("review_return_reason", COURIER, reason_retainable=False)
    desk.drain()
    conditions = {"goods_intact": True, "non_returnable_kind": False, "quality_issue": True, "seller_fault": False}
    desk.complete("check_return_conditions", COURIER, days_since_received=Decimal(20), **conditions)
    desk.drain()
    desk.complete("record_customer_stance", COURIER, insists=True)
    desk.drain()
    desk.complete("offer_loss_compensation", COURIER, accepts_loss=False)
    desk.drain()
    (claim,) = cases(desk, "p13_rights_protection")
    found = [
        column(desk, claim, name) for name in ("parent_case_id", "first_owner", "owner", "order_id", "customer_id")
    ]
    assert found == [str(key), "li", "li", "SO-7", "C-88"]
    assert desk.task("verify_complaint"), "nothing is missing: channel and description came along"


def test_a_parcel_that_was_not_stopped_is_exchanged_once_it_is_signed(desk: ShopDesk) -> None:
    dispatched(desk)
    given = {"description": "换红色", "change_type": "product", "new_items": "红色 L", "price_difference": Decimal(0)}
    key = desk.runtime.start("p06_order_change", {**ORDER, **given}, COURIER).instance_key
    desk.complete("check_ship_status", PRESALES, order_stage="shipped")
    desk.drain()
    desk.complete("intercept_parcel", COURIER, intercept_ok=False, intercept_fail_reason="已派送")
    desk.drain()
    (exchange,) = cases(desk, "p09_exchange")
    assert column(desk, exchange, "parent_case_id") == str(key)
    open_tasks = "SELECT count(*) FROM user_task WHERE status = 'open' AND instance = :key"
    assert desk.column(open_tasks, key=exchange) == [0], "the parcel is on its way"
    news(desk, "signed")
    desk.clock.advance(timedelta(hours=6))
    desk.drain()
    assert desk.column(open_tasks, key=exchange) == [1]


def test_money_for_a_difference_goes_to_the_case_that_waits_for_it(desk: ShopDesk) -> None:
    take(desk, RowKind.ORDER, **ORDER | {"order_stage": "unpaid"})
    key = desk.runtime.start("s04_price_difference", {**ORDER, "price_difference": Decimal(30)}, SYSTEM).instance_key
    desk.drain()
    less = {"case_id": str(key), "payment_no": "P0", "amount": "29"}
    report = shop.import_rows(desk.runtime, [(1, RowKind.PAYMENT, less)])
    assert [problem.text for problem in report.problems] == ["少于应收金额,请核对;客户没有付足时先不要登记。"]
    take(desk, RowKind.PAYMENT, order_id="SO-7", payment_no="P1", amount="30")
    assert column(desk, key, "end_state") == "end_difference_paid"


def test_invoices_are_issued_in_the_order_of_their_numbers(desk: ShopDesk) -> None:
    keys = [
        desk.runtime.start("p11_invoice", {**ORDER, "order_id": f"SO-{n}", "urgent": False}, PRESALES).instance_key
        for n in (1, 2)
    ]
    desk.drain()
    with desk.db.read() as connection:
        waiting = connection.exec_driver_sql(
            "SELECT id FROM user_task WHERE element = 'confirm_invoice_application' ORDER BY id DESC"
        ).scalars()
        tasks = list(waiting)
    for task in tasks:
        answers = {"applied": True, "title_type": "personal", "invoice_title": "张三", "invoice_amount": Decimal(200)}
        desk.runtime.complete(task, answers, PRESALES)
        desk.drain()
    issued = [
        desk.column("SELECT id FROM user_task WHERE element = 'issue_invoice' AND instance = :key", key=key)[0]
        for key in keys
    ]
    done = {"issue_result": "issued", "invoice_no": "INV1"}
    with pytest.raises(NotYourTurn) as refused:
        desk.runtime.complete(int(str(issued[0])), done, FINANCE)
    assert refused.value.case_id == str(keys[1])
    desk.runtime.complete(int(str(issued[1])), done, FINANCE)
    desk.runtime.complete(int(str(issued[0])), done | {"invoice_no": "INV2"}, FINANCE)
