"""A desk with the shipped processes deployed, a few people and one order."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import accounts, passwords, shop
from engine.clock import VirtualClock
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.model import SYSTEM, Actor
from engine.queries import Queries
from engine.runtime import Runtime
from engine.shop import RowKind
from engine.store.database import Database
from engine.worker import Worker
from tests.conftest import FRIDAY_9AM
from tests.engine.once import once
from tests.engine.shop_desk import shipped_files

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
    """The shipped processes and forms, by their names from here: what was checked of them for others counts."""
    return shipped_files()


@dataclass
class Desk:
    """Everything a test of the read side needs."""

    db: Database
    clock: VirtualClock
    delivered: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.definitions = Definitions(self.db, self.clock)
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
        case_id, at, self.delivered[:] = once(self.db, ("reship", self.clock.now()), self._start_reship)
        self.clock.advance_to(at)
        return case_id

    def _start_reship(self) -> tuple[str, datetime, list[object]]:
        case_id = self.start()
        self.complete("check_logistics", **LOST)
        self.pass_time(timedelta(hours=25))
        self.complete("file_claim", claim_amount=Decimal(199), claim_no="CL1")
        return case_id, self.clock.now(), [*self.delivered]


@pytest.fixture(scope="session")
def desk_database(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the shipped processes, the people and the order: made once, copied for each test."""
    path = tmp_path_factory.mktemp("desk") / "desk.db"
    shutil.copy(empty_database, path)
    db = Database.open(f"sqlite:///{path}")
    with pytest.MonkeyPatch.context() as patch, db.begin() as tx:
        patch.setattr(passwords, "hashed", lambda _password: HASH)
        for user_id, (name, *groups) in PEOPLE.items():
            accounts.add(tx, user_id, name, "correct horse", groups)
    made = Desk(db, VirtualClock(FRIDAY_9AM))
    made.definitions.deploy(files(), made.actor("own"))
    shop.import_rows(made.runtime, [(1, RowKind.ORDER, ORDER), (2, RowKind.PARCEL, PARCEL)])
    db.close()
    return path


@pytest.fixture(scope="session")
def still_desk(desk_database: Path) -> Iterator[Desk]:
    """A desk for who reads only."""
    db = Database.open(f"sqlite:///{desk_database}")
    yield Desk(db, VirtualClock(FRIDAY_9AM))
    db.close()


@pytest.fixture
def desk(desk_database: Path, tmp_path: Path, clock: VirtualClock) -> Iterator[Desk]:
    """A desk of one test."""
    shutil.copy(desk_database, tmp_path / "desk.db")
    db = Database.open(f"sqlite:///{tmp_path / 'desk.db'}")
    yield Desk(db, clock)
    db.close()
