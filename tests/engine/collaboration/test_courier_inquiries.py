"""What is asked of couriers reaches the accounts of the case's courier, and no other company's (E06, P04)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import accounts, canonical
from engine.accounts import Account
from engine.collaboration import answer, ask, courier_of, inquiries_of, read_inquiries, read_inquiry, whom_to_ask
from engine.errors import InvalidValue, NotFound
from engine.model import Actor
from engine.quality.feedback_looks import send_digest
from engine.store.tables import parcel, process_instance, shop_order
from tests.engine.collaboration.conversation import LI, SUN, WANG, ZHOU, Talk
from tests.faults.invariants import unlike_their_commands, violations

#: Account → couriers; the case's is 圆通.
ACCOUNTS: Mapping[str, list[str]] = {
    "yuan": ["圆通"],
    "both": ["中通", "圆通"],
    "zhong": ["中通"],
    "every": ["*"],
    "none": [],
}
OWN = ["both", "every", "yuan"]


@pytest.fixture
def couriers(talk: Talk) -> dict[str, Actor]:
    """The couriers' accounts, with somebody of after-sales who is one, too."""
    with talk.db.begin() as tx:
        for one, names in ACCOUNTS.items():
            accounts.add(tx, one, one, "correct horse", ["courier"])
            accounts.set_couriers(tx, one, names)
        accounts.add(tx, "mixed", "mixed", "correct horse", ["courier", "aftersales"])
    return {one: account(talk, one).actor for one in [*ACCOUNTS, "mixed"]}


def account(talk: Talk, user: str) -> Account:
    found = accounts.find(talk.db, user)
    assert found is not None
    return found


def put(talk: Talk, case_id: str, who: Actor = LI, **more: Any) -> int:
    given = {"to_group": "courier", "promised_at": talk.clock.now() + timedelta(hours=20), **more}
    return ask(talk.desk.runtime, case_id, who, question="包裹到哪里了?", **given)


def change(talk: Talk, case_id: str, **variables: object) -> None:
    """Give the case these variables."""
    with talk.db.begin() as tx:
        of_case = process_instance.c.case_id == case_id
        known = canonical.decode(
            tx.connection.execute(select(process_instance.c.variables).where(of_case)).scalar_one()
        )
        kept = {name: value for name, value in (known | variables).items() if value is not None}
        tx.connection.execute(update(process_instance).where(of_case).values(variables=canonical.encode(kept)))


def sees(talk: Talk, number: int, person: Actor) -> bool:
    """Whether the list and the page of a question are the person's, which must not differ."""
    with talk.db.read() as connection:
        listed = [one.id for one in read_inquiries(connection, person, "to_me").rows] == [number]
        try:
            _, may_answer, _ = read_inquiry(connection, number, person)
        except NotFound:
            may_answer = False
    assert listed == may_answer
    return listed


def test_only_accounts_of_the_cases_courier_are_told_see_and_answer(
    talk: Talk, case_id: str, couriers: dict[str, Actor]
) -> None:
    number = put(talk, case_id)
    assert sorted(one for one, who in couriers.items() if talk.told(who, "inquiry")) == sorted([*OWN, "mixed"])
    assert sorted(one for one, who in couriers.items() if sees(talk, number, who)) == sorted([*OWN, "mixed"])
    for one in ("zhong", "none"):
        with pytest.raises(NotFound):
            answer(talk.desk.runtime, number, "我猜的", couriers[one])
    answer(talk.desk.runtime, number, "到杭州了", couriers["yuan"])
    with talk.db.read() as connection:
        (found,) = inquiries_of(connection, case_id)
    assert (found.to_name, found.answer) == ("快递(圆通)", "到杭州了")
    assert violations(talk.db) == []
    assert unlike_their_commands(talk.db, [case_id]) == []


def test_aftersales_who_act_for_couriers_see_it_too_and_others_do_not(
    talk: Talk, case_id: str, couriers: dict[str, Actor]
) -> None:
    number = put(talk, case_id)
    assert sees(talk, number, WANG)
    assert not sees(talk, number, SUN)
    with talk.db.read() as connection:
        assert read_inquiry(connection, number, ZHOU)[1] is False, "a supervisor sees the case and answers nothing"


def test_what_counts_is_the_courier_when_it_was_asked(talk: Talk, case_id: str, couriers: dict[str, Actor]) -> None:
    number = put(talk, case_id)
    change(talk, case_id, courier="中通")
    assert sees(talk, number, couriers["yuan"])
    assert not sees(talk, number, couriers["zhong"])
    later = put(talk, case_id)
    with pytest.raises(NotFound):
        answer(talk.desk.runtime, later, "不是我的", couriers["yuan"])
    answer(talk.desk.runtime, later, "是我的", couriers["zhong"])


def test_an_account_that_loses_the_courier_loses_the_question(
    talk: Talk, case_id: str, couriers: dict[str, Actor]
) -> None:
    number = put(talk, case_id)
    assert not sees(talk, number, replace(couriers["yuan"], couriers=frozenset()))
    assert not sees(talk, number, replace(couriers["yuan"], couriers=frozenset({"圆通速递"})))


