"""The inbox by keys alone: move, claim, undo, put off; and a list that does not move under somebody who is in it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import start_case

pytestmark = pytest.mark.browser


def test_an_agent_works_the_list_by_keys(as_person: Callable[..., Page]) -> None:
    agent = as_person("li.na")
    start_case(agent, "p10_courier_query", "SO-2602", "物流停在杭州")
    agent.goto("/inbox?order=SO-2602&sort=newest")
    row = agent.get_by_test_id("task-row").first
    expect(row).to_contain_text("SO-2602")

    agent.keyboard.press("j")
    expect(row).to_be_focused()
    agent.keyboard.press("x")
    expect(agent.locator("[data-bulk-count]")).to_have_text("已选 1 个")
    agent.keyboard.press("c")
    expect(agent.get_by_test_id("told")).to_contain_text("已认领")
    expect(row).to_contain_text("李娜")
    expect(row).to_be_focused()
    agent.keyboard.press("z")
    expect(agent.get_by_test_id("told")).to_contain_text("已撤销")
    expect(row).not_to_contain_text("李娜")

    agent.keyboard.press("f")
    expect(agent.locator("#bulk-later")).to_be_focused()
    agent.locator("#bulk-later").select_option("tomorrow")
    agent.get_by_test_id("bulk-follow-up").click()
    expect(row).to_contain_text("跟进 明天 09:00")

    agent.keyboard.press("?")
    sheet = agent.locator("#key-help")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("撤销刚才的操作")
    agent.keyboard.press("Escape")
    expect(sheet).to_be_hidden()

    row.focus()
    agent.keyboard.press("e")
    expect(agent.get_by_test_id("task-panel")).to_be_visible()
    expect(agent.get_by_test_id("claim")).to_be_focused()
    row.focus()
    agent.keyboard.press("g")
    agent.keyboard.press("c")
    agent.wait_for_url(re.compile(r"/cases"))


def test_new_tasks_are_announced_to_who_is_in_the_list_and_come_when_asked(as_person: Callable[..., Page]) -> None:
    agent, other = as_person("li.na"), as_person("chen.jing")
    start_case(agent, "p10_courier_query", "SO-2604", "查不到物流")
    agent.goto("/inbox?order=SO-2604&sort=newest")
    agent.keyboard.press("j")
    before = agent.get_by_test_id("task-row").count()
    start_case(other, "p10_courier_query", "SO-2604", "又来催了")
    expect(agent.locator("#list-news")).to_contain_text("有 1 个新任务,按 r 刷新", timeout=20_000)
    expect(agent.get_by_test_id("task-row")).to_have_count(before)
    focused = agent.locator("a[data-row]:focus")
    expect(focused).to_have_count(1)
    agent.keyboard.press("r")
    expect(agent.get_by_test_id("task-row")).to_have_count(before + 1)
    expect(agent.locator("#list-news")).to_have_text("")
    expect(focused).to_have_count(1)
