"""The built-in function ``range``, which reads a range from a text (DMN 1.5 §10.3.4.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.errors import FeelSyntaxError
from engine.feel.builtins.registry import builtin
from engine.feel.compiler.core import Scope, Unit, compile_node
from engine.feel.limits import Run
from engine.feel.syntax.parser import parse_expression
from engine.feel.syntax.tree import Call, Constant, Name, Negation, Node, RangeLiteral
from engine.feel.values.kinds import Range
from engine.feel.values.operations import compare

_MAKERS = ("date", "time", "date and time", "duration")


@builtin("range", "from: string")
def _range(run: Run, text: str) -> Range | None:
    """Ends may be literals and calls of the functions that make dates, times and durations; nothing else runs."""
    run.charge(len(text))
    if not text.lstrip().startswith(("[", "(", "]")):
        return None
    try:
        node = parse_expression(_with_missing_ends(text))
    except FeelSyntaxError:
        return None
    if not isinstance(node, RangeLiteral) or not (_is_literal(node.low) and _is_literal(node.high)):
        return None
    value: Any = compile_node(node, Scope(Unit({}, frozenset())))(run)
    if not isinstance(value, Range):
        return None
    if (value.low is None and value.low_closed) or (value.high is None and value.high_closed):
        return None
    if compare(value.low, value.high) == 1:
        return None
    return replace(value, one_sided=value.low is None or value.high is None)


def _with_missing_ends(text: str) -> str:
    """``(..5]`` with the missing end written as null."""
    plain = text.strip()
    if plain[1:].lstrip().startswith(".."):
        plain = f"{plain[:1]}null{plain[1:]}"
    if plain[:-1].rstrip().endswith(".."):
        plain = f"{plain[:-1]}null{plain[-1:]}"
    return plain


def _is_literal(node: Node | None) -> bool:
    if isinstance(node, Call) and isinstance(node.function, Name) and node.function.name in _MAKERS:
        return all(map(_is_literal, node.arguments))
    if isinstance(node, Negation):
        return _is_literal(node.operand)
    return isinstance(node, Constant) or node is None
