"""What somebody types into the search box, as words that must all be there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from engine.search import grams

#: Of a text somebody types; what stands behind is not looked at.
LONGEST: Final = 100
_MOST_WORDS: Final = 8
_WORDS: Final = re.compile(r'["“”„«»「」『』]([^"“”„«»「」『』]*)["“”„«»「」『』]?|([^\s"“”„«»「」『』]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word or phrase that must be in a text."""

    #: Folded, without what stands between its parts.
    text: str
    #: All of these are in an index wherever the word is.
    grams: tuple[str, ...]

    @property
    def certain(self) -> bool:
        """Whether what has the grams has the word."""
        return len(self.grams) == 1 and self.grams[0] == self.text and len(self.text) < grams.LONGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is sought."""

    #: As typed, at its ends trimmed.
    text: str
    words: tuple[Word, ...]

    @property
    def certain(self) -> bool:
        """Whether what has all grams is an answer."""
        return all(word.certain for word in self.words)


def read(text: str) -> Question:
    """The words of a text: they are joined by spaces, those of a phrase stand in quotation marks.

    Every other sign is one that separates: there is no way to ask by signs of the index.
    """
    typed = " ".join(text.replace("\x00", " ").split())[:LONGEST]
    words: dict[str, Word] = {}
    for match in _WORDS.finditer(typed):
        folded = grams.fold(match.group(1) or match.group(2) or "")
        found = grams.sought(folded)
        squeezed = grams.squeezed(folded)
        if found and squeezed:
            words[squeezed] = Word(text=squeezed, grams=tuple(found))
    return Question(text=typed, words=tuple(words.values())[:_MOST_WORDS])
