"""A desk with the shipped processes deployed, a few people and one order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import accounts, shop
from engine.clock import VirtualClock
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.model import SYSTEM, Actor
from engine.queries import Queries
from engine.runtime import Runtime
from engine.shop import RowKind
from engine.store.database import Database
from engine.worker import Worker

ROOT = Path(__file__).parents[3]
HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$iwWd1Yb3MZlVq2WYK0MWgA"
PEOPLE = {
    "ann": ("安妮", "aftersales"),
    "bob": ("阿宝", "aftersales"),
    "pia": ("小皮", "presales"),
    "cang": ("小陈", "warehouse"),
    "cai": ("财叔", "finance"),
    "sup": ("主管", "supervisor"),
    "aud": ("审计员", "auditor"),
    "own": ("流程员", "process_owner"),
    "adm": ("管理员", "admin"),
}
ORDER = {
    "order_id": "SO-1001",
    "customer_id": "C-88001",
    "channel": "marketplace",
    "order_stage": "shipped",
    "order_amount": "199",
    "items": "杯子×2",
    "receiver_name": "张三",
    "receiver_phone": "13800001234",
    "receiver_address": "浙江省杭州市文三路1号",
    "waybill_no": "YT1",
    "courier": "圆通",
}
PARCEL = {"waybill_no": "YT1", "stage": "in_transit", "location": "杭州", "last_update_at": "2025-12-30T01:00"}
START = {
    "order_id": "SO-1001",
    "customer_id": "C-88001",
    "channel": "marketplace",
    "description": "三天没更新了",
    "waybill_no": "YT1",
    "courier": "圆通",
    "order_amount": Decimal(199),
}
LOST = {
    "hours_since_update": Decimal(80),
    "stuck_in_region": False,
    "customer_urges": True,
    "last_location": "杭州",
}


def files() -> dict[str, bytes]:
    """The shipped processes and forms."""
    paths = [*(ROOT / "processes").rglob("*"), *(ROOT / "forms").rglob("*.form")]
    return {str(path): path.read_bytes() for path in paths if path.suffix in {".bpmn", ".dmn", ".txt", ".form"}}


@dataclass
class Desk:
    """Everything a test of the read side needs."""

    db: Database
    clock: VirtualClock
    delivered: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.definitions = Definitions(self.db, self.clock)
        self.definitions.deploy(files(), Actor(id="own", groups=frozenset({"process_owner"})))
        self.runtime = Runtime(self.db, self.clock, self.definitions, CONNECTORS)
        self.worker = Worker(self.runtime, deliver=self.delivered.append)
        self.queries = Queries(self.db, self.definitions, self.clock)

    def actor(self, user_id: str) -> Actor:
        name, *groups = PEOPLE[user_id]
        return Actor(id=user_id, name=name, groups=frozenset(groups))

    def start(self, user_id: str = "ann", process_id: str = "p10_courier_query", **changed: Any) -> str:
        return self.runtime.start(process_id, {**START, **changed}, self.actor(user_id)).case_id

    def task(self, element: str, case_id: str | None = None) -> int:
        page = self.queries.inbox(SYSTEM, scope="all", limit=200)
        (found,) = [r.id for r in page.rows if r.element == element and case_id in (None, r.case_id)]
        return found

    def complete(self, element: str, user_id: str = "ann", /, case_id: str | None = None, **variables: Any) -> None:
        self.runtime.complete(self.task(element, case_id), variables, self.actor(user_id))
        self.worker.drain()

    def pass_time(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.worker.drain()

    def start_reship(self) -> str:
        """A case that p10 opened, lost, claimed and handed to p07."""
        case_id = self.start()
        self.complete("check_logistics", **LOST)
        self.pass_time(timedelta(hours=25))
        self.complete("file_claim", claim_amount=Decimal(199), claim_no="CL1")
        return case_id


@pytest.fixture
def desk(db: Database, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk, its people and its order."""
    monkeypatch.setattr(accounts, "_hashed", lambda _password: HASH)
    with db.begin() as tx:
        for user_id, (name, *groups) in PEOPLE.items():
            accounts.add(tx, user_id, name, "unused", groups)
    made = Desk(db, clock)
    shop.import_rows(made.runtime, [(1, RowKind.ORDER, ORDER), (2, RowKind.PARCEL, PARCEL)])
    return made
