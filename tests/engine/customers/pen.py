"""People, orders and cases of the archive's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from engine import accounts, canonical
from engine.clock import to_microseconds
from engine.model import Actor
from engine.store.database import Database, Transaction
from engine.store.tables import history_event, history_value, notification, shop_order
from tests.conftest import FRIDAY_9AM
from tests.engine.shop_desk import ShopDesk

LI = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}))
SUN = Actor(id="sun", name="孙悦", groups=frozenset({"presales"}))
ZHOU = Actor(id="zhou", name="周敏", groups=frozenset({"supervisor"}))
WU = Actor(id="wu", name="吴刚", groups=frozenset({"dept_manager"}))
QIAN = Actor(id="qian", name="钱会计", groups=frozenset({"finance"}))
XU = Actor(id="xu", name="许文", groups=frozenset({"auditor"}))
CANG = Actor(id="cang", name="小陈", groups=frozenset({"warehouse"}))
PEOPLE = (LI, SUN, ZHOU, WU, QIAN, XU, CANG)
DAY = timedelta(days=1)
#: The shop opens; the days before are holidays.
MONDAY_9AM = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def add_people(db: Database) -> None:
    with db.begin() as tx:
        for person in PEOPLE:
            accounts.add(tx, person.id, person.name, "correct horse", sorted(person.groups))


def add_order(tx: Transaction, order_id: str, customer_id: str = "C-88", **changed: object) -> None:
    facts = {"order_amount": Decimal(120), "receiver_name": "张三", "receiver_phone": "13800000000", "items": "A×1"}
    columns = {
        "order_id": order_id,
        "customer_id": customer_id,
        "channel": "marketplace",
        "shop": "旗舰店",
        "order_stage": "shipped",
        "updated_at": to_microseconds(FRIDAY_9AM),
        **{name: value for name, value in changed.items() if name not in facts},
    }
    facts |= {name: value for name, value in changed.items() if name in facts}  # type: ignore[misc]
    tx.connection.execute(shop_order.insert().values(facts=canonical.encode(facts), **columns))


def told(db: Database, user: str) -> list[str]:
    with db.read() as connection:
        found = select(notification.c.text).where(notification.c.user == user).order_by(notification.c.id)
        return list(connection.execute(found).scalars())


def system_events(db: Database) -> list[tuple[str, object]]:
    """Kinds and values of the system's history."""
    with db.read() as connection:
        events = connection.execute(
            select(history_event.c.kind, history_event.c.seq, history_event.c.revision)
            .where(history_event.c.stream == 0)
            .order_by(history_event.c.seq)
        ).all()
        values = connection.execute(select(history_value).where(history_value.c.stream == 0)).all()
    kept = {row.revision: row.values for row in values}
    return [(row.kind, kept[row.revision]) for row in events]


def end_inquiry(desk: ShopDesk) -> str:
    """A courier query (10) that ended well at once; gives its case. Nobody has looked after it yet."""
    key = desk.inquire()
    desk.complete("check_logistics", LI, hours_since_update=Decimal(5), stuck_in_region=False, customer_urges=False)
    while desk.runner.run_due(50):
        pass
    return str(key)
