"""Compiles what holds other values: paths, ranges, lists, contexts, and parts of decision models."""

from __future__ import annotations

from typing import Any

from engine.feel.compiler.core import Closure, Scope, compile_node, compiles
from engine.feel.limits import Env
from engine.feel.syntax import tree
from engine.feel.values import operations
from engine.feel.values.kinds import Range
from engine.feel.values.paths import path_of


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
