"""The shipped processes on a real runtime, driven as people would."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import select, text

from engine.clock import VirtualClock, from_microseconds
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.model import SYSTEM, Actor
from engine.runtime import Runtime
from engine.runtime.jobs import JobRunner
from engine.store.database import Database
from engine.store.tables import user_task
from engine.store.writes import HELD
from engine.worker import Worker
from tests.engine.once import once

ROOT = Path(__file__).parents[2]
COURIER = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}))
PRESALES = Actor(id="sun", name="孙悦", groups=frozenset({"presales"}))
DELIVERY = Actor(id="cang", name="小陈", groups=frozenset({"warehouse"}))
FINANCE = Actor(id="qian", name="钱会计", groups=frozenset({"finance"}))
START = {
    "order_id": "SO-1001",
    "customer_id": "C-88",
    "channel": "marketplace",
    "description": "快递一直不动",
    "waybill_no": "YT1",
    "courier": "圆通",
    "order_amount": Decimal(120),
    "receiver_name": "张三",
    "receiver_phone": "13800000000",
    "receiver_address": "浙江省杭州市西湖区1号",
    "items": "A×1",
}


#: The processes that most tests need: the inquiry, the dispatch that it calls, and the payout that this one calls.
FEW: Final = ("p10_courier_query", "p07_delivery", "s02_payout")


def shipped_files(*processes: str) -> dict[str, bytes]:
    """Every file of processes/ and forms/ that can be deployed; of diagrams and forms only those of these processes."""
    return dict(_shipped_files(*processes))


@cache
def _shipped_files(*processes: str) -> dict[str, bytes]:
    suffixes = {".bpmn", ".dmn", ".form", ".txt"}
    return {
        str(path.relative_to(ROOT)): path.read_bytes()
        for folder in ("processes", "forms")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in suffixes and (not processes or _is_of(path, processes))
    }


def _is_of(path: Path, processes: tuple[str, ...]) -> bool:
    if path.suffix in (".bpmn", ".form"):
        return path.stem in processes or path.parent.name in (*processes, "messages")
    return True


def deploy_shipped(definitions: Definitions, db: Database, at: datetime, processes: tuple[str, ...]) -> None:
    """Deploy shipped processes (none named: all of them) into a database."""
    once(db, ("deployed", processes, at), lambda: definitions.deploy(shipped_files(*processes), SYSTEM))


class ShopDesk:
    """Some of the shipped processes deployed (none named: all of them); one person a group."""

    def __init__(self, db: Database, clock: VirtualClock, processes: tuple[str, ...] = FEW) -> None:
        self.db, self.clock = db, clock
        self.definitions = Definitions(db, clock)
        self._deploy(processes)
        self.runtime = Runtime(db, clock, self.definitions, CONNECTORS)
        self.sent: list[object] = []
        self.runner = JobRunner(self.runtime, self.sent.append)
        self.worker = Worker(self.runtime, deliver=self.sent.append)

    def _deploy(self, processes: tuple[str, ...]) -> None:
        deploy_shipped(self.definitions, self.db, self.clock.now(), processes)

    def inquire(self) -> int:
        return self.runtime.start("p10_courier_query", START, COURIER).instance_key

    def task(self, element: str) -> int:
        query = select(user_task.c.id).where(user_task.c.element == element, user_task.c.status == "open")
        with self.db.read() as connection:
            return connection.execute(query).scalar_one()

    def complete(self, element: str, actor: Actor, /, **variables: object) -> None:
        self.runtime.complete(self.task(element), variables, actor)

    def drain(self) -> int:
        return self.worker.drain()

    def column(self, sql: str, **params: object) -> list[object]:
        with self.db.read() as connection:
            return [row[0] for row in connection.execute(text(sql), params)]

    def next_timer(self) -> datetime:
        """Move the clock to the next job's time."""
        (due,) = self.column("SELECT min(due_at) FROM job WHERE due_at < :held", held=HELD)
        return self.clock.advance_to(from_microseconds(int(str(due))))

    def lose_the_parcel(self) -> int:
        """Up to the call of p07: lost at once, not found, claimed."""
        key = self.inquire()
        self.complete(
            "check_logistics", COURIER, hours_since_update=Decimal(80), stuck_in_region=False, customer_urges=True
        )
        self.drain()
        self.complete("courier_search", COURIER, search_result="not_found")
        self.drain()
        self.complete("file_claim", COURIER, claim_amount=Decimal(120), claim_no="CL1")
        self.drain()
        return key

    def dispatch_until_sent(self) -> None:
        """Through p07 up to the completion of send_parcel; the job notify_dispatched waits."""
        self.complete(
            "verify_customer_info",
            PRESALES,
            info_complete=True,
            region_type="normal",
            courier_reachable=True,
            receipt_affected=False,
        )
        self.drain()
        self.complete("pick_goods", DELIVERY, picked_complete=True)
        self.complete("pack_goods", DELIVERY, package_count=Decimal(1), packaging_done="together")
        self.complete("weigh_parcel", DELIVERY, weight_kg=Decimal("0.8"))
        self.complete("enter_waybill", DELIVERY, courier="圆通", waybill_no="YT2")
        self.drain()
        self.complete("send_parcel", DELIVERY, dispatched_at=self.clock.now())

    def reach_last_job_of_called_dispatch(self) -> int:
        key = self.lose_the_parcel()
        self.dispatch_until_sent()
        return key
