"""An office for tests of findings: people of every role, and one case on a real runtime."""

from __future__ import annotations

from datetime import datetime

from engine import accounts
from engine.clock import VirtualClock
from engine.model import Actor
from engine.store.database import Database
from tests.engine.shop_desk import START, ShopDesk

PEOPLE = {
    "li": ("李娜", "aftersales"),
    "wang": ("王强", "aftersales"),
    "zhou": ("周敏", "supervisor"),
    "wu": ("吴刚", "dept_manager"),
    "xu": ("许文", "auditor"),
    "qian": ("钱会计", "finance"),
}
#: A supervisor of another team, without an account.
MIN = Actor(id="min", name="闵慧", groups=frozenset({"supervisor"}), team=frozenset({"min"}))


class Office:
    """People with accounts, and a case that li started."""

    def __init__(self, db: Database, clock: VirtualClock) -> None:
        self.db, self.clock = db, clock
        self.desk = ShopDesk(db, clock)
        for user_id, (name, group) in PEOPLE.items():
            self.add(user_id, name, group)
        self.case = self.desk.runtime.start("p10_courier_query", START, self.person("li")).instance_key

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def add(self, user_id: str, name: str, group: str) -> None:
        with self.db.begin() as tx:
            accounts.add(tx, user_id, name, "correct horse", [group])

    def person(self, user_id: str) -> Actor:
        return accounts.get(self.db, user_id).actor

    def act(self, user_id: str) -> None:
        """Somebody cancels the case."""
        self.desk.runtime.cancel(self.case, "重复", self.person(user_id))
