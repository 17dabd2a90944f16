"""Walks a syntax tree as the compiler does, but asks of each node only which type its value has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from engine.feel.compiler.core import BUILTINS
from engine.feel.static import lattice as t
from engine.feel.static.problems import StaticFinding, finding, hint, nearest
from engine.feel.static.scope import Found, Level, Uses, find, has_local
from engine.feel.syntax import tree
from engine.feel.syntax.tree import Span
from engine.feel.values.types import Type

Rule = Callable[["Inference", Any, Level], Type]
_RULES: Final[dict[type, Rule]] = {}
_MOST_SUGGESTED: Final = 20


def infers(kind: type) -> Callable[[Rule], Rule]:
    """Registers the rule of a kind of node."""

    def register(rule: Rule) -> Rule:
        _RULES[kind] = rule
        return rule

    return register


class Surroundings(Mapping[str, Type]):
    """Names with their types as they are worked with; a type is looked at when somebody reads the name."""

    def __init__(self, variables: Mapping[str, Type], named: Mapping[str, Type]) -> None:
        #: The types as they are given.
        self.written = variables
        self._named = named
        self._known: dict[str, Type] = {}

    def __getitem__(self, name: str) -> Type:
        if name not in self._known:
            self._known[name] = t.resolved(self.written[name], self._named)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self.written

    def __iter__(self) -> Iterator[str]:
        return iter(self.written)

    def __len__(self) -> int:
        return len(self.written)


class Inference:
    """One analysis: what is known of the surroundings, and what was found.

    Args:
        variables: names of the surroundings with their types; None: nothing is known of them.
        named: types that may be named, by their structure.
        closed: there are no other names than the variables.
        guess: take what is likely for certain where an editor wants to offer something.
    """

    def __init__(
        self,
        variables: Mapping[str, Type] | None,
        named: Mapping[str, Type],
        *,
        closed: bool = False,
        guess: bool = False,
    ) -> None:
        self.named = named
        self.closed = closed
        self.guess = guess
        self.variables = None if variables is None else Surroundings(variables, named)
        self.findings: list[StaticFinding] = []
        self.uses = Uses()
        self._suggested = 0
        #: The types that were found, by the node's identity.
        self.known: dict[int, Type] = {}

    def resolve(self, kind: Type) -> Type:
        """A written type as it is worked with."""
        return t.resolved(kind, self.named)

    def type_of(self, node: tree.Node, level: Level) -> Type:
        """The type of a node's value; Any when it is not known, Null when it is always null."""
        kind = self.known[id(node)] = t.bounded(_RULES[type(node)](self, node, level))
        return kind

    def types_of(self, nodes: Iterable[tree.Node], level: Level) -> tuple[Type, ...]:
        """The types of several nodes."""
        return tuple(self.type_of(node, level) for node in nodes)

    def find(self, name: str, level: Level) -> Found:
        """What a name means."""
        return find(name, level, self.variables)

    def is_builtin(self, node: tree.Node, level: Level) -> bool:
        """Whether a called node is the built-in function of its name, unless a name in scope hides it."""
        if not isinstance(node, tree.Name) or node.name in (self.variables or ()):
            return False
        return node.name in BUILTINS and not has_local(node.name, level)

    def report(self, code: str, span: Span, **words: object) -> None:
        """Note a finding."""
        self.findings.append(finding(code, span, **words))

    def suggest(self, name: str, known: Callable[[], Iterable[str]]) -> dict[str, str]:
        """The words that suggest a name instead of an unknown one; the first few mistakes of a source get them."""
        self._suggested += 1
        return hint(nearest(name, known())) if self._suggested <= _MOST_SUGGESTED else {}

    def read(self, name: str, path: tuple[str, ...], span: Span, level: Level) -> Type:
        """The type of a name that is read, which is noted when it is of the surroundings."""
        found = self.find(name, level)
        if found.origin == "local":
            return found.type
        known = self.variables is not None and name in self.variables
        if name in BUILTINS and not known and found.origin == "free":
            return t.FUNCTION if self.closed else t.ANY
        self.uses.add(name, path, span, certain=found.origin == "free")
        if self.closed and not known and found.origin == "free":
            self.report("unknown_name", span, name=name, **self.suggest(name, lambda: self.names_in_scope(level)))
        return found.type

    def watch_path(self, source: Type, name: str) -> None:
        """Called for every path that is read, with the type before the dot; for those who look for one."""

    def watch_call(self, node: tree.Call, level: Level) -> None:
        """Called for every call; for those who look for one."""

    def names_in_scope(self, level: Level) -> dict[str, None]:
        """Every name that may be read at a level, built-in functions aside; inner ones first."""
        found: dict[str, None] = {}
        for each in level.levels():
            if each.item is not None:
                found |= dict.fromkeys(t.entries_of(each.item) or ())
            found |= dict.fromkeys(each.names)
        return found | dict.fromkeys(self.variables or ())


@infers(tree.Constant)
def _constant(walk: Inference, node: tree.Constant, _: Level) -> Type:
    if node.at is not None and node.value is None:
        walk.report("at_literal", node.span, text=node.at)
    return t.of_value(node.value)


@infers(tree.Name)
def _name(walk: Inference, node: tree.Name, level: Level) -> Type:
    return walk.read(node.name, (), node.span, level)


@infers(tree.ListLiteral)
def _list(walk: Inference, node: tree.ListLiteral, level: Level) -> Type:
    return t.list_of(t.join(*walk.types_of(node.items, level)))


@infers(tree.ContextLiteral)
def _context(walk: Inference, node: tree.ContextLiteral, level: Level) -> Type:
    inner = Level(level)
    for key, expression in node.entries:
        inner.names[key] = walk.type_of(expression, inner)
    return t.context_of(inner.names)


@infers(tree.Foreign)
def _foreign(walk: Inference, node: tree.Foreign, level: Level) -> Type:
    walk.types_of(node.parts, level)
    return t.ANY
