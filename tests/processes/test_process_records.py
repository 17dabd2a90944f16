"""What a case of the shipped processes leaves behind: rows of the registers, and texts to people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from engine import canonical
from engine.clock import SHANGHAI, VirtualClock, from_microseconds, to_microseconds
from engine.model import Value
from engine.scenarios import Result, Scenario
from engine.scenarios.play import Play
from engine.scenarios.stage import START
from engine.store.database import Database
from engine.store.tables import outbox, register_row, shop_order
from tests.processes.scenario_files import all_scenarios


@pytest.fixture
def deployed(shipped_database: Path, tmp_path: Path) -> Iterator[Database]:
    """A database with the shipped processes."""
    shutil.copy(shipped_database, tmp_path / "deployed.db")
    db = Database.open(f"sqlite:///{tmp_path / 'deployed.db'}")
    yield db
    db.close()


def play(db: Database, scenario: str | Scenario) -> Result:
    found = all_scenarios()[scenario] if isinstance(scenario, str) else scenario
    result = Play(found, db, VirtualClock(START)).run()
    assert result.problem is None
    return result


def know_order(db: Database, stage: str, **facts: Value) -> None:
    """Put the scenarios' order SO-1001 into the shop's tables."""
    row = {
        "order_id": "SO-1001",
        "customer_id": "C-88",
        "channel": "marketplace",
        "order_stage": stage,
        "facts": canonical.encode(facts),
        "updated_at": to_microseconds(START),
    }
    with db.begin() as tx:
        tx.connection.execute(insert(shop_order).values(row))


def rows(db: Database) -> dict[str, dict[str, Value]]:
    """Register → its only row."""
    with db.read() as connection:
        found = connection.execute(select(register_row.c.register, register_row.c["values"])).all()
    assert len({row.register for row in found}) == len(found)
    return {row.register: canonical.decode(row.values) for row in found}


def texts(db: Database, audience: str) -> list[tuple[str, str]]:
    """(element, text) of what was written to an audience, in order."""
    query = select(outbox.c.element, outbox.c.text).where(outbox.c.audience == audience).order_by(outbox.c.id)
    with db.read() as connection:
        return [(row.element, row.text) for row in connection.execute(query)]


def test_the_exception_row_keeps_the_lost_waybill_when_the_goods_were_sent_again(deployed: Database) -> None:
    play(deployed, "10-A6")
    found = rows(deployed)
    exception = {"logistics_exception_register", "courier_claim_register"}
    # What was sent again is tracked by a case of its own.
    assert set(found) == exception | {"shipment_register", "tracking_register"}
    exception = found["logistics_exception_register"]
    assert exception.pop("declared_lost_at").astimezone(SHANGHAI) == START
    case_id = exception.pop("case_id")
    assert exception == {
        "order_id": "SO-1001",
        "waybill_no": "YT1",
        "courier": "圆通",
        "hours_since_update": Decimal(80),
        "stuck_in_region": False,
        "logistics_status": "lost",
        "search_result": "not_found",
        "result": "reshipped",
    }
    shipment = found["shipment_register"]
    assert shipment["case_id"] == case_id
    assert (shipment["waybill_no"], shipment["dispatch_kind"], shipment["result"]) == ("YT2", "reship", "dispatched")
    claim = found["courier_claim_register"]
    assert (claim["claim_no"], claim["claim_amount"]) == ("CL3", Decimal(120))
    assert set(claim) == {"claim_no", "claim_amount", "claimed_at"}


def test_a_cancelled_dispatch_leaves_no_waybill_of_an_earlier_parcel_in_its_row(deployed: Database) -> None:
    play(deployed, "10-A7")
    found = rows(deployed)
    assert found["shipment_register"]["result"] == "cancelled"
    assert not {"waybill_no", "courier", "dispatched_at"} & set(found["shipment_register"])
    refund = found["refund_register"]
    assert (refund["payout_amount"], refund["payment_no"], refund["status"]) == (Decimal(120), "P9", "已打款")
    assert found["logistics_exception_register"]["result"] == "refunded"


def test_a_compensation_goes_to_its_own_register(deployed: Database) -> None:
    play(deployed, "S2-S1")
    found = rows(deployed)
    assert set(found) == {"compensation_register"}
    row = found["compensation_register"]
    assert (row["comp_amount"], row["pay_method"], row["status"]) == (Decimal(20), "original", "已打款")


def test_a_row_waits_for_the_payment_until_it_succeeds(deployed: Database) -> None:
    play(deployed, "S2-S2")
    row = rows(deployed)["refund_register"]
    assert (row["payment_no"], row["paid_amount"], row["pay_method"]) == ("P2", Decimal(199), "transfer")
    assert from_microseconds(0) < row["paid_at"]


def test_a_normal_parcel_leaves_no_row(deployed: Database) -> None:
    play(deployed, "10-S1")
    assert rows(deployed) == {}


def test_texts_speak_in_labels_and_say_none_where_nothing_is_known(deployed: Database) -> None:
    play(deployed, "10-S1")
    ((_, soothing),) = texts(deployed, "customer")
    assert "您的包裹YT1物流正常(最近更新24小时前,暂无)" in soothing
    ((_, reminder),) = texts(deployed, "courier")
    assert reminder.startswith("您好!运单YT1的客户正在催促")


def test_a_stalled_parcel_tells_the_customer_the_cause_and_reminds_the_staff_once(deployed: Database) -> None:
    play(deployed, "10-S4")
    assert [element for element, _ in texts(deployed, "customer")] == [
        "notify_watch",
        "notify_stalled",
        "notify_restored",
    ]
    assert "我们已与快递核实:网点积压,积压。" in texts(deployed, "customer")[1][1]
    assert texts(deployed, "staff") == [
        ("act_tm_contact_courier", "运单YT1:联系快递核实停滞原因已超过4小时,请尽快跟进。")
    ]


def test_a_silent_customer_is_asked_again_with_the_same_question(deployed: Database) -> None:
    play(deployed, "07-A5")
    asked = [
        text
        for element, text in texts(deployed, "customer")
        if element in ("ask_customer_info", "resend_customer_info")
    ]
    assert asked[0] == asked[1] != asked[2]
    assert "需要与您确认:中转仓/海外仓地址,需客户确认。" in asked[0]


def test_the_payment_text_does_not_double_the_word(deployed: Database) -> None:
    play(deployed, "S2-A2")
    ((_, text),) = texts(deployed, "customer")
    assert "订单SO-1001的退款 8.8 元已支付(红包,流水号P5)" in text


def test_goods_are_sent_again_to_the_orders_receiver_without_asking(deployed: Database) -> None:
    receiver = {"receiver_name": "李四", "receiver_phone": "13900000000", "receiver_address": "宁波…", "items": "B×2"}
    know_order(deployed, "shipped", **receiver)
    asked = all_scenarios()["10-A6"]
    known = {key: visits for key, visits in asked.do.items() if key != "call_reship/complete_inputs"}
    result = play(deployed, replace(asked, do=known))
    assert {name: result.variables[name] for name in receiver} == receiver


def test_an_order_cancelled_in_the_shop_is_neither_picked_nor_refunded(deployed: Database) -> None:
    know_order(deployed, "cancelled")
    play(deployed, replace(all_scenarios()["07-A2"], svc={}))
    assert set(rows(deployed)) == {"shipment_register"}


def test_a_sent_order_is_marked_as_shipped_with_its_waybill(deployed: Database) -> None:
    know_order(deployed, "paid")
    play(deployed, "07-S1")
    with deployed.read() as connection:
        found = connection.execute(select(shop_order.c.order_stage, shop_order.c.waybill_no)).one()
    assert tuple(found) == ("shipped", "YT1")
