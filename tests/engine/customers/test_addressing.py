"""How texts address a customer (E10): as the customer wants, by channel where the shop says so, else as written."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import outbox, shop
from engine.customers import archive
from engine.errors import InvalidValue
from engine.model import SYSTEM
from engine.store.database import Database
from engine.store.tables import outbox as letters
from tests.engine.customers.pen import LI, MONDAY_9AM, add_order, end_inquiry
from tests.engine.shop_desk import ShopDesk


def prefer(db: Database, address_as: str) -> None:
    with db.begin() as tx:
        key = archive.enter(tx, "C-88", seen_at=MONDAY_9AM)
        archive.change(tx, key, {"address_as": address_as}, LI, now=MONDAY_9AM)


def switch_on(db: Database, name: str = "") -> None:
    with db.begin() as tx:
        shop.save_settings(tx, {"address_by_channel": "是"}, SYSTEM, now=MONDAY_9AM, shop=name)


@pytest.mark.parametrize(
    ("text", "address", "said"),
    [
        ("亲,您好!您的包裹", "亲", "亲,您好!您的包裹"),
        ("亲,很抱歉", "您好", "您好,很抱歉"),
        ("亲,您好!您的包裹", "您好", "您好!您的包裹"),
        ("亲,您好!您的包裹", "张先生", "张先生,您好!您的包裹"),
        ("亲,很抱歉", "张女士", "张女士,很抱歉"),
        ("您好!您的包裹", "亲", "亲,您好!您的包裹"),
        ("尊敬的客户", "亲", "尊敬的客户"),
        ("亲爱的朋友", "您好", "亲爱的朋友"),
        ("", "亲", ""),
    ],
)
def test_only_the_opening_changes(text: str, address: str, said: str) -> None:
    assert outbox.addressed(text, address) == said


@pytest.mark.parametrize(
    ("wanted", "channel", "address"),
    [
        ("", "marketplace", "亲"),
        ("", "social", "亲"),
        ("", "phone", "您好"),
        ("", "walk_in", "您好"),
        ("", "official_site", "您好"),
        ("", None, "您好"),
        ("qin", "phone", "亲"),
        ("nin", "marketplace", "您好"),
        ("mr", "marketplace", "张先生"),
        ("ms", "phone", "张女士"),
    ],
)
def test_a_customer_is_addressed_as_wanted_else_by_channel(
    db: Database, wanted: str, channel: str | None, address: str
) -> None:
    with db.begin() as tx:
        add_order(tx, "SO-1")
    prefer(db, wanted)
    with db.read() as connection:
        assert outbox.address_of(connection, "C-88", channel) == address


def test_without_a_name_there_is_no_surname(db: Database) -> None:
    prefer(db, "mr")
    with db.read() as connection:
        assert outbox.address_of(connection, "C-88", "phone") == "先生"


def first_letter(desk: ShopDesk) -> str:
    end_inquiry(desk)
    with desk.db.read() as connection:
        found = select(letters.c.text).where(letters.c.audience == "customer")
        return str(connection.execute(found).scalars().first())


def test_a_text_stays_as_it_is_written_while_nobody_says_otherwise(desk: ShopDesk) -> None:
    assert first_letter(desk).startswith("亲,您好!您的包裹YT1")


def test_a_text_opens_as_the_customer_wants(desk: ShopDesk) -> None:
    with desk.db.begin() as tx:
        add_order(tx, "SO-1001")
    prefer(desk.db, "ms")
    desk.definitions.refresh()
    assert first_letter(desk).startswith("张女士,您好!您的包裹YT1")


def test_a_text_opens_by_channel_where_the_shop_says_so(desk: ShopDesk) -> None:
    switch_on(desk.db)
    desk.definitions.refresh()
    assert first_letter(desk).startswith("亲,您好!")
    with desk.db.read() as connection:
        assert outbox.address_for(connection, "C-88", "phone", "旗舰店") == "您好"


def test_another_shops_line_says_nothing_of_this_one(desk: ShopDesk) -> None:
    switch_on(desk.db, "静安门店")
    with desk.db.read() as connection:
        assert outbox.address_for(connection, "C-88", "phone", "旗舰店") is None
        assert outbox.address_for(connection, "C-88", "phone", "静安门店") == "您好"
        assert outbox.address_for(connection, "C-88", "phone", None) is None


def test_a_switch_is_on_or_not_set(db: Database) -> None:
    with db.begin() as tx, pytest.raises(InvalidValue):
        shop.save_settings(tx, {"address_by_channel": "也许"}, SYSTEM, now=MONDAY_9AM)


def test_a_letter_to_somebody_else_than_the_cases_customer_is_addressed_as_that_one_wants(desk: ShopDesk) -> None:
    """What is read with the job is the case's customer's; a step's own input may name another."""
    prefer(desk.db, "nin")
    desk.definitions.refresh()
    wanted = outbox.Wanted(customer_id="C-88", said="nin")
    assert wanted.address == "您好"
    with desk.db.read() as connection:
        assert outbox.preferred_address(connection, "C-99") is None
        assert outbox.preferred_address(connection, "C-88") == "您好"


def test_who_says_it_first_is_heard_by_other_processes_though_a_shop_had_said_before(desk: ShopDesk) -> None:
    switch_on(desk.db, "静安门店")
    desk.definitions.refresh()
    assert not desk.definitions.addressing.by_customer
    with desk.db.begin() as tx:
        add_order(tx, "SO-1001")
    prefer(desk.db, "ms")
    desk.definitions.refresh()
    assert desk.definitions.addressing == outbox.Addressing(by_customer=True, by_channel=frozenset({"静安门店"}))
    assert first_letter(desk).startswith("张女士,您好!您的包裹YT1")
