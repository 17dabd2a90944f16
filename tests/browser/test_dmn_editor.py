"""A process owner writes a decision table: what the editor says, analyses, evaluates, tests, saves and refuses."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from engine import accounts, studio
from engine.clock import SystemClock
from engine.studio.tables import failing_tests, run_tests
from tests.browser.conftest import ROOT, Server
from tests.browser.studio import OWNER, database, draft, open_change, wait_until_saved
from tests.sample import enough, kinds_of_xml, some

SHIPPED = enough(sorted(ROOT.glob("processes/decisions/*.dmn")), kinds_of_xml)
FREESHIP = ("decision", "freeship_rule")
#: Latin words that are the names of things in every language here.
TECHNICAL = {"FEEL", "JavaScript", "bpmn.io", "P1Y2M", "P1DT2H", "T00", "T10", "ISO"}
POLICIES = {"UNIQUE", "FIRST", "PRIORITY", "COLLECT", "SUM", "MIN", "MAX", "COUNT", "RULE", "ORDER", "OUTPUT"}
LITERAL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="运费" namespace="urn:m">
  <decision id="freight" name="运费">
    <variable id="v" name="freight" typeRef="number" />
    <literalExpression id="l"><text>weight * 2</text></literalExpression>
  </decision>
</definitions>
"""

#: Texts that are seen, and titles, labels and hints; not what owners wrote and what is code.
COLLECT = """() => {
  const root = document.querySelector('.editor');
  const theirs = '[translate="no"], .cm-content, td.input-cell, td.output-cell, td.annotation, .item,'
    + ' .cm-completionLabel, .djs-visual, script, style,'
    + ' .input-expression, .input-label, .output-label, .decision-table-name, .dmn-definitions, .where, .dmn-remarks p,'
    + ' .input-variable, .output-variable, .output-name, [data-editor-problems]';
  const seen = (element) => element.getClientRects().length > 0;
  const found = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (data.trim() && seen(parentElement) && !parentElement.closest(theirs)) found.push(data.trim());
  }
  for (const element of root.querySelectorAll('[title], [aria-label], [placeholder]')) {
    if (element.closest('[translate="no"]') || !seen(element)) continue;
    found.push(...['title', 'aria-label', 'placeholder'].map((name) => element.getAttribute(name) || ''));
  }
  for (const shown of root.querySelectorAll('.input-variable, .output-variable')) {
    if (!shown.textContent.includes('"')) found.push(shown.textContent);
  }
  return found;
}"""

Person = Callable[..., Page]


def open_editor(page: Page, key: int, decision: str) -> None:
    page.goto(f"/studio/changes/{key}/edit/decision/{decision}")
    expect(page.locator("[data-views] button").first).to_be_visible()
    expect(page.get_by_test_id("lint-count")).not_to_have_text("检查中")


def put(server: Server, key: int, decision: str, content: str) -> None:
    """Write a draft behind the page."""
    with database(server) as db, db.begin() as tx:
        owner = accounts.get(db, OWNER).actor
        studio.put_draft(tx, owner, key, "decision", decision, content.encode(), SystemClock().now())


def saved(server: Server, key: int, decision: str) -> str:
    return draft(server, key, "decision", decision).content.decode()


def changed_lines(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line.startswith(("- ", "+ "))]


def cell(page: Page, rule: int, column: int) -> Locator:
    """A cell by rule and column, from 1."""
    return page.locator(".tjs-table tbody tr").nth(rule - 1).locator("td:not(.rule-index)").nth(column - 1)


def words_in(place: Locator) -> Locator:
    """What a cell says; while it is written in, it holds an editor besides."""
    return place.locator(".content-editable")


def write(page: Page, place: Locator, text: str) -> None:
    place.click()
    expect(page.locator(".cm-editor.cm-focused, .content-editable:focus").first).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def save(page: Page) -> None:
    page.keyboard.press("Control+s")
    wait_until_saved(page)


def latin(page: Page) -> set[str]:
    """Latin words that the page says and that are no names of things."""
    words = {word for text in page.evaluate(COLLECT) for word in re.findall(r"[A-Za-z][A-Za-z0-9.]+", text)}
    return words - TECHNICAL - POLICIES


def evaluate(page: Page, **inputs: str) -> None:
    for name, value in inputs.items():
        field = page.locator(f'.dmn-field[data-key="{name}"] :is(input, select)')
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_test_id("evaluate-now").click()


