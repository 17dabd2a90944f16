"""What lies around cases: orders and their receivers, calls and visits, customers, and registers for three years."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from engine import canonical, customers, retention, search
from engine.clock import to_microseconds
from engine.customers.finding import customers_called
from engine.retention.rules import cutoff
from engine.store.tables import call_entry, parcel, shop_order, visit
from tests.engine.retention.conftest import DUE, SECOND, ZHAO
from tests.engine.shop_desk import ShopDesk

Order = Callable[..., None]


def run(desk: ShopDesk) -> dict[str, int]:
    return dict(retention.run(desk.db, desk.definitions, now=desk.clock.now()).counts)


def facts(desk: ShopDesk, order_id: str = "SO-1001") -> dict[str, object]:
    (data,) = desk.column("SELECT facts FROM shop_order WHERE order_id = :id", id=order_id)
    assert isinstance(data, bytes)
    found = canonical.decode(data)
    assert isinstance(found, dict)
    return found


def test_an_order_loses_its_receiver_and_keeps_what_was_bought(desk: ShopDesk, order: Order) -> None:
    order(order_remark="张三要送货上门")
    desk.clock.advance_to(DUE - SECOND)
    assert "order" not in run(desk)
    desk.clock.advance(SECOND)
    assert run(desk)["order"] == 1
    left = facts(desk)
    assert left["receiver_name"] == "张**"
    assert left["order_remark"] == "***"
    assert left["items"] == [{"name": "枕头", "quantity": 1}]
    assert "order" not in run(desk)


def parcels(desk: ShopDesk) -> list[tuple[object, ...]]:
    with desk.db.read() as connection:
        wanted = (parcel.c.waybill_no, parcel.c.courier, parcel.c.location)
        return [tuple(row) for row in connection.execute(select(*wanted).order_by(parcel.c.waybill_no))]


def put_parcel(desk: ShopDesk, waybill_no: str, courier: str | None, order_id: str | None = None) -> None:
    row = {"waybill_no": waybill_no, "courier": courier, "order_id": order_id, "stage": "signed", "location": "杭州"}
    with desk.db.begin() as tx:
        tx.connection.execute(insert(parcel).values({**row, "last_update_at": to_microseconds(desk.clock.now())}))


def test_what_somebody_typed_for_a_courier_goes_with_the_order_and_the_name_of_one_stays(
    desk: ShopDesk, order: Order
) -> None:
    for order_id, courier in (("SO-1", "张三 13800000000 要送上门"), ("SO-2", "圆通"), ("SO-3", "顺丰速运")):
        order(order_id, f"C-{order_id}")
        put_parcel(desk, f"YT-{order_id}", courier, order_id)
        with desk.db.begin() as tx:
            this = update(shop_order).where(shop_order.c.order_id == order_id)
            tx.connection.execute(this.values(courier=courier, waybill_no=f"YT-{order_id}"))
    desk.clock.advance_to(DUE)
    assert run(desk)["order"] == 3
    assert desk.column("SELECT courier FROM shop_order ORDER BY order_id") == ["***", "圆通", "顺丰速运"]
    assert parcels(desk) == [
        ("YT-SO-1", "***", "***"),
        ("YT-SO-2", "圆通", "***"),
        ("YT-SO-3", "顺丰速运", "***"),
    ]


def test_parcels_of_no_order_lose_where_they_are_when_they_have_not_moved_for_long(desk: ShopDesk) -> None:
    put_parcel(desk, "YT-1", "张三自己寄回")
    put_parcel(desk, "YT-2", "中通", "SO-NOT-OURS")
    put_parcel(desk, "YT-3", None)
    desk.clock.advance(timedelta(days=2))
    put_parcel(desk, "YT-4", "李四")
    desk.clock.advance_to(DUE)
    assert run(desk)["parcel"] == 3
    assert parcels(desk) == [
        ("YT-1", "***", "***"),
        ("YT-2", "中通", "***"),
        ("YT-3", None, "***"),
        ("YT-4", "李四", "杭州"),
    ]
    assert "parcel" not in run(desk)


def test_an_order_with_an_open_case_stays_and_goes_when_that_is_over_for_long(desk: ShopDesk, order: Order) -> None:
    order()
    desk.clock.advance_to(DUE - timedelta(days=10))
    case = desk.inquire()
    desk.clock.advance_to(DUE)
    assert "order" not in run(desk)
    desk.runtime.cancel(case, "重复", ZHAO)
    assert "order" not in run(desk)
    desk.clock.advance(timedelta(days=181))
    assert run(desk)["order"] == 1


def test_an_order_that_the_shop_changes_afterwards_counts_anew(desk: ShopDesk, order: Order) -> None:
    order()
    desk.clock.advance_to(DUE)
    run(desk)
    person = canonical.encode({"receiver_name": "李四"})
    again = {"facts": person, "customer_id": "C-88", "updated_at": to_microseconds(desk.clock.now())}
    with desk.db.begin() as tx:
        tx.connection.execute(update(shop_order).values(again))
    desk.clock.advance(timedelta(days=180))
    assert "order" not in run(desk)
    desk.clock.advance(timedelta(days=1))
    assert run(desk)["order"] == 1
    assert facts(desk) == {"receiver_name": "李**"}


@pytest.mark.parametrize(("kind", "subject"), [("order", "SO-1001"), ("customer", "C-88")])
def test_a_held_order_stays(desk: ShopDesk, order: Order, kind: str, subject: str) -> None:
    order()
    with desk.db.begin() as tx:
        retention.hold(tx, kind, subject, reason="仲裁", actor=ZHAO, now=desk.clock.now())
    desk.clock.advance_to(DUE)
    assert "order" not in run(desk)


def test_a_customer_of_whom_nothing_is_left_is_forgotten_and_one_who_bought_again_keeps_the_new_name(
    desk: ShopDesk, order: Order
) -> None:
    order()
    order("SO-1002", "C-99", receiver_name="王五六")
    desk.clock.advance_to(DUE - timedelta(days=5))
    order("SO-1003", "C-99", receiver_name="王小二")
    customers.keep_up(desk.db, desk.clock.now())
    search.due(desk.db, desk.definitions)
    desk.clock.advance_to(DUE)
    counts = run(desk)
    assert counts["order"] == 2
    assert desk.column("SELECT customer_id FROM customer") == ["C-99"]
    with desk.db.read() as connection:
        assert customers_called(connection, "王五六") == []
        assert len(customers_called(connection, "王小二")) == 1
        assert customers_called(connection, "张三") == []
    shown = desk.column("SELECT customer_id FROM shop_order ORDER BY order_id")
    assert shown[2] == "C-99"
    assert all(str(one).startswith("***") for one in shown[:2])


def test_calls_and_visits_without_a_case_are_redacted_but_a_caller_who_waits_is_not(desk: ShopDesk) -> None:
    at = to_microseconds(desk.clock.now())
    call = {"kind": "other", "source": "phone", "customer_id": "C-88", "registered_by": "li", "answer": "已回张三"}
    call |= {
        "details": canonical.encode({"contact_name": "张三", "note": "问尺寸"}),
        "registered_at": at,
        "received_at": at,
    }
    asked = {"cause": "good", "subject": "C-88 2026-01-02", "customer_id": "C-88", "comment": "张三满意"}
    with desk.db.begin() as tx:
        tx.connection.execute(insert(call_entry).values(id=1, **call))
        tx.connection.execute(insert(call_entry).values(id=2, due_at=at, **call))
        tx.connection.execute(insert(visit).values(created_at=at, due_at=at, status="answered", **asked))
    desk.clock.advance_to(DUE)
    assert run(desk)["contact"] == 2
    details = desk.column("SELECT details FROM call_entry ORDER BY id")
    assert [canonical.decode(data)["contact_name"] for data in details if isinstance(data, bytes)] == ["***", "张三"]
    assert desk.column("SELECT customer_id || subject || comment FROM visit") == ["******1***"]
    assert "contact" not in run(desk)


# --- registers ----------------------------------------------------------------------------------


def test_rows_of_registers_are_masked_with_the_case_and_go_after_three_years(desk: ShopDesk, ended: str) -> None:
    rows = desk.column("SELECT count(*) FROM register_row")
    assert rows != [0]
    desk.clock.advance_to(DUE)
    run(desk)
    assert desk.column("SELECT count(*) FROM register_row") == rows
    assert not any("张三" in str(text) for text in desk.column("SELECT text || sort FROM register_cell"))
    # 1096 whole days after 2 January 2026: from 3 January 2029 on.
    desk.clock.advance_to(DUE.replace(year=2029, month=1, day=3) - SECOND)
    assert run(desk)["register"] == 0
    desk.clock.advance(SECOND)
    assert run(desk)["register"] == rows[0]
    assert desk.column("SELECT count(*) FROM register_row") == [0]
    assert desk.column("SELECT count(*) FROM register_cell") == [0]
    assert run(desk)["register"] == 0


def test_rows_of_a_held_case_do_not_expire(desk: ShopDesk, ended: str) -> None:
    rows = desk.column("SELECT count(*) FROM register_row")
    with desk.db.begin() as tx:
        retention.hold(tx, "case", ended, reason="客户起诉", actor=ZHAO, now=desk.clock.now())
    desk.clock.advance_to(DUE.replace(year=2030))
    assert run(desk) == {"register": 0}
    assert desk.column("SELECT count(*) FROM register_row") == rows


def test_the_days_of_three_years_are_counted_with_the_leap_day(desk: ShopDesk) -> None:
    end = DUE.replace(year=2028, month=3, day=1)
    assert cutoff(end, 1096) == to_microseconds(end.replace(year=2025))
