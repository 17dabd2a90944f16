"""Compiles function calls, function definitions and unary tests."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.errors import FeelLimitExceeded
from engine.feel.compiler.core import (
    Closure,
    Scope,
    called_builtin,
    comparer,
    compile_node,
    compiles,
    mentions,
    weighed,
)
from engine.feel.limits import MAX_CALL_DEPTH, Env, Run
from engine.feel.syntax import tree
from engine.feel.values import operations
from engine.feel.values.kinds import FeelFunction, Range
from engine.feel.values.types import coerce, is_known

QUESTION: Final = "?"
_PLAIN: Final = (str, Decimal, bool)


@compiles(tree.Call)
def _call(node: tree.Call, scope: Scope) -> Closure:
    builtin = called_builtin(node.function, scope)
    if builtin is not None and builtin.name == "not" and len(node.arguments) == 1 and not node.names:
        return _negated(compile_node(node.arguments[0], scope))  # most conditions hold one: no checks of arguments
    function: Closure = compile_node(node.function, scope) if builtin is None else lambda env: builtin
    arguments = tuple(compile_node(argument, scope) for argument in node.arguments)
    if builtin is not None and not node.names:
        call_builtin = builtin.call
        return lambda env: call_builtin(env.run, *[argument(env) for argument in arguments])
    if node.names:
        return _by_name(function, arguments, node.names)

    def call(env: Env) -> Any:
        called = function(env)
        if type(called) is not FeelFunction:
            return None
        return called.call(env.run, *[argument(env) for argument in arguments])

    return call


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
        for parameters in called.overloads or (called.parameters,):
            if given.keys() <= set(parameters):
                return _ordered(called, parameters, given, env.run)
        return None

    return call


def _ordered(called: FeelFunction, parameters: tuple[str, ...], given: dict[str, Any], run: Run) -> Any:
    ordered = [given.get(name) for name in parameters]
    if not called.overloads:
        return called.call(run, *ordered) if len(given) == len(parameters) else None
    while parameters and parameters[-1] not in given:  # optional ones that were left out
        parameters = parameters[:-1]
        ordered.pop()
    return called.call(run, *ordered)


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
                value = argument if kind is None else coerce(argument, kind, named)
                if value is None and argument is not None:
                    return None
                values[name] = value
            return guarded_call(run, env.run, weight, lambda: body(Env(env.run, env, values)))

        return FeelFunction("function", names, call, parameter_types=types)

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


@compiles(tree.In)
def _in(node: tree.In, scope: Scope) -> Closure:
    value = compile_node(node.value, scope)
    tests = compile_tests(node.tests, Scope(scope.unit, scope, [QUESTION]))
    return lambda env: tests(Env(env.run, env, {QUESTION: value(env)}))


def compile_tests(tests: tuple[tree.Test, ...], scope: Scope) -> Closure:
    """Whether the value ``?`` of the innermost scope passes one of the tests; null when none does and one is null."""
    closures = tuple(_test(test, scope) for test in tests)
    if len(closures) == 1:
        return closures[0]

    def any_of(env: Env) -> bool | None:
        result: bool | None = False
        for closure in closures:
            answer = closure(env)
            if answer is True:
                return True
            if answer is None:
                result = None
        return result

    return any_of


def _question(env: Env) -> Any:
    return env.values.get(QUESTION)


def _test(test: tree.Test, scope: Scope) -> Closure:
    if not test.operator and (fast := _test_of_constants(test.operand)) is not None:
        return fast
    operand = compile_node(test.operand, scope)
    if test.operator:
        return comparer(test.operator, _question, operand)
    asks = mentions(test.operand, QUESTION)

    def check(env: Env) -> bool | None:
        return passes(operand(env), env.values.get(QUESTION), asks, env.run)

    return check


def _test_of_constants(operand: tree.Node) -> Closure | None:
    """The tests that most cells hold, ``"a"``, ``3`` and ``]24..48]``, with what can be known beforehand."""
    if isinstance(operand, tree.Constant):
        value = operand.value

        def is_value(env: Env) -> bool | None:
            given = env.values.get(QUESTION)
            if type(given) is type(value) and type(value) in _PLAIN:
                return bool(given == value)
            return passes(value, given, False, env.run)

        return is_value
    if not isinstance(operand, tree.RangeLiteral):
        return None
    low, high = operand.low, operand.high
    if not isinstance(low, tree.Constant) or not isinstance(high, tree.Constant):
        return None
    if type(low.value) is not Decimal or type(high.value) is not Decimal:
        return None
    interval = Range(low.value, high.value, operand.low_closed, operand.high_closed)
    return lambda env: passes(interval, env.values.get(QUESTION), False, env.run)


def passes(answer: Any, value: Any, asks: bool, run: Run) -> bool | None:
    """What an expression as a test says of a value (DMN 1.5 §10.3.2.8, rule 17).

    Args:
        asks: the expression mentions ``?``, so that its answer is the verdict itself.
    """
    if asks and (answer is None or isinstance(answer, bool)):
        return answer
    if isinstance(answer, Range):
        return (
            True if type(value) is Range and operations.same(value, answer, run) else operations.within(value, answer)
        )
    if isinstance(answer, list):
        return _passes_list(answer, value, run)
    if answer is True and not isinstance(value, bool):
        return True
    return operations.equal(value, answer, run)


def _passes_list(answers: list[Any], value: Any, run: Run) -> bool:
    if type(value) is list and operations.same(value, answers, run):
        return True
    run.charge(len(answers))
    for item in answers:
        if isinstance(item, Range):
            if operations.within(value, item) is True:
                return True
        elif operations.same(value, item, run):
            return True
    return False
