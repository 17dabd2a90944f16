"""Drafts in Chromium: saved as they are typed, never over somebody else's; the pages of changes for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, ViewportSize, expect

from tests.browser.conftest import PASSWORD, ROOT, Server
from tests.browser.steps import log_in_on
from tests.sample import EVERY, some

pytestmark = pytest.mark.browser

OWNER, MANAGER = "he.ping", "wu.gang"
AXE = ROOT / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
CHECK = """(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id}: ${n.target.join(' ')}`)))"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SAVED = re.compile("^已保存")


def open_text(page: Page, title: str) -> str:
    """A new change with the text T10A, in its editor; gives the editor's address."""
    page.goto("/studio/changes")
    page.fill("#title", title)
    page.get_by_test_id("open-change").click()
    page.select_option("#kind", "template")
    page.fill("#id", "T10A")
    page.get_by_test_id("add").click()
    expect(page.get_by_test_id("lint-count")).to_have_text("检查通过")
    return page.url


def state(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_test_id("save-state")).to_have_text(text)


def test_what_is_typed_is_saved_by_itself_and_checked(as_person: Callable[..., Page]) -> None:
    page = as_person(OWNER)
    address = open_text(page, "自动保存")
    page.fill("#text", "亲,您好!{waybill_no}{no_such_name}")
    state(page, "有未保存的修改")
    expect(page.get_by_test_id("problems")).to_contain_text("no_such_name")
    state(page, SAVED)
    page.locator("#find-name").fill("last_location")
    page.locator('[data-insert="last_location"]').click()
    page.keyboard.press("Control+s")
    state(page, SAVED)
    page.goto(address)
    expect(page.locator("#text")).to_have_value("亲,您好!{waybill_no}{no_such_name}{last_location}")


def test_two_who_write_the_same_draft_are_told_and_nothing_is_lost(as_person: Callable[..., Page]) -> None:
    one, other = as_person(OWNER), as_person(OWNER)
    address = open_text(one, "两人同时")
    other.goto(address)
    one.fill("#text", "亲,您好!\n第一行")
    one.keyboard.press("Control+s")
    state(one, SAVED)
    other.fill("#text", "亲,您好!\n第二行")
    state(other, "别人刚保存过,请先处理")
    other.get_by_test_id("conflict-compare").click()
    expect(other.locator(".diff-theirs")).to_contain_text("第一行")
    expect(other.locator(".diff-mine")).to_contain_text("第二行")
    other.keyboard.press("Escape")
    other.locator("#text").press_sequentially("!")
    other.get_by_test_id("save-state").click()  # the question can be asked again
    other.get_by_test_id("conflict-mine").click()
    state(other, SAVED)
    one.reload()
    expect(one.locator("#text")).to_have_value(re.compile("第二行"))


def test_who_takes_theirs_gets_it(as_person: Callable[..., Page]) -> None:
    one, other = as_person(OWNER), as_person(OWNER)
    address = open_text(one, "用对方的")
    other.goto(address)
    one.fill("#text", "亲,您好!对方")
    one.keyboard.press("Control+s")
    state(one, SAVED)
    other.fill("#text", "亲,您好!自己")
    other.get_by_test_id("conflict-theirs").click()
    expect(other.locator("#text")).to_have_value("亲,您好!对方")


def test_without_a_connection_it_waits_and_saves_later(as_person: Callable[..., Page]) -> None:
    page = as_person(OWNER)
    address = open_text(page, "断线")
    page.context.set_offline(True)
    page.fill("#text", "亲,您好!断线时写的")
    state(page, "连接中断,稍后自动再保存")
    page.context.set_offline(False)
    state(page, SAVED)
    page.goto(address)
    expect(page.locator("#text")).to_have_value("亲,您好!断线时写的")


def test_who_leaves_with_something_unsaved_is_asked(as_person: Callable[..., Page]) -> None:
    page = as_person(OWNER)
    open_text(page, "离开")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.route("**/edit/template/T10A", lambda route: hold(route))
    page.locator("#text").press_sequentially("!")
    page.get_by_test_id("to-change").click()
    expect(page.get_by_test_id("drafts")).to_be_visible()
    assert asked == ["beforeunload"]


def hold(route: Route) -> None:
    """A server that does not take anything."""
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


@pytest.fixture(scope="module")
def look(chromium: Browser, server: Server) -> Iterator[Callable[[str], Page]]:
    """Pages whose policy lets axe in."""
    contexts = []

    def log_in(person: str) -> Page:
        context = chromium.new_context(
            base_url=server.url, locale="zh-CN", timezone_id="Asia/Shanghai", bypass_csp=True
        )
        contexts.append(context)
        return log_in_on(context, person, PASSWORD, [])

    yield log_in
    for context in contexts:
        context.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("person", some([OWNER, MANAGER], 1))
def test_axe_finds_nothing_on_the_pages_of_a_change(look: Callable[[str], Page], person: str) -> None:
    owner = look(OWNER)
    editor = open_text(owner, f"无障碍 {person}")
    owner.fill("#text", "{no_such_name}")
    owner.keyboard.press("Control+s")
    state(owner, SAVED)
    change = editor.partition("/edit/")[0]
    owner.goto(f"{change}/review")
    owner.get_by_test_id("submit").click()
    page = look(person)
    script = Path(AXE).read_text("utf-8")
    sizes: list[tuple[ViewportSize, str]] = [
        ({"width": 1440, "height": 900}, "light"),
        ({"width": 390, "height": 844}, "dark"),
    ]
    found: list[str] = []
    for n, address in enumerate(("/studio", "/studio/changes", change, f"{change}/tests", f"{change}/review", editor)):
        for size, scheme in sizes if EVERY else [sizes[n % 2]]:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.goto(address)
            page.wait_for_load_state("networkidle")
            page.evaluate(script)
            found += [f"{address} {scheme} {one}" for one in page.evaluate(CHECK, TAGS)]
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found += [f"{address} {size['width']} is {over} px too wide"] if over > 0 else []
    assert found == []
