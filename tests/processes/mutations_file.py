"""Kinds that spoil the file: its XML, its words, its ids, and what it holds besides the process."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise

from lxml import etree

from tests.processes.mutations import Place, kind, place
from tests.processes.mutations_drawing import BPMN, Drawn, add, add_ext, ext, remove, retag, write
from tests.processes.process_drawing import ZEEBE

CAMUNDA_7 = "{http://camunda.org/schema/1.0/bpmn}"


@kind("xml.doctype")
def a_doctype_is_declared(d: Drawn) -> Iterator[Place]:
    def declare() -> bytes:
        return d.bytes().replace(b"?>", b'?>\n<!DOCTYPE definitions [<!ENTITY shop "x">]>', 1)

    yield place(None, declare)


@kind("xml.not_well_formed")
def the_file_is_cut_short(d: Drawn) -> Iterator[Place]:
    for part in range(1, 10):
        yield place(None, lambda end: d.bytes()[: len(d.bytes()) * end // 10].decode(errors="ignore").encode(), part)


@kind("xml.not_well_formed")
def a_merge_leaves_its_marks(d: Drawn) -> Iterator[Place]:
    def merge(node_id: str) -> bytes:
        mark = f'id="{node_id}"'.encode()
        content = d.bytes()
        line = content.rindex(b"\n", 0, content.index(mark))
        return content[:line] + b"\n<<<<<<< HEAD" + content[line:]

    for node in d.nodes:
        yield place(None, merge, node)


@kind("xml.encoding")
def the_file_is_saved_as_gbk(d: Drawn) -> Iterator[Place]:
    yield place(None, lambda: etree.tostring(d.root, xml_declaration=True, encoding="GBK"))


@kind("xml.not_bpmn")
def the_file_is_a_decision_table(d: Drawn) -> Iterator[Place]:
    yield place(None, retag, d.root, "{https://www.omg.org/spec/DMN/20191111/MODEL/}definitions")


@kind("xml.duplicate_id")
def a_merge_doubles_an_element(d: Drawn) -> Iterator[Place]:
    for element_id, element in (*d.nodes.items(), *d.flows.items()):
        yield place(element_id, element.addnext, deepcopy(element))


@kind("xml.duplicate_id")
def an_element_takes_the_id_of_another(d: Drawn) -> Iterator[Place]:
    tasks = d.of_tag("userTask", "serviceTask", "sendTask", "scriptTask", "callActivity")
    for first, second in pairwise(tasks):
        yield place(first.get("id"), d.rename_id, second.get("id"), first.get("id"))


@kind("id.not_ascii")
def an_id_is_written_in_chinese(d: Drawn) -> Iterator[Place]:
    for node in d.nodes:
        yield place(f"{node}_节点", d.rename_id, node, f"{node}_节点")


@kind("id.not_ascii")
def an_id_has_a_space(d: Drawn) -> Iterator[Place]:
    for flow in d.flows:
        yield place(f"{flow} 2", d.rename_id, flow, f"{flow} 2")


@kind("xml.no_id")
def an_id_is_lost(d: Drawn) -> Iterator[Place]:
    for flow in d.flows.values():
        yield place(d.id, flow.attrib.pop, "id")


@kind("xml.unknown_element")
def an_element_is_made_up(d: Drawn) -> Iterator[Place]:
    yield place(d.id, add, d.process, "approvalTask")


@kind("xml.misplaced_element")
def a_condition_is_put_into_a_gateway(d: Drawn) -> Iterator[Place]:
    for node in d.choices():
        yield place(node.get("id"), add, node, "conditionExpression", "=true")


@kind("xml.unknown_attribute")
def an_attribute_of_camunda_7_is_left(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask", "serviceTask", "scriptTask"):
        yield place(node.get("id"), node.set, f"{CAMUNDA_7}asyncBefore", "true")


@kind("xml.unknown_extension")
def an_extension_of_camunda_7_is_left(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask", "serviceTask", "sendTask"):
        box = node.find(f"{BPMN}extensionElements")
        yield place(node.get("id"), etree.SubElement, box, f"{CAMUNDA_7}formData")


@kind("unsupported.extension")
def an_extension_stands_where_it_does_nothing(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask", "scriptTask", "callActivity"):
        if ext(node, "taskDefinition") is None:
            yield place(node.get("id"), lambda node: add_ext(node, "taskDefinition", type="send_message"), node)


@kind("unsupported.extension")
def a_listener_of_zeebe_is_added(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask", "serviceTask", "sendTask", "endEvent"):
        yield place(node.get("id"), add_ext, node, "executionListeners")


@kind("xml.twice")
def a_merge_doubles_an_extension(d: Drawn) -> Iterator[Place]:
    for node in d.nodes.values():
        for extension in node.iterfind(f"{BPMN}extensionElements/*"):
            yield place(node.get("id"), extension.addnext, deepcopy(extension))


@kind("text.hidden_character")
def a_name_is_pasted_with_an_invisible_character(d: Drawn) -> Iterator[Place]:
    for node in d.nodes.values():
        if node.get("name"):
            yield place(node.get("id"), node.set, "name", f"{node.get('name')}\u200b")


@kind("text.hidden_character")
def a_condition_is_turned_around_for_the_eye(d: Drawn) -> Iterator[Place]:
    for flow in d.conditional():
        expression = flow.find(f"{BPMN}conditionExpression")
        yield place(flow.get("id"), write, expression, f"{expression.text}\u202e")


@kind("xml.not_boolean")
def the_mark_that_an_event_interrupts_is_no_boolean(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("boundaryEvent"):
        yield place(node.get("id"), node.set, "cancelActivity", "no")


@kind("process.file_name")
def the_process_gets_another_id_than_its_file(d: Drawn) -> Iterator[Place]:
    yield place(f"{d.id}_2", d.rename_id, d.id, f"{d.id}_2")


@kind("process.not_executable")
def the_process_is_no_longer_executable(d: Drawn) -> Iterator[Place]:
    yield place(d.id, d.process.attrib.pop, "isExecutable")
    yield place(d.id, d.process.set, "isExecutable", "false")


@kind("process.none")
def the_process_is_deleted(d: Drawn) -> Iterator[Place]:
    yield place(None, remove, d.process)


@kind("process.several")
def a_second_process_is_drawn(d: Drawn) -> Iterator[Place]:
    yield place("process_2", lambda: add(d.root, "process", id="process_2", name="另一个流程", isExecutable="true"))


@kind("unsupported.several_pools")
def a_second_pool_is_drawn(d: Drawn) -> Iterator[Place]:
    box = d.root.find(f"{BPMN}collaboration")
    yield place("pool_customer", lambda: add(box, "participant", id="pool_customer", name="客户"))


@kind("unsupported.nested_lanes")
def a_lane_is_divided(d: Drawn) -> Iterator[Place]:
    for lane in d.lanes:
        yield place(lane.get("id"), lambda lane: add(lane, "childLaneSet", id="lanes_inside"), lane)


@kind("unsupported.script")
def a_script_is_written_in_python(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("scriptTask"):
        yield place(node.get("id"), node.set, "scriptFormat", "python")
        yield place(node.get("id"), add, node, "script", "import os; amount = 1")


@kind("unsupported.language")
def a_condition_is_in_another_language(d: Drawn) -> Iterator[Place]:
    for flow in d.conditional():
        expression = flow.find(f"{BPMN}conditionExpression")
        yield place(flow.get("id"), expression.set, "language", "http://www.w3.org/1999/XPath")


@kind("unsupported.attribute")
def an_implementation_is_named(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask", "serviceTask", "sendTask", "businessRuleTask"):
        yield place(node.get("id"), node.set, "implementation", "${delegate}")


@kind("unsupported.quantity")
def a_task_wants_several_tokens(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask", "serviceTask", "scriptTask", "callActivity"):
        yield place(node.get("id"), node.set, "startQuantity", "2")


@kind("unsupported.extension")
def a_task_is_for_one_person_by_name(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask"):
        assignment = ext(node, "assignmentDefinition")
        yield place(node.get("id"), assignment.set, "candidateUsers", "li.na")


@kind("unsupported.extension")
def a_mapping_is_switched_off_by_a_condition(d: Drawn) -> Iterator[Place]:
    for node in d.nodes.values():
        for output in node.iterfind(f"{BPMN}extensionElements/{ZEEBE}ioMapping/{ZEEBE}output"):
            yield place(node.get("id"), output.set, "condition", "=paid")
