"""Filters that people keep: whose they are, who sees them, and in which order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine import accounts, saved_filters
from engine.clock import VirtualClock
from engine.errors import InvalidValue, NotAllowed, NotFound
from engine.model import Actor
from engine.saved_filters import MAX_FILTERS, Asked, Due, InboxScope
from engine.store.database import Database

LI = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}))
WANG = Actor(id="wang", name="王强", groups=frozenset({"aftersales"}))
CANG = Actor(id="cang", name="小陈", groups=frozenset({"warehouse"}))
ZHAO = Actor(id="zhao", name="赵敏", groups=frozenset({"supervisor"}))
LATE = Asked(due=Due.OVERDUE)


class Shelf:
    """The filters of a database."""

    def __init__(self, db: Database, clock: VirtualClock) -> None:
        self.db, self.clock = db, clock
        with db.begin() as tx:
            for actor in (LI, WANG, CANG, ZHAO):
                accounts.add(tx, actor.id, actor.name, "correct horse", actor.groups)

    def keep(self, actor: Actor, name: str, asked: Asked = LATE, group: str | None = None) -> int:
        with self.db.begin() as tx:
            return saved_filters.keep(tx, actor, name, asked, at=self.clock.now(), shared_with=group)

    def names(self, actor: Actor) -> list[str]:
        with self.db.read() as connection:
            return [one.name for one in saved_filters.list_filters(connection, actor)]

    def events(self) -> list[str]:
        with self.db.read() as connection:
            found = connection.exec_driver_sql("SELECT kind FROM history_event WHERE stream = 0 ORDER BY seq")
            return list(found.scalars())


@pytest.fixture
def shelf(db: Database, clock: VirtualClock) -> Iterator[Shelf]:
    return Shelf(db, clock)


def test_a_filter_is_its_owners_and_nobody_elses(shelf: Shelf) -> None:
    key = shelf.keep(LI, " 今天的退货 ", Asked(scope=InboxScope.ALL, text="退货"))
    assert (shelf.names(LI), shelf.names(WANG), shelf.names(ZHAO)) == (["今天的退货"], [], [])
    with shelf.db.read() as connection:
        (one,) = saved_filters.list_filters(connection, LI)
    assert (one.id, one.query, one.own, one.pinned) == (key, "scope=all&text=%E9%80%80%E8%B4%A7", True, True)
    for deed in (
        lambda tx: saved_filters.rename(tx, WANG, key, "x", at=shelf.clock.now()),
        lambda tx: saved_filters.delete(tx, ZHAO, key, at=shelf.clock.now()),
        lambda tx: saved_filters.move(tx, WANG, key, 1),
        lambda tx: saved_filters.pin(tx, WANG, key, pinned=False),
        lambda tx: saved_filters.delete(tx, LI, 999, at=shelf.clock.now()),
    ):
        with pytest.raises(NotFound), shelf.db.begin() as tx:
            deed(tx)
    assert shelf.names(LI) == ["今天的退货"]


def test_a_supervisor_shows_a_filter_to_a_group_until_it_is_shown_no_more(shelf: Shelf) -> None:
    key = shelf.keep(ZHAO, "超时", group="aftersales")
    assert (shelf.names(LI), shelf.names(CANG)) == (["超时"], [])
    with shelf.db.begin() as tx:
        saved_filters.pin(tx, LI, key, pinned=False)
    with shelf.db.read() as connection:
        assert [one.pinned for one in saved_filters.list_filters(connection, LI)] == [False]
        assert [one.pinned for one in saved_filters.list_filters(connection, WANG)] == [True]
    with shelf.db.begin() as tx:
        saved_filters.rename(tx, ZHAO, key, "超时的", at=shelf.clock.now(), shared_with=None)
    assert (shelf.names(LI), shelf.names(ZHAO)) == ([], ["超时的"])
    assert shelf.events() == ["filter.shared", "filter.unshared"]


@pytest.mark.parametrize(("actor", "group"), [(LI, "aftersales"), (CANG, "warehouse"), (ZHAO, "nobody")])
def test_who_hands_no_work_to_others_shares_nothing(shelf: Shelf, actor: Actor, group: str) -> None:
    with pytest.raises(NotAllowed):
        shelf.keep(actor, "x", group=group)
    key = shelf.keep(actor, "x")
    with pytest.raises(NotAllowed), shelf.db.begin() as tx:
        saved_filters.rename(tx, actor, key, "x", at=shelf.clock.now(), shared_with=group)


@pytest.mark.parametrize("name", ["", "  ", "x" * 21, "a\nb", "a\u202eb"])
def test_a_name_is_short_and_visible(shelf: Shelf, name: str) -> None:
    with pytest.raises(InvalidValue):
        shelf.keep(LI, name)


def test_a_name_is_taken_once_and_filters_are_not_without_end(shelf: Shelf) -> None:
    shelf.keep(LI, "超时")
    shelf.keep(WANG, "超时")
    with pytest.raises(InvalidValue):
        shelf.keep(LI, "超时 ")
    for number in range(MAX_FILTERS - 1):
        shelf.keep(LI, f"第{number}个")
    with pytest.raises(InvalidValue):
        shelf.keep(LI, "再一个")


def test_filters_stand_in_the_order_of_their_owner(shelf: Shelf) -> None:
    first, _, third = (shelf.keep(LI, name) for name in "甲乙丙")
    with shelf.db.begin() as tx:
        saved_filters.move(tx, LI, third, -1)
        saved_filters.move(tx, LI, first, -1)
        saved_filters.move(tx, LI, first, 1)
    assert shelf.names(LI) == ["丙", "甲", "乙"]


def test_what_is_deleted_is_gone_for_all_and_can_be_deleted_though_somebody_put_it_away(shelf: Shelf) -> None:
    key = shelf.keep(ZHAO, "超时", group="aftersales")
    with shelf.db.begin() as tx:
        saved_filters.pin(tx, LI, key, pinned=False)
        saved_filters.delete(tx, ZHAO, key, at=shelf.clock.now())
    assert (shelf.names(LI), shelf.names(ZHAO)) == ([], [])
