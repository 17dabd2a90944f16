"""A diagram as the things that it consists of, each with all that the file says of it and where it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine.studio.comparing.facts import Facts
from engine.studio.comparing.tree import Node, flatten

#: Key of the file itself.
FILE: Final = ""
#: Of these, and of all that stand at the root, people speak as of things of their own; all else is a property.
_THINGS: Final = frozenset(
    {
        "startEvent", "endEvent", "intermediateThrowEvent", "intermediateCatchEvent", "boundaryEvent", "task",
        "manualTask", "userTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask",
        "callActivity", "subProcess", "transaction", "adHocSubProcess", "exclusiveGateway", "parallelGateway",
        "inclusiveGateway", "complexGateway", "eventBasedGateway", "sequenceFlow", "messageFlow", "participant", "lane",
        "dataObject", "dataObjectReference", "dataStoreReference", "textAnnotation", "association", "group",
    }
)  # fmt: skip
_DRAWINGS: Final = frozenset({"bpmndi:BPMNShape", "bpmndi:BPMNEdge"})


@dataclass(slots=True, kw_only=True, eq=False)
class Thing:
    """An element with an id of its own."""

    id: str
    tag: str
    name: str
    #: Id of the thing in which it lies.
    scope: str
    facts: Facts = field(default_factory=Facts)
    #: How it is drawn.
    drawn: Facts = field(default_factory=Facts)
    #: Ids of the lanes in which it lies.
    lanes: tuple[str, ...] = ()
    #: Ids of flows as the element itself lists them, in its order.
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Outline:
    """All things of a file by id, in its order; the first is the file itself."""

    things: dict[str, Thing]
    _flows: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def flows(self, end: str) -> dict[str, list[str]]:
        """Element → ids of the sequence flows that say they leave it (outgoing) or reach it (incoming), sorted."""
        if end not in self._flows:
            attribute = (("@sourceRef" if end == "outgoing" else "@targetRef", ""),)
            found: dict[str, list[str]] = {}
            for thing in self.things.values():
                if thing.tag == "sequenceFlow":
                    found.setdefault(thing.facts.values.get(attribute, ""), []).append(thing.id)
            self._flows[end] = {id_: sorted(flows) for id_, flows in found.items()}
        return self._flows[end]

    def name(self, id_: str) -> str:
        """How people call it; empty where there is no such thing."""
        found = self.things.get(id_)
        if found is None:
            return ""
        if found.tag == "sequenceFlow" and not found.name:
            ends = (found.facts.values.get(((f"@{end}", ""),), "") for end in ("sourceRef", "targetRef"))
            return " → ".join(self.things[end].name or end if end in self.things else end for end in ends)
        return found.name


def outline_of(root: Node) -> Outline:
    """The things of a ``definitions`` element."""
    file = Thing(id=FILE, tag="definitions", name="", scope=FILE)
    outline = Outline({FILE: file})
    leave = {id(child) for child in root.children if child.tag == "bpmndi:BPMNDiagram"}
    leave |= _gather(root, file, outline, at_root=True)
    flatten(root, file.facts, leave=frozenset(leave))
    _lay_in_lanes(root, outline)
    for number, diagram in enumerate(root.named("bpmndi:BPMNDiagram")):
        _draw(diagram, outline, number)
    return outline


def _gather(node: Node, owner: Thing, outline: Outline, *, at_root: bool = False) -> set[int]:
    """Put the things within a node into the outline; gives the identities of what was told."""
    told: set[int] = set()
    for child in node.children:
        is_thing = child.id and child.id not in outline.things and ":" not in child.tag
        if is_thing and (at_root or child.tag in _THINGS):
            thing = Thing(id=child.id, tag=child.tag, name=_name(child), scope=owner.id)
            outline.things[child.id] = thing
            inner = _gather(child, thing, outline) | _echoes(child, thing, outline)
            flatten(child, thing.facts, leave=frozenset(inner))
            told.add(id(child))
        elif ":" not in child.tag:
            told |= _gather(child, owner, outline)
    return told


def _name(node: Node) -> str:
    if node.tag == "textAnnotation":
        return node.child_text("text")
    return node.attributes.get("name", "").strip()


def _echoes(node: Node, thing: Thing, outline: Outline) -> set[int]:
    """What the node repeats of others: flows say where they begin and end, nodes in which lane they lie."""
    found = node.named("incoming", "outgoing")
    thing.incoming = tuple(one.text.strip() for one in found if one.tag == "incoming")
    thing.outgoing = tuple(one.text.strip() for one in found if one.tag == "outgoing")
    members = node.named("flowNodeRef") if thing.tag == "lane" else []
    return {id(one) for one in (*found, *members) if not one.attributes and not one.children}


def _lay_in_lanes(root: Node, outline: Outline) -> None:
    """Write to every node in which lanes it lies, to every lane which of its members do not exist."""
    for lane in _all(root, "lane"):
        for member in (one.text.strip() for one in lane.named("flowNodeRef")):
            thing = outline.things.get(member)
            if thing is not None:
                thing.lanes = (*thing.lanes, lane.id)
            elif lane.id in outline.things:
                outline.things[lane.id].facts.values[("flowNodeRef", member),] = member


def _all(node: Node, tag: str) -> Iterator[Node]:
    for child in node.children:
        if child.tag == tag:
            yield child
        yield from _all(child, tag)


def _draw(diagram: Node, outline: Outline, number: int) -> None:
    """Shapes and lines go to what they draw, the rest of the picture to the file."""
    drawings = [one for tag in sorted(_DRAWINGS) for one in _all(diagram, tag)]
    told: set[int] = set()
    for drawing in drawings:
        thing = outline.things.get(drawing.attributes.get("bpmnElement", ""))
        if thing is None or thing.drawn.values:
            continue
        flatten(drawing, thing.drawn)
        told.add(id(drawing))
    above = (("bpmndi:BPMNDiagram", str(number) if number else ""),)
    flatten(diagram, outline.things[FILE].drawn, above, frozenset(told))
