"""Why a call gave null: what was called, how many arguments, of which types; then what the function itself says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from engine.feel.builtins.registry import SIGNATURES, Overload, Parameter
from engine.feel.compiler.core import BUILTINS
from engine.feel.explain.functions import Given, why_function
from engine.feel.explain.reasons import Facts
from engine.feel.explain.recorder import Case, Causes, Seen, explains, joined, remarks
from engine.feel.explain.showing import Words, clipped, listed, shown, type_words, wanted_words
from engine.feel.syntax import tree
from engine.feel.values.kinds import FeelFunction
from engine.feel.values.types import Type, coerce, conforms, is_known

#: Functions whose first argument may be null: their author asked for it.
_ASKS_FOR_NULL: Final = ("is defined", "get or else")


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument in the order of the parameters; left out ones are not there."""

    name: str
    node: Any
    value: Any


@explains(tree.Call)
def _call(case: Case) -> Causes:
    called = case.child(case.node.function)
    if called is None and isinstance(case.node.function, tree.Name):
        builtin = BUILTINS.get(case.node.function.name)
        return () if builtin is None else _builtin(case, builtin)
    if called is None or called.value is None:
        return () if called is None else called.causes
    function = called.value
    if type(function) is not FeelFunction:
        facts: Facts = {"type": type_words(function), "a": shown(function)}
        return (case.tell("not_a_function", case.node.function, (function,), facts),)
    if BUILTINS.get(function.name) is function:
        return _builtin(case, function)
    return _defined(case, function)


@remarks(tree.Call)
def _asked_for_null(case: Case) -> None:
    function = case.node.function
    if isinstance(function, tree.Name) and function.name in _ASKS_FOR_NULL and case.node.arguments:
        first = case.child(case.node.arguments[0])
        if first is not None and first.value is None:
            case.forgive(first)


# --- functions of the source and of decision models


def _defined(case: Case, function: FeelFunction) -> Causes:
    name = _name(case)
    if function.name == "external":
        return (case.tell("no_implementation", facts={"name": name}),)
    arguments = _ordered(case, function, name, (function.parameters,))
    if isinstance(arguments, int):
        return (arguments,)
    wanted = len(function.parameters)
    if len(arguments) < wanted and case.node.names:
        missing = next(each for each in function.parameters if each not in case.node.names)
        return (case.tell("argument_count:missing", facts={"name": name, "parameter": clipped(missing)}),)
    if len(arguments) != wanted:
        return (_wrong_count(case, name, str(wanted)),)
    if told := _refused(case, function, name, arguments):
        return told
    inside = [seen for seen in case.seen if seen.node is not case.node.function and not _is_argument(case, seen)]
    return joined(*(seen.causes for seen in inside)) or _without_body(case, name)


def _refused(case: Case, function: FeelFunction, name: str | Words, arguments: list[_Argument]) -> Causes:
    """A parameter's type that is unknown or does not take its argument."""
    named = case.recorder.named_types
    for kind in function.parameter_types:
        if kind is not None and not is_known(kind, named):
            return (case.tell("unknown_type", facts={"type": wanted_words(kind)}),)
    for argument, kind in zip(arguments, function.parameter_types, strict=False):
        if kind is not None and argument.value is not None and coerce(argument.value, kind, named) is None:
            return (_wrong_type(case, name, argument, kind),)
    return ()


def _without_body(case: Case, name: str | Words) -> Causes:
    """A function of a decision model: its body was not watched."""
    return (*case.passed(*case.node.arguments), case.tell("function_null", facts={"name": name}))


def _is_argument(case: Case, seen: Seen) -> bool:
    return any(seen.node is argument for argument in case.node.arguments)


# --- built-in functions


def _builtin(case: Case, function: FeelFunction) -> Causes:
    name = function.name
    overloads = SIGNATURES.get(name, ())
    arguments = _ordered(case, function, name, function.overloads)
    if isinstance(arguments, int):
        return (arguments,)
    fitting = [overload for overload in overloads if overload.takes(len(arguments))]
    if not fitting:
        return (_wrong_count(case, name, _counts(overloads)),)
    failures = [_failures(overload, arguments) for overload in fitting]
    if all(failures):
        return joined(*(_failure(case, name, *failure) for failure in min(failures, key=len)))
    verdicts = [
        seen.value for seen in case.seen if seen.node is not case.node.function and not _is_argument(case, seen)
    ]
    given = Given(case, name, [argument.value for argument in arguments], [each.node for each in arguments], verdicts)
    return why_function(given) or _nulls(case, name, fitting[0], arguments) or (_undefined(case, name, arguments),)


