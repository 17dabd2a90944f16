"""Finds out what surrounds the cursor: a name that stands for it is looked for while the types are inferred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.feel.static import lattice as t
from engine.feel.static.inference import Inference
from engine.feel.static.scope import Found, Level
from engine.feel.static.unary import check_tests
from engine.feel.syntax import tree
from engine.feel.syntax.tree import Span
from engine.feel.values.types import Type

#: The name that is put where the cursor is.
CURSOR: Final = "cursor_2f9d"


class Probe(Inference):
    """An inference that remembers where it met the cursor, and takes likely types for certain."""

    def __init__(self, variables: Mapping[str, Type] | None, named: Mapping[str, Type]) -> None:
        super().__init__(variables, named, guess=True)
        #: The names that the cursor may read with what they mean, where it is a value.
        self.names: dict[str, Found] | None = None
        #: The type before the dot, where the cursor is behind one.
        self.before_dot: Type | None = None
        #: The call of which the cursor is an argument.
        self.call: tree.Call | None = None
        #: The cursor is a type.
        self.is_type = False

    def read(self, name: str, path: tuple[str, ...], span: Span, level: Level) -> Type:
        """Remember the scope in which the cursor is read."""
        if name == CURSOR:
            self.names = {name: self.find(name, level) for name in self.names_in_scope(level)}
            return t.ANY
        return super().read(name, path, span, level)

    def watch_path(self, source: Type, name: str) -> None:
        """Remember what stands before the cursor's dot."""
        if name == CURSOR and self.before_dot is None:
            self.before_dot = source

    def watch_call(self, node: tree.Call, level: Level) -> None:
        """Remember the call around the cursor."""
        if CURSOR in node.names or tree.Name(CURSOR) in node.arguments:
            self.call = node

    def report(self, code: str, span: Span, **words: object) -> None:
        """Half-written text is full of mistakes: nothing is noted but a cursor where a type stands."""
        if code == "unknown_type" and words.get("name") == CURSOR:
            self.is_type = True

    def look(self, node: tree.Node | tree.Tests, tests_of: Type) -> None:
        """Walk a tree that has the cursor in it."""
        if isinstance(node, tree.Tests):
            check_tests(self, node.tests, self.resolve(tests_of), Level())
        else:
            self.type_of(node, Level())
