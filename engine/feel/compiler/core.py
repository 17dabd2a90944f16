"""Turns a syntax tree into Python closures once, so that an evaluation is nothing but calls."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from engine.feel.limits import Env, Run
from engine.feel.syntax import tree
from engine.feel.values import operations
from engine.feel.values.kinds import FeelFunction, Range
from engine.feel.values.numbers import CONTEXT
from engine.feel.values.paths import path_of
from engine.feel.values.types import Named, Type, conforms, is_known

#: Takes the scope at run time; the outermost one is a Run.
Closure: TypeAlias = Callable[[Any], Any]

#: Built-in functions by name; their registry fills it.
BUILTINS: Final[dict[str, FeelFunction]] = {}
_COMPILERS: Final[dict[type, Callable[[Any, Scope], Closure]]] = {}


class Unit:
    """What is gathered while one expression is compiled."""

    def __init__(self, named_types: Named, shadowing: frozenset[str]) -> None:
        self.weight = 0
        self.free: set[str] = set()
        self.named_types = named_types
        #: Free names that hide a built-in function of the same name.
        self.shadowing = shadowing
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
    if function is None or name in scope.unit.shadowing:
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


@compiles(tree.Negation)
def _negation(node: tree.Negation, scope: Scope) -> Closure:
    if isinstance(node.operand, tree.Constant) and type(node.operand.value) is Decimal:
        value = CONTEXT.minus(node.operand.value)
        return lambda env: value
    operand = compile_node(node.operand, scope)
    return lambda env: operations.negate(operand(env))


#: A power with a fraction takes as long as a hundred sums.
_PRICE_OF_POWER: Final = 16
_ARITHMETIC: Final = {
    "+": operations.add,
    "-": operations.subtract,
    "*": operations.multiply,
    "/": operations.divide,
    "**": operations.raise_to,
}


@compiles(tree.Arithmetic)
def _arithmetic(node: tree.Arithmetic, scope: Scope) -> Closure:
    first = compile_node(node.first, scope)
    rest = [(_ARITHMETIC[sign], compile_node(operand, scope)) for sign, operand in node.rest]
    if node.rest[0][0] == "**":
        return _powers(first, [operand for _, operand in rest])
    if len(rest) == 1 and rest[0][0] is not operations.add:
        operate, second = rest[0]
        return lambda env: operate(first(env), second(env))

    def chain(env: Env) -> Any:
        value = first(env)
        for operate, operand in rest:
            value = operate(value, operand(env))
            if type(value) is str:
                env.run.charge(len(value) // 64)
        return value

    return chain


def _powers(first: Closure, exponents: list[Closure]) -> Closure:
    def power(env: Env) -> Any:
        value = first(env)
        for exponent in exponents:
            env.run.charge(_PRICE_OF_POWER)
            value = operations.raise_to(value, exponent(env))
        return value

    return power


@compiles(tree.Logic)
def _logic(node: tree.Logic, scope: Scope) -> Closure:
    parts = tuple(compile_node(part, scope) for part in node.parts)
    decisive = node.operator == "or"
    if len(parts) == 2:
        return _logic_of_two(*parts, decisive=decisive)
    neutral = not decisive

    def decide(env: Env) -> Any:
        result: bool | None = neutral
        for part in parts:
            value = part(env)
            if value is decisive:
                return decisive
            if value is not neutral:
                result = None
        return result

    return decide


def _logic_of_two(first: Closure, second: Closure, *, decisive: bool) -> Closure:
    neutral = not decisive

    def decide(env: Env) -> Any:
        one = first(env)
        if one is decisive:
            return decisive
        other = second(env)
        if other is decisive:
            return decisive
        return neutral if one is neutral and other is neutral else None

    return decide


@compiles(tree.Comparison)
def _comparison(node: tree.Comparison, scope: Scope) -> Closure:
    return comparer(node.operator, compile_node(node.left, scope), compile_node(node.right, scope))


#: Two numbers, texts or dates are compared as Python compares them; for all others the standard's tables hold.
_OF_A_KIND: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_OF_ANY_KIND: Final[dict[str, Callable[[Any, Any, Run], bool | None]]] = {
    "<": lambda a, b, run: operations.less(a, b),
    "<=": lambda a, b, run: operations.less_or_equal(a, b),
    ">": lambda a, b, run: operations.less(b, a),
    ">=": lambda a, b, run: operations.less_or_equal(b, a),
    "=": operations.equal,
    "!=": operations.differ,
}


def comparer(sign: str, left: Closure, right: Closure) -> Closure:
    """The closure of a comparison of two closures' values."""
    compare, compare_any = _OF_A_KIND[sign], _OF_ANY_KIND[sign]

    def check(env: Env) -> bool | None:
        a, b = left(env), right(env)
        kind = type(a)
        if kind is type(b) and (kind is Decimal or kind is str or kind is date):
            return compare(a, b)
        return compare_any(a, b, env.run)

    return check