# Saving


@pytest.mark.timeout(400)
def test_every_shipped_table_keeps_all_its_lines_but_the_one_that_was_edited(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, *(("decision", file.stem) for file in some(SHIPPED, 1)))
    for file in some(SHIPPED, 1):
        open_editor(page, key, file.stem)
        expect(page.locator("[data-broken]")).to_be_hidden()
        write(page, cell(page, 1, 1), "null")
        save(page)
        changed = changed_lines(file.read_text(encoding="utf-8"), saved(server, key, file.stem))
        assert [line[0] for line in changed] == ["-", "+"], (file.stem, changed[:6])
        assert changed[1].strip().endswith("<text>null</text>")


def test_opening_a_table_and_looking_around_saves_nothing(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    page.locator("[data-views] button").first.click()
    expect(page.locator(".djs-palette")).to_be_visible()
    page.locator("[data-views] button").last.click()
    cell(page, 1, 1).click()
    page.locator("#tab-analyse").click()
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("remarks")).to_contain_text("没有缺口")
    expect(page.get_by_test_id("save-state")).to_have_text("已保存")
    assert draft(server, key, *FREESHIP).revision == 1


def test_the_last_letters_are_saved_when_the_save_comes_right_behind_them(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    page.locator("th.output-cell").first.dblclick()
    label = page.locator(
        ".context-menu-container .dms-output-label, .context-menu-container [aria-label='输出列名称']"
    ).first
    label.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("包不包邮")
    page.keyboard.press("Control+s")
    wait_until_saved(page)
    assert 'label="包不包邮"' in saved(server, key, "freeship_rule")


def test_undo_and_redo_go_back_and_forth(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    write(page, cell(page, 2, 3), ">= 69")
    page.locator('[data-act="undo"]').click()
    expect(words_in(cell(page, 2, 3))).to_have_text(">= 59")
    page.locator('[data-act="redo"]').click()
    expect(words_in(cell(page, 2, 3))).to_have_text(">= 69")


# Words


def test_every_word_of_the_editor_is_chinese(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, ("decision", "gift_rule"), ("decision", "complaint_severity"))
    for table in ("gift_rule", "complaint_severity"):
        open_editor(page, key, table)
        found = latin(page)
        for place in ("td.input-cell", "td.output-cell", "th.input-cell", "th.output-cell", "td.rule-index"):
            page.locator(f".tjs-table {place}").first.click(button="right")
            expect(page.locator(".context-menu-group-entry").first).to_be_visible()
            found |= latin(page)
            page.keyboard.press("Escape")
        for place in ("input-cell", "output-cell"):
            page.locator(f".tjs-table th.{place}").first.dblclick()
            page.locator(".type-ref-edit-select").click()
            expect(page.locator(".dms-select-options .option").first).to_be_visible()
            found |= latin(page)
            page.keyboard.press("Escape")
            page.keyboard.press("Escape")
        page.locator(".hit-policy-edit-policy-select").click()
        found |= latin(page)
        page.keyboard.press("Escape")
        for column in range(1, page.locator(".tjs-table tbody tr").first.locator("td").count() - 1):
            cell(page, 1, column).click()
            button = page.locator(".simple-mode-button")
            button.click()
            for choice in page.locator(".context-menu-container .dms-input-select").all()[:1]:
                choice.click()
            found |= latin(page)
            page.keyboard.press("Escape")
            page.keyboard.press("Escape")
        assert found == set(), table


@pytest.mark.parametrize("kind", some(["date", "time", "dateTime", "dayTimeDuration", "yearMonthDuration"], 2))
def test_the_small_editors_of_dates_and_durations_are_chinese_too(as_person: Person, server: Server, kind: str) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    put(
        server,
        key,
        "freeship_rule",
        saved(server, key, "freeship_rule").replace('typeRef="number"', f'typeRef="{kind}"', 1),
    )
    open_editor(page, key, "freeship_rule")
    write(page, cell(page, 1, 3), "")
    page.locator(".simple-mode-button").click()
    expect(page.locator(".context-menu-container")).to_be_visible()
    found = latin(page)
    page.locator(".context-menu-container .dms-input-select").first.click()
    page.locator(".dms-select-options .option").last.click()
    page.locator(".context-menu-container input").first.fill("viel")
    expect(page.locator(".dms-validation-warning").first).to_be_visible()
    assert found | latin(page) == set()


def test_the_diagram_and_expressions_are_chinese(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP, ("decision", "freight"))
    put(server, key, "freight", LITERAL)
    open_editor(page, key, "freeship_rule")
    page.locator("[data-views] button").first.click()
    page.locator(".djs-element.djs-shape").first.click()
    found = latin(page)
    page.locator(".djs-context-pad [data-action=replace]").click()
    expect(page.locator(".djs-popup")).to_be_visible()
    found |= latin(page)
    page.goto(f"/studio/changes/{key}/edit/decision/freight")
    expect(page.locator(".literal-expression-properties")).to_be_visible()
    found |= latin(page)
    assert found == set()
    evaluate(page, weight="4")
    expect(page.get_by_test_id("result")).to_contain_text("8")


def test_the_completion_offers_the_tables_inputs_and_says_what_they_are(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    cell(page, 2, 3).click()
    page.keyboard.press("Control+a")
    page.keyboard.type("> order_am")
    offered = page.locator(".cm-tooltip-autocomplete li")
    expect(offered.first).to_contain_text("order_amount")
    expect(offered.first).to_contain_text("数字")
    offered.first.click()
    expect(words_in(cell(page, 2, 3))).to_have_text("> order_amount")
    assert latin(page) == set()


def test_what_is_written_wrong_is_told_in_chinese_and_leads_to_its_cell(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    cell(page, 2, 3).click()
    page.keyboard.press("Control+a")
    page.keyboard.type("3 + ")
    problem = page.get_by_test_id("problems").locator("li", has_text="第 2 行第 3 列")
    expect(problem).to_be_visible()
    page.locator(".cm-lintRange, .cm-lintPoint").first.hover(force=True)
    expect(page.locator(".cm-diagnostic")).to_contain_text("表达式没有写完")
    cell(page, 1, 1).click()
    problem.locator("button").click()
    expect(page.locator("td.selected, td.focussed").first).to_have_attribute(
        "data-element-id", cell(page, 2, 3).get_attribute("data-element-id") or ""
    )
    red = cell(page, 2, 3).evaluate("e => getComputedStyle(e).backgroundColor")
    assert red != cell(page, 2, 2).evaluate("e => getComputedStyle(e).backgroundColor")


# Analysis


def test_a_gap_is_marked_filled_by_a_row_and_made_a_test(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    write(page, cell(page, 2, 3), "> 69")
    page.locator("#tab-analyse").click()
    gap = page.get_by_test_id("remarks").locator('li[data-kind="gap"]')
    expect(gap).to_contain_text("[59..69]")
    plain = cell(page, 1, 3).evaluate("e => getComputedStyle(e).backgroundColor")
    gap.hover()
    assert cell(page, 1, 3).evaluate("e => getComputedStyle(e).backgroundColor") != plain
    gap.get_by_test_id("example-test").click()
    row = page.locator(".tests-grid tbody tr")
    expect(row).to_have_count(1)
    expect(row.locator('[data-input="order_amount"] input')).not_to_have_value("")
    expect(row).to_contain_text("没有写期望的结果")
    row.locator('[data-output="freeship_ok"] select').select_option("true")
    expect(row).to_contain_text("实为 null")
    gap.get_by_test_id("fill-gap").click()
    expect(cell(page, 5, 3)).to_contain_text("[59..69]")
    expect(gap).to_have_count(0)
    write(page, cell(page, 5, 4), "true")
    expect(row).to_contain_text("通过")
    save(page)
    assert [each.passed for each in run_tests(saved(server, key, "freeship_rule").encode())] == [True]


def test_rules_that_overlap_are_marked_while_the_sentence_is_pointed_at(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    write(page, cell(page, 3, 3), "< 99")
    page.locator("#tab-analyse").click()
    overlap = page.get_by_test_id("remarks").locator('li[data-kind="overlap"]')
    expect(overlap).to_contain_text("第 2 行与第 3 行")
    looks = [cell(page, rule, 2).evaluate("e => getComputedStyle(e).backgroundColor") for rule in (1, 2, 3, 4)]
    overlap.hover()
    now = [cell(page, rule, 2).evaluate("e => getComputedStyle(e).backgroundColor") for rule in (1, 2, 3, 4)]
    assert [before != after for before, after in zip(looks, now, strict=True)] == [False, True, True, False]


# Evaluation and tests


def test_an_evaluation_says_which_rule_hit_and_why_the_others_did_not(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    evaluate(page, is_special_offer="false", dest_region='"normal"', order_amount="30")
    result = page.get_by_test_id("result")
    expect(result.locator('[data-output="freeship_ok"]')).to_have_text("false")
    expect(page.get_by_test_id("hits")).to_contain_text("第 3 行")
    expect(page.get_by_test_id("why-not")).to_contain_text("订单金额 = 30 不符合 >= 59")
    evaluate(page, order_amount="1 +")
    expect(page.locator('.dmn-field[data-key="order_amount"] .invalid-feedback')).to_contain_text("order_amount")
    evaluate(page, order_amount="59", dest_region="")
    expect(page.get_by_test_id("hits")).to_contain_text("没有命中任何一行")
    write(page, cell(page, 3, 3), "< 100")
    evaluate(page, order_amount="60", dest_region='"normal"')
    expect(page.get_by_test_id("evaluation-problem")).to_contain_text("第 2、3 行")


def test_an_evaluation_becomes_a_test_that_turns_red_with_the_table_and_stays_in_the_file(
    as_person: Person, server: Server
) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    evaluate(page, is_special_offer="false", dest_region='"normal"', order_amount="59")
    page.get_by_test_id("save-as-test").click()
    expect(page.get_by_test_id("tests-count")).to_have_text("测试 1 条通过")
    page.get_by_test_id("save-as-test").click()  # the same again is no second test
    expect(page.locator(".tests-grid tbody tr")).to_have_count(1)
    write(page, cell(page, 2, 5), '"包邮"')
    expect(page.get_by_test_id("tests-count")).to_have_text("测试 1 条不通过")
    expect(page.locator(".tests-grid .came")).to_have_text('实为 "包邮"')
    save(page)
    content = saved(server, key, "freeship_rule")
    assert [failure.test for failure in failing_tests(content.encode())] == ["test_1"]
    page.reload()
    expect(page.locator(".tests-grid tbody tr.is-failed")).to_have_count(1)
    page.locator('.tests-grid [data-output="freeship_reason"] input').fill("包邮")
    page.locator('.tests-grid [data-own="name"] input').fill("刚好 59 元")
    expect(page.get_by_test_id("tests-count")).to_have_text("测试 1 条通过")
    save(page)
    (passed,) = run_tests(saved(server, key, "freeship_rule").encode())
    assert (passed.passed, passed.test.name) == (True, "刚好 59 元")
    page.locator(".tests-grid .tests-actions button", has_text="删除").click()
    save(page)
    assert "kefuflow:test" not in saved(server, key, "freeship_rule")


def test_tests_are_proposed_for_every_rule_and_taken_as_chosen(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    page.get_by_test_id("propose").click()
    proposals = page.locator(".dmn-proposals li")
    expect(proposals.first).to_be_visible()
    count = proposals.count()
    assert count >= 4
    proposals.first.locator("input").uncheck()
    page.get_by_test_id("take-proposals").click()
    expect(page.get_by_test_id("tests-count")).to_have_text(f"测试 {count - 1} 条通过")
    save(page)
    outcomes = run_tests(saved(server, key, "freeship_rule").encode())
    assert len(outcomes) == count - 1
    assert all(outcome.passed for outcome in outcomes)


def test_an_empty_text_and_no_text_are_two_things_in_a_test(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    evaluate(page, is_special_offer="false", dest_region='"normal"', order_amount="59")
    page.get_by_test_id("save-as-test").click()
    field = page.locator('.tests-grid [data-output="freeship_reason"] input')
    expect(field).to_have_value('""')
    save(page)
    (outcome,) = run_tests(saved(server, key, "freeship_rule").encode())
    assert outcome.test.outputs["freeship_reason"] == '""'
    field.fill("")
    field.blur()
    save(page)
    (outcome,) = run_tests(saved(server, key, "freeship_rule").encode())
    assert "freeship_reason" not in outcome.test.outputs


# Files, readers, sizes


def test_a_file_is_taken_home_and_another_one_put_in_its_place(
    as_person: Person, server: Server, tmp_path: Path
) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    with page.expect_download() as download:
        page.get_by_test_id("download").click()
    assert download.value.suggested_filename == "freeship_rule.dmn"
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert "偏远地区不包邮" in text
    page.on("dialog", lambda dialog: dialog.accept())
    other = tmp_path / "other.dmn"
    other.write_text(text.replace("偏远地区不包邮", "太远"), encoding="utf-8")
    page.locator("[data-upload-file]").set_input_files(other)
    expect(cell(page, 4, 5)).to_contain_text("太远")
    save(page)
    assert "太远" in saved(server, key, "freeship_rule")
    no_table = LITERAL.replace("<decision", "<other").replace("</decision", "</other")
    for number, content in enumerate(("no xml", "<a/>", no_table)):
        # A file of its own each time: the browser may still be reading the one before.
        broken = tmp_path / f"broken{number}.dmn"
        broken.write_text(content, encoding="utf-8")
        page.locator("[data-upload-file]").set_input_files(broken)
        expect(page.locator("[data-broken]")).to_contain_text("没有换上")
        expect(cell(page, 4, 5)).to_contain_text("太远")


def test_a_draft_that_cannot_be_drawn_says_so_and_is_not_written_over(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, FREESHIP)
    put(server, key, "freeship_rule", "<broken")
    page.goto(f"/studio/changes/{key}/edit/decision/freeship_rule")
    expect(page.locator("[data-broken]")).to_contain_text("打不开")
    page.keyboard.press("Control+s")
    with page.expect_download() as download:
        page.get_by_test_id("download").click()
    assert Path(download.value.path()).read_text() == "<broken"
    assert saved(server, key, "freeship_rule") == "<broken"


def test_who_only_reads_sees_the_table_and_may_evaluate_but_changes_nothing(as_person: Person, server: Server) -> None:
    page = as_person("xu.wen")
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    expect(page.get_by_test_id("read-only")).to_be_visible()
    expect(page.get_by_test_id("dmn").locator("[contenteditable=true]")).to_have_count(0)
    expect(page.get_by_test_id("save")).to_have_count(0)
    evaluate(page, is_special_offer="true")
    expect(page.get_by_test_id("hits")).to_contain_text("第 1 行")
    expect(page.get_by_test_id("save-as-test")).to_have_count(0)
    assert latin(page) == set()


def test_three_hundred_rules_open_and_are_edited_in_time(as_person: Person, server: Server) -> None:
    page = as_person(OWNER)
    key = open_change(server, ("decision", "large"))
    put(server, key, "large", large(300))
    page.goto(f"/studio/changes/{key}/edit/decision/large")
    expect(page.locator("td.rule-index", has_text="300")).to_have_count(1)
    write(page, cell(page, 300, 1), "[299..400[")
    expect(page.locator("#tab-analyse .count")).to_have_text("1")  # what lies above 400 now
    save(page)
    assert len(changed_lines(large(300), saved(server, key, "large"))) == 2
    evaluate(page, amount="299.5", region="甲")
    expect(page.get_by_test_id("hits")).to_contain_text("第 300 行")


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_of_the_page_sticks_out_at_the_side(as_person: Person, server: Server, width: int) -> None:
    page = as_person(OWNER, width=width)
    key = open_change(server, FREESHIP)
    open_editor(page, key, "freeship_rule")
    page.get_by_test_id("propose").click()
    page.get_by_test_id("take-proposals").click()
    expect(page.locator(".tests-grid")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def large(rules: int) -> str:
    rows = "\n".join(
        f'      <rule id="r{n}">\n        <inputEntry id="r{n}a">\n          <text>[{n}..{n + 1}[</text>\n'
        f'        </inputEntry>\n        <inputEntry id="r{n}b">\n          <text>-</text>\n        </inputEntry>\n'
        f'        <outputEntry id="r{n}o">\n          <text>"第 {n} 档"</text>\n        </outputEntry>\n      </rule>'
        for n in range(rules)
    )
    rows = rows.replace("<text>[0..1[</text>", "<text>&lt; 1</text>", 1)
    rows = rows.replace(f"<text>[{rules - 1}..{rules}[</text>", f"<text>&gt;= {rules - 1}</text>", 1)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="大表" namespace="urn:m">
  <decision id="large" name="大表">
    <decisionTable id="t">
      <input id="ia" label="金额">
        <inputExpression id="iae" typeRef="number">
          <text>amount</text>
        </inputExpression>
      </input>
      <input id="ib" label="地区">
        <inputExpression id="ibe" typeRef="string">
          <text>region</text>
        </inputExpression>
      </input>
      <output id="o" name="grade" typeRef="string" />
{rows}
    </decisionTable>
  </decision>
</definitions>
"""
