"""The forms that begin with a word, and contexts: what opens a scope of names."""

from __future__ import annotations

from engine.feel.syntax.names import Candidates
from engine.feel.syntax.stream import Stream
from engine.feel.syntax.tree import (
    ContextLiteral,
    For,
    Function,
    If,
    Iterator,
    Node,
    Quantified,
)
from engine.feel.values.types import Type


class SpecialForms(Stream):
    """if, for, some, every, function and ``{…}``; operators are the subclass's work."""

    def binary(self, minimum: int) -> Node:
        """An expression of operators of at least this precedence."""
        raise NotImplementedError

    def expression(self) -> Node:
        """A whole expression, one level deeper."""
        self.enter()
        node = self.binary(1)
        self.leave()
        return node

    def special(self, word: str) -> Node | None:
        """The form that begins with the word; None when it is only a name."""
        if word == "function":
            if self.stream[self.position + 1].source != "(":
                return None
            self.advance()
            return self._function()
        self.advance()
        saved, self.in_range = self.in_range, False
        if word == "if":
            node: Node = self._if()
        else:
            self.scopes.append({})
            node = self._for() if word == "for" else self._quantified(word)
            self.scopes.pop()
        self.in_range = saved
        return node

    def _if(self) -> Node:
        condition = self.expression()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        return If(condition, then, self.expression())

    def _for(self) -> Node:
        iterators = self._iterators()
        self.expect("return")
        return For(iterators, self.expression())

    def _quantified(self, word: str) -> Node:
        iterators = self._iterators()
        self.expect("satisfies")
        return Quantified(word, iterators, self.expression())

    def _iterators(self) -> tuple[Iterator, ...]:
        found: list[Iterator] = []
        while True:
            name = self.name_until("in")
            self.expect("in")
            domain = self.expression()
            end = self.expression() if self.accept("..") else None
            self.declare(name)
            found.append(Iterator(name, domain, end))
            if not self.accept(","):
                return tuple(found)

    def _function(self) -> Node:
        self.expect("(")
        self.scopes.append({})
        parameters: list[tuple[str, Type | None]] = []
        while not self.peek(")"):
            name = self.name_until(",", ":", ")")
            parameters.append((name, self.type() if self.accept(":") else None))
            self.declare(name)
            if not self.accept(","):
                break
        self.expect(")")
        external = self.peek("external") and self.stream[self.position + 1].source == "{"
        if external:
            self.advance()
        body = self.expression()
        self.scopes.pop()
        return Function(tuple(parameters), body, external)

    def context(self) -> Node:
        """``{key: expression, …}``."""
        self.expect("{")
        saved, self.in_range = self.in_range, False
        scope: Candidates = {}
        self.scopes.append(scope)
        entries: list[tuple[str, Node]] = []
        seen: set[str] = set()
        while not self.peek("}"):
            key = self.advance().value if self.token.kind == "text" else self.name_until(":")
            self.expect(":")
            if key in seen:
                raise self.error(f"another key than {key!r} again")
            seen.add(key)
            entries.append((key, self.expression()))
            self.declare(key)
            if not self.accept(","):
                break
        self.expect("}")
        self.scopes.pop()
        self.in_range = saved
        return ContextLiteral(tuple(entries))

    def argument_name(self) -> str | None:
        """The name of an argument that is given by name, or None."""
        index = self.position
        while self.stream[index].kind in ("name", "number"):
            index += 1
        if index == self.position or self.stream[index].source != ":" or self.stream[index].kind == "text":
            return None
        name = self.name_until(":")
        self.expect(":")
        return name
