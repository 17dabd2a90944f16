"""The parser's stream of tokens, its depth, and its scopes of names."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from engine.errors import FeelSyntaxError
from engine.feel.limits import MAX_DEPTH
from engine.feel.syntax import names as naming
from engine.feel.syntax.lexer import Token, tokens
from engine.feel.syntax.names import Candidates
from engine.feel.syntax.tree import Name
from engine.feel.values.numbers import literal
from engine.feel.values.types import Type

PRECEDENCE: Final = {
    "or": 1, "and": 2,
    "=": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "between": 3, "in": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "**": 6,
}  # fmt: skip
FORMS: Final = ("if", "for", "some", "every", "function")
RESERVED: Final = naming.KEYWORDS - {"function"}
#: Names of several words that are known everywhere; the built-in functions are declared by their registry.
BUILTIN_NAMES: Final[Candidates] = {}
_PROPERTIES: Final = naming.candidates_of(("time offset", "start included", "end included"))
_TYPES: Final = naming.candidates_of(
    ("date and time", "date time", "days and time duration", "years and months duration", "day time duration",
     "year month duration")
)  # fmt: skip
_ADVANCE_LIMIT: Final = 20_000
_MAX_NAME_TOKENS: Final = 30


def as_decimal(stream: Stream, text: str) -> Decimal:
    """The number of a literal."""
    value = literal(text)
    if value is None:
        raise stream.error("a number within 10^±6144")
    return value


class Stream:
    """Tokens with a position, a depth that ends, and the names in scope."""

    def __init__(self, source: str, names: Iterable[str], properties: Iterable[str]) -> None:
        self.source = source
        self.stream = tokens(source)
        self.position = 0
        self.depth = 0
        self.filters = 0
        self.in_range = False
        self._advanced = 0
        self.scopes: list[Candidates] = [naming.candidates_of(names)]
        self.properties = naming.candidates_of(properties)

    @property
    def token(self) -> Token:
        """The token at the position."""
        return self.stream[self.position]

    def peek(self, source: str) -> bool:
        """Whether the next token is this sign or word."""
        token = self.stream[self.position]
        return token.source == source and token.kind != "text"

    def advance(self) -> Token:
        """Take a token."""
        self._advanced += 1
        if self._advanced > _ADVANCE_LIMIT:
            raise self.error("something simpler")
        token = self.stream[self.position]
        if token.kind != "end":
            self.position += 1
        return token

    def accept(self, source: str) -> bool:
        """Take the token if it is this one."""
        if self.peek(source):
            self.advance()
            return True
        return False

    def expect(self, source: str) -> None:
        """Take this token, or complain."""
        if not self.accept(source):
            raise self.error(f"'{source}'")

    def expect_end(self) -> None:
        """Nothing may follow."""
        if self.token.kind != "end":
            raise self.error("the end")

    def error(self, expected: str) -> FeelSyntaxError:
        """What to raise at the position."""
        return FeelSyntaxError(self.source, self.token.start, f"expected {expected}")

    def enter(self) -> None:
        """One level deeper; the tree may not be deeper than 64."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FeelSyntaxError(self.source, self.token.start, f"nested deeper than {MAX_DEPTH} levels")

    def leave(self) -> None:
        """One level up."""
        self.depth -= 1

    def check_links(self, links: int) -> None:
        """A chain that nests to the left (``a.b.c``) may not be deeper than brackets may be."""
        if links > MAX_DEPTH:
            raise FeelSyntaxError(self.source, self.token.start, f"a chain of more than {MAX_DEPTH} links")

    def declare(self, name: str) -> None:
        """Make a name known in the innermost scope, and as a property from here on."""
        naming.declare(self.scopes[-1], name)
        naming.declare(self.properties, name)

    def known_name(self) -> Name | None:
        """A name of several words at the position, if one is known."""
        sources = [*reversed(self.scopes)]
        if self.filters:
            sources.append(self.properties)
        found = naming.longest(self.stream, self.position, sources)
        builtin = naming.longest(self.stream, self.position, [BUILTIN_NAMES])
        if builtin is not None and (found is None or builtin[1] > found[1]):
            # As a value it may only be an argument; ``date and time`` may also be two variables.
            after = self.stream[self.position + builtin[1]].source
            if after == "(" or (after in (",", ")") and " and " not in builtin[0]):
                found = builtin
        if found is None:
            return None
        start = self.token.start
        self.position += found[1]
        return Name(found[0], start)

    def property_name(self) -> str:
        """The name after a dot."""
        sources = [*reversed(self.scopes), self.properties, _PROPERTIES]
        if (found := naming.longest(self.stream, self.position, sources)) is not None:
            self.position += found[1]
            return found[0]
        if self.token.kind != "name":
            raise self.error("a name after '.'")
        return self.advance().source

    def name_until(self, *ends: str) -> str:
        """A new name: all tokens before one of the ends."""
        start = self.position
        while self.token.source not in ends or self.token.kind == "text":
            if self.token.kind in ("end", "text") or self.position - start > _MAX_NAME_TOKENS:
                raise self.error(f"a name and '{ends[0]}'")
            self.advance()
        if start == self.position:
            raise self.error("a name")
        return naming.normal(self.source[self.stream[start].start : self.stream[self.position - 1].end])

    def type(self) -> Type:
        """A type, with its arguments."""
        found = naming.longest(self.stream, self.position, [_TYPES, *reversed(self.scopes), self.properties])
        if found is not None:
            self.position += found[1]
            return Type(found[0])
        if self.token.kind != "name":
            raise self.error("a type")
        name = self.advance().source
        while self.accept("."):
            name = f"{name}.{self.property_name()}"
        return self._type_arguments(name)

    def _type_arguments(self, name: str) -> Type:
        if name not in ("list", "range", "context", "function") or not self.accept("<"):
            return Type(name)
        self.enter()
        arguments: list[Type] = []
        keys: list[str] = []
        while not self.peek(">"):
            if name == "context":
                keys.append(self.name_until(":"))
                self.expect(":")
            arguments.append(self.type())
            if not self.accept(","):
                break
        self.expect(">")
        if name == "function":
            self.expect("->")
            arguments.append(self.type())
        self.leave()
        return Type(name, tuple(arguments), tuple(keys))
