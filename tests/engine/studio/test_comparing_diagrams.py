"""Two diagrams: no change is silent, and what only moved is told apart."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.studio.comparing import Kind, compare
from tests.engine.studio.comparing_samples import APPROVAL, ROOT, changed, long_diagram, of_diagrams, said
from tests.sample import times

DIAGRAMS = sorted((ROOT / "processes").rglob("*.bpmn"))
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


@pytest.mark.parametrize(
    ("before", "after", "element", "what", "was", "now"),
    [
        ('name="主管同意?"', 'name="主管是否同意?"', "gw_supervisor_approved", "名称", "主管同意?", "主管是否同意?"),
        ("不同意要写意见,", "", "gw_supervisor_approved", "说明", None, None),
        ("PT2H", "PT3H", "tm_supervisor_approval", "定时器 · 时长", "PT2H", "PT3H"),
        ('value="case" />\n          <zeebe:property name="permission"', 'value="task" />\n          <zeebe:property '
         'name="permission"', "approve_by_supervisor", "属性「four_eyes」", "case", "task"),
        ('candidateGroups="supervisor"', 'candidateGroups="supervisor,finance"', "approve_by_supervisor", "候选岗位",
         "客服主管(supervisor)", None),
        ('formId="s03_amount_approval.approve_by_supervisor"', 'formId="s03_amount_approval.start"',
         "approve_by_supervisor", "表单", "s03_amount_approval.approve_by_supervisor", "s03_amount_approval.start"),
        ('source="=actor" target="approver"', 'source="=null" target="approver"', "approve_by_supervisor",
         "输出映射「approver」", "=actor", "=null"),
        ('key="groups" value="dept_manager,supervisor"', 'key="groups" value="dept_manager"',
         "act_tm_manager_approval", "任务头「groups」", "dept_manager,supervisor", "dept_manager"),
        ('type="notify_staff"', 'type="notify_buyer"', "act_tm_manager_approval", "作业类型", "notify_staff",
         "notify_buyer"),
        ('decisionId="compensation_approval"', 'decisionId="loss"', "rule_compensation_approval", "调用的决策",
         "compensation_approval", "loss"),
        ('cancelActivity="false"', 'cancelActivity="true"', "tm_manager_approval", "是否中断所依附的步骤", "false",
         "true"),
        ('default="f_gw_supervisor_approved__join_rejected"', 'default="f_gw_supervisor_approved__join_approved"',
         "gw_supervisor_approved", "默认出线", None, None),
    ],
)  # fmt: skip
def test_a_property_is_told_in_full(
    before: str, after: str, element: str, what: str, was: str | None, now: str | None
) -> None:
    found = said(of_diagrams(APPROVAL, changed(APPROVAL, before, after)))
    assert list(found) == [element]
    assert what in found[element]
    told = found[element][what]
    assert (was or told[0], now or told[1]) == told
    assert told[0] != told[1]


def test_the_way_of_a_flow_and_its_condition_are_told_with_names() -> None:
    after = changed(APPROVAL, 'targetRef="approve_by_supervisor"', 'targetRef="join_manager"')
    found = said(of_diagrams(APPROVAL, after))
    flow = found["f_gw_approval_level__approve_by_supervisor"]
    assert flow["终点"] == ("主管审批补偿额度(approve_by_supervisor)", "汇合(join_manager)")


def test_another_lane_is_told_of_the_step() -> None:
    member = "<bpmn:flowNodeRef>complete_inputs</bpmn:flowNodeRef>"
    lane = '<bpmn:lane id="lane_supervisor" name="客服主管">'
    after = changed(changed(APPROVAL, member, ""), lane, lane + member)
    found = said(of_diagrams(APPROVAL, after))
    assert found == {"complete_inputs": {"泳道": ("售后客服(lane_aftersales)", "客服主管(lane_supervisor)")}}


def test_the_order_in_which_ways_are_tried_is_told() -> None:
    first = "<bpmn:outgoing>f_gw_approval_level__approve_by_supervisor</bpmn:outgoing>"
    second = "<bpmn:outgoing>f_gw_approval_level__join_manager</bpmn:outgoing>"
    swapped = changed(changed(changed(APPROVAL, first, "@"), second, first), "@", second)
    assert list(said(of_diagrams(APPROVAL, swapped))["gw_approval_level"]) == ["出线"]


def test_the_order_of_mappings_is_told() -> None:
    one = '<zeebe:output source="=supervisor_approved" target="supervisor_approved" />'
    two = '<zeebe:output source="=supervisor_note" target="supervisor_note" />'
    swapped = changed(changed(changed(APPROVAL, one, "@"), two, one), "@", two)
    assert list(said(of_diagrams(APPROVAL, swapped))["approve_by_supervisor"]) == ["输出映射的顺序"]


def test_what_only_moved_is_told_apart() -> None:
    root = etree.fromstring(APPROVAL)
    shape = root.find(".//{*}BPMNShape[@bpmnElement='approve_by_supervisor']/{*}Bounds")
    assert shape is not None
    x, y = shape.get("x"), shape.get("y")
    shape.set("x", "1000")
    found = of_diagrams(APPROVAL, etree.tostring(root))
    assert [one.kind for one in found.differences] == [Kind.MOVED]
    assert said(found, Kind.MOVED)["approve_by_supervisor"]["位置"] == (f"{x}, {y}", f"1000, {y}")


def test_a_place_written_in_another_order_or_with_a_point_is_the_same() -> None:
    root = etree.fromstring(APPROVAL)
    for bounds in root.iter("{*}Bounds"):
        items = sorted(bounds.attrib.items(), reverse=True)
        bounds.attrib.clear()
        for name, value in items:
            bounds.set(name, f"{float(value):.1f}")
    assert [one.kind for one in of_diagrams(APPROVAL, etree.tostring(root)).differences] == [Kind.WRITTEN]


def test_a_step_under_another_id_is_suggested_as_the_same() -> None:
    after = APPROVAL.replace(b'"calc_comp_ratio"', b'"calc_ratio"').replace(b">calc_comp_ratio<", b">calc_ratio<")
    found = of_diagrams(APPROVAL, after)
    assert (found.ids(Kind.ADDED), found.ids(Kind.REMOVED)) == (["calc_ratio"], ["calc_comp_ratio"])
    (pair,) = found.pairs
    assert (pair.before, pair.after, pair.name) == ("calc_comp_ratio", "calc_ratio", "计算补偿比例")


def test_of_two_steps_of_one_name_neither_is_taken_for_the_new_one() -> None:
    one = '<bpmn:task id="a" name="核对" />'
    two = '<bpmn:task id="b" name="核对" />'
    place = '<bpmn:scriptTask id="calc_comp_ratio"'
    before = changed(APPROVAL, place, one + two + place)
    after = changed(APPROVAL, place, '<bpmn:task id="c" name="核对" />' + place)
    assert of_diagrams(before, after).pairs == ()


def test_white_space_and_prefixes_are_only_another_way_of_writing() -> None:
    after = APPROVAL.replace(b"><", b">\n<").replace(b"<bpmn:", b"<b:").replace(b"</bpmn:", b"</b:")
    after = after.replace(b"xmlns:bpmn=", b"xmlns:b=").replace(b'"bpmn:t', b'"b:t')
    assert [one.kind for one in of_diagrams(APPROVAL, after).differences] == [Kind.WRITTEN]


def test_a_new_diagram_tells_all_of_its_parts() -> None:
    found = of_diagrams(None, APPROVAL)
    assert found.count(Kind.ADDED) > 40
    assert said(found, Kind.ADDED)["approve_by_supervisor"]["候选岗位"] == (None, "客服主管(supervisor)")


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        (b"<bpmn:definitions", "XML"),
        (b"", "空"),
        (b"<x/>", "BPMN"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "DOCTYPE"),
        (b"\xff\xfe", "UTF-8"),
        (b"<a>" * 70_000, "20000"),
    ],
)
def test_a_side_that_cannot_be_read_is_named_and_compared_as_text(broken: bytes, word: str) -> None:
    found = of_diagrams(APPROVAL, broken)
    (problem,) = found.problems
    assert problem.side == "right"
    assert word in problem.words.zh
    assert found.differences
    assert found.lines


def test_200_tasks_are_compared_in_less_than_a_second() -> None:
    before = long_diagram(200)
    after = before.replace("说明 1".encode(), "新说明 1".encode()).replace(b'x="160"', b'x="170"')
    started = time.process_time()
    found = of_diagrams(before, after)
    assert time.process_time() - started < 1
    assert found.count(Kind.CHANGED) == 111


# --- no change is silent -------------------------------------------------------------------------


def _edit(root: etree._Element, place: int, deed: str, text: str) -> str | None:
    """Alter one place of a file; gives the id of the thing around it, None: nothing was altered."""
    elements = [one for one in root.iter() if isinstance(one.tag, str)][1:]
    element = elements[place % len(elements)]
    parent = element.getparent()
    assert parent is not None
    about = _owner(element)
    if deed == "attribute" and element.attrib:
        name = sorted(element.attrib)[place % len(element.attrib)]
        if element.get(name) == text:
            return None
        element.set(name, text)
    elif deed == "new attribute":
        element.set("{http://example.com/x}new", text)
    elif deed == "drop attribute" and element.attrib:
        del element.attrib[sorted(element.attrib)[place % len(element.attrib)]]
    elif deed == "text" and not len(element):
        if (element.text or "").strip() == text.strip():
            return None
        element.text = text
    elif deed == "remove":
        about = _owner(parent)
        parent.remove(element)
    elif deed == "double":
        etree.SubElement(element, "{http://example.com/x}more").text = text
    else:
        return None
    return about


def _owner(element: etree._Element) -> str:
    current: Any = element
    while current is not None:
        if current.get("bpmnElement"):
            return str(current.get("bpmnElement"))
        if current.get("id"):
            return str(current.get("id"))
        current = current.getparent()
    return ""


@settings(max_examples=times(150, 37), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from(DIAGRAMS),
    place=st.integers(0, 5000),
    deed=st.sampled_from(["attribute", "new attribute", "drop attribute", "text", "remove", "double"]),
    text=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6),
)
def test_no_edit_is_silent(path: Path, place: int, deed: str, text: str) -> None:
    before = path.read_bytes()
    root = etree.fromstring(before)
    about = _edit(root, place, deed, text)
    if about is None:
        return
    after = etree.tostring(root, encoding="utf-8")
    found = compare("bpmn", before, after)
    kinds = {one.kind for one in found.differences}
    assert kinds
    assert Kind.WRITTEN not in kinds, (deed, about, text)
    assert compare("bpmn", after, before).differences


@settings(max_examples=times(60, 15), deadline=None)
@given(path=st.sampled_from(DIAGRAMS), place=st.integers(0, 400), text=st.text("改名新旧", min_size=3, max_size=5))
def test_the_element_that_was_edited_is_the_one_that_is_named(path: Path, place: int, text: str) -> None:
    before = path.read_bytes()
    root = etree.fromstring(before)
    nodes = [one for one in root.iter(f"{BPMN}*") if one.get("name") and one.get("id")]
    node = nodes[place % len(nodes)]
    node.set("name", text)
    found = compare("bpmn", before, etree.tostring(root, encoding="utf-8"))
    assert str(node.get("id")) in {one.id for one in found.differences}
