"""Analyses a decision table: what overlaps, what is missing, and what is never reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from engine.dmn.analysis import searches
from engine.dmn.analysis.boxes import OutOfWork, Work
from engine.dmn.analysis.columns import columns_of
from engine.dmn.analysis.domains import Domain, domain_of_type
from engine.dmn.analysis.outputs import outputs_of
from engine.dmn.analysis.report import Report
from engine.dmn.table import TableSource

WORK_LIMIT: Final = 1_000_000
_SINGLE_HIT: Final = ("UNIQUE", "ANY", "PRIORITY", "FIRST")
_Found = TypeVar("_Found")


def examine(
    table: TableSource,
    domains: Sequence[Domain] | None = None,
    *,
    names: frozenset[str] = frozenset(),
    gaps: bool | None = None,
    max_gaps: int = 5,
    max_overlaps: int | None = None,
    work_limit: int = WORK_LIMIT,
) -> Report:
    """Analyse a table whose cells parse and are as many as its columns.

    Args:
        domains: what the model says of the inputs' values, in step with them (``domains_of``); None: their types.
        names: names that the model knows (they may hide built-in functions).
        gaps: look for inputs that hit nothing; None: where the hit policy is of one hit and no default stands.
        max_gaps: how many to describe.
        max_overlaps: how many pairs to name; None: all that the work allows.
        work_limit: units for each search; the same table takes the same units always.

    Columns are taken to be free of each other: that an input is always larger than another one is not known here.
    Null counts as an input where a cell of the column names it; a rule that null alone reaches is reachable.
    """
    work = Work(work_limit)
    try:
        columns, unknown, untested = columns_of(table, domains or _by_type(table), names, work)
    except OutOfWork:
        return Report(complete=False, work=work.spent)
    if gaps is None:
        gaps = table.hit_policy in _SINGLE_HIT and not any(clause.default for clause in table.outputs)
    outputs = outputs_of(table, names)
    bounds = [Work(work_limit) for _ in range(3)]
    one_at_most = table.hit_policy in ("UNIQUE", "ANY")
    pairs, pairs_done = (
        _taken(searches.overlaps(table, columns, outputs, bounds[0]), max_overlaps) if one_at_most else ([], True)
    )
    missing, gaps_done = _taken(searches.gaps(table, columns, max_gaps, bounds[1])) if gaps else ([], True)
    never, never_done = _taken(searches.unreachable(table, columns, outputs, bounds[2]))
    return Report(
        overlaps=tuple(pairs[:max_overlaps]),
        more_overlaps=max_overlaps is not None and len(pairs) > max_overlaps,
        gaps=tuple(missing[:max_gaps]),
        more_gaps=len(missing) > max_gaps,
        unreachable=tuple(never),
        untested=untested,
        unknown=unknown,
        complete=pairs_done and gaps_done and never_done,
        work=work.spent + sum(bound.spent for bound in bounds),
    )


def _by_type(table: TableSource) -> list[Domain]:
    return [domain_of_type(clause.type) for clause in table.inputs]


def _taken(found: Iterator[_Found], most: int | None = None) -> tuple[list[_Found], bool]:
    """What a search finds within its bound, at most one more than asked for, and whether the bound was kept."""
    taken: list[_Found] = []
    try:
        while (most is None or len(taken) <= most) and (each := next(found, None)) is not None:
            taken.append(each)
    except OutOfWork:
        return taken, False
    return taken, True
