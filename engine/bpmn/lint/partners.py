"""Rules on whom a diagram talks to: a message has a sender and a receiver, a task in a lane the lane's people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node
from engine.bpmn.lint.expressions import constant
from engine.bpmn.lint.loops import thrown_on_the_way
from engine.bpmn.lint.rule import warning
from engine.bpmn.lint.tree import bpmn_children, first_zeebe, local, text_of
from engine.bpmn.lint.world import World
from engine.model import Finding

NO_SENDER = warning(
    "message.no_sender",
    "{it}没有人发送:没有流程或店铺系统发送「{name}」,也没有它的表单 messages.{name};是不是写错了?",
    "Nobody sends {it}: no process or shop system sends {name}, and there is no form messages.{name}; is it misspelt?",
)
NO_RECEIVER = warning(
    "message.no_receiver",
    "{it}没有人等待:没有流程等待或由「{name}」启动;是不是写错了?",
    "Nobody waits for {it}: no process waits for {name} or starts at it; is it misspelt?",
)
OTHER_GROUP = warning(
    "lane.group",
    "{it}在泳道「{lane}」里,但它的候选组是{groups};请移到对应的泳道或改正候选组。",
    "{it} is in the lane {lane}, but its candidate groups are {groups}; move it or correct the groups.",
)

#: Lanes that the documents call otherwise than the groups are called.
_LANES: Final[Mapping[str, frozenset[str]]] = {
    "店长": frozenset({"dept_manager"}),
    "客服": frozenset({"presales", "aftersales"}),
}
_MESSAGE: Final = "messageEventDefinition"
_THROWS: Final = ("endEvent", "intermediateThrowEvent")
#: Before a message's name in the id of the form in which a person fills in its payload.
_FORMS: Final = "messages."


def check_partners(diagram: Diagram, world: World) -> Iterator[Finding]:
    """Report messages for which the other side is nowhere: most often a misspelt name."""
    sent, awaited = talk(diagram)
    for message in diagram.roots("message"):
        name = message.name
        if not name or name.startswith("="):
            continue
        by_hand = f"{_FORMS}{name}" in world.forms
        if world.sent is not None and name in awaited - sent - world.sent and not by_hand:
            yield NO_SENDER.on(message, name=name)
        if world.awaited is not None and name in sent - awaited - world.awaited:
            yield NO_RECEIVER.on(message, name=name)


def talk(diagram: Diagram) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the messages that a diagram sends, and of those that it waits for or starts at."""
    sent: set[str | None] = set()
    awaited: set[str | None] = set()
    for node in diagram.nodes.values():
        own = {definition.get("messageRef") for definition in node.definitions if local(definition) == _MESSAGE}
        (sent if node.tag in _THROWS else awaited).update(own)
        thrown = thrown_on_the_way(diagram, node)
        sent.update(definition.get("messageRef") for definition in thrown if local(definition) == _MESSAGE)
        if node.tag in ("sendTask", "receiveTask"):
            (sent if node.tag == "sendTask" else awaited).add(node.element.get("messageRef"))
    names = {message.id: message.name for message in diagram.roots("message") if message.name}
    return (
        frozenset(names[reference] for reference in sent if reference in names),
        frozenset(names[reference] for reference in awaited if reference in names),
    )


def check_people(diagram: Diagram, world: World) -> Iterator[Finding]:
    """Report user tasks in a lane that is called like a group, when they are for other groups."""
    lanes = {
        text_of(reference): (lane.get("name") or "").strip()
        for scope in diagram.processes
        for lane_set in bpmn_children(scope.element, "laneSet")
        for lane in bpmn_children(lane_set, "lane")
        for reference in bpmn_children(lane, "flowNodeRef")
    }
    called = {name: frozenset({group}) for group, name in world.group_names.items()}
    called |= {lane: groups for lane, groups in _LANES.items() if groups <= world.group_names.keys()}
    for node in diagram.nodes.values():
        lane = lanes.get(node.id, "")
        groups = _groups(node) if node.tag == "userTask" and lane in called else []
        names = [world.group_names.get(group, "") for group in groups]
        if names and "" not in names and called[lane].isdisjoint(groups):
            yield OTHER_GROUP.on(node, lane=lane, groups="、".join(names))


def _groups(node: Node) -> list[str]:
    """Its candidate groups as far as they are written out."""
    assignment = first_zeebe(node.element, "assignmentDefinition")
    value = constant("" if assignment is None else (assignment.get("candidateGroups") or "").strip())
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return [str(name).strip() for name in names if str(name).strip()]
