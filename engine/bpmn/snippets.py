"""Reads where each element of a file stands in its text, for those who write a part of it anew.

Only for texts that ``read_xml`` has let in: well-formed, without DOCTYPE, within the limits.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

_TOKEN: Final = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|</[^>]*>"
    # Nothing is tried twice: a tag that never ends must not be taken apart in every way there is.
    r"|<[^\s/>\"']++(?:\"[^\"]*+\"|'[^']*+'|[^>\"'])*+>|[^<]+",
    re.DOTALL,
)
_NAME: Final = re.compile(r"<([^\s/>]+)")
_ATTRIBUTE: Final = re.compile(r"(\s+)([^\s=]+)(\s*=\s*)(\"[^\"]*\"|'[^']*')", re.DOTALL)
_LINE_END: Final = re.compile(r"\r\n?")
_ENTITY: Final = re.compile(r"&(#x[0-9a-fA-F]+|#[0-9]+|lt|gt|amp|quot|apos);")
PLANE: Final = "BPMNPlane"
LABEL: Final = "BPMNLabel"
#: Elements that a modeller puts at the end when they are moved: their order says nothing.
_ANYWHERE: Final = frozenset(
    {
        "flowNodeRef", "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
        "task", "userTask", "serviceTask", "sendTask", "receiveTask", "manualTask", "scriptTask", "businessRuleTask",
        "callActivity", "subProcess", "transaction", "adHocSubProcess", "exclusiveGateway", "inclusiveGateway",
        "parallelGateway", "complexGateway", "eventBasedGateway", "dataObject", "dataObjectReference",
        "dataStoreReference", "textAnnotation", "association", "group",
    }
)  # fmt: skip
_ENTITIES: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an element says: order counts only among children of the same name, on a plane not at all."""

    name: str
    attributes: frozenset[tuple[str, str]]
    said: str
    children: tuple[Meaning, ...]


def meant(name: str, attributes: frozenset[tuple[str, str]], said: str, children: Iterable[Meaning]) -> Meaning:
    """Put a meaning together, its children in the order that is the same however they were written."""

    def place(child: Meaning) -> tuple[str, list[tuple[str, str]], str]:
        free = in_any_order(name, child.name)
        return (child.name, sorted(child.attributes), child.said) if free else (child.name, [], "")

    return Meaning(name, attributes, said, tuple(sorted(children, key=place)))


def in_any_order(parent: str, child: str) -> bool:
    """Whether the order of such children says nothing; names with their prefix or namespace.

    Activities of an ad-hoc sub-process begin in the order in which they are written.
    """
    holder = _local(parent)
    return holder == PLANE or (holder != "adHocSubProcess" and _local(child) in _ANYWHERE)


def _local(name: str) -> str:
    return name.replace("}", ":").rpartition(":")[2]


class NotRead(Exception):
    """A text is written in a way that is not followed here."""


@dataclass(slots=True, eq=False)
class Element:
    """One element as it is written.

    ``lead`` is what stands between the end before it and its start, ``trail`` (of a root) what stands behind it,
    ``tail`` what stands before its end tag, ``gap`` the space before the last sign of its start tag. Attributes are a
    value as it is meant and as it is written, with the space before.
    """

    name: str
    lead: str
    gap: str
    closed: bool
    attributes: dict[str, tuple[str, str]]
    children: list[Element] = field(default_factory=list)
    whole: str = ""
    inner: str = ""
    end: str = ""
    tail: str = ""
    trail: str = ""
    said: str = ""
    _meaning: Meaning | None = None

    @property
    def key(self) -> tuple[str, str] | None:
        """Name and id, of those that have one."""
        found = self.attributes.get("id")
        return (self.name, found[0]) if found else None

    @property
    def is_nothing(self) -> bool:
        """Whether it is a label of which nothing is said, as modellers add them."""
        return _local(self.name) == LABEL and not self.attributes and not self.children

    def meaning(self, defaults: Container[tuple[str, str]]) -> Meaning:
        """What the element says, however it is written."""
        if self._meaning is None:
            attributes = frozenset(
                (name, value)
                for name, (value, _) in self.attributes.items()
                if not name.startswith("xmlns") and (name, value) not in defaults
            )
            inner = [child.meaning(defaults) for child in self.children if not child.is_nothing]
            self._meaning = meant(self.name, attributes, "" if inner else self.said, inner)
        return self._meaning


def read_text(text: str) -> Element:
    """Give the root with the places of all that is in it.

    Raises:
        NotRead: the text is not what the hardened reader lets in.
    """
    return _Reading(text).root()


class _Reading:
    """One pass over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        #: Elements that are open, where they start and where their content does.
        self._open: list[tuple[Element, int, int]] = []
        self._root: Element | None = None
        self._lead = 0

    def root(self) -> Element:
        for token, start, end in self._tokens():
            if token.startswith("</"):
                self._close(start, end)
            elif token.startswith("<") and not token.startswith(("<!", "<?")):
                self._start(token, start, end)
            elif self._open:
                self._open[-1][0].said += _said(token)
        if self._root is None or self._open:
            raise NotRead
        self._root.trail = self._text[self._lead :]
        return self._root

    def _tokens(self) -> Iterator[tuple[str, int, int]]:
        place = 0
        for match in _TOKEN.finditer(self._text):
            if match.start() != place:
                raise NotRead
            place = match.end()
            yield match.group(), match.start(), match.end()
        if place != len(self._text):
            raise NotRead

    def _start(self, token: str, start: int, end: int) -> None:
        named = _NAME.match(token)
        if named is None or (self._root is not None and not self._open):
            raise NotRead
        attributes: dict[str, tuple[str, str]] = {}
        place = named.end()
        while (match := _ATTRIBUTE.match(token, place)) is not None:
            attributes[match.group(2)] = (_value(match.group(4)[1:-1]), match.group())
            place = match.end()
        closed = token.endswith("/>")
        gap = token[place : -2 if closed else -1]
        if gap.strip():
            raise NotRead
        element = Element(named.group(1), self._text[self._lead : start], gap, closed, attributes)
        if self._open:
            self._open[-1][0].children.append(element)
        else:
            self._root = element
        self._lead = end
        if closed:
            element.whole = token
        else:
            self._open.append((element, start, end))

    def _close(self, start: int, end: int) -> None:
        if not self._open:
            raise NotRead
        element, begun, content = self._open.pop()
        element.tail = self._text[self._lead : start]
        element.inner = self._text[content:start]
        element.end = self._text[start:end]
        element.whole = self._text[begun:end]
        self._lead = end


def _said(token: str) -> str:
    if token.startswith("<![CDATA["):
        return _LINE_END.sub("\n", token[9:-3])
    return "" if token.startswith("<") else _plain(_LINE_END.sub("\n", token))


def _value(raw: str) -> str:
    """An attribute's value; a line break that is not written as an entity is a space."""
    return _plain(re.sub(r"\r\n|[\t\n\r]", " ", raw))


def _plain(raw: str) -> str:
    return _ENTITY.sub(lambda match: _character(match.group(1)), raw)


def _character(name: str) -> str:
    if name.startswith("#x"):
        return chr(int(name[2:], 16))
    return chr(int(name[1:])) if name.startswith("#") else _ENTITIES[name]
