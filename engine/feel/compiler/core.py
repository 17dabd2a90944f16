"""Turns a syntax tree into Python closures once, so that an evaluation is nothing but calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from typing import Any, Final, TypeAlias

from engine.feel.limits import Env
from engine.feel.syntax import tree
from engine.feel.values.kinds import FeelFunction
from engine.feel.values.types import Named, Type

#: Takes the scope at run time; the outermost one is a Run.
Closure: TypeAlias = Callable[[Any], Any]

#: Built-in functions by name; their registry fills it.
BUILTINS: Final[dict[str, FeelFunction]] = {}
_COMPILERS: Final[dict[type, Callable[[Any, Scope], Closure]]] = {}


class Unit:
    """What is gathered while one expression is compiled."""

    def __init__(self, named_types: Named, shadowing: frozenset[str], *, functions: bool = True) -> None:
        self.weight = 0
        self.free: set[str] = set()
        self.named_types = named_types
        #: Free names that hide a built-in function of the same name.
        self.shadowing = shadowing
        #: Whether an unset name that is not called may be the built-in function of this name.
        self.functions = functions
        #: Wraps each closure where an evaluation is watched (engine.feel.explain); the normal one is not.
        self.observer: Callable[[tree.Node, Scope, Closure], Closure] | None = None


class Scope:
    """The names of one level at compile time; ``dynamic`` ones (an item in a filter) are known only at run time."""

    def __init__(self, unit: Unit, parent: Scope | None = None, names: Iterable[str] = (), dynamic: bool = False):
        self.unit = unit
        self.parent = parent
        self.names = set(names)
        self.dynamic = dynamic
        #: The outermost scope without names of its own is the run itself.
        self.is_run = parent is None and not self.names


def compiles(kind: type) -> Callable[[Callable[[Any, Scope], Closure]], Callable[[Any, Scope], Closure]]:
    """Registers the compiler of a kind of node."""

    def register(function: Callable[[Any, Scope], Closure]) -> Callable[[Any, Scope], Closure]:
        _COMPILERS[kind] = function
        return function

    return register


def compile_node(node: tree.Node, scope: Scope) -> Closure:
    """The closure of a node; the unit's weight grows by its nodes."""
    scope.unit.weight += 1
    closure = _COMPILERS[type(node)](node, scope)
    observer = scope.unit.observer
    return closure if observer is None else observer(node, scope, closure)


def weighed(node: tree.Node, scope: Scope) -> tuple[Closure, int]:
    """A closure and how many nodes it holds: the price of running it once more."""
    before = scope.unit.weight
    closure = compile_node(node, scope)
    return closure, scope.unit.weight - before


def mentions(node: Any, name: str) -> bool:
    """Whether a name is read anywhere in a tree; an inner ``in`` has a ``?`` of its own."""
    if isinstance(node, tree.Name):
        return node.name == name
    if isinstance(node, tree.In) and name == "?":
        return mentions(node.value, name)
    if isinstance(node, tuple | list):
        return any(mentions(part, name) for part in node)
    if not is_dataclass(node) or isinstance(node, tree.Constant | Type):
        return False
    return any(mentions(getattr(node, each.name), name) for each in fields(node))


@compiles(tree.Constant)
def _constant(node: tree.Constant, _: Scope) -> Closure:
    value = node.value
    return lambda env: value


@compiles(tree.Name)
def _name(node: tree.Name, scope: Scope) -> Closure:
    name = node.name
    dynamic: list[int] = []
    level, hops = scope, 0
    while True:
        if level.dynamic:
            dynamic.append(hops)  # the item's own key wins, even one that is called item
        if name in level.names:
            return _local(name, hops, dynamic)
        if level.parent is None:
            break
        level, hops = level.parent, hops + 1
    scope.unit.free.add(name)
    outer = _free(name, scope)
    return _through_items(name, dynamic, outer) if dynamic else outer


def _free(name: str, scope: Scope) -> Closure:
    """A variable of the surroundings; where there is none, the built-in function of this name."""
    function = BUILTINS.get(name)
    if function is None or name in scope.unit.shadowing or not scope.unit.functions:
        if scope.is_run:
            return lambda env: env.lookup(name)
        return lambda env: env.run.lookup(name)

    def read(env: Env) -> Any:
        value = env.run.lookup(name)
        return function if value is None else value

    return read


def called_builtin(node: tree.Node, scope: Scope) -> FeelFunction | None:
    """The built-in function that a call means, unless a name in scope hides it."""
    if not isinstance(node, tree.Name) or node.name in scope.unit.shadowing:
        return None
    level: Scope | None = scope
    while level is not None:
        if node.name in level.names:
            return None
        level = level.parent
    return BUILTINS.get(node.name)


def _local(name: str, hops: int, dynamic: list[int]) -> Closure:
    if dynamic:
        return _through_items(name, dynamic, _local(name, hops, []))
    if hops == 0:
        return lambda env: env.values.get(name)
    if hops == 1:
        return lambda env: env.parent.values.get(name)

    def read(env: Env) -> Any:
        for _ in range(hops):
            env = env.parent  # type: ignore[assignment]  # the scope says how many there are
        return env.values.get(name)

    return read


def _through_items(name: str, dynamic: list[int], outer: Closure) -> Closure:
    """Reads a key of the items of the filters around, innermost first, then the scope outside."""

    def read(env: Env) -> Any:
        at: Env = env
        hops = 0
        for wanted in dynamic:
            while hops < wanted:
                at = at.parent  # type: ignore[assignment]  # the scope says how many there are
                hops += 1
            item = at.values.get("item")
            if type(item) is dict and name in item:
                return item[name]
        return outer(env)

    return read
