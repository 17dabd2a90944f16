"""Types as sets of kinds of values: what two types have in common, what holds both, how people call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.feel.values.types import Type, canonical, conforms

ANY: Final = Type("Any")
NULL: Final = Type("Null")
NUMBER: Final = Type("number")
STRING: Final = Type("string")
BOOLEAN: Final = Type("boolean")
DATE: Final = Type("date")
TIME: Final = Type("time")
DATE_TIME: Final = Type("date and time")
DAYS: Final = Type("days and time duration")
MONTHS: Final = Type("years and months duration")
DURATION: Final = Type("duration")
LIST: Final = Type("list")
CONTEXT: Final = Type("context")
RANGE: Final = Type("range")
FUNCTION: Final = Type("function")

#: What most constants are.
_OF_PYTHON: Final = {Decimal: NUMBER, str: STRING, bool: BOOLEAN, type(None): NULL}
_BOTH_DURATIONS: Final = frozenset((DAYS.name, MONTHS.name))
#: Kind of value → its name in Chinese; the same words as engine.feel.explain has.
_CHINESE: Final = {
    "number": "数字", "string": "文字", "boolean": "真假值", "date": "日期", "time": "时间",
    "date and time": "日期时间", "days and time duration": "时长(天、时、分)",
    "years and months duration": "时长(年、月)", "list": "列表", "context": "记录", "range": "区间",
    "function": "函数", "duration": "时长", "Null": "空值", "Any": "任意值",
}  # fmt: skip
#: The kinds of values there are; null is none of them, since it is of every type.
KINDS: Final = frozenset(_CHINESE) - {"duration", "Null", "Any"}
#: Kinds that have an order (DMN 1.5 Table 54).
ORDERED: Final = frozenset((NUMBER.name, STRING.name, DATE.name, TIME.name, DATE_TIME.name)) | _BOTH_DURATIONS
#: Deeper and larger types are cut: one name read twice doubles a type, and a source may do so a hundred times.
_DEEPEST: Final = 8
_LARGEST: Final = 1000
#: Lists of lists that a sentence spells out.
_MOST_LISTS: Final = 2

Entries = dict[str, Type]


def kinds(kind: Type) -> frozenset[str]:
    """The kinds that a type's values may have; none for Null."""
    if kind.name == "Any":
        return KINDS
    if kind.name == "duration":
        return _BOTH_DURATIONS
    return frozenset((kind.name,)) & KINDS


def of_kinds(names: Iterable[str]) -> Type:
    """The narrowest type of values of these kinds; Null for none."""
    found = frozenset(names)
    if not found:
        return NULL
    if found == _BOTH_DURATIONS:
        return DURATION
    return Type(next(iter(found))) if len(found) == 1 else ANY


def list_of(element: Type) -> Type:
    """The type of lists of such elements."""
    return LIST if element == ANY else Type("list", (element,))


def range_of(end: Type) -> Type:
    """The type of ranges between such ends."""
    return RANGE if end == ANY else Type("range", (end,))


def context_of(entries: Mapping[str, Type]) -> Type:
    """The type of contexts with these entries."""
    return Type("context", tuple(entries.values()), tuple(entries))


def entries_of(kind: Type) -> Entries | None:
    """The entries of a context's type; None when they are not known."""
    return dict(zip(kind.keys, kind.arguments, strict=True)) if kind.name == "context" and kind.keys else None


def argument(kind: Type) -> Type:
    """The element type of a list or range type, Any when it is not known."""
    return kind.arguments[0] if kind.arguments and kind.name in ("list", "range") else ANY


def item_of(kind: Type) -> Type:
    """The items of a value that may also be one item alone: ``list<T>`` gives T, a T gives T itself."""
    return argument(kind) if kind.name == "list" else kind


def join(*types: Type) -> Type:
    """The narrowest type that holds the values of all; Null for none, Any when they have nothing in common."""
    joined = NULL
    for kind in types:
        joined = _join(joined, kind)
    return joined


def _join(one: Type, other: Type) -> Type:
    if one == other or other == NULL:
        return one
    if one == NULL:
        return other
    if (first := kinds(one)) != (second := kinds(other)):
        return DURATION if first | second == _BOTH_DURATIONS else ANY
    if one.name == "list":
        return list_of(_join(argument(one), argument(other)))
    if one.name == "range":
        return range_of(_join(argument(one), argument(other)))
    if one.name == "context":
        return _join_contexts(one, other)
    return Type(one.name)


