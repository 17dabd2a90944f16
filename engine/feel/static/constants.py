"""What is constant in an expression, worked out beforehand: a call that is null now is null always."""

from __future__ import annotations

from typing import Any, Final

from engine.errors import FeelError
from engine.feel.compiler.core import BUILTINS
from engine.feel.limits import Run
from engine.feel.static import lattice as t
from engine.feel.static.catalogue import CATALOGUE
from engine.feel.syntax import tree
from engine.feel.values.kinds import Range
from engine.feel.values.types import Type

#: What stands for "not constant", as null is a constant, too.
UNKNOWN: Final = object()
#: Of a call that takes more, nothing is said.
_MOST_STEPS: Final = 10_000
_TIMELY: Final = frozenset(("now", "today"))
_FOLDED: Final = frozenset(("text", "number", "temporal"))
_PATTERNS: Final = {"matches": 1, "replace": 1, "extract": 1, "split": 1}


def can_fold(name: str) -> bool:
    """Whether a built-in function gives null for constants only where they are wrong."""
    entry = CATALOGUE.get(name)
    return name == "range" or (entry is not None and entry.category in _FOLDED and name not in _TIMELY)


def constant(node: tree.Node | None) -> Any:
    """The value of an expression that reads nothing, or UNKNOWN; built-in functions are worked out where called so."""
    if isinstance(node, tree.Constant):
        return node.value
    if isinstance(node, tree.Negation):
        value = constant(node.operand)
        return value.copy_negate() if value is not UNKNOWN and t.of_value(value) == t.NUMBER else UNKNOWN
    if isinstance(node, tree.ListLiteral):
        values = [constant(item) for item in node.items]
        return UNKNOWN if any(value is UNKNOWN for value in values) else values
    return UNKNOWN


def called(name: str, arguments: list[Any]) -> Any:
    """What a built-in function makes of constants, or UNKNOWN."""
    try:
        run = Run(lambda _: None, None)
        run.steps = _MOST_STEPS
        return BUILTINS[name].call(run, *arguments)
    except FeelError:
        return UNKNOWN


def is_bad_pattern(name: str, arguments: list[Any]) -> bool:
    """Whether the constant regular expression of a call cannot be used."""
    place = _PATTERNS.get(name)
    if place is None or len(arguments) <= place or not isinstance(arguments[place], str):
        return False
    flags = (
        arguments[-1] if name in ("matches", "replace") and len(arguments) == place + 2 + (name == "replace") else None
    )
    return flags is not UNKNOWN and called("matches", ["", arguments[place], flags]) is None


def type_of(value: Any) -> Type:
    """The type of a value that was worked out."""
    if isinstance(value, Range):
        return t.range_of(t.join(t.of_value(value.low), t.of_value(value.high)))
    return t.of_value(value)
