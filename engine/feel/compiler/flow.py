"""Compiles what repeats or branches: if, for, some, every, filters; every round is charged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from engine.feel.compiler.core import Closure, Scope, compile_node, compiles, mentions, weighed
from engine.feel.limits import Env, Run
from engine.feel.syntax import tree
from engine.feel.values.kinds import Range
from engine.feel.values.numbers import whole
from engine.feel.values.operations import as_number
from engine.feel.values.temporal import SORTS, date_at


@compiles(tree.If)
def _if(node: tree.If, scope: Scope) -> Closure:
    condition = compile_node(node.condition, scope)
    then, otherwise = compile_node(node.then, scope), compile_node(node.otherwise, scope)
    return lambda env: then(env) if condition(env) is True else otherwise(env)


def _domain(node: tree.Iterator, scope: Scope) -> Callable[[Env], Iterable[Any] | None]:
    first = compile_node(node.domain, scope)
    if node.end is None:
        return lambda env: elements(first(env), env.run)
    last = compile_node(node.end, scope)
    return lambda env: steps_between(as_number(first(env)), as_number(last(env)))


def elements(value: Any, run: Run) -> Iterable[Any] | None:
    """What an iterator walks over: a list, a closed range of whole numbers or dates, or a single value."""
    if isinstance(value, list):
        return value
    if isinstance(value, Range):
        walk = steps_between(value.low, value.high)
        if walk is None:
            return None
        return [item for item in _charged(walk, run) if _inside(item, value)]
    return None if value is None else [value]


def _inside(item: Any, value: Range) -> bool:
    return (value.low_closed or item != value.low) and (value.high_closed or item != value.high)


def _charged(walk: Iterable[Any], run: Run) -> Iterable[Any]:
    for item in walk:
        run.charge(1)
        yield item


def steps_between(first: Any, last: Any) -> Iterable[Any] | None:
    """``first..last`` upwards or downwards, of whole numbers or of dates; None for anything else."""
    if SORTS.get(type(first)) == "date" and SORTS.get(type(last)) == "date":
        return map(date_at, _from_to(first.toordinal(), last.toordinal()))
    low, high = whole(first), whole(last)
    return None if low is None or high is None else map(Decimal, _from_to(low, high))


def _from_to(first: int, last: int) -> range:
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)


@compiles(tree.For)
def _for(node: tree.For, scope: Scope) -> Closure:
    inner = Scope(scope.unit, scope, ["partial"])
    domains = _iterators(node.iterators, inner)
    body, weight = weighed(node.body, inner)
    reads_partial = mentions(node.body, "partial")

    def loop(env: Env) -> list[Any] | None:
        results: list[Any] = []

        def take(local: Env) -> bool:
            if reads_partial:  # what there is so far, not the list that still grows
                local.run.charge(1 + len(results) // 32)
                local.values["partial"] = results.copy()
            results.append(body(local))
            return True

        local = Env(env.run, env, {"partial": []})
        return results if _walk(domains, 0, local, weight + 1, take) is not None else None

    return loop


def _iterators(nodes: tuple[tree.Iterator, ...], inner: Scope) -> list[tuple[str, Any]]:
    domains = []
    for iterator in nodes:
        domains.append((iterator.name, _domain(iterator, inner)))
        inner.names.add(iterator.name)
    return domains


def _walk(domains: list[tuple[str, Any]], level: int, local: Env, weight: int, take: Any) -> bool | None:
    """Run ``take`` for every combination until it gives False; None when a domain is no domain."""
    name, domain = domains[level]
    items = domain(local)
    if items is None:
        return None
    charge = local.run.charge
    last = level + 1 == len(domains)
    values = dict(local.values)
    for item in items:
        charge(weight)
        values = {**values, name: item}
        round_env = Env(local.run, local.parent, values)
        going = take(round_env) if last else _walk(domains, level + 1, round_env, weight, take)
        if going is not True:
            return going
    return True


@compiles(tree.Quantified)
def _quantified(node: tree.Quantified, scope: Scope) -> Closure:
    inner = Scope(scope.unit, scope)
    domains = _iterators(node.iterators, inner)
    condition, weight = weighed(node.condition, inner)
    decisive = node.quantifier == "some"

    def quantify(env: Env) -> bool | None:
        seen_null = False

        def take(local: Env) -> bool:
            nonlocal seen_null
            value = condition(local)
            seen_null = seen_null or not isinstance(value, bool)
            return value is not decisive

        outcome = _walk(domains, 0, Env(env.run, env, {}), weight + 1, take)
        if outcome is False:
            return decisive
        return None if outcome is None or seen_null else not decisive

    return quantify


@compiles(tree.Filter)
def _filter(node: tree.Filter, scope: Scope) -> Closure:
    source = compile_node(node.source, scope)
    condition, weight = weighed(node.condition, Scope(scope.unit, scope, ["item"], dynamic=True))

    def select(env: Env) -> Any:
        value = source(env)
        run = env.run
        if isinstance(value, Range):
            value = elements(value, run)
        items: list[Any] = value if type(value) is list else [] if value is None else [value]
        kept = []
        for item in items or [None]:
            run.charge(weight)
            answer = as_number(condition(Env(run, env, {"item": item})))
            if type(answer) is Decimal:
                return None if value is None else item_at(items, answer)
            if answer is True and items:
                kept.append(item)
        return kept

    return select


def item_at(items: list[Any], position: Decimal) -> Any:
    """The item at a position from 1, or from -1 backwards; null beyond the list."""
    index = whole(position)
    if index is None or index == 0 or abs(index) > len(items):
        return None
    return items[index - 1 if index > 0 else index]
