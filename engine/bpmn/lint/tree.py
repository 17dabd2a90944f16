"""Short words for looking into a BPMN tree, so that rules read like sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.bpmn.xml import BPMN, ZEEBE

Element = etree._Element
_OF_BPMN: Final = f"{{{BPMN}}}"
_OF_ZEEBE: Final = f"{{{ZEEBE}}}"


def local(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def namespace(element: Element) -> str:
    """The namespace of the tag; empty when it has none."""
    return element.tag.rpartition("}")[0][1:]


def is_bpmn(element: Element) -> bool:
    """Whether the element is of BPMN's own namespace."""
    return element.tag.startswith(_OF_BPMN)


def bpmn_children(element: Element, *tags: str) -> Iterator[Element]:
    """Children of BPMN's namespace with one of the tags, in the order of the document (no tags: all)."""
    return element.iterchildren(*[f"{_OF_BPMN}{tag}" for tag in tags or ("*",)])


def text_of(element: Element) -> str:
    """The element's own text, without white space around it."""
    return (element.text or "").strip()


def owner(element: Element) -> Element:
    """The nearest element with an id, to which a finding can point."""
    current: Element | None = element
    while current is not None and not current.get("id"):
        current = current.getparent()
    return element if current is None else current


def zeebe(element: Element, *tags: str) -> Iterator[Element]:
    """``zeebe:`` extensions directly in the element's extensionElements, in the order of the document."""
    wanted = [f"{_OF_ZEEBE}{tag}" for tag in tags]
    for extensions in element.iterchildren(f"{_OF_BPMN}extensionElements"):
        yield from extensions.iterchildren(*wanted)


def first_zeebe(element: Element, tag: str) -> Element | None:
    """The first ``zeebe:`` extension of that tag, if any."""
    return next(zeebe(element, tag), None)


def zeebe_within(element: Element, group: str, *tags: str) -> Iterator[Element]:
    """Members of grouping extensions, e.g. the inputs of ``zeebe:ioMapping``."""
    wanted = [f"{_OF_ZEEBE}{tag}" for tag in tags]
    for holder in zeebe(element, group):
        yield from holder.iterchildren(*wanted)


def properties(element: Element) -> dict[str, str]:
    """``zeebe:property`` values by name; the last wins."""
    return {found.get("name", ""): found.get("value", "") for found in zeebe_within(element, "properties", "property")}


def headers(element: Element) -> dict[str, str]:
    """``zeebe:header`` values by key; the last wins."""
    return {found.get("key", ""): found.get("value", "") for found in zeebe_within(element, "taskHeaders", "header")}
