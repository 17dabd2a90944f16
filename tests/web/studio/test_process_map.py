"""The map of processes, the search over rules and texts, and the diagram to look at."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from engine.model import SYSTEM
from tests.web.browser import Browser
from tests.web.studio.desk import Studio
from web import parts_of
from web.studio.process_map import _short

PROCESSES = Path(__file__).parents[3] / "processes"
Browse = Callable[[str], Browser]


def test_every_process_is_on_the_map_and_in_the_list(browse: Browse) -> None:
    browse("wang").start_inquiry()
    text = browse("zhou").get("/studio/map").text
    shipped = sorted(path.stem for path in PROCESSES.rglob("*.bpmn"))
    assert sorted(re.findall('data-test="node-([^"]+)"', text)) == shipped
    assert sorted(re.findall('<tr id="p-([^"]+)"', text)) == shipped
    assert "map-full" in text  # as wide as it is: scaled down nobody could read it
    node = re.search(r'data-test="node-p10_courier_query">(.*?)</g>', text, re.S)
    assert node is not None
    assert "进行中 1" in node[1]
    assert "/studio/processes/p10_courier_query/heat" in node[1]
    assert 'data-from="p12_return" data-to="p13_rights_protection"' in text
    assert "msg_rights_opened" in text
    assert "<script>" not in text
    assert "style=" not in text


def test_names_are_shortened_where_they_say_least() -> None:
    assert _short("加急发货流程(催发货)") == "加急发货流程"
    assert _short("赠品/包邮申请流程") == "赠品/包邮申请"
    assert _short("快递查询流程") == "快递查询流程"
    assert _short("一二三四五六七八九十") == "一二三四五六七…"
    assert _short("(只有括号里的字,而且很长)") == "(只有括号里的…"


def test_thirty_per_cent_is_found_with_its_place_marked(browse: Browse) -> None:
    text = browse("zhou").get("/studio/find?q=30+%25").text
    assert "<mark>0.30</mark>" in text
    assert "/studio/processes/p12_return/view?element=offer_loss_compensation" in text
    assert 'data-test="as-number"' in text
    forms = browse("zhou").get("/studio/find?q=30+%25&kind=form").text
    assert 'data-test="group-form"' in forms
    assert 'data-test="group-bpmn"' not in forms


def test_where_a_variable_is_used(browse: Browse) -> None:
    text = browse("zheng").get("/studio/find?q=var:comp_amount").text
    assert "写入" in text
    assert "读取" in text


def test_nothing_found_says_what_to_do(browse: Browse) -> None:
    assert 'data-test="nothing"' in browse("zhou").get("/studio/find?q=没有人写过这句").text
    assert "三成是一回事" in browse("zhou").get("/studio/find").text


def test_drafts_under_way_are_found_where_they_are_edited(desk: Studio) -> None:
    key = desk.open(("template", "T10A"))
    text = desk.browser("zhou").get("/studio/find?q=物流正常&drafts=1").text
    assert f"/studio/changes/{key}/edit/template/T10A" in text
    assert f"变更 {key} 的草稿" in text


def test_any_question_has_an_answer(browse: Browse) -> None:
    zhou = browse("zhou")
    script = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    for query in ("x" * 10_000, "%00", script, "var:", "(((((", "%F0%9F%98%80", "30%25+40%25"):
        answer = zhou.get(f"/studio/find?q={query}&kind=nothing&drafts=x")
        assert answer.status_code == 200, query
        assert "<script>alert" not in answer.text, query


def test_what_a_diagram_says_is_shown_as_text(app: Flask, browse: Browse) -> None:
    definitions = parts_of(app).definitions
    xml = definitions.latest("p11_invoice").xml.decode()
    name = re.search(r'<bpmn:userTask id="\w+" name="([^"]+)"', xml)
    assert name is not None
    definitions.deploy({"p11_invoice.bpmn": xml.replace(name[1], "&lt;img src=x&gt;").encode()}, SYSTEM)
    zhou = browse("zhou")
    for path in ("/studio/find?q=src%3Dx", "/studio/processes/p11_invoice/view", "/studio/processes/p11_invoice/heat"):
        text = zhou.get(path).text
        assert "<img src=x" not in text
    assert "&lt;img <mark>src=x</mark>&gt;" in zhou.get("/studio/find?q=src%3Dx").text


def test_the_element_that_was_found_stands_first(browse: Browse) -> None:
    text = browse("zhou").get("/studio/processes/p12_return/view?element=offer_loss_compensation").text
    assert re.search(r'<li class="view-part is-picked" id="part-offer_loss_compensation"', text)
    assert text.index("part-offer_loss_compensation") < text.index("part-p12_return")
    assert "is-picked" not in browse("zhou").get("/studio/processes/p12_return/view?element=nothing").text
    assert browse("zhou").get("/studio/processes/nothing/view").status_code == 404
