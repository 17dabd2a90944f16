"""A shop with a few cases of every kind: ended, open, called off, with calls, odd texts and buyers' data."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from engine import accounts, canonical, eventlogs
from engine.clock import VirtualClock
from engine.collaboration.comments import comment
from engine.eventlogs import LogFile, Selection
from engine.history.record import values_of
from engine.model import SYSTEM, Actor
from engine.store.database import Database
from engine.store.tables import parcel, shop_order
from tests.engine.shop_desk import COURIER, START, ShopDesk

AUDITOR = Actor(id="zheng", name="郑审计", groups=frozenset({"auditor"}))
MANAGER = Actor(id="zhao", name="赵刚", groups=frozenset({"dept_manager"}))
PHONE = "13800000000"
#: What a file must not lose or be broken by.
ODD = '=HYPERLINK("x")\x0b<b>&"引号"\x00\n第二行 电话13911112222 😀'
PEOPLE = {"li": "李娜", "sun": "孙悦", "cang": "小陈"}


class Shop:
    """Six cases, opened an hour after each other; their numbers in ``cases``."""

    def __init__(self, db: Database, clock: VirtualClock) -> None:
        self.db, self.clock = db, clock
        self.desk = ShopDesk(db, clock)
        with db.begin() as tx:
            for person, name in PEOPLE.items():
                accounts.add(tx, person, name, "correct horse", ["aftersales"])
            order = {"customer_id": "C-88", "channel": "marketplace", "shop": "旗舰店", "order_stage": "shipped"}
            facts = canonical.encode({"order_amount": Decimal(120)})
            tx.connection.execute(shop_order.insert().values(order_id="SO-1001", facts=facts, updated_at=0, **order))
            seen = {"stage": "in_transit", "last_update_at": 0, "order_id": "SO-1001", "courier": "圆通"}
            tx.connection.execute(parcel.insert().values(waybill_no="YT1", **seen))
        self.cases = [str(self._run(one)) for one in (self._long, self._informed, self._odd, self._left, self._off)]
        self.cases.append(str(self._run(self._long)))

    def _run(self, act: Callable[[], int]) -> int:
        key = act()
        self.clock.advance(timedelta(hours=1))
        return key

    def _long(self) -> int:
        key = self.desk.reach_last_job_of_called_dispatch()
        self.clock.advance(timedelta(minutes=7))
        self.desk.drain()
        return key

    def _start(self, **changed: Any) -> int:
        return self.desk.runtime.start("p10_courier_query", {**START, **changed}, COURIER).instance_key

    def _informed(self) -> int:
        key = self._start(customer_id="C-99", receiver_name="李四", order_id="SO-2")
        task = self.desk.task("check_logistics")
        self.desk.runtime.claim(task, COURIER)
        self.clock.advance(timedelta(seconds=90, microseconds=7))
        answers = {"hours_since_update": Decimal("2.5"), "stuck_in_region": False, "customer_urges": False}
        self.desk.complete("check_logistics", COURIER, **answers)
        self.desk.drain()
        return key

    def _odd(self) -> int:
        key = self._start(description=ODD, order_id="+SO-3")
        comment(self.desk.runtime, str(key), "买家电话13911112222,请回电", COURIER)
        self.desk.complete(
            "check_logistics", COURIER, hours_since_update=Decimal(1), stuck_in_region=False, customer_urges=False
        )
        self.desk.drain()
        return key

    def _left(self) -> int:
        key = self._start(order_id="SO-4")
        self.clock.advance(timedelta(minutes=1))
        self.desk.runtime.suspend(str(key), MANAGER, reason="等快递回复")
        self.clock.advance(timedelta(minutes=1))
        self.desk.runtime.resume(str(key), MANAGER)
        self._take_off_desk(key)
        return key

    def _take_off_desk(self, key: int) -> None:
        """So that the next case's task is the only open one of its element."""
        with self.db.begin() as tx:
            tx.connection.execute(text("UPDATE user_task SET element = 'left' WHERE instance = :key"), {"key": key})

    def _off(self) -> int:
        key = self._start(order_id="SO-5")
        self.desk.runtime.claim(self.desk.task("check_logistics"), COURIER)
        self.desk.runtime.cancel(key, "买家撤回", MANAGER)
        return key

    def export(self, form: str, actor: Actor = SYSTEM, selection: Selection | None = None, **more: Any) -> LogFile:
        chosen = Selection() if selection is None else selection
        return eventlogs.export(self.db, self.desk.definitions, self.clock, actor, chosen, form=form, **more)

    def bytes(self, form: str, selection: Selection | None = None, **more: Any) -> bytes:
        with self.export(form, selection=selection, **more).content as content:
            return content.read()

    def lines(self, selection: Selection | None = None, **more: Any) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.bytes("jsonl", selection, **more).splitlines()]

    def told(self) -> list[tuple[str, Any]]:
        """(actor, value) of every export that the system's history tells of."""
        query = text("""SELECT e.actor, e.n, v."values" FROM history_event e JOIN history_value v
                        ON v.stream = e.stream AND v.revision = e.revision
                        WHERE e.stream = 0 AND e.kind = 'history.exported' ORDER BY e.seq""")
        with self.db.read() as connection:
            return [(row.actor, values_of(row[2])[row.n]) for row in connection.execute(query)]

    def rows(self, sql: str, **params: object) -> list[Any]:
        with self.db.read() as connection:
            return list(connection.execute(text(sql), params))
