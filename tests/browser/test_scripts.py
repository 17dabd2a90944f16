"""A script is copied with one key, blanks first; the note behind the flag with another; both are axe clean."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

pytestmark = pytest.mark.browser


def test_scripts_and_the_flag_note_are_copied_with_one_key(as_person: Callable[..., Page], server: Server) -> None:
    page = as_person("li.na")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    page.goto("/start/p10_courier_query?order_id=SO-2602")
    page.locator("#start-form [name=description]").fill("包裹一直没动")
    page.get_by_test_id("start").click()
    page.wait_for_url(re.compile(r"/cases/\d+"))
    page.get_by_test_id("case-task").first.click()
    offers = page.get_by_test_id("script-offers")
    expect(offers.get_by_test_id("script").first).to_be_visible()

    def copied() -> str:
        return str(page.evaluate("navigator.clipboard.readText()"))

    page.keyboard.press("1")
    live = page.locator("[data-scripts-live]")
    expect(live).to_contain_text("已复制 S26")
    assert "马上为您查询一下情况" in copied()

    page.locator("#script-text").fill("几天后")
    page.locator("#script-text").fill("物流未上网")
    expect(offers.get_by_test_id("script")).to_have_count(1)
    page.get_by_test_id("copy-S20").click()
    expect(live).to_contain_text("还有 1 处没有填:几天后更新")
    assert "马上为您查询" in copied(), "nothing with a hole in it was copied"
    blank = page.locator("[data-blank]")
    expect(blank).to_be_focused()
    blank.fill("3")
    blank.press("Enter")
    expect(live).to_contain_text("已复制 S20")
    assert "在3天后更新信息" in copied()
    assert copied().startswith("您好"), "the official site's own wording"

    page.get_by_test_id("copy-S20").focus()
    page.keyboard.press("b")
    expect(page.locator("[data-flag-live]")).to_have_text("已复制备注。")
    assert copied().startswith("【催")
    page.get_by_test_id("flag-text").fill("【催,无差价 娜/13.1】")
    expect(page.get_by_test_id("flag-problem")).to_contain_text("日期")
    page.get_by_test_id("flag-text").fill("【催,无差价 娜/12.1】")
    expect(page.get_by_test_id("flag-ok")).to_be_visible()
    page.get_by_test_id("save-flag").click()
    expect(page.get_by_test_id("flag-list")).to_contain_text("【催,无差价 娜/12.1】")
    expect(page.locator("h1")).to_have_text("查询物流状态")
