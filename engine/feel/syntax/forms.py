"""The forms that begin with a word, and contexts: what opens a scope of names."""

from __future__ import annotations

from engine.feel.syntax import names as naming
from engine.feel.syntax.names import Candidates
from engine.feel.syntax.problems import complaint
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
        node = self.comparison_range() or self.binary(1)
        self.leave()
        return node

    def comparison_range(self) -> Node | None:
        """``< 5`` as a value: a range of one side; None when no comparison stands here."""
        raise NotImplementedError

    def special(self, word: str) -> Node | None:
        """The form that begins with the word; None when it is only a name."""
        start = self.token.start
        if word == "function":
            if self.stream[self.position + 1].source != "(":
                return None
            self.advance()
            return self._function(start)
        self.advance()
        saved, self.in_range = self.in_range, False
        if word == "if":
            node: Node = self._if(start)
        else:
            self.scopes.append({})
            node = self._for(start) if word == "for" else self._quantified(word, start)
            self.scopes.pop()
        self.in_range = saved
        return node

    def _if(self, start: int) -> Node:
        condition = self.expression()
        self.expect("then")
        then = self.expression()
        self.expect("else")
        otherwise = self.expression()
        return If(condition, then, otherwise, span=self.since(start))

    def _for(self, start: int) -> Node:
        iterators = self._iterators()
        self.expect("return")
        body = self.expression()
        return For(iterators, body, span=self.since(start))

    def _quantified(self, word: str, start: int) -> Node:
        iterators = self._iterators()
        self.expect("satisfies")
        condition = self.expression()
        return Quantified(word, iterators, condition, span=self.since(start))

    def _iterators(self) -> tuple[Iterator, ...]:
        found: list[Iterator] = []
        while True:
            start = self.token.start
            name = self.name_until("in")
            self.expect("in")
            domain = self.expression()
            end = self.expression() if self.accept("..") else None
            self.declare(name)
            found.append(Iterator(name, domain, end, span=self.since(start)))
            if not self.accept(","):
                return tuple(found)

    def _function(self, start: int) -> Node:
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
        return Function(tuple(parameters), body, external, span=self.since(start))

    def context(self) -> Node:
        """``{key: expression, …}``."""
        start = self.token.start
        self.expect("{")
        saved, self.in_range = self.in_range, False
        scope: Candidates = {}
        self.scopes.append(scope)
        entries: list[tuple[str, Node]] = []
        seen: set[str] = set()
        while not self.peek("}"):
            at = self.token.start
            if (key := self._key()) in seen:
                raise complaint(self.source, at, "key", repr(key))
            seen.add(key)
            self.expect(":")
            entries.append((key, self.expression()))
            self.declare(key)
            if not self.accept(","):
                break
        self.expect("}")
        self.scopes.pop()
        self.in_range = saved
        return ContextLiteral(tuple(entries), span=self.since(start))

    def _key(self) -> str:
        return self.advance().value if self.token.kind == "text" else self.name_until(":")

    def argument_name(self) -> str | None:
        """The name of an argument that is given by name, or None."""
        index = self.position
        if self.stream[index].kind == "name":
            while self.stream[index].kind in ("name", "number") or self.stream[index].source in naming.SIGNS:
                index += 1
        if index == self.position or self.stream[index].source != ":" or self.stream[index].kind == "text":
            return None
        name = self.name_until(":")
        self.expect(":")
        return name
