"""Rules on what people read: Chinese names on elements and answers, and documentation of where a rule is from."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.lint.diagram import Diagram, Node, thing
from engine.bpmn.lint.rule import warning
from engine.bpmn.lint.supported import CHOICES
from engine.bpmn.lint.tree import bpmn_children, text_of
from engine.bpmn.lint.world import World
from engine.model import Finding

NO_NAME = warning("name.missing", "{it}没有名称;请写上中文名称。", "{it} has no name; give it a Chinese one.")
NO_CHINESE = warning(
    "name.not_chinese",
    "{it}的名称里没有中文;请写上中文名称。",
    "The name of {it} has no Chinese in it; give it a Chinese one.",
)
NO_ANSWER = warning(
    "name.answer_missing",
    "{it}没有名称;请写上网关问题的答案,例如「是」。",
    "{it} has no name; write the answer to the gateway's question on it.",
)
NO_DOCUMENTATION = warning(
    "documentation.missing",
    "{it}没有说明;请写上依据(制度原文或补充理由)。",
    "{it} has no documentation; quote the rule that it implements, or say why it was added.",
)


def check_names(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report elements and answers without a name that a Chinese reader understands."""
    things = [*diagram.processes, *(node for node in diagram.nodes.values() if not _speaks_for_itself(node))]
    for scope in diagram.processes:
        for lanes in bpmn_children(scope.element, "laneSet"):
            things.extend(thing(lane) for lane in bpmn_children(lanes, "lane"))
    for collaboration in bpmn_children(diagram.root, "collaboration"):
        things.extend(thing(pool) for pool in bpmn_children(collaboration, "participant"))
    for found in things:
        if not found.name:
            yield NO_NAME.on(found)
        elif not has_chinese(found.name):
            yield NO_CHINESE.on(found)
    for node in diagram.nodes.values():
        if node.tag in CHOICES and len(node.outgoing) > 1:
            for flow in node.outgoing:
                if not flow.name:
                    yield NO_ANSWER.on(flow)


def check_documentation(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report elements whose documentation is missing or empty."""
    for node in [*diagram.processes, *diagram.nodes.values()]:
        if isinstance(node, Node) and _speaks_for_itself(node):
            continue
        if not any(text_of(found) for found in bpmn_children(node.element, "documentation")):
            yield NO_DOCUMENTATION.on(node)


def has_chinese(text: str) -> bool:
    """Whether a text has a Chinese character (CJK unified ideographs and extension A)."""
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


def _speaks_for_itself(node: Node) -> bool:
    """Gateways that only merge, and parallel ones, need no words: their symbol says it all."""
    return node.tag == "parallelGateway" or (node.tag.endswith("Gateway") and len(node.outgoing) < 2)
