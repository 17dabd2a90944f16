"""Types of calls: which function is meant, whether it takes these arguments, what it gives."""

from __future__ import annotations

from typing import Any, Final

from engine.feel.compiler.core import BUILTINS
from engine.feel.static import constants, foreign
from engine.feel.static import lattice as t
from engine.feel.static.arguments import fitting
from engine.feel.static.catalogue import CATALOGUE, Signature, parse_type
from engine.feel.static.functions import function_type
from engine.feel.static.inference import Inference, infers
from engine.feel.static.problems import hint, quoted
from engine.feel.static.results import RULES, Given
from engine.feel.static.scope import Level
from engine.feel.syntax import tree
from engine.feel.values.types import Type

#: Functions that call a function: which argument it is, and how often an item of the list is a parameter of it.
_CALLING: Final = {"sort": 1, "list replace": 1}


@infers(tree.Call)
def _call(walk: Inference, node: tree.Call, level: Level) -> Type:
    walk.watch_call(node, level)
    if not walk.is_builtin(node.function, level):
        return _call_of_value(walk, node, level)
    assert isinstance(node.function, tree.Name)  # noqa: S101 (is_builtin says so)
    name = node.function.name
    types = _argument_types(walk, name, node, level)
    if name not in CATALOGUE:
        return t.ANY
    fits = fitting(walk, name, node, types)
    if fits is None:
        return t.NULL
    signature, nodes = fits
    ordered = tuple(t.NULL if each is None else walk.known[id(each)] for each in nodes)
    given = Given(walk=walk, name=name, nodes=nodes, types=ordered, span=node.span)
    return _result(given, signature)


def _argument_types(walk: Inference, name: str, node: tree.Call, level: Level) -> list[Type]:
    """The arguments' types; a function within learns from the list before it what it is called with."""
    types: list[Type] = []
    for index, argument in enumerate(node.arguments):
        if isinstance(argument, tree.Function) and types and _CALLING.get(name) == index:
            item = t.item_of(types[0])
            kind = function_type(walk, argument, level, (item, item if name == "sort" else t.ANY))
            walk.known[id(argument)] = kind
        else:
            kind = walk.type_of(argument, level)
        types.append(kind)
    return types


def _result(given: Given, signature: Signature) -> Type:
    name = given.name
    values = [constants.constant(each) for each in given.nodes]
    if constants.is_bad_pattern(name, values):
        given.walk.report("pattern", given.span, name=name, text=quoted(str(values[1])))
        return t.NULL
    if constants.can_fold(name) and not any(each is constants.UNKNOWN or each is None for each in values):
        return _folded(given, values)
    rule = RULES.get(name)
    return parse_type(signature.result) if rule is None else rule(given)


def _folded(given: Given, values: list[Any]) -> Type:
    value = constants.called(given.name, values)
    if value is constants.UNKNOWN:
        return t.ANY
    if value is None:
        shown = f"{given.name}({', '.join(map(_shown, values))})"
        given.walk.report("impossible_call", given.span, call=quoted(shown), name=given.name)
        return t.NULL
    return constants.type_of(value)


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _call_of_value(walk: Inference, node: tree.Call, level: Level) -> Type:
    types = walk.types_of(node.arguments, level)
    if isinstance(node.function, tree.Name):
        found = walk.find(node.function.name, level)
        if found.origin == "free" and node.function.name not in (walk.variables or ()):
            return _unknown(walk, node.function, level)
    kind = walk.type_of(node.function, level)
    if "function" not in t.kinds(kind):
        if kind != t.NULL:
            walk.report("not_a_function", node.span, kind_zh=t.chinese(kind), kind_en=t.english(kind))
        return t.NULL
    if not kind.arguments:
        return t.ANY
    *parameters, result = map(walk.resolve, kind.arguments)
    if len(parameters) != len(types):
        name = node.function.name if isinstance(node.function, tree.Name) else "function"
        wanted = t.text(Type("function", (*parameters, result)))
        walk.report("argument_count", node.span, name=name, count=len(types), wanted=wanted)
        return t.NULL
    return result


def _unknown(walk: Inference, node: tree.Name, level: Level) -> Type:
    name = node.name
    walk.uses.add(name, (), node.span, certain=True)
    if name in foreign.IMPURE:
        walk.report("impure_function", node.span, name=name)
    else:
        renamed = foreign.RENAMED.get(name)
        words = hint(renamed) if renamed else walk.suggest(name, lambda: {*BUILTINS, *walk.names_in_scope(level)})
        walk.report("unknown_function", node.span, name=name, **words)
    return t.ANY
