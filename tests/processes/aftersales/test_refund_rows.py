"""One refund is one row of 退款登记表 (a28 with S2), money is paid once, and a refund to a card is looked after."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from engine import canonical, formcheck
from engine.clock import VirtualClock
from engine.model import Value
from engine.scenarios import Scenario
from engine.scenarios.play import Play
from engine.scenarios.stage import START
from engine.store.database import Database
from engine.store.tables import outbox, process_instance, register_row
from tests.processes.process_drawing import ROOT
from tests.processes.scenario_files import scenarios_of
from tests.processes.test_process_records import deployed

__all__ = ["deployed"]


def scenario(process: str, no: str) -> Scenario:
    return scenarios_of(process)[no]


def rows(db: Database, register: str) -> list[dict[str, Value]]:
    query = select(register_row.c["values"]).where(register_row.c.register == register).order_by(register_row.c.id)
    with db.read() as connection:
        return [canonical.decode(row[0]) for row in connection.execute(query)]


def play(db: Database, process: str, no: str) -> None:
    assert Play(scenario(process, no), db, VirtualClock(START)).run().problem is None


def test_an_application_and_its_payment_are_one_row(deployed: Database) -> None:
    play(deployed, "a28_finance_refund", "a28-A1")
    (row,) = rows(deployed, "refund_register")
    assert (row["refund_no"], row["refund_kind"], row["method"]) == ("TK20260102-0001", "partial", "platform")
    assert (row["pay_method"], row["payment_no"], row["paid_amount"]) == ("original", "P5", Decimal("0.01"))
    assert row["status"] == "已打款"


def test_an_application_that_finance_gave_back_keeps_its_own_row(deployed: Database) -> None:
    play(deployed, "a28_finance_refund", "a28-A6")
    first, second = rows(deployed, "refund_register")
    assert (first["refund_no"], first["status"], "payment_no" in first) == ("TK20260102-0001", "未支付", False)
    assert (second["refund_no"], second["status"]) == ("TK20260102-0002", "已打款")
    assert second["paid_amount"] == Decimal(180)


@pytest.mark.parametrize(
    ("process", "no", "refunded"),
    [
        ("a10_unshipped_refund", "a10-A7", "110"),
        ("a10_unshipped_refund", "a10-A8", "80"),
        ("a11_shipped_refund", "a11-A5", "88.8"),
        ("a12_received_return", "a12-A4", "180"),
    ],
)
def test_a_refund_is_paid_once(deployed: Database, process: str, no: str, refunded: str) -> None:
    play(deployed, process, no)
    assert [row["paid_amount"] for row in rows(deployed, "refund_register")] == [Decimal(refunded)]


def test_a_compensation_for_a_broken_promise_is_paid_once(deployed: Database) -> None:
    play(deployed, "a10_unshipped_refund", "a10-A7")
    (row,) = rows(deployed, "compensation_register")
    assert (row["comp_amount"], row["paid_amount"], row["status"]) == (Decimal(30), Decimal(30), "已打款")


def test_what_was_not_agreed_is_not_called_settled_as_agreed(deployed: Database) -> None:
    play(deployed, "a11_shipped_refund", "a11-A6")
    (row,) = rows(deployed, "service_register")
    assert (row["result"], row["status"]) == ("已转维权", "已结")


@pytest.mark.parametrize(("no", "told"), [("a08-S09", "TB-1"), ("a08-S11", "请在平台上查看")])
def test_a_buyer_whom_the_platform_turns_down_is_told_where_to_look(deployed: Database, no: str, told: str) -> None:
    play(deployed, "a08_platform_aftersale_task", no)
    with deployed.read() as connection:
        (text,) = connection.execute(select(outbox.c.text).where(outbox.c.template == "M-A08-REJECTED")).scalars()
    assert text == f"平台审核:该售后申请不予支持,介入编号{told}。"


def test_a_refund_to_a_card_opens_a_case_that_asks_whether_it_has_come(deployed: Database) -> None:
    play(deployed, "a28_finance_refund", "a28-S02")
    of_promise = select(process_instance.c.variables).where(process_instance.c.process_id == "a30_promise_followup")
    with deployed.read() as connection:
        (row,) = connection.execute(of_promise).all()
    promise = canonical.decode(row.variables)
    asked = ("order_id", "customer_id", "channel", "promise_text", "due", "promised_by", "flag_note")
    assert promise["promise_text"] == "核实信用卡退款是否到账"
    assert (promise["due"] - START).days >= 30
    form = formcheck.load((ROOT / "forms/a30_promise_followup/start.form").read_bytes())
    given = {name: promise[name] for name in asked}
    errors = formcheck.check_values(form, given, {"order": None, "parcel": None}, now=START).errors
    assert "flag_note" not in errors
