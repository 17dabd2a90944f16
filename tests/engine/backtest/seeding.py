"""Past cases of a shop: compensations and returns of random amounts, worked on as agents and finance would.

What each case came to is kept beside it, in plain numbers, so that a back-test can be held against arithmetic.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select

from engine.clock import VirtualClock
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.model import Variables
from engine.runtime import Runtime
from engine.scenarios.people import person
from engine.store.database import Database
from engine.store.tables import process_instance, user_task
from engine.worker import Worker

WHO = {
    "assess_compensation": "aftersales",
    "negotiate_compensation": "aftersales",
    "approve_by_supervisor": "supervisor",
    "approve_by_manager": "dept_manager",
    "finance_pay": "finance",
    "review_return_reason": "aftersales",
    "check_return_conditions": "aftersales",
    "record_customer_stance": "aftersales",
    "offer_loss_compensation": "aftersales",
}


@dataclass(frozen=True)
class Seeded:
    """One case as it was worked on."""

    case_id: str
    order_amount: Decimal
    #: What was offered first, and after a no.
    first: Decimal
    second: Decimal
    #: What the person who was asked said; None: nobody had to be asked.
    approved: bool | None
    #: Whether the customer took it; False: never answered.
    accepted: bool
    paid: Decimal


class Hands:
    """Works on cases as people would."""

    def __init__(self, db: Database, clock: VirtualClock, seed: int) -> None:
        self.db, self.clock, self.random = db, clock, random.Random(seed)
        self.definitions = Definitions(db, clock)
        self.runtime = Runtime(db, clock, self.definitions, CONNECTORS)
        self.worker = Worker(self.runtime, deliver=lambda _message: None, looks=())

    def do(self, key: int, element: str, variables: Variables) -> None:
        self.worker.drain(looks=False)
        task = self.open_task(key, element)
        self.runtime.complete(task, variables, person(WHO[element]))
        self.worker.drain(looks=False)

    def open_task(self, key: int, element: str) -> int:
        """The open task of a case at an element."""
        which = (user_task.c.case_id == str(key), user_task.c.element == element, user_task.c.status == "open")
        with self.db.read() as connection:
            return connection.execute(select(user_task.c.id).where(*which)).scalar_one()

    def row(self, key: int) -> Any:
        """The root's row."""
        with self.db.read() as connection:
            return connection.execute(select(process_instance).where(process_instance.c.key == key)).one()


class Seeder(Hands):
    """Makes cases of p01_compensation."""

    def make(self, n: int) -> list[Seeded]:
        """So many cases."""
        return [self._case(number) for number in range(n)]

    def _case(self, number: int) -> Seeded:
        chance = self.random
        order = Decimal(chance.choice([60, 100, 199, 500]))
        cents = chance.choice([3000, 3001, 5000, 5001, chance.randint(500, 8000), chance.randint(3000, 5000)])
        first = min(Decimal(cents) / 100, order)
        second = Decimal(chance.randint(500, 3000)) / 100
        level = level_of(first, order, Decimal(30))
        approved = None if level == "none" else chance.random() < 0.6
        accepted = chance.random() < 0.85
        start = {
            "order_id": f"BT-{number}", "customer_id": f"C-{number}", "channel": "marketplace", "description": "破损",
            "issue_type": "damaged", "order_amount": order,
        }  # fmt: skip
        key = self.runtime.start("p01_compensation", start, person("aftersales")).instance_key
        self._assess(key, first)
        amount = first
        if approved is not None:
            said = "supervisor_approved" if level == "supervisor" else "manager_approved"
            note = said.replace("approved", "note")
            element = "approve_by_supervisor" if level == "supervisor" else "approve_by_manager"
            self.do(key, element, {said: approved} if approved else {said: False, note: "少一点"})
            if not approved:
                self._assess(key, second)
                amount = second
        if accepted:
            self.do(key, "negotiate_compensation", {"customer_decision": "accept"})
            self.do(key, "finance_pay", {"pay_ok": True, "payment_no": f"P{number}", "paid_amount": amount})
            self.clock.advance_to(self.clock.now() + timedelta(minutes=7))
        else:
            self.clock.advance_to(self.clock.now() + timedelta(days=4))
            self.worker.drain()
        return Seeded(
            case_id=str(key), order_amount=order, first=first, second=second, approved=approved, accepted=accepted,
            paid=amount if accepted else Decimal(0),
        )  # fmt: skip

    def _assess(self, key: int, amount: Decimal) -> None:
        given = {"responsibility": "seller", "comp_amount": amount, "comp_reason": "破损", "pay_method": "original"}
        self.do(key, "assess_compensation", given)


