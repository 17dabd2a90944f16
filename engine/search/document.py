"""A case or an order as the index sees it: lines of text, and the words by which each is found."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from engine.search import grams
from engine.search.asking import Question

#: Facts that are no text; each with the value behind it.
OPEN: Final = grams.marked("o", "")
CLOSED: Final = grams.marked("c", "")
#: None of its people was in a team when the case was read.
NO_TEAM: Final = grams.marked("n", "")


class LineKind(StrEnum):
    """Who may look for a line, and how."""

    #: Whoever may see the case or order, by any part of it.
    TEXT = "t"
    #: A number that is found only when it is given whole.
    WHOLE = "w"
    #: Personal data: only who may see them unmasked.
    PERSONAL = "p"


class Line(msgspec.Struct, frozen=True, array_like=True):
    """Something that is known, with the words that people call it by."""

    kind: LineKind
    label: str
    text: str
    #: As people see it who may not see it all; empty: as it is.
    shown: str = ""


class Document(msgspec.Struct, frozen=True, array_like=True):
    """All that is found of a case or order."""

    lines: tuple[Line, ...]
    #: Facts by which it is chosen: its state, its process, the people and groups who may see it.
    marks: tuple[str, ...] = ()

    def words(self) -> str:
        """All words of the document, as the index takes them; the same for the same document, whenever."""
        found: dict[str, None] = dict.fromkeys(self.marks)
        for line in self.lines:
            found.update(dict.fromkeys(words_of(line)))
        return grams.indexed(found)

    def packed(self) -> bytes:
        """The document as it is kept."""
        return zlib.compress(_ENCODER.encode(self), 6)

    def has(self, question: Question, *, personal: bool) -> bool:
        """Whether each word stands in some line that may be looked at."""
        texts = [(line.kind, grams.squeezed(grams.fold(line.text))) for line in self.lines]
        return all(
            any(_in(word.text, kind, text) for kind, text in texts if personal or kind is not LineKind.PERSONAL)
            for word in question.words
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDocument:
    """A case with what the index keeps beside its words."""

    key: int
    process_id: str
    #: Microseconds since 1970.
    opened_at: int
    revisions: int
    document: Document


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Document)


def unpacked(body: bytes) -> Document:
    """The document that was packed."""
    return _DECODER.decode(zlib.decompress(body))


def words_of(line: Line) -> tuple[str, ...]:
    """The words of a line; those of personal data bear a sign."""
    if line.kind is LineKind.PERSONAL:
        return tuple(grams.PERSONAL + word for word in grams.grams(grams.fold(line.text)))
    return _whole(line.text) if line.kind is LineKind.WHOLE else _within(line.text)


def _whole(text: str) -> tuple[str, ...]:
    return tuple(grams.whole(grams.fold(text)))


@lru_cache(maxsize=2048)
def _within(text: str) -> tuple[str, ...]:
    """Kept, since the cases of a day share most of theirs: processes, results, shops, goods."""
    return tuple(grams.grams(grams.fold(text)))


def process(process_id: str) -> str:
    """The mark of a process."""
    return grams.marked("p", process_id)


def person(user_id: str) -> str:
    """The mark of somebody who takes part."""
    return grams.marked("u", user_id)


def group(group_id: str) -> str:
    """The mark of a group that has, or had, a task."""
    return grams.marked("g", group_id)


def courier(name: str) -> str:
    """The mark of a courier whose tasks the case has, or had."""
    return grams.marked("k", name)


def people(ids: Iterable[str]) -> list[str]:
    """The marks of all these."""
    return [person(user_id) for user_id in sorted(ids)]


def _in(word: str, kind: LineKind, text: str) -> bool:
    return word == text if kind is LineKind.WHOLE else word in text
