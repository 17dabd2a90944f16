"""Colleagues without the work of a hash, and shifts on their roster."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from engine import accounts, roster
from engine.clock import SHANGHAI
from engine.model import SYSTEM, Actor
from engine.store.database import Database
from engine.store.tables import membership, user
from tests.conftest import FRIDAY_9AM

PEOPLE = {
    "li": ("李娜", "aftersales"),
    "wang": ("王芳", "aftersales"),
    "chen": ("陈静", "presales"),
    "zhou": ("周敏", "supervisor"),
    "sun": ("孙主管", "supervisor"),
    "wu": ("吴刚", "dept_manager"),
    "cang": ("小陈", "warehouse"),
}
FRIDAY = date(2026, 1, 2)
MONDAY = date(2026, 1, 5)


def hire(db: Database) -> None:
    """Everybody of PEOPLE."""
    with db.begin() as tx:
        for person, (name, group) in PEOPLE.items():
            tx.connection.execute(user.insert().values(id=person, name=name, password_hash="-", active=1))
            tx.connection.execute(membership.insert().values(user=person, group=group))


def actor(db: Database, person: str) -> Actor:
    return accounts.get(db, person).actor


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant of Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(hours=hour, minutes=minute)


def plan(db: Database, *cells: tuple[str, date, str]) -> None:
    """Write cells of the roster."""
    with db.begin() as tx:
        people = {one.id: one for one in roster.list_people(tx.connection)}
        wanted = {(person, day): shift for person, day, shift in cells}
        roster.write_days(tx, wanted, people, by=SYSTEM.id, at=FRIDAY_9AM)


def team_up(db: Database, name: str, *people: str, shop: str = "") -> int:
    with db.begin() as tx:
        return roster.save_team(tx, None, name, people, SYSTEM, at=FRIDAY_9AM, shop=shop)


def away(
    db: Database, person: str, span: tuple[datetime, datetime], by: str = "zhou", stand_in: str | None = None
) -> int:
    boss = actor(db, by)
    with db.begin() as tx:
        return roster.add_absence(tx, person, span, boss, at=FRIDAY_9AM, kind="leave", reason="年假", stand_in=stand_in)
