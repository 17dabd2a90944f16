"""Every text of a file that may hold FEEL: whose it is, what for, and whether it must be an expression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.bpmn.lint.diagram import Diagram, Node, Thing
from engine.bpmn.lint.tree import Element, bpmn_children, first_zeebe, local, properties, text_of, zeebe_within


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of the file that may hold FEEL: whose, what for, and whether it must."""

    owner: Thing
    zh: str
    en: str
    text: str
    must: bool


def texts_of(diagram: Diagram) -> Iterator[Text]:
    """All of them, flows first, then element by element."""
    for flow in diagram.flows.values():
        if flow.condition is not None:
            yield Text(owner=flow, zh="条件", en="The condition", text=flow.condition, must=True)
    for node in diagram.nodes.values():
        yield from _texts_of_task(node)
        yield from _texts_of_node(node)
    for it, definition in diagram.each_definition("timerEventDefinition", "conditionalEventDefinition"):
        yield from _texts_of_definition(it, definition)
    for task in diagram.global_tasks.values():
        yield from _texts_of_task(task)
    for scope in diagram.processes:
        yield from _texts_of_properties(scope, scope.element)
    for message in diagram.roots("message"):
        subscription = first_zeebe(message.element, "subscription")
        if subscription is not None:
            key = (subscription.get("correlationKey") or "").strip()
            yield Text(owner=message, zh="关联键", en="The correlation key", text=key, must=True)


def _texts_of_task(node: Thing) -> Iterator[Text]:
    yield from _texts_of_properties(node, node.element)
    for mapping in zeebe_within(node.element, "ioMapping", "input", "output"):
        zh, en = ("输入映射", "An input mapping") if local(mapping) == "input" else ("输出映射", "An output mapping")
        yield Text(owner=node, zh=zh, en=en, text=(mapping.get("source") or "").strip(), must=False)
    yield from _texts_of_attributes(node, node.element, _ATTRIBUTES)


def _texts_of_attributes(it: Thing, element: Element, attributes: tuple[_Attribute, ...]) -> Iterator[Text]:
    for tag, attribute, zh, en, must in attributes:
        extension = first_zeebe(element, tag)
        if extension is not None and (extension.get(attribute) is not None or must is None):
            yield Text(owner=it, zh=zh, en=en, text=(extension.get(attribute) or "").strip(), must=must is not False)


def _texts_of_node(node: Node) -> Iterator[Text]:
    parts = [node.element, *node.loops]
    for loop in node.loops:
        parts.extend(bpmn_children(loop, "complexBehaviorDefinition"))
        yield from _texts_of_attributes(node, loop, _LOOP_ATTRIBUTES)
    for part in parts:
        for found in bpmn_children(part, *_FORMAL):
            zh, en, must = _FORMAL[local(found)]
            yield Text(owner=node, zh=zh, en=en, text=text_of(found), must=must)
    for association in bpmn_children(node.element, "dataInputAssociation", "dataOutputAssociation"):
        yield from _texts_of_association(node, association)


def _texts_of_definition(it: Thing, definition: Element) -> Iterator[Text]:
    for found in bpmn_children(definition, "timeDuration", "timeDate", "timeCycle", "condition"):
        if local(found) == "condition":
            yield Text(owner=it, zh="条件", en="The condition", text=text_of(found), must=True)
        else:
            yield Text(owner=it, zh="定时", en="The time", text=text_of(found), must=False)


def _texts_of_association(node: Node, association: Element) -> Iterator[Text]:
    for transformation in bpmn_children(association, "transformation"):
        yield Text(owner=node, zh="数据转换", en="The transformation", text=text_of(transformation), must=True)
    for assignment in bpmn_children(association, "assignment"):
        for source in bpmn_children(assignment, "from"):
            yield Text(owner=node, zh="数据赋值", en="The assignment", text=text_of(source), must=False)


#: Element with a text within activities, gateways, loops and events: its name, whether it must be FEEL.
_FORMAL: Final = {
    "condition": ("条件", "The condition", True),
    "loopCondition": ("循环条件", "The loop condition", True),
    "loopCardinality": ("数量", "The loop cardinality", False),
    "completionCondition": ("完成条件", "The completion condition", True),
    "activationCondition": ("激活条件", "The activation condition", True),
}
#: Extension, attribute, its name in Chinese and English, whether it must be FEEL (None: and must be there).
_Attribute: TypeAlias = tuple[str, str, str, str, bool | None]
_ATTRIBUTES: Final[tuple[_Attribute, ...]] = (
    ("script", "expression", "脚本", "The script", None),
    ("assignmentDefinition", "assignee", "处理人", "The assignee", False),
    ("assignmentDefinition", "candidateGroups", "候选组", "The candidate groups", False),
    ("taskSchedule", "dueDate", "截止时间", "The due date", False),
    ("taskSchedule", "followUpDate", "跟进时间", "The follow-up date", False),
    ("priorityDefinition", "priority", "优先级", "The priority", False),
    ("adHoc", "activeElementsCollection", "要开始的活动", "The list of active elements", None),
)
_LOOP_ATTRIBUTES: Final[tuple[_Attribute, ...]] = (
    ("loopCharacteristics", "inputCollection", "要处理的列表", "The input collection", True),
    ("loopCharacteristics", "outputElement", "每项的结果", "The output element", True),
)


def _texts_of_properties(owner: Thing, element: Element) -> Iterator[Text]:
    for name, value in properties(element).items():
        if name.startswith("register.") or value.strip().startswith("="):
            must = name.startswith("register.")
            yield Text(owner=owner, zh=f"属性 {name}", en=f"Property {name}", text=value.strip(), must=must)
