"""What the shop tells reaches the cases: the import with the real runtime and the shipped processes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from engine import shop
from engine.model import SYSTEM
from engine.shop import RowKind
from tests.engine.queries.conftest import LOST, ORDER, PARCEL, Desk

STALLED = {**LOST, "hours_since_update": Decimal(50)}
BACKLOG = {"stall_cause": "backlog", "courier_reply": "积压", "confirmed_lost": False}


def take(desk: Desk, kind: RowKind, row: dict[str, str]) -> shop.ImportReport:
    report = shop.import_rows(desk.runtime, [(1, kind, row)])
    desk.worker.drain()
    return report


def test_a_paid_order_starts_its_dispatch_once_with_the_orders_facts(desk: Desk) -> None:
    paid = {**ORDER, "order_id": "SO-2002", "order_stage": "paid", "waybill_no": "", "courier": ""}
    for _ in range(2):
        take(desk, RowKind.ORDER, paid)
    take(desk, RowKind.ORDER, {**paid, "order_stage": "picking"})
    (case,) = desk.queries.cases(SYSTEM, text="SO-2002").rows
    assert (case.name, case.waits_for) == ("发货流程", ("核实客户信息(售前客服)",))
    task = desk.queries.task(desk.task("verify_customer_info"), desk.actor("pia"))
    assert task.context["receiver_phone"] == "13800001234"
    assert task.context["dispatch_kind"] == "order"
    assert task.row.amount == Decimal(199)


def test_a_parcel_that_moves_again_wakes_the_case_that_waits_for_it(desk: Desk) -> None:
    case_id = desk.start()
    desk.complete("check_logistics", **STALLED)
    desk.complete("contact_courier", **BACKLOG)
    desk.pass_time(timedelta(hours=1))
    report = take(desk, RowKind.PARCEL, {**PARCEL, "last_update_at": "2026-01-02T10:00", "location": "上海"})
    assert (report.messages, report.problems) == (1, [])
    case = desk.queries.case(case_id, desk.actor("ann"))
    assert (case.status, case.end_state_name) == ("completed", "物流已恢复")
    assert [message.template for message in case.messages] == ["T10D", "T10E"]


def test_news_from_before_the_wait_do_not_end_it(desk: Desk) -> None:
    case_id = desk.start()
    take(desk, RowKind.PARCEL, {**PARCEL, "last_update_at": "2026-01-02T08:59"})
    desk.complete("check_logistics", **STALLED)
    desk.complete("contact_courier", **BACKLOG)
    assert desk.queries.case(case_id, desk.actor("ann")).status == "active"


def test_a_dispatch_writes_order_and_parcel_and_pays_back_when_cancelled_by_four_eyes(desk: Desk) -> None:
    paid = {**ORDER, "order_id": "SO-2002", "order_stage": "paid", "waybill_no": "", "courier": ""}
    take(desk, RowKind.ORDER, paid)
    known = {"info_complete": False, "region_type": "normal", "courier_reachable": True, "receipt_affected": False}
    desk.complete("verify_customer_info", "pia", **known)
    desk.complete("contact_customer_info", "pia", info_reply="cancel")
    pay = desk.queries.task(desk.task("finance_pay"), desk.actor("cai"))
    assert (pay.may_claim, pay.row.amount, pay.row.process_name) == (True, Decimal(199), "登记并退款")
    both = desk.actor("pia").__class__(id="pia", name="小皮", groups=frozenset({"presales", "finance"}))
    refused = desk.queries.task(pay.row.id, both)
    assert (refused.may_claim, refused.may_complete) == (False, False)
    desk.complete("finance_pay", "cai", pay_ok=True, payment_no="P1", paid_amount=Decimal(199))
    case = desk.queries.cases(SYSTEM, text="SO-2002").rows[0]
    assert (case.status, case.end_state_name) == ("completed", "已取消退款")
    (message,) = [m for m in desk.queries.case(case.case_id, SYSTEM).messages if m.template == "TS2A"]
    assert "退款 199 元" in message.text
    assert "原路退回" in message.text
    (row,) = [r for r in desk.queries.case(case.case_id, SYSTEM).registers if r.register == "refund_register"]
    assert row.name == "退款登记表"


def test_a_whole_dispatch_leaves_the_order_shipped_and_its_parcel_followed(desk: Desk) -> None:
    case_id = desk.start_reship()
    known = {"info_complete": True, "region_type": "normal", "courier_reachable": True, "receipt_affected": False}
    desk.complete("verify_customer_info", "pia", **known)
    desk.complete("pick_goods", "cang", picked_complete=True)
    desk.complete("pack_goods", "cang", package_count=Decimal(1), packaging_done="together")
    desk.complete("weigh_parcel", "cang", weight_kg=Decimal("0.8"))
    desk.complete("enter_waybill", "cang", courier="顺丰", waybill_no="SF9")
    desk.complete("send_parcel", "cang", dispatched_at=desk.clock.now())
    case = desk.queries.case(case_id, desk.actor("ann"))
    assert (case.status, case.end_state_name) == ("completed", "丢件已重新发货")
    order, parcel = desk.queries.order_facts("SO-1001"), desk.queries.parcel_facts("SF9")
    assert order is not None
    assert parcel is not None
    assert (order["waybill_no"], order["order_stage"], order["courier"]) == ("SF9", "shipped", "顺丰")
    assert (parcel["order_id"], parcel["stage"]) == ("SO-1001", "awaiting_pickup")
    assert desk.queries.taken("waybills", "SF9")
    events = desk.queries.events(case_id, desk.actor("aud"), limit=2000)
    kinds = [(event.process_name, event.kind) for event in events]
    assert kinds.index(("发货流程", "instance.completed")) < kinds.index(("快递查询流程", "call.completed"))
    assert kinds[-1] == ("快递查询流程", "instance.completed")
