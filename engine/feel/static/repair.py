"""Makes a half-written expression whole: the parser says what it lacks at its end, and that is put there."""

from __future__ import annotations

from typing import Final

from engine.errors import FeelSyntaxError
from engine.feel.syntax import tree
from engine.feel.syntax.parser import parse_expression, parse_unary_tests

#: What the parser wants at the end → what is written there; signs and keywords stand for themselves.
_FILLED: Final = {
    "value": "null",
    "operand": "null",
    "name": "filler_",
    "property": "filler_",
    "type": "Any",
    "at": '""',
    "range end": "]",
    "range sign": "<",
}
_CLOSERS: Final = (")", "]", "}")
_UNREPAIRABLE: Final = frozenset(("end", "argument name"))
#: Deeper half-written expressions are left alone.
_MOST_REPAIRS: Final = 90


class Grammar:
    """How a source is to be read: as an expression or as a cell, with these names known."""

    def __init__(self, names: frozenset[str], properties: frozenset[str], *, cell: bool) -> None:
        self.names = names
        self.properties = properties
        self.cell = cell

    def parse(self, source: str) -> tree.Node | tree.Tests:
        """The tree of a whole source.

        Raises:
            FeelSyntaxError: it does not parse.
        """
        parse = parse_unary_tests if self.cell else parse_expression
        return parse(source, self.names, self.properties)

    def repaired(self, source: str) -> tree.Node | tree.Tests | None:
        """The tree of a source that may end too early; None when it is wrong before its end."""
        text = source
        for _ in range(_MOST_REPAIRS):
            try:
                return self.parse(text)
            except FeelSyntaxError as error:
                if error.position < len(source) or not error.expected:
                    return None
                text = f"{text} {_filling(error.expected)}"
            except RecursionError:
                return None
        return None

    def may_follow(self, source: str, word: str) -> bool:
        """Whether a keyword may stand behind a half-written source."""
        text = f"{source} {word}"
        try:
            self.parse(text)
        except FeelSyntaxError as error:
            return error.position >= len(text) and "end" not in error.expected
        except RecursionError:
            return False
        return False  # a whole expression: then the word was a name in it


def _filling(expected: tuple[str, ...]) -> str:
    wanted = next((each for each in _CLOSERS if each in expected), expected[0])
    return "" if wanted in _UNREPAIRABLE else _FILLED.get(wanted, wanted)
