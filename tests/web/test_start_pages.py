"""Starting from an order or a buyer: what is known, what runs, what fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from engine import accounts, canonical, search
from engine.clock import to_microseconds
from engine.model import SYSTEM
from engine.queries.starting import KINDS, situation_of
from engine.store.tables import parcel, shop_order
from tests.conftest import FRIDAY_9AM
from tests.web.browser import Browser
from tests.web.test_case_events import waiting
from web import parts_of

Browse = Callable[[str], Browser]
ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "processes/decisions/start_offer.dmn").read_bytes()


def offered(page: str) -> list[str]:
    """Processes that are offered for the order, the first one first."""
    part = page.partition('data-test="offered"')[2].partition("</section>")[0]
    return re.findall(r'data-test="start-(\w+)"', part)


def others(page: str) -> list[str]:
    """The processes behind them."""
    part = page.partition('data-test="starts"')[2].partition("</section>")[0]
    return re.findall(r'data-test="start-(\w+)"', part)


def change(app: Flask, **columns: object) -> None:
    with parts_of(app).db.begin() as tx:
        tx.connection.execute(update(shop_order).where(shop_order.c.order_id == "SO-1001").values(columns))


def move_parcel(app: Flask, stage: str, **columns: object) -> None:
    with parts_of(app).db.begin() as tx:
        values = {"stage": stage, **columns}
        tx.connection.execute(update(parcel).where(parcel.c.waybill_no == "YT1").values(values))


def add_order(app: Flask, order_id: str, customer_id: str = "C-8812", **columns: object) -> None:
    facts = {"order_amount": Decimal(59), "items": [{"name": "浴巾", "quantity": 2}]}
    row = {"order_id": order_id, "customer_id": customer_id, "channel": "marketplace", "order_stage": "signed"}
    with parts_of(app).db.begin() as tx:
        values = {**row, "facts": canonical.encode(facts), "updated_at": 1, **columns}
        tx.connection.execute(shop_order.insert().values(values))


def test_an_order_shows_its_facts_and_a_parcel_that_stands_still_comes_first(browse: Browse) -> None:
    for sought in ("SO-1001", "so-1001", "YT1", " yt1 "):
        page = browse("wang").get("/start", query_string={"q": sought}).text
        assert offered(page)[0] == "p10_courier_query", sought
        assert "超过48小时没有更新" in page
        assert "四件套" in page
        assert "¥199.00" in page
        assert "张**" in page
        assert "张小明" not in page
        assert "文三路" not in page
        assert "13800138000" not in page


def test_without_an_order_every_process_is_there_by_what_it_is_for_and_its_number(browse: Browse) -> None:
    page = browse("chen").get("/start").text
    assert offered(page) == []
    assert "p10_courier_query" in others(page)
    groups = re.findall(r'data-test="kind-(\w+)"', page)
    assert groups[:3] == ["presale", "insale", "aftersale"]
    assert groups == [kind for kind in KINDS if kind in groups]
    for part in page.split('data-test="kind-')[1:]:
        found = re.findall(r'data-test="start-(\w+)"', part)
        assert found
        assert found == sorted(found)
    assert (
        'data-test="start-p08_repair"' in page.partition('data-test="kind-repair"')[2].partition("data-filter-group")[0]
    )


def test_a_process_that_does_not_say_what_it_is_for_stands_among_the_others(app: Flask, browse: Browse) -> None:
    path = "processes/service/p11_invoice.bpmn"
    plain = re.sub(rb'\s*<zeebe:property name="kind" value="\w+" />', b"", (ROOT / path).read_bytes())
    parts_of(app).definitions.deploy({path: plain}, SYSTEM)
    part = browse("wang").get("/start").text.partition('data-test="kind-other"')[2]
    assert re.findall(r'data-test="start-(\w+)"', part) == ["p11_invoice"]


def test_what_is_not_offered_stands_behind_and_can_be_started(browse: Browse) -> None:
    page = browse("wang").get("/start?q=SO-1001").text
    first, rest = offered(page), others(page)
    assert not set(first) & set(rest)
    assert set(first + rest) == set(others(browse("wang").get("/start").text))
    assert 'href="/start/p10_courier_query?order_id=SO-1001"' in page


@pytest.mark.parametrize(
    ("stage", "first"),
    [
        ("unpaid", ["p06_order_change", "p14_gift_free_shipping"]),
        ("paid", ["p02_rush_shipping", "p06_order_change", "p12_return"]),
        ("cancelled", ["p13_rights_protection"]),
    ],
)
def test_the_stage_of_the_order_decides(app: Flask, browse: Browse, stage: str, first: list[str]) -> None:
    change(app, order_stage=stage, waybill_no=None)
    found = offered(browse("lin").get("/start?q=SO-1001").text)
    assert found[: len(first)] == first


def test_a_parcel_on_its_way_is_tracked_and_a_signed_one_can_come_back(app: Flask, browse: Browse) -> None:
    now = parts_of(app).clock.now()
    move_parcel(app, "in_transit", last_update_at=to_microseconds(now - timedelta(hours=47)))
    assert offered(browse("wang").get("/start?q=SO-1001").text)[0] == "p05_order_tracking"
    move_parcel(app, "in_transit", last_update_at=to_microseconds(now - timedelta(hours=48)))
    assert offered(browse("wang").get("/start?q=SO-1001").text)[0] == "p10_courier_query"
    signed = to_microseconds(now - timedelta(days=2))
    move_parcel(app, "signed", last_update_at=signed, stage_since=signed)
    found = offered(browse("wang").get("/start?q=SO-1001").text)
    assert found[:3] == ["p12_return", "p09_exchange", "p03_wrong_shipment"]
    long_ago = to_microseconds(now - timedelta(days=8))
    move_parcel(app, "signed", last_update_at=long_ago, stage_since=long_ago)
    found = offered(browse("wang").get("/start?q=SO-1001").text)
    assert found.index("p09_exchange") < found.index("p12_return")


def test_days_since_signing_are_days_of_the_calendar() -> None:
    order = {"order_stage": "shipped", "paid_at": None}
    late = FRIDAY_9AM + timedelta(hours=14, minutes=59)  # 23:59 in Shanghai
    signed = {"stage": "signed", "last_update_at": late, "stage_since": late}
    after = situation_of(order, signed, late + timedelta(minutes=2))
    assert after["signed_days"] == 1
    assert after["order_stage"] == "signed"
    assert situation_of(order, signed, late + timedelta(seconds=30))["signed_days"] == 0
    assert situation_of(order, None, late)["signed_days"] is None


def test_an_owner_changes_what_is_offered_by_the_table(app: Flask, browse: Browse) -> None:
    changed = TABLE.replace("物流超过48小时没有更新,请向快递查询".encode(), "包裹停了,先问快递".encode())
    parts_of(app).definitions.deploy({"processes/decisions/start_offer.dmn": changed}, SYSTEM)
    assert "包裹停了,先问快递" in browse("wang").get("/start?q=SO-1001").text


def test_a_person_is_offered_only_what_he_may_start(browse: Browse) -> None:
    page = browse("cang").get("/start?q=SO-1001").text
    assert set(offered(page) + others(page)) == {"a33_warehouse_receipt", "p05_order_tracking", "p07_delivery"}
    assert browse("zheng").get("/start?q=SO-1001").status_code == 404
    assert browse("qian").get("/start?q=SO-1001").status_code == 404


def test_a_case_of_this_kind_that_runs_already_is_told_of(browse: Browse) -> None:
    case = browse("wang").start_inquiry()
    page = browse("wang").get("/start?q=SO-1001").text
    assert f'href="/cases/{case}" data-test="running-p10_courier_query"' in page
    assert "这个订单" in page
    foreign = browse("lin").get("/start?q=SO-1001").text
    assert f"/cases/{case}" not in foreign
    assert "已有进行中的工单" not in foreign


def test_a_closed_case_is_none_that_runs(browse: Browse) -> None:
    case = browse("wang").start_inquiry()
    browse("chen").post(f"/cases/{case}/cancellation", {"reason": "重复"})
    assert f"/cases/{case}" not in browse("wang").get("/start?q=SO-1001").text


def test_a_buyers_orders_are_listed_with_the_cases_that_run(app: Flask, browse: Browse) -> None:
    add_order(app, "SO-2002", updated_at=5)
    add_order(app, "SO-3003", customer_id="C-1", updated_at=6)
    case = browse("wang").start_inquiry()
    page = browse("wang").get("/start?q=c-8812").text
    assert "SO-2002" in page
    assert "SO-1001" in page
    assert "SO-3003" not in page
    assert f'href="/cases/{case}"' in page
    assert offered(page) == []
    assert offered(browse("wang").get("/start?q=SO-2002").text)[0] == "p12_return"


def test_an_order_is_found_by_what_it_holds(app: Flask, browse: Browse) -> None:
    add_order(app, "SO-2002")
    while search.due(parts_of(app).db, parts_of(app).definitions):
        pass
    assert "¥59.00" in browse("wang").get("/start?q=浴巾").text
    assert offered(browse("wang").get("/start?q=浴巾").text)[0] == "p12_return"


def test_a_number_that_the_shop_does_not_know_can_be_started_all_the_same(browse: Browse) -> None:
    page = browse("wang").get("/start?q=SO-9999").text
    assert "没有符合" in page
    assert "p10_courier_query" in others(page)


@pytest.mark.parametrize(
    "sought", ["<script>x</script>", "'; DROP TABLE shop_order; --", "😀", "%", "x" * 3000, "\x00"]
)
def test_no_text_harms(browse: Browse, sought: str) -> None:
    answer = browse("wang").get("/start", query_string={"q": sought})
    assert answer.status_code == 200
    assert "<script>x" not in answer.text


def test_events_that_a_case_of_the_order_waits_for_are_registered_from_here(app: Flask, browse: Browse) -> None:
    case = waiting(app, price_difference=Decimal(30), order_id="SO-1001", customer_id="C-8812")
    (event,) = parts_of(app).queries.case(case, accounts.get(parts_of(app).db, "wang").actor).events
    address = f"/cases/{case}/events/{event.id}"
    assert f'href="{address}"' in browse("wang").get("/start?q=SO-1001").text
    assert browse("wang").get(address).status_code == 200
    shown = browse("cang").get("/start?q=SO-1001")
    assert address not in shown.text  # a man of the warehouse registers nothing


def test_a_new_case_of_a_buyer_goes_to_who_holds_the_open_one(app: Flask, browse: Browse) -> None:
    browse("wang").start_inquiry()
    page = browse("sun").get("/start?q=SO-1001").text
    assert 'data-test="first-contact"' in page
    assert "王立新" in page
    assert "王立新" in browse("sun").get("/start/p10_courier_query?order_id=SO-1001").text
    mine = browse("wang").get("/start?q=SO-1001").text
    assert "新工单也归您" in mine
    case = browse("sun").start_inquiry()
    assert parts_of(app).queries.case(case, accounts.get(parts_of(app).db, "chen").actor).owner == "wang"


def test_a_buyer_without_cases_is_nobodys(browse: Browse) -> None:
    assert 'data-test="first-contact"' not in browse("sun").get("/start?q=SO-1001").text
