"""Why a loop, a filter or a branch gave null, and where one went a way that its author may not have meant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.compiler.flow import elements, steps_between
from engine.feel.explain.operators import facts_of
from engine.feel.explain.reasons import Facts
from engine.feel.explain.recorder import Case, Causes, Seen, explains, joined, remarks
from engine.feel.explain.showing import listed, shown, throwaway_run, type_words
from engine.feel.syntax import tree
from engine.feel.values.kinds import Range
from engine.feel.values.numbers import text, whole
from engine.feel.values.operations import as_number

# --- if


@explains(tree.If)
def _if(case: Case) -> Causes:
    return joined(_condition(case), case.passed(case.node.then, case.node.otherwise))


@remarks(tree.If)
def _if_decided(case: Case) -> None:
    _condition(case)


def _condition(case: Case) -> Causes:
    """An ``if`` whose condition is not a boolean takes the way of else."""
    seen = case.child(case.node.condition)
    if seen is None or isinstance(seen.value, bool):
        return ()
    if seen.value is None:
        return (*seen.causes, case.tell("if_not_boolean:null", seen.node))
    facts: Facts = {"type": type_words(seen.value), "a": shown(seen.value)}
    return (case.tell("if_not_boolean", seen.node, (seen.value,), facts),)


# --- for, some, every


@explains(tree.For)
def _for(case: Case) -> Causes:
    return _domains(case)


def _domains(case: Case) -> Causes:
    """The iterator's domain over which one cannot walk."""
    for iterator in case.node.iterators:
        for seen in case.seen:  # an inner domain is evaluated in every outer round
            if seen.node is iterator.domain and (causes := _domain(case, iterator, seen)):
                return causes
    return ()


def _domain(case: Case, iterator: tree.Iterator, seen: Seen) -> Causes:
    if seen.value is None:
        return seen.causes
    if iterator.end is None:
        return _walk(case, iterator.domain, seen.value)
    end = case.child(iterator.end)
    if end is None or end.value is None:
        return () if end is None else end.causes
    if steps_between(as_number(seen.value), as_number(end.value)) is not None:
        return ()
    span = iterator.domain.span[0], iterator.end.span[1]
    return (case.tell("not_a_list:steps", span, (seen.value, end.value), facts_of(seen.value, end.value)),)


def _walk(case: Case, node: tree.Node, value: Any) -> Causes:
    if not isinstance(value, Range) or steps_between(value.low, value.high) is not None:
        return ()
    return (case.tell("not_a_list", node, (value,), {"a": shown(value)}),)


@explains(tree.Quantified)
def _quantified(case: Case) -> Causes:
    return _domains(case) or _rounds(case)


@remarks(tree.Quantified)
def _quantified_decided(case: Case) -> None:
    _rounds(case)


def _rounds(case: Case) -> Causes:
    """Rounds whose condition is neither true nor false."""
    rounds = [seen for seen in case.seen if seen.node is case.node.condition]
    undecided = [index for index, seen in enumerate(rounds, 1) if not isinstance(seen.value, bool)]
    if not undecided:
        return ()
    told = case.tell("round_not_boolean", case.node.condition, facts={"positions": listed(undecided)})
    return joined(*(seen.causes for seen in rounds), (told,))


# --- lists


@remarks(tree.ListLiteral)
def _list(case: Case) -> None:
    """Which items are null, and why, for who takes one of them."""
    for index, node in enumerate(case.node.items):
        if causes := case.passed(node):
            case.recorder.remember(case.value, str(index), causes)


@remarks(tree.For)
def _for_decided(case: Case) -> None:
    """Which results are null, and why."""
    results = [seen for seen in case.seen if seen.node is case.node.body]
    for index, seen in enumerate(results):
        if seen.causes:
            case.recorder.remember(case.value, str(index), seen.causes)


# --- filters


@explains(tree.Filter)
def _filter(case: Case) -> Causes:
    """Only a position gives null: of no list, beyond the list, or of an item that is null itself."""
    source = case.child(case.node.source)
    index = _position(case)
    if source is None or source.value is None:
        _forgive_probe(case)
        return case.passed(case.node.source)
    if index is None:
        return ()
    if causes := _walk(case, case.node.source, source.value):
        return causes
    items = _items(source.value)
    place = whole(index)
    if place == 0:
        return (case.tell("index_out_of_range:zero", values=(index,)),)
    if place is None or abs(place) > len(items):
        facts: Facts = {"index": text(index) if place is not None else shown(index), "size": str(len(items))}
        return (case.tell("index_out_of_range", values=(index,), facts=facts),)
    known = case.recorder.origin(items, str(place - 1 if place > 0 else len(items) + place))
    return known or (case.tell("null_item", facts={"index": text(index)}),)


def _position(case: Case) -> Decimal | None:
    for seen in case.seen:
        if seen.node is case.node.condition and type(number := as_number(seen.value)) is Decimal:
            return number
    return None


def _items(value: Any) -> list[Any]:
    if isinstance(value, Range):
        return list(elements(value, throwaway_run()) or [])
    return value if type(value) is list else [] if value is None else [value]


def _forgive_probe(case: Case) -> None:
    """An empty list's condition is evaluated once, to see whether it is a position; what it lacked means nothing."""
    for seen in case.seen:
        if seen.node is case.node.condition:
            case.forgive(seen)


@remarks(tree.Filter)
def _filter_decided(case: Case) -> None:
    source = case.child(case.node.source)
    if source is None:
        return
    if source.value is None:
        case.tell("filter_of_null", case.node.source)
    elif isinstance(source.value, Range):
        _walk(case, case.node.source, source.value)
    if not _items(source.value):
        _forgive_probe(case)
        return
    rounds = [seen for seen in case.seen if seen.node is case.node.condition]
    undecided = [
        index for index, seen in enumerate(rounds, 1)
        if not isinstance(seen.value, bool) and type(as_number(seen.value)) is not Decimal
    ]  # fmt: skip
    if undecided:
        case.tell("filter_not_boolean", case.node.condition, facts={"positions": listed(undecided)})
