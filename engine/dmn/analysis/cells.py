"""Which cells can be analysed: those whose answer hangs on nothing but how the value compares with constants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from engine.errors import FeelError
from engine.feel.compiler.core import BUILTINS, Scope, Unit, compile_node
from engine.feel.compiler.unary import QUESTION
from engine.feel.expressions import compile_unary_tests
from engine.feel.limits import Run
from engine.feel.syntax import tree
from engine.feel.values.kinds import FeelFunction, Range
from engine.feel.values.operations import as_number
from engine.feel.values.types import Type

#: Nodes that make a constant of constants. Everything else may read a name or bind one.
_PURE: Final = (
    tree.Constant, tree.Negation, tree.Arithmetic, tree.Logic, tree.Comparison, tree.Between, tree.In, tree.Test,
    tree.Call, tree.RangeLiteral, tree.ListLiteral,
)  # fmt: skip
#: A constant that takes more to work out is not looked at.
_MOST_STEPS: Final = 256
#: A cell that compares with more is not looked at.
_MOST_CONSTANTS: Final = 2_000
_CLOCKS: Final = ("now", "today")


class _Unknown(Exception):
    """The cell's answer hangs on more than the comparison of ``?`` with constants."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What the analysis knows of one cell."""

    text: str
    #: Whether a value passes; None where that cannot be known beforehand.
    passes: Callable[[Any], bool] | None
    #: All values that the cell compares with, the ends of ranges and the items of lists too.
    constants: tuple[Any, ...] = ()
    #: The cell is ``-``: it tests nothing.
    anything: bool = False
    #: The cell lists numbers or texts, and nothing else.
    plain: bool = False


ANYTHING: Final = Cell("-", lambda value: True, anything=True)


def read_cell(text: str, names: frozenset[str]) -> Cell:
    """A cell as the analysis sees it.

    Args:
        names: names of the model, which may hide built-in functions.
    """
    if not text or text == "-":
        return ANYTHING
    try:
        compiled = compile_unary_tests(text, names)
        constants = tuple(islice(_of_tests(compiled.tests.tests, names), _MOST_CONSTANTS + 1))
    except (_Unknown, FeelError):
        return Cell(text, None)
    if len(constants) > _MOST_CONSTANTS:
        return Cell(text, None)

    def passes(value: Any) -> bool:
        return compiled(value, _nothing) is True

    return Cell(text, passes, constants, plain=all(map(_is_plain, compiled.tests.tests)))


def _is_plain(test: tree.Test) -> bool:
    return not test.operator and isinstance(test.operand, tree.Constant) and type(test.operand.value) in (Decimal, str)


def constant_of(node: tree.Node, names: frozenset[str]) -> tuple[Any, ...]:
    """The value of an expression that reads nothing, in a tuple of one; empty for any other expression.

    Raises:
        FeelLimitExceeded: it is too large.
    """
    if not _is_constant(node, names):
        return ()
    closure = compile_node(node, Scope(Unit(MappingProxyType({}), names)))
    run = Run(_nothing, None)
    run.steps = _MOST_STEPS
    return (as_number(closure(run)),)


def _nothing(name: str) -> None:
    return None


def _of_tests(tests: tuple[tree.Test, ...], names: frozenset[str]) -> Iterator[Any]:
    for test in tests:
        if test.operator or _is_constant(test.operand, names):
            yield from _constants(test.operand, names)
        else:
            yield from _of_condition(test.operand, names)


def _of_condition(node: tree.Node, names: frozenset[str]) -> Iterator[Any]:
    """Constants of an expression over ``?`` that is true or false for all values between two of them alike."""
    if _asks(node):
        return
    if isinstance(node, tree.Logic):
        parts: tuple[tree.Node, ...] = node.parts
    elif isinstance(node, tree.Call) and _is_not(node, names):
        parts = node.arguments
    elif isinstance(node, tree.Comparison):
        yield from _sides((node.left, node.right), names)
        return
    elif isinstance(node, tree.Between):
        yield from _sides((node.value, node.low, node.high), names)
        return
    elif isinstance(node, tree.In) and _asks(node.value):
        yield from _of_tests(node.tests, names)
        return
    else:
        raise _Unknown
    for part in parts:
        if not _is_constant(part, names):
            yield from _of_condition(part, names)


def _sides(nodes: tuple[tree.Node, ...], names: frozenset[str]) -> Iterator[Any]:
    for node in nodes:
        if not _asks(node):
            yield from _constants(node, names)


def _asks(node: tree.Node) -> bool:
    return isinstance(node, tree.Name) and node.name == QUESTION


def _is_not(node: tree.Call, names: frozenset[str]) -> bool:
    function = node.function
    plain = len(node.arguments) == 1 and not node.names and "not" not in names
    return plain and isinstance(function, tree.Name) and function.name == "not"


def _is_constant(node: Any, names: frozenset[str]) -> bool:
    if isinstance(node, tuple):
        return all(_is_constant(part, names) for part in node)
    if isinstance(node, tree.Call):
        return _is_known_function(node.function, names) and _is_constant(node.arguments, names)
    if not is_dataclass(node) or isinstance(node, tree.Constant | Type):
        return not isinstance(node, Type)
    return isinstance(node, _PURE) and all(_is_constant(getattr(node, each.name), names) for each in fields(node))


def _is_known_function(node: tree.Node, names: frozenset[str]) -> bool:
    return isinstance(node, tree.Name) and node.name in BUILTINS and node.name not in names and node.name not in _CLOCKS


def _constants(node: tree.Node, names: frozenset[str]) -> Iterator[Any]:
    for value in constant_of(node, names) or _refuse():
        yield from flattened(value)


def _refuse() -> tuple[Any, ...]:
    raise _Unknown


def flattened(value: Any) -> Iterator[Any]:
    """A constant, and what it holds: lists and ranges are compared by their items and ends."""
    if isinstance(value, dict | FeelFunction):
        raise _Unknown
    yield value
    if isinstance(value, list):
        for item in value:
            yield from flattened(as_number(item))
    elif isinstance(value, Range):
        yield from (end for end in (value.low, value.high) if end is not None)
