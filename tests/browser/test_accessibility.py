"""axe on every page that somebody can reach: wide and light, narrow and dark; and a working day without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from lxml import html
from playwright.sync_api import Browser, Page, ViewportSize, expect
from werkzeug.exceptions import HTTPException

from engine.clock import SHANGHAI, SystemClock
from engine.store.migrate import upgrade
from tests.browser.conftest import PASSWORD, ROOT, Server
from tests.browser.steps import log_in_on, start_case, walk_to
from tests.sample import EVERY
from web import create_app

pytestmark = pytest.mark.browser

AXE = ROOT / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
CHECK = """(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id}: ${n.target.join(' ')}`)))"""
LINKS = "[...document.querySelectorAll('a[href]:not([download])')].map((a) => a.getAttribute('href'))"
OVER = "document.documentElement.scrollWidth - innerWidth"

#: Who looks, each only at what nobody before has seen: the ones with the most doors first.
PEOPLE = ("zhou.min", "li.na", "wu.gang", "he.ping", "xu.wen", "gao.yuan", "sun.yue")
#: A month of which there are figures on its first days, too: those of the demonstration are some days old.
MONTH = f"{(SystemClock().now() - timedelta(days=3)).astimezone(SHANGHAI):%Y-%m}"
#: Addresses that no link leads to while nothing is wrong, by who may go there.
ALSO = {
    "zhou.min": (
        "/search?q=SO",
        "/board?which=all",
        "/roster?edit=1",
        "/scripts/S20/edit",
        "/repairs",
        "/inquiries/1",
        "/exceptions/1",
        "/kpi/imports/1",
        f"/kpi/K04?period={MONTH}",
        "/studio/processes/p10_courier_query/heat",
    ),
    "li.na": (
        "/drafts",
        "/start/p03_wrong_shipment",
        "/calls/new?kind=quote",
        "/start?q=SO-2601",
        "/calls/5/case",
        "/visits/1",
        "/nowhere",
    ),
    "gao.yuan": ("/notifications/mail", "/welcome"),
    "xu.wen": (
        "/audit/exports",
        "/audit/retention",
    ),
}
#: Pages of a thing that its own page fetches or leads to only at times.
BESIDE = {
    "cases.show": [
        "comments",
        "result",
        "scripts",
        "flag-note",
        "inquiries",
        "exceptions",
        "promise",
        "progress-message",
        "transfer",
        "print",
    ],
    "desk.task": ["scripts", "flag-note"],
}
#: Pages of one endpoint that differ: the parts of the address that tell them apart.
TELLING = ("tab", "box", "which", "edit", "view", "add")
#: What answers files, parts of pages or the next page.
NO_PAGES = {
    "static",
    "board.refreshed",
    "calls.file",
    "calls.waiting",
    "cases.diagram",
    "cases.refreshed",
    "comments.people",
    "documents.take",
    "files.show",
    "files.thumb",
    "inbox.listed",
    "kpi.trend",
    "probes.alive",
    "probes.ready",
    "proofs.heads",
    "proofs.progress",
    "kpi.trends",
    "kpi_import.template",
    "login.home",
    "login.show",
    "metrics.show",
    "notifications.bell",
    "notifications.follow",
    "replay.film",
    "roster.export",
    "search.suggestions",
    "studio.archive",
    "studio.compare_picture",
    "studio.compare_side",
    "studio.backtest_csv",
    "studio.content",
    "studio.download",
    "studio.files",
    "studio.form_file",
    "studio.heat_any",
    "studio.heat_csv",
    "studio.heat_diagram",
    "studio.process_archive",
    "studio.sandbox_diagram",
    "studio.scenario_diagram",
    "studio.resource",
    "studio.surroundings",
}
#: What needs a thing that nobody has on the first day; the tests of its subject look at it.
NOT_YET = {
    "case_events.show",
    "files.ask",
    "handover.show",
    "kpi_import.preview",
    "promises.letter",
    "feedback.show",
    "quality.show",
    "inspection.question",
    "inspection.sample",
    "inspection.finding",
    "reports.issue",
    "reports.cause_rows",
    "second_factor.show",
    "studio.backtest",
    "studio.backtest_case",
    "studio.backtests",
    "studio.change",
    "studio.compare",
    "studio.differences",
    "studio.migration",
    "studio.migration_plan",
    "studio.migrations",
    "studio.change_tests",
    "studio.edit_draft",
    "studio.review",
    "studio.sandboxes_of",
    "studio.show_sandbox",
}


@pytest.fixture(scope="module")
def look_as(chromium: Browser, server: Server) -> Iterator[Callable[[str], Page]]:
    """Pages whose policy lets axe in; everything else is as for everybody."""
    contexts = []

    def log_in(person: str) -> Page:
        context = chromium.new_context(
            base_url=server.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport=DESK,
            bypass_csp=True,
            reduced_motion="reduce",
        )
        context.add_init_script(path=AXE)
        contexts.append(context)
        return log_in_on(context, person, PASSWORD, [])

    yield log_in
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    url = f"sqlite:///{tmp_path_factory.mktemp('map') / 'map.db'}"
    upgrade(url)
    return create_app(database_url=url)


@pytest.fixture(scope="module")
def place_of(app: Flask) -> Callable[[str], str | None]:
    """What tells pages apart: the endpoint and what it shows; None for what is no page."""
    routes = app.url_map.bind("localhost")

    def place(address: str) -> str | None:
        parts = urlsplit(address)
        try:
            endpoint, _ = routes.match(parts.path, method="GET")
        except HTTPException:
            return None if parts.path.startswith("/static") else parts.path
        asked = [piece for piece in parts.query.split("&") if piece.partition("=")[0] in TELLING]
        return None if endpoint in NO_PAGES else "?".join((endpoint, *sorted(asked)))

    return place


def complaints(page: Page, scheme: str | None = None) -> list[str]:
    """What axe finds wide and light, then narrow and dark, or in one of them; what is wider than a phone."""
    found: list[str] = []
    if scheme in (None, "light"):
        page.emulate_media(color_scheme="light")
        found += [f"light {one}" for one in page.evaluate(CHECK, TAGS)]
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    if scheme in (None, "dark"):
        found += [f"dark {one}" for one in page.evaluate(CHECK, TAGS)]
    if page.evaluate(OVER) > 0:
        found.append("wider than a phone")
    page.set_viewport_size(DESK)
    return found


def look_at(page: Page, address: str, turn: int) -> tuple[list[str], list[str]] | None:
    """What is wrong with a page, and where its links lead; None: there is a file, or nothing, instead of a page.

    In the short run only each third page is drawn, by turns light and dark; of the others the links are read.
    """
    if EVERY or turn % 3 == 0:
        answer = page.goto(address)
        if answer is None or "html" not in answer.headers.get("content-type", ""):
            return None
        found = complaints(page, None if EVERY else ("light", "dark")[turn % 2])
        return found, page.evaluate(LINKS)
    told = page.request.get(address)
    if "html" not in told.headers.get("content-type", ""):
        return None
    links = html.fromstring(told.text()).xpath("//a[@href and not(@download)]/@href")
    return [f"status {told.status}"] if told.status >= 500 else [], [str(link) for link in links]


def walk(page: Page, first: list[str], place_of: Callable[[str], str | None], seen: set[str]) -> dict[str, list[str]]:
    """Go wherever links lead from the first pages on, to each place once; what is wrong there, by address."""
    wrong: dict[str, list[str]] = {}
    ahead, known = list(first), set(seen)
    while ahead:
        address = ahead.pop(0)
        place = place_of(address)
        if place is None or place in known:
            continue
        known.add(place)
        looked = look_at(page, address, len(known))
        if looked is None:
            continue
        found, links = looked
        if found:
            wrong[address] = found
        ahead += [f"{urlsplit(address).path}/{part}" for part in BESIDE.get(place.partition("?")[0], ())]
        ahead += [link.partition("#")[0] for link in links if link.startswith("/")]
    seen |= known
    return wrong


@pytest.mark.timeout(600)
def test_axe_finds_nothing_on_any_page(
    look_as: Callable[[str], Page], place_of: Callable[[str], str | None], app: Flask
) -> None:
    seen: set[str] = set()
    wrong: dict[str, dict[str, list[str]]] = {}
    for person in PEOPLE:
        page = look_as(person)
        page.goto("/")
        home = urlsplit(page.url).path
        found = walk(page, [home, *ALSO.get(person, ()), *page.evaluate(LINKS)], place_of, seen)
        if found:
            wrong[person] = found
    assert wrong == {}
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())} - NO_PAGES - NOT_YET
    assert pages - {place.partition("?")[0] for place in seen} == set()


def test_axe_finds_nothing_where_somebody_logs_in(chromium: Browser, server: Server) -> None:
    context = chromium.new_context(base_url=server.url, viewport=DESK, bypass_csp=True, reduced_motion="reduce")
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto("/login")
    assert complaints(page) == []
    page.fill("#user_id", "li.na")
    page.fill("#password", "falsch")
    page.press("#password", "Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert complaints(page) == []
    context.close()


def tab_to(page: Page, target: str, most: int = 80) -> None:
    """On by Tab until the target has the focus; the focus can be seen at every stop."""
    for _ in range(most):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => { const e = document.activeElement; const s = getComputedStyle(e);
              const box = e.getBoundingClientRect();
              return e === document.body || s.outlineStyle !== 'none' || s.boxShadow !== 'none' || box.width < 2; }"""
        )
        assert shown, page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        if page.locator(target).evaluate_all("all => all.includes(document.activeElement)"):
            return
    raise AssertionError(f"no way to {target} by Tab")


@pytest.mark.timeout(240)
def test_a_task_is_done_without_a_mouse(as_person: Callable[..., Page]) -> None:
    page = as_person("li.na")
    case_id = start_case(page, "p10_courier_query", "SO-2604", "包裹没动")
    page.goto("/inbox?order=SO-2604&sort=newest")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    walk_to(page, page.get_by_test_id("task-row").first)
    page.keyboard.press("c")
    expect(page.get_by_test_id("told")).to_contain_text("已认领")
    page.keyboard.press("e")
    expect(page.locator("#preview #task-form :focus")).to_have_count(1)
    page.keyboard.press("Control+a")
    page.keyboard.type("4")
    for name in ("stuck_in_region", "customer_urges"):
        tab_to(page, f"#preview [name={name}]")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
    tab_to(page, "#preview [data-test=complete]")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("note")).to_contain_text("已完成")
    page.keyboard.press("/")
    page.keyboard.type(f"{case_id}")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/(search|cases)"))
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url(re.compile(r"/start"))


def test_keys_of_one_letter_are_switched_off_and_on(as_person: Callable[..., Page]) -> None:
    page = as_person("li.na")
    page.goto("/")
    menu = page.get_by_test_id("person-menu")

    def switch(how: str) -> None:
        menu.locator("summary").press("Enter")
        menu.locator(f"button[name=keys][value={how}]").press("Enter")
        menu.locator("summary").press("Enter")
        expect(menu.locator(f"button[name=keys][value={how}]")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("Escape")

    switch("off")
    page.goto("/inbox")
    page.keyboard.press("j")
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(page.locator("#key-help")).to_be_hidden()
    expect(page.locator("body")).to_be_focused()
    page.locator("#search").fill("退货 j/k?")
    expect(page.locator("#search")).to_have_value("退货 j/k?")
    switch("on")
    page.goto("/inbox")
    page.keyboard.press("?")
    expect(page.locator("#key-help")).to_be_visible()


@pytest.mark.parametrize("path", ["/inbox", "/cases", "/kpi", "/board", "/customers/1"])
def test_a_very_wide_screen_is_not_a_very_wide_line(as_person: Callable[..., Page], path: str) -> None:
    page = as_person("zhou.min", width=2560)
    page.goto(path)
    assert page.evaluate(OVER) == 0
    lines = page.evaluate(
        "[...document.querySelectorAll('main p, main dd')].map((e) => e.getBoundingClientRect().width)"
    )
    assert max(lines, default=0) < 1700


def test_a_case_on_paper_has_its_pages_and_words(as_person: Callable[..., Page], tmp_path: Path) -> None:
    page = as_person("li.na")
    case_id = start_case(page, "p10_courier_query", "SO-2601", "打印给仓库看")
    page.goto(f"/cases/{case_id}/print")
    page.locator("#main form button").click()
    expect(page.locator("h1").first).to_contain_text(case_id)
    page.emulate_media(media="print")
    expect(page.locator("body")).to_contain_text("打印给仓库看")
    expect(page.locator("body")).to_contain_text("李娜")
    paper = page.pdf(path=tmp_path / "case.pdf", format="A4")
    assert paper.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) >= 1
    assert len(paper) > 20_000
