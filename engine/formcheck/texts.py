"""Computed texts of a form: what form-js writes in ``{{…}}``, evaluated where the form is made.

The language is form-js's: ``{{expression}}``, ``{{#if condition}}…{{/if}}``, ``{{#loop list}}…{{/loop}}``, or the whole
text as FEEL after "=". What follows an insert says how a number reads: 元 makes it money, % a percentage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from engine.errors import FeelError
from engine.feel import Expression
from engine.formcheck.messages import Problem
from engine.formcheck.scope import Scope, compiled
from engine.model import Value

#: How a value reads: the value, the unit behind it (元, % or ""), and its name where it is one.
Write: TypeAlias = Callable[[Value, str, str], str]

MONEY: Final = "元"
PERCENT: Final = "%"
#: What stands for a value that is not there.
NOTHING: Final = "暂无"
MAX_ROUNDS: Final = 200
MAX_LENGTH: Final = 20_000
MAX_SECTIONS: Final = 8
#: As form-js finds it: an insert stands on one line.
_TAG: Final = re.compile(r"\{\{(.*?)\}\}")
_UNIT: Final = re.compile(r"([ \u00a0]?)(元|%|\uff05)")
_NAME: Final = re.compile(r"(?:[A-Za-z]\w*\.)*([A-Za-z]\w*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Insert:
    expression: Expression
    #: 元, % or "".
    unit: str
    #: The unit as it is written, with its space.
    tail: str
    #: Last name of a path; "" for what is computed.
    name: str
    #: The text is this and nothing else.
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Section:
    #: if or loop.
    kind: str
    expression: Expression
    body: list[_Node] = field(default_factory=list)


_Node: TypeAlias = "str | _Insert | _Section"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of a form, read once."""

    nodes: tuple[_Node, ...]
    #: Names that it reads; those of a loop's rows are among them.
    names: frozenset[str]
    #: Why it cannot be computed, or None.
    problem: Problem | None = None

    @property
    def is_computed(self) -> bool:
        """Whether it says more than it is written."""
        return any(not isinstance(node, str) for node in self.nodes)


@lru_cache(maxsize=1024)
def read(words: str) -> Text:
    """A text as a form has it; one that cannot be read says why."""
    try:
        nodes = (_Insert(compiled(words), "", "", "", whole=True),) if words.startswith("=") else tuple(_parse(words))
    except FeelError as problem:
        return Text(nodes=(), names=frozenset(), problem=Problem(f"无法解析:{problem.message_zh}", f"{problem}"))
    except _Malformed as problem:
        return Text(nodes=(), names=frozenset(), problem=problem.problem)
    return Text(nodes=nodes, names=frozenset(_names(nodes)))


def render(text: Text, scope: Scope, write: Write) -> str:
    """What the text says in this scope; a value that is null, or cannot be computed, reads 暂无, without its unit.

    A text that is FEEL as a whole says nothing where that is null: so an owner leaves it out.
    """
    return "".join(_render(text.nodes, scope, write))[:MAX_LENGTH]


class _Malformed(Exception):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.problem = Problem(zh, en)


def _parse(words: str) -> list[_Node]:
    root: list[_Node] = []
    open_: list[_Section] = []
    at = 0
    for tag in _TAG.finditer(words):
        body = open_[-1].body if open_ else root
        _literal(words[at : tag.start()], body)
        at = tag.end()
        inner = tag[1].strip()
        if inner.startswith("#"):
            section = _section(inner)
            body.append(section)
            open_.append(section)
            if len(open_) > MAX_SECTIONS:
                raise _Malformed(f"嵌套超过 {MAX_SECTIONS} 层", f"sections nest deeper than {MAX_SECTIONS}")
            at += words.startswith("\n", at)
        elif inner.startswith("/"):
            if not open_ or inner[1:].strip() != open_[-1].kind:
                raise _Malformed(f"{{{{{inner[:20]}}}}} 没有对应的开头", f"{{{{{inner[:20]}}}}} closes nothing")
            open_.pop()
        elif inner:
            insert = _insert(inner, words, at)
            body.append(insert)
            at += len(insert.tail)
    if open_:
        raise _Malformed(f"{{{{#{open_[-1].kind}}}}} 没有结尾", f"{{{{#{open_[-1].kind}}}}} is not closed")
    _literal(words[at:], root)
    return root


def _literal(words: str, body: list[_Node]) -> None:
    if "{{" in words or "}}" in words:
        raise _Malformed("{{ 与 }} 不成对,或不在同一行", "{{ and }} do not match, or stand on different lines")
    if words:
        body.append(words)


def _section(inner: str) -> _Section:
    kind, _, condition = inner[1:].strip().partition(" ")
    if kind not in ("if", "loop") or not condition.strip():
        raise _Malformed(f"不支持 {{{{{inner[:20]}}}}}", f"{{{{{inner[:20]}}}}} is not supported")
    return _Section(kind, compiled(f"={condition.strip()}"))


def _insert(inner: str, words: str, at: int) -> _Insert:
    if inner.startswith("="):
        raise _Malformed("{{ }} 里不写 =,请写 {{公式}}", "write {{expression}} without = inside the braces")
    unit = _UNIT.match(words, at)
    path = _NAME.fullmatch(inner)
    return _Insert(
        compiled(f"={inner}"),
        (MONEY if unit[2] == MONEY else PERCENT) if unit else "",
        unit[0] if unit else "",
        path[1] if path else "",
    )


def _names(nodes: tuple[_Node, ...] | list[_Node]) -> Iterator[str]:
    for node in nodes:
        if not isinstance(node, str):
            yield from node.expression.names
        if isinstance(node, _Section):
            yield from _names(node.body)


def _render(nodes: tuple[_Node, ...] | list[_Node], scope: Scope, write: Write) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif isinstance(node, _Insert):
            value = _value(node.expression, scope)
            if value is None:
                yield "" if node.whole else NOTHING
            elif node.whole and isinstance(value, str):
                yield value
            else:
                yield write(value, node.unit, node.name) + node.tail
        elif node.kind == "if":
            if _value(node.expression, scope) is True:
                yield from _render(node.body, scope, write)
        else:
            for item in _items(_value(node.expression, scope)):
                row = item if isinstance(item, Mapping) else {}
                yield from _render(node.body, scope.within({"this": item, **row}), write)


def _items(value: Value) -> list[Value]:
    if value is None:
        return []
    return list(value)[:MAX_ROUNDS] if isinstance(value, list | tuple) else [value]


def _value(expression: Expression, scope: Scope) -> Value:
    try:
        return scope.value_of(expression)
    except FeelError:
        return None