def test_without_a_courier_the_couriers_are_not_asked(talk: Talk, case_id: str, couriers: dict[str, Actor]) -> None:
    change(talk, case_id, courier=None, waybill_no=None)
    with pytest.raises(InvalidValue) as refused:
        put(talk, case_id)
    assert "没有快递公司" in refused.value.message_zh
    assert "courier" in str(refused.value)
    assert talk.column("SELECT count(*) FROM inquiry") == [0]
    assert talk.column("SELECT count(*) FROM promise") == [0]
    put(talk, case_id, to_group="aftersales")


def test_where_nobody_works_for_the_courier_nobody_is_asked(
    talk: Talk, case_id: str, couriers: dict[str, Actor]
) -> None:
    with talk.db.begin() as tx:
        for one in ("both", "every", "yuan", "mixed"):
            accounts.set_active(tx, one, False)
    with pytest.raises(InvalidValue) as refused:
        put(talk, case_id)
    assert "圆通" in refused.value.message_zh
    assert talk.column("SELECT count(*) FROM inquiry") == [0]


@pytest.mark.parametrize("name", ["yuan", "every", "mixed"])
def test_somebody_of_the_courier_can_be_asked_by_name(
    talk: Talk, case_id: str, couriers: dict[str, Actor], name: str
) -> None:
    number = put(talk, case_id, to_group=None, to_person=name)
    assert [one for one, who in couriers.items() if sees(talk, number, who)] == [name]
    answer(talk.desk.runtime, number, "到杭州了", couriers[name])


@pytest.mark.parametrize("name", ["zhong", "none"])
def test_somebody_of_another_courier_is_not_asked_by_name(
    talk: Talk, case_id: str, couriers: dict[str, Actor], name: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        put(talk, case_id, to_group=None, to_person=name)
    assert "圆通" in refused.value.message_zh
    with talk.db.read() as connection:
        known = courier_of(connection, case_id)
        offered = {one.id for one in whom_to_ask(connection, LI, known)}
        assert offered & couriers.keys() == {*OWN, "mixed"}
        assert {one.id for one in whom_to_ask(connection, LI, None)} & couriers.keys() == {"every", "mixed"}


def test_who_was_asked_by_name_and_works_for_another_courier_now_sees_it_no_more(
    talk: Talk, case_id: str, couriers: dict[str, Actor]
) -> None:
    number = put(talk, case_id, to_group=None, to_person="yuan")
    with talk.db.begin() as tx:
        accounts.set_couriers(tx, "yuan", ["中通"])
    moved = account(talk, "yuan").actor
    assert not sees(talk, number, moved)
    with pytest.raises(NotFound):
        answer(talk.desk.runtime, number, "到杭州了", moved)


@pytest.mark.parametrize(
    ("variables", "of_parcel", "of_order", "expected"),
    [
        ({"courier": "圆通"}, "中通", "韵达", "圆通"),
        ({"courier": None}, "中通", "韵达", "中通"),
        ({"courier": " "}, None, "韵达", "韵达"),
        ({"courier": 7}, None, None, None),
        ({"courier": None, "waybill_no": None}, "中通", "韵达", "韵达"),
    ],
    ids=["the case says", "its parcel", "its order", "nobody", "no parcel named"],
)
def test_whose_parcel_it_is(
    talk: Talk,
    case_id: str,
    variables: dict[str, object],
    of_parcel: str | None,
    of_order: str | None,
    expected: str | None,
) -> None:
    change(talk, case_id, **({"waybill_no": "YT9"} | variables))
    with talk.db.begin() as tx:
        tx.connection.execute(parcel.delete())
        tx.connection.execute(shop_order.delete())
        row = {"waybill_no": "YT9", "courier": of_parcel, "stage": "in_transit", "last_update_at": 1}
        tx.connection.execute(parcel.insert().values(row))
        order_id = tx.connection.execute(
            select(process_instance.c.order_id).where(process_instance.c.case_id == case_id)
        ).scalar_one()
        order = {"order_id": order_id, "customer_id": "C-1", "channel": "phone", "order_stage": "shipped"}
        facts = {"facts": canonical.encode({}), "courier": of_order, "updated_at": 1}
        tx.connection.execute(shop_order.insert().values(order | facts))
        assert courier_of(tx.connection, case_id) == expected


def test_the_weekly_count_of_a_courier_is_of_its_own_questions(
    talk: Talk, case_id: str, couriers: dict[str, Actor]
) -> None:
    put(talk, case_id)
    put(talk, case_id)
    change(talk, case_id, courier="中通")
    put(talk, case_id)
    send_digest(talk.db, talk.clock.now())
    counts = {one: talk.told(who, "notice") for one, who in couriers.items()}
    assert {one: len(told) for one, told in counts.items()} == {
        "yuan": 1, "both": 1, "zhong": 1, "every": 1, "none": 0, "mixed": 1,
    }  # fmt: skip
    assert [counts[one][0].partition(" ")[2][0] for one in ("yuan", "both", "zhong", "every")] == ["2", "3", "1", "3"]
