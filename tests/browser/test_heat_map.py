"""The heat map in the browser: figures on drawn elements, switches, a way from the diagram to the table and back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import accounts
from engine.clock import VirtualClock
from engine.model import SYSTEM
from engine.store.database import Database
from tests.browser.served import served
from tests.browser.steps import log_in_on
from tests.conftest import FRIDAY_9AM
from tests.engine.shop_desk import START, ShopDesk
from web import create_app

pytestmark = pytest.mark.browser

PASSWORD = "correct horse"
PAGE = "/studio/processes/p10_courier_query/heat"


@pytest.fixture(scope="module")
def address(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a shop in which an inquiry has waited for three days, over a holiday."""
    path = tmp_path_factory.mktemp("heat") / "shop.db"
    shutil.copy(empty_database, path)
    db, clock = Database.open(f"sqlite:///{path}"), VirtualClock(FRIDAY_9AM)
    desk = ShopDesk(db, clock)
    for _ in range(3):
        desk.runtime.start("p10_courier_query", START, SYSTEM)
    clock.advance(timedelta(days=3))
    with db.begin() as tx:
        accounts.add(tx, "zhou", "周流程", PASSWORD, ["process_owner"])
    db.close()
    app = create_app(database_url=f"sqlite:///{path}", clock=clock, TESTING=True)
    with served(app) as url:
        yield url


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    return []


@pytest.fixture(scope="module")
def page(chromium: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    context = chromium.new_context(base_url=address, viewport={"width": 1440, "height": 1000})
    yield log_in_on(context, "zhou", PASSWORD, complaints)
    context.close()


@pytest.fixture
def heat(page: Page) -> Page:
    page.goto("about:blank")  # a hash alone would not load the page again
    page.goto(PAGE)
    expect(page.locator("[data-heat][data-ready]")).to_be_visible()
    return page


def badge(page: Page, element: str) -> str:
    return page.locator(f'.djs-overlays[data-container-id="{element}"] .heat-badge').inner_text()


def fill(page: Page, element: str) -> str:
    shape = page.locator(f'.djs-element[data-element-id="{element}"] .djs-visual > :first-child').first
    return str(shape.evaluate("e => getComputedStyle(e).fill"))


def test_each_element_shows_its_figure_and_its_heat(heat: Page) -> None:
    waited = badge(heat, "check_logistics")
    assert "小时" in waited
    row = heat.locator("#heat-row-check_logistics")
    expect(row).to_contain_text(waited)
    cold, hot = fill(heat, "contact_courier"), fill(heat, "check_logistics")
    assert cold != hot


def test_switching_changes_figures_legend_and_address(heat: Page) -> None:
    heat.get_by_test_id("mode-count").click()
    expect(heat.locator("[data-heat]")).to_have_attribute("data-shown", "count")
    assert badge(heat, "check_logistics") == "3"
    assert badge(heat, "start_inquiry") == "3"
    expect(heat.locator("[name=stat]")).to_be_hidden()
    expect(heat.locator("[data-heat-legend] li")).to_have_count(3)
    heat.get_by_test_id("mode-waiting").click()
    assert badge(heat, "check_logistics") == "100 %"
    heat.locator("[name=clock]").select_option("elapsed")
    assert "mode=waiting" in heat.url
    assert "clock=elapsed" in heat.url
    heat.reload()
    expect(heat.locator("[data-heat][data-ready]")).to_have_attribute("data-shown", "waiting.elapsed")


def test_flows_that_were_taken_are_thicker(heat: Page) -> None:
    def width(flow: str) -> float:
        line = heat.locator(f'.djs-element[data-element-id="{flow}"] .djs-visual > path').first
        return float(line.evaluate("e => parseFloat(getComputedStyle(e).strokeWidth)"))

    assert width("f_join_check_logistics__check_logistics") > width("f_contact_courier__notify_stalled")


def test_a_click_on_the_diagram_shows_the_row_and_one_on_the_row_the_element(heat: Page) -> None:
    shape = heat.locator('.djs-element[data-element-id="check_logistics"] .djs-hit').first
    shape.hover()
    expect(heat.locator("[data-heat-told]")).to_contain_text("查询物流状态")
    shape.click()
    expect(heat.locator("#heat-row-check_logistics")).to_have_class("is-picked")
    heat.goto("about:blank")
    heat.goto(PAGE)
    expect(heat.locator("[data-heat][data-ready]")).to_be_visible()
    button = heat.locator("#heat-row-check_logistics [data-find]")
    button.focus()
    heat.keyboard.press("Enter")
    expect(heat.locator('.djs-element[data-element-id="check_logistics"]')).to_have_class(
        "djs-element djs-shape kf-heat-5 kf-picked"
    )


def test_the_map_shows_what_a_process_is_connected_with(page: Page) -> None:
    page.goto("/studio/map")
    node = page.locator('[data-node="p10_courier_query"] > rect')
    node.click(position={"x": 120, "y": 50})
    expect(page.locator('[data-node="p10_courier_query"]')).to_have_class("map-node is-near is-chosen")
    expect(page.locator('[data-node="p07_delivery"]')).to_have_class("map-node is-near")
    assert page.locator(".map-line.is-near").count() >= 1
    node.click(position={"x": 120, "y": 50})
    expect(page.locator("[data-map].is-choosing")).to_have_count(0)


def test_what_was_found_is_marked_on_its_diagram(page: Page) -> None:
    page.goto("/studio/find?q=催促物流")
    page.locator("main").get_by_role("link", name="催促物流").first.click()
    expect(page.locator("[data-view][data-ready]")).to_be_visible()
    expect(page.locator('.djs-element[data-element-id="remind_logistics"].kf-picked')).to_have_count(1)
    expect(page.locator("#part-remind_logistics")).to_have_class("view-part is-picked")


@pytest.mark.parametrize(
    "path", [PAGE, "/studio/map", "/studio/find?q=30%25", "/studio/processes/p10_courier_query/view"]
)
def test_nothing_stands_out_of_a_phone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 1000})


def test_the_browser_complained_of_nothing(page: Page, complaints: list[str]) -> None:
    assert complaints == []
