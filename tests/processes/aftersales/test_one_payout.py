"""A repair ticket that becomes a return that becomes an exchange that is dispatched: the money moves once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine import canonical, shop
from engine.clock import VirtualClock
from engine.errors import NotAllowed
from engine.model import Actor, Value
from engine.shop.rows import RowKind
from engine.store.database import Database
from engine.store.tables import process_instance, register_row
from tests.engine.shop_desk import COURIER, DELIVERY, FINANCE, ShopDesk

ORDER = {
    "order_id": "SO-9",
    "customer_id": "C-9",
    "channel": "marketplace",
    "shop": "旗舰店",
    "order_stage": "signed",
    "order_amount": "200",
    "paid_at": "2026-01-01 10:00",
    "items": "电水壶K1×1",
    "receiver_name": "张三",
    "receiver_phone": "13800000000",
    "receiver_address": "浙江省杭州市西湖区1号",
}
SECOND = Actor(id="zhou", name="周会计", groups=frozenset({"finance"}))


@pytest.fixture
def desk(db: Database, clock: VirtualClock) -> ShopDesk:
    """All the shipped processes, and an order that was signed."""
    found = ShopDesk(db, clock, processes=())
    report = shop.import_rows(found.runtime, [(1, RowKind.ORDER, ORDER)])
    assert report.problems == []
    return found


def do(desk: ShopDesk, element: str, actor: Actor, **variables: object) -> None:
    desk.complete(element, actor, **variables)
    desk.drain()


def rows(desk: ShopDesk, register: str) -> list[dict[str, Value]]:
    query = select(register_row.c["values"]).where(register_row.c.register == register).order_by(register_row.c.id)
    with desk.db.read() as connection:
        return [canonical.decode(row[0]) for row in connection.execute(query)]


def instances(desk: ShopDesk) -> list[tuple[str, str]]:
    query = select(process_instance.c.process_id, process_instance.c.case_id).order_by(process_instance.c.key)
    with desk.db.read() as connection:
        return [(row.process_id, row.case_id) for row in connection.execute(query)]


def ticket(desk: ShopDesk, plan: str) -> str:
    """A repair ticket up to what was agreed; gives its case."""
    given = {**ORDER, "order_amount": Decimal(200), "report_kind": "repair", "contact_channel": "wangwang"}
    started = desk.runtime.start("a01_repair_ticket", {**given, "raw_message": "壶不加热"}, COURIER)
    desk.drain()
    do(desk, "register_repair", COURIER, customer_name="张三", contact="13800000000", problem_desc="不加热")
    do(desk, "confirm_problem", COURIER, contacted=True, confirmed_problem="不加热", severity="normal")
    day = (desk.clock.now() + timedelta(days=3)).date()
    do(desk, "make_plan", COURIER, plan_type=plan, plan_detail="退货退款", promised_date=day)
    do(desk, "confirm_plan", COURIER, plan_accepted=True)
    return started.case_id


def exchange_instead(desk: ShopDesk, case_id: str) -> None:
    """The return keeps the customer by an exchange for something 30 元 cheaper; the goods come back in order."""
    do(desk, "review_return_reason", COURIER, reason_retainable=True)
    kept = {"retention_offer": "exchange", "retained": True, "target_kind": "other_product", "target_sku": "K0"}
    do(desk, "retain_customer", COURIER, **kept, price_difference=Decimal(-30))
    conditions = {"is_unopened": True, "days_since_received": Decimal(1), "tags_intact": True, "quality_issue": True}
    do(desk, "check_exchange_conditions", COURIER, **conditions, seller_fault=False, logistics_fault=False)
    sent = {"return_waybill_no": "SF1", "courier": "顺丰"}
    desk.runtime.publish("msg_customer_shipped_back", case_id, sent, actor=COURIER)
    desk.drain()
    do(desk, "inspect_exchange_goods", DELIVERY, return_waybill_no="SF1", exchange_inspect_ok=True)


def test_a_ticket_a_return_an_exchange_and_a_dispatch_pay_the_difference_once(desk: ShopDesk) -> None:
    case_id = ticket(desk, "return")
    exchange_instead(desk, case_id)
    # The difference, and nothing else: neither the return nor the dispatch pays.
    with pytest.raises(NotAllowed):
        desk.complete("finance_pay", COURIER, pay_ok=True, payment_no="P0", paid_amount=Decimal(30))
    do(desk, "finance_pay", FINANCE, pay_ok=True, payment_no="P1", paid_amount=Decimal(30))
    desk.dispatch_until_sent()
    desk.drain()
    do(desk, "collect_feedback", COURIER, satisfaction=Decimal(5), feedback="好")
    do(desk, "analyse_feedback", COURIER, root_cause="product", lesson="来料检验")
    do(desk, "confirm_resolved", COURIER, resolved=True)
    do(desk, "close_ticket", COURIER, close_summary="改为换货", flag_note="【换K0,退差价30元 娜/1.2】")

    called = [process for process, case in instances(desk) if case == case_id]
    for process in ("a01_repair_ticket", "p12_return", "p09_exchange", "s04_price_difference", "p07_delivery"):
        assert called.count(process) == 1, process
    assert called.count("s02_payout") == 1
    (paid,) = rows(desk, "refund_register")
    assert (paid["status"], paid["paid_amount"], paid["payment_no"]) == ("已打款", Decimal(30), "P1")
    assert [row for row in rows(desk, "compensation_register") if row.get("status")] == []
    assert desk.column("SELECT count(*) FROM user_task WHERE status = 'open' AND case_id = :case", case=case_id) == [0]
    assert desk.column("SELECT end_state FROM process_instance WHERE case_id = :case AND depth = 0", case=case_id) == [
        "end_ticket_closed"
    ]


def test_what_one_case_has_paid_is_not_paid_by_another(desk: ShopDesk) -> None:
    """The ticket pays 30 元 back; the refund of the whole order that follows finds only 170 left without a manager."""
    case_id = ticket(desk, "return")
    exchange_instead(desk, case_id)
    do(desk, "finance_pay", FINANCE, pay_ok=True, payment_no="P1", paid_amount=Decimal(30))
    asked = {**ORDER, "order_amount": Decimal(200), "refund_type": "refund_only", "reason": "wrong_missing"}
    more = {"trade_stage": "after", "amount": Decimal(200), "applied_at": desk.clock.now(), "is_express": False}
    desk.runtime.start("a09_refund_request", {**asked, **more, "description": "还要退款"}, COURIER)
    desk.drain()
    do(desk, "review_refund", COURIER, decision="agree", refund_split=True)
    assert desk.task("approve_excess"), "more than what is left of the order asks the manager"
    waiting = select(process_instance.c.variables).where(process_instance.c.process_id == "s02_payout")
    with desk.db.read() as connection:
        last = canonical.decode(connection.execute(waiting.order_by(process_instance.c.key.desc())).first()[0])
    assert (last["paid_out"], last["remaining"]) == (Decimal(30), Decimal(170))


def test_whoever_opened_a_negotiation_does_not_authorise_its_compensation(desk: ShopDesk) -> None:
    """What a manager authorises needs no approval by S3, so the same rule holds: not the starter, not who acted."""
    opener = Actor(id="chen", name="陈店长", groups=frozenset({"dept_manager"}))
    other = Actor(id="du", name="杜店长", groups=frozenset({"dept_manager"}))
    given = {**ORDER, "order_amount": Decimal(200), "raw_complaint": "开线了,要投诉"}
    desk.runtime.start("a05_negotiation_ladder", given, opener)
    desk.drain()
    asked = {"problem_clear": True, "problem_type": "quality", "problem_detail": "开线", "evidence_ok": True}
    do(desk, "guide_buyer", COURIER, **asked, rights_intent=True, buyer_asks="none")
    advice = {"advice": "可赔到150元", "manager_allows_direct": False, "authorised_amount": Decimal(150)}
    with pytest.raises(NotAllowed):
        desk.complete("manager_assist", opener, **advice)
    do(desk, "manager_assist", other, **advice)
    assert desk.task("propose_first_plan")
