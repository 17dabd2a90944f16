"""What service and send tasks do, inside the transaction of their step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine import accounts, canonical, outbox, shop
from engine.clock import VirtualClock, to_microseconds
from engine.connectors import CONNECTORS, JobContext
from engine.errors import JobFailed, NotFound
from engine.model import SYSTEM
from engine.shop.facts import IMPORT
from engine.store.database import Database, Transaction
from engine.store.tables import notification, parcel, shop_order


@dataclass
class Compiled:
    start_form: str | None = None
    outcomes: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)


@dataclass
class Version:
    """A version with one form."""

    hash: str = "one"
    definition: Compiled = field(default_factory=Compiled)
    forms: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "f": {
                "components": [
                    {
                        "type": "select",
                        "key": "payout_kind",
                        "label": "款项类型",
                        "values": [{"value": "refund", "label": "退款"}],
                    }
                ]
            }
        }
    )


class Templates:
    """One template."""

    addressing = outbox.Addressing()

    def template(self, code: str) -> tuple[str, str]:
        if code != "T1":
            raise NotFound
        return "hash of T1", "{payout_kind}款 {amount} 元,{receiver_name},工单{case_id}\n"


@pytest.fixture
def tx(db: Database) -> Iterator[Transaction]:
    with db.begin() as transaction:
        yield transaction


def job(
    tx: Transaction, clock: VirtualClock, /, headers: dict[str, str] | None = None, **variables: object
) -> JobContext:
    return JobContext(
        tx=tx,
        now=clock.now(),
        job_id=100000007,
        instance_key=1,
        case_id="1",
        element="notify",
        type="send_message",
        headers=headers or {},
        variables=variables,
        deployed=Version(),
        definitions=Templates(),
        case={"case_id": "1", "opened_at": clock.now()},
    )


def add_order(tx: Transaction, stage: str = "paid", changed: dict[str, int] | None = None) -> None:
    facts = {"receiver_name": "张三", "receiver_address": "杭州", "items": "杯子×2"}
    told = {"hash": "x", "changed": changed or {}}
    tx.connection.execute(
        insert(shop_order).values(
            order_id="SO-1001",
            customer_id="C-88",
            channel="phone",
            order_stage=stage,
            facts=canonical.encode({**facts, IMPORT: told}),
            updated_at=0,
        )
    )


def test_a_message_is_rendered_written_noted_and_given_a_delivery_job(tx: Transaction, clock: VirtualClock) -> None:
    context = job(
        tx, clock, {"template": "T1"}, customer_id="C-88", channel="phone", payout_kind="refund", receiver_name="张三"
    )
    assert CONNECTORS["send_message"](context) == {}
    (written,) = outbox.list_messages(tx.connection, "1")
    assert written.text == "退款款 暂无 元,张**,工单1"
    assert (written.id, written.audience, written.recipient, written.channel) == (
        100000007,
        "customer",
        "C-88",
        "phone",
    )
    assert (written.template, written.template_hash) == ("T1", "hash of T1")
    assert [row["id"] for row in context.jobs] == [-100000007]
    assert [(note.kind, note.value["text"]) for note in context.notes] == [("outbox.written", written.text)]


def test_the_courier_is_written_to_by_name_or_as_whoever_it_is(tx: Transaction, clock: VirtualClock) -> None:
    CONNECTORS["remind_courier"](job(tx, clock, {"template": "T1"}, courier="圆通"))
    (written,) = outbox.list_messages(tx.connection, "1")
    assert (written.audience, written.recipient) == ("courier", "圆通")


def test_staff_are_told_by_groups(tx: Transaction, clock: VirtualClock) -> None:
    headers = {"text": "工单{case_id}的{payout_kind}超时", "groups": "supervisor, finance"}
    CONNECTORS["notify_staff"](job(tx, clock, headers, payout_kind="refund"))
    (written,) = outbox.list_messages(tx.connection, "1")
    assert (written.audience, written.recipient, written.text) == ("staff", "finance,supervisor", "工单1的退款超时")


RETURN = "请寄至:{warehouse_address}({warehouse_contact})"


@pytest.mark.parametrize(
    ("its_shop", "said"),
    [
        ("静安门店", "请寄至:上海18号(老周 0571-1)"),
        ("旗舰店", "请寄至:杭州1号(老周 0571-1)"),
        (None, "请寄至:杭州1号(老周 0571-1)"),
        (Decimal(7), "请寄至:杭州1号(老周 0571-1)"),
    ],
)
def test_texts_say_where_goods_of_the_cases_shop_go(
    tx: Transaction, clock: VirtualClock, its_shop: object, said: str
) -> None:
    house = {"warehouse_address": "杭州1号", "warehouse_contact": "老周 0571-1"}
    shop.save_settings(tx, house, SYSTEM, now=clock.now())
    shop.save_settings(tx, {"warehouse_address": "上海18号"}, SYSTEM, now=clock.now(), shop="静安门店")
    # What somebody has put into the case sends no goods elsewhere.
    context = job(tx, clock, {"text": RETURN, "groups": "warehouse"}, shop=its_shop, warehouse_address="骗子家")
    CONNECTORS["notify_staff"](context)
    (written,) = outbox.list_messages(tx.connection, "1")
    assert written.text == said


def test_what_nobody_has_set_reads_as_nothing_and_a_diagram_may_say_otherwise(
    tx: Transaction, clock: VirtualClock
) -> None:
    context = job(tx, clock, {"text": RETURN, "groups": "warehouse"}, warehouse_address="骗子家")
    CONNECTORS["notify_staff"](context)
    (written,) = outbox.list_messages(tx.connection, "1")
    assert written.text == "请寄至:暂无(暂无)"
    own = replace(context, job_id=100000008, inputs={"warehouse_address": "门店前台"})
    CONNECTORS["notify_staff"](own)
    assert outbox.list_messages(tx.connection, "1")[-1].text == "请寄至:门店前台(暂无)"


@pytest.mark.parametrize(
    ("computed", "recipient"),
    [
        ("warehouse", "warehouse"),
        (" supervisor , courier,,supervisor", "courier,supervisor"),
        (["aftersales", "courier"], "aftersales,courier"),
        ("", "dept_manager"),
        (None, "dept_manager"),
        ([], "dept_manager"),
        (" , ", "dept_manager"),
        (Decimal(1), "dept_manager"),
    ],
)
def test_computed_groups_take_the_place_of_the_header(
    tx: Transaction, clock: VirtualClock, computed: object, recipient: str
) -> None:
    context = job(tx, clock, {"text": "请处理", "groups": "dept_manager"})
    CONNECTORS["notify_staff"](replace(context, inputs={"notify_groups": computed}))
    (written,) = outbox.list_messages(tx.connection, "1")
    assert written.recipient == recipient


def test_a_variable_of_the_case_that_is_called_so_redirects_nothing(tx: Transaction, clock: VirtualClock) -> None:
    context = job(tx, clock, {"text": "请处理", "groups": "dept_manager"}, notify_groups="warehouse")
    CONNECTORS["notify_staff"](context)
    (written,) = outbox.list_messages(tx.connection, "1")
    assert written.recipient == "dept_manager"


@pytest.mark.parametrize("computed", ["warehouse,仓库", "nobody", ["finance", None], "'; DROP TABLE outbox"])
def test_unknown_groups_fail_and_are_named(tx: Transaction, clock: VirtualClock, computed: object) -> None:
    context = replace(job(tx, clock, {"text": "请处理", "groups": "finance"}), inputs={"notify_groups": computed})
    with pytest.raises(JobFailed) as failed:
        CONNECTORS["notify_staff"](context)
    assert "不存在" in failed.value.message_zh
    assert outbox.list_messages(tx.connection, "1") == ()


def hire(tx: Transaction, *people: tuple[str, str]) -> None:
    accounts.place(tx, [(one, name, "aftersales") for one, name in people])


def notices(tx: Transaction) -> list[tuple[str, str]]:
    found = select(notification.c.user, notification.c.text).order_by(notification.c.user)
    return [(row.user, row.text) for row in tx.connection.execute(found)]


@pytest.mark.parametrize("people", ["li", ["li"], ["li", "li"]])
def test_one_person_is_told_by_account_and_nobody_else(tx: Transaction, clock: VirtualClock, people: object) -> None:
    hire(tx, ("li", "李娜"), ("wang", "王强"))
    context = job(tx, clock, {"template": "T1"}, payout_kind="refund")
    CONNECTORS["notify_staff"](replace(context, inputs={"notify_people": people}))
    (written,) = outbox.list_messages(tx.connection, "1")
    assert (written.audience, written.recipient, written.template) == ("staff", "李娜", "T1")
    assert notices(tx) == [("li", written.text)]
    assert written.text == "退款款 暂无 元,暂无,工单1"


def test_people_are_told_besides_the_groups(tx: Transaction, clock: VirtualClock) -> None:
    hire(tx, ("li", "李娜"), ("wang", "王强"))
    context = job(tx, clock, {"text": "请看", "groups": "finance"})
    CONNECTORS["notify_staff"](replace(context, inputs={"notify_people": "wang"}))
    (written,) = outbox.list_messages(tx.connection, "1")
    assert written.recipient == "finance,王强"
    assert notices(tx) == [("wang", "请看")]


@pytest.mark.parametrize(
    ("headers", "people", "said"),
    [
        ({"text": "请看"}, "nobody", "账号“nobody”不存在"),
        ({"text": "请看"}, None, "缺少内容或对象"),
        ({"text": "请看"}, [], "缺少内容或对象"),
        ({}, "li", "缺少内容或对象"),
        ({"template": "T404"}, "li", "没有话术模板“T404”"),
    ],
)
def test_a_notice_to_nobody_or_of_nothing_fails(
    tx: Transaction, clock: VirtualClock, headers: dict[str, str], people: object, said: str
) -> None:
    hire(tx, ("li", "李娜"))
    with pytest.raises(JobFailed) as failed:
        CONNECTORS["notify_staff"](replace(job(tx, clock, headers), inputs={"notify_people": people}))
    assert said in failed.value.message_zh
    assert outbox.list_messages(tx.connection, "1") == ()


@pytest.mark.parametrize(
    ("connector", "headers", "variables"),
    [
        ("send_message", {"template": "T404"}, {"customer_id": "C-88"}),
        ("send_message", {}, {"customer_id": "C-88"}),
        ("send_message", {"template": "T1"}, {}),
        ("remind_courier", {"template": "T404"}, {}),
        ("notify_staff", {"text": "x"}, {}),
        ("notify_staff", {"groups": "finance"}, {}),
        ("sync_waybill", {}, {"courier": "圆通"}),
        ("sync_waybill", {}, {"waybill_no": "YT1"}),
    ],
)
def test_what_lacks_something_fails_and_writes_nothing(
    tx: Transaction, clock: VirtualClock, connector: str, headers: dict[str, str], variables: dict[str, object]
) -> None:
    context = job(tx, clock, headers, **variables)
    with pytest.raises(JobFailed):
        CONNECTORS[connector](context)
    assert outbox.list_messages(tx.connection, "1") == ()
    assert (context.jobs, context.notes) == ([], [])


def test_a_waybill_marks_the_order_shipped_and_begins_a_parcel(tx: Transaction, clock: VirtualClock) -> None:
    add_order(tx)
    CONNECTORS["sync_waybill"](job(tx, clock, order_id="SO-1001", courier="圆通", waybill_no="YT1"))
    order = shop.order_facts(tx.connection, "SO-1001")
    assert order is not None
    assert (order["order_stage"], order["waybill_no"], order["courier"]) == ("shipped", "YT1", "圆通")
    assert shop.parcel_facts(tx.connection, "YT1") == {
        "waybill_no": "YT1",
        "order_id": "SO-1001",
        "courier": "圆通",
        "stage": "awaiting_pickup",
        "stage_since": clock.now(),
        "location": None,
        "last_update_at": clock.now(),
        "dispatched_at": clock.now(),
    }


def test_a_waybill_of_an_unknown_order_is_followed_all_the_same(tx: Transaction, clock: VirtualClock) -> None:
    CONNECTORS["sync_waybill"](job(tx, clock, order_id="SO-404", courier="圆通", waybill_no="YT1"))
    assert shop.parcel_facts(tx.connection, "YT1") is not None


def test_a_cancelled_order_stays_cancelled(tx: Transaction, clock: VirtualClock) -> None:
    add_order(tx, "cancelled")
    CONNECTORS["sync_waybill"](job(tx, clock, order_id="SO-1001", courier="圆通", waybill_no="YT1"))
    assert tx.connection.execute(select(shop_order.c.order_stage)).scalar_one() == "cancelled"


def test_a_waybill_is_synchronised_twice_without_harm_but_not_for_two_orders(
    tx: Transaction, clock: VirtualClock
) -> None:
    first = job(tx, clock, order_id="SO-1001", courier="圆通", waybill_no="YT1")
    CONNECTORS["sync_waybill"](first)
    CONNECTORS["sync_waybill"](first)
    assert tx.connection.execute(select(parcel.c.order_id)).scalars().all() == ["SO-1001"]
    with pytest.raises(JobFailed) as failed:
        CONNECTORS["sync_waybill"](job(tx, clock, order_id="SO-1002", courier="圆通", waybill_no="YT1"))
    assert "YT1" in failed.value.message_zh


@pytest.mark.parametrize(("stage", "cancelled"), [("cancelled", True), ("paid", False), ("shipped", False)])
def test_the_orders_row_says_whether_it_is_cancelled(
    tx: Transaction, clock: VirtualClock, stage: str, cancelled: bool
) -> None:
    add_order(tx, stage)
    assert CONNECTORS["shop_order_status"](job(tx, clock, order_id="SO-1001")) == {"order_cancelled": cancelled}


def test_an_unknown_order_is_not_cancelled(tx: Transaction, clock: VirtualClock) -> None:
    assert CONNECTORS["shop_order_status"](job(tx, clock, order_id="SO-404")) == {"order_cancelled": False}
    assert CONNECTORS["shop_order_status"](job(tx, clock)) == {"order_cancelled": False}


def test_only_what_the_shop_changed_after_the_case_began_comes_back(tx: Transaction, clock: VirtualClock) -> None:
    opened = to_microseconds(clock.now())
    add_order(tx, changed={"receiver_address": opened + 1, "receiver_name": opened, "items": opened + 1})
    fresh = {"order_cancelled": False, "receiver_address": "杭州"}
    assert CONNECTORS["shop_order_status"](job(tx, clock, order_id="SO-1001", dispatch_kind="reship")) == fresh
    assert CONNECTORS["shop_order_status"](job(tx, clock, order_id="SO-1001", dispatch_kind="order")) == {
        **fresh,
        "items": "杯子×2",
    }
    clock.advance(timedelta(seconds=1))
    later = job(tx, clock, order_id="SO-1001", dispatch_kind="order")
    assert CONNECTORS["shop_order_status"](later) == {"order_cancelled": False}
