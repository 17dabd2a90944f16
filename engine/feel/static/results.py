"""What built-in functions give where that depends on their arguments; other results stand in the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from engine.feel.static import lattice as t
from engine.feel.static.catalogue import CATALOGUE
from engine.feel.static.constants import UNKNOWN, constant
from engine.feel.static.inference import Inference
from engine.feel.syntax import tree
from engine.feel.syntax.tree import Span
from engine.feel.values.types import Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A call's arguments in order; what was left out is None, of type Null."""

    walk: Inference
    name: str
    nodes: tuple[tree.Node | None, ...]
    types: tuple[Type, ...]
    span: Span

    @property
    def items(self) -> Type:
        """The items of a list that may also be given as single arguments."""
        return t.item_of(self.types[0]) if len(self.types) == 1 else t.join(*self.types)

    def one_of(self, kinds: frozenset[str], told: frozenset[str] | None = None) -> Type:
        """The items as far as they are of these kinds; reported when none can be, as kinds to write instead."""
        found = t.kinds(self.items) & kinds
        if not found and self.items != t.NULL:
            self.wrong(0, told or kinds, self.items)
        return t.of_kinds(found)

    def wrong(self, position: int, wanted: frozenset[str], found: Type) -> None:
        """Report an argument of none of the wanted kinds."""
        parameter = _parameter_name(self.name, position)
        words = {
            "wanted_zh": "或".join(t.chinese(Type(name)) for name in sorted(wanted)),
            "wanted_en": " or ".join(t.english(Type(name)) for name in sorted(wanted)),
            "kind_zh": t.chinese(found),
            "kind_en": t.english(found),
        }
        node = self.nodes[position] if position < len(self.nodes) else None
        self.walk.report(
            "argument_type", node.span if node else self.span, name=self.name, parameter=parameter, **words
        )


def _parameter_name(name: str, position: int) -> str:
    parameters = CATALOGUE[name].signatures[0].parameters
    return parameters[min(position, len(parameters) - 1)].name


Rule = Callable[[Given], Type]
RULES: Final[dict[str, Rule]] = {}
_LENGTHS: Final = frozenset((t.DAYS.name, t.MONTHS.name))
_SUMMED: Final = t.ORDERED - {t.STRING.name}
#: Relations of which one side must be a range: which one.
_RANGE_SIDE: Final = {"finishes": 1, "finished by": 0, "starts": 1, "started by": 0, "includes": 0, "during": 1}


def result(*names: str) -> Callable[[Rule], Rule]:
    """Registers the rule of built-in functions."""

    def register(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


@result("min", "max")
def _extreme(given: Given) -> Type:
    return given.one_of(t.ORDERED)


@result("sum")
def _sum(given: Given) -> Type:
    return given.one_of(_SUMMED, _LENGTHS | {t.NUMBER.name})


@result("mean")
def _mean(given: Given) -> Type:
    return given.one_of(_LENGTHS | {t.NUMBER.name})


@result("product", "median", "stddev")
def _number(given: Given) -> Type:
    return given.one_of(frozenset((t.NUMBER.name,)))


@result("abs")
def _abs(given: Given) -> Type:
    return t.of_kinds(t.kinds(given.types[0]) & (_LENGTHS | {t.NUMBER.name}))


@result("duration")
def _duration(given: Given) -> Type:
    kinds = t.kinds(given.types[0])
    return given.types[0] if kinds and kinds <= _LENGTHS else t.DURATION


@result("sublist", "remove", "reverse", "distinct values", "duplicate values", "sort")
def _same_items(given: Given) -> Type:
    return t.list_of(t.item_of(given.types[0]))


@result("append")
def _append(given: Given) -> Type:
    return t.list_of(t.join(t.item_of(given.types[0]), *given.types[1:]))


@result("insert before", "list replace")
def _with_item(given: Given) -> Type:
    return t.list_of(t.join(t.item_of(given.types[0]), given.types[2]))


@result("concatenate", "union")
def _concatenate(given: Given) -> Type:
    return t.list_of(t.join(*map(t.item_of, given.types)))


@result("flatten")
def _flatten(given: Given) -> Type:
    kind = given.types[0]
    while kind.name == "list":
        kind = t.argument(kind)
    return t.list_of(kind)


@result("partition")
def _partition(given: Given) -> Type:
    return t.list_of(t.list_of(t.item_of(given.types[0])))


@result("get or else")
def _get_or_else(given: Given) -> Type:
    return t.join(*given.types)


@result("assert")
def _assert(given: Given) -> Type:
    return given.types[0]


@result("get entries")
def _get_entries(given: Given) -> Type:
    entries = t.entries_of(given.types[0])
    value = t.ANY if entries is None else t.join(*entries.values())
    return t.list_of(t.context_of({"key": t.STRING, "value": value}))


@result("get value")
def _get_value(given: Given) -> Type:
    key = constant(given.nodes[1])
    keys = key if isinstance(key, list) else [key]
    kind = given.types[0]
    for each in keys:
        entries = t.entries_of(kind)
        if entries is None or not isinstance(each, str):
            return t.ANY
        if each not in entries:
            given.walk.report("unknown_entry", _span(given, 1), name=each, **given.walk.suggest(each, entries.keys))
            return t.ANY
        kind = entries[each]
    return kind


def _span(given: Given, position: int) -> Span:
    node = given.nodes[position]
    return given.span if node is None else node.span


@result("context put")
def _context_put(given: Given) -> Type:
    key = constant(given.nodes[1])
    keys = key if isinstance(key, list) else [key]
    return _put(given.types[0], keys, given.types[2]) if keys and UNKNOWN not in keys else t.CONTEXT


def _put(kind: Type, keys: list[object], value: Type) -> Type:
    entries = t.entries_of(kind)
    if entries is None or not isinstance(keys[0], str):
        return t.CONTEXT
    # Below a null entry a new context begins, so of an inner context nothing is certain.
    return t.context_of({**entries, keys[0]: value if len(keys) == 1 else t.CONTEXT})


@result("context merge")
def _context_merge(given: Given) -> Type:
    only = given.nodes[0] if len(given.nodes) == 1 else None
    if isinstance(only, tree.ListLiteral):  # its element type is what all have in common; here each counts
        return _merged([given.walk.known[id(item)] for item in only.items])
    if len(given.types) == 1 and given.types[0].name == "list":
        return t.CONTEXT  # perhaps an empty list
    return _merged(given.types)


def _merged(kinds: Iterable[Type]) -> Type:
    merged: t.Entries = {}
    for kind in kinds:
        if (entries := t.entries_of(kind)) is None:
            return t.CONTEXT
        merged |= entries
    return t.context_of(merged)


def _relation(given: Given) -> Type:
    side = _RANGE_SIDE[given.name]
    kind = given.types[side]
    if kind != t.NULL and t.RANGE.name not in t.kinds(kind):
        given.wrong(side, frozenset((t.RANGE.name,)), kind)
        return t.NULL
    return t.BOOLEAN


RULES.update(dict.fromkeys(_RANGE_SIDE, _relation))
