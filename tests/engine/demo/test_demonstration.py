"""The demonstration: complete on the first start, untouched on later ones, always fresh."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine import accounts, logins, shop
from engine.access import GROUPS
from engine.cli.parts import parts_on
from engine.clock import SystemClock, VirtualClock
from engine.demo import PASSWORD, KeptClock, load
from engine.demo.load import ROOT, resolve
from engine.errors import ConfigurationError
from engine.holders import holder_of
from engine.model import SYSTEM
from engine.queries import Queries
from engine.store.database import Database


@pytest.fixture
def loaded(db: Database, clock: VirtualClock) -> Database:
    assert load(parts_on(db, clock).runtime)
    return db


def test_there_is_an_account_for_every_role_and_its_password_works(loaded: Database) -> None:
    people = accounts.list_accounts(loaded)
    assert all(person.demo for person in people)
    roles = {group for person in people for group in person.groups}
    assert roles == {*list(GROUPS)[:10], "technician", "operations"}
    found = logins.verify(loaded, SystemClock(), "li.na", PASSWORD)
    assert found is not None
    assert found.name == "李娜"


def test_parcels_are_as_old_as_the_rules_need_them(loaded: Database, clock: VirtualClock) -> None:
    with loaded.read() as connection:
        ages = {
            waybill: (clock.now() - facts["last_update_at"]) / timedelta(hours=1)
            for row in json.loads((ROOT / "demo" / "parcels.json").read_bytes())
            for waybill in [row["waybill_no"]]
            for facts in [shop.parcel_facts(connection, waybill)]
            if facts is not None
        }
    assert any(age <= 24 for age in ages.values()), "normal"
    assert any(24 < age <= 48 for age in ages.values()), "watched"
    assert any(48 < age <= 72 for age in ages.values()), "stalled"
    assert any(age > 72 for age in ages.values()), "lost"


def test_orders_are_there_and_the_paid_ones_wait_for_their_dispatch(loaded: Database, clock: VirtualClock) -> None:
    with loaded.read() as connection:
        order = shop.order_facts(connection, "SO-2603")
    assert order is not None
    assert (order["order_amount"], order["receiver_name"]) == (Decimal(459), "郑雪")
    parts = parts_on(loaded, clock)
    cases = Queries(loaded, parts.definitions, clock).cases(SYSTEM, process_id="p07_delivery")
    assert {row.order_id for row in cases.rows} == {"SO-2607", "SO-2608"}


def test_an_agent_keeps_a_case_of_an_order_of_the_tour_whatever_the_day(loaded: Database, clock: VirtualClock) -> None:
    """A colleague whose case of the order has just ended would get it, in the weeks in which she works by day."""
    held = {}
    with loaded.read() as connection:
        for order_id in ("SO-2601", "SO-2602", "SO-2603", "SO-2604"):
            order = shop.order_facts(connection, order_id)
            assert order is not None
            for hours in range(0, 15 * 24, 3):
                now = clock.now() + timedelta(hours=hours)
                held[order_id, now] = holder_of(
                    connection, order["customer_id"], order_id, order["shop"], now, me="li.na"
                )
    assert {one.user for one in held.values() if one is not None} == {"li.na"}


def test_every_parcel_belongs_to_an_order_and_every_shipped_order_has_its_parcel() -> None:
    orders = {row["order_id"]: row for row in json.loads((ROOT / "demo" / "orders.json").read_bytes())}
    parcels = {row["waybill_no"]: row for row in json.loads((ROOT / "demo" / "parcels.json").read_bytes())}
    assert {p["order_id"] for p in parcels.values()} <= orders.keys()
    sent = {o["waybill_no"]: o for o in orders.values() if o["order_stage"] in ("shipped", "signed")}
    assert sent.keys() == parcels.keys()
    assert all(parcels[number]["courier"] == order["courier"] for number, order in sent.items())


def test_a_later_start_leaves_everything_as_people_made_it(loaded: Database, clock: VirtualClock) -> None:
    with loaded.begin() as tx:
        accounts.set_active(tx, "li.na", False)
    assert not load(parts_on(loaded, clock).runtime)
    assert not accounts.get(loaded, "li.na").active


def test_a_folder_without_processes_is_refused(db: Database, clock: VirtualClock, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no processes"):
        load(parts_on(db, clock).runtime, tmp_path)


def test_relative_times_become_absolute_ones(clock: VirtualClock) -> None:
    now = clock.now()
    row = resolve({"paid_at": "1 d 2 h 3 min ago", "sent_at": None, "note": "1 d ago"}, now)
    assert datetime.fromisoformat(row["paid_at"]) == now - timedelta(days=1, hours=2, minutes=3)
    assert (row["sent_at"], row["note"]) == (None, "1 d ago")
    for text in ("ago", "soon", "2026-01-01T10:00", " ago"):
        with pytest.raises(ConfigurationError):
            resolve({"paid_at": text}, now)


def test_the_clock_goes_on_where_it_stood(db: Database, clock: VirtualClock) -> None:
    kept = KeptClock(db, clock.now())
    kept.advance(timedelta(hours=24))
    kept.advance_to(clock.now() + timedelta(hours=30))
    again = KeptClock(db, clock.now())
    assert again.now() == clock.now() + timedelta(hours=30)
