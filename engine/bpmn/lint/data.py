"""Rules on data: what is executed as a variable or a mapping has a name that a variable can have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from engine import feel
from engine.bpmn.lint.diagram import Diagram, Node, thing
from engine.bpmn.lint.expressions import READ_ONLY, check_target
from engine.bpmn.lint.rule import error
from engine.bpmn.lint.tree import Element, bpmn_children, text_of
from engine.bpmn.lint.world import World
from engine.bpmn.xml import BPMN
from engine.errors import FeelSyntaxError
from engine.model import CASE_FACTS, Finding

NO_VARIABLE = error(
    "data.name",
    "{it}会成为变量「{name}」,但这不是正确的变量名;请在名称里只用字母、数字和下划线(不以数字开头)。",
    "{it} becomes a variable {name}, which is no name of one; use letters, digits and underscores in its name.",
)

OF_EVENT = error(
    "data.of_event",
    "{it}的数据关联连到事件自己的数据,不会被执行;发出的内容请用输入映射(zeebe:ioMapping),收到的内容是与消息同名的变量。",
    "A data association of {it} refers to data of the event itself and is not executed; what it sends is made by input "
    "mappings (zeebe:ioMapping), what it receives is the variable called like the message.",
)

#: What holds data, and so has the name of a variable.
HOLDERS: Final = ("dataObject", "property", "dataInput", "dataOutput")


def check_data(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report data that is executed and could not be a variable; what is only drawn is not looked at."""
    holders = {element.get("id", ""): element for tag in HOLDERS for element in diagram.root.iter(f"{{{BPMN}}}{tag}")}
    for reference in diagram.root.iter(f"{{{BPMN}}}dataObjectReference"):
        if (found := holders.get(reference.get("dataObjectRef", ""))) is not None:
            holders[reference.get("id", "")] = found
    used: dict[Element, None] = {}
    for node in diagram.nodes.values():
        used |= dict.fromkeys(bpmn_children(node.element, "dataObject", "property"))
        own = {
            found.get("id", "")
            for specification in bpmn_children(node.element, "ioSpecification")
            for found in bpmn_children(specification, "dataInput", "dataOutput")
        }
        for association in bpmn_children(node.element, "dataInputAssociation", "dataOutputAssociation"):
            used |= dict.fromkeys(_mapped(association, own, holders))
            if _is_of_event(node, association):
                yield OF_EVENT.on(node)
            for assignment in bpmn_children(association, "assignment"):
                target = next((text_of(found) for found in bpmn_children(assignment, "to")), "")
                yield from check_target(node, target.removeprefix("=").strip())
        for loop in node.loops:
            references = bpmn_children(loop, "loopDataInputRef", "loopDataOutputRef")
            used |= dict.fromkeys(holders[text_of(found)] for found in references if text_of(found) in holders)
    for element in used:
        yield from _check_name(element)


def _is_of_event(node: Node, association: Element) -> bool:
    """Whether nothing but an input or output of the event itself says what is mapped."""
    own = {found.get("id", "") for found in bpmn_children(node.element, "dataInput", "dataOutput")}
    ends = {text_of(found) for found in bpmn_children(association, "sourceRef", "targetRef")}
    computed = next(bpmn_children(association, "assignment", "transformation"), None) is not None
    return not computed and not own.isdisjoint(ends)


def _mapped(association: Element, own: Collection[str], holders: Mapping[str, Element]) -> Iterator[Element]:
    """What a data association without an assignment reads or writes, when it is executed."""
    source, target = (
        next((text_of(found) for found in bpmn_children(association, tag)), "") for tag in ("sourceRef", "targetRef")
    )
    if next(bpmn_children(association, "assignment"), None) is not None or target not in holders:
        return
    if next(bpmn_children(association, "transformation"), None) is not None:
        yield holders[target]
        return
    if source in holders and (source in own or target in own):
        yield holders[source]
        yield holders[target]


def _check_name(element: Element) -> Iterator[Finding]:
    """Check the variable: the name where that can be one, else the id."""
    name = (element.get("name") or "").strip()
    name = name if name.isidentifier() else element.get("id", "")
    if name in (*CASE_FACTS, "case"):
        yield READ_ONLY.on(thing(element), target=name)
    elif not name.isidentifier() or not _is_feel(name):
        yield NO_VARIABLE.on(thing(element), name=name)


def _is_feel(name: str) -> bool:
    """Whether FEEL can read it: not a keyword."""
    try:
        return feel.compile_expression(name).names == {name}
    except FeelSyntaxError:
        return False
