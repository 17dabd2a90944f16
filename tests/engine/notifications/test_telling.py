"""Telling people: once each, never who brought it about, and nobody twice of the same thing."""

from __future__ import annotations

from engine import accounts
from engine.notifications import Notice, Occasion, members_of, tell
from engine.store.database import Database
from engine.store.tables import notification
from tests.conftest import FRIDAY_9AM

MENTION = Notice(occasion=Occasion.MENTIONED, text="李娜在工单 12 中提到了您。", case_id="12")


def told(db: Database) -> list[tuple[str, str]]:
    with db.read() as connection:
        rows = connection.execute(notification.select().order_by(notification.c.id)).all()
    return [(row.user, row.text) for row in rows]


def test_each_is_told_once_and_not_who_brought_it_about(db: Database) -> None:
    with db.begin() as tx:
        tell(tx, ["wang", "lin", "wang", "li.na"], MENTION, at=FRIDAY_9AM, actor="li.na")
    assert told(db) == [("lin", MENTION.text), ("wang", MENTION.text)]


def test_nobody_is_told_twice_of_the_same_thing(db: Database) -> None:
    promise = Notice(occasion=Occasion.PROMISE, text="承诺时间已到。", once="promise:12:1")
    for _ in range(2):
        with db.begin() as tx:
            tell(tx, ["wang"], promise, at=FRIDAY_9AM)
    assert len(told(db)) == 1


def test_nobody_to_tell_is_no_mistake(db: Database) -> None:
    with db.begin() as tx:
        tell(tx, ["li.na"], MENTION, at=FRIDAY_9AM, actor="li.na")
    assert told(db) == []


def test_members_are_the_active_people_of_the_groups(db: Database) -> None:
    with db.begin() as tx:
        for who, groups in (("wang", ["aftersales", "presales"]), ("lin", ["presales"]), ("gone", ["presales"])):
            accounts.add(tx, who, who, "correct horse", groups)
        tx.connection.exec_driver_sql("UPDATE user SET active = 0 WHERE id = 'gone'")
    with db.read() as connection:
        assert members_of(connection, ["aftersales", "presales"]) == ["lin", "wang"]
        assert members_of(connection, []) == []
