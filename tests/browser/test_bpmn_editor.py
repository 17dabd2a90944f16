"""A process owner draws: what the editor says, saves, refuses and gives away."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT, Server
from tests.browser.drawing import changed_lines, field, first_of, on, open_editor, rename, select
from tests.browser.studio import OWNER, draft, open_change, second_owner, wait_until_saved
from tests.sample import EVERY, enough, kinds_of_xml, some

SHIPPED = enough(sorted(ROOT.glob("processes/*/*.bpmn")), kinds_of_xml)
COURIER = ("bpmn", "p10_courier_query")
Person = Callable[..., Page]


@pytest.mark.parametrize("file", SHIPPED if EVERY else some(SHIPPED[1:], 2), ids=lambda file: file.stem)
def test_a_shipped_diagram_keeps_all_its_lines_but_the_one_that_was_edited(
    as_person: Person, server: Server, file: Path
) -> None:
    page = as_person(OWNER)
    key = open_change(server, ("bpmn", file.stem))
    open_editor(page, key, file.stem)
    expect(page.get_by_test_id("editor-said")).to_be_hidden()  # no warning of the reader
    task = first_of(page, "bpmn:UserTask")
    rename(page, task, "改过的名称")
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    saved = draft(server, key, "bpmn", file.stem).content.decode()
    changed = changed_lines(file.read_text(encoding="utf-8"), saved)
    assert [line[0] for line in changed] == ["-", "+"], changed[:6]
    assert f'id="{task}" name="改过的名称"' in changed[1]


def test_what_nobody_edited_is_never_saved(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    saves: list[str] = []
    page.on("request", lambda sent: saves.append(sent.url) if sent.method == "POST" and "/edit/" in sent.url else None)
    open_editor(page, key)
    for element in ("check_logistics", "rule_logistics_status", "call_reship"):
        select(page, element)
        field(page, "general", "name").locator("input, textarea, [contenteditable]").first.click()
    page.keyboard.press("Control+s")
    page.get_by_test_id("save").click()
    page.goto("/studio")
    assert saves == []
    assert draft(server, key, *COURIER).revision == 1


def test_moving_a_task_changes_where_it_stands_and_nothing_else(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    before = draft(server, key, *COURIER).content.decode()
    open_editor(page, key)
    on(page, "report_status", "get('modeling').moveShape(element, { x: 20, y: 0 });")
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    changed = changed_lines(before, draft(server, key, *COURIER).content.decode())
    assert 2 <= len(changed) <= 10, changed
    assert [line for line in changed if not re.search("Bounds|waypoint|BPMNLabel", line)] == []


def test_what_was_typed_last_is_saved_with_ctrl_s(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    open_editor(page, key)
    select(page, "check_logistics")
    name = field(page, "general", "name").locator("[contenteditable], textarea, input").first
    name.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("查一查")
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    expect(page.get_by_test_id("save-state")).to_contain_text("今天")
    assert 'id="check_logistics" name="查一查"' in draft(server, key, *COURIER).content.decode()


def test_a_pause_saves_by_itself_and_undo_gives_back_every_byte(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    before = draft(server, key, *COURIER).content
    open_editor(page, key)
    rename(page, "check_logistics", "别的")
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "dirty")
    wait_until_saved(page)
    assert draft(server, key, *COURIER).content != before
    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("undo")).to_be_disabled()
    page.get_by_test_id("save").click()
    wait_until_saved(page)
    assert draft(server, key, *COURIER).content == before


def test_two_owners_see_each_other(as_person: Person, server: Server) -> None:
    mine, theirs = as_person(OWNER), as_person(second_owner(server))
    key = open_change(server, COURIER)
    open_editor(mine, key)
    open_editor(theirs, key)
    rename(theirs, "file_claim", "郝的索赔")
    theirs.keyboard.press("Control+s")
    wait_until_saved(theirs)
    rename(mine, "check_logistics", "何的查询")
    mine.keyboard.press("Control+s")
    expect(mine.get_by_test_id("save-state")).to_have_attribute("data-state", "conflict")
    dialog = mine.locator("dialog.studio-dialog[open]")
    expect(dialog).to_contain_text("郝二")
    mine.get_by_test_id("conflict-compare").click()
    expect(dialog).to_contain_text("何的查询")
    assert "何的查询" not in draft(server, key, *COURIER).content.decode()
    mine.get_by_test_id("conflict-mine").click()
    wait_until_saved(mine)
    saved = draft(server, key, *COURIER).content.decode()
    assert "何的查询" in saved
    assert "郝的索赔" not in saved


def test_pictures_show_the_diagram_with_its_chinese_names(as_person: Person, server: Server, tmp_path: Path) -> None:
    page = as_person(OWNER)
    open_editor(page, open_change(server, COURIER))
    files: dict[str, Path] = {}
    for kind in ("bpmn", "svg", "png"):
        page.get_by_test_id("files").locator("summary").click()
        with page.expect_download() as download:
            page.get_by_test_id(f"download-{kind}").click()
        assert download.value.suggested_filename == f"p10_courier_query.{kind}"
        files[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[kind])
    assert files["bpmn"].read_bytes() == (ROOT / "processes/service/p10_courier_query.bpmn").read_bytes()
    svg = files["svg"].read_text(encoding="utf-8")
    assert "查询物流状态" in svg.replace("</tspan>", "").replace("<tspan", "") or "查询物流状" in svg
    assert "var(--" not in svg
    assert "Noto Sans CJK SC" in svg
    assert ink(files["png"]) > 5000


def ink(file: Path) -> int:
    """How many dots of a picture are dark."""
    from PIL import Image

    with Image.open(file) as image:
        assert image.width > 4000
        return sum(image.convert("L").histogram()[:120])


def test_tokens_walk_only_where_nothing_is_wrong(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    open_editor(page, open_change(server, COURIER))
    expect(page.get_by_test_id("lint-count")).to_contain_text("检查通过")
    page.get_by_test_id("simulate").click()
    expect(page.get_by_test_id("simulate")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".bts-palette")).to_be_visible()
    titles = page.locator("[class^=bts-] [title], [class^=bts-][title]").evaluate_all(
        "all => all.map(({ title }) => title)"
    )
    assert titles
    assert [title for title in titles if title.isascii()] == []
    expect(page.locator(".bts-log .bts-header")).to_have_text("走过的步骤")
    page.get_by_test_id("simulate").click()
    expect(page.locator(".bts-palette")).to_be_hidden()
    on(page, "gw_customer_urges", "get('modeling').updateProperties(element, { default: undefined });")
    expect(page.get_by_test_id("lint-count")).to_contain_text("错误 2")
    page.get_by_test_id("simulate").click()
    expect(page.get_by_test_id("editor-said")).to_contain_text("图里还有 2 个错误")
    expect(page.get_by_test_id("simulate")).to_have_attribute("aria-pressed", "false")


def test_a_file_from_the_disk_comes_in_the_place_of_the_drawing(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    before = draft(server, key, *COURIER).content
    open_editor(page, key)
    chosen = page.get_by_test_id("import")
    chosen.set_input_files({"name": "a.bpmn", "mimeType": "text/xml", "buffer": b"<html></html>"})
    expect(page.get_by_test_id("editor-said")).to_contain_text("文件不是 BPMN 2.0 流程图")
    expect(page.get_by_test_id("import-dialog")).to_be_hidden()
    other = before.replace("查询物流状态".encode(), "导入的名称".encode())
    chosen.set_input_files({"name": "b.bpmn", "mimeType": "text/xml", "buffer": other})
    expect(page.get_by_test_id("import-dialog")).to_contain_text("b.bpmn")
    page.keyboard.press("Escape")
    assert draft(server, key, *COURIER).content == before
    chosen.set_input_files({"name": "b.bpmn", "mimeType": "text/xml", "buffer": other})
    page.get_by_test_id("import-yes").click()
    expect(page.locator(".djs-element[data-element-id=check_logistics]")).to_contain_text("导入的名称")
    wait_until_saved(page)
    expect(page.get_by_test_id("save-state")).to_contain_text("今天")
    assert draft(server, key, *COURIER).content == other


def test_a_file_that_cannot_be_drawn_says_why_and_can_be_downloaded(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    open_editor(page, key)
    on(page, "", "kefuflowBpmn.original = '<html>'; kefuflowBpmn.changed(); kefuflowBpmn.edited = false;")
    page.get_by_test_id("save").click()
    wait_until_saved(page)
    open_editor(page, key)
    expect(page.get_by_test_id("editor-said")).to_contain_text("画不出来")
    expect(page.get_by_test_id("problems").locator("li").first).to_contain_text("XML")
    page.get_by_test_id("simulate").click()
    page.get_by_test_id("files").locator("summary").click()
    with page.expect_download() as download:
        page.get_by_test_id("download-bpmn").click()
    assert Path(download.value.path()).read_bytes() == b"<html>"


def test_who_only_reads_cannot_change_anything(as_person: Person, server: Server) -> None:
    page = as_person("xu.wen")
    key = open_change(server, COURIER)
    open_editor(page, key)
    select(page, "check_logistics")
    expect(page.get_by_test_id("read-only")).to_be_visible()
    expect(page.locator(".djs-context-pad .entry")).to_have_count(0)
    field(page, "form", "formId")
    expect(page.locator("[data-entry-id=formId] select")).to_be_disabled()
    before = page.evaluate("() => kefuflowBpmn.editor.xml()")
    box = page.locator(".djs-element[data-element-id=check_logistics]").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()
    page.keyboard.press("Delete")
    rename(page, "check_logistics", "别的")
    assert page.evaluate("() => kefuflowBpmn.editor.xml()") == before


def test_the_search_finds_and_the_keys_are_told(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    open_editor(page, open_change(server, COURIER))
    page.keyboard.press("Control+f")
    page.locator(".djs-search-input input").fill("索赔")
    expect(page.locator(".djs-search-result", has_text="向快递提出索赔")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_test_id("minimap").click()
    expect(page.locator(".djs-minimap")).to_be_visible()
    page.get_by_test_id("editor-keys").click()
    expect(page.get_by_test_id("keys-dialog")).to_contain_text("粘贴到另一张图里")


def test_on_a_phone_the_panel_is_a_sheet_and_nothing_runs_out_of_the_page(as_person: Person, server: Server) -> None:
    page = as_person(OWNER, width=390)
    open_editor(page, open_change(server, COURIER))
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#bpmn-panel")).to_be_hidden()
    page.get_by_test_id("toggle-panel").click()
    box = page.locator("#bpmn-panel").bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, 390)
    page.locator("#bpmn-panel .bpmn-close").click()
    expect(page.locator("#bpmn-panel")).to_be_hidden()
    mark = page.locator(".bjs-powered-by")
    expect(mark).to_be_visible()
    covered = mark.evaluate(
        "e => { const { x, y, width, height } = e.getBoundingClientRect(); "
        "return !e.contains(document.elementFromPoint(x + width / 2, y + height / 2)); }"
    )
    assert not covered


def test_the_panel_can_be_made_wider_and_put_away_and_stays_so(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, COURIER)
    open_editor(page, key)
    panel, split = page.locator("#bpmn-panel"), page.locator("[data-split]")
    width = width_of(panel)
    split.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert width_of(panel) == width + 40
    page.get_by_test_id("toggle-panel").click()
    expect(panel).to_be_hidden()
    open_editor(page, key)
    expect(panel).to_be_hidden()
    page.get_by_test_id("toggle-panel").click()
    assert width_of(panel) == width + 40


def width_of(part: Locator) -> float:
    box = part.bounding_box()
    assert box
    return box["width"]