@compiles(tree.Between)
def _between(node: tree.Between, scope: Scope) -> Closure:
    value, low, high = (compile_node(part, scope) for part in (node.value, node.low, node.high))
    return lambda env: operations.between(value(env), low(env), high(env))


#: Types that mean nothing without what they hold (DMN 1.5 Table 61: ``instance of list`` is null).
_GENERIC: Final = frozenset(("list", "range", "context", "function"))


@compiles(tree.InstanceOf)
def _instance_of(node: tree.InstanceOf, scope: Scope) -> Closure:
    value = compile_node(node.value, scope)
    wanted, named = node.type, scope.unit.named_types
    if not is_known(wanted, named) or (wanted.name in _GENERIC and not wanted.arguments and wanted.name not in named):
        return lambda env: None

    def check(env: Env) -> bool:
        instance = value(env)
        if instance is None:
            return wanted.name == "Null"
        return conforms(instance, wanted, named, env.run)

    return check


@compiles(tree.Path)
def _path(node: tree.Path, scope: Scope) -> Closure:
    source = compile_node(node.source, scope)
    name = node.name

    def read(env: Env) -> Any:
        value = source(env)
        if type(value) is dict:
            return value.get(name)
        return path_of(value, name, env.run)

    return read


@compiles(tree.RangeLiteral)
def _range(node: tree.RangeLiteral, scope: Scope) -> Closure:
    low = compile_node(node.low, scope) if node.low is not None else None
    high = compile_node(node.high, scope) if node.high is not None else None
    ends = node.low_closed, node.high_closed

    def build(env: Env) -> Range | None:
        start = low(env) if low is not None else None
        end = high(env) if high is not None else None
        if low is None or high is None:
            return None if start is None and end is None else Range(start, end, *ends, one_sided=True)
        if start is None and end is None:
            return None
        if start is not None and end is not None and operations.compare(start, end) is None:
            return None
        return Range(start, end, *ends)

    return build


@compiles(tree.ListLiteral)
def _list(node: tree.ListLiteral, scope: Scope) -> Closure:
    items = tuple(compile_node(item, scope) for item in node.items)
    return lambda env: [item(env) for item in items]


@compiles(tree.ContextLiteral)
def _context(node: tree.ContextLiteral, scope: Scope) -> Closure:
    inner = Scope(scope.unit, scope)
    entries: list[tuple[str, Closure]] = []
    for key, expression in node.entries:
        entries.append((key, compile_node(expression, inner)))
        inner.names.add(key)

    def build(env: Env) -> dict[str, Any]:
        values: dict[str, Any] = {}
        local = Env(env.run, env, values)
        for key, closure in entries:
            values[key] = closure(local)
        return values

    return build


@compiles(tree.Foreign)
def _foreign(node: tree.Foreign, scope: Scope) -> Closure:
    return node.compile(scope)
