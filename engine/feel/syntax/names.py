"""Names with spaces and signs: which runs of tokens are one name depends on what is in scope."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from engine.errors import FeelSyntaxError
from engine.feel.syntax.lexer import tokens
from engine.feel.syntax.tokens import Token

#: First token → candidates of two and more tokens, with the name as it was declared.
Candidates: TypeAlias = dict[str, list[tuple[tuple[str, ...], str]]]

KEYWORDS: Final = frozenset(
    {"true", "false", "null", "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or"}
    | {"between", "function"}
)
#: Signs that may stand within a name (grammar rule 30).
SIGNS: Final = frozenset((".", "/", "-", "'", "+", "*"))
_SPACES: Final = re.compile(r"\s+")


def normal(name: str) -> str:
    """A name as it is compared: no space around it, one space for a run of them."""
    return _SPACES.sub(" ", name.strip())


def declare(candidates: Candidates, name: str) -> None:
    """Make a name known, if it has more than one token (others need no help)."""
    if name.isidentifier():
        return  # most names are one word, and a model may have thousands
    try:
        parts = tuple(token.source for token in tokens(name)[:-1])
    except FeelSyntaxError:
        return  # such a name cannot be written in an expression at all
    if len(parts) > 1:
        candidates.setdefault(parts[0], []).append((parts, name))


def candidates_of(names: Iterable[str]) -> Candidates:
    """Candidates of many names."""
    found: Candidates = {}
    for name in names:
        declare(found, name)
    return found


def longest(stream: list[Token], position: int, sources: Iterable[Candidates]) -> tuple[str, int] | None:
    """The longest known name that begins at a token, and how many tokens it takes; inner scopes first."""
    best: tuple[str, int] | None = None
    first = stream[position].source
    for candidates in sources:
        for parts, name in candidates.get(first, ()):
            size = len(parts)
            if (best is None or size > best[1]) and _matches(stream, position, parts):
                best = name, size
    return best


def _matches(stream: list[Token], position: int, parts: tuple[str, ...]) -> bool:
    if position + len(parts) >= len(stream):
        return False
    return all(stream[position + index].source == part for index, part in enumerate(parts))
