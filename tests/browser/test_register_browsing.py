"""Registers, messages and texts in a browser: wide and on a phone, in both lights; a file asked for and fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.store.database import Database
from tests.browser.conftest import PASSWORD, Server
from tests.browser.steps import log_in_on
from tests.browser.test_pages import COMPLAINTS, DESK, PHONE, SMALL_TARGETS
from tests.engine.register_pen import RegisterPen
from tests.sample import some

pytestmark = pytest.mark.browser

SUPERVISOR, MANAGER = "zhou.min", "wu.gang"
REGISTER = "/registers/compensation_register"
PAGES = ("/registers", REGISTER, f"{REGISTER}?is.status=已打款", "/exports", "/messages", "/scripts", "/scripts/T10A")


@pytest.fixture(scope="module", autouse=True)
def rows(server: Server) -> None:
    db = Database.open(server.database_url)
    pen = RegisterPen(db)
    for number in range(1, 61):
        status = "待打款" if number % 3 else "已打款"
        pen.write(
            "compensation_register", number, order_id=f"SO-{number:04d}", comp_amount=Decimal(number), status=status
        )
    db.close()


@pytest.fixture
def open_page(chromium: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Gives a person's page in a window of its own; complaints of the browser fail the test."""
    contexts, complaints = [], []

    def log_in(person: str, **options: Any) -> Page:
        context = chromium.new_context(**{"base_url": server.url, "locale": "zh-CN", "viewport": DESK, **options})
        contexts.append(context)
        return log_in_on(context, person, PASSWORD, complaints)

    yield log_in
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize(
    ("size", "light"), some([(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")], 2), ids=str
)
def test_pages_are_complete_in_every_size_and_light(
    open_page: Callable[..., Page], size: dict[str, int], light: str
) -> None:
    page = open_page(SUPERVISOR, viewport=size, color_scheme=light)
    for path in PAGES:
        page.goto(path)
        assert page.evaluate(COMPLAINTS) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        if size is PHONE:
            assert page.evaluate(SMALL_TARGETS) == [], path


def test_a_register_is_filtered_sorted_and_paged(open_page: Callable[..., Page]) -> None:
    page = open_page(SUPERVISOR)
    page.goto(REGISTER)
    expect(page.get_by_test_id("found")).to_have_text("60 行")
    page.get_by_test_id("next-page").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.goto(REGISTER)
    page.get_by_text("按列筛选").click()
    page.get_by_label("状态").select_option("已打款")
    page.locator("details.more-filters button").click()
    expect(page.get_by_test_id("found")).to_have_text("20 行")
    page.locator("a.sort", has_text="登记时间").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    expect(page.locator("tbody tr").first).to_contain_text("SO-0003")


def test_a_file_is_asked_for_approved_and_fetched_once(open_page: Callable[..., Page]) -> None:
    supervisor, manager = open_page(SUPERVISOR), open_page(MANAGER)
    supervisor.goto(f"{REGISTER}?is.status=已打款")
    supervisor.get_by_test_id("export").locator("summary").click()
    supervisor.get_by_label("CSV").check()
    supervisor.get_by_label("原因").fill("月底对账")
    supervisor.get_by_test_id("export-submit").click()
    expect(supervisor.get_by_test_id("export-status").first).to_have_text("待审批")
    manager.goto("/exports")
    manager.get_by_test_id("approve").first.click()
    supervisor.reload()
    with supervisor.expect_download() as download:
        supervisor.get_by_test_id("download").click()
    assert download.value.suggested_filename.startswith("补偿登记表-")
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "周敏(zhou.min)" in text.splitlines()[0]
    assert len(text.splitlines()) == 22
    supervisor.reload()
    expect(supervisor.get_by_test_id("export-status").first).to_have_text("已下载")
