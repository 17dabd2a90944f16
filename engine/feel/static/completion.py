"""What may be written at a position of a half-written expression, for an editor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from engine.feel.limits import MAX_SOURCE
from engine.feel.static import lattice as t
from engine.feel.static import offers
from engine.feel.static.foreign import SEVERAL_WORDS
from engine.feel.static.offers import Completion
from engine.feel.static.probe import CURSOR, Probe
from engine.feel.static.repair import Grammar
from engine.feel.values.types import Type

_NOTHING: Final[Mapping[str, Type]] = MappingProxyType({})
#: Whole texts and comments, so that what is left open at the end shows.
_CLOSED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*\n|/\*.*?\*/|[^"/]+|/(?![/*])', re.DOTALL)
_WORDS: Final = re.compile(r"(?:[^\W\d][\w·]*|\?)?\Z")
_EARLIER: Final = re.compile(r"[^\W\d][\w·]*\s+\Z")
_OPENERS: Final = "([{"
_MOST_WORDS: Final = 6
_MOST_RETRIES: Final = 4


def complete(
    source: str,
    position: int,
    variables: Mapping[str, Type] | None = None,
    *,
    tests_of: Type | None = None,
    named: Mapping[str, Type] = _NOTHING,
) -> list[Completion]:
    """What may stand at a position, best first: names in scope, entries, functions, keywords, types.

    Args:
        source: an expression that may be unfinished or wrong; what stands behind the position is not looked at.
        position: characters before the cursor.
        variables: as for ``describe``.
        tests_of: the type of the cell's input, when the source is a cell.
        named: as for ``describe``.

    Never raises; gives nothing within a text, a comment or a number, and where a new name is to be made up.
    """
    before = source[: max(0, position)]
    if len(before) > MAX_SOURCE or _is_open(before):
        return []
    typed = _WORDS.search(before)
    assert typed is not None  # noqa: S101 (the pattern matches the empty text)
    if not typed.group() and re.search(r"\w\Z", before):
        return []  # within a number
    world = _World(variables, named, tests_of)
    found: dict[str, Completion] = {}
    for start in _starts(before, typed.start()):
        for offer in world.offers(before[:start]):
            word = before[start:]
            if offers.matches(offer.label, word, anywhere=start == typed.start()):
                found.setdefault(offer.label, offer.at(start, len(before)))
    return sorted(found.values(), key=lambda each: offers.rank(each, before[each.start :]))


def _is_open(before: str) -> bool:
    """Whether the text ends within a text or a comment."""
    index = 0
    while index < len(before) and (match := _CLOSED.match(before, index)) is not None:
        index = match.end()
    return index < len(before)


def _starts(before: str, start: int) -> Iterator[int]:
    """Where the name that is being written may begin: at its last word, or at a word before it."""
    yield start
    for _ in range(_MOST_WORDS):
        earlier = _EARLIER.search(before, max(0, start - 80), start)
        if earlier is None:
            return
        start = earlier.start()
        yield start


class _World:
    """What is known around the text."""

    def __init__(self, variables: Mapping[str, Type] | None, named: Mapping[str, Type], tests_of: Type | None) -> None:
        self.variables = variables
        self.named = named
        self.tests_of = tests_of
        known: Mapping[str, Type] = variables or _NOTHING
        properties = t.entry_names((*known.values(), *named.values())) | frozenset(named)
        self.grammar = Grammar(frozenset(known) | SEVERAL_WORDS, properties, cell=tests_of is not None)

    def offers(self, head: str) -> Iterator[Completion]:
        """Everything that may follow a text; when the text is wrong, what follows its innermost open bracket."""
        for _ in range(_MOST_RETRIES):
            probe = self._probe(head)
            if probe is not None:
                yield from offers.of_probe(probe)
                return
            words = list(offers.operators(head, self.grammar))
            yield from words
            inner = _innermost(head)
            if words or inner is None:
                return
            head = inner

    def _probe(self, head: str) -> Probe | None:
        """What surrounds the cursor behind a text; None when no value, name or type can stand there."""
        for text in (f"{head}{CURSOR}", f"{head}{CURSOR}: null"):
            node = self.grammar.repaired(text)
            if node is None:
                continue
            probe = Probe(self.variables, self.named)
            try:
                probe.look(node, self.tests_of or t.ANY)
            except RecursionError:
                return None
            return probe
        return None


def _innermost(head: str) -> str | None:
    """What stands behind the last bracket that is not closed."""
    depth = 0
    for index in range(len(head) - 1, -1, -1):
        if head[index] in ")]}":
            depth += 1
        elif head[index] in _OPENERS:
            if depth == 0:
                return head[index + 1 :]
            depth -= 1
    return None
