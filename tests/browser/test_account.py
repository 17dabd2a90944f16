"""The own account on a phone, with scripts and without; what an open page asks by itself is not its person's doing."""

from __future__ import annotations

from base64 import b32decode
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect

from engine import accounts, totp
from engine.clock import SystemClock
from engine.store.database import Database
from tests.browser.conftest import Server
from tests.browser.test_accessibility import AXE, CHECK, OVER, TAGS

pytestmark = pytest.mark.browser

#: What comes of something that nobody here has done.
LATER = "addEventListener('load', () => setTimeout(() => htmx.trigger(document.body, 'inbox-changed')))"
GIVEN, OWN = "nine grey herons", "seven violet kites"


def admit(server: Server, person: str) -> None:
    """Somebody whose password an administrator has set."""
    database = Database.open(server.database_url)
    with database.begin() as tx:
        accounts.add(tx, person, "新人", GIVEN, ["aftersales"], given=True)
    database.close()


def code_of(secret: bytes, later: int = 0) -> str:
    return totp.code(secret, totp.step_at(int(SystemClock().now().timestamp())) + later)


def is_sound(page: Page, scripts: bool) -> None:
    """axe finds nothing, and nothing is wider than a phone; without scripts there is nobody to look."""
    if not scripts:
        return
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(CHECK, TAGS) == []
    assert page.evaluate(OVER) <= 0


def log_in(page: Page, person: str, password: str) -> None:
    page.goto("/login")
    page.fill("#user_id", person)
    page.fill("#password", password)
    page.press("#password", "Enter")


@pytest.mark.parametrize(("newcomer", "scripts"), [("xin.ren", False), ("xin.lai", True)])
def test_a_newcomer_chooses_a_password_and_sets_up_a_phone(
    chromium: Browser, server: Server, newcomer: str, scripts: bool
) -> None:
    admit(server, newcomer)
    phone: ViewportSize = {"width": 390, "height": 844}
    context = chromium.new_context(
        base_url=server.url, java_script_enabled=scripts, viewport=phone, color_scheme="dark"
    )
    page = context.new_page()
    log_in(page, newcomer, GIVEN)
    expect(page.get_by_test_id("owed")).to_be_visible()
    is_sound(page, scripts)
    for field, text in (("#old-password", GIVEN), ("#new-password", OWN), ("#again", OWN)):
        page.fill(field, text)
    page.get_by_test_id("save-password").click()
    page.wait_for_url("**/inbox")
    page.get_by_test_id("person-menu").locator("summary").click()
    page.get_by_test_id("to-account").click()
    page.fill("#own-begin", OWN)
    page.get_by_test_id("begin-factor").click()
    secret = b32decode(page.get_by_test_id("secret").inner_text().replace(" ", ""))
    is_sound(page, scripts)
    assert page.locator("img.qr").evaluate("e => e.complete && e.naturalWidth > 0"), "the policy lets it through"
    page.fill("#code", code_of(secret))
    page.get_by_test_id("confirm-factor").click()
    expect(page.get_by_test_id("codes").locator("li")).to_have_count(10)
    is_sound(page, scripts)
    page.get_by_test_id("noted").click()
    page.get_by_test_id("person-menu").locator("summary").click()
    page.get_by_test_id("log-out").click()
    log_in(page, newcomer, OWN)
    is_sound(page, scripts)
    page.fill("#code", code_of(secret, later=1))
    page.get_by_test_id("send-code").click()
    page.wait_for_url("**/inbox")
    context.close()


def test_a_poll_says_that_nobody_asked_and_a_click_that_somebody_did(as_person: Callable[..., Page]) -> None:
    page = as_person("li.na").context.new_page()
    asked: list[Request] = []
    page.on("request", lambda one: asked.append(one) if "hx-request" in one.headers else None)
    page.add_init_script(
        "addEventListener('load', () => setTimeout(() => htmx.trigger(document.body, 'inbox-changed')))"
    )
    with page.expect_request("**/inbox/list*"):
        page.goto("/inbox")
    assert [one.url for one in asked if "x-used" in one.headers] == []
    with page.expect_request("**/tasks/*") as clicked:
        page.locator("a[data-preview]").first.click()
    assert clicked.value.headers.get("x-used") == "1"
