"""An owner tries another limit on past cases: asks, watches the bar, reads the sum, clicks through to both ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import accounts, studio
from engine.backtest import running
from engine.clock import SHANGHAI, VirtualClock
from engine.store.database import Database
from tests.browser.served import served
from tests.browser.steps import log_in_on
from tests.browser.test_accessibility import AXE, DESK, complaints
from tests.engine.backtest.seeding import Seeder, with_limit
from tests.engine.narrative.theatre import build
from web import create_app, parts_of

pytestmark = pytest.mark.browser

PASSWORD = "correct horse"
TABLE = ("decision", "compensation_approval")


@dataclass(frozen=True)
class Desk:
    """A server with past cases and a change with another limit."""

    url: str
    change: int


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    file = build(tmp_path)
    clock = VirtualClock(datetime(2026, 1, 2, 9, 0, tzinfo=SHANGHAI))
    db = Database.open(f"sqlite:///{file}")
    Seeder(db, clock, 3).make(12)
    with db.begin() as tx:
        accounts.add(tx, "he", "何平", PASSWORD, ["process_owner"])
    owner = accounts.get(db, "he").actor
    with db.begin() as tx:
        change = studio.open_change(tx, owner, title="补偿上限改为 50 元", why="等审批太久", now=clock.now())
        studio.add_resource(tx, owner, change, *TABLE, clock.now())
    with db.read() as connection:
        draft = studio.read_draft(connection, change, *TABLE)
    with db.begin() as tx:
        content = with_limit(draft.content, 50)
        studio.save_draft(tx, owner, change, *TABLE, content, draft.revision, clock.now())
    db.close()
    monkeypatch.setattr(running, "BATCH", 3)
    app = create_app(database_url=f"sqlite:///{file}", clock=clock)
    with served(app) as url:
        yield Desk(url, change)
        parts_of(app).backtests.wait()
    parts_of(app).db.close()


@pytest.fixture
def page(chromium: Browser, desk: Desk) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=desk.url, locale="zh-CN", timezone_id="Asia/Shanghai", viewport=DESK, bypass_csp=True,
        reduced_motion="reduce",
    )  # fmt: skip
    context.add_init_script(path=AXE)
    problems: list[str] = []
    yield log_in_on(context, "he", PASSWORD, problems)
    context.close()
    assert problems == []


@pytest.mark.timeout(240)
def test_an_owner_sees_what_another_limit_would_have_cost(page: Page, desk: Desk) -> None:
    page.goto(f"/studio/changes/{desk.change}")
    page.get_by_test_id("tab-backtest").click()
    expect(page.get_by_test_id("affected")).to_contain_text("12 张工单")
    assert complaints(page) == []
    page.get_by_test_id("start-backtest").click()
    page.wait_for_url(re.compile(r"/studio/backtests/\d+"))
    # The bar goes on by itself, and the page is whole when it is over.
    expect(page.locator("[data-test=backtest-run][data-status=done]")).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("summary")).to_contain_text("12 张中")
    expect(page.get_by_test_id("difference")).to_contain_text("多付 ¥")
    expect(page.get_by_test_id("cases").locator("tbody tr")).to_have_count(12)
    assert complaints(page) == []
    page.get_by_test_id("filter").locator("[name=verdict]").select_option("path")
    page.get_by_test_id("filter").locator("[name=assumed]").check()
    page.get_by_test_id("apply").click()
    page.get_by_test_id("cases").locator("a[data-row]").first.click()
    expect(page.get_by_test_id("verdict")).to_have_text("走另一条路")
    for place in page.locator(".backtest-canvas").all():
        expect(place).to_have_attribute("data-ready", "yes")
        assert place.locator(".kf-taken").count() > 0
        assert place.locator(".backtest-parts").count() == 1
    expect(page.get_by_test_id("assumed")).to_contain_text("补偿金额")
    before, after = page.locator(".backtest-canvas").all()
    assert before.locator(".kf-done").count() > after.locator(".kf-done").count()
    assert complaints(page) == []
    page.go_back()
    expect(page.get_by_test_id("filter").locator("[name=verdict]")).to_have_value("path")
