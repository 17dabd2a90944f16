"""An agent's day: the morning's inbox, a form with a photo, a mistake mended, a closed tab, colleagues, hand-over."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, Server
from tests.browser.steps import start_case, walk_to

pytestmark = pytest.mark.browser

PICTURE = ROOT / "docs" / "screenshot.png"
DROP = """async (zone) => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 8;
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
  const data = new DataTransfer();
  data.items.add(new File([blob], '外包装.png', { type: 'image/png' }));
  for (const kind of ['dragenter', 'dragover', 'drop'])
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def morning(agent: Page, order_id: str) -> None:
    """Of all that waits only the wrong shipments are looked at; the filter is kept for tomorrow."""
    agent.goto("/inbox")
    agent.get_by_test_id("more-filters").locator("summary").click()
    agent.locator("#f-process").select_option("p03_wrong_shipment")
    agent.get_by_test_id("ask").click()
    agent.wait_for_url(re.compile("process=p03_wrong_shipment"))
    agent.get_by_test_id("keep-filter").click()
    agent.fill("#keep-name", "发错货")
    agent.get_by_test_id("keep").click()
    kept = agent.locator("#inbox-counts").get_by_role("link", name=re.compile("发错货"))
    kept.first.click()
    expect(agent.get_by_test_id("task-row").filter(has_text=order_id)).to_have_count(1)


def claim_by_keys(agent: Page, order_id: str) -> None:
    """The list is walked to the task, which is claimed and opened without the mouse."""
    row = agent.get_by_test_id("task-row").filter(has_text=order_id)
    walk_to(agent, row)
    agent.keyboard.press("c")
    expect(agent.get_by_test_id("told")).to_contain_text("已认领")
    expect(row).to_contain_text("李娜")
    agent.keyboard.press("e")
    expect(agent.locator("#preview").get_by_test_id("complete")).to_be_visible()
    expect(agent.locator("#preview :focus")).to_have_count(1)


@pytest.mark.timeout(240)
def test_an_agents_day(as_person: Callable[..., Page], server: Server) -> None:
    agent = as_person("li.na")
    agent.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    case_id = start_case(agent, "p03_wrong_shipment", "SO-2608", "收到的颜色不对,不是我买的")
    morning(agent, "SO-2608")
    claim_by_keys(agent, "SO-2608")
    address = agent.locator("#preview [data-task]").first.get_attribute("data-task")

    # One picture is chosen, another dropped; what was written badly comes back with the reason beside it.
    agent.goto(f"/tasks/{address}")
    pictures = agent.locator("form [data-files=received_images]")
    pictures.locator("input[type=file]").first.set_input_files(PICTURE)
    expect(pictures.locator("img")).to_have_count(1, timeout=20_000)
    pictures.locator(".file-drop").evaluate(DROP)
    expect(pictures.locator("img")).to_have_count(2, timeout=20_000)
    agent.get_by_test_id("complete").click()
    expect(agent.get_by_test_id("form-errors")).to_be_focused()
    told = agent.locator("form [name=receiver_info]")
    expect(told).to_have_attribute("aria-invalid", "true")
    expect(pictures.locator("img")).to_have_count(2)

    # The tab is closed in the middle of the sentence; the sentence is there again.
    told.fill("何雨桐 18973130288 YT8840012608")
    expect(agent.get_by_test_id("draft-status")).to_have_text(re.compile("已自动保存"))
    again = agent.context.new_page()
    agent.close()
    again.goto(f"/tasks/{address}")
    expect(again.locator("form [name=receiver_info]")).to_have_value("何雨桐 18973130288 YT8840012608")
    expect(again.locator("form [data-files=received_images] img")).to_have_count(2)

    # A script for the customer by one key, a word to the supervisor.
    expect(again.get_by_test_id("script").first).to_be_visible()
    again.keyboard.press("1")
    expect(again.locator("[data-scripts-live]")).to_contain_text(re.compile("已复制|没有填"))
    comment = again.get_by_label("写评论")
    comment.press_sequentially("@周")
    expect(again.get_by_role("option", name=re.compile("周敏"))).to_be_visible()
    comment.press("Enter")
    comment.press_sequentially("照片很清楚,请先看")
    comment.press("Control+Enter")
    expect(again.get_by_test_id("comment")).to_contain_text("照片很清楚")

    again.get_by_test_id("complete").click()
    expect(again.get_by_test_id("note")).to_contain_text("接下来")
    hand_over(as_person, again, case_id)


def hand_over(as_person: Callable[..., Page], giver: Page, case_id: str) -> None:
    """At the shift's end one case goes to a colleague with a note; she takes it and is its owner."""
    giver.goto("/hand-over")
    giver.locator("[data-check-all=item]").uncheck()
    item = giver.get_by_test_id("work-item").filter(has_text=case_id).first
    item.locator("input[type=checkbox]").check()
    item.locator("input.form-control").fill("照片已收,等仓库核实")
    giver.locator("#to").select_option("user:wang.fang")
    giver.get_by_test_id("send-hand-over").click()
    expect(giver.get_by_test_id("waiting")).to_contain_text("等待答复")
    taker = as_person("wang.fang")
    taker.goto("/transfers")
    offer = taker.get_by_test_id("transfer").filter(has_text="照片已收,等仓库核实")
    offer.get_by_test_id("accept").click()
    taker.goto(f"/cases/{case_id}")
    expect(taker.locator(".headline")).to_contain_text("负责人 王芳")
    expect(taker.get_by_test_id("timeline")).to_contain_text("李娜")
