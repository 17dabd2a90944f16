"""Reads a shipped diagram as its owner drew it, so that tests can compare it with the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from engine.bpmn import read_xml

ROOT = Path(__file__).resolve().parents[2]
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
#: Catalogue's word for a kind of element → its tag.
TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "user": "userTask",
    "script": "scriptTask",
    "service": "serviceTask",
    "send": "sendTask",
    "rule": "businessRuleTask",
    "call": "callActivity",
    "xor": "exclusiveGateway",
    "evgw": "eventBasedGateway",
}


@dataclass(frozen=True)
class Flow:
    """A sequence flow."""

    source: str
    target: str
    name: str
    condition: str | None


@dataclass
class Node:
    """A flow node with the extensions that tests ask for."""

    id: str
    tag: str
    name: str
    documentation: str
    lane: str = ""
    default: str | None = None
    host: str | None = None
    interrupting: bool = True
    timer: str | None = None
    message: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    #: zeebe element → its attributes.
    zeebe: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Drawing:
    """One process as drawn."""

    process_id: str
    name: str
    pool: str
    documentation: str
    properties: dict[str, str]
    nodes: dict[str, Node]
    flows: dict[str, Flow]
    #: message name → correlation key.
    correlations: dict[str, str]

    def next_catalogued(self, node_id: str, catalogued: set[str]) -> set[str]:
        """The catalogued elements that come next, implied ones skipped."""
        found, waiting, seen = set(), [f.target for f in self.flows.values() if f.source == node_id], set()
        while waiting:
            target = waiting.pop()
            if target in catalogued:
                found.add(target)
            elif target not in seen:
                seen.add(target)
                waiting += [f.target for f in self.flows.values() if f.source == target]
        return found

    def first_catalogued(self, target: str, catalogued: set[str]) -> set[str]:
        """The element itself if it is catalogued, else the catalogued ones behind it."""
        return {target} if target in catalogued else self.next_catalogued(target, catalogued)

    def message_of(self, node_id: str) -> str | None:
        """The message that an event or a receive task waits for."""
        return self.nodes[node_id].message

    def is_side_path(self, end: str) -> bool:
        """Whether an end is reached only from boundary events that do not interrupt."""
        waiting, seen = [end], set()
        while waiting:
            here = waiting.pop()
            node = self.nodes[here]
            if node.tag == "startEvent":
                return False
            before = [flow.source for flow in self.flows.values() if flow.target == here]
            if node.tag == "boundaryEvent" and node.interrupting and node.host is not None:
                before.append(node.host)
            waiting += [source for source in before if source not in seen]
            seen.update(before)
        return True

    def flows_from(self, node_id: str) -> dict[str, Flow]:
        """Flow id → flow of those that leave an element."""
        return {key: flow for key, flow in self.flows.items() if flow.source == node_id}

    def skip_joins(self, target: str) -> str:
        """The first element behind merging gateways."""
        while target.startswith("join_"):
            (flow,) = self.flows_from(target).values()
            target = flow.target
        return target


def path_of(process_id: str) -> Path:
    """The file of a process."""
    (found,) = ROOT.glob(f"processes/*/{process_id}.bpmn")
    return found


def read(process_id: str) -> Drawing:
    """Read the diagram of a process."""
    root = read_xml(path_of(process_id).read_bytes())
    process = root.find(f"{BPMN}process")
    messages = {m.get("id"): m for m in root.findall(f"{BPMN}message")}
    nodes = {
        element.get("id"): _node(element, messages)
        for element in process
        if isinstance(element.tag, str) and element.tag.endswith(("Event", "Task", "Gateway", "callActivity"))
    }
    for lane in process.iter(f"{BPMN}lane"):
        for reference in lane.findall(f"{BPMN}flowNodeRef"):
            nodes[reference.text].lane = lane.get("name")
    flows = {
        f.get("id"): Flow(f.get("sourceRef"), f.get("targetRef"), f.get("name", ""), _text(f, "conditionExpression"))
        for f in process.findall(f"{BPMN}sequenceFlow")
    }
    pool = root.find(f"{BPMN}collaboration/{BPMN}participant")
    return Drawing(
        process_id=process.get("id"),
        name=process.get("name"),
        pool=pool.get("name"),
        documentation=_text(process, "documentation") or "",
        properties=_pairs(process, "properties", "name", "value"),
        nodes=nodes,
        flows=flows,
        correlations={
            m.get("name"): m.find(f".//{ZEEBE}subscription").get("correlationKey") for m in messages.values()
        },
    )


def _node(element, messages) -> Node:
    timer = element.find(f"{BPMN}timerEventDefinition")
    message = element.find(f"{BPMN}messageEventDefinition")
    return Node(
        id=element.get("id"),
        tag=element.tag.removeprefix(BPMN),
        name=element.get("name", ""),
        documentation=_text(element, "documentation") or "",
        default=element.get("default"),
        host=element.get("attachedToRef"),
        interrupting=element.get("cancelActivity") != "false",
        timer=None if timer is None else next(iter(timer)).text,
        message=_message_name(element if element.get("messageRef") else message, messages),
        properties=_pairs(element, "properties", "name", "value"),
        headers=_pairs(element, "taskHeaders", "key", "value"),
        inputs={i.get("target"): i.get("source") for i in element.iter(f"{ZEEBE}input")},
        outputs={o.get("target"): o.get("source") for o in element.iter(f"{ZEEBE}output")},
        zeebe={
            child.tag.removeprefix(ZEEBE): dict(child.attrib)
            for child in element.iterfind(f"{BPMN}extensionElements/*")
            if isinstance(child.tag, str)
        },
    )


def _message_name(refers, messages) -> str | None:
    return None if refers is None else messages[refers.get("messageRef")].get("name")


def _pairs(element, box: str, key: str, value: str) -> dict[str, str]:
    found = element.find(f"{BPMN}extensionElements/{ZEEBE}{box}")
    return {} if found is None else {item.get(key): item.get(value) for item in found}


def _text(element, tag: str) -> str | None:
    found = element.find(f"{BPMN}{tag}")
    return None if found is None else found.text
