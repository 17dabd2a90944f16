"""Compiles function calls and function definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.errors import FeelLimitExceeded
from engine.feel.compiler.constants import constant
from engine.feel.compiler.core import (
    Closure,
    Scope,
    called_builtin,
    compile_node,
    compiles,
    weighed,
)
from engine.feel.limits import MAX_CALL_DEPTH, Env, Run
from engine.feel.syntax import tree
from engine.feel.values.kinds import FeelFunction
from engine.feel.values.types import coerce, is_known


@compiles(tree.Call)
def _call(node: tree.Call, scope: Scope) -> Closure:
    if (known := constant(node, scope)) is not None:
        value = known[0]
        return lambda env: value
    builtin = called_builtin(node.function, scope)
    if builtin is not None and builtin.name == "not" and len(node.arguments) == 1 and not node.names:
        return _negated(compile_node(node.arguments[0], scope))  # most conditions hold one: no checks of arguments
    function: Closure = compile_node(node.function, scope) if builtin is None else lambda env: builtin
    arguments = tuple(compile_node(argument, scope) for argument in node.arguments)
    if builtin is not None and not node.names:
        return _of_builtin(builtin.call, arguments)
    if node.names:
        return _by_name(function, arguments, node.names)

    def call(env: Env) -> Any:
        called = function(env)
        if type(called) is not FeelFunction:
            return None
        return called.call(env.run, *[argument(env) for argument in arguments])

    return call


def _of_builtin(call: Callable[..., Any], arguments: tuple[Closure, ...]) -> Closure:
    if len(arguments) == 1:
        (only,) = arguments
        return lambda env: call(env.run, only(env))
    if len(arguments) == 2:
        first, second = arguments
        return lambda env: call(env.run, first(env), second(env))
    return lambda env: call(env.run, *[argument(env) for argument in arguments])


def _negated(operand: Closure) -> Closure:
    def negate(env: Env) -> bool | None:
        value = operand(env)
        if value is True:
            return False
        if value is False:
            return True
        if type(value) is list and len(value) == 1 and isinstance(value[0], bool):
            return not value[0]
        return None

    return negate


def _by_name(function: Closure, arguments: tuple[Closure, ...], names: tuple[str, ...]) -> Closure:
    def call(env: Env) -> Any:
        called = function(env)
        if type(called) is not FeelFunction or len(set(names)) != len(names):
            return None
        given = {name: argument(env) for name, argument in zip(names, arguments, strict=True)}
        if called.overloads:
            return _by_signature(called, given, env.run)
        if not given.keys() <= set(called.parameters):
            return None
        return called.call(env.run, *[given.get(name) for name in called.parameters])

    return call


def _by_signature(called: FeelFunction, given: dict[str, Any], run: Run) -> Any:
    """A call of a built-in function; what is not given is null, or left out where it may be (DMN 1.5 Table 63).

    Two signatures may have the same names: ``before(range, point)``. The order as written decides, then what fits.
    """
    signatures = zip(called.overloads, called.required, strict=True)
    fitting = [(parameters, least) for parameters, least in signatures if given.keys() <= set(parameters)]
    for parameters, least in sorted(fitting, key=lambda each: each[0] != tuple(given)):
        count = max((at for at, name in enumerate(parameters, 1) if name in given), default=0)
        value = called.call(run, *[given.get(name) for name in parameters[: max(count, least)]])
        if value is not None:
            return value
    return None


@compiles(tree.Function)
def _function(node: tree.Function, scope: Scope) -> Closure:
    names = tuple(name for name, _ in node.parameters)
    types = tuple(kind for _, kind in node.parameters)
    if node.external:
        return lambda env: FeelFunction("external", names, lambda run, *arguments: None)
    body, weight = weighed(node.body, Scope(scope.unit, scope, names))
    named = scope.unit.named_types
    unknown = any(kind is not None and not is_known(kind, named) for kind in types)

    def define(env: Env) -> FeelFunction:
        def call(run: Run, *arguments: Any) -> Any:
            if len(arguments) != len(names) or unknown:
                return None
            values = {}
            for name, kind, argument in zip(names, types, arguments, strict=True):
                value = argument if kind is None else coerce(argument, kind, named, run)
                if value is None and argument is not None:
                    return None
                values[name] = value
            return guarded_call(run, env.run, weight, lambda: body(Env(env.run, env, values)))

        return FeelFunction("function", names, call, parameter_types=types, definition=(node, id(env)))

    return define


def guarded_call(caller: Run, home: Run, weight: int, body: Callable[[], Any]) -> Any:
    """Run a function's body on the caller's budget, with the variables of where it was defined.

    Raises:
        FeelLimitExceeded: calls nest deeper than 48, or no steps are left.
    """
    caller.charge(weight + 1)
    if caller.depth >= MAX_CALL_DEPTH:
        raise FeelLimitExceeded(f"functions call each other deeper than {MAX_CALL_DEPTH} levels")
    depth = home.depth
    home.steps, home.depth = caller.steps, caller.depth + 1
    try:
        return body()
    finally:
        home.depth = depth
        caller.steps = home.steps
