"""The search box in a real browser: what is found while one types, by keys alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import start_case

pytestmark = pytest.mark.browser


def test_search_by_keys_from_any_page(as_person: Callable[..., Page]) -> None:
    page = as_person("li.na")
    case = start_case(page, "p10_courier_query", "SO-2603", "雾霾蓝毛毯一直不动")
    page.goto("/cases")
    page.keyboard.press("/")
    box, listed = page.locator("#search"), page.locator("#search-list")
    expect(box).to_be_focused()
    box.press_sequentially(case)
    option = listed.get_by_role("option").filter(has_text=f"快递查询流程 {case}")
    expect(option).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", f"suggest-case-{case}")
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    expect(box).to_have_value(case)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/cases/{case}$"))

    page.keyboard.press("/")
    page.keyboard.type("SO-2603")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q=SO-2603"))
    expect(page.get_by_test_id("found-orders")).to_contain_text("SO-2603")
    page.get_by_test_id("found-orders").get_by_role("link").first.click()
    expect(page.get_by_test_id("running-p10_courier_query")).to_be_visible()
    page.get_by_test_id("start-p12_return").click()
    expect(page.locator("#start-form [name=order_id]")).to_have_value("SO-2603")
