"""Two diagrams beside each other in the browser: they move together, marks stand where they belong, the list leads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from engine import accounts, studio
from engine.clock import SystemClock
from engine.store.database import Database
from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

PROCESS = "s03_amount_approval"
GONE, NEW, OTHER, MOVED = "tm_manager_approval", "double_check", "gw_manager_approved", "complete_inputs"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
#: Scale and place of a side's picture.
BOXES = """(which) => {
  const { a, e, f } = document.querySelector(`[data-pane="${which}"] .viewport`).transform.baseVal.consolidate().matrix;
  return [a, e, f].map((n) => Math.round(n * 100) / 100);
}"""


def edited(content: bytes) -> bytes:
    """A step more, one less, one with another name, one elsewhere."""
    root = etree.fromstring(content)
    process = root.find(f"{BPMN}process")
    plane = root.find(".//{*}BPMNPlane")
    assert process is not None
    assert plane is not None
    etree.SubElement(process, f"{BPMN}userTask", id=NEW, name="复核金额")
    shape = etree.SubElement(plane, plane[0].tag.replace("BPMNEdge", "BPMNShape"), id="new_di", bpmnElement=NEW)
    bounds = root.find(f".//*[@bpmnElement='{OTHER}']/{{*}}Bounds")
    assert bounds is not None
    etree.SubElement(shape, bounds.tag, x=bounds.get("x", ""), y="900", width="100", height="80")
    gone = {GONE, "act_tm_manager_approval", "end_tm_manager_approval"}
    for element in list(root.iter()):
        about = {element.get("id"), element.get("sourceRef"), element.get("targetRef"), element.get("bpmnElement")}
        drawn = str(element.get("bpmnElement", ""))
        flow = "tm_manager_approval" in drawn
        if (about & gone or flow or (element.text or "") in gone) and element.getparent() is not None:
            element.getparent().remove(element)
    named = root.find(f".//*[@id='{OTHER}']")
    moved = root.find(f".//*[@bpmnElement='{MOVED}']/{{*}}Bounds")
    assert named is not None
    assert moved is not None
    named.set("name", "经理是否同意?")
    moved.set("x", str(int(moved.get("x", "0")) + 40))
    return etree.tostring(root)


@pytest.fixture(scope="module")
def address(server: Server) -> Iterator[str]:
    """The address of a draft against what is in force."""
    db = Database.open(server.database_url)
    owner = accounts.get(db, "he.ping").actor
    now = SystemClock().now()
    with db.begin() as tx:
        key = studio.open_change(tx, owner, title="放宽审批", why="老板定的", now=now)
        draft = studio.add_resource(tx, owner, key, "bpmn", PROCESS, now)
        studio.put_draft(tx, owner, key, "bpmn", PROCESS, edited(draft.content), now)
    yield f"/studio/compare?left=current:bpmn:{PROCESS}&right=draft:{key}:bpmn:{PROCESS}"
    with db.begin() as tx:
        studio.withdraw(tx, owner, key, note="", now=now)
    db.close()


@pytest.fixture
def page(as_person: Callable[..., Page], address: str) -> Page:
    found = as_person("he.ping")
    found.goto(address)
    expect(found.locator("[data-compare-diagram][data-ready]")).to_be_visible()
    return found


def marks(page: Page, which: str, kind: str) -> set[str]:
    found = page.locator(f'[data-pane="{which}"] g.djs-element.cmp-{kind}')
    return {str(one.get_attribute("data-element-id")) for one in found.all()}


def test_each_side_marks_what_is_different_with_sign_and_word(page: Page) -> None:
    assert GONE in marks(page, "left", "removed")
    assert NEW in marks(page, "right", "added")
    assert marks(page, "left", "changed") == marks(page, "right", "changed") == {OTHER}
    assert MOVED in marks(page, "left", "moved") & marks(page, "right", "moved")
    assert NEW not in marks(page, "left", "added")
    signs = page.locator('[data-pane="right"] .djs-overlay .cmp-mark').all_inner_texts()
    assert {"+ 新增", "~ 改动", "⇄ 移动"} <= set(signs)


def test_the_differ_of_the_viewer_sees_nothing_that_the_list_does_not_name(page: Page) -> None:
    assert page.get_attribute("[data-compare-diagram]", "data-unseen") == ""


def test_both_sides_move_together(page: Page) -> None:
    before = page.evaluate(BOXES, "right")
    page.get_by_role("button", name="放大").click()
    left, right = page.evaluate(BOXES, "left"), page.evaluate(BOXES, "right")
    assert left == pytest.approx(right, abs=1)
    assert right != before
    pane = page.locator('[data-pane="right"]').bounding_box()
    assert pane is not None
    page.mouse.move(pane["x"] + 30, pane["y"] + pane["height"] - 30)
    page.mouse.wheel(120, 60)
    expect(page.locator("[data-compare-diagram]")).to_be_visible()
    page.wait_for_timeout(200)
    assert page.evaluate(BOXES, "left") == pytest.approx(page.evaluate(BOXES, "right"), abs=1)
    assert page.evaluate(BOXES, "right") != right


def test_in_one_view_what_is_gone_leaves_its_outline(page: Page) -> None:
    page.get_by_role("button", name="叠放").click()
    expect(page.locator('[data-pane="left"]')).to_be_hidden()
    ghost = page.locator(f'[data-pane="right"] [data-ghost="{GONE}"]')
    expect(ghost).to_be_visible()
    page.get_by_role("button", name="并排").click()
    expect(ghost).to_have_count(0)
    expect(page.locator('[data-pane="left"]')).to_be_visible()


def test_the_list_leads_to_the_picture_and_back(page: Page) -> None:
    page.locator(f'[data-jump="{GONE}"]').click()
    expect(page.locator("[data-said]")).to_have_text(re.compile("− 删除 经理审批提醒"))
    assert marks(page, "left", "picked") == {GONE}
    page.locator(f'[data-pane="right"] [data-element-id="{OTHER}"] .djs-hit').first.click(force=True)
    expect(page.locator(f'[data-id="{OTHER}"]').first).to_have_class(re.compile("is-picked"))


def test_the_differences_are_walked_through_one_by_one(page: Page) -> None:
    said = page.locator("[data-said]")
    seen = []
    for _ in range(3):
        page.get_by_role("button", name="下一处").click()
        seen.append(said.inner_text())
    assert len(set(seen)) == 3
    page.get_by_role("button", name="上一处").click()
    expect(said).to_have_text(seen[1])


def test_moves_can_be_left_unmarked(page: Page) -> None:
    page.get_by_label("不标移动").check()
    assert marks(page, "right", "moved") == set()
    assert marks(page, "right", "changed") == {OTHER}


def test_without_scripts_there_are_the_list_and_pictures(as_person: Callable[..., Page], address: str) -> None:
    page = as_person("he.ping", javascript=False)
    page.goto(address)
    expect(page.locator(f'[data-id="{GONE}"]').first).to_be_visible()
    pictures = page.locator("noscript img, .cmp-figure img")
    assert pictures.count() == 2
    for picture in pictures.all():
        assert picture.evaluate("(one) => one.complete && one.naturalWidth") > 500
    expect(page.locator("[data-compare-diagram]")).to_be_hidden()


def test_on_a_phone_one_picture_is_shown_and_nothing_is_wider_than_the_page(
    as_person: Callable[..., Page], address: str
) -> None:
    page = as_person("he.ping", width=390)
    page.goto(address)
    expect(page.locator("[data-compare-diagram][data-ready]")).to_be_visible()
    expect(page.locator('[data-pane="left"]')).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_draft_that_was_saved_meanwhile_is_not_drawn_with_marks_of_another(
    as_person: Callable[..., Page], address: str
) -> None:
    page = as_person("he.ping")
    page.route(re.compile("/studio/compare/side"), lambda route: route.fulfill(status=409, body=""))
    page.goto(address)
    expect(page.locator("[data-said]")).to_have_text("草稿刚被改过,请刷新页面再对比。")
    settings = json.loads(page.locator("[data-marks]").text_content() or "")
    assert settings["marks"]["added"] == [NEW]
