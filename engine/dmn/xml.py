"""The door for XML of decision models: small, without a DOCTYPE, without the network, counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from engine.errors import DefinitionRefused

MAX_BYTES: Final = 2_000_000
MAX_NODES: Final = 20_000


class DoctypeRefused(DefinitionRefused):
    """The file has a DOCTYPE, which may hold entities that grow or read files."""

    code = "definition_refused"
    message_zh = "文件含有 DOCTYPE 声明,不接受。"


def read(data: bytes) -> etree._Element:
    """The root element.

    Raises:
        DefinitionRefused: larger than 2 MB, not well-formed, a DOCTYPE, or more than 20 000 nodes.
    """
    if len(data) > MAX_BYTES:
        raise DefinitionRefused("the file is larger than 2 MB", message_zh="文件超过 2 MB。")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, remove_pis=True, remove_comments=True, recover=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        if b"<!DOCTYPE" in data[:MAX_BYTES]:
            raise DoctypeRefused from None
        raise DefinitionRefused("the file is not well-formed XML", message_zh="文件不是格式正确的 XML。") from None
    info: Any = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None or info.externalDTD is not None:
        raise DoctypeRefused
    count = 0
    for element in root.iter():
        count += 1 + len(element.attrib)
        if count > MAX_NODES:
            raise DefinitionRefused("the file has more than 20 000 nodes", message_zh="文件内容过多。")
    return root


def local(element: etree._Element) -> str:
    """An element's name without its namespace."""
    return str(etree.QName(element).localname)


def children(element: etree._Element, *names: str) -> list[etree._Element]:
    """Child elements of these names."""
    return [child for child in element if isinstance(child.tag, str) and local(child) in names]


def child(element: etree._Element, *names: str) -> etree._Element | None:
    """The first child element of one of these names."""
    return next(iter(children(element, *names)), None)


def elements(element: etree._Element) -> Iterator[etree._Element]:
    """All child elements."""
    return (each for each in element if isinstance(each.tag, str))


def text_of(element: etree._Element | None) -> str:
    """The text of an element's ``text`` child, stripped; empty where there is none."""
    if element is None:
        return ""
    inner = child(element, "text")
    return ("".join(map(str, inner.itertext())) if inner is not None else "").strip()
