"""Types of what branches or repeats: if, for, some, every, filters."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.feel.static import lattice as t
from engine.feel.static.inference import Inference, infers
from engine.feel.static.scope import Level, is_counter
from engine.feel.syntax import tree
from engine.feel.values.numbers import text, whole
from engine.feel.values.types import Type

_STEPPED: Final = frozenset((t.NUMBER.name, t.DATE.name))
#: Steps from a counter that cannot leave the numbers.
_SMALL: Final = Decimal(10**15)


@infers(tree.If)
def _if(walk: Inference, node: tree.If, level: Level) -> Type:
    check_condition(walk, node.condition, level)
    return t.join(*walk.types_of((node.then, node.otherwise), level))


def check_condition(walk: Inference, node: tree.Node, level: Level) -> None:
    """Report a condition that never holds, since it is never true or false."""
    kind = walk.type_of(node, level)
    if kind != t.NULL and t.BOOLEAN.name not in t.kinds(kind):
        walk.report("condition", node.span, kind_zh=t.chinese(kind), kind_en=t.english(kind))


@infers(tree.For)
def _for(walk: Inference, node: tree.For, level: Level) -> Type:
    inner = Level(level, {"partial": t.LIST})
    walks = _bind(walk, node.iterators, inner)
    if "partial" in (iterator.name for iterator in node.iterators):
        inner.names["partial"] = t.ANY
        inner.counters.discard("partial")
    body = walk.type_of(node.body, inner)
    return t.list_of(body) if walks else t.NULL


@infers(tree.Quantified)
def _quantified(walk: Inference, node: tree.Quantified, level: Level) -> Type:
    inner = Level(level)
    _bind(walk, node.iterators, inner)
    check_condition(walk, node.condition, inner)
    return t.BOOLEAN


def _bind(walk: Inference, iterators: tuple[tree.Iterator, ...], inner: Level) -> bool:
    """Bind the iterators one after the other; False when one has nothing to walk over."""
    walks = True
    for iterator in iterators:
        kind, counts = _iterated(walk, iterator, inner)
        walks = walks and kind is not None
        inner.names[iterator.name] = kind or t.ANY
        inner.counters.discard(iterator.name)
        if counts:
            inner.counters.add(iterator.name)
    return walks


def _iterated(walk: Inference, node: tree.Iterator, level: Level) -> tuple[Type | None, bool]:
    """The type of the items, None when there are none; and whether they are numbers that are never null."""
    first = walk.type_of(node.domain, level)
    if node.end is None:
        items = elements(first)
        if items is None:
            walk.report("iteration", node.domain.span, kind_zh=t.chinese(first), kind_en=t.english(first))
        return items, items == t.NUMBER and first.name == "range"
    kinds = t.kinds(first) & t.kinds(walk.type_of(node.end, level)) & _STEPPED
    if not kinds:
        words = {"kind_zh": f"{t.chinese(first)}区间", "kind_en": f"a range of {t.english(first)}"}
        walk.report("iteration", node.span, **words)
        return None, False
    return t.of_kinds(kinds), kinds == {t.NUMBER.name}


def elements(kind: Type) -> Type | None:
    """What an iterator or a filter takes from a value: items of a list or range, or the value itself."""
    if kind.name == "list":
        return t.argument(kind)
    if kind.name != "range":
        return kind
    end = t.argument(kind)
    kinds = t.kinds(end) & _STEPPED
    return t.of_kinds(kinds) if kinds or end == t.NULL else None


@infers(tree.Filter)
def _filter(walk: Inference, node: tree.Filter, level: Level) -> Type:
    source = walk.type_of(node.source, level)
    item = elements(source) or t.NULL
    inner = Level(level, {"item": item}, item=item)
    condition = walk.type_of(node.condition, inner)
    kinds = t.kinds(condition)
    _check_filter(walk, node, condition)
    if t.NUMBER.name not in kinds:
        return t.list_of(item)
    only_number = kinds == {t.NUMBER.name}
    # A position that is null is no position: then the filter gives an empty list.
    if only_number and (walk.guess or never_null(node.condition, inner)):
        return item
    return t.join(item, t.list_of(item))


def _check_filter(walk: Inference, node: tree.Filter, condition: Type) -> None:
    kinds = t.kinds(condition)
    if condition != t.NULL and t.NUMBER.name not in kinds and t.BOOLEAN.name not in kinds:
        walk.report("filter_condition", node.condition.span, kind_zh=t.chinese(condition), kind_en=t.english(condition))
    position = constant_number(node.condition)
    if position is not None and whole(position) in (None, 0):
        walk.report("index", node.condition.span, text=text(position))


def constant_number(node: tree.Node) -> Decimal | None:
    """The number of a literal, perhaps negated."""
    if isinstance(node, tree.Negation):
        value = constant_number(node.operand)
        return None if value is None else value.copy_negate()
    return node.value if isinstance(node, tree.Constant) and isinstance(node.value, Decimal) else None


def never_null(node: tree.Node, level: Level) -> bool:
    """Whether a number is certainly there: a literal, or a counter of a loop, perhaps with a step."""
    if constant_number(node) is not None:
        return True
    if isinstance(node, tree.Name):
        return is_counter(node.name, level)
    if not isinstance(node, tree.Arithmetic) or not never_null(node.first, level):
        return False
    return all(sign in "+-" and _is_small(operand) for sign, operand in node.rest) and _starts_small(node.first)


def _is_small(node: tree.Node) -> bool:
    value = constant_number(node)
    return value is not None and abs(value) < _SMALL


def _starts_small(node: tree.Node) -> bool:
    return isinstance(node, tree.Name) or _is_small(node)
