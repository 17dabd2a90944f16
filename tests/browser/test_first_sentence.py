"""From the desk to the right start form by what a buyer said first: counted in clicks, wide and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from engine import dmn
from engine.queries.first_sentence import GENERAL_ENTRY, ROUTING, WORDS, rank
from tests.browser.test_accessibility import CHECK, OVER, PHONE, TAGS, look_as
from tests.sample import some, times

__all__ = ["look_as"]  # a fixture

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
MOST_CLICKS = 3
#: One for each class of the routing table, and more; with who may start all of it.
SENTENCES = (
    "我要报修", "开不了机", "海外能保修吗", "跟想象的差太多了", "颜色跟图片不一样", "衣服破了个洞", "尺码不合适",
    "我要退货", "发错颜色了", "收到少了一件", "快递三天没动了", "包裹卡在海关了", "我要退款", "能不能补偿一点",
    "发票呢", "我要投诉", "我申请平台介入了", "我要给差评", "瓷砖多了几箱想退", "给个解决方案", "怎麼還沒發貨呢",
    "太大了想换一件", "地址写错了,帮我改一下", "空调坏了上门修", "公司采购,要50个", "有赠品吗", "你们卖假货",
    "我寄回去你们给修一下", "帮我跟踪一下物流,别又弄丢", "显示签收了但是我没收到啊", "刚买就降价了,补差价",
    "洗一次就掉色", "在吗",
)  # fmt: skip
#: Counts what a person does: clicks, and Enter, which stands for one.
COUNTING = """(() => {
  const count = () => sessionStorage.setItem('clicks', 1 + Number(sessionStorage.getItem('clicks') || 0));
  addEventListener('click', (event) => { if (event.isTrusted && event.detail) count(); }, true);
  addEventListener('keydown', (event) => { if (event.isTrusted && event.key === 'Enter') count(); }, true);
})()"""
#: Diagram → whether a supervisor starts it by hand and no pack hides it.
DIAGRAMS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "processes").rglob("*.bpmn")}
STARTABLE = {
    process for process, drawn in DIAGRAMS.items() if 'name="start_permission"' in drawn and 'name="pack"' not in drawn
}


def first_of(said: str) -> str | None:
    """The process that the tables put first, of those that are there; None: nothing is suggested."""
    words, routing = (
        dmn.load((ROOT / f"processes/decisions/{name}.dmn").read_bytes()).decisions[name] for name in (WORDS, ROUTING)
    )
    entry = GENERAL_ENTRY if GENERAL_ENTRY in STARTABLE else None
    return next((hint.process_id for hint in rank(words, routing, said) if hint.process_id in STARTABLE), entry)


def clicks(page: Page) -> int:
    return int(page.evaluate("sessionStorage.getItem('clicks') || 0"))


def from_the_desk(page: Page) -> None:
    """Home, with nothing counted yet."""
    page.goto("/inbox")
    page.evaluate("sessionStorage.removeItem('clicks')")


def shows(page: Page, said: str) -> None:
    """The form has the sentence in a field, or above itself where it has no field for it."""
    fields = (page.locator("#start-form").get_attribute("data-sentence-fields") or "").split()
    for name in fields:
        expect(page.locator(f"#start-form [name={name}]")).to_have_value(said)
    if not fields:
        expect(page.get_by_test_id("first-said")).to_contain_text(said)


@pytest.mark.timeout(600)
def test_from_the_desk_to_the_right_form_in_three_clicks(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min")
    page.add_init_script(COUNTING)
    led = 0
    for said in some(SENTENCES, 9):
        expected = first_of(said)
        from_the_desk(page)
        page.get_by_test_id("top-start").click()
        box = page.get_by_test_id("first-sentence")
        expect(box).to_be_focused()
        box.fill(said)  # as it is pasted
        box.press("Enter")
        if expected is None:
            expect(page.get_by_test_id("not-understood").or_(page.get_by_test_id("suggested"))).to_be_visible()
            continue
        page.wait_for_url(re.compile(rf"/start/{expected}$"))
        shows(page, said)
        assert clicks(page) <= MOST_CLICKS, said
        assert said not in unquote(page.url)
        led += 1
    assert led >= times(20, 6)


def test_on_a_phone_by_touch(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min", width=PHONE["width"])
    page.add_init_script(COUNTING)
    for said in ("我要退货", "发票呢", "收到少了一件"):
        expected = first_of(said)
        from_the_desk(page)
        page.locator(".rail").get_by_role("link", name="发起").click()
        page.get_by_test_id("first-sentence").fill(said)
        card = page.get_by_test_id(f"suggest-{expected}")
        expect(card).to_be_visible()
        assert card.bounding_box()["height"] >= 44
        assert page.evaluate(OVER) <= 0
        card.click()
        page.wait_for_url(re.compile(rf"/start/{expected}$"))
        shows(page, said)
        assert clicks(page) <= MOST_CLICKS


def test_the_sentence_outlives_a_reload_and_reaches_no_other_form(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min")
    page.goto("/start")
    page.get_by_test_id("first-sentence").fill("SO-2604 快递不动了")
    card = page.get_by_test_id("suggest-p10_courier_query")
    expect(card).to_be_visible()
    card.click()
    page.wait_for_url(re.compile(r"/start/p10_courier_query\?order_id=SO-2604$"))
    description = page.locator("#start-form [name=description]")
    expect(description).to_have_value("SO-2604 快递不动了")
    expect(page.locator("#start-form [name=order_id]")).to_have_value("SO-2604")
    page.reload()
    expect(description).to_have_value("SO-2604 快递不动了")
    page.goto("/start")
    page.goto("/start/p10_courier_query?order_id=SO-2604")
    expect(description).to_have_value("")
    page.goto("/start/p12_return")
    expect(page.locator("#start-form [name=description]")).to_have_value("")


def test_back_on_the_start_page_the_sentence_and_its_cards_are_there(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min")
    page.goto("/start")
    page.get_by_test_id("first-sentence").fill("我要退货")
    page.get_by_test_id("suggest-p12_return").click()
    page.wait_for_url(re.compile(r"/start/p12_return$"))
    page.go_back()
    expect(page.get_by_test_id("first-sentence")).to_have_value("我要退货")
    expect(page.get_by_test_id("suggest-p12_return")).to_be_visible()


def test_cards_are_chosen_by_keys(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min")
    page.goto("/start")
    box = page.get_by_test_id("first-sentence")
    box.fill("质量太差了,我要退货")
    cards = page.locator("[data-open]")
    expect(cards.nth(1)).to_be_visible()
    box.press("ArrowDown")
    expect(cards.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = (cards.nth(1).get_attribute("data-test") or "").removeprefix("suggest-")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/start/{second}$"))


def test_an_order_that_is_looked_for_keeps_the_sentence(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min")
    page.goto("/start")
    page.get_by_test_id("first-sentence").fill("怎么还没发货")
    expect(page.get_by_test_id("suggest-p02_rush_shipping")).to_be_visible()
    page.get_by_test_id("start-text").fill("SO-2604")
    page.get_by_test_id("start-find").click()
    page.wait_for_url(re.compile(r"/start\?q=SO-2604$"))
    expect(page.get_by_test_id("first-sentence")).to_have_value("怎么还没发货")
    expect(page.locator("[data-open]").first).to_have_attribute("data-test", "suggest-p10_courier_query")


def test_a_draft_of_another_time_stays_until_it_is_given_up(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min")
    page.goto("/start/p13_rights_protection")
    page.locator("#start-form [name=description]").fill("上一位买家的话")
    expect(page.get_by_test_id("draft-status")).to_contain_text("已自动保存")
    page.goto("/start")
    page.get_by_test_id("first-sentence").fill("我要投诉")
    page.get_by_test_id("suggest-p13_rights_protection").click()
    description = page.locator("#start-form [name=description]")
    expect(description).to_have_value("上一位买家的话")
    expect(page.get_by_test_id("first-said")).to_contain_text("我要投诉")
    page.get_by_test_id("draft-discard").click()
    expect(description).to_have_value("我要投诉")
    expect(page.get_by_test_id("first-said")).to_be_hidden()


def test_without_scripts_the_same_by_buttons(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min", javascript=False)
    page.goto("/start")
    page.get_by_test_id("first-sentence").fill("SO-2604 我要退货")
    page.get_by_test_id("suggest").click()
    expect(page.get_by_test_id("first-sentence")).to_have_value("SO-2604 我要退货")
    page.get_by_test_id("suggest-p12_return").click()
    expect(page.locator("#start-form [name=description]")).to_have_value("SO-2604 我要退货")
    expect(page.locator("#start-form [name=order_id]")).to_have_value("SO-2604")
    assert "%E9%80%80" not in page.url


def test_the_list_of_processes_is_searched_while_one_types(as_person: Callable[..., Page]) -> None:
    page = as_person("zhou.min")
    page.goto("/start")
    everything = page.locator("#process-list [data-filter-item]:visible").count()
    page.get_by_test_id("process-filter").fill("发票")
    expect(page.get_by_test_id("start-p11_invoice")).to_be_visible()
    expect(page.get_by_test_id("start-p09_exchange")).to_be_hidden()
    expect(page.get_by_test_id("kind-repair")).to_be_hidden()
    page.get_by_test_id("process-filter").fill("没有这种东西")
    expect(page.get_by_text("没有这样的流程")).to_be_visible()
    page.get_by_test_id("process-filter").fill("")
    assert page.locator("#process-list [data-filter-item]:visible").count() == everything


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cards_are_accessible_and_fit(look_as: Callable[[str], Page], scheme: str) -> None:
    page = look_as("zhou.min")
    page.emulate_media(color_scheme=scheme)
    page.goto("/start")
    page.get_by_test_id("first-sentence").fill("SO-2604 质量太差了,少了一件,我要退货")
    expect(page.get_by_test_id("suggestions")).to_be_visible()
    for size in ({"width": 1440, "height": 900}, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate(CHECK, TAGS) == []
        assert page.evaluate(OVER) <= 0
