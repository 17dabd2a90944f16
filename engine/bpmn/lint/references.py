"""Rules on references within the file: what a flow, a default, a boundary event, a lane or a shape points at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Flow, Node, Thing, thing
from engine.bpmn.lint.rule import error
from engine.bpmn.lint.supported import ACTIVITIES, EVENT_KINDS
from engine.bpmn.lint.tree import Element, bpmn_children, local, namespace, text_of
from engine.bpmn.lint.world import World
from engine.bpmn.xml import BPMNDI
from engine.model import Finding

DANGLING = error(
    "ref.dangling",
    "{it}的 {reference} 指向不存在的元素 {target};请重新连接。",
    "{reference} of {it} points at {target}, which does not exist; connect it again.",
)
OTHER_SCOPE = error(
    "ref.other_scope",
    "{it}跨越了子流程的边界(或没有放在它连接的元素所在的层级);请在同一层级内连接。",
    "{it} crosses the border of a sub-process, or stands in another level than what it connects.",
)
WRONG_DEFAULT = error(
    "ref.default",
    "{it}的默认流 {target} 不是从它出来的;请重新指定默认流。",
    "The default flow {target} of {it} does not leave it; set the default flow again.",
)
WRONG_SIDE = error(
    "ref.flow_mismatch",
    "{it}把 {target} 列为{side_zh},但这条顺序流并不这样连接;请在建模工具中重新保存。",
    "{it} lists {target} as {side_en}, but that flow is connected otherwise; save the file again in the modeler.",
)
WRONG_KIND = error(
    "ref.wrong_kind",
    "{it}的 {reference} 指向 {target},但它不是{wanted};请重新设置。",
    "{reference} of {it} points at {target}, which is no {wanted}; set it again.",
)

#: Attribute → a word for what it must point at, and the tags of that.
_TARGETS: Final = {
    **{
        f"{tag}Ref": (tag, frozenset({tag}))
        for tag in ("message", "error", "signal", "escalation", "process", "dataObject", "dataStore", "categoryValue")
    },
    "activityRef": ("activity", ACTIVITIES),
    "oneBehaviorEventRef": ("eventDefinition", frozenset(EVENT_KINDS)),
    "noneBehaviorEventRef": ("eventDefinition", frozenset(EVENT_KINDS)),
}
_DRAWN: Final = frozenset({"BPMNShape", "BPMNEdge", "BPMNPlane"})


def check_references(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report references that lead nowhere or to something of the wrong kind."""
    for flow in diagram.flows.values():
        yield from _check_flow(diagram, flow)
    for node in diagram.nodes.values():
        yield from _check_node(diagram, node)
    for element in diagram.root.iter():
        yield from _check_element(diagram, element)


def _check_flow(diagram: Diagram, flow: Flow) -> Iterator[Finding]:
    missing = False
    for reference, target in (("sourceRef", flow.source), ("targetRef", flow.target)):
        if target not in diagram.nodes:
            missing = True
            yield DANGLING.on(flow, reference=reference, target=target or "-")
    if not missing and not flow.connected:
        yield OTHER_SCOPE.on(flow)


def _check_node(diagram: Diagram, node: Node) -> Iterator[Finding]:
    if node.default is not None and all(flow.id != node.default for flow in node.outgoing):
        yield WRONG_DEFAULT.on(node, target=node.default)
    if node.tag == "boundaryEvent":
        if node.attached_to is None or node.attached_to not in diagram.nodes:
            yield DANGLING.on(node, reference="attachedToRef", target=node.attached_to or "-")
        elif node.attached_to not in node.scope.nodes:
            yield OTHER_SCOPE.on(node)
    sides = (("incoming", "入线", "incoming", node.incoming), ("outgoing", "出线", "outgoing", node.outgoing))
    for tag, side_zh, side_en, flows in sides:
        connected = {flow.id for flow in flows}
        for listed in bpmn_children(node.element, tag):
            found = text_of(listed)
            if found not in connected:
                yield WRONG_SIDE.on(node, target=found, side_zh=side_zh, side_en=side_en)


def _check_element(diagram: Diagram, element: Element) -> Iterator[Finding]:
    tag = local(element)
    for reference, (word, wanted) in _TARGETS.items() if tag != "messageFlow" else ():
        target = element.get(reference)
        if target is not None:
            yield from _check_target(diagram, element, reference, target, word, wanted)
    if tag == "eventDefinitionRef":
        yield from _check_target(diagram, element, tag, text_of(element), "eventDefinition", frozenset(EVENT_KINDS))
    if tag == "flowNodeRef" and text_of(element) not in diagram.nodes:
        yield DANGLING.on(_named(element), reference="flowNodeRef", target=text_of(element) or "-")
    needed: tuple[str, ...] = ("sourceRef", "targetRef") if tag == "association" else ()
    if namespace(element) == BPMNDI and tag in _DRAWN:
        needed = ("bpmnElement",)
    for reference in needed:
        target = element.get(reference, "-")
        if target not in diagram.by_id:
            yield DANGLING.on(_named(element), reference=reference, target=target)


def _check_target(
    diagram: Diagram, element: Element, reference: str, target: str, word: str, wanted: frozenset[str]
) -> Iterator[Finding]:
    found = diagram.by_id.get(target)
    if found is None:
        yield DANGLING.on(_named(element), reference=reference, target=target or "-")
    elif local(found) not in wanted or (word == "eventDefinition" and diagram.definition(target) is None):
        yield WRONG_KIND.on(_named(element), reference=reference, target=target, wanted=word)


def _named(element: Element) -> Thing:
    """The nearest element around a reference that people know: not a nameless part of an event or activity."""
    current: Element | None = element
    while current is not None and (not current.get("id") or _is_part(current)):
        current = current.getparent()
    return thing(element if current is None else current)


def _is_part(element: Element) -> bool:
    around = element.getparent()
    if around is None or local(around) == "definitions":
        return False
    return local(element).endswith(("EventDefinition", "LoopCharacteristics", "BehaviorDefinition")) or (
        local(element) in ("event", "eventDefinitionRef")
    )
