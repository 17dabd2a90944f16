"""A shipped diagram as a tree that can be spoilt, with the few questions and cuts that mutations need."""

from __future__ import annotations

from copy import deepcopy
from functools import cache

from lxml import etree

from engine.bpmn import read_xml
from tests.processes.process_drawing import BPMN, ZEEBE, path_of

BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"
NODES = ("Event", "Task", "Gateway", "callActivity")
GATEWAY = "exclusiveGateway"


@cache
def _root(process: str) -> etree._Element:
    return read_xml(path_of(process).read_bytes())


class Drawn:
    """One copy of a diagram; elements are lxml's."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.process = root.find(f"{BPMN}process")
        self.id = self.process.get("id")
        self.nodes = {e.get("id"): e for e in self.process if e.tag.startswith(BPMN) and e.tag.endswith(NODES)}
        self.flows = {e.get("id"): e for e in self.process.iterfind(f"{BPMN}sequenceFlow")}
        self.lanes = list(self.process.iter(f"{BPMN}lane"))
        self.plane = root.find(f".//{BPMNDI}BPMNPlane")
        self.drawn = {e.get("bpmnElement"): e for e in self.plane}

    @classmethod
    def of(cls, process: str) -> Drawn:
        """A fresh copy of a shipped diagram."""
        return cls(deepcopy(_root(process)))

    def bytes(self) -> bytes:
        """The file."""
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8")

    # -- questions -------------------------------------------------------------------------------

    def of_tag(self, *tags: str) -> list[etree._Element]:
        """Nodes of these tags."""
        return [node for node in self.nodes.values() if tag_of(node) in tags]

    def incoming(self, node: etree._Element) -> list[etree._Element]:
        """Flows that lead to a node."""
        return [flow for flow in self.flows.values() if flow.get("targetRef") == node.get("id")]

    def outgoing(self, node: etree._Element) -> list[etree._Element]:
        """Flows that leave a node."""
        return [flow for flow in self.flows.values() if flow.get("sourceRef") == node.get("id")]

    def source(self, flow: etree._Element) -> etree._Element:
        """Where a flow begins."""
        return self.nodes[flow.get("sourceRef")]

    def target(self, flow: etree._Element) -> etree._Element:
        """Where a flow leads."""
        return self.nodes[flow.get("targetRef")]

    def choices(self) -> list[etree._Element]:
        """Exclusive gateways with several ways out."""
        return [node for node in self.of_tag(GATEWAY) if len(self.outgoing(node)) > 1]

    def conditional(self) -> list[etree._Element]:
        """Flows with a condition."""
        return [flow for flow in self.flows.values() if flow.find(f"{BPMN}conditionExpression") is not None]

    def timers(self) -> list[tuple[etree._Element, etree._Element]]:
        """Events that wait for a time, with the element that holds it."""
        events = ((node, node.find(f"{BPMN}timerEventDefinition")) for node in self.nodes.values())
        return [(node, definition[0]) for node, definition in events if definition is not None]

    def messages(self) -> list[etree._Element]:
        """Messages at the root of the file."""
        return self.root.findall(f"{BPMN}message")

    def users_of(self, message: etree._Element) -> list[etree._Element]:
        """Events and receive tasks of a message."""
        wanted = message.get("id")
        return [node for node in self.nodes.values() if message_named_by(node).get("messageRef") == wanted]

    def lane_of(self, node: etree._Element) -> etree._Element | None:
        """The lane that lists a node."""
        return next((lane for lane in self.lanes if any(ref.text == node.get("id") for ref in lane)), None)

    def bounds(self, element_id: str) -> etree._Element | None:
        """The bounds of a shape."""
        shape = self.drawn.get(element_id)
        return None if shape is None else shape.find(f"{DC}Bounds")

    def points(self, flow_id: str) -> list[etree._Element]:
        """The way points of a line."""
        line = self.drawn.get(flow_id)
        return [] if line is None else line.findall(f"{DI}waypoint")

    # -- cuts ------------------------------------------------------------------------------------

    def remove_flow(self, flow: etree._Element) -> None:
        """Delete a flow as a modeler does: with its line, its mentions and the default mark."""
        flow_id = flow.get("id")
        for node in self.nodes.values():
            for listed in (*node.findall(f"{BPMN}incoming"), *node.findall(f"{BPMN}outgoing")):
                if listed.text == flow_id:
                    node.remove(listed)
            if node.get("default") == flow_id:
                del node.attrib["default"]
        self.process.remove(flow)
        del self.flows[flow_id]
        remove(self.drawn.pop(flow_id, None))

    def remove_node(self, node: etree._Element) -> None:
        """Delete a node as a modeler does: with its shape, its flows and its place in a lane."""
        node_id = node.get("id")
        for flow in (*self.incoming(node), *self.outgoing(node)):
            if flow.get("id") in self.flows:
                self.remove_flow(flow)
        for lane in self.lanes:
            for listed in lane.findall(f"{BPMN}flowNodeRef"):
                if listed.text == node_id:
                    lane.remove(listed)
        self.process.remove(node)
        del self.nodes[node_id]
        remove(self.drawn.pop(node_id, None))

    def lead(self, flow: etree._Element, target: str) -> None:
        """Let a flow lead elsewhere; its line stays as it was drawn."""
        flow_id, before = flow.get("id"), self.target(flow)
        for listed in before.findall(f"{BPMN}incoming"):
            if listed.text == flow_id:
                before.remove(listed)
        flow.set("targetRef", target)

    def add_flow(self, source: str, target: str) -> etree._Element:
        """Draw a flow, by a straight line."""
        flow_id = f"f_new_{source}__{target}"
        flow = add(self.process, "sequenceFlow", id=flow_id, sourceRef=source, targetRef=target)
        line = etree.SubElement(self.plane, f"{BPMNDI}BPMNEdge", id=f"{flow_id}_di", bpmnElement=flow_id)
        for end in (source, target):
            x, y = centre(self.bounds(end))
            etree.SubElement(line, f"{DI}waypoint", x=str(x), y=str(y))
        return flow

    def rename_id(self, old: str, new: str) -> None:
        """Give an element another id, wherever it is mentioned."""
        for element in self.root.iter():
            for name, value in element.attrib.items():
                if value == old:
                    element.set(name, new)
            if element.text == old:
                element.text = new


def message_named_by(node: etree._Element) -> etree._Element:
    """What names the message of a node: its event definition, or a receive task itself."""
    found = node.find(f"{BPMN}messageEventDefinition")
    return node if found is None else found


def tag_of(element: etree._Element) -> str:
    """The tag without its namespace."""
    return etree.QName(element).localname


def add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    """A new BPMN element at the end of another."""
    element = etree.SubElement(parent, f"{BPMN}{tag}", attributes)
    element.text = text
    return element


def remove(element: etree._Element | None) -> None:
    """Take an element out of the tree, if there is one."""
    if element is not None and element.getparent() is not None:
        element.getparent().remove(element)


def write(element: etree._Element, text: str) -> None:
    """Give an element another text."""
    element.text = text


def retag(element: etree._Element, tag: str) -> None:
    """Make an element another one."""
    element.tag = tag


def ext(node: etree._Element, name: str) -> etree._Element | None:
    """A zeebe extension of an element."""
    return node.find(f"{BPMN}extensionElements/{ZEEBE}{name}")


def add_ext(node: etree._Element, name: str, **attributes: str) -> etree._Element:
    """One more zeebe extension."""
    box = node.find(f"{BPMN}extensionElements")
    if box is None:
        box = etree.Element(f"{BPMN}extensionElements")
        node.insert(len(node.findall(f"{BPMN}documentation")), box)
    return etree.SubElement(box, f"{ZEEBE}{name}", attributes)


def inside(node: etree._Element, group: str, name: str) -> list[etree._Element]:
    """Members of a grouping extension, e.g. the outputs of an ioMapping."""
    return node.findall(f"{BPMN}extensionElements/{ZEEBE}{group}/{ZEEBE}{name}")


def header(node: etree._Element, key: str) -> etree._Element | None:
    """A task header."""
    return next((found for found in inside(node, "taskHeaders", "header") if found.get("key") == key), None)


def prop(node: etree._Element, name: str) -> etree._Element | None:
    """A property."""
    return next((found for found in inside(node, "properties", "property") if found.get("name") == name), None)


def add_prop(node: etree._Element, name: str, value: str) -> None:
    """One more property."""
    box = ext(node, "properties")
    etree.SubElement(add_ext(node, "properties") if box is None else box, f"{ZEEBE}property", name=name, value=value)


def centre(bounds: etree._Element) -> tuple[float, float]:
    """The middle of a shape."""
    x, y, width, height = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
    return x + width / 2, y + height / 2


def shift(element: etree._Element, x: float = 0, y: float = 0) -> None:
    """Move bounds or a way point."""
    element.set("x", str(float(element.get("x")) + x))
    element.set("y", str(float(element.get("y")) + y))


def misspelt(word: str) -> str:
    """Two neighbouring letters in each other's place, as fingers do; never the same word again."""
    letters = list(word)
    for index in range(len(letters) - 1, 0, -1):
        first, second = letters[index - 1], letters[index]
        if first != second and first.isalpha() and second.isalpha() and first.islower() == second.islower():
            letters[index - 1 : index + 1] = [second, first]
            return "".join(letters)
    return f"{word}x"
