"""Every page for every role, wide and on a phone: complete, usable by keyboard, without scripts and in the dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from tests.browser.conftest import PASSWORD, Server
from tests.browser.test_main_job import AGENT, AUDITOR, OWNER, PRESALES, WAREHOUSE, do_task, fill, start_inquiry

pytestmark = pytest.mark.browser

ADMIN, SUPERVISOR = "gao.yuan", "zhou.min"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
Visit = Callable[..., Page]

#: Main pages of each role; {case} is a running case.
PAGES = {
    AGENT: (
        "/inbox",
        "/cases",
        "/cases/{case}",
        "/cases/{case}?tab=messages",
        "/start",
        "/start?q=SO-2601",
        "/start/p10_courier_query",
        "/search",
        "/search?q=SO",
        "/customers",
        "/customers/1",
        "/calls",
        "/calls/1",
        "/calls/new?kind=quote",
        "/calls/log",
        "/visits?scope=all",
        "/visits/1",
        "/documents",
        "/documents/new",
    ),
    OWNER: ("/studio", "/studio/deploy"),
    AUDITOR: ("/audit", "/audit/{case}"),
    SUPERVISOR: ("/repairs", "/cases?status=suspended", "/cases/{case}"),
    ADMIN: ("/admin", "/admin/users/li.na"),
}

#: What a page lacks for people who listen to it or use its keys, as sentences.
COMPLAINTS = """() => {
  const named = (e) => e.labels?.length || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby');
  const found = [];
  const headings = document.querySelectorAll('h1').length;
  if (headings !== 1) found.push(`${headings} h1`);
  for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    if (!named(field) && field.getAttribute('aria-hidden') !== 'true') found.push(`no label: ${field.name}`);
  }
  for (const picture of document.querySelectorAll(
    'img:not([alt]), [role=img]:not([aria-label]), [data-diagram]:not([aria-label][aria-describedby])')) {
    found.push(`no text instead of ${picture.outerHTML.slice(0, 60)}`);
  }
  for (const button of document.querySelectorAll('button, a[href]')) {
    const words = (button.getAttribute('aria-label') || button.textContent).trim();
    if (!words) found.push(`no words: ${button.outerHTML.slice(0, 60)}`);
  }
  const ids = [...document.querySelectorAll('main [id]')].map((e) => e.id).filter((id) => !id.includes('djs'));
  for (const id of new Set(ids)) if (ids.filter((each) => each === id).length > 1) found.push(`twice: #${id}`);
  if (!document.documentElement.lang || !document.title) found.push('no language or title');
  return found;
}"""

#: What a thumb would miss: things to press that are lower than 44 px.
SMALL_TARGETS = """() => [...document.querySelectorAll(
    'button, .btn, .rail a, .menu > summary, .form-control, .form-select, .row-link, .top input')]
  .filter((e) => e.checkVisibility() && !e.closest('.djs-container, .skip, .btn-link'))
  .map((e) => [Math.round(e.getBoundingClientRect().height), e.outerHTML.slice(0, 80)])
  .filter(([height]) => height < 44)"""

#: Contrast of each sign's words with what lies behind them; all kinds are put on paper, card and their own ground.
CONTRASTS = """() => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    const colour = getComputedStyle(e).backgroundColor;
    return /, 0\\)$|transparent/.test(colour) ? ground(e.parentElement) : colour;
  };
  const grounds = { paper: 'page', card: 'card-plain', bad: 'note note-bad', warn: 'note note-warn' };
  const kinds = ['sign', 'sign sign-done', 'sign sign-active', 'sign sign-soon', 'sign sign-late', 'sign sign-incident',
    'sign sign-off', 'caption', 'quiet', 'faint', 'chip chip-accent', 'chip chip-high'];
  const found = {};
  for (const [where, classes] of Object.entries(grounds)) {
    const holder = document.createElement('div');
    holder.className = classes;
    document.body.append(holder);
    for (const kind of kinds) {
      if (where === 'bad' && !/incident|late|caption|quiet/.test(kind)) continue;
      if (where === 'warn' && !/soon|caption|quiet/.test(kind)) continue;
      const word = document.createElement('span');
      word.className = kind;
      word.textContent = '字';
      holder.append(word);
      const [a, b] = [luminance(getComputedStyle(word).color), luminance(ground(word))].sort((x, y) => y - x);
      found[`${kind} on ${where}`] = (a + 0.05) / (b + 0.05);
    }
    holder.remove();
  }
  return found;
}"""


@pytest.fixture(scope="module")
def sessions() -> dict[str, StorageState]:
    """Cookies of who has logged in already: one log-in a person."""
    return {}


@pytest.fixture
def visit(chromium: Browser, server: Server, sessions: dict[str, StorageState]) -> Iterator[Visit]:
    """Gives a person's page in a window of its own; any complaint of the browser fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)

    def window(person: str, **options: Any) -> Page:
        settings = {"base_url": server.url, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": DESK}
        context = chromium.new_context(**{**settings, "storage_state": sessions.get(person), **options})
        context.set_default_timeout(45_000)
        contexts.append(context)
        page = context.new_page()
        listen(page)
        if person not in sessions:
            page.goto("/login")
            page.fill("#user_id", person)
            page.fill("#password", PASSWORD)
            page.press("#password", "Enter")
            page.wait_for_url(lambda url: not url.endswith("/login"))
            sessions[person] = context.storage_state()
        return page

    yield window
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def cases() -> dict[str, str]:
    """Running cases that tests only look at, by order."""
    return {}


@pytest.fixture
def case_id(visit: Visit, cases: dict[str, str]) -> str:
    if "SO-2601" not in cases:
        cases["SO-2601"] = start_inquiry(visit(AGENT), "SO-2601")
    return cases["SO-2601"]


def claim(page: Page, case_id: str) -> None:
    page.goto(f"/cases/{case_id}")
    page.get_by_test_id("case-task").first.click()
    page.get_by_test_id("claim").click()
    expect(page.get_by_test_id("complete")).to_be_visible()


@pytest.mark.parametrize("person", PAGES)
def test_every_main_page_fits_a_phone_and_says_what_its_parts_are(visit: Visit, case_id: str, person: str) -> None:
    page = visit(person, viewport=PHONE, has_touch=True)
    found: dict[str, object] = {}
    for address in PAGES[person]:
        page.goto(address.format(case=case_id))
        found[address] = {
            "beyond the edge": page.evaluate("document.documentElement.scrollWidth - innerWidth"),
            "complaints": page.evaluate(COMPLAINTS),
            "too small": page.evaluate(SMALL_TARGETS),
        }
    nothing = {"beyond the edge": 0, "complaints": [], "too small": []}
    assert found == dict.fromkeys(PAGES[person], nothing)


def test_words_of_signs_stand_out_in_light_and_in_dark(visit: Visit) -> None:
    for scheme in ("light", "dark"):
        page = visit(AGENT, color_scheme=scheme)
        page.goto("/cases")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 24
        assert {what: round(ratio, 2) for what, ratio in contrasts.items() if ratio < 4.5} == {}


def test_an_agent_starts_claims_and_completes_without_javascript(visit: Visit) -> None:
    page = visit(AGENT, java_script_enabled=False)
    case_id = start_inquiry(page, "SO-2604")
    claim(page, case_id)
    page.locator("form [name=hours_since_update]").fill("dreitausend")
    page.get_by_test_id("complete").click()
    expect(page.get_by_test_id("form-errors")).to_be_visible()
    page.locator("form [name=hours_since_update]").fill("5")
    page.locator("form [name=stuck_in_region][value=false]").check()
    page.locator("form [name=customer_urges][value=false]").check()
    page.get_by_test_id("complete").click()
    expect(page.get_by_test_id("complete")).to_have_count(0)
    page.goto(f"/cases/{case_id}")
    expect(page.get_by_test_id("case-status")).to_contain_text("正常已告知")


def test_a_field_that_depends_on_another_comes_when_it_is_needed(visit: Visit) -> None:
    presales, warehouse = visit(PRESALES), visit(WAREHOUSE)
    presales.goto("/cases?process=p07_delivery&status=active")
    presales.get_by_test_id("case-row").filter(has_text="发货流程").last.click()
    presales.wait_for_url(re.compile(r"/cases/\d+"))
    case_id = presales.url.rsplit("/", 1)[1]
    do_task(
        presales,
        case_id,
        info_complete="true",
        region_type="normal",
        courier_reachable="true",
        receipt_affected="false",
    )
    claim(warehouse, case_id)
    missing = warehouse.locator("form [name=missing_items]")
    expect(missing).to_be_hidden()
    fill(warehouse, picked_complete="false")
    expect(missing).to_be_visible()
    missing.fill("缺一只靠垫")
    fill(warehouse, picked_complete="true")
    expect(missing).to_be_hidden()
    fill(warehouse, picked_complete="false")
    expect(missing).to_be_visible()
    expect(missing).to_have_value("缺一只靠垫")


def test_dark_and_english_stay_when_the_page_changes(visit: Visit) -> None:
    page = visit(AGENT)
    page.goto("/inbox")
    page.get_by_test_id("person-menu").locator("summary").click()
    page.locator("button[name=theme][value=dark]").click()
    page.get_by_test_id("person-menu").locator("summary").click()
    page.locator("button[name=lang][value=en]").click()
    for address in ("/cases", "/start", "/inbox"):
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(int(part) for part in re.findall(r"\d+", ground)) < 64


def test_the_case_page_follows_what_somebody_else_does(visit: Visit) -> None:
    looks_on, works = visit(AGENT), visit(AGENT)
    case_id = start_inquiry(works, "SO-2605")
    looks_on.goto(f"/cases/{case_id}")
    task = looks_on.locator('.djs-element[data-element-id="check_logistics"]')
    expect(task).to_have_class(re.compile("kf-active"))
    looks_on.evaluate("document.body.dataset.sameDocument = 'yes'")
    do_task(works, case_id, hours_since_update="30", stuck_in_region="false", customer_urges="false")
    expect(looks_on.get_by_test_id("waits-for")).to_contain_text("物流更新", timeout=20_000)
    expect(task).to_have_class(re.compile("kf-done"))
    expect(looks_on.locator("body")).to_have_attribute("data-same-document", "yes")


def test_a_refreshed_list_takes_nothing_away_from_who_is_typing(visit: Visit) -> None:
    agent, colleague = visit(AGENT), visit(PRESALES)
    case_id = start_inquiry(agent, "SO-2602")
    agent.goto(f"/cases/{case_id}")
    task = (agent.get_by_test_id("case-task").first.get_attribute("href") or "").rpartition("/")[2]
    agent.goto("/inbox?order=SO-2602")  # other tests may have left tasks of the same order
    agent.locator(f"#row-{task}").click()
    agent.locator("#preview").get_by_test_id("claim").click()
    field = agent.locator("#preview [name=last_location]")
    field.fill("嘉兴分拨中心,还在路")
    rows = agent.get_by_test_id("task-row")
    before = rows.count()
    start_inquiry(colleague, "SO-2602")
    expect(rows).to_have_count(before + 1, timeout=20_000)
    field.press_sequentially("上")
    expect(field).to_have_value("嘉兴分拨中心,还在路上")
    expect(agent.locator("a[data-preview][aria-current]")).to_contain_text("SO-2602")


def test_keys_find_the_search_walk_the_list_and_close_the_menu(visit: Visit, case_id: str) -> None:
    page = visit(AGENT)
    page.goto("/inbox")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.locator("#search").blur()
    page.keyboard.press("j")
    row = page.get_by_test_id("task-row").first
    expect(row).to_be_focused()
    assert row.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("#preview").get_by_test_id("task-panel")).to_be_visible()
    menu = page.get_by_test_id("person-menu")
    menu.locator("summary").press("Enter")
    expect(menu.locator(".sheet")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.locator(".sheet")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
    assert case_id


def test_the_first_key_of_a_page_offers_to_skip_to_its_content(visit: Visit) -> None:
    page = visit(OWNER)
    page.goto("/studio")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    assert page.locator(".skip").evaluate("e => e.getBoundingClientRect().left") >= 0


def test_a_case_goes_to_paper_without_the_frame_and_in_black(visit: Visit, case_id: str) -> None:
    page = visit(AGENT, color_scheme="dark")
    page.goto(f"/cases/{case_id}")
    page.emulate_media(media="print")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator(".top")).to_be_hidden()
    expect(page.get_by_test_id("timeline")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(38, 35, 31)"


def test_who_wants_no_motion_gets_none(visit: Visit) -> None:
    page = visit(AGENT, reduced_motion="reduce")
    page.goto("/start/p10_courier_query")
    assert page.get_by_test_id("start").evaluate("e => getComputedStyle(e).transitionDuration") in {"0s", ""}


def test_the_bars_stay_above_what_scrolls_below_them(visit: Visit, case_id: str) -> None:
    page = visit(AGENT, viewport={"width": 390, "height": 480})
    page.goto(f"/cases/{case_id}")
    expect(page.locator("[data-diagram][data-ready]")).to_be_visible()
    page.locator(".bjs-powered-by").evaluate("e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 10)")
    covered = """e => { const {left, top, width} = e.getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + 8).closest('.top') !== null }"""
    assert page.locator(".bjs-powered-by").evaluate(covered)
