"""Rules on repeated activities: how often they run, over what, and what they throw on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node
from engine.bpmn.lint.reading import event_definitions
from engine.bpmn.lint.rule import error
from engine.bpmn.lint.tree import Element, bpmn_children, first_zeebe, local, text_of
from engine.bpmn.lint.unsupported import ATTRIBUTE
from engine.bpmn.lint.world import World
from engine.model import Finding

#: More items than this are an incident.
MAX_ITEMS: Final = 1_000

TWO_LOOPS = error(
    "loop.two_markers",
    "{it}同时带有多个循环标记;只能有一个,请删除多余的。",
    "{it} has several loop markers; there may be one only, delete the others.",
)
NO_BOUND = error(
    "loop.no_bound",
    "{it}是循环活动,但没有写明循环条件(loopCondition)或最多次数(loopMaximum);请至少填写一个。",
    "{it} is a loop without a loopCondition and a loopMaximum; set one of them at least.",
)
MAXIMUM = error(
    "loop.maximum",
    "{it}的最多次数「{value}」应为大于等于 1 的整数;请改正。",
    "The loopMaximum {value} of {it} must be a whole number, 1 at least.",
)
NO_ITEMS = error(
    "loop.items",
    "{it}是多实例活动,必须且只能用一种方式说明做几项:列表(zeebe:loopCharacteristics inputCollection)、"
    "数量(loopCardinality)或数据对象(loopDataInputRef);请改正。",
    "{it} is multi-instance, so it says in exactly one way what for: a list (zeebe:loopCharacteristics "
    "inputCollection), a loopCardinality or a loopDataInputRef.",
)
CARDINALITY = error(
    "loop.cardinality",
    "{it}的数量「{value}」应为 0 到 {most} 的整数,或以 = 开头的表达式;请改正。",
    "The loopCardinality {value} of {it} must be a whole number from 0 to {most}, or an expression after =.",
)
HALF_OUTPUT = error(
    "loop.output",
    "{it}的 outputCollection 和 outputElement 必须同时填写或同时不填。",
    "The outputCollection and outputElement of {it} come together or not at all.",
)
DANGLING_ITEMS = error(
    "loop.data",
    "{it}的 {reference} 指向 {target},但那里没有数据对象或属性;请改正。",
    "{reference} of {it} points at {target}, which is no data object or property of the file; correct it.",
)
BEHAVIOR = error(
    "loop.behavior",
    "{it}的 behavior 是「{value}」;只能是 All、One、None 或 Complex。",
    "The behavior of {it} is {value}; it may be All, One, None or Complex only.",
)
NO_THROWN = error(
    "loop.no_event",
    "{it}的 behavior 是 {value},但没有写明抛出什么({wanted});请指定一个信号、升级或消息事件定义。",
    "The behavior of {it} is {value}, but it does not say what is thrown ({wanted}); give it the event definition of a "
    "signal, an escalation or a message.",
)
WRONG_THROWN = error(
    "loop.event_kind",
    "{it}在执行中抛出 {value},但只能抛出信号、升级或消息;请改正。",
    "{it} throws {value} on its way, but it may throw signals, escalations and messages only.",
)

#: What a multi-instance activity may throw on its way.
THROWN: Final = frozenset({"signalEventDefinition", "escalationEventDefinition", "messageEventDefinition"})
_DATA: Final = frozenset({"dataObject", "dataObjectReference", "property", "dataInput", "dataOutput"})
_REFERENCES: Final = {"One": "oneBehaviorEventRef", "None": "noneBehaviorEventRef"}


def check_loops(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report loop markers that do not say how often, over what, or what they throw."""
    for node in diagram.nodes.values():
        if len(node.loops) > 1:
            yield TWO_LOOPS.on(node)
        for marker in node.loops[:1]:
            if local(marker) == "standardLoopCharacteristics":
                yield from _check_standard(node, marker)
            else:
                yield from _check_items(node, marker)
                yield from _check_data(diagram, node, marker)
                yield from _check_behavior(diagram, node, marker)


def _check_standard(node: Node, marker: Element) -> Iterator[Finding]:
    maximum = marker.get("loopMaximum")
    if maximum is None and next(bpmn_children(marker, "loopCondition"), None) is None:
        yield NO_BOUND.on(node)
    elif maximum is not None and not (_is_whole(maximum) and int(maximum) >= 1):
        yield MAXIMUM.on(node, value=maximum)


def _check_items(node: Node, marker: Element) -> Iterator[Finding]:
    written = list(bpmn_children(marker, "loopCardinality", "loopDataInputRef"))
    extension = first_zeebe(marker, "loopCharacteristics")
    collection = None if extension is None else extension.get("inputCollection")
    if len(written) + (collection is not None) != 1:
        yield NO_ITEMS.on(node)
    for cardinality in bpmn_children(marker, "loopCardinality"):
        text = text_of(cardinality)
        if text and not text.startswith("=") and not (_is_whole(text) and int(text) <= MAX_ITEMS):
            yield CARDINALITY.on(node, value=text, most=MAX_ITEMS)
    outputs = () if extension is None else (extension.get("outputCollection"), extension.get("outputElement"))
    if None in outputs and any(outputs):
        yield HALF_OUTPUT.on(node)


def _check_data(diagram: Diagram, node: Node, marker: Element) -> Iterator[Finding]:
    for reference in bpmn_children(marker, "loopDataInputRef", "loopDataOutputRef"):
        found = diagram.by_id.get(text_of(reference))
        if found is None or local(found) not in _DATA:
            yield DANGLING_ITEMS.on(node, reference=local(reference), target=text_of(reference) or "-")


def _check_behavior(diagram: Diagram, node: Node, marker: Element) -> Iterator[Finding]:
    behavior = marker.get("behavior", "All")
    if behavior not in ("All", "One", "None", "Complex"):
        yield BEHAVIOR.on(node, value=behavior)
        return
    for attribute in _REFERENCES.values():
        value = marker.get(attribute)
        if value is not None and attribute != _REFERENCES.get(behavior):
            yield ATTRIBUTE.on(node, attribute=attribute, value=value)
    wanted = _REFERENCES.get(behavior)
    if wanted is not None and diagram.definition(marker.get(wanted, "")) is None:
        yield NO_THROWN.on(node, value=behavior, wanted=wanted)
    definitions = list(bpmn_children(marker, "complexBehaviorDefinition"))
    if definitions and behavior != "Complex":
        yield ATTRIBUTE.on(node, attribute="behavior", value=behavior)
    if behavior == "Complex":
        parts = [len(list(bpmn_children(part, "condition"))) == 1 and _thrown_by(diagram, part) for part in definitions]
        if not parts or not all(parts):
            yield NO_THROWN.on(node, value=behavior, wanted="complexBehaviorDefinition")
    for thrown in thrown_on_the_way(diagram, node):
        if local(thrown) not in THROWN:
            yield WRONG_THROWN.on(node, value=local(thrown))


def thrown_on_the_way(diagram: Diagram, node: Node) -> tuple[Element, ...]:
    """The event definitions that a multi-instance activity throws as its items complete."""
    found: list[Element] = []
    for marker in node.loops:
        referred = (diagram.definition(marker.get(attribute, "")) for attribute in _REFERENCES.values())
        found.extend(definition for definition in referred if definition is not None)
        for part in bpmn_children(marker, "complexBehaviorDefinition"):
            found.extend(_thrown_by(diagram, part))
    return tuple(found)


def _thrown_by(diagram: Diagram, part: Element) -> tuple[Element, ...]:
    return tuple(found for event in bpmn_children(part, "event") for found in event_definitions(diagram, event))


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
