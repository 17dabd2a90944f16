"""XML as it is written: elements that know their own text, so that what nobody changed can stay letter for letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

#: A name with its namespace.
Name: TypeAlias = tuple[str, str]

_TOKEN: Final = re.compile(
    r"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|</[^>]*>|<(?:[^<>"']|"[^"]*"|'[^']*')*>|[^<]+""", re.DOTALL
)
_ATTRIBUTE: Final = re.compile(r"""\s+([^\s=<>/"']+)\s*=\s*("[^"]*"|'[^']*')""")
_REFERENCE: Final = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot|apos));")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_NAME: Final = re.compile(r"</?\s*([^\s/>]+)")
_CDATA: Final = "<![CDATA["
_XML: Final = MappingProxyType({"xml": "http://www.w3.org/XML/1998/namespace"})


@dataclass(slots=True, eq=False)
class Markup:
    """An element as it is written."""

    #: With its prefix.
    written: str
    tag: Name
    #: Its start tag; ends with ``/>`` where it is empty.
    opening: str
    attributes: dict[Name, str]
    #: Prefixes known within it, with their namespaces.
    scope: Mapping[str, str]
    #: Prefixes that it declares itself.
    declared: dict[str, str]
    children: list[Markup] = field(default_factory=list)
    #: What is written before each child, comments too, and after the last one.
    between: list[str] = field(default_factory=lambda: [""])
    closing: str = ""

    @property
    def text(self) -> str:
        """Its characters, those of its children aside."""
        return "".join(map(_characters, self.between)).strip()

    def walk(self) -> Iterator[Markup]:
        """It and all within it."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += element.children


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file."""

    before: str
    root: Markup
    after: str


def read(text: str) -> Document:
    """The document of a text that an XML parser has found well-formed and without a DOCTYPE."""
    pieces = ["", ""]
    root: Markup | None = None
    open_elements: list[Markup] = []
    for found in _TOKEN.finditer(text):
        token = found.group()
        if token.startswith("</"):
            open_elements.pop().closing = token
        elif token.startswith("<") and not token.startswith(("<!", "<?")):
            element = _element(token, open_elements[-1].scope if open_elements else _XML)
            if open_elements:
                open_elements[-1].children.append(element)
                open_elements[-1].between.append("")
            root = root or element
            if not token.endswith("/>"):
                open_elements.append(element)
        elif open_elements:
            open_elements[-1].between[-1] += token
        else:
            pieces[root is not None] += token
    assert root is not None  # noqa: S101 (a well-formed document has one)
    return Document(pieces[0], root, pieces[1])


def _element(opening: str, above: Mapping[str, str]) -> Markup:
    written = attributes_of(opening)
    declared = {_prefix(name): value for name, value in written.items() if _is_declaration(name)}
    scope = {**above, **declared} if declared else above
    match = _NAME.match(opening)
    assert match is not None  # noqa: S101 (a start tag has a name)
    name = match.group(1)
    return Markup(
        written=name,
        tag=_resolved(name, scope, scope.get("", "")),
        opening=opening,
        attributes={_resolved(name, scope, ""): value for name, value in written.items() if not _is_declaration(name)},
        scope=scope,
        declared=declared,
    )


def attributes_of(opening: str) -> dict[str, str]:
    """The attributes of a start tag by their names as written."""
    return {
        found.group(1): _unescaped(re.sub(r"\r\n|[\r\n\t]", " ", found.group(2)[1:-1]))
        for found in _ATTRIBUTE.finditer(opening)
    }


def with_attribute(opening: str, name: str, value: str | None) -> str:
    """A start tag with one attribute changed, added at the end, or (None) taken out."""
    written = "" if value is None else f' {name}="{escaped(value, attribute=True)}"'
    for found in _ATTRIBUTE.finditer(opening):
        if found.group(1) == name:
            return opening[: found.start()] + written + opening[found.end() :]
    end = len(opening) - (2 if opening.endswith("/>") else 1)
    kept = opening[:end].rstrip()
    return kept + written + opening[len(kept) :]


def escaped(text: str, *, attribute: bool = False) -> str:
    """A text as XML writes it."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;") if attribute else text


def _unescaped(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        hexadecimal, decimal, named = found.groups()
        return _NAMED[named] if named else chr(int(hexadecimal, 16) if hexadecimal else int(decimal))

    return _REFERENCE.sub(character, text)


def _characters(piece: str) -> str:
    """What a piece between elements says: CDATA as its text, no comments."""
    if "<" not in piece:
        return _unescaped(piece)
    tokens = (found.group() for found in _TOKEN.finditer(piece))
    return "".join(
        token[len(_CDATA) : -3] if token.startswith(_CDATA) else "" if token.startswith("<") else _unescaped(token)
        for token in tokens
    )


def _is_declaration(name: str) -> bool:
    return name == "xmlns" or name.startswith("xmlns:")


def _prefix(name: str) -> str:
    return name.partition(":")[2]


def _resolved(name: str, scope: Mapping[str, str], default: str) -> Name:
    prefix, colon, local = name.partition(":")
    return (scope.get(prefix, ""), local) if colon else (default, name)
