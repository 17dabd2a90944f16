"""What is wrong with a decision file, in words that its owner can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.dmn import analysis, xml
from engine.dmn.analysis.sentences import UNFINISHED, gap_sentence, overlap_sentence, unreachable_sentence
from engine.dmn.boxed import expression_in
from engine.dmn.elements import Decision, Knowledge
from engine.dmn.loader import load
from engine.dmn.table import TableSource
from engine.errors import DecisionError, DefinitionRefused, FeelSyntaxError
from engine.feel.expressions import compile_expression, compile_unary_tests
from engine.model import Finding, Severity

_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_POLICIES: Final = ("UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT")
_AGGREGATIONS: Final = (None, "", "SUM", "MIN", "MAX", "COUNT")
_MAX_OVERLAPS: Final = 20


def check(data: bytes, file: str) -> list[Finding]:
    """All findings of a decision file; rule codes ``dmn.*``.

    Errors: dmn.xml, dmn.doctype, dmn.empty, dmn.reference, dmn.id, dmn.hit_policy, dmn.no_rules, dmn.cells, dmn.feel.
    Warnings: dmn.overlap, dmn.gap (with an example input), dmn.unreachable,
    dmn.unfinished (the table is too large to be analysed to the end).
    """
    try:
        root = xml.read(data)
    except xml.DoctypeRefused as error:
        return [_error("dmn.doctype", None, error.message_zh, "The file has a DOCTYPE, which is refused.", file)]
    except DefinitionRefused as error:
        return [_error("dmn.xml", None, error.message_zh, f"The file cannot be read: {error}.", file)]
    try:
        model = load(data)
    except DefinitionRefused as error:
        return [_error("dmn.reference", None, error.message_zh, f"The file cannot be loaded: {error}.", file)]
    found = list(_ids(root, file))
    if not model.decisions:
        found.append(_error("dmn.empty", None, "文件中没有决策。", "The file has no decision.", file))
    for source in xml.children(root, "decision"):
        decision = model.decisions.get(source.get("id", ""))
        if decision is not None:
            found += _decision(decision, source, file)
    for element in model.elements:
        if isinstance(element, Knowledge) and element.problem is not None:
            found.append(_broken(element.id, element.problem, file))
    return found


def _error(rule: str, element: str | None, zh: str, en: str, file: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, element=element, zh=zh, en=en, file=file)


def _ids(root: etree._Element, file: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for element in xml.elements(root):
        if xml.local(element) not in ("decision", "inputData", "businessKnowledgeModel", "decisionService"):
            continue
        name = element.get("id") or ""
        if not _ID.fullmatch(name):
            yield _error(
                "dmn.id", name or None,
                f"编号 {name!r} 只能由英文字母、数字、下划线、点和连字符组成,中文请写在名称里。",
                f"The id {name!r} may only hold ASCII letters, digits, '_', '.' and '-'; put other words in the name.",
                file,
            )  # fmt: skip
        elif name in seen:
            yield _error("dmn.id", name, f"编号 {name} 重复。", f"The id {name} is used twice.", file)
        seen.add(name)


def _decision(decision: Decision, source: etree._Element, file: str) -> Iterator[Finding]:
    if expression_in(source) is None:
        yield _error(
            "dmn.no_rules", decision.id, f"决策 {decision.id} 没有决策表或表达式。",
            f"Decision {decision.id} has neither a table nor an expression.", file,
        )  # fmt: skip
    if decision.table is None:
        if decision.problem is not None:
            yield _broken(decision.id, decision.problem, file)
        return
    problems = list(_table(decision.id, decision.table, file))
    if not problems and decision.problem is not None:
        problems.append(_broken(decision.id, decision.problem, file))
    yield from problems
    if not problems:
        yield from _analysis(decision, source, file)


def _broken(element: str, problem: DecisionError, file: str) -> Finding:
    return _error("dmn.feel", element, problem.message_zh, f"{problem}.", file)


def _feel(element: str, where: tuple[str, str], text: str, error: Exception, file: str) -> Finding:
    """``where``: the place in Chinese and in English."""
    zh, en = where
    if isinstance(error, FeelSyntaxError):
        place = f"第 {error.position + 1} 个字符处{error.problem_zh}"
        problem = f"{error.problem} at character {error.position + 1}"
    else:
        place, problem = "有误", str(error)
    return _error(
        "dmn.feel", element, f"{zh}的表达式 {text} {place}。", f"The expression {text} of {en}: {problem}.", file
    )


def _table(decision: str, table: TableSource, file: str) -> Iterator[Finding]:
    if table.hit_policy not in _POLICIES or table.aggregation not in _AGGREGATIONS:
        policy = f"{table.hit_policy} {table.aggregation or ''}".strip()
        yield _error(
            "dmn.hit_policy", decision, f"命中策略 {policy} 不存在。", f"There is no hit policy {policy}.", file
        )
    if table.aggregation and (
        table.hit_policy != "COLLECT" or (len(table.outputs) > 1 and table.aggregation != "COUNT")
    ):
        yield _error(
            "dmn.hit_policy", decision, "只有单列输出的 COLLECT 表才能汇总。",
            "Only a COLLECT table with one output column can aggregate.", file,
        )  # fmt: skip
    if table.hit_policy in ("PRIORITY", "OUTPUT ORDER") and not any(clause.values for clause in table.outputs):
        yield _error(
            "dmn.hit_policy", decision, f"命中策略 {table.hit_policy} 需要为输出列写明取值顺序。",
            f"Hit policy {table.hit_policy} needs the allowed output values in their order.", file,
        )  # fmt: skip
    if not table.rules:
        yield _error("dmn.no_rules", decision, "决策表没有规则。", "The table has no rules.", file)
    yield from _texts(decision, table, file)


def _texts(decision: str, table: TableSource, file: str) -> Iterator[Finding]:
    width = len(table.inputs)
    for clause in table.inputs:
        yield from _try(decision, _input_place(clause.label), clause.expression, file, cell=False)
    for clause, text in zip(table.inputs, table.input_values, strict=True):
        yield from _try(decision, _input_place(clause.label), text, file, cell=True)
    for number, rule in enumerate(table.rules, 1):
        if len(rule.cells) != width + len(table.outputs):
            yield _error(
                "dmn.cells", rule.id, f"第 {number} 行的单元格数与列数不符。",
                f"Rule {number} has not one cell for each column.", file,
            )  # fmt: skip
        for column, text in enumerate(rule.cells):
            place = f"第 {number} 行第 {column + 1} 列", f"rule {number}, column {column + 1}"
            yield from _try(rule.id, place, text, file, cell=column < width)
    for output in table.outputs:
        place = f"输出列 {output.label} 默认值", f"the default of output {output.label}"
        yield from _try(decision, place, output.default, file, cell=False)


def _input_place(label: str) -> tuple[str, str]:
    return f"输入列 {label} ", f"input {label}"


def _try(element: str, where: tuple[str, str], text: str, file: str, *, cell: bool) -> Iterator[Finding]:
    if not text or text == "-":
        return
    try:
        (compile_unary_tests if cell else compile_expression)(text)
    except FeelSyntaxError as error:
        yield _feel(element, where, text, error, file)


def _analysis(decision: Decision, source: etree._Element, file: str) -> Iterator[Finding]:
    table = decision.table
    if table is None:
        return
    domains = analysis.domains_of(source.getroottree().getroot(), table)
    report = analysis.examine(table, domains, names=frozenset(decision.bindings))
    for overlap in report.overlaps[:_MAX_OVERLAPS]:
        yield _warning("dmn.overlap", table.rules[overlap.second - 1].id, overlap_sentence(overlap, table), file)
    for gap in report.gaps:
        yield _warning("dmn.gap", decision.id, gap_sentence(gap), file)
    for never in report.unreachable:
        yield _warning("dmn.unreachable", table.rules[never.rule - 1].id, unreachable_sentence(never, table), file)
    if not report.complete:
        yield _warning("dmn.unfinished", decision.id, UNFINISHED, file)


def _warning(rule: str, element: str, sentence: tuple[str, str], file: str) -> Finding:
    zh, en = sentence
    return Finding(rule=rule, severity=Severity.WARNING, element=element, zh=zh, en=en, file=file)
