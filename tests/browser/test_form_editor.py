"""The form editor in Chromium: in Chinese, saving what was edited and nothing else, previewing what agents will see."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine import accounts, studio
from engine.clock import SystemClock
from engine.store.database import Database
from tests.browser.conftest import PASSWORD, Server
from tests.browser.steps import log_in_on
from tests.browser.test_accessibility import AXE, CHECK, TAGS
from tests.sample import enough, kinds_of_form, some

ROOT = Path(__file__).parents[2]
FORMS = {f"{p.parent.name}.{p.stem}": p for p in sorted((ROOT / "forms").glob("*/*.form"))}
EDITED = enough(sorted(FORMS), lambda form_id: kinds_of_form(FORMS[form_id]))
ASSESS = "p01_compensation.assess_compensation"
NEW = "p01_compensation.visit"
OPENED = "[data-form-canvas][data-ready]"
#: Words that stay Latin: names of the maker and of file types, and what people type into formulas.
KEPT = re.compile(
    r"bpmn\.io|FEEL|HTML|JSON|RE2|MB|jpg|png|webp|pdf|true|false|if|null|this|waybills|invoice_register\.invoice_no"
    r"|[a-z]+(?:_[a-z0-9]+)+(?:\.[a-z_]+)?|counter|sum|value|label|Powered by"
)


class Studio:
    """A change with forms in it, and the pages of its drafts."""

    def __init__(self, server: Server) -> None:
        self.db = Database.open(server.database_url)
        self.owner = accounts.get(self.db, "he.ping").actor
        with self.db.begin() as tx:
            self.key = studio.open_change(tx, self.owner, title="改表单", why="试", now=SystemClock().now())

    def add(self, form_id: str, content: str | None = None) -> str:
        """The address of the editor of a form, put into the change anew."""
        with self.db.begin() as tx:
            now = SystemClock().now()
            if content is None:
                studio.add_resource(tx, self.owner, self.key, "form", form_id, now)
                path = FORMS.get(form_id)
                content = path.read_text(encoding="utf-8") if path else None
            if content is not None:
                studio.put_draft(tx, self.owner, self.key, "form", form_id, content.encode(), now)
        return f"/studio/changes/{self.key}/edit/form/{form_id}"

    def content(self, form_id: str) -> str:
        """What is saved."""
        with self.db.read() as connection:
            return studio.read_draft(connection, self.key, "form", form_id).content.decode()


@pytest.fixture(scope="module")
def change(server: Server) -> Iterator[Studio]:
    made = Studio(server)
    yield made
    made.db.close()


@pytest.fixture
def owner(as_person: Callable[..., Page]) -> Page:
    return as_person("he.ping")


def open_form(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(OPENED, state="attached")


def pick(page: Page, field: str) -> None:
    page.locator(f'.fjs-element[data-id="{field}"]').click(position={"x": 6, "y": 6})


def entry(page: Page, name: str) -> Locator:
    """The input of an entry of the panel; its group is opened."""
    place = page.get_by_test_id(f"panel-{name}")
    if not place.is_visible():
        place.locator("xpath=ancestor::*[contains(@class,'bio-properties-panel-group')][@data-group-id]").locator(
            ".bio-properties-panel-group-header"
        ).click()
    return place


def save(page: Page) -> None:
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")


def changes(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


# --- saved as it was, but for what was edited ----------------------------------------------------


@pytest.mark.parametrize("form_id", some(EDITED, 2))
def test_a_changed_label_is_the_only_line_that_differs(owner: Page, change: Studio, form_id: str) -> None:
    open_form(owner, change.add(form_id))
    owner.locator(".fjs-element:not([data-field-type=text]):not([data-field-type=default])").first.click(
        position={"x": 6, "y": 6}
    )
    owner.get_by_test_id("panel-label").locator("input").fill("新的标签")
    save(owner)
    found = changes(FORMS[form_id].read_text(encoding="utf-8"), change.content(form_id))
    assert len(found) == 2, found
    assert "新的标签" in found[1]


def test_every_edit_leaves_the_rest_of_the_text_alone(owner: Page, change: Studio) -> None:
    before = FORMS[ASSESS].read_text(encoding="utf-8")
    open_form(owner, change.add(ASSESS))

    pick(owner, "field_comp_amount")
    entry(owner, "required").locator("input").uncheck()
    save(owner)
    assert changes(before, change.content(ASSESS)) == ['-        "required": true,']

    entry(owner, "required").locator("input").check()
    entry(owner, "min").locator("input, .cm-content").fill("1")
    save(owner)
    assert changes(before, change.content(ASSESS)) == ['-        "min": 0.01', '+        "min": 1']

    entry(owner, "min").locator("input, .cm-content").fill("0.01")
    pick(owner, "field_pay_method")
    owner.get_by_test_id("panel-options").get_by_role("button", name="添加一项").click()
    save(owner)
    assert [line.split("+", 1)[1].strip() for line in changes(before, change.content(ASSESS))] == [
        "},",
        "{",
        '"label": "选项 5",',
        '"value": "option_5"',
    ]


def test_undo_gives_the_text_back_to_the_letter(owner: Page, change: Studio) -> None:
    before = FORMS[ASSESS].read_text(encoding="utf-8")
    open_form(owner, change.add(ASSESS))
    pick(owner, "field_comp_reason")
    owner.locator(".fjs-context-pad-item").click()
    save(owner)
    assert "comp_reason" not in json.loads(change.content(ASSESS)).__str__().replace("=comp_reason", "")
    owner.locator(".fjs-element[data-id=field_pay_method]").click(position={"x": 6, "y": 6})
    owner.keyboard.press("Control+z")
    save(owner)
    assert change.content(ASSESS) == before


def test_odd_formatting_and_what_form_js_would_add_stay_out(owner: Page, change: Studio) -> None:
    text = (
        '{"components": [\n'
        '    {"type":"number","key":"amount", "label" : "金额", "validate": {"min": 0.10, "max": 1e3}},\n'
        '    { "label":"地点", "type":"dynamiclist", "id":"rows", "path":"places", "isRepeating":true, "components":'
        '[{"type":"textfield","id":"place","key":"place","label":"地点"}] }\n'
        f'  ], "type":"default",   "id": "{NEW}" }}'
    )
    open_form(owner, change.add(NEW, text))
    owner.locator(".fjs-element[data-field-type=number]").click(position={"x": 6, "y": 6})
    owner.get_by_test_id("panel-label").locator("input").fill("数额")
    save(owner)
    assert change.content(NEW) == text.replace('"金额"', '"数额"')


# --- in Chinese ----------------------------------------------------------------------------------

WORDS = """root => {
  const said = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    const element = node.nodeType === 3 ? node.parentElement : node;
    if (element.closest('[translate=no], script, style, code, .bio-properties-panel-header-label')) continue;
    if (node.nodeType === 3) { said.push(node.data.trim()); continue; }
    for (const name of ['title', 'placeholder', 'aria-label', 'alt']) said.push(node.getAttribute(name) || '');
  }
  return said.filter(Boolean);
}"""


def test_palette_canvas_and_panel_speak_chinese_at_every_kind(owner: Page, change: Studio) -> None:
    open_form(owner, change.add(NEW, json.dumps({"type": "default", "id": NEW, "components": []})))
    said: set[str] = set()

    def read() -> None:
        for place in ("canvas", "panel"):
            said.update(owner.get_by_test_id(place).evaluate(WORDS))

    read()
    kinds = owner.locator(".fjs-palette-field").evaluate_all("fields => fields.map(field => field.dataset.fieldType)")
    assert len(kinds) == 16
    for kind in kinds:
        owner.locator(f".fjs-palette-field[data-field-type={kind}]").press("Enter")
        expect(owner.locator(f".fjs-editor-selected[data-field-type={kind}]")).to_be_visible()
        closed = owner.locator(".form-panel .bio-properties-panel-group-header:not(.open)")
        while closed.count():
            closed.first.click()
        read()
    owner.locator(".fjs-element[data-field-type=datetime]").click(position={"x": 6, "y": 6})
    for choice in ("time", "datetime"):
        entry(owner, "subtype").locator("select").select_option(choice)
        read()
    owner.locator(".fjs-palette-search").fill("没有这种")
    expect(owner.locator(".fjs-palette-no-entries")).to_be_visible()
    read()

    latin = {text for text in said if re.search(r"[A-Za-z]{2,}", KEPT.sub("", text))}
    assert latin == set()
    assert {"填写", "选择", "显示", "容器", "没有这样的组件", "把组件拖到这里"} <= said


def test_words_of_the_owner_are_never_translated(owner: Page, change: Studio) -> None:
    labels = ["Select", "Search", "Content", "Remove", "Add new", "Text view is empty"]
    fields: list[dict[str, Any]] = [
        {"type": "textfield", "id": f"f{n}", "key": f"k{n}", "label": label} for n, label in enumerate(labels)
    ]
    fields.append({"type": "text", "id": "said", "text": "Repeatable"})
    text = json.dumps({"type": "default", "id": NEW, "components": fields}, indent=2)
    open_form(owner, change.add(NEW, text))
    for number, label in enumerate(labels):
        expect(owner.locator(f".fjs-element[data-id=f{number}] label")).to_have_text(label)
    expect(owner.locator(".fjs-element[data-id=said] p")).to_have_text("Repeatable")
    pick(owner, "f0")
    expect(owner.get_by_test_id("panel-label").locator("input")).to_have_value("Select")
    expect(owner.locator(".bio-properties-panel-header-label")).to_have_text("Select")
    assert change.content(NEW) == text


# --- names ---------------------------------------------------------------------------------------


def test_a_chinese_key_is_refused_with_a_sentence(owner: Page, change: Studio) -> None:
    before = FORMS[ASSESS].read_text(encoding="utf-8")
    open_form(owner, change.add(ASSESS))
    pick(owner, "field_comp_amount")
    key = owner.get_by_test_id("panel-key")
    for wrong, why in (
        ("补偿金额", "变量名不能用中文"),
        ("1st", "以英文字母开头"),
        ("a b", "以英文字母开头"),
        ("case_id", "是系统用的名字"),
        ("comp_reason", "“补偿原因”已经用了这个变量名"),
        ("", "请写变量名"),
    ):
        key.locator("input").fill(wrong)
        expect(key.locator(".ff-error")).to_contain_text(why)
    assert change.content(ASSESS) == before
    key.locator("input").fill("comp_sum")
    expect(key.locator(".ff-error")).to_be_hidden()
    save(owner)
    assert changes(before, change.content(ASSESS)) == ['-      "key": "comp_amount",', '+      "key": "comp_sum",']


def test_a_name_that_means_something_else_elsewhere_is_warned_of(owner: Page, change: Studio) -> None:
    open_form(owner, change.add(ASSESS))
    pick(owner, "field_comp_reason")
    key = owner.get_by_test_id("panel-key")
    key.locator("input").fill("counter_amount")
    expect(key.locator(".ff-error")).to_contain_text("这里是文字,在")
    expect(key.locator(".ff-error")).to_contain_text("却是数字")
    offered = owner.locator("#ff-names option[value=counter_amount]")
    assert "数字" in str(offered.get_attribute("label"))


def test_formulas_offer_names_of_the_form_and_of_the_case(owner: Page, change: Studio) -> None:
    open_form(owner, change.add(ASSESS))
    pick(owner, "field_comp_reason")
    place = entry(owner, "required_when").locator(".cm-content")
    place.click()
    owner.keyboard.type("comp_am", delay=40)
    expect(owner.locator(".cm-tooltip-autocomplete")).to_contain_text("补偿金额")
    owner.keyboard.press("Escape")
    for _ in range(7):
        owner.keyboard.press("Backspace")
    owner.keyboard.type("tracking_st", delay=40)
    expect(owner.locator(".cm-tooltip-autocomplete")).to_contain_text("追踪结果")
    owner.keyboard.press("Escape")
    for _ in range(11):
        owner.keyboard.press("Backspace")
    # what is typed is taken over while the person goes on typing
    owner.keyboard.type("comp_amount > 30", delay=60)
    expect(place).to_be_focused()
    save(owner)
    assert '"required_when": "=comp_amount > 30"' in change.content(ASSESS)


def test_a_formula_that_cannot_be_read_is_a_problem_that_leads_to_its_field(owner: Page, change: Studio) -> None:
    open_form(owner, change.add(ASSESS))
    pick(owner, "field_comp_reason")
    entry(owner, "hide").locator(".cm-content").click()
    owner.keyboard.type("comp_amount >")
    problem = owner.get_by_test_id("problems").get_by_role("button", name="comp_reason")
    expect(problem).to_contain_text("无法解析")
    pick(owner, "field_pay_method")
    problem.click()
    expect(owner.locator(".fjs-editor-selected[data-id=field_comp_reason]")).to_be_visible()
    expect(owner.locator(".fjs-element[data-id=field_comp_reason][data-finding=error]")).to_be_visible()


# --- what agents will see ------------------------------------------------------------------------


def test_the_preview_reacts_and_judges_as_the_desk_does(owner: Page, change: Studio) -> None:
    open_form(owner, change.add("p01_compensation.negotiate_compensation"))
    owner.get_by_test_id("tab-preview").click()
    frame = owner.frame_locator("[data-preview-frame]")
    choice = frame.locator("[data-field=customer_decision]")
    expect(choice).to_be_visible()
    expect(frame.locator("[data-field=counter_amount]")).to_have_count(0)
    choice.locator("input[value=counter]").check()
    expect(frame.locator("[data-field=counter_amount]")).to_be_visible()

    owner.get_by_test_id("preview-try").click()
    expect(frame.get_by_test_id("form-errors")).to_be_visible()
    expect(owner.get_by_test_id("preview-status")).to_contain_text("提交会被退回")
    frame.locator("[data-field=counter_amount] input").fill("40")
    owner.get_by_test_id("preview-names").locator("[name=comp_amount]").fill("19.9")
    expect(frame.get_by_test_id("facts")).to_contain_text("¥19.90")
    owner.get_by_test_id("preview-try").click()
    expect(owner.get_by_test_id("preview-status")).to_have_text("可以提交。")
    expect(frame.get_by_test_id("written")).to_contain_text("40")


def test_the_preview_shows_what_is_not_saved_at_the_width_of_a_phone(owner: Page, change: Studio) -> None:
    open_form(owner, change.add(ASSESS))
    pick(owner, "field_comp_amount")
    owner.get_by_test_id("panel-label").locator("input").fill("赔多少")
    owner.get_by_test_id("tab-preview").click()
    owner.get_by_label("手机").check()
    frame = owner.frame_locator("[data-preview-frame]")
    expect(frame.locator("[data-field=comp_amount]")).to_contain_text("赔多少")
    box = owner.get_by_test_id("preview-frame").bounding_box()
    assert box is not None
    assert box["width"] == 390
    assert frame.locator("body").evaluate("body => body.scrollWidth") <= 390


def test_values_come_from_a_scenario_of_the_process(owner: Page, change: Studio) -> None:
    path = ROOT / "processes" / "scenarios" / "p01_compensation.yaml"
    with change.db.begin() as tx:
        now = SystemClock().now()
        studio.put_draft(tx, change.owner, change.key, "scenario", "p01_compensation", path.read_bytes(), now)
    open_form(owner, change.add("p01_compensation.negotiate_compensation"))
    owner.get_by_test_id("tab-preview").click()
    owner.get_by_test_id("preview-scenario").select_option(label="01-S1 客户接受第一次报价")
    frame = owner.frame_locator("[data-preview-frame]")
    expect(frame.get_by_test_id("facts")).to_contain_text("¥20.00")


def test_a_hostile_form_does_nothing_on_the_canvas_or_in_the_preview(owner: Page, change: Studio) -> None:
    evil = "\"><img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
    fields = [
        {"type": "textfield", "id": "f", "key": "k", "label": evil, "description": evil},
        {"type": "radio", "id": "r", "key": "r", "label": evil, "values": [{"label": evil, "value": "a"}]},
        {"type": "html", "id": "h", "content": evil},
        {"type": "text", "id": "t", "text": f"# {evil}\n[x](javascript:alert(1))"},
        {"type": "group", "id": "g", "label": evil, "components": []},
    ]
    open_form(owner, change.add(NEW, json.dumps({"type": "default", "id": NEW, "components": fields})))
    assert owner.get_by_test_id("canvas").locator("img, script, iframe, a[href^=javascript]").count() == 0
    owner.get_by_test_id("tab-preview").click()
    frame = owner.frame_locator("[data-preview-frame]")
    expect(frame.locator("[data-field=k]")).to_contain_text("onerror")
    assert frame.locator("img, script").count() == 0
    assert "taken" not in owner.title()


def test_a_file_that_is_no_form_is_mended_as_text(owner: Page, change: Studio) -> None:
    address = change.add(NEW, f'{{"type": "default", "id": "{NEW}", "components": [')
    open_form(owner, address)
    expect(owner.get_by_test_id("broken")).to_be_visible()
    owner.get_by_test_id("tab-preview").click()
    expect(owner.get_by_test_id("preview-status")).to_contain_text("不是有效的 JSON")
    owner.get_by_test_id("tab-build").click()
    owner.get_by_label("文件内容").fill(json.dumps({"type": "default", "id": NEW, "components": []}))
    save(owner)
    open_form(owner, address)
    expect(owner.locator(".fjs-empty-editor-card")).to_contain_text("从这里开始做表单")


def test_a_hundred_fields_stay_quick(owner: Page, change: Studio) -> None:
    fields = [
        {"type": "textfield", "id": f"f{n}", "key": f"key_{n}", "label": f"字段{n}", "validate": {"maxLength": 20}}
        for n in range(100)
    ]
    text = json.dumps({"type": "default", "id": NEW, "components": fields}, ensure_ascii=False, indent=2)
    open_form(owner, change.add(NEW, text))
    pick(owner, "f50")
    place = owner.get_by_test_id("panel-label").locator("input")
    place.fill("")
    place.press_sequentially("很长的标签,一个字一个字地写", delay=20)
    save(owner)
    assert len(changes(text, change.content(NEW))) == 2
    assert "很长的标签,一个字一个字地写" in change.content(NEW)


def test_who_only_reads_changes_nothing(as_person: Callable[..., Page], change: Studio) -> None:
    before = FORMS[ASSESS].read_text(encoding="utf-8")
    address = change.add(ASSESS)
    page = as_person("xu.wen")
    open_form(page, address)
    expect(page.get_by_test_id("read-only")).to_be_visible()
    expect(page.locator(".fjs-palette-container")).to_be_hidden()
    pick(page, "field_comp_amount")
    page.get_by_test_id("panel-label").locator("input").press_sequentially("x")
    page.locator(".fjs-element[data-id=field_comp_amount]").press("Delete")
    expect(page.locator(".fjs-element[data-id=field_comp_amount]")).to_contain_text("补偿金额")
    page.get_by_test_id("tab-preview").click()
    expect(page.frame_locator("[data-preview-frame]").locator("[data-field=comp_amount]")).to_be_visible()
    assert change.content(ASSESS) == before


def test_files_are_read_in_and_taken_home(owner: Page, change: Studio, tmp_path: Path) -> None:
    address = change.add(NEW, json.dumps({"type": "default", "id": NEW, "components": []}))
    open_form(owner, address)
    other = tmp_path / "other.form"
    other.write_text(json.dumps({"type": "default", "id": "else.where", "components": []}), encoding="utf-8")
    owner.get_by_test_id("upload").set_input_files(other)
    expect(owner.locator("[data-editor-note]")).to_contain_text("else.where")

    field = {"type": "textfield", "id": "f", "key": "phone_again", "label": "再打的电话"}
    text = json.dumps({"type": "default", "id": NEW, "components": [field]}, ensure_ascii=False)
    right = tmp_path / "right.form"
    right.write_text(text, encoding="utf-8")
    owner.get_by_test_id("upload").set_input_files(right)
    expect(owner.locator(".fjs-element[data-id=f]")).to_contain_text("再打的电话")
    assert change.content(NEW) == text
    with owner.expect_download() as download:
        owner.get_by_test_id("download").click()
    assert download.value.suggested_filename == f"{NEW}.form"
    assert download.value.path().read_text(encoding="utf-8") == text


#: What is wider than the screen, but for what scrolls in itself.
WIDER = """width => document.documentElement.scrollWidth <= width ? [] :
  [...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > width + 1 && !one.closest('.fjs-container, .rail'))
    .map((one) => `${one.localName}.${one.className}`)"""


def test_components_are_dragged_in_and_picked_into_containers(owner: Page, change: Studio) -> None:
    open_form(owner, change.add(NEW, json.dumps({"type": "default", "id": NEW, "components": []})))
    owner.locator(".fjs-palette-field[data-field-type=group]").click()
    owner.locator(".fjs-palette-field[data-field-type=dynamiclist]").click()
    owner.locator(".fjs-palette-field[data-field-type=textfield]").click()
    owner.locator(".fjs-editor-selected[data-field-type=textfield]").wait_for()
    owner.locator(".fjs-palette-field[data-field-type=filepicker]").click()  # no list takes files: beside it
    source = owner.locator(".fjs-palette-field[data-field-type=number]").bounding_box()
    target = owner.locator(".fjs-element[data-field-type=filepicker]").bounding_box()
    assert source is not None
    assert target is not None
    owner.mouse.move(source["x"] + 20, source["y"] + 20)
    owner.mouse.down()
    owner.mouse.move(target["x"] + 200, target["y"] + target["height"] + 30, steps=12)
    owner.mouse.up()
    expect(owner.locator(".fjs-form-container .fjs-element[data-field-type=number]")).to_be_visible()
    save(owner)

    def shape(part: dict[str, Any]) -> list[Any]:
        return [[c["type"], *shape(c)] if "components" in c else c["type"] for c in part["components"]]

    saved = json.loads(change.content(NEW))
    [[group, rows, *others]] = shape(saved)
    assert (group, rows, sorted(others)) == ("group", ["dynamiclist", "textfield"], ["filepicker", "number"])
    assert "layout" not in saved["components"][0]


def test_fields_side_by_side_keep_their_row(owner: Page, change: Studio) -> None:
    fields = [
        {"type": "number", "id": n, "key": n, "label": n, "layout": {"row": "Row_1", "columns": 8}} for n in ("a", "b")
    ]
    text = json.dumps({"type": "default", "id": NEW, "components": fields}, indent=2)
    open_form(owner, change.add(NEW, text))
    pick(owner, "b")
    entry(owner, "columns").locator("select").select_option("4")
    save(owner)
    assert changes(text, change.content(NEW)) == ['-        "columns": 8', '+        "columns": 4']


def test_axe_finds_nothing_in_the_editor_and_its_preview(chromium: Browser, server: Server, change: Studio) -> None:
    context = chromium.new_context(
        base_url=server.url, locale="zh-CN", viewport={"width": 1440, "height": 900}, bypass_csp=True
    )
    context.add_init_script(path=AXE)
    page = log_in_on(context, "he.ping", PASSWORD, [])
    found: list[str] = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        open_form(page, change.add(ASSESS))
        pick(page, "field_pay_method")
        page.get_by_test_id("panel-options").wait_for()
        found += [f"{theme} editor {one}" for one in page.evaluate(CHECK, TAGS)]
        page.get_by_test_id("tab-preview").click()
        page.frame_locator("[data-preview-frame]").locator("[data-field=comp_amount]").wait_for()
        found += [f"{theme} preview {one}" for one in page.evaluate(CHECK, TAGS)]
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate(WIDER, 390)
    context.close()
    assert wide == []
    assert [one for one in found if ".editor-state" not in one] == []  # of the frame, see its own tests
