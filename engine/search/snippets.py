"""Where in a case or order the words were found, as people may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.search import grams
from engine.search.asking import Question, Word
from engine.search.document import Document, Line, LineKind

#: Characters before and behind the first word found.
_AROUND: Final = 18
_MOST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a text; ``found`` when it is what was sought."""

    text: str
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A line with what was found in it; of personal data only its masked form."""

    label: str
    pieces: tuple[Piece, ...]
    masked: bool = False


def snippets(document: Document, question: Question, *, personal: bool) -> tuple[Snippet, ...]:
    """The lines in which the words stand, each line once, texts before numbers before personal data."""
    lines = [line for line in document.lines if personal or line.kind is not LineKind.PERSONAL]
    chosen: dict[Line, list[Word]] = {}
    for word in question.words:
        line = next((line for line in lines if _stands_in(word, line)), None)
        if line is not None:
            chosen.setdefault(line, []).append(word)
    return tuple(_snippet(line, words) for line, words in list(chosen.items())[:_MOST])


def _stands_in(word: Word, line: Line) -> bool:
    text = grams.squeezed(grams.fold(line.text))
    return word.text == text if line.kind is LineKind.WHOLE else word.text in text


def _snippet(line: Line, words: Sequence[Word]) -> Snippet:
    if line.shown:
        masked = line.shown != line.text
        return Snippet(label=line.label, pieces=(Piece(text=line.shown, found=not masked),), masked=masked)
    return Snippet(label=line.label, pieces=pieces(line.text, [word.text for word in words]))


def pieces(text: str, words: Sequence[str]) -> tuple[Piece, ...]:
    """A text around the first place where a word stands, cut where words begin and end.

    Args:
        text: as people wrote it.
        words: folded, without what stands between their parts.
    """
    places = _places(text, words)
    first = places[0][0] if places else 0
    begin = 0 if first <= _AROUND else first - _AROUND
    end = min(len(text), (places[0][1] if places else 0) + 2 * _AROUND)
    found: list[Piece] = [Piece(text="…", found=False)] if begin else []
    at = begin
    for start, stop in places:
        if start < at or stop > end:
            continue
        if start > at:
            found.append(Piece(text=text[at:start], found=False))
        found.append(Piece(text=text[start:stop], found=True))
        at = stop
    rest = text[at:end] + ("…" if end < len(text) else "")
    return (*found, *([Piece(text=rest, found=False)] if rest else []))


def _places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words stand in the text as it was written, the first place of each first."""
    squeezed: list[str] = []
    origin: list[int] = []
    for position, character in enumerate(text):
        for part in grams.folded(character):
            if part.isalnum():
                squeezed.append(part)
                origin.append(position)
    whole = "".join(squeezed)
    found = []
    for word in words:
        at = whole.find(word)
        while at >= 0:
            found.append((origin[at], origin[at + len(word) - 1] + 1))
            at = whole.find(word, at + len(word))
    return sorted(found)
