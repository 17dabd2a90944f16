"""Inputs that try a table out: one for every rule, and one for every value at which an answer may turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.dmn.analysis.boxes import Box, Cover, OutOfWork, Work
from engine.dmn.analysis.columns import Column, columns_of
from engine.dmn.analysis.domains import Domain
from engine.dmn.table import TableSource

_WORK_LIMIT: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An input, and what it tries."""

    #: A value for each input column.
    values: tuple[Any, ...]
    #: The rule (from 1) that it should hit; None where it stands for a boundary alone.
    rule: int | None = None
    #: The input column (from 1) whose value is a boundary.
    column: int | None = None


def cases(
    table: TableSource, domains: Sequence[Domain], *, names: frozenset[str] = frozenset(), most: int = 200
) -> tuple[Case, ...]:
    """Inputs for a table whose cells parse, without repetitions; at most so many.

    First one for each rule, which no rule before takes where the first hit counts; then, for each value that a cell
    names, an input of a rule with this value. Rules with cells that cannot be analysed may be hit or not.

    Args:
        domains: what the model says of the inputs' values (``domains_of``).
        names: names that the model knows (they may hide built-in functions).
    """
    work = Work(_WORK_LIMIT)
    found: dict[str, Case] = {}
    try:
        columns = columns_of(table, domains, names, work)[0]
        for case in _all(table, columns, work):
            found.setdefault(repr(case.values), case)
            if len(found) >= most:
                break
    except OutOfWork:
        pass  # what was found so far is as good as it is
    return tuple(found.values())


def _all(table: TableSource, columns: Sequence[Column], work: Work) -> Iterator[Case]:
    boxes = [_box(columns, rule) for rule in range(len(table.rules))]
    for rule, box in enumerate(boxes):
        before = boxes[:rule] if table.hit_policy == "FIRST" else []
        free = Cover([each for each in before if all(each)], work).hole(box)
        if free is not None:
            yield Case(values=_values(table, columns, _examples(columns, free)), rule=rule + 1)
    for index, column in enumerate(columns):
        yield from _boundaries(table, columns, index, boxes, column)


def _box(columns: Sequence[Column], rule: int) -> Box:
    """Where a rule surely hits; where that is not known of a column, where it may."""
    return tuple((column.must[rule] & column.shown) or (column.may[rule] & column.shown) for column in columns)


def _examples(columns: Sequence[Column], box: Box) -> list[Any]:
    return [column.example(mask) for column, mask in zip(columns, box, strict=True)]


def _boundaries(
    table: TableSource, columns: Sequence[Column], index: int, boxes: Sequence[Box], column: Column
) -> Iterator[Case]:
    for number, part in enumerate(column.parts):
        if not column.shown >> number & 1:
            continue
        box = next((each for each in boxes if all(each) and each[index] >> number & 1), None)
        for atom in (column.atoms[each] for each in part.all):
            if box is not None and (atom.point or atom.example is None):
                examples = _examples(columns, box)
                examples[index] = atom.example
                yield Case(values=_values(table, columns, examples), column=column.members[0] + 1)


def _values(table: TableSource, columns: Sequence[Column], examples: Sequence[Any]) -> tuple[Any, ...]:
    values = [None] * len(table.inputs)
    for column, example in zip(columns, examples, strict=True):
        for member in column.members:
            values[member] = example
    return tuple(values)
