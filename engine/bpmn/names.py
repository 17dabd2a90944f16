"""Names of BPMN and zeebe XML, and refusals that name the element."""

from __future__ import annotations

from lxml import etree

from engine.bpmn.xml import BPMN, ZEEBE
from engine.errors import DefinitionRefused


def bpmn(name: str) -> str:
    """The qualified name of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def zeebe(name: str) -> str:
    """The qualified name of a zeebe extension."""
    return f"{{{ZEEBE}}}{name}"


def local(node: etree._Element) -> str:
    """The local name of a BPMN element; "" for comments and other namespaces."""
    tag = node.tag
    return tag.removeprefix(f"{{{BPMN}}}") if isinstance(tag, str) and tag.startswith(f"{{{BPMN}}}") else ""


def children(node: etree._Element, name: str) -> list[etree._Element]:
    """The BPMN children of this local name, in the document's order."""
    return node.findall(bpmn(name))


def extension(node: etree._Element, name: str) -> etree._Element | None:
    """The first zeebe extension of this name in an element's bpmn:extensionElements."""
    return node.find(f"{bpmn('extensionElements')}/{zeebe(name)}")


def refused(node: etree._Element, problem: str, zh: str) -> DefinitionRefused:
    """The refusal of a diagram because of one element, named by its id."""
    name = node.get("id") or local(node) or "?"
    return DefinitionRefused(f"{name}: {problem}", message_zh=f"元素 {name}:{zh}")


def event_definitions(node: etree._Element) -> list[etree._Element]:
    """The event definitions of an event."""
    return [child for child in node if local(child).endswith("EventDefinition")]


def starts_process(node: etree._Element) -> bool:
    """Whether an element is a start event of the process itself."""
    around = node.getparent()
    return local(node) == "startEvent" and around is not None and local(around) == "process"


def is_event_sub_process(node: etree._Element) -> bool:
    """Whether an element is a sub-process that an event starts."""
    return local(node) == "subProcess" and node.get("triggeredByEvent", "false") == "true"
