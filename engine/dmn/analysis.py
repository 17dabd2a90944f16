"""Overlaps and gaps of decision tables, exact for constants: every column is cut into classes of equal answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from engine.dmn.results import InputClause
from engine.dmn.table import TableSource
from engine.errors import FeelSyntaxError
from engine.feel.builtins.conversion import text_of
from engine.feel.compiler.core import BUILTINS
from engine.feel.expressions import UnaryTests, compile_unary_tests
from engine.feel.limits import Run
from engine.feel.syntax.tree import Call, Constant, Name, Negation, Node, RangeLiteral, Test
from engine.feel.values.numbers import CONTEXT

_MAX_SEARCH: Final = 50_000
_MAX_OVERLAPS: Final = 20
_MAKERS: Final = ("date", "duration")
_ORDERED: Final = (Decimal, date, timedelta)
_OTHER: Final = "其他"


class _NotSimple(Exception):
    """A cell holds more than constants: the analysis says nothing of its table."""


@dataclass(frozen=True, slots=True)
class _Class:
    """Values of a column that all rules answer alike: one of them, and which rules accept it (bits)."""

    example: Any
    rules: int


def examine(table: TableSource) -> tuple[list[tuple[int, int, str]], str | None]:
    """What can go wrong with a table whose cells hold constants only.

    Returns:
        Pairs of rules (from 1) that hit together, with an example input, at most 20, for UNIQUE and for ANY with
        different outputs; and an example input that hits no rule, for policies of one hit without a default.
    """
    try:
        columns = [_classes(table, index) for index in range(len(table.inputs))]
    except _NotSimple:
        return [], None
    overlaps: list[tuple[int, int, str]] = []
    if table.hit_policy in ("UNIQUE", "ANY"):
        overlaps = _overlaps(table, columns)
    if table.hit_policy in ("RULE ORDER", "OUTPUT ORDER", "COLLECT") or any(each.default for each in table.outputs):
        return overlaps, None
    return overlaps, _gap(table, columns)


def _classes(table: TableSource, index: int) -> list[_Class]:
    texts = [rule.cells[index] or "-" for rule in table.rules]
    try:
        cells = [compile_unary_tests(text) for text in texts]
        allowed = compile_unary_tests(table.input_values[index] or "-")
    except FeelSyntaxError:
        raise _NotSimple from None
    constants: list[Any] = []
    for cell in (*cells, allowed):
        for test in cell.tests.tests:
            constants += _constants(test)
    found: dict[int, _Class] = {}
    for point in _points(table.inputs[index], constants):
        if not _accepts(allowed, point):
            continue
        rules = sum(1 << number for number, cell in enumerate(cells) if _accepts(cell, point))
        found.setdefault(rules, _Class(point, rules))
    return list(found.values())


def _accepts(cell: UnaryTests, point: Any) -> bool:
    return cell(point, lambda name: None) is True


def _constants(test: Test) -> list[Any]:
    operand = test.operand
    if isinstance(operand, RangeLiteral):
        return [_constant(end) for end in (operand.low, operand.high) if end is not None]
    return [_constant(operand)]


def _constant(node: Node) -> Any:
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Negation) and isinstance(node.operand, Constant) and type(node.operand.value) is Decimal:
        return CONTEXT.minus(node.operand.value)
    if isinstance(node, Call) and isinstance(node.function, Name) and node.function.name in _MAKERS:
        arguments = [_constant(argument) for argument in node.arguments]
        return BUILTINS[node.function.name].call(Run(lambda name: None, None), *arguments)
    raise _NotSimple


def _points(clause: InputClause, constants: list[Any]) -> list[Any]:
    """One value of every class that the constants cut the column into."""
    kinds = {type(constant) for constant in constants if constant is not None}
    if len(kinds) > 1:
        raise _NotSimple
    kind = next(iter(kinds), None)
    if kind is bool or (kind is None and clause.type == "boolean"):
        return [True, False]
    if kind is None:
        return [None]
    values = [constant for constant in constants if constant is not None]
    if kind is str:
        return [*dict.fromkeys(values), _OTHER]
    if kind not in _ORDERED:
        raise _NotSimple
    return _around(sorted(set(values)))


def _around(values: list[Any]) -> list[Any]:
    unit: Any = Decimal(1) if type(values[0]) is Decimal else timedelta(days=1)
    points = [*values, values[-1] + unit]
    for low, high in pairwise(values):
        middle = low + (high - low) / 2
        points += [middle] if low < middle < high else []  # between two days that follow each other is nothing
    try:
        points.append(values[0] - unit)
    except OverflowError:
        return points
    return points


def _overlaps(table: TableSource, columns: list[list[_Class]]) -> list[tuple[int, int, str]]:
    found = []
    count = len(table.rules)
    width = len(table.inputs)
    for first in range(count):
        for second in range(first + 1, count):
            if table.hit_policy == "ANY" and table.rules[first].cells[width:] == table.rules[second].cells[width:]:
                continue
            both = 1 << first | 1 << second
            shared = [next((each for each in column if each.rules & both == both), None) for column in columns]
            if all(each is not None for each in shared):
                found.append((first + 1, second + 1, _example(table, [each for each in shared if each is not None])))
            if len(found) == _MAX_OVERLAPS:
                return found
    return found


def _gap(table: TableSource, columns: list[list[_Class]]) -> str | None:
    budget = _MAX_SEARCH

    def search(index: int, alive: int, chosen: list[_Class]) -> list[_Class] | None:
        nonlocal budget
        budget -= 1
        if budget < 0:
            return None
        if not alive:
            rest = [column[0] for column in columns[index:]]
            return [*chosen, *rest]
        if index == len(columns):
            return None
        for each in columns[index]:
            if (found := search(index + 1, alive & each.rules, [*chosen, each])) is not None:
                return found
        return None

    if not all(columns):
        return None
    found = search(0, (1 << len(table.rules)) - 1, [])
    return None if found is None else _example(table, found)


def _example(table: TableSource, chosen: list[_Class]) -> str:
    run = Run(lambda name: None, None)
    parts = [
        f"{clause.label} = {text_of(run, each.example)}"
        for clause, each in zip(table.inputs, chosen, strict=True)
        if each.example is not None
    ]
    return ", ".join(parts) or "-"
