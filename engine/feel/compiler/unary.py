"""Compiles unary tests: the cells of decision tables, and what stands behind ``in``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from engine.feel.compiler.constants import constant
from engine.feel.compiler.core import Closure, Scope, compile_node, compiles, mentions
from engine.feel.compiler.operators import comparer
from engine.feel.limits import Env, Run
from engine.feel.syntax import tree
from engine.feel.values import operations
from engine.feel.values.kinds import Range

#: The name of the value that is tested.
QUESTION: Final = "?"
_PLAIN: Final = (str, Decimal, bool)
#: What says something by itself, so that a cell with it holds for any value that is no boolean when it is true.
_STATEMENTS: Final = (tree.Comparison, tree.Logic, tree.Between, tree.In, tree.InstanceOf, tree.Quantified, tree.Call)


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
    if not test.operator and (fast := _test_of_constants(test.operand, scope)) is not None:
        return fast
    operand = compile_node(test.operand, scope)
    if test.operator:
        return comparer(test.operator, _question, operand)
    asks = mentions(test.operand, QUESTION)
    states = isinstance(test.operand, _STATEMENTS)

    def check(env: Env) -> bool | None:
        answer, value = operand(env), env.values.get(QUESTION)
        if states and answer is True and not isinstance(value, bool):
            return True
        return passes(answer, value, asks, env.run)

    return check


def _test_of_constants(operand: tree.Node, scope: Scope) -> Closure | None:
    """The tests that most cells hold, ``"a"``, ``3`` and ``]24..48]``, with what can be known beforehand."""
    if (known := constant(operand, scope)) is not None:
        return _equals(known[0])
    if isinstance(operand, tree.ListLiteral):
        items = [constant(item, scope) for item in operand.items]
        return _is_among([item[0] for item in items if item is not None]) if None not in items else None
    if not isinstance(operand, tree.RangeLiteral):
        return None
    low, high = constant(operand.low, scope), constant(operand.high, scope)
    if low is None or high is None or type(low[0]) is not Decimal or type(high[0]) is not Decimal:
        return None
    return _lies_within(Range(low[0], high[0], operand.low_closed, operand.high_closed))


def _equals(wanted: Any) -> Closure:
    kind = type(wanted)
    plain = kind in _PLAIN

    def is_value(env: Env) -> bool | None:
        given = env.values["?"]
        if plain and type(given) is kind:
            return bool(given == wanted)
        return passes(wanted, given, False, env.run)

    return is_value


def _is_among(wanted: list[Any]) -> Closure:
    kinds = set(map(type, wanted))
    plain = kinds.pop() if len(kinds) == 1 else None
    members = frozenset(wanted) if plain is str or plain is Decimal else frozenset()

    def is_member(env: Env) -> bool | None:
        given = env.values["?"]
        if members and type(given) is plain:
            return given in members
        return passes(wanted, given, False, env.run)

    return is_member


def _lies_within(interval: Range) -> Closure:
    low, high, low_closed, high_closed = interval.low, interval.high, interval.low_closed, interval.high_closed

    def is_within(env: Env) -> bool | None:
        given = env.values["?"]
        if type(given) is not Decimal:
            return passes(interval, given, False, env.run)
        if given < low or given > high:
            return False
        return (low_closed or given != low) and (high_closed or given != high)

    return is_within


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
