"""A caller is entered and called back by keyboard, name and number shown on a logged click only."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_caller_is_entered_and_called_back_by_keyboard(as_person: Callable[..., Page]) -> None:
    page = as_person("li.na")
    page.goto("/calls/new")
    page.locator("#kind-inquiry").check()
    expect(page.locator("#quote-fields")).to_be_hidden()
    page.locator("#kind-quote").check()
    expect(page.locator("#quote-fields")).to_be_visible()
    page.get_by_test_id("register-call").press("Enter")
    expect(page.locator(".error-summary")).to_contain_text("询价须填姓名")
    page.locator("#contact_name").fill("何经理")
    page.locator("#contact_phone").fill("13701230000")
    page.locator("#goods").fill("四件套")
    page.get_by_test_id("register-call").press("Enter")
    page.wait_for_url(re.compile(r"/calls/\d+$"))
    expect(page.locator("main")).not_to_contain_text("13701230000")
    page.get_by_test_id("show-contact").press("Enter")
    expect(page.locator("[data-field=contact_phone]")).to_have_text("13701230000")
    page.locator("#result-no_price").check()
    page.locator("#answer").fill("暂无价格,周三前报价")
    page.get_by_test_id("answer").press("Enter")
    page.wait_for_url(re.compile(r"/calls$"))
