"""The page on which a process is drawn, and what becomes of what its modeller sends."""

from __future__ import annotations

import json
import re

import pytest

from engine.bpmn import lint
from engine.bpmn.fresh import new_process
from tests.web.studio.desk import SECOND, Studio
from web.security import EDITOR_POLICY
from web.studio.bpmn_editor import in_old_words

DIAGRAM = ("bpmn", "p10_courier_query")
RENAMED = ('name="查询物流状态"', 'name="查一查物流"')


def page_of(desk: Studio, key: int, person: str = "zhou", language: str = "zh") -> str:
    client = desk.browser(person).client
    client.set_cookie("lang", language)
    answer = client.get(f"/studio/changes/{key}/edit/bpmn/p10_courier_query")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == EDITOR_POLICY
    return answer.text


def block(page: str, name: str) -> object:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def test_an_owner_draws(desk: Studio) -> None:
    page = page_of(desk, desk.open(DIAGRAM))
    for part in ("data-canvas", "data-panel", "data-import", 'data-test="undo"', 'data-test="save"'):
        assert part in page


@pytest.mark.parametrize("person", ["zheng", "zhao"])
def test_who_may_not_write_looks(desk: Studio, person: str) -> None:
    page = page_of(desk, desk.open(DIAGRAM), person)
    assert "is-read-only" in page
    for part in ("data-import", 'data-test="undo"', 'data-test="save"'):
        assert part not in page


def test_formulas_are_offered_our_own_functions_in_the_language_of_the_page(desk: Studio) -> None:
    key = desk.open(DIAGRAM)
    offered = block(page_of(desk, key), "bpmn-functions")
    assert isinstance(offered, list)
    found = {function["name"]: function for function in offered}
    assert found["substring"]["info"].startswith("从某个位置起截取文字")
    assert [parameter["name"] for parameter in found["substring"]["params"]] == ["string", "start position"]
    assert "uuid" not in found
    in_english = block(page_of(desk, key, language="en"), "bpmn-functions")
    assert isinstance(in_english, list)
    assert next(each["info"] for each in in_english if each["name"] == "count").startswith("How many")


def test_words_that_would_end_the_script_stay_within_it(desk: Studio) -> None:
    key = desk.open(DIAGRAM)
    desk.replace("zhou", key, *DIAGRAM, "查询物流状态", "&lt;/script&gt;&lt;b&gt;")
    settings = block(page_of(desk, key), "editor-settings")
    assert isinstance(settings, dict)
    assert "&lt;/script&gt;&lt;b&gt;" in settings["content"]


def test_a_modeller_that_writes_all_anew_changes_one_line(desk: Studio) -> None:
    key = desk.open(DIAGRAM)
    before = desk.draft(key, *DIAGRAM).content.decode()
    anew = before.replace(' propagateAllParentVariables="true"', "").replace("&#34;", "&quot;")
    anew = re.sub(r">\s+<", "><", anew)
    answer = desk.save("zhou", key, *DIAGRAM, anew.replace(*RENAMED))
    assert answer.status_code == 200
    after = desk.draft(key, *DIAGRAM).content.decode()
    assert after == before.replace(*RENAMED)


def test_what_is_put_back_is_as_it_was_in_force(desk: Studio) -> None:
    key = desk.open(DIAGRAM)
    before = desk.draft(key, *DIAGRAM).content.decode()
    plain = before.replace("&#34;", "&quot;")
    without = re.sub(r"\s*<bpmn:sendTask id=\"report_status\".*?</bpmn:sendTask>", "", plain, flags=re.DOTALL)
    assert desk.save("zhou", key, *DIAGRAM, without).status_code == 200
    assert '<bpmn:sendTask id="report_status"' not in desk.draft(key, *DIAGRAM).content.decode()
    assert desk.save("zhou", key, *DIAGRAM, plain).status_code == 200
    assert desk.draft(key, *DIAGRAM).content.decode() == before


def test_a_file_that_is_no_diagram_is_kept_as_it_is_and_the_lint_says_why(desk: Studio) -> None:
    key = desk.open(DIAGRAM)
    assert desk.save("zhou", key, *DIAGRAM, "<html></html>").status_code == 200
    assert desk.draft(key, *DIAGRAM).content == b"<html></html>"
    answer = desk.post_json("zhou", f"/studio/changes/{key}/lint/bpmn/p10_courier_query", {"content": "<html></html>"})
    assert answer.json is not None
    assert [(each["rule"], each["element"]) for each in answer.json["findings"]] == [("xml.not_bpmn", None)]
    page_of(desk, key)


def test_two_owners_do_not_write_over_each_other_in_other_words(desk: Studio) -> None:
    key = desk.open(DIAGRAM)
    text = desk.draft(key, *DIAGRAM).content.decode()
    assert desk.save("zhou", key, *DIAGRAM, text.replace(*RENAMED), revision=1).status_code == 200
    answer = desk.save(SECOND, key, *DIAGRAM, text.replace("补全信息", "补充信息"), revision=1)
    assert answer.status_code == 409
    assert answer.json is not None
    assert answer.json["content"] == text.replace(*RENAMED)


def test_a_new_process_can_be_drawn_on_and_has_no_error(desk: Studio) -> None:
    key = desk.open(("bpmn", "p99_new"))
    content = desk.draft(key, "bpmn", "p99_new").content
    found = lint.check(content, file="p99_new.bpmn", world=lint.World(group_names={"aftersales": "售后客服"}))
    assert {finding.rule for finding in found} == {"documentation.missing"}


def test_the_name_of_a_new_process_may_be_anything() -> None:
    content = new_process("p99_new", 'a "quoted" <name> & more')
    found = lint.check(content, file="p99_new.bpmn", world=lint.World())
    assert not [finding for finding in found if finding.rule.startswith("xml.")]


def test_a_draft_of_something_new_has_nothing_in_force_to_go_back_to() -> None:
    xml = new_process("p99_new", "新")
    edited = xml.replace("办完".encode(), "完".encode())
    assert in_old_words(edited, xml, None) == edited
