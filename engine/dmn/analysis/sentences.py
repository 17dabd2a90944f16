"""The report of a table as sentences that its owner acts on, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.dmn.analysis.report import Gap, Overlap, Report, Unreachable
from engine.dmn.table import TableSource

Sentence = tuple[str, str]
#: More numbers than these are not read by anybody.
_MOST_NUMBERS: Final = 12
_LONGEST: Final = 200
MORE_OVERLAPS: Final[Sentence] = ("还有其他行会同时命中。", "Further rules can hit together.")
MORE_GAPS: Final[Sentence] = ("还有其他输入不命中任何一行。", "Further inputs hit no rule.")
UNFINISHED: Final[Sentence] = (
    "决策表太大,未能全部分析,可能还有其他问题。",
    "The table is too large to be analysed to the end; there may be more.",
)


def describe(report: Report, table: TableSource) -> list[Sentence]:
    """What the report says, one sentence (Chinese, English) a finding; a table without findings has one too."""
    found = [overlap_sentence(each, table) for each in report.overlaps]
    if report.more_overlaps:
        found.append(MORE_OVERLAPS)
    found += [gap_sentence(each) for each in report.gaps]
    if report.more_gaps:
        found.append(MORE_GAPS)
    found += [unreachable_sentence(each, table) for each in report.unreachable]
    found += [
        (f"没有一行检查输入列 {label}。", f"No rule tests input {label}.")
        for label in (shortened(table.inputs[column - 1].label) for column in report.untested)
    ]
    if report.unknown:
        found.append(_unknown_sentence(report.unknown))
    if not report.complete:
        found.append(UNFINISHED)
    return found or [("没有发现问题。", "Nothing is wrong.")]


def overlap_sentence(overlap: Overlap, table: TableSource) -> Sentence:
    """Two rules that hit together."""
    example = shortened(overlap.example.text)
    zh = f"第 {overlap.first} 行与第 {overlap.second} 行会同时命中" + (f",例如 {example}" if example else "")
    en = f"Rules {overlap.first} and {overlap.second} can hit together" + (
        f", for example with {example}" if example else ""
    )
    if table.hit_policy == "UNIQUE":
        return f"{zh};UNIQUE 表同时命中两行时流程会停下。", f"{en}; a case stops when two rules of a UNIQUE table hit."
    if overlap.certain:
        return f"{zh},但结果不同。", f"{en}, with different outputs."
    return f"{zh},结果可能不同。", f"{en}, and their outputs may differ."


def gap_sentence(gap: Gap) -> Sentence:
    """Inputs that hit nothing."""
    if not gap.text:
        return "任何输入都不命中任何一行。", "No input hits any rule."
    text, example = shortened(gap.text), shortened(gap.example.text)
    if gap.text == gap.example.text:
        return f"有输入不命中任何一行:{text}。", f"Some inputs hit no rule: {text}."
    return (
        f"有输入不命中任何一行:{text},例如 {example}。",
        f"Some inputs hit no rule: {text}, for example {example}.",
    )


def shortened(text: str) -> str:
    """As much of a text as a sentence can hold."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def unreachable_sentence(never: Unreachable, table: TableSource) -> Sentence:
    """A rule that never hits, or whose result is never taken."""
    by = _numbers(never.covered_by, "、", ", ")
    if not never.covered_by:
        labels = [shortened(table.inputs[column - 1].label) for column in never.columns[:_MOST_NUMBERS]]
        return (
            f"第 {never.rule} 行永远不会命中:没有值能满足输入列 {'、'.join(labels)} 的单元格。",
            f"Rule {never.rule} never hits: no value passes its cell of input {', '.join(labels)}.",
        )
    rules = "rule" if len(never.covered_by) == 1 else "rules"
    if table.hit_policy == "PRIORITY":
        return (
            f"第 {never.rule} 行的结果永远不会被采用:凡它命中时,第 {by[0]} 行也命中且优先。",
            f"The result of rule {never.rule} is never taken: whenever it hits, {rules} {by[1]} hit too and go first.",
        )
    return (
        f"第 {never.rule} 行永远不会命中:第 {by[0]} 行已包含它的全部情况。",
        f"Rule {never.rule} never hits: {rules} {by[1]} before it take all its cases.",
    )


def _numbers(rules: Sequence[int], zh: str, en: str) -> Sentence:
    texts = [str(rule) for rule in rules[:_MOST_NUMBERS]]
    more = len(rules) > _MOST_NUMBERS
    return zh.join(texts) + (" 等" if more else ""), en.join(texts) + (" and more" if more else "")


def _unknown_sentence(cells: Sequence[tuple[int, int]]) -> Sentence:
    shown = cells[:_MOST_NUMBERS]
    more = len(cells) > _MOST_NUMBERS
    zh = "、".join(f"第 {rule} 行第 {column} 列" for rule, column in shown) + (" 等" if more else "")
    en = "; ".join(f"rule {rule}, column {column}" for rule, column in shown) + ("; and more" if more else "")
    return f"以下单元格无法事先分析:{zh}。", f"These cells cannot be analysed beforehand: {en}."
