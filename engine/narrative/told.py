"""What a telling consists of: sentences that know their events, gathered by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

#: An event by its instance's key and its number there.
Ref: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the events do not say of a case."""

    case_id: str
    #: Of the process.
    name: str
    #: Aware UTC; how long a case has been open is counted up to here.
    now: datetime
    #: Person → the groups that they belong to.
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence in one language."""

    text: str
    #: The events it tells of, the one that it is about first; never empty.
    refs: tuple[Ref, ...]
    #: When it happened, aware UTC.
    at: datetime
    #: Something failed, was late or was refused.
    bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """What happened on one day of Shanghai."""

    day: date
    heading: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrative:
    """A case told: what it was about in short, then day by day."""

    title: str
    #: Who wanted what, what was decided, what it cost, how long it took, what is open. Their events are told below too.
    summary: tuple[Sentence, ...]
    days: tuple[Paragraph, ...]

    def as_text(self) -> str:
        """The telling as plain text, a line a sentence."""
        lines = [self.title, "", *(sentence.text for sentence in self.summary)]
        for day in self.days:
            lines += ["", day.heading, *(sentence.text for sentence in day.sentences)]
        return "\n".join(lines) + "\n"
