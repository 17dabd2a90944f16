"""What people do on the pages, one function a deed."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

#: The cookies of who has logged in before: most tests are about something else, and go on with that session.
_SESSIONS: dict[str, list[Any]] = {}


def log_in_on(
    context: BrowserContext, person: str, password: str, complaints: list[str], *, width: int | None = None
) -> Page:
    """An empty page of a person who has logged in; what the browser complains of is kept."""
    context.set_default_timeout(45_000)
    page = context.new_page()
    if width is not None:
        page.set_viewport_size({"width": width, "height": 900})
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    if person in _SESSIONS:
        context.add_cookies(_SESSIONS[person])
        if context.request.get("/notifications/bell", max_redirects=0).ok:
            return page
    while not _lets_in(page, person, password):
        page.wait_for_timeout(5_000)  # an address may log in thirty times a minute: quick tests do so more often
    page.wait_for_url(lambda url: not url.endswith("/login"))
    _SESSIONS[person] = context.cookies()
    page.goto("about:blank")
    return page


def _lets_in(page: Page, person: str, password: str) -> bool:
    """Fill in the log-in page; False: too many have logged in from here."""
    page.goto("/login")
    page.fill("#user_id", person)
    page.fill("#password", password)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.press("#password", "Enter")
    return answered.value.status != 429


def start_case(page: Page, process_id: str, order_id: str, description: str | None = None, **fields: str) -> str:
    """Start a process for an order of the shop, with what the order gives; the case's id.

    Without a ``description`` the process has a field of its own for what the customer said.
    """
    page.goto("/start")
    page.get_by_test_id(f"start-{process_id}").click()
    page.locator("#known-order").fill(order_id)
    page.get_by_test_id("prefill").click()
    expect(page.locator("#start-form [name=order_id]")).to_have_value(order_id)
    fill(page, **({} if description is None else {"description": description}), **fields)
    page.get_by_test_id("start").click()
    page.wait_for_url(re.compile(r"/cases/\d+"))
    return page.url.split("/cases/")[1].split("?")[0]


def open_task(page: Page, case_id: str) -> None:
    """From the case to its open task, claimed."""
    page.goto(f"/cases/{case_id}")
    page.get_by_test_id("case-task").first.click()
    page.get_by_test_id("claim").click()
    expect(page.get_by_test_id("complete")).to_be_visible()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        field = page.locator(f"form [name={name}]")
        kind = field.first.evaluate("e => e.type")
        if kind == "radio":
            page.locator(f"form [name={name}][value={value}]").check()
        elif kind.startswith("select"):
            field.select_option(value)
        else:
            field.fill(value)


def do_task(page: Page, case_id: str, **fields: str) -> None:
    open_task(page, case_id)
    fill(page, **fields)
    page.get_by_test_id("complete").click()
    expect(page.get_by_test_id("complete")).to_have_count(0)


def advance(page: Page, by: str) -> None:
    page.get_by_test_id("clock").locator("summary").click()
    page.get_by_test_id(f"clock-{by}").click()


def waits_at(page: Page, case_id: str, *names: str) -> None:
    """The case page says where the tokens are, at once or when the worker has been there; the diagram is marked."""
    page.goto(f"/cases/{case_id}")
    shown = page.get_by_test_id("waits-for")
    for _ in range(10):  # the page looks every ten seconds by itself
        with suppress(AssertionError):
            expect(shown).to_contain_text(names[0], timeout=1_000)
            break
        page.reload()
    for name in names:
        expect(shown).to_contain_text(name, timeout=20_000)


def walk_to(page: Page, row: Locator) -> None:
    """Down a list by j until the row has the focus."""
    expect(row).to_have_count(1)
    for _ in range(page.locator("a[data-row]").count()):
        page.keyboard.press("j")
        if row.evaluate("row => row === document.activeElement"):
            break
    expect(row).to_be_focused()
