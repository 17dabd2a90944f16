"""Diagrams become pictures without a browser: everything drawn is there once, and nothing in a file can break out."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from engine.bpmn.lint.layout.geometry import Box
from engine.bpmn.picture import Marks, lettering, sheets, svg
from engine.bpmn.xml import BPMNDI, DC, DI, XmlRefused, read_xml
from engine.errors import NotFound
from tests.each import each
from tests.unit.bpmn.picture_gallery import (
    BOUNDARIES,
    EVENTS,
    GATEWAYS,
    TASKS,
    Gallery,
    definition,
    edge,
    everything,
    shape,
)

SHIPPED = sorted((Path(__file__).parents[3] / "processes").rglob("*.bpmn"))
NAMES = [path.stem for path in SHIPPED]
MARKED = ' isMarkerVisible="true"'
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script>]]>&\"'\u0007\ufffe\ud800</svg>"


@cache
def picture(path: Path) -> etree._Element:
    return etree.fromstring(svg(path.read_bytes()).encode())


def parts(root: etree._Element) -> dict[str, etree._Element]:
    return {part.get("data-id", ""): part for part in root.iter(f"{SVG}g") if part.get("data-id")}


def names(root: etree._Element) -> dict[str, etree._Element]:
    return {text.get("data-label-of", ""): text for text in root.iter(f"{SVG}text") if text.get("data-label-of")}


def lines_of(text: etree._Element) -> list[str]:
    return [span.text or "" for span in text]


def drawn_ids(xml: bytes) -> list[str]:
    plane = next(read_xml(xml).iter(f"{{{BPMNDI}}}BPMNPlane"))
    return [drawn.get("bpmnElement", "") for drawn in plane]


def one(name: str, *, tag: str = "userTask", box: tuple[float, float, float, float] = (0, 0, 100, 80)) -> bytes:
    return Gallery().add(tag, "t", box, name=name).xml()


@each("path", SHIPPED, ids=NAMES)
def test_every_drawn_element_of_a_shipped_process_is_in_its_picture_once(path: Path) -> None:
    found = Counter(part.get("data-id") for part in picture(path).iter(f"{SVG}g") if part.get("data-id"))
    assert found == Counter(drawn_ids(path.read_bytes()))


@each("path", SHIPPED, ids=NAMES)
def test_every_waypoint_of_a_shipped_process_lies_on_its_line(path: Path) -> None:
    found = parts(picture(path))
    for drawn in read_xml(path.read_bytes()).iter(f"{{{BPMNDI}}}BPMNEdge"):
        way = found[drawn.get("bpmnElement", "")][0].get("d", "")
        for waypoint in drawn.iter(f"{{{DI}}}waypoint"):
            x, y = (f"{float(waypoint.get(axis, '')):g}" for axis in "xy")
            assert re.search(rf"(?<![\d.-]){re.escape(x)} {re.escape(y)}(?![\d.])", way), (way, x, y)


@each("path", SHIPPED, ids=NAMES)
def test_every_name_of_a_shipped_process_is_written_in_full(path: Path) -> None:
    written = {id_: re.sub(r"\s", "", "".join(lines_of(text))) for id_, text in names(picture(path)).items()}
    wanted = {
        element.get("id", ""): re.sub(r"\s", "", element.get("name", ""))
        for element in read_xml(path.read_bytes()).iter()
        if element.get("name") and element.get("id") in parts(picture(path))
    }
    assert written == wanted


@each("path", SHIPPED, ids=NAMES)
def test_names_inside_of_shapes_do_not_leave_them(path: Path) -> None:
    labels = names(picture(path))
    checked = 0
    for drawn in read_xml(path.read_bytes()).iter(f"{{{BPMNDI}}}BPMNShape"):
        bounds = drawn.find(f"{{{DC}}}Bounds")
        text = labels.get(drawn.get("bpmnElement", ""))
        if text is None or drawn.find(f"{{{BPMNDI}}}BPMNLabel") is not None or text.get("transform"):
            continue
        box = Box(*(float(bounds.get(name)) for name in ("x", "y", "width", "height")))
        size = float(text.get("font-size", ""))
        for span in text:
            half = sum(1 if ord(letter) > 0x2E80 else 0.55 for letter in span.text) * size / 2
            assert box.x <= float(span.get("x")) - half, span.text
            assert float(span.get("x")) + half <= box.right, span.text
            assert box.y + size * 0.7 <= float(span.get("y")) <= box.bottom, span.text
            checked += 1
    assert checked


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_a_picture_is_the_same_byte_for_byte_and_needs_nothing_from_elsewhere(path: Path) -> None:
    text = svg(path.read_bytes())
    assert text == svg(path.read_bytes())
    assert not re.search(r"<script|<style|<image|<foreignObject|href|url\(|\son\w+=|<!", text)


def test_everything_that_can_be_drawn_is_drawn_once() -> None:
    found = [part.get("data-id") for part in etree.fromstring(svg(everything()).encode()).iter(f"{SVG}g")]
    assert Counter(found) == Counter(drawn_ids(everything()))


def sign(tag: str, kind: str = "", **attributes: str) -> str:
    """The picture of one element without a name, always at the same place."""
    pen = Gallery().add(tag, "t", (0, 0, 50, 50), inside=definition(kind), di=MARKED, **attributes)
    return svg(pen.xml())


@pytest.mark.parametrize("tag", EVENTS)
def test_every_kind_of_event_has_a_sign_of_its_own(tag: str) -> None:
    assert len({sign(tag, kind) for kind in EVENTS[tag]}) == len(EVENTS[tag])


def test_every_task_gateway_and_boundary_event_has_a_sign_of_its_own() -> None:
    signs = [sign(tag) for tag in (*TASKS, *GATEWAYS)]
    signs += [sign("boundaryEvent", kind, cancelActivity=flag) for kind in BOUNDARIES for flag in ("true", "false")]
    assert len(set(signs)) == len(signs)


def test_thrown_events_are_filled_and_caught_ones_are_not() -> None:
    found = parts(etree.fromstring(svg(everything()).encode()))
    assert b'fill="#22211f"' in etree.tostring(found["endEvent_signal"])
    assert b'fill="#22211f"' not in etree.tostring(found["intermediateCatchEvent_signal"])


def test_events_that_leave_their_host_alone_are_dashed() -> None:
    found = parts(etree.fromstring(svg(everything()).encode()))
    assert found["b_timer"][0].get("stroke-dasharray")
    assert found["start_beside"][0].get("stroke-dasharray")
    assert not found["b_message"][0].get("stroke-dasharray")


def test_a_default_flow_has_a_slash_and_a_flow_with_a_condition_a_diamond() -> None:
    found = parts(etree.fromstring(svg(everything()).encode()))
    assert [len(found[id_]) for id_ in ("f_plain", "f_default", "f_asks")] == [2, 3, 3]
    assert found["f_asks"][2].get("d", "").endswith("Z")


def test_marks_of_a_case_colour_shapes_and_lines() -> None:
    text = svg(everything(), done=["task"], active={"userTask": 3}, taken=["f_plain"], incidents=["sendTask"])
    root = etree.fromstring(text.encode())
    found = parts(root)
    words = [found[id_].get("class") for id_ in ("task", "userTask", "f_plain", "sendTask", "scriptTask")]
    assert words == ["done", "active", "taken", "incident", None]
    badges = [
        span.text for part in root.iter(f"{SVG}g") if part.get("class") == "badge" for span in part.iter(f"{SVG}tspan")
    ]
    assert badges == ["3", "!"]
    assert float(found["f_plain"][0].get("stroke-width")) > float(found["f_default"][0].get("stroke-width"))
    assert "正在:userTask 任务;异常:sendTask 任务。" in root.findtext(f"{SVG}desc", "")


def test_marks_of_elements_that_are_not_drawn_are_ignored() -> None:
    assert svg(one("办理"), done=["gone"], active={"gone": 1}, incidents=["gone"]) == svg(one("办理"))


@pytest.mark.parametrize("tag", ["userTask", "startEvent", "exclusiveGateway", "dataStoreReference"])
def test_a_hostile_name_is_only_a_name(tag: str) -> None:
    harmless = HOSTILE.replace("\u0007", "").replace("\ufffe", "").replace("\ud800", "")
    root = etree.fromstring(svg(one(harmless, tag=tag, box=(0, 0, 900, 80))).encode())
    assert "".join(lines_of(names(root)["t"])) == harmless
    assert not list(root.iter("{*}script"))


def test_a_hostile_title_is_only_a_title() -> None:
    root = etree.fromstring(svg(one("办理"), title=HOSTILE).encode())
    assert root.findtext(f"{SVG}title") == "<script>alert(1)</script>]]>&\"'</svg>"
    assert not list(root.iter("{*}script"))


def test_the_title_is_the_name_of_the_pool_where_none_is_given() -> None:
    root = etree.fromstring(svg(everything()).encode())
    assert root.findtext(f"{SVG}title") == "一切形状"
    assert root.get("role") == "img"


def test_a_long_name_is_shortened_at_the_edge_of_its_shape() -> None:
    text = names(etree.fromstring(svg(one("很长的名字" * 40)).encode()))["t"]
    assert len(text) * 12 * 1.2 <= 80
    assert lines_of(text)[-1].endswith("…")


def test_lines_of_chinese_break_anywhere_but_before_a_closing_mark() -> None:
    assert lettering.broken("愿意接受错发商品?", 88, 11) == ["愿意接受错发商", "品?"]
    assert lettering.broken("第一行\n第二行", 88, 11) == ["第一行", "第二行"]
    assert lettering.broken("核对(含赠品)", 33, 11) == ["核对", "(含赠", "品)"]
    assert lettering.broken("pay order SO-1001", 60, 11) == ["pay order", "SO-1001"]
    assert lettering.broken("", 60, 11) == [""]
    assert "".join(lettering.broken("x" * 50, 30, 11)) == "x" * 50


def test_lines_are_of_like_length_so_that_no_letter_stands_alone() -> None:
    assert lettering.balanced("检查是否值得退回", 86, 12) == ["检查是否", "值得退回"]
    assert lettering.balanced("serviceTask 任务", 86, 12) == ["serviceTask", "任务"]


def test_a_collapsed_sub_process_has_a_picture_of_its_own() -> None:
    pen = Gallery()
    inner = '<bpmn:userTask id="inner" name="里面"/>'
    pen.add("subProcess", "sub", (0, 0, 100, 80), name="收起", inside=inner, di=' isExpanded="false"')
    xml = pen.xml(("sub", shape("inner", 0, 0, 100, 80)))
    assert [(sheet.id, sheet.name, "里面" in sheet.svg) for sheet in sheets(xml)] == [
        ("p", "", False),
        ("sub", "收起", True),
    ]
    assert svg(xml, plane="sub", active={"inner": 1}) == sheets(xml, Marks(active={"inner": 1}))[1].svg
    with pytest.raises(NotFound):
        svg(xml, plane="elsewhere")


def test_what_has_no_readable_place_is_left_out() -> None:
    pen = Gallery().add("task", "good", (0, 0, 100, 80)).add("task", "bad", (0, 0, float("nan"), 80))
    pen.add("task", "far", (1e300, 0, 100, 80))
    pen.drawn += [edge("good", [(0, 0)]), shape("unknown", 0, 0, 9, 9), shape("good", 5, 5, 9, 9)]
    assert list(parts(etree.fromstring(svg(pen.xml()).encode()))) == ["good"]


def test_shapes_without_any_size_and_lines_that_stand_still_do_no_harm() -> None:
    pen = Gallery()
    for place, tag in enumerate(
        (*TASKS, *GATEWAYS, "startEvent", "dataObjectReference", "dataStoreReference", "group")
    ):
        pen.add(tag, f"e{place}", (0, 0, 0, 0), name="名")
    pen.flow("sequenceFlow", "f", [(3, 3), (3, 3), (3, 3)])
    text = svg(pen.xml())
    assert "nan" not in text
    assert etree.fromstring(text.encode()) is not None


def test_a_file_that_is_no_diagram_is_refused_and_one_without_a_drawing_not_found() -> None:
    with pytest.raises(XmlRefused):
        svg(b"<x/>")
    with pytest.raises(NotFound):
        svg(Gallery().xml().replace(b"BPMNPlane", b"BPMNNothing"))
