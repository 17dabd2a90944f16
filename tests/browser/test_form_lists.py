"""Rows and computed texts as somebody at a keyboard uses them, with and without scripts, on wide and narrow screens."""

import os
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from engine import accounts
from engine.clock import VirtualClock
from engine.model import SYSTEM
from engine.store.migrate import upgrade
from tests.browser.served import served
from tests.conftest import FRIDAY_9AM
from tests.sample import some
from tests.web.list_case import CASE, PROCESS, deploy
from web import create_app, parts_of

#: Where pictures go when somebody wants to look at them.
PICTURES = os.environ.get("PICTURES_OF_TESTS")
SECRET = "correct horse"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('lists') / 'lists.db'}"
    upgrade(url)
    app = create_app(database_url=url, clock=VirtualClock(FRIDAY_9AM), RATELIMIT_ENABLED=False)
    deploy(app)
    parts = parts_of(app)
    with parts.db.begin() as tx:
        accounts.add(tx, "wang", "王立新", SECRET, ["aftersales"])
    with served(app) as url:
        yield app, url
    parts.db.close()


@pytest.fixture
def open_task(address, chromium):
    app, url = address
    contexts = []

    def open_(*, javascript=True, width=1440, scheme="light"):
        context = chromium.new_context(
            base_url=url,
            locale="zh-CN",
            java_script_enabled=javascript,
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        page = context.new_page()
        page.goto("/login")
        page.fill("#user_id", "wang")
        page.fill("#password", SECRET)
        page.press("#password", "Enter")
        page.wait_for_url(lambda at: not at.endswith("/login"))
        values = {name: Decimal(v) if name not in ("order_id", "receiver_phone") else v for name, v in CASE.items()}
        case_id = parts_of(app).runtime.start(PROCESS, values, SYSTEM).case_id
        tasks = parts_of(app).queries.case(case_id, accounts.get(parts_of(app).db, "wang").actor).tasks
        page.goto(f"/tasks/{tasks[0].id}")
        page.click('[data-test="claim"]')
        page.wait_for_selector("#task-form")
        return page

    yield open_
    for context in contexts:
        context.close()


def row(page, number, column):
    return page.locator(f'[name="ship_to_places.{number}.{column}"]')


#: As soon as the fields are drawn anew, the button that has just come is pressed: nobody is quicker.
#: (What comes beside the form, texts and notes, is drawn by then or a little later: it does not count.)
AT_ONCE = """addEventListener('htmx:afterSwap', function drawn() {
  if (document.querySelectorAll('.form-list-row').length < 2) return
  removeEventListener('htmx:afterSwap', drawn)
  setTimeout(() => document.querySelector('[data-test=add-row]').click())
})"""


def test_what_is_done_the_moment_that_fields_come_anew_counts(open_task):
    page = open_task()
    page.evaluate(AT_ONCE)
    page.get_by_test_id("add-row").click()
    expect(page.locator(".form-list-row")).to_have_count(3)


def test_rows_come_and_go_by_keyboard(open_task):
    page = open_task()
    row(page, 0, "place").fill("北京")
    row(page, 0, "quantity").fill("3")
    page.get_by_test_id("add-row").focus()
    page.keyboard.press("Enter")
    expect(row(page, 1, "place")).to_be_focused()
    # The focus is set once more when the fields have settled, a fiftieth of a second later.
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    page.wait_for_timeout(100)
    page.keyboard.type("上海")
    page.keyboard.press("Tab")
    page.keyboard.type("9")
    page.locator('[data-row-number="1"] [data-test="remove-row"]').focus()
    page.keyboard.press("Space")
    expect(page.locator(".form-list-row")).to_have_count(
        1
    )  # none for who has no scripts: a part of a page makes it real
    expect(page.get_by_test_id("add-row")).to_be_focused()
    assert row(page, 0, "place").input_value() == "上海"
    page.get_by_test_id("complete").click()
    page.wait_for_selector('[data-test="form-errors"]')
    assert "各地点件数之和须等于总件数" in page.inner_text('[data-test="form-errors"]')
    assert row(page, 0, "quantity").input_value() == "9"


def test_a_text_follows_what_is_typed_and_the_keyboard_stays(open_task):
    page = open_task()
    page.locator('[name="offer"]').press_sequentially("45")
    expect(page.locator("#f-text-2")).to_contain_text("占订单金额 15 %")
    expect(page.locator('[name="offer"]')).to_be_focused()
    page.keyboard.type("0")
    expect(page.locator("#f-text-2")).to_contain_text("报价 450.00 元")
    row(page, 0, "quantity").fill("5")
    expect(page.locator("#f-text-1")).to_contain_text("共 5 件")


def test_without_scripts_there_are_spare_rows(open_task):
    page = open_task(javascript=False)
    assert page.locator('[data-test="add-row"]').is_hidden()
    for number, (place, quantity) in enumerate((("北京", "3"), ("上海", "2"))):
        row(page, number, "place").fill(place)
        row(page, number, "quantity").fill(quantity)
    page.get_by_test_id("complete").click()
    page.wait_for_url(lambda at: "/inbox" in at)


@pytest.mark.parametrize(("width", "scheme"), some([(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")], 2))
def test_nothing_runs_over_the_edge(open_task, width, scheme, tmp_path):
    page = open_task(width=width, scheme=scheme)
    row(page, 0, "place").fill("北京市朝阳区一个名字很长很长的仓库" * 2)
    page.get_by_test_id("add-row").click()
    row(page, 1, "place").fill("上海")
    row(page, 1, "quantity").fill("两")
    page.get_by_test_id("complete").click()
    page.wait_for_selector('[data-test="form-errors"]')
    page.screenshot(path=f"{PICTURES or tmp_path}/lists-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = (
        "[...document.querySelectorAll('#task-form button')].filter(b => b.offsetParent && b.offsetHeight < 32).length"
    )
    assert page.evaluate(small) == 0
