"""Findings of a model's elements: ids, types that nobody defines, expressions that cannot be meant so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.dmn import statics, xml
from engine.dmn.elements import Decision, Element
from engine.dmn.lint.findings import error, no_feel, told
from engine.dmn.types import ItemTypes, constraints, references, type_name
from engine.errors import FeelSyntaxError
from engine.feel.expressions import compile_unary_tests
from engine.model import Finding

_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_MOST_IN_CIRCLE: Final = 8
_ELEMENTS: Final = ("decision", "inputData", "businessKnowledgeModel", "decisionService")


def check_ids(root: etree._Element, file: str) -> Iterator[Finding]:
    """Ids that files and histories cannot refer to."""
    seen: set[str] = set()
    for element in xml.elements(root):
        if xml.local(element) not in _ELEMENTS:
            continue
        name = element.get("id") or ""
        if not _ID.fullmatch(name):
            yield error(
                "dmn.id", name or None,
                f"编号 {name!r} 只能由英文字母、数字、下划线、点和连字符组成,中文请写在名称里。",
                f"The id {name!r} may only hold ASCII letters, digits, '_', '.' and '-'; put other words in the name.",
                file,
            )  # fmt: skip
        elif name in seen:
            yield error("dmn.id", name, f"编号 {name} 重复。", f"The id {name} is used twice.", file)
        seen.add(name)


def check_types(root: etree._Element, types: ItemTypes, file: str) -> Iterator[Finding]:
    """Types that are named but not defined, and item definitions whose tests do not parse."""
    imported = tuple(f"{each.get('name', '')}." for each in xml.children(root, "import"))
    for owner in xml.children(root, *_ELEMENTS):
        named = {type_name(each.get("typeRef")) for each in owner.iter() if each.get("typeRef")}
        yield from _unknown(owner.get("id"), named, types, imported, file)
    for item in xml.children(root, "itemDefinition"):
        name = item.get("name", "")
        yield from _unknown(name, set(references(item)), types, imported, file)
        for text in constraints(item):
            try:
                compile_unary_tests(text)
            except FeelSyntaxError as problem:
                yield no_feel(name, (f"类型 {name} 的取值限制", f"the constraint of type {name}"), problem, file)


def _unknown(
    owner: str | None, named: set[str | None], types: ItemTypes, imported: tuple[str, ...], file: str
) -> Iterator[Finding]:
    for name in sorted(each for each in named if each is not None):
        if not types.knows(name) and not name.startswith(imported or ("\0",)):
            zh, en = f"{owner} 使用的类型 {name} 没有定义。", f"The type {name} that {owner} names is not defined."
            yield error("dmn.type", owner, zh, en, file)


def check_expressions(element: Element, file: str) -> Iterator[Finding]:
    """What is certainly wrong with an element's expressions before any value is known."""
    for remark in statics.remarks(element):
        yield Finding(
            rule=remark.rule,
            severity=remark.severity,
            element=element.id,
            zh=told(remark.zh),
            en=told(remark.en),
            file=file,
        )


def check_circles(elements: list[Element], file: str) -> Iterator[Finding]:
    """Decisions that require themselves by way of others: one that asks such a one stops its case."""
    done: set[Element] = set()
    for element in elements:
        circle = _circle(element, done)
        if circle:
            chain = " → ".join(each.id for each in (*circle[:_MOST_IN_CIRCLE], circle[0]))
            yield error(
                "dmn.circle",
                circle[0].id,
                f"决策循环依赖自己:{chain}。",
                f"Decisions require themselves: {chain}.",
                file,
            )


def _circle(start: Element, done: set[Element]) -> list[Element]:
    """A circle of decisions that is met from a start; what was looked at is added to ``done``."""
    path: list[Element] = []
    waiting: list[tuple[Element, bool]] = [(start, False)]
    while waiting:
        element, left = waiting.pop()
        if left:
            path.pop()
            done.add(element)
        elif element in path:
            done.update(path)
            return path[path.index(element) :]
        elif element not in done:
            path.append(element)
            waiting.append((element, True))
            waiting += [(each, False) for each in element.bindings.values() if isinstance(each, Decision)]
    return []