def _nulls(case: Case, name: str | Words, overload: Overload, arguments: list[_Argument]) -> Causes:
    """A function that takes anything gave null for null."""
    found = []
    for index, argument in enumerate(arguments):
        if argument.value is None:
            parameter = overload.parameters[min(index, len(overload.parameters) - 1)]
            found.append(_failure(case, name, argument, parameter))
    return joined(*found)


def _failures(overload: Overload, arguments: list[_Argument]) -> list[tuple[_Argument, Parameter]]:
    """The arguments that a signature refuses; single ones make up the list at its end."""
    parameters = overload.parameters
    fixed = len(parameters) - 1 if overload.variadic else len(parameters)
    failed = []
    for argument, parameter in zip(arguments[:fixed], parameters, strict=False):
        value = argument.value
        if (value is None and not parameter.nullable) or (value is not None and not _fits(value, parameter.type)):
            failed.append((argument, parameter))
    return failed


def _fits(value: Any, wanted: Type) -> bool:
    return wanted.name in ("Any", "list") or coerce(value, wanted) is not None or conforms(value, wanted)


def _failure(case: Case, name: str | Words, argument: _Argument, parameter: Parameter) -> Causes:
    if argument.value is not None:
        return (_wrong_type(case, name, argument, parameter.type, parameter.name),)
    node = argument.node
    if isinstance(node, tree.Constant) and node.at is None:
        for written in case.children(node):
            case.forgive(written)  # one reason says it
        return (case.tell("null_argument", node, facts={"name": name, "parameter": parameter.name}),)
    return case.passed(node)


def _undefined(case: Case, name: str | Words, arguments: list[_Argument]) -> int:
    values = tuple(argument.value for argument in arguments)
    return case.tell(
        "invalid_value", values=values, facts={"name": name, "arguments": clipped(", ".join(map(shown, values)))}
    )


# --- both


def _name(case: Case) -> Words:
    node = case.node.function
    if not isinstance(node, tree.Name | tree.Path):
        return "(未命名)", "(unnamed)"
    return clipped(node.name), clipped(node.name)


def _ordered(
    case: Case, function: FeelFunction, name: str | Words, overloads: tuple[tuple[str, ...], ...]
) -> list[_Argument] | int:
    """The arguments in the order of the parameters, or the reason why they cannot be brought into it."""
    seen = case.children(*case.node.arguments)
    if not case.node.names:
        by_place = [] if function.overloads else [*function.parameters]
        by_place += [""] * (len(seen) - len(by_place))
        return [_Argument(called, each.node, each.value) for called, each in zip(by_place, seen, strict=False)]
    given = dict(zip(case.node.names, seen, strict=False))
    facts: Facts = {"name": name}
    if len(given) < len(case.node.names):
        twice = next(each for each in case.node.names if case.node.names.count(each) > 1)
        return case.tell("argument_name:twice", facts={**facts, "parameter": clipped(twice)})
    known = dict.fromkeys(each for overload in overloads for each in overload)
    for each in case.node.names:
        if each not in known:
            more: Facts = {"parameter": clipped(each), "parameters": listed(known)}
            return case.tell("argument_name", facts={**facts, **more})
    for overload in overloads:
        if given.keys() <= set(overload):
            return _in_order(case, name, overload, given, bool(function.overloads))
    return case.tell("argument_name:together", facts={**facts, "parameters": listed(given)})


def _in_order(
    case: Case, name: str | Words, overload: tuple[str, ...], given: dict[str, Seen], optional: bool
) -> list[_Argument] | int:
    last = max((index for index, each in enumerate(overload) if each in given), default=-1)
    ordered = []
    for each in overload[: last + 1]:
        if each in given:
            ordered.append(_Argument(each, given[each].node, given[each].value))
        elif optional:  # a gap is null to a built-in function
            ordered.append(_Argument(each, tree.Constant(None, span=case.node.span), None))
    return ordered


def _wrong_count(case: Case, name: str | Words, wanted: str) -> int:
    given = str(len(case.node.arguments))
    return case.tell("argument_count", facts={"name": name, "wanted": wanted, "given": given})


def _counts(overloads: tuple[Overload, ...]) -> str:
    """How many arguments a function takes: ``1``, ``2–3``, ``1+``."""
    least = min((overload.required for overload in overloads), default=0)
    if any(overload.variadic for overload in overloads):
        return f"{least}+"
    most = max((len(overload.parameters) for overload in overloads), default=0)
    return str(least) if least == most else f"{least}–{most}"


def _wrong_type(case: Case, name: str | Words, argument: _Argument, wanted: Type, parameter: str = "") -> int:
    facts: Facts = {
        "name": name,
        "parameter": clipped(parameter or argument.name),
        "wanted": wanted_words(wanted),
        "type": type_words(argument.value),
        "a": shown(argument.value),
    }
    return case.tell("argument_type", argument.node, (argument.value,), facts)
