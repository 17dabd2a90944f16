"""Why a literal, a name or a path gave null."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from engine.feel.compiler.core import BUILTINS
from engine.feel.compiler.unary import QUESTION
from engine.feel.explain.reasons import Facts
from engine.feel.explain.recorder import Case, Causes, explains, remarks
from engine.feel.explain.showing import Words, clipped, listed, nearest, shown, type_name, type_words
from engine.feel.limits import Env
from engine.feel.syntax import tree

_DAY: Final = ("year", "month", "day", "weekday")
_CLOCK: Final = ("hour", "minute", "second", "time offset", "timezone")
#: What may stand after a dot behind a value of a type (DMN 1.5 Table 65).
_COMPONENTS: Final[dict[str, tuple[str, ...]]] = {
    "date": _DAY,
    "time": _CLOCK,
    "date and time": _DAY + _CLOCK,
    "days and time duration": ("days", "hours", "minutes", "seconds"),
    "years and months duration": ("years", "months"),
    "range": ("start", "end", "start included", "end included"),
}
_NO_HINT: Final[Words] = ("", "")
_ITEM: Final[Words] = ("这一项", "the item")


def hint(name: str, *candidates: Iterable[Any]) -> Callable[[], Words]:
    """The end of a sentence that names what was probably meant; empty when nothing is near."""

    def find() -> Words:
        found = nearest(name, {each for some in candidates for each in some})
        return (f",是不是「{clipped(found)}」?", f"; did you mean '{clipped(found)}'?") if found else _NO_HINT

    return find


@explains(tree.Constant)
def _constant(case: Case) -> Causes:
    if case.node.at is None:
        return (case.tell("null_literal"),)
    return (case.tell("invalid_value:at", values=(case.node.at,), facts={"a": shown(case.node.at)}),)


@explains(tree.Name)
def _name(case: Case) -> Causes:
    name = case.node.name
    if name == QUESTION:
        return _question(case)
    items = []
    level: Env | None = case.env
    while level is not None:
        values = level.values
        item = values.get("item") if name != "item" else None
        if type(item) is dict and name in item:
            return case.recorder.origin(item, name) or (case.tell("null_entry", facts={"name": clipped(name)}),)
        if name in values:
            known = case.recorder.origin(values, name) or _of_round(case, name)
            return known or (case.tell("null_variable", facts={"name": clipped(name)}),)
        if "item" in values and (item is None or type(item) is dict):
            items.append(item)
        level = level.parent
    return (_free(case, name, items),)


def _of_round(case: Case, name: str) -> Causes:
    """What made the item null at which a loop or a filter stands: its list is evaluated first, then each round."""
    for around in reversed(case.recorder.stack):
        node = around.node
        if isinstance(node, tree.Filter) and name == "item":
            listed_node = node.source
        elif isinstance(node, tree.For | tree.Quantified) and node.iterators[0].name == name:
            if len(node.iterators) > 1:
                return ()
            listed_node = node.iterators[0].domain
        else:
            continue
        seen = around.child(listed_node)
        return () if seen is None else case.recorder.origin(seen.value, str(len(around.seen) - 1))
    return ()


def _question(case: Case) -> Causes:
    """``?`` within ``in`` is what stands before it; in a cell it is the input."""
    for around in reversed(case.recorder.stack):
        if isinstance(around.node, tree.In):
            return around.passed(around.node.value)
    return case.recorder.told("null_input") or (case.tell("null_input"),)


def _free(case: Case, name: str, items: list[dict[str, Any] | None]) -> int:
    """A name that is no local one; within filters it was perhaps meant for an item, innermost first."""
    recorder = case.recorder
    facts: Facts = {"name": clipped(name)}
    around = recorder.stack[-1].node if recorder.stack else None
    if isinstance(around, tree.Call) and around.function is case.node:
        return case.tell("no_function", facts={**facts, "hint": hint(name, BUILTINS, recorder.known)})
    if recorder.owner is not None and name in recorder.owner:
        return case.tell("null_variable", facts=facts)
    if items:
        if items[0] is None:
            return case.tell("path_of_null:item", facts=facts)
        return no_entry(case, items[0], name, _ITEM)
    if recorder.owner is None:
        return case.tell("no_variable:or_null", facts={**facts, "hint": hint(name, recorder.known)})
    return case.tell("no_variable", facts={**facts, "hint": hint(name, recorder.owner, recorder.known)})


def no_entry(case: Case, context: dict[str, Any], name: str, owner: Words) -> int:
    """A context lacks an entry: which it has, and which was probably meant."""
    facts: Facts = {"owner": owner, "name": clipped(name)}
    if not context:
        return case.tell("no_entry:empty", facts=facts)
    offered: Facts = {"entries": listed(context), "hint": hint(name, context)}
    sentence = "no_entry:item" if owner is _ITEM else "no_entry"
    return case.tell(sentence, values=(context,), facts={**facts, **offered})


@explains(tree.Path)
def _path(case: Case) -> Causes:
    source = case.child(case.node.source)
    name = case.node.name
    if source is None:
        return ()
    value = source.value
    if value is None:
        literal = isinstance(case.node.source, tree.Constant) and case.node.source.at is None
        return (case.tell("path_of_null", facts={"name": clipped(name)}),) if literal else source.causes
    if type(value) is dict:
        if name not in value:
            return (no_entry(case, value, name, _owner(case)),)
        return case.recorder.origin(value, name) or (case.tell("null_entry", facts={"name": clipped(name)}),)
    offered = _COMPONENTS.get(type_name(value) or "", ())
    if name in offered:
        return (case.tell("null_entry", values=(value,), facts={"name": clipped(name)}),)
    return (case.tell("no_component", values=(value,), facts=_component_facts(value, name, offered)),)


def _owner(case: Case) -> Words:
    """The source of a path as it is written, where that is short; else only what it is."""
    begin, end = case.node.source.span
    written = case.recorder.source[begin:end]
    return (
        (f"「{written}」", f"'{written}'")
        if 0 < len(written) <= 20 and written.isprintable()
        else ("记录", "the context")
    )


def _component_facts(value: Any, name: str, offered: tuple[str, ...]) -> dict[str, str | Words]:
    zh, en = "、".join(offered), ", ".join(offered)
    offer = (f",可以取的有:{zh}", f"; it has: {en}") if offered else _NO_HINT
    return {"type": type_words(value), "a": shown(value), "name": clipped(name), "offer": offer}


@remarks(tree.Path)
def _path_of_list(case: Case) -> None:
    """``items.price`` keeps a null for each item that has none, over which sums and comparisons stumble."""
    source = case.child(case.node.source)
    if source is None or type(source.value) is not list or type(case.value) is not list:
        return
    name = case.node.name
    nulls = [index for index, item in enumerate(source.value, 1) if item is None]
    if nulls:
        told = case.tell("path_of_null:items", facts={"name": clipped(name), "positions": listed(nulls)})
        _remember(case, nulls, told)
    lacking = [index for index, item in enumerate(source.value, 1) if type(item) is dict and name not in item]
    if lacking:
        facts: Facts = {
            "name": clipped(name),
            "positions": listed(lacking),
            "hint": hint(name, source.value[lacking[0] - 1]),
        }
        told = case.tell("no_entry:items", values=(source.value[lacking[0] - 1],), facts=facts)
        _remember(case, lacking, told)


def _remember(case: Case, indexes: list[int], told: int) -> None:
    """For who stumbles over a null of the list later."""
    for index in indexes:
        case.recorder.remember(case.value, str(index - 1), (told,))
