"""The days of who has one task in many cases, and of who has none: their doors, their masks, and no other's."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import ROOT
from tests.browser.steps import do_task, fill, open_task, start_case, waits_at

pytestmark = pytest.mark.browser

PICTURE = ROOT / "docs" / "screenshot.png"
#: Person → words of the rail, and addresses behind other people's doors.
DOORS: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "he.ping": ({"流程", "绩效", "话术"}, ("/inbox", "/cases", "/board", "/customers", "/repairs")),
    "xu.wen": ({"审计", "工单", "台账", "绩效"}, ("/inbox", "/start", "/board", "/studio/deploy", "/admin")),
    "gao.yuan": ({"管理", "工作日历", "店铺设置"}, ("/inbox", "/cases", "/board", "/kpi/targets", "/audit")),
}
SHUT = ("/board", "/kpi/month", "/kpi/targets", "/studio", "/audit", "/admin", "/repairs", "/customers", "/roster")


def words(page: Page) -> set[str]:
    return set(page.locator("nav.rail a").all_inner_texts())


def status(page: Page, path: str) -> int:
    answer = page.goto(path)
    assert answer is not None
    return answer.status


def wrong_shipment(agent: Page, order_id: str) -> str:
    """A case at the warehouse, with a picture and what the customer said of himself."""
    case_id = start_case(agent, "p03_wrong_shipment", order_id, "收到的不是我买的")
    open_task(agent, case_id)
    agent.locator("form [data-files=received_images] input[type=file]").first.set_input_files(PICTURE)
    expect(agent.locator("form [data-files=received_images] img")).to_have_count(1, timeout=20_000)
    fill(agent, receiver_info="何雨桐 18973130288 YT8840012611")
    agent.get_by_test_id("complete").click()
    expect(agent.get_by_test_id("complete")).to_have_count(0)
    return case_id


def inbox_row(page: Page, order_id: str) -> None:
    page.goto("/inbox")
    expect(page.get_by_test_id("task-row").filter(has_text=order_id).first).to_be_visible(timeout=20_000)


def answer_while_the_fields_come(page: Page) -> None:
    """The server takes its time to draw further fields; what is typed meanwhile stays as it is typed."""
    held: list[Route] = []
    page.route("**/fields", lambda route: held.append(route))
    with page.expect_request("**/fields"):
        page.locator("form [name=is_wrong][value=true]").check()
    items = page.locator("form [name=actual_items]")
    items.press_sequentially("护眼灯×1,")
    held[0].continue_()
    expect(page.locator("form [name=wrong_goods_value]")).to_be_visible()
    expect(items).to_be_focused()
    items.press_sequentially("白色")
    expect(items).to_have_value("护眼灯×1,白色")
    page.unroute("**/fields")
    fill(page, wrong_goods_value="60", return_freight="12")


@pytest.mark.timeout(240)
def test_warehouse_and_finance_see_their_task_and_nothing_personal(as_person: Callable[..., Page]) -> None:
    agent, warehouse, finance = as_person("li.na"), as_person("zhao.lei", width=390), as_person("sun.yue")
    case_id = wrong_shipment(agent, "SO-2604")

    inbox_row(warehouse, "SO-2604")
    assert words(warehouse).isdisjoint({"看板", "绩效管理", "审计", "流程", "管理", "客户", "质检"})
    assert {path: status(warehouse, path) for path in SHUT} == dict.fromkeys(SHUT, 404)
    warehouse.goto(f"/cases/{case_id}")
    expect(warehouse.locator("#main")).not_to_contain_text("18973130288")
    expect(warehouse.locator("#main")).not_to_contain_text("何雨桐")
    expect(warehouse.locator("[data-test^=reveal-]")).to_have_count(0)
    open_task(warehouse, case_id)
    answer_while_the_fields_come(warehouse)
    warehouse.get_by_test_id("complete").click()
    expect(warehouse.get_by_test_id("complete")).to_have_count(0)
    waits_at(agent, case_id, "协商是否接受错发商品")
    do_task(agent, case_id, accepts_wrong="true", comp_amount="10", comp_reason="错发留用")

    inbox_row(finance, "SO-2604")
    assert {path: status(finance, path) for path in SHUT} == dict.fromkeys(SHUT, 404)
    open_task(finance, case_id)
    fill(finance, pay_ok="true", payment_no="P-2026-9", paid_amount="100000")
    finance.get_by_test_id("complete").click()
    expect(finance.get_by_test_id("form-errors")).to_be_visible()  # more than was promised
    fill(finance, paid_amount="10")
    finance.get_by_test_id("complete").click()
    expect(finance.get_by_test_id("complete")).to_have_count(0)
    agent.goto(f"/cases/{case_id}")
    expect(agent.get_by_test_id("case-status")).to_contain_text("客户留用已补偿", timeout=20_000)
    finance.goto("/registers/compensation_register")
    expect(finance.locator("table")).to_contain_text("SO-2604")


@pytest.mark.timeout(240)
def test_a_courier_answers_one_question_on_a_phone_and_sees_no_case(as_person: Callable[..., Page]) -> None:
    agent, courier = as_person("li.na"), as_person("qian.jin", width=390)
    case_id = start_case(agent, "p10_courier_query", "SO-2601", "一直不动")
    do_task(agent, case_id, hours_since_update="52", stuck_in_region="false", customer_urges="true")
    agent.goto(f"/cases/{case_id}")
    link = agent.get_by_test_id("case-task").filter(has_text="快递").first
    task = (link.get_attribute("href") or "").rpartition("/")[2]
    courier.goto("/inbox?order=SO-2601")  # other tests may have left tasks of the same order
    row = courier.locator(f"#row-{task}")
    expect(row).to_be_visible(timeout=20_000)
    row.click()
    courier.wait_for_url(re.compile(r"/tasks/\d+"))
    expect(courier.locator("#main")).not_to_contain_text(re.compile(r"\b1\d{10}\b"))
    expect(courier.get_by_test_id("scripts-panel")).to_have_count(0)
    courier.get_by_test_id("claim").click()
    fill(courier, stall_cause="backlog", courier_reply="网点积压", confirmed_lost="false")
    courier.get_by_test_id("complete").click()
    expect(courier.get_by_test_id("note")).to_be_visible()
    doors = ("/cases", f"/cases/{case_id}", "/search?q=SO", "/registers", "/messages", "/start", *SHUT)
    assert {path: status(courier, path) for path in doors} == dict.fromkeys(doors, 404)


@pytest.mark.parametrize("person", DOORS)
def test_owner_auditor_and_administrator_find_their_own_doors_only(as_person: Callable[..., Page], person: str) -> None:
    page = as_person(person)
    page.goto("/")
    own, shut = DOORS[person]
    assert own <= words(page)
    for link in page.locator("nav.rail a").all():
        href = link.get_attribute("href")
        assert href is not None
        assert page.request.get(href).status == 200, href
    assert {path: status(page, path) for path in shut} == dict.fromkeys(shut, 404)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
