"""What a decision table is and gives, for those who show it and keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class InputClause:
    """A column of conditions."""

    label: str
    #: FEEL of the value that the cells test.
    expression: str
    type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputClause:
    """A column of results."""

    name: str
    label: str
    type: str | None
    #: FEEL of the allowed values in their order of priority.
    values: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row: the inputs' cells, then the outputs'."""

    id: str
    cells: tuple[str, ...]
    annotation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTrace:
    """One answer of one table."""

    #: Id of the decision or knowledge model that the table stands in.
    element: str
    #: Id of the table.
    table: str
    #: Rules that hit, from 1, in the table's order.
    rules: tuple[int, ...]
    #: What the table saw, by the input's label or expression.
    inputs: Mapping[str, Any]
    output: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionResult:
    """What a decision said and why."""

    output: Any
    #: Rules of the decision's own table that hit, from 1, in the table's order.
    rules: tuple[int, ...] = ()
    #: What its own table saw, by the input's label or expression.
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: Every table that was asked, those of required decisions and of knowledge too, in the order in which they
    #: answered; the first hundred.
    tables: tuple[TableTrace, ...] = ()
