"""A supervisor helps on stuck cases with a mouse, with keys, and without scripts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server
from tests.browser.test_main_job import AGENT, start_inquiry
from tests.sample import some

pytestmark = pytest.mark.browser

SUPERVISOR = "zhou.min"


@pytest.fixture
def stuck(server: Server, as_person: Callable[..., Page]) -> Iterator[list[str]]:
    """Two cases with an incident each; nothing of it stays."""
    agent = as_person(AGENT)
    cases = [start_inquiry(agent, order) for order in ("SO-2602", "SO-2606")]
    with sqlite3.connect(server.database_url.removeprefix("sqlite:///"), timeout=30) as db:
        for case in cases:
            (task,) = db.execute("SELECT id FROM user_task WHERE case_id = ? AND status = 'open'", (case,)).fetchone()
            db.execute(
                "INSERT INTO incident (id, instance, case_id, element, kind, message, created_at)"
                " VALUES (?, ?, ?, 'check_logistics', 'completion_refused', 'the rule does not work out', 0)",
                (task, int(case), case),
            )
    db.close()
    yield cases
    assert server.command("repair", "cancel", "--as", SUPERVISOR, *cases, "--reason", "test is over").returncode == 0


def test_all_of_a_page_are_suspended_and_the_result_is_where_the_reader_goes_on(
    as_person: Callable[..., Page], stuck: list[str]
) -> None:
    page = as_person(SUPERVISOR)
    page.goto("/repairs?process=p10_courier_query")
    page.get_by_label("全选本页").check()
    page.get_by_test_id("bulk-suspend").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator("input[name=incident]:checked")).to_have_count(len(stuck))
    page.get_by_label("原因").first.fill("快递公司系统升级")
    page.get_by_test_id("bulk-suspend").press("Enter")
    expect(page.get_by_test_id("told")).to_be_focused()
    expect(page.locator("[data-ok=yes]")).to_have_count(len(stuck))
    expect(page.locator(".incidents .sign-paused")).to_have_count(len(stuck))


@pytest.mark.parametrize("javascript", some([True, False], 1))
def test_a_step_is_moved_by_name(as_person: Callable[..., Page], stuck: list[str], javascript: bool) -> None:
    page = as_person(SUPERVISOR, javascript=javascript)
    page.goto(f"/cases/{stuck[0]}")
    page.locator("#repair > details > summary").click()
    page.get_by_label("移动到").first.select_option(label="要求快递查找滞留件并退回")
    page.get_by_test_id("repair-instance").get_by_label("原因").fill("快递已确认丢件")
    page.get_by_test_id("move").click()
    expect(page.get_by_test_id("waits-for")).to_contain_text("要求快递查找滞留件并退回")
    expect(page.get_by_test_id("timeline")).to_contain_text("移动:快递已确认丢件")
