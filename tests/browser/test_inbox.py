"""The inbox by keys alone: move, claim, undo, put off; and a list that does not move under somebody who is in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.store.database import Database
from engine.store.tables import user_task
from tests.browser.conftest import Server
from tests.browser.steps import start_case

pytestmark = pytest.mark.browser


@contextmanager
def more_like_it(server: Server, case_id: str, number: int) -> Iterator[None]:
    """So many open tasks more, each as the case's own; gone afterwards."""
    database = Database.open(server.database_url)
    try:
        with database.begin() as tx:
            row = tx.connection.execute(select(user_task).where(user_task.c.case_id == case_id)).mappings().one()
            added = [{**row, "id": row["id"] + 1000 + n} for n in range(number)]
            tx.connection.execute(user_task.insert(), added)
        yield
        with database.begin() as tx:
            tx.connection.execute(user_task.delete().where(user_task.c.id.in_([one["id"] for one in added])))
    finally:
        database.close()


def test_an_agent_works_the_list_by_keys(as_person: Callable[..., Page]) -> None:
    agent = as_person("li.na")
    # Of a buyer of whom no other test knows: a colleague who held a case of theirs would get this one.
    start_case(agent, "p10_courier_query", "SO-2609", "物流停在杭州", waybill_no="YT7700002609", courier="圆通")
    agent.goto("/inbox?order=SO-2609&sort=newest")
    row = agent.get_by_test_id("task-row").first
    expect(row).to_contain_text("SO-2609")
    expect(row).not_to_contain_text("李娜")

    agent.keyboard.press("j")
    expect(row).to_be_focused()
    agent.keyboard.press("x")
    expect(agent.locator("[data-bulk-count]")).to_have_text("已选 1 个")
    agent.keyboard.press("c")
    expect(agent.get_by_test_id("told")).to_contain_text("已认领")
    expect(row).to_contain_text("李娜")
    expect(row).to_be_focused()
    agent.keyboard.press("z")
    expect(agent.get_by_test_id("told")).to_contain_text("已撤销")
    expect(row).not_to_contain_text("李娜")

    agent.keyboard.press("f")
    expect(agent.locator("#bulk-later")).to_be_focused()
    agent.locator("#bulk-later").select_option("tomorrow")
    agent.get_by_test_id("bulk-follow-up").click()
    expect(row).to_contain_text("跟进 明天 09:00")

    agent.keyboard.press("?")
    sheet = agent.locator("#key-help")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("撤销刚才的操作")
    agent.keyboard.press("Escape")
    expect(sheet).to_be_hidden()

    row.focus()
    agent.keyboard.press("e")
    expect(agent.get_by_test_id("task-panel")).to_be_visible()
    expect(agent.get_by_test_id("claim")).to_be_focused()
    row.focus()
    agent.keyboard.press("g")
    agent.keyboard.press("c")
    agent.wait_for_url(re.compile(r"/cases"))


def test_many_tasks_are_chosen_handed_over_spoken_of_and_paged_by_keys(as_person: Callable[..., Page]) -> None:
    agent = as_person("li.na")
    for number in range(3):
        start_case(agent, "p10_courier_query", "SO-2603", f"第{number + 1}次来问")
    agent.goto("/inbox?order=SO-2603&sort=newest")
    boxes = agent.locator("input.pick")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(agent.locator("[data-bulk-count]")).to_have_text("已选 3 个")
    boxes.nth(1).click(modifiers=["Shift"])  # from the one pressed last
    expect(agent.locator("[data-bulk-count]")).to_have_text("已选 1 个")
    boxes.nth(1).click()

    row = agent.get_by_test_id("task-row").first
    row.focus()
    agent.keyboard.press("c")
    expect(row).to_contain_text("李娜")
    agent.keyboard.press("u")
    expect(agent.get_by_test_id("told")).to_contain_text("已退回")
    expect(row).not_to_contain_text("李娜")

    agent.keyboard.press("m")
    written = agent.locator("details[data-menu=comment] textarea")
    expect(written).to_be_focused()
    agent.keyboard.type("已联系快递mua[]")  # letters in a field are letters
    expect(written).to_have_value("已联系快递mua[]")
    agent.keyboard.press("Escape")
    expect(written).to_be_hidden()
    expect(agent.locator("details[data-menu=comment] summary")).to_be_focused()

    boss = as_person("zhou.min")
    boss.goto("/inbox?scope=all&order=SO-2603&sort=newest")
    first = boss.get_by_test_id("task-row").first
    first.focus()
    boss.keyboard.press("a")
    expect(boss.locator("details[data-menu=assign] :is(select, input)").first).to_be_focused()


def test_pages_of_the_list_are_turned_by_keys(as_person: Callable[..., Page], server: Server) -> None:
    agent = as_person("li.na")
    case = start_case(agent, "p10_courier_query", "SO-2605", "一次来了很多")
    with more_like_it(server, case, 30):
        agent.goto("/inbox?order=SO-2605&sort=newest&size=25")
        rows = agent.get_by_test_id("task-row")
        expect(rows).to_have_count(25)
        first = rows.first.get_attribute("id") or ""
        agent.keyboard.press("[")  # there is no page before the first
        agent.keyboard.press("]")
        agent.wait_for_url(re.compile("after="))
        expect(agent.locator(f"#{first}")).to_have_count(0)
        expect(rows.first).to_be_visible()
        agent.keyboard.press("[")
        agent.wait_for_url(re.compile("before="))
        expect(rows.first).to_have_id(first)


def test_new_tasks_are_announced_to_who_is_in_the_list_and_come_when_asked(as_person: Callable[..., Page]) -> None:
    agent, other = as_person("li.na"), as_person("chen.jing")
    start_case(agent, "p10_courier_query", "SO-2604", "查不到物流")
    agent.goto("/inbox?order=SO-2604&sort=newest")
    agent.keyboard.press("j")
    before = agent.get_by_test_id("task-row").count()
    start_case(other, "p10_courier_query", "SO-2604", "又来催了")
    expect(agent.locator("#list-news")).to_contain_text("有 1 个新任务,按 r 刷新", timeout=20_000)
    expect(agent.get_by_test_id("task-row")).to_have_count(before)
    focused = agent.locator("a[data-row]:focus")
    expect(focused).to_have_count(1)
    agent.keyboard.press("r")
    expect(agent.get_by_test_id("task-row")).to_have_count(before + 1)
    expect(agent.locator("#list-news")).to_have_text("")
    expect(focused).to_have_count(1)
