"""What is typed survives a lost connection, an expired log-in and a second window; personal data show for a moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.steps import fill, open_task, start_case

#: A wait of the script that saves, with room for a busy machine.
SAVED = re.compile("已自动保存")
KEPT = "Object.keys(localStorage).filter(name => name.startsWith('kefuflow-draft')).length"


def test_nothing_typed_is_lost_whatever_happens_to_the_connection(as_person: Callable[..., Page]) -> None:
    page = as_person("li.na")
    case = start_case(page, "p10_courier_query", "SO-2601", "一直不动")
    open_task(page, case)
    address = page.url
    status = page.get_by_test_id("draft-status")

    fill(page, hours_since_update="52", last_location="杭州", stuck_in_region="false", customer_urges="true")
    expect(status).to_have_text(SAVED)
    expect(page.locator("form[data-draft-state=saved]")).to_be_visible()
    expect(page.get_by_test_id("complete")).to_have_text("提交并转快递")
    assert page.evaluate(KEPT) == 0  # the server has it: nothing personal stays in the browser

    page.context.set_offline(True)
    fill(page, last_location="杭州中转站")
    expect(status).to_contain_text("留在本机")
    assert page.evaluate(KEPT) == 1
    page.context.set_offline(False)
    page.goto("/inbox")  # the page is closed before it could save
    page.goto(address)
    expect(page.locator("[name=last_location]")).to_have_value("杭州中转站")
    expect(page.get_by_test_id("draft-restored")).to_be_visible()
    assert page.evaluate(KEPT) == 0

    page.context.clear_cookies()
    fill(page, last_location="杭州西站")
    page.get_by_test_id("complete").click()
    expect(page.get_by_role("alert")).to_contain_text("登录已过期")
    page.fill("#user_id", "li.na")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page.locator("[name=last_location]")).to_have_value("杭州西站")

    other = page.context.new_page()
    other.goto(address)
    fill(other, last_location="第二个窗口")
    expect(other.get_by_test_id("draft-status")).to_have_text(SAVED)
    fill(page, last_location="第一个窗口")
    expect(status).to_contain_text("另一个窗口")
    other.close()

    page.get_by_test_id("complete").click()
    expect(page.get_by_test_id("note")).to_contain_text("已完成「查询物流状态」")
    assert page.evaluate(KEPT) == 0
    page.goto("/drafts")
    expect(page.locator(f"[data-test=drafts] a[href='{urlsplit(address).path}']")).to_have_count(0)


def test_personal_data_are_shown_on_a_press_and_masked_again(as_person: Callable[..., Page]) -> None:
    page = as_person("li.na")
    case = start_case(page, "p10_courier_query", "SO-2602", "一直不动")
    open_task(page, case)
    order = page.get_by_test_id("order")
    order.locator(".order-more > summary").click()
    expect(order).not_to_contain_text(re.compile(r"\b1\d{10}\b"))
    order.get_by_test_id("reveal-receiver_phone").press("Enter")
    shown = order.get_by_test_id("revealed")
    expect(shown).to_have_text(re.compile(r"^1\d{10}$"))
    expect(shown).to_be_focused()
    order.locator("[data-mask]").press("Enter")
    expect(shown).to_have_count(0)
    expect(order.get_by_test_id("reveal-receiver_phone")).to_be_focused()
    page.goto(f"/cases/{case}")
    expect(page.get_by_test_id("timeline")).to_contain_text("查看个人信息")
