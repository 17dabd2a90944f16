"""The outputs of a table's rules as far as they are constants: which differ, and which go before which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.dmn.analysis.cells import constant_of
from engine.dmn.analysis.kinds import KINDS_OF_TYPE
from engine.dmn.results import OutputClause
from engine.dmn.table import TableSource
from engine.errors import FeelError
from engine.feel.limits import Run
from engine.feel.syntax.names import normal
from engine.feel.syntax.parser import parse_expression
from engine.feel.values import operations
from engine.feel.values.types import Type, canonical, coerce

#: The best and the worst place that a rule's outputs may have.
Rank: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Output:
    """One output cell."""

    text: str
    #: Whether its value is known beforehand.
    constant: bool
    value: Any = None


def outputs_of(table: TableSource, names: frozenset[str]) -> list[tuple[Output, ...]]:
    """The output cells by rule."""
    width = len(table.inputs)
    return [
        tuple(_output(text, clause, names) for text, clause in zip(rule.cells[width:], table.outputs, strict=True))
        for rule in table.rules
    ]


def _output(text: str, clause: OutputClause, names: frozenset[str]) -> Output:
    if not text or text == "-":
        return Output(text, True)
    value = _constant(text, names)
    if not value:
        return Output(normal(text), False)
    if clause.type is not None and canonical(clause.type) in KINDS_OF_TYPE:
        fitted = coerce(value[0], Type(clause.type))
        return Output(text, True, value[0] if fitted is None else fitted)
    return Output(text, True, value[0])


def _constant(text: str, names: frozenset[str]) -> tuple[Any, ...]:
    try:
        return constant_of(parse_expression(text, names), names)
    except FeelError:
        return ()


def differ(one: tuple[Output, ...], other: tuple[Output, ...]) -> bool | None:
    """Whether two rules' outputs differ; None where they are written differently, but could turn out the same."""
    verdict: bool | None = False
    for mine, theirs in zip(one, other, strict=True):
        if mine.constant and theirs.constant:
            if not operations.same(mine.value, theirs.value, Run(lambda name: None, None)):
                return True
        elif mine.text != theirs.text or mine.constant != theirs.constant:
            verdict = None
    return verdict


def ranks_of(table: TableSource, outputs: Sequence[tuple[Output, ...]]) -> list[Rank]:
    """By rule: the best and the worst place that its outputs may have in the order of the allowed ones."""
    wanted = [_listed(clause.values) for clause in table.outputs]
    known: dict[tuple[int, str, bool], tuple[int, int]] = {}
    ranks = []
    for row in outputs:
        places = []
        for column, (output, each) in enumerate(zip(row, wanted, strict=True)):
            key = column, output.text, output.constant
            if key not in known:
                known[key] = _places(output, each)
            places.append(known[key])
        ranks.append((tuple(best for best, _ in places), tuple(worst for _, worst in places)))
    return ranks


def _places(output: Output, wanted: list[Any]) -> tuple[int, int]:
    if not output.constant:
        return 0, len(wanted)
    run = Run(lambda name: None, None)
    place = next((index for index, each in enumerate(wanted) if operations.same(output.value, each, run)), len(wanted))
    return place, place


def _listed(text: str) -> list[Any]:
    values = _constant(f"[{text}]", frozenset()) if text else ()
    return values[0] if values and isinstance(values[0], list) else []
