"""Two people talk on a case: a mention by keys reaches the other's bell, an exception comes back with an answer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_job import AGENT, start_inquiry

pytestmark = pytest.mark.browser

SUPERVISOR = "zhou.min"


def test_a_mention_by_keys_reaches_the_other(as_person: Callable[..., Page]) -> None:
    agent, supervisor = as_person(AGENT), as_person(SUPERVISOR)
    case = start_inquiry(agent, "SO-2602")
    agent.goto(f"/cases/{case}")
    field = agent.get_by_label("写评论")
    field.press_sequentially("@周")
    expect(agent.get_by_role("option", name=re.compile("周敏"))).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value("@周敏 ")
    field.press_sequentially("买家很急")
    field.press("Control+Enter")
    expect(agent.get_by_test_id("comment")).to_have_text(re.compile("@周敏 买家很急"))
    expect(agent.get_by_label("写评论")).to_be_focused()
    expect(agent.get_by_label("写评论")).to_have_value("")
    supervisor.goto("/")
    supervisor.get_by_test_id("bell").click()
    supervisor.get_by_role("link", name=re.compile(f"工单 {case} 的评论中提到了您")).click()
    expect(supervisor.get_by_test_id("comment")).to_be_in_viewport()


def test_an_exception_comes_back_without_scripts(as_person: Callable[..., Page]) -> None:
    agent, supervisor = as_person(AGENT, javascript=False), as_person(SUPERVISOR, javascript=False, width=390)
    case = start_inquiry(as_person(AGENT), "SO-2606")
    agent.goto(f"/cases/{case}")
    agent.get_by_test_id("report-exception").click()
    agent.get_by_label("发生了什么").fill("买家要找媒体")
    agent.get_by_test_id("report-send").click()
    supervisor.goto("/exceptions")
    supervisor.get_by_test_id("exception").filter(has_text="买家要找媒体").first.click()
    supervisor.get_by_label("处理意见").fill("我来打电话")
    supervisor.get_by_test_id("acknowledge").click()
    agent.goto(f"/cases/{case}")
    expect(agent.get_by_test_id("exception-entry")).to_contain_text("我来打电话")
