"""Changes of a file that change nothing for its owner: the lint must not notice them."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from lxml import etree

from tests.processes.mutations_drawing import BPMN, BPMNDI, DC, DI, Drawn, shift

#: Every harmless change by its name; gives the bytes of the file.
HARMLESS: dict[str, Callable[[Drawn, Random], bytes]] = {}
PREFIXES = {"bpmn": "semantic", "zeebe": "z", "bpmndi": "ns1", "dc": "omgdc", "di": "omgdi"}
COLOUR = "{http://bpmn.io/schema/bpmn/biocolor/1.0}"


def harmless(change: Callable[[Drawn, Random], bytes]) -> Callable[[Drawn, Random], bytes]:
    """Register a change."""
    HARMLESS[change.__name__] = change
    return change


@harmless
def elements_are_in_another_order(d: Drawn, random: Random) -> bytes:
    """All but what must come first; flows too, whose order decides nothing where one condition holds."""
    head = ("documentation", "extensionElements", "laneSet")
    movable = [child for child in d.process if not child.tag.endswith(head)]
    random.shuffle(movable)
    for child in movable:
        d.process.append(child)
    shapes = list(d.plane)
    random.shuffle(shapes)
    for shape in shapes:
        d.plane.append(shape)
    return d.bytes()


@harmless
def attributes_and_properties_are_in_another_order(d: Drawn, random: Random) -> bytes:
    for element in d.root.iter():
        attributes = list(element.attrib.items())
        random.shuffle(attributes)
        element.attrib.clear()
        element.attrib.update(attributes)
        if element.tag.endswith(("}properties", "}taskHeaders", "}lane")):
            members = [child for child in element if child.tag.endswith(("}property", "}header", "}flowNodeRef"))]
            random.shuffle(members)
            element.extend(members)
    return d.bytes()


@harmless
def the_pool_is_renamed(d: Drawn, random: Random) -> bytes:
    d.root.find(f"{BPMN}collaboration/{BPMN}participant").set("name", "另一个名称")
    return d.bytes()


@harmless
def the_file_is_indented_anew(d: Drawn, random: Random) -> bytes:
    etree.indent(d.root, space="\t")
    return d.bytes()


@harmless
def the_file_is_one_line(d: Drawn, random: Random) -> bytes:
    for element in d.root.iter():
        element.tail = None
        if len(element):
            element.text = None
    return etree.tostring(d.root, encoding="UTF-8")


@harmless
def lines_end_as_on_windows(d: Drawn, random: Random) -> bytes:
    return b"\xef\xbb\xbf" + d.bytes().replace(b"\n", b"\r\n")


@harmless
def namespaces_have_other_prefixes(d: Drawn, random: Random) -> bytes:
    text = d.bytes().decode()
    for old, new in PREFIXES.items():
        text = re.sub(rf'(</?|xmlns:|"){old}(?=[:=])', rf"\g<1>{new}", text)
    return text.encode()


@harmless
def comments_are_added(d: Drawn, random: Random) -> bytes:
    for element in list(d.root.iter()):
        if random.random() < 0.1:
            element.addprevious(etree.Comment(" 核对过 ")) if element is not d.root else None
    for condition in d.root.iter(f"{BPMN}conditionExpression"):
        condition.append(etree.Comment(" ok "))
    return d.bytes()


@harmless
def the_whole_picture_moves(d: Drawn, random: Random) -> bytes:
    x, y = random.choice([(10, 0), (0, 10), (-300, 1200), (7, 13)])
    for element in d.plane.iter(f"{DC}Bounds", f"{DI}waypoint"):
        shift(element, x, y)
    return d.bytes()


@harmless
def the_lowest_lane_is_made_higher(d: Drawn, random: Random) -> bytes:
    lowest = max((d.bounds(lane.get("id")) for lane in d.lanes), key=lambda bounds: float(bounds.get("y")))
    pool = d.bounds(d.root.find(f"{BPMN}collaboration/{BPMN}participant").get("id"))
    for bounds in (lowest, pool):
        bounds.set("height", str(float(bounds.get("height")) + 60))
    return d.bytes()


@harmless
def shapes_are_coloured(d: Drawn, random: Random) -> bytes:
    for shape in d.plane.iter(f"{BPMNDI}BPMNShape"):
        shape.set(f"{COLOUR}stroke", "#1e88e5")
    d.root.set("exporter", "Camunda Modeler")
    d.root.set("exporterVersion", "5.31.0")
    return d.bytes()


@harmless
def incoming_and_outgoing_are_not_listed(d: Drawn, random: Random) -> bytes:
    for node in d.nodes.values():
        for listed in (*node.findall(f"{BPMN}incoming"), *node.findall(f"{BPMN}outgoing")):
            node.remove(listed)
    return d.bytes()
