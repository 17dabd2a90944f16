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
class DecisionResult:
    """What a decision said and why."""

    output: Any
    #: Rows that hit, from 1, in the table's order.
    rules: tuple[int, ...] = ()
    #: What the table saw, by the input's label or expression.
    inputs: Mapping[str, Any] = field(default_factory=dict)
