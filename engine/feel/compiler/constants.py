"""What an expression is before it runs: literals, and dates, times and durations written as calls."""

from __future__ import annotations

from typing import Any, Final

from engine.errors import FeelError
from engine.feel.compiler.core import Scope, called_builtin
from engine.feel.limits import Run
from engine.feel.syntax import tree
from engine.feel.values import operations

#: Functions of texts and numbers whose values are of the kinds that literals have.
_MAKERS: Final = frozenset(("date", "time", "date and time", "duration"))


def constant(node: tree.Node | None, scope: Scope) -> tuple[Any] | None:
    """The value of an expression that reads nothing, in a tuple; None for another one.

    While an evaluation is watched only literals are known beforehand, so that each part can be seen.
    """
    if isinstance(node, tree.Constant):
        return (node.value,)
    if scope.unit.observer is not None:
        return None
    if isinstance(node, tree.Negation):
        operand = constant(node.operand, scope)
        return None if operand is None else (operations.negate(operand[0]),)
    return _made(node, scope) if isinstance(node, tree.Call) and not node.names else None


def _made(node: tree.Call, scope: Scope) -> tuple[Any] | None:
    function = called_builtin(node.function, scope)
    if function is None or function.name not in _MAKERS:
        return None
    arguments: list[Any] = []
    for argument in node.arguments:
        value = constant(argument, scope)
        if value is None:
            return None
        arguments += value
    try:
        return (function.call(Run(lambda name: None, None), *arguments),)
    except FeelError:
        return None  # it is said when it runs