def _join_contexts(one: Type, other: Type) -> Type:
    """Contexts of the same entries keep them; of others nothing is known, as some would be missing in one."""
    mine, theirs = entries_of(one), entries_of(other)
    if mine is None or theirs is None or mine.keys() != theirs.keys():
        return CONTEXT
    return context_of({key: _join(kind, theirs[key]) for key, kind in mine.items()})


def resolved(kind: Type, named: Mapping[str, Type]) -> Type:
    """A type as it is worked with here: standard names, named types by their structure, Any for what is unknown."""
    return _resolved(kind, named, 0, {})


def _resolved(kind: Type, named: Mapping[str, Type], depth: int, known: dict[tuple[int, int], Type]) -> Type:
    """As above; a type may hold another many times over, so each is looked at once on a level."""
    if depth > _DEEPEST:
        return ANY
    key = id(kind), depth
    if key not in known:
        known[key] = _resolved_once(kind, named, depth, known)
    return known[key]


def _resolved_once(kind: Type, named: Mapping[str, Type], depth: int, known: dict[tuple[int, int], Type]) -> Type:
    if kind.name in named:
        return _resolved(named[kind.name], named, depth + 1, known)
    name = canonical(kind.name)
    if name not in _CHINESE:
        return ANY
    arguments = tuple(_resolved(each, named, depth + 1, known) for each in kind.arguments)
    if name in ("list", "range") and arguments[:1] == (ANY,):
        arguments = ()
    return Type(name, arguments, kind.keys)


def bounded(kind: Type) -> Type:
    """The type itself, or only its kind when it is very large."""
    if not kind.arguments:
        return kind
    size = 0
    waiting = [kind]
    while waiting:
        each = waiting.pop()
        size += 1
        if size > _LARGEST:
            return Type(kind.name)
        waiting += each.arguments
    return kind


def is_known(kind: Type, named: Mapping[str, Type]) -> bool:
    """Whether a written type and its arguments exist."""
    exists = kind.name in named or canonical(kind.name) in _CHINESE
    return exists and all(is_known(each, named) for each in kind.arguments)


def of_value(value: Any) -> Type:
    """The type of a constant."""
    known = _OF_PYTHON.get(type(value))
    if known is not None:
        return known
    return next((Type(name) for name in KINDS if conforms(value, Type(name))), NULL)


def entry_names(types: Iterable[Type]) -> frozenset[str]:
    """The names of all entries in types, however deep."""
    found: set[str] = set()
    waiting = [kind for kind in types if kind.arguments]
    seen: set[int] = set()
    while waiting:
        kind = waiting.pop()
        if id(kind) not in seen:
            seen.add(id(kind))
            found.update(kind.keys)
            waiting += [each for each in kind.arguments if each.arguments]
    return frozenset(found)


def chinese(kind: Type, lists: int = 0) -> str:
    """A type in Chinese, for a sentence."""
    if kind.name == "list" and kind.arguments and kind.arguments[0] != NULL and lists < _MOST_LISTS:
        return f"{chinese(kind.arguments[0], lists + 1)}的列表"
    return _CHINESE.get(kind.name, kind.name)


def english(kind: Type, lists: int = 0) -> str:
    """A type in English, for a sentence."""
    if kind.name == "list" and kind.arguments and kind.arguments[0] != NULL and lists < _MOST_LISTS:
        return f"list of {english(kind.arguments[0], lists + 1)}"
    return "null" if kind.name == "Null" else "anything" if kind.name == "Any" else kind.name


def text(kind: Type) -> str:
    """A type as FEEL writes it."""
    if not kind.arguments:
        return kind.name
    if kind.name == "function":
        *parameters, result = map(text, kind.arguments)
        return f"function<{', '.join(parameters)}> -> {result}"
    if kind.keys:
        inside = ", ".join(f"{key}: {text(each)}" for key, each in zip(kind.keys, kind.arguments, strict=True))
        return f"context<{inside}>"
    return f"{kind.name}<{', '.join(map(text, kind.arguments))}>"
