"""Why a built-in function gave null although it took its arguments: what each of them wants of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.feel.compiler.core import BUILTINS
from engine.feel.explain.operators import facts_of
from engine.feel.explain.paths import no_entry
from engine.feel.explain.reasons import Facts
from engine.feel.explain.recorder import Case, Causes
from engine.feel.explain.sentences import FORMS
from engine.feel.explain.showing import TYPES, Words, shown, throwaway_run, type_name, type_words
from engine.feel.syntax import tree
from engine.feel.values.kinds import Range
from engine.feel.values.numbers import text, whole
from engine.feel.values.operations import as_number, compare


@dataclass(frozen=True, slots=True)
class Given:
    """A call of a built-in function: its arguments in order, and what functions that it called gave."""

    case: Case
    name: str
    values: list[Any]
    nodes: list[Any]
    verdicts: list[Any]

    def tell(self, sentence: str, at: int | None = None, values: tuple[Any, ...] = (), **facts: Any) -> Causes:
        """A reason at an argument, or (None) at the call."""
        node = None if at is None or at >= len(self.nodes) else self.nodes[at]
        return (self.case.tell(sentence, node, values, {"name": self.name, **facts}),)

    def items(self) -> list[Any]:
        """The list that all arguments make up, or that the only one is."""
        return self.values if self.single else self.values[0]

    @property
    def single(self) -> bool:
        """Whether the items of the list are given as single arguments."""
        return len(self.values) != 1 or not isinstance(self.values[0], list)

    def item(self, sentence: str, index: int, item: Any, wanted: Words) -> Causes:
        """An item that the function cannot use, and if it is null what made it so."""
        by_itself = self.single and self.name not in _OF_ONE_LIST
        at = index if by_itself else 0
        facts: Facts = {"wanted": wanted, "index": str(index + 1), "type": type_words(item), "a": shown(item)}
        if item is not None:
            return self.tell(sentence, at, (item,), **facts)
        if by_itself and not isinstance(self.nodes[at], tree.Constant):
            return self.case.passed(self.nodes[at])
        known = self.case.recorder.origin(self.values[0], str(index))
        return (*known, *self.tell("item_type:null", at, (self.values[0],), **facts))


#: Functions whose first parameter is the list; others follow it.
_OF_ONE_LIST: Final = ("sort", "string join", "context")
_Why = Callable[[Given], Causes]


def why_function(given: Given) -> Causes:
    """What the function wants and did not get; nothing when this module does not know it."""
    explain = _FUNCTIONS.get(given.name)
    return () if explain is None else explain(given)


# --- conversions and time


def _clock(given: Given) -> Causes:
    return given.tell("no_clock") if given.case.run.now is None else ()


def _text(given: Given) -> Causes:
    """A text that does not have the form, or exists in it only on paper (2026-02-30)."""
    value = given.values[0]
    wanted, form = FORMS[given.name]
    if isinstance(value, str):
        return given.tell("invalid_value:form", 0, (value,), a=shown(value), wanted=wanted, form=form)
    if given.name == "date" and len(given.values) == 3 and all(type_name(each) == "number" for each in given.values):
        return given.tell("invalid_value:day", a=shown(value), b=shown(given.values[1]), c=shown(given.values[2]))
    return _unfit(given, 0, "from", wanted) if len(given.values) == 1 else ()


def _unfit(given: Given, at: int, parameter: str, wanted: Words) -> Causes:
    """A parameter that is declared to take anything does not."""
    value = given.values[at]
    if value is None:
        return ()
    facts: Facts = {"parameter": parameter, "wanted": wanted, "type": type_words(value), "a": shown(value)}
    return given.tell("argument_type", at, (value,), **facts)


def _days(given: Given) -> Causes:
    """Days; a text that looks like one is none."""
    parameters = ("from", "to") if given.name == "years and months duration" else ("date",)
    for at, (parameter, value) in enumerate(zip(parameters, given.values, strict=False)):
        if type_name(value) not in ("date", "date and time"):
            return _unfit(given, at, parameter, ("日期或日期时间", "date or date and time"))
    return ()


# --- texts


def _pattern(given: Given) -> Causes:
    """The pattern is at fault when it means nothing for an empty text either."""
    at = _FLAGS.get(given.name, len(given.values))
    pattern, flags = given.values[1], given.values[at] if at < len(given.values) else None
    if BUILTINS["matches"].call(throwaway_run(), "", pattern, flags) is not None:
        return ()
    return given.tell("invalid_value:pattern", 1, (pattern,), a=shown(pattern))


_FLAGS: Final = {"matches": 2, "replace": 3}


def _substring(given: Given) -> Causes:
    string, start = given.values[0], as_number(given.values[1])
    if isinstance(string, str) and type(start) is Decimal:
        first = whole(start)
        if first == 0 or (first is not None and abs(first) > len(string)):
            return given.tell("index_out_of_range:text", 1, (start,), index=shown(start), size=str(len(string)))
    return _count(given, 2)


def _count(given: Given, at: int) -> Causes:
    """A length or a size, which is a whole number from 1."""
    value = as_number(given.values[at]) if at < len(given.values) else None
    if type(value) is not Decimal or (whole(value) or 0) >= 1:
        return ()
    return given.tell("invalid_value:whole", at, (value,), a=shown(value), least="1")


def _joined(given: Given) -> Causes:
    return _first_item(given, given.values[0], lambda item: item is None or isinstance(item, str), "string")


# --- lists


def _first_item(given: Given, items: Any, fits: Callable[[Any], bool], wanted: str) -> Causes:
    """The first item that does not fit."""
    for index, item in enumerate(_as_items(items)):
        if not fits(item):
            return given.item("item_type", index, item, TYPES[wanted])
    return ()


def _items_of(wanted: str) -> _Why:
    def explain(given: Given) -> Causes:
        items = given.items()
        if not items:
            return given.tell("empty_list", 0)
        told = _first_item(given, items, lambda item: type_name(item) == wanted, wanted)
        if told or given.name != "stddev":
            return told
        return given.tell("invalid_value:number", 0, (items,), a=shown(items))

    return explain


def _together(given: Given) -> Causes:
    """min, max, sum, mean, sort: items that compare with each other."""
    items = given.items() if given.name != "sort" else given.values[0]
    if given.name != "sort" and not items:
        return given.tell("empty_list", 0)
    if given.name == "sort" and len(given.values) > 1:
        return _verdict(given)
    first = next((item for item in _as_items(items) if item is not None), None)
    summed = given.name in ("sum", "mean")
    for index, item in enumerate(_as_items(items)):
        if item is None or compare(item, first) is None or (summed and isinstance(item, str)):
            sentence = "item_type:summed" if summed else "item_type:mixed"
            return given.item(sentence, index, item, TYPES[type_name(first) or "number"])
    return ()


def _as_items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]


def _verdict(given: Given) -> Causes:
    wrong = next((verdict for verdict in given.verdicts if not isinstance(verdict, bool)), True)
    return () if wrong is True else given.tell("verdict_not_boolean", 1, (wrong,), a=shown(wrong))


def _at(given: Given) -> Causes:
    """A position in a list."""
    items, position = given.values[0], as_number(given.values[1])
    if given.verdicts:
        return _verdict(given)
    if type(position) is not Decimal:
        return ()
    index, size = whole(position), len(items) if isinstance(items, list) else 1
    if index == 0:
        return given.tell("index_out_of_range:zero", 1, (position,))
    if index is None or abs(index) > size:
        return given.tell("index_out_of_range", 1, (position,), index=shown(position), size=str(size))
    if given.name != "sublist" or len(given.values) < 3 or (told := _count(given, 2)):
        return told if given.name == "sublist" and len(given.values) > 2 else ()
    words = {"index": text(position), "count": shown(given.values[2]), "size": str(size)}
    return given.tell("index_out_of_range:length", 2, (given.values[2],), **words)


def _lists(given: Given) -> Causes:
    items = given.items()
    return _first_item(given, items, lambda item: item is not None, "list")


# --- contexts


def _get(given: Given) -> Causes:
    context, key = given.values[0], given.values[1]
    for step in key if isinstance(key, list) else [key]:
        if not isinstance(context, dict) or not isinstance(step, str):
            return ()
        if step not in context:
            return (no_entry(given.case, context, step, ("记录", "the context")),)
        if context[step] is None:
            return given.tell("null_entry", 1, name=shown(step))
        context = context[step]
    return ()


def _context(given: Given) -> Causes:
    seen: set[str] = set()
    for index, entry in enumerate(_as_items(given.values[0]), 1):
        if not isinstance(entry, dict) or "value" not in entry or not isinstance(entry.get("key"), str):
            return given.tell("invalid_value:pair", 0, (entry,), index=str(index), a=shown(entry))
        if entry["key"] in seen:
            return given.tell("invalid_value:twice", 0, (entry["key"],), a=shown(entry["key"]))
        seen.add(entry["key"])
    return ()


def _contexts(given: Given) -> Causes:
    return _first_item(given, given.items(), lambda item: isinstance(item, dict), "context")


# --- numbers


def _modulo(given: Given) -> Causes:
    return given.tell("division_by_zero:modulo", 1, tuple(given.values)) if not as_number(given.values[1]) else ()


def _domain(given: Given) -> Causes:
    value = given.values[0]
    return () if value is None else given.tell("invalid_value:number", 0, (value,), a=shown(value))


# --- ranges


def _relation(given: Given) -> Causes:
    """Ends that have no order; where they have one, a point stands where only a range may."""
    if None in given.values or len(given.values) != 2:
        return ()
    side = _RANGE_SIDE.get(given.name)
    if side is not None and not isinstance(given.values[side], Range):
        return _unfit(given, side, f"range{side + 1}", TYPES["range"])
    left, right = (value.low if isinstance(value, Range) else value for value in given.values)
    if left is None or right is None or compare(left, right) is not None:
        return ()
    return given.tell("not_comparable", None, tuple(given.values), **facts_of(left, right, hint=("", "")))


#: Relations of which one side must be a range: which one.
_RANGE_SIDE: Final = {"finishes": 1, "finished by": 0, "starts": 1, "started by": 0, "includes": 0, "during": 1}
_RELATIONS: Final = (
    "before", "after", "meets", "met by", "overlaps", "overlaps before", "overlaps after", "coincides", *_RANGE_SIDE,
)  # fmt: skip
_FUNCTIONS: Final[dict[str, _Why]] = {
    **dict.fromkeys(("now", "today"), _clock),
    **dict.fromkeys(FORMS, _text),
    "years and months duration": _days,
    **dict.fromkeys(("day of week", "month of year", "day of year", "week of year", "last day of month"), _days),
    **dict.fromkeys(("matches", "replace", "split", "extract"), _pattern),
    "substring": _substring,
    "abs": lambda given: _unfit(given, 0, "n", TYPES["number"]),
    "string join": _joined,
    **dict.fromkeys(("product", "median", "stddev", "mode"), _items_of("number")),
    **dict.fromkeys(("all", "any"), _items_of("boolean")),
    **dict.fromkeys(("min", "max", "sum", "mean", "sort"), _together),
    **dict.fromkeys(("sublist", "insert before", "remove", "list replace"), _at),
    **dict.fromkeys(("concatenate", "union"), _lists),
    "partition": lambda given: _count(given, 1),
    "get value": _get,
    "context": _context,
    "context merge": _contexts,
    "modulo": _modulo,
    **dict.fromkeys(_RELATIONS, _relation),
    **dict.fromkeys(("sqrt", "log", "exp"), _domain),
}
