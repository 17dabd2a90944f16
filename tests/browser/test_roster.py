"""The roster by keys, and a case from hand to hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_supervisor_pastes_a_week_and_moves_by_arrows(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min")
    page.goto("/roster")
    page.get_by_test_id("after").click()
    page.get_by_test_id("edit").click()
    fields = page.locator("tr:has(th:text('李娜')) .cell-input")
    fields.first.focus()
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData('text/plain', '休\\t白\\t半白班\\n晚\\t晚');
            document.activeElement.dispatchEvent(
                new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(fields.nth(0)).to_have_value("休")
    expect(fields.nth(2)).to_have_value("半白班")
    fields.first.press("ArrowDown")
    below = page.locator("tr:has(th:text('林涛')) .cell-input")
    expect(below.first).to_be_focused()
    expect(below.nth(1)).to_have_value("晚")
    below.first.press("ArrowRight")
    expect(below.nth(1)).to_be_focused()
    page.get_by_test_id("save-roster").click()
    expect(page.get_by_test_id("note")).to_contain_text("已保存")
    line = page.locator("tr:has(th:text('李娜'))")
    expect(line.locator("td.shift").nth(2)).to_contain_text("半白班")


def test_an_offered_case_is_returned_with_a_reason_and_handed_over_again(as_person: Callable[..., Page]) -> None:
    page = as_person("wang.fang")
    page.goto("/transfers")
    offer = page.get_by_test_id("transfer").first
    expect(offer).to_contain_text("买家改问售后赔付")
    offer.get_by_placeholder("退回原因(必填)").fill("先由售前查物流")
    offer.get_by_test_id("return").click()
    expect(page.get_by_test_id("note")).to_contain_text("已退回")
    giver = as_person("chen.jing")
    giver.goto("/transfers?box=from_me")
    expect(giver.get_by_test_id("transfer").first).to_contain_text("先由售前查物流")
    giver.goto("/hand-over")
    giver.get_by_test_id("work-item").first.wait_for()
    giver.locator("#to").select_option("user:wang.fang")
    giver.get_by_test_id("send-hand-over").click()
    expect(giver.get_by_test_id("waiting")).to_contain_text("等待答复")
    page.goto("/transfers")
    page.get_by_test_id("accept").first.click()
    expect(page.locator(".headline")).to_contain_text("负责人 王芳")
