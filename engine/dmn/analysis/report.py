"""What the analysis says of a decision table, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An input of the table."""

    #: A value for each input column.
    values: tuple[Any, ...]
    #: Those that matter, as ``label = value`` in FEEL; empty when none does.
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two rules (from 1) that hit together though the hit policy allows one, or only equal outputs."""

    first: int
    second: int
    example: Example
    #: False: of ANY, the outputs are written differently but are no constants; they may turn out the same.
    certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Inputs that hit no rule: as many as one row can name."""

    #: Input column (from 1) and the cell that a new row would hold there; columns that do not matter are left out.
    cells: tuple[tuple[int, str], ...]
    #: The cells with their labels; empty when no input hits.
    text: str
    example: Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """A rule (from 1) whose result never comes out."""

    rule: int
    #: Rules that hit first, or go before it, whatever the input; none when the rule contradicts itself.
    covered_by: tuple[int, ...] = ()
    #: Input columns (from 1) whose cells no value passes.
    columns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the analysis found of a table; what it says holds for all inputs."""

    overlaps: tuple[Overlap, ...] = ()
    #: There are more overlaps than were asked for.
    more_overlaps: bool = False
    gaps: tuple[Gap, ...] = ()
    #: There are more gaps than were asked for.
    more_gaps: bool = False
    unreachable: tuple[Unreachable, ...] = ()
    #: Input columns (from 1) that no rule tests.
    untested: tuple[int, ...] = ()
    #: Cells (rule, input column; from 1) that hang on more than constants: they may hit or not.
    unknown: tuple[tuple[int, int], ...] = ()
    #: False: the bound of work was reached, there may be more than is said here.
    complete: bool = True
    #: Units of work, the same for the same table.
    work: int = 0
