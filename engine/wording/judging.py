"""What of a text is banned, and what in it promises something: pure, by the two lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.wording.words import Phrase, Words, bare


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A phrase of a list that stands in the text."""

    #: As the list has it.
    phrase: str
    #: As the text has it, with the blanks in between.
    found: str
    reason: str
    #: What to say instead, or "".
    proposal: str

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, in Chinese."""
        said = f"“{self.found}”不能对客户说" + (f"({self.reason})" if self.reason else "") + ",请换一种说法"
        return said + (f",例如:{self.proposal}" if self.proposal else "。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a text's check gives; it may go when nothing blocks."""

    blocked: list[Hit] = field(default_factory=list)
    #: Promises: may be said when somebody stands by them.
    warned: list[Hit] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether there is nothing to say about the text."""
        return not self.blocked and not self.warned


def judge(words: Words, text: str, *, context: str = "") -> Findings:
    """Check a text.

    Args:
        words: the lists.
        text: what a customer would read; width, case, blanks and punctuation hide nothing.
        context: presale or aftersale; lines of another context do not count. "": only lines for everywhere.
    """
    seen, places = bare(text)
    if not seen:
        return Findings()
    return Findings(
        blocked=list(_hits(words.banned, text, seen, places, context)),
        warned=list(_hits(words.promises, text, seen, places, context)),
    )


def _hits(lines: Iterable[Phrase], text: str, seen: str, places: list[int], context: str) -> Iterator[Hit]:
    for line in lines:
        if line.context and line.context != context:
            continue
        found = _first(seen, line)
        if found is not None:
            start, end = places[found], places[found + len(bare(line.phrase)[0]) - 1]
            yield Hit(phrase=line.phrase, found=text[start : end + 1], reason=line.reason, proposal=line.proposal)


def _first(seen: str, line: Phrase) -> int | None:
    """Where the phrase stands for itself, not within a harmless word; None: nowhere."""
    sought = bare(line.phrase)[0]
    harmless = [(start, start + len(word)) for word in _bare(line.exceptions) for start in _all(seen, word)]
    for start in _all(seen, sought):
        end = start + len(sought)
        if _cuts_a_number(seen, start, sought):
            continue
        if not any(first <= start and end <= last for first, last in harmless):
            return start
    return None


def _cuts_a_number(seen: str, start: int, sought: str) -> bool:
    """100% is not in 2100%."""
    return start > 0 and sought[0].isdigit() and seen[start - 1].isdigit()


def _bare(texts: Iterable[str]) -> list[str]:
    return [bare(text)[0] for text in texts]


def _all(text: str, sought: str) -> Iterator[int]:
    start = text.find(sought) if sought else -1
    while start >= 0:
        yield start
        start = text.find(sought, start + 1)
