"""A shop with a stalled parcel and the people who talk about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from engine import accounts
from engine.clock import VirtualClock
from engine.model import Actor
from engine.store.database import Database
from engine.store.tables import notification
from tests.engine.shop_desk import ShopDesk


def actor(user: str, name: str, *groups: str) -> Actor:
    return Actor(id=user, name=name, groups=frozenset(groups))


LI = actor("li", "李娜", "aftersales")
WANG = actor("wang", "王强", "aftersales")
SUN = actor("sun", "孙悦", "presales")
ZHOU = actor("zhou", "周敏", "supervisor")
WU = actor("wu", "吴刚", "dept_manager")
CANG = actor("cang", "小陈", "warehouse")
ZHENG = actor("zheng", "郑审计", "auditor")
EVERYBODY = (LI, WANG, SUN, ZHOU, WU, CANG, ZHENG)


@dataclass
class Talk:
    """The desk, and what was told to whom."""

    desk: ShopDesk

    @property
    def db(self) -> Database:
        return self.desk.db

    @property
    def clock(self) -> VirtualClock:
        return self.desk.clock

    def told(self, person: Actor, occasion: str | None = None) -> list[str]:
        query = select(notification.c.text).where(notification.c.user == person.id).order_by(notification.c.id)
        if occasion is not None:
            query = query.where(notification.c.occasion == occasion)
        with self.db.read() as connection:
            return list(connection.execute(query).scalars())

    def kinds(self, case_id: str) -> list[str]:
        return self.column(
            "SELECT kind FROM history_event WHERE stream = :key AND kind NOT LIKE 'user_task.%' "
            "AND (kind LIKE 'comment.%' OR kind LIKE 'inquiry.%' OR kind LIKE 'exception.%' OR kind LIKE 'promise.%'"
            " OR kind = 'outbox.written') ORDER BY seq",
            key=int(case_id),
        )

    def column(self, sql: str, **params: object) -> list[Any]:
        with self.db.read() as connection:
            return [row[0] for row in connection.execute(text(sql), params)]

    def later(self, **by: float) -> None:
        """So much later, the worker having looked around."""
        self.clock.advance(timedelta(**by))
        self.desk.worker.drain()


def people_of(db: Database) -> None:
    with db.begin() as tx:
        for one in EVERYBODY:
            accounts.add(tx, one.id, one.name, "correct horse", sorted(one.groups))
