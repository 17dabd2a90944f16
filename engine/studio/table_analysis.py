"""The analysis of a decision's table, told so that a page can mark it and mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.dmn import Decision
from engine.dmn.analysis import Domain, Gap, Overlap, Report, Unreachable, examine
from engine.dmn.analysis.sentences import (
    MORE_GAPS,
    MORE_OVERLAPS,
    UNFINISHED,
    gap_sentence,
    overlap_sentence,
    shortened,
    unreachable_sentence,
)
from engine.studio.table_inputs import column_keys, written

_MOST: Final = 20
_EMPTY: Final = ("决策表还没有规则。", "The table has no rules yet.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that the analysis says; rules and columns are counted from 1."""

    #: overlap, gap, unreachable, untested, unknown or unfinished.
    kind: str
    #: In Chinese and English.
    sentence: tuple[str, str]
    rules: tuple[int, ...] = ()
    #: Input columns that it is about.
    columns: tuple[int, ...] = ()
    #: Cells: rule and input column.
    cells: tuple[tuple[int, int], ...] = ()
    #: Of a gap: input column → the cell of a row that would fill it.
    row: Mapping[int, str] = field(default_factory=dict)
    #: FEEL by the key of the input; empty where there is none, or where an input is calculated.
    example: Mapping[str, str] = field(default_factory=dict)


def remarks_on(decision: Decision, domains: Sequence[Domain]) -> tuple[Remark, ...]:
    """All remarks on a decision's table; none for a decision without one, or that does not parse.

    Args:
        domains: what the model says of the inputs' values (``domains_of``).
    """
    table = decision.table
    if table is None or decision.problem is not None:
        return ()
    if not table.rules or not table.outputs:
        return (Remark(kind="unfinished", sentence=_EMPTY),)
    report = examine(table, domains, names=frozenset(decision.bindings), max_gaps=_MOST, max_overlaps=_MOST)
    return tuple(_Remarks(decision, report).all())


class _Remarks:
    def __init__(self, decision: Decision, report: Report) -> None:
        assert decision.table is not None  # noqa: S101 (it was examined)
        self._table = decision.table
        self._keys = column_keys(decision)
        self._report = report

    def all(self) -> Iterator[Remark]:
        """In the order in which they matter."""
        report = self._report
        yield from map(self._overlap, report.overlaps)
        if report.more_overlaps:
            yield Remark(kind="overlap", sentence=MORE_OVERLAPS)
        yield from map(self._gap, report.gaps)
        if report.more_gaps:
            yield Remark(kind="gap", sentence=MORE_GAPS)
        yield from map(self._unreachable, report.unreachable)
        if not report.complete:
            yield Remark(kind="unfinished", sentence=UNFINISHED)
        yield from map(self._untested, report.untested)
        if report.unknown:
            yield Remark(
                kind="unknown",
                sentence=(
                    f"有 {len(report.unknown)} 个单元格要看其他变量,无法事先分析。",
                    f"{len(report.unknown)} cells hang on other variables and cannot be analysed beforehand.",
                ),
                cells=report.unknown,
            )

    def _example(self, values: Sequence[Any]) -> dict[str, str]:
        if None in self._keys:
            return {}
        return {key: written(value) for key, value in zip(self._keys, values, strict=True) if key is not None}

    def _overlap(self, overlap: Overlap) -> Remark:
        return Remark(
            kind="overlap",
            sentence=overlap_sentence(overlap, self._table),
            rules=(overlap.first, overlap.second),
            example=self._example(overlap.example.values),
        )

    def _gap(self, gap: Gap) -> Remark:
        return Remark(
            kind="gap",
            sentence=gap_sentence(gap),
            columns=tuple(column for column, _ in gap.cells),
            row=dict(gap.cells),
            example=self._example(gap.example.values) if gap.text else {},
        )

    def _unreachable(self, never: Unreachable) -> Remark:
        return Remark(
            kind="unreachable",
            sentence=unreachable_sentence(never, self._table),
            rules=(never.rule, *never.covered_by),
            cells=tuple((never.rule, column) for column in never.columns),
        )

    def _untested(self, column: int) -> Remark:
        label = shortened(self._table.inputs[column - 1].label)
        return Remark(
            kind="untested",
            sentence=(f"没有一行检查输入列 {label}。", f"No rule tests input {label}."),
            columns=(column,),
        )
