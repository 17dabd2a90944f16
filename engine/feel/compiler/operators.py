"""Compiles operators: arithmetic, logic, comparison, between, instance of."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from engine.feel.compiler.core import Closure, Scope, compile_node, compiles
from engine.feel.limits import Env, Run
from engine.feel.syntax import tree
from engine.feel.values import operations
from engine.feel.values.numbers import CONTEXT
from engine.feel.values.types import conforms, is_known


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