@dataclass(frozen=True)
class Lost:
    """A return against the rules, with what was offered in its place."""

    case_id: str
    order_amount: Decimal
    accepted: bool
    paid: Decimal


class LossSeeder(Hands):
    """Makes cases of p12_return in which the customer insists and is offered a part of the price."""

    def make(self, n: int) -> list[Lost]:
        """So many cases."""
        return [self._case(number) for number in range(n)]

    def _case(self, number: int) -> Lost:
        order = Decimal(self.random.choice([1, 3, 19999, 33333, self.random.randint(500, 90_000)])) / 100
        accepted = self.random.random() < 0.7
        start = {
            "order_id": f"LS-{number}", "customer_id": f"C-{number}", "channel": "marketplace", "description": "不想要",
            "return_reason": "no_reason", "order_amount": order,
        }  # fmt: skip
        key = self.runtime.start("p12_return", start, person("aftersales")).instance_key
        self.do(key, "review_return_reason", {"reason_retainable": False})
        conditions = dict.fromkeys(("goods_intact", "non_returnable_kind", "quality_issue", "seller_fault"), False)
        self.do(key, "check_return_conditions", {"days_since_received": Decimal(9), **conditions})
        self.do(key, "record_customer_stance", {"insists": True})
        self.do(key, "offer_loss_compensation", {"accepts_loss": accepted})
        paid = part_of(order, Decimal("0.30")) if accepted else Decimal(0)
        if accepted:
            self.do(key, "finance_pay", {"pay_ok": True, "payment_no": f"P{number}", "paid_amount": paid})
        self.clock.advance_to(self.clock.now() + timedelta(minutes=7))
        return Lost(case_id=str(key), order_amount=order, accepted=accepted, paid=paid)


def part_of(order: Decimal, rate: Decimal) -> Decimal:
    """A part of the price in 元, half a 分 up, at least one 分."""
    return max((order * rate).quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal("0.01"))


def level_of(amount: Decimal, order: Decimal, limit: Decimal) -> str:
    """Who has to approve, by the words of the catalogue: up to the limit nobody, up to 30 % the supervisor."""
    if amount <= limit:
        return "none"
    ratio = (amount / order).quantize(Decimal("0.0001"))
    return "supervisor" if ratio <= Decimal("0.30") else "manager"


def expected(case: Seeded, limit: Decimal) -> tuple[str, Decimal]:
    """What arithmetic says of a compensation under another limit: the verdict, and what is paid."""
    if level_of(case.first, case.order_amount, Decimal(30)) == level_of(case.first, case.order_amount, limit):
        return "same", case.paid
    if case.approved:  # who was asked agreed: the same sum by a shorter way
        return "path", case.paid
    return "path", case.first if case.accepted else Decimal(0)


def with_limit(table: bytes, limit: int) -> bytes:
    """compensation_approval with another limit below which nobody has to be asked."""
    head, mark, tail = table.decode().partition("rule_compensation_approval_4")
    assert "&lt;= 30<" in head
    head = head.replace("&lt;= 30<", f"&lt;= {limit}<").replace("&gt; 30<", f"&gt; {limit}<")
    return (head + mark + tail).encode()


def fen(amount: Decimal) -> int:
    """分."""
    return int(amount * 100)
