"""What a supervisor types while reading a case survives a closed page, a lost connection and an expired log-in."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.steps import fill

SAVED = re.compile("已自动保存")
KEPT = "Object.keys(localStorage).filter(name => name.startsWith('kefuflow-draft')).length"


def saved(page: Page) -> None:
    """The server has everything that stands in the form."""
    expect(page.locator("form[data-draft-state=saved]")).to_be_visible()
    expect(page.get_by_test_id("draft-status")).to_have_text(SAVED)


def test_a_half_filled_check_is_never_lost(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min")
    page.goto("/quality?state=waiting")
    page.get_by_test_id("check").first.click()
    expect(page.get_by_test_id("check-form")).to_be_visible()
    address = page.url
    fill(page, p_tone="7", r_tone="有一句生硬", summary="听到一半")
    saved(page)
    assert page.evaluate(KEPT) == 0

    page.goto("/inbox")
    page.goto(address)
    expect(page.get_by_test_id("draft-restored")).to_be_visible()
    expect(page.locator("[name=r_tone]")).to_have_value("有一句生硬")
    expect(page.locator("[data-sum]")).to_have_text("7")  # what was brought back is added up

    page.context.set_offline(True)
    fill(page, summary="听完了")
    expect(page.get_by_test_id("draft-status")).to_contain_text("留在本机")
    page.context.set_offline(False)
    page.goto(address)
    expect(page.locator("[name=summary]")).to_have_value("听完了")

    fill(page, summary="听完了,整体不错")
    page.get_by_test_id("fill").click()  # before the page has saved by itself
    expect(page).to_have_url(re.compile("fill=1"))
    expect(page.locator("[name=summary]")).to_have_value("听完了,整体不错")
    expect(page.locator("[name=p_tone]")).to_have_value("7")

    for field in page.locator("[data-points] input[type=number]").all():
        if field.get_attribute("name") != "p_tone":
            field.fill(field.get_attribute("max") or "0")
    saved(page)
    page.context.clear_cookies()
    page.get_by_test_id("send-result").click()
    expect(page.get_by_role("alert")).to_contain_text("登录已过期")
    page.fill("#user_id", "zhou.min")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page.locator("[name=summary]")).to_have_value("听完了,整体不错")

    page.get_by_test_id("send-result").click()
    expect(page.get_by_test_id("score")).to_contain_text("97")
    assert page.evaluate(KEPT) == 0
    page.goto("/drafts")
    expect(page.get_by_test_id("drafts")).to_have_count(0)
