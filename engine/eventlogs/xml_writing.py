"""Writes XML piece by piece into a file: an element a line, nothing kept in memory, forbidden characters replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from engine.eventlogs.attributes import xml_text


class XmlFile:
    """One document in UTF-8; nothing is read here, so that no parser has to be hardened."""

    def __init__(self, target: IO[bytes]) -> None:
        self._out = XMLGenerator(target, encoding="utf-8", short_empty_elements=True)

    def begin(self) -> None:
        """The declaration; a file that is a part of another has none."""
        self._out.startDocument()

    def note(self, name: str, text: str) -> None:
        """A processing instruction: a sentence beside the content."""
        self._out.processingInstruction(name, xml_text(text).replace("?>", "? >"))
        self._out.ignorableWhitespace("\n")

    @contextmanager
    def element(self, name: str, attributes: Mapping[str, str] | None = None) -> Iterator[None]:
        """An element around what is written inside the block."""
        self._start(name, attributes or {})
        self._out.ignorableWhitespace("\n")
        yield
        self._out.endElement(name)
        self._out.ignorableWhitespace("\n")

    def leaf(self, name: str, attributes: Mapping[str, str], text: str = "") -> None:
        """An element without others in it."""
        self._start(name, attributes)
        if text:
            self._out.characters(xml_text(text))
        self._out.endElement(name)
        self._out.ignorableWhitespace("\n")

    def end(self) -> None:
        """What is in the generator's hands goes into the file."""
        self._out.endDocument()

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._out.startElement(name, AttributesImpl({key: xml_text(text) for key, text in attributes.items()}))
