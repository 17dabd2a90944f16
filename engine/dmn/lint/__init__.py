"""What is wrong with a decision file, in words that its owner can act on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.dmn import xml
from engine.dmn.boxed import expression_in
from engine.dmn.elements import Decision, Element, Knowledge
from engine.dmn.lint.findings import broken, error, warning
from engine.dmn.lint.model import check_circles, check_expressions, check_ids, check_types
from engine.dmn.lint.tables import analyse, check_table
from engine.dmn.loader import load
from engine.errors import DefinitionRefused
from engine.model import Finding

__all__ = ["check"]
#: Characters of all expressions of a file; beyond, the rest is loaded but not looked into.
_MOST_TEXT: Final = 600_000
_TOO_MUCH: Final = (
    "文件中的表达式太多,后面的未能检查。",
    "The file holds too many expressions; the last ones are not looked into.",
)


def check(data: bytes, file: str) -> list[Finding]:
    """All findings of a decision file; rule codes ``dmn.*``.

    Errors: dmn.xml, dmn.doctype, dmn.empty, dmn.reference, dmn.circle, dmn.id, dmn.hit_policy, dmn.no_rules,
    dmn.no_outputs, dmn.cells, dmn.feel, dmn.type (not defined, or an expression that can never have it).
    Warnings: dmn.overlap, dmn.gap, dmn.unreachable (with examples), dmn.unfinished (the table is too large to be
    analysed to the end), dmn.output_values, dmn.static (an expression that cannot be meant so).
    """
    try:
        root = xml.read(data)
    except xml.DoctypeRefused as refused:
        return [error("dmn.doctype", None, refused.message_zh, "The file has a DOCTYPE, which is refused.", file)]
    except DefinitionRefused as refused:
        return [error("dmn.xml", None, refused.message_zh, f"The file cannot be read: {refused}.", file)]
    try:
        model = load(data)
    except DefinitionRefused as refused:
        return [error("dmn.reference", None, refused.message_zh, f"The file cannot be loaded: {refused}.", file)]
    found = list(check_ids(root, file))
    if not model.decisions:
        found.append(error("dmn.empty", None, "文件中没有决策。", "The file has no decision.", file))
    if model.elements:
        found += check_types(root, model.elements[0].types, file)
    found += check_circles(model.elements, file)
    sources = {each.get("id", ""): each for each in xml.children(root, "decision")}
    read = 0
    for element in model.elements:
        read += sum(len(text.source) for text in element.texts)
        whole = read <= _MOST_TEXT
        if isinstance(element, Decision) and element.id in sources:
            found += _decision(element, sources[element.id], root, file, whole=whole)
        elif isinstance(element, Knowledge):
            found += _knowledge(element, root, file, whole=whole)
    if read > _MOST_TEXT:
        found.append(warning("dmn.unfinished", None, _TOO_MUCH, file))
    return found


def _decision(
    decision: Decision, source: etree._Element, root: etree._Element, file: str, *, whole: bool
) -> Iterator[Finding]:
    """What is wrong with a decision; ``whole``: its expressions and tables are looked into."""
    if expression_in(source) is None:
        yield error(
            "dmn.no_rules", decision.id, f"决策 {decision.id} 没有决策表或表达式。",
            f"Decision {decision.id} has neither a table nor an expression.", file,
        )  # fmt: skip
    problems = list(check_table(decision, decision.table, file)) if decision.table is not None else []
    if not problems and decision.problem is not None:
        problems.append(broken(decision.id, decision.problem, file))
    yield from problems
    if problems or not whole:
        return
    if decision.table is not None:
        yield from analyse(decision, decision.table, root, file)
    yield from _inside(decision, root, file)


def _knowledge(knowledge: Knowledge, root: etree._Element, file: str, *, whole: bool) -> Iterator[Finding]:
    if knowledge.problem is not None:
        yield broken(knowledge.id, knowledge.problem, file)
        return
    if whole:
        yield from _inside(knowledge, root, file)


def _inside(element: Element, root: etree._Element, file: str) -> Iterator[Finding]:
    """Tables within boxed expressions, and all expressions."""
    for table in element.inner_tables:
        problems = list(check_table(element, table, file))
        yield from problems or analyse(element, table, root, file)
    yield from check_expressions(element, file)
