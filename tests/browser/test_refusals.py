"""A button whose answer is a refusal says so where it was pressed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_main_job import AGENT, start_inquiry

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("status", [403, 404, 409, 503])
def test_a_refused_claim_is_said_beside_the_list(as_person: Callable[..., Page], status: int) -> None:
    agent = as_person(AGENT)
    start_inquiry(agent, "SO-2603")
    agent.goto("/inbox")
    agent.locator("a[data-row]").first.click()
    note = '<div class="note note-bad"><p>磁盘已满</p></div>'

    def refuse(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html; charset=utf-8", body=note)

    agent.route("**/tasks/*/claim", refuse)
    agent.locator("#preview").get_by_test_id("claim").click()
    expect(agent.locator("#preview")).to_contain_text("磁盘已满")
