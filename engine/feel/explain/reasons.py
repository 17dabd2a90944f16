"""What an explanation says: reasons with a code, a place and a sentence in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from engine.feel.explain.sentences import SENTENCES
from engine.feel.explain.showing import Words
from engine.feel.syntax.tree import Span

Severity: TypeAlias = Literal["cause", "note"]
#: What a sentence's braces stand for: one text for both languages, one for each, or how to find them when it is told.
Facts: TypeAlias = Mapping[str, "str | Words | Callable[[], Words]"]

MAX_REASONS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why one part of a source gave null, or something else than its author may have meant."""

    #: Stable; engine.feel.explain.sentences lists them all.
    code: str
    #: "cause": the result is null because of it. "note": it arose on the way, and was caught or is only surprising.
    severity: Severity
    #: Characters of the source, from and to.
    span: Span
    #: The source between them.
    text: str
    zh: str
    en: str
    #: The values seen, as FEEL writes them, at most 60 characters each; they may be a customer's: mask them for others.
    values: tuple[str, ...] = ()
    #: How often it arose, as a loop may meet it in every round; a node is asked 20 times at most. Sentence and values
    #: are of the first time.
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A value, and why it is what it is."""

    #: What the evaluation gives without being watched; None where it exceeded a limit.
    value: Any
    #: In the order in which they first arose, at most 20; causes are kept before notes.
    reasons: tuple[Reason, ...]
    #: How many more there were.
    omitted: int = 0

    @property
    def causes(self) -> tuple[Reason, ...]:
        """Why the value is null; empty when it is not."""
        return tuple(reason for reason in self.reasons if reason.severity == "cause")

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What else its author may not have meant."""
        return tuple(reason for reason in self.reasons if reason.severity == "note")


@dataclass(slots=True)
class Draft:
    """A reason while the evaluation runs: its sentences are made only when it is kept."""

    #: Of engine.feel.explain.sentences.
    sentence: str
    span: Span
    facts: Facts
    values: tuple[str, ...]

    def reason(self, source: str, severity: Severity, times: int) -> Reason:
        """The reason as it is told."""
        templates = SENTENCES[self.sentence]
        zh, en = (template.format(**self._facts(language)) for language, template in enumerate(templates))
        begin, end = self.span
        return Reason(
            code=self.sentence.partition(":")[0],
            severity=severity,
            span=self.span,
            text=source[begin:end],
            zh=zh,
            en=en,
            values=self.values,
            times=times,
        )

    def _facts(self, language: int) -> dict[str, str]:
        found = {name: fact() if callable(fact) else fact for name, fact in self.facts.items()}
        return {name: fact if isinstance(fact, str) else fact[language] for name, fact in found.items()}
