"""The parser's stream of tokens, its depth, and its scopes of names."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from engine.errors import FeelSyntaxError
from engine.feel.limits import MAX_DEPTH
from engine.feel.syntax import names as naming
from engine.feel.syntax.lexer import tokens
from engine.feel.syntax.names import Candidates
from engine.feel.syntax.problems import complaint, expected, unknown_words
from engine.feel.syntax.tokens import Token
from engine.feel.syntax.tree import Name, Span
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
        raise complaint(stream.source, stream.token.start, "number")
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
            raise self.complaint("complex")
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
            raise self.error(source)

    def expect_end(self) -> None:
        """Nothing may follow."""
        if self.token.kind == "end":
            return
        hint = ("", "")
        before = self.stream[self.position - 1]
        if self.token.kind == "name" and before.kind == "name" and before.source not in naming.KEYWORDS:
            known = (name for names in (*self.scopes, BUILTIN_NAMES) for found in names.values() for _, name in found)
            hint = unknown_words(f"{before.source} {self.token.source}", known)
        raise expected(self.source, self.token, "end", hint=hint)

    def error(self, *wanted: str) -> FeelSyntaxError:
        """What to raise at the position: one of these should stand here (engine.feel.syntax.problems)."""
        return expected(self.source, self.token, *wanted)

    def complaint(self, code: str, it: str = "") -> FeelSyntaxError:
        """What to raise at the position, with a sentence of its own."""
        return complaint(self.source, self.token.start, code, it)

    def since(self, start: int) -> Span:
        """From a character of the source to the end of what was taken last."""
        return start, self.stream[self.position - 1].end if self.position else start

    def enter(self) -> None:
        """One level deeper; the tree may not be deeper than 64."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.complaint("deep")

    def leave(self) -> None:
        """One level up."""
        self.depth -= 1

    def check_links(self, links: int) -> None:
        """A chain that nests to the left (``a.b.c``) may not be deeper than brackets may be."""
        if links > MAX_DEPTH:
            raise self.complaint("chain")

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
            # ``date and time`` without a bracket may also be two variables.
            called = self.stream[self.position + builtin[1]].source == "("
            if called or naming.KEYWORDS.isdisjoint(builtin[0].split()):
                found = builtin
        if found is None:
            return None
        start = self.token.start
        self.position += found[1]
        return Name(found[0], span=self.since(start))

    def property_name(self) -> str:
        """The name after a dot."""
        sources = [*reversed(self.scopes), self.properties, _PROPERTIES]
        if (found := naming.longest(self.stream, self.position, sources)) is not None:
            self.position += found[1]
            return found[0]
        if self.token.kind != "name":
            raise self.error("property")
        return self.advance().source

    def name_until(self, *ends: str) -> str:
        """A new name: all tokens before one of the ends."""
        start = self.position
        if self.stream[start].kind != "name":
            raise self.error("name")
        while self.token.source not in ends or self.token.kind == "text":
            if self.token.kind in ("end", "text") or self.position - start > _MAX_NAME_TOKENS:
                raise self.error(*ends)
            self.advance()
        if start == self.position:
            raise self.error("name")
        return naming.normal(self.source[self.stream[start].start : self.stream[self.position - 1].end])

    def type(self) -> Type:
        """A type, with its arguments."""
        found = naming.longest(self.stream, self.position, [_TYPES, *reversed(self.scopes), self.properties])
        if found is not None:
            self.position += found[1]
            return Type(found[0])
        if self.token.kind != "name":
            raise self.error("type")
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
