"""Rules with a stable code and one sentence in each language, so that a finding reads the same wherever it is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from engine.model import Finding, Severity

if TYPE_CHECKING:
    from engine.bpmn.lint.diagram import Diagram
    from engine.bpmn.lint.world import World

_LONGEST_QUOTE: Final = 80

#: Every rule of the lint by its code.
RULES: Final[dict[str, Rule]] = {}

#: A family of rules: looks at one diagram and says what is wrong in it.
Family: TypeAlias = "Callable[[Diagram, World], Iterable[Finding]]"


class Named(Protocol):
    """Something a finding can point at, with its name for people in both languages."""

    @property
    def id(self) -> str:
        """The XML id."""

    @property
    def zh(self) -> str:
        """Kind, name and id in Chinese."""

    @property
    def en(self) -> str:
        """Kind, name and id in English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What may be wrong. The sentences have ``{it}`` for the element and further words in braces."""

    code: str
    severity: Severity
    zh: str
    en: str

    def at(self, element: str | None, **words: object) -> Finding:
        """Give the finding at an element id (None: the whole file); words fill the sentences in both languages."""
        shown = {name: quote(str(word)) for name, word in words.items()}
        return Finding(
            rule=self.code,
            severity=self.severity,
            element=element,
            zh=self.zh.format(**shown),
            en=self.en.format(**shown),
        )

    def on(self, it: Named, **words: object) -> Finding:
        """Give the finding on a named element, which is ``{it}`` in the sentences."""
        shown = {name: quote(str(word)) for name, word in words.items()}
        return Finding(
            rule=self.code,
            severity=self.severity,
            element=it.id,
            zh=self.zh.format(it=it.zh, **shown),
            en=self.en.format(it=it.en, **shown),
        )


def error(code: str, zh: str, en: str) -> Rule:
    """Declare a rule that refuses a deployment."""
    return _register(Rule(code=code, severity=Severity.ERROR, zh=zh, en=en))


def warning(code: str, zh: str, en: str) -> Rule:
    """Declare a rule that lets a deployment pass but tells its owner."""
    return _register(Rule(code=code, severity=Severity.WARNING, zh=zh, en=en))


def quote(text: str) -> str:
    """Make a text from a file safe to read: short, one line, invisible and direction-changing characters spelt out."""
    shown = "".join(f"[U+{ord(letter):04X}]" if is_hidden(letter) else letter for letter in text[: _LONGEST_QUOTE + 1])
    shown = " ".join(shown.split())
    return shown if len(text) <= _LONGEST_QUOTE else shown[:_LONGEST_QUOTE] + "…"


def is_hidden(letter: str) -> bool:
    """Whether a character cannot be seen or changes the order in which others are seen (new line and tab aside)."""
    return letter not in "\n\r\t" and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co")


def _register(rule: Rule) -> Rule:
    if rule.code in RULES:
        raise ValueError(f"two rules are called {rule.code}")
    RULES[rule.code] = rule
    return rule
