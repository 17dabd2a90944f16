"""Findings of decision tables: as they are written, and what their rules leave open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from engine.dmn import analysis
from engine.dmn.analysis.sentences import (
    MORE_GAPS,
    MORE_OVERLAPS,
    UNFINISHED,
    gap_sentence,
    overlap_sentence,
    shortened,
    unreachable_sentence,
)
from engine.dmn.elements import Element
from engine.dmn.lint.findings import error, no_feel, warning
from engine.dmn.table import TableSource
from engine.errors import FeelSyntaxError
from engine.feel.expressions import UnaryTests, compile_expression, compile_unary_tests
from engine.feel.syntax import tree
from engine.feel.syntax.parser import parse_expression
from engine.model import Finding

_POLICIES: Final = ("UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT")
_AGGREGATIONS: Final = (None, "", "SUM", "MIN", "MAX", "COUNT")
_MAX_OVERLAPS: Final = 20


def check_table(element: Element, table: TableSource, file: str) -> Iterator[Finding]:
    """What is wrong with a table as it is written: hit policy, cells that are missing or do not parse."""
    decision = element.id
    if table.hit_policy not in _POLICIES or table.aggregation not in _AGGREGATIONS:
        policy = f"{table.hit_policy} {table.aggregation or ''}".strip()
        yield error(
            "dmn.hit_policy", decision, f"命中策略 {policy} 不存在。", f"There is no hit policy {policy}.", file
        )
    if table.aggregation and (
        table.hit_policy != "COLLECT" or (len(table.outputs) > 1 and table.aggregation != "COUNT")
    ):
        yield error(
            "dmn.hit_policy", decision, "只有单列输出的 COLLECT 表才能汇总。",
            "Only a COLLECT table with one output column can aggregate.", file,
        )  # fmt: skip
    if table.hit_policy in ("PRIORITY", "OUTPUT ORDER") and not any(clause.values for clause in table.outputs):
        yield error(
            "dmn.hit_policy", decision, f"命中策略 {table.hit_policy} 需要为输出列写明取值顺序。",
            f"Hit policy {table.hit_policy} needs the allowed output values in their order.", file,
        )  # fmt: skip
    if not table.outputs:
        yield error("dmn.no_outputs", decision, "决策表没有输出列。", "The table has no output.", file)
    if not table.rules:
        yield error("dmn.no_rules", decision, "决策表没有规则。", "The table has no rules.", file)
    yield from _texts(element, table, file)


def _texts(element: Element, table: TableSource, file: str) -> Iterator[Finding]:
    """Texts that do not parse, where the loader found that one does not."""
    if element.problem is None:
        return
    attempt = _Attempt(element, file)
    width = len(table.inputs)
    for clause in table.inputs:
        yield from attempt.of(element.id, _input_place(clause.label), clause.expression, cell=False)
    for clause, text in zip(table.inputs, table.input_values, strict=True):
        yield from attempt.of(element.id, _input_place(clause.label), text, cell=True)
    for number, rule in enumerate(table.rules, 1):
        if len(rule.cells) != width + len(table.outputs):
            yield error(
                "dmn.cells", rule.id, f"第 {number} 行的单元格数与列数不符。",
                f"Rule {number} has not one cell for each column.", file,
            )  # fmt: skip
        for column, text in enumerate(rule.cells):
            place = f"第 {number} 行第 {column + 1} 列", f"rule {number}, column {column + 1}"
            yield from attempt.of(rule.id, place, text, cell=column < width)
    for output in table.outputs:
        place = f"输出列 {output.label} 默认值", f"the default of output {output.label}"
        yield from attempt.of(element.id, place, output.default, cell=False)


def _input_place(label: str) -> tuple[str, str]:
    return f"输入列 {shortened(label)} ", f"input {shortened(label)}"


class _Attempt:
    """Compiles texts with the names that their element knows."""

    def __init__(self, element: Element, file: str) -> None:
        self._names = frozenset(element.bindings)
        self._properties = frozenset(element.types.properties)
        self._file = file

    def of(self, element: str, where: tuple[str, str], text: str, *, cell: bool) -> Iterator[Finding]:
        """What is wrong with one text."""
        if not text or text == "-":
            return
        try:
            if cell:
                compile_unary_tests(text, self._names, self._properties)
            else:
                compile_expression(text, self._names, properties=self._properties)
        except FeelSyntaxError as problem:
            yield no_feel(element, where, problem, self._file)


def analyse(element: Element, table: TableSource, root: etree._Element, file: str) -> Iterator[Finding]:
    """Gaps, overlaps, rules that never hit, outputs that nobody allows."""
    domains = analysis.domains_of(root, table)
    report = analysis.examine(table, domains, names=frozenset(element.bindings), max_overlaps=_MAX_OVERLAPS)
    for overlap in report.overlaps:
        yield warning("dmn.overlap", table.rules[overlap.second - 1].id, overlap_sentence(overlap, table), file)
    if report.more_overlaps:
        yield warning("dmn.overlap", element.id, MORE_OVERLAPS, file)
    for gap in report.gaps:
        yield warning("dmn.gap", element.id, gap_sentence(gap), file)
    if report.more_gaps:
        yield warning("dmn.gap", element.id, MORE_GAPS, file)
    for never in report.unreachable:
        yield warning("dmn.unreachable", table.rules[never.rule - 1].id, unreachable_sentence(never, table), file)
    if not report.complete:
        yield warning("dmn.unfinished", element.id, UNFINISHED, file)
    yield from _outputs(table, file)


def _outputs(table: TableSource, file: str) -> Iterator[Finding]:
    """Constant outputs that are none of their column's allowed values."""
    width = len(table.inputs)
    for column, clause in enumerate(table.outputs):
        allowed = _tests(clause.values)
        for rule in table.rules if allowed is not None else ():
            value = _constant(rule.cells[width + column])
            if value is not None and allowed is not None and allowed(value, _nothing) is False:
                label, text, values = map(shortened, (clause.label, rule.cells[width + column], clause.values))
                zh = f"输出列「{label}」的值 {text} 不在允许的取值 {values} 之内。"
                en = f"The value {text} of output {label} is none of the allowed ones {values}."
                yield warning("dmn.output_values", rule.id, (zh, en), file)


def _tests(text: str) -> UnaryTests | None:
    try:
        return compile_unary_tests(text) if text else None
    except FeelSyntaxError:
        return None


def _constant(text: str) -> Any:
    """The value of a cell that holds a literal, None for others."""
    try:
        node = parse_expression(text)
    except FeelSyntaxError:
        return None
    return node.value if isinstance(node, tree.Constant) else None


def _nothing(name: str) -> None:
    return None
