"""Transfers of the after-sales flows: the account that was asked for counts at once, however it was typed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.clock import VirtualClock
from engine.inspection.policy.pseudonyms import Pseudonyms
from engine.model import Actor
from engine.store.tables import policy_payment
from tests.engine.inspection.test_policy import ACCOUNT, MONDAY_NOON, SPACED, Till
from tests.engine.shop_desk import COURIER, DELIVERY, FINANCE, shipped_files

TECHNICIAN = Actor(id="lu", name="陆师傅", groups=frozenset({"technician"}))
COMMON = {"channel": "marketplace", "description": "屏幕有亮线", "order_amount": Decimal(500)}


@pytest.fixture
def till(empty_database: Path, tmp_path: Path) -> Iterator[Till]:
    path = tmp_path / "till.db"
    path.write_bytes(empty_database.read_bytes())
    made = Till(path, VirtualClock(MONDAY_NOON))
    made.definitions.deploy(shipped_files(), COURIER)
    yield made
    made.db.close()


def refund(till: Till, number: int, account: str | None) -> int:
    """An order that has not left is refunded (a10, a28): finance returns it, and it goes by transfer to the account.

    Without an account it goes back the way it came.
    """
    start = {
        **COMMON, "order_id": f"SO-{number}", "customer_id": f"C-{number}", "goods_amount": Decimal(500),
        "postage": Decimal(0), "refund_reason": "changed_mind", "method": "platform", "already_intercepted": False,
    }  # fmt: skip
    case = till.runtime.start("a10_unshipped_refund", start, COURIER).instance_key
    till.worker.drain()
    till.complete(case, "confirm_reason", COURIER, reason_confirmed="changed_mind", retained=False)
    till.complete(case, "warehouse_intercept", DELIVERY, intercepted=True)
    paid: dict[str, object] = {"pay_ok": True, "payment_no": f"P{number}", "paid_amount": Decimal(500)}
    if account is not None:
        till.complete(case, "finance_pay", FINANCE, pay_ok=False, pay_fail_reason="原支付账户已注销")
        corrected: dict[str, object] = {
            "amount": Decimal(500),
            "method": "transfer",
            "pay_account": account,
            "give_up": False,
        }
        till.complete(case, "correct_application", COURIER, **corrected)
        paid["pay_account"] = account
    till.complete(case, "finance_pay", FINANCE, **paid)
    till.clock.advance(timedelta(minutes=1))
    return case


def repair_fee(till: Till, number: int, account: str) -> int:
    """The fee of a repair abroad (a14), paid at once."""
    start = {
        **COMMON, "order_id": f"SO-{number}", "customer_id": f"C-{number}", "customer_email": "anna@example.com",
        "country": "俄罗斯", "problem_desc": "屏幕有亮线", "media": ["a.jpg"],
    }  # fmt: skip
    case = till.runtime.start("a14_overseas_repair", start, COURIER).instance_key
    till.worker.drain()
    till.complete(case, "assess_severity", TECHNICIAN, serious=False, assess_note="不影响使用")
    till.complete(case, "ask_local_repair", COURIER, local_repair=True, repair_quote=Decimal(80), quote_file=["q.pdf"])
    till.complete(case, "submit_repair_fee", COURIER, fee_amount=Decimal(80), payee=account, fee_reason="更换屏幕")
    till.complete(
        case, "finance_pay", FINANCE, pay_ok=True, payment_no=f"P{number}", paid_amount=Decimal(80), pay_account=account
    )
    till.clock.advance(timedelta(minutes=1))
    return case


def test_transfers_that_never_failed_are_known_by_their_payee(till: Till) -> None:
    refund(till, 1, f"工商银行 {SPACED} 王某")
    till.bring()
    assert till.rules() == []
    refund(till, 2, None)
    repair_fee(till, 3, ACCOUNT)
    till.bring()
    assert till.rules() == []
    last = refund(till, 4, f"王某 {ACCOUNT}")
    till.bring()
    (found,) = till.found()
    assert (found.rule, found.case_id) == ("same_payee", str(last))
    assert found.title == "同一收款账户 30 天内出现在 3 张工单"


def test_who_said_the_amount_of_such_a_payment_is_its_proposer(till: Till) -> None:
    repair_fee(till, 1, ACCOUNT)
    refund(till, 2, None)
    till.bring()
    with till.db.read() as connection:
        fee, back = connection.execute(select(policy_payment).order_by(policy_payment.c.at))
    assert (fee.proposer, fee.payer, fee.kind, fee.amount) == ("li", "qian", "refund", 8000)
    assert fee.payee == Pseudonyms(till.db.file).payee(ACCOUNT)
    assert (back.proposer, back.payee) == ("li", None)


@pytest.mark.parametrize(
    "written",
    ["6222 0202-0011 2233", "工商银行 6222020200112233 王某", "王某6222020200112233工行", "6222020200112233"],
)
def test_bank_and_name_beside_an_account_do_not_hide_it(tmp_path: Path, written: str) -> None:
    known = Pseudonyms(tmp_path / "a.db")
    assert known.payee(written) == known.payee(ACCOUNT)


def test_accounts_without_a_long_number_are_told_apart_by_all_that_is_written(tmp_path: Path) -> None:
    known = Pseudonyms(tmp_path / "a.db")
    accounts = ["anna@example.com", "bert@example.com", "柜台现金 王某", "柜台现金 李某", "6222020200112234"]
    assert len({known.payee(one) for one in accounts}) == len(accounts)
    assert known.payee("PayPal: Anna@Example.com") == known.payee("anna@example.com")
