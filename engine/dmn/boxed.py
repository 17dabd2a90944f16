"""Boxed expressions of a decision model as FEEL's syntax tree, so that one compiler serves both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lxml import etree

from engine.dmn import xml
from engine.dmn.places import Place
from engine.dmn.table import compile_table, read_table
from engine.dmn.types import ItemTypes, type_name
from engine.dmn.vocabulary import Vocabulary
from engine.feel.compiler.core import Closure, Scope, compile_node
from engine.feel.syntax.names import normal
from engine.feel.syntax.tree import (
    Call,
    Constant,
    ContextLiteral,
    Filter,
    For,
    Foreign,
    Function,
    If,
    Iterator,
    ListLiteral,
    Node,
    Path,
    Quantified,
)
from engine.feel.values.types import Type

EXPRESSIONS: Final = (
    "literalExpression", "context", "decisionTable", "functionDefinition", "invocation", "list", "relation",
    "conditional", "filter", "for", "some", "every",
)  # fmt: skip
#: The key of a context's result; no name of a model can be this.
_RESULT: Final = "\0result"


def expression_in(element: etree._Element) -> etree._Element | None:
    """The boxed expression among an element's children."""
    return xml.child(element, *EXPRESSIONS)


def node_of(element: etree._Element | None, vocabulary: Vocabulary) -> Node:
    """The tree of a boxed expression; an empty one is null.

    Raises:
        DecisionError: a text in it does not parse, or it is not what the standard knows; the error names the place.
    """
    if element is None:
        return Constant(None)
    kind = xml.local(element)
    if kind not in _READERS:
        raise vocabulary.place.refuse(f"the boxed expression {kind!r} is unknown", f"不认识表达式 {kind}")
    node = _READERS[kind](element, vocabulary)
    return typed(node, type_name(element.get("typeRef")), vocabulary.types)


def typed(node: Node, kind: str | None, types: ItemTypes) -> Node:
    """The node, with its value made to fit a type (null where it does not)."""
    return _fitted(node, kind, types.coerce)


def _fitted(node: Node, kind: str | None, coerce: Callable[..., Any]) -> Node:
    if kind is None:
        return node

    def compile_typed(scope: Scope) -> Closure:
        inner = compile_node(node, scope)
        return lambda env: coerce(inner(env), kind, env.run)

    return Foreign(compile_typed, (node,))


def _inner(element: etree._Element, name: str, vocabulary: Vocabulary) -> Node:
    holder = xml.child(element, name)
    inside = vocabulary.within(f"「{name}」部分", f"part {name!r}")
    return node_of(None if holder is None else expression_in(holder), inside)


def _literal(element: etree._Element, vocabulary: Vocabulary) -> Node:
    text = xml.text_of(element)
    return vocabulary.parse(text) if text else Constant(None)


def _context(element: etree._Element, vocabulary: Vocabulary) -> Node:
    entries: list[tuple[str, Node]] = []
    for entry in xml.children(element, "contextEntry"):
        variable = xml.child(entry, "variable")
        name = normal(variable.get("name", "")) if variable is not None else ""
        node = node_of(expression_in(entry), vocabulary.within(*_entry_words(name)))
        if variable is None:
            return Path(ContextLiteral((*entries, (_RESULT, node))), _RESULT)
        entries.append((name, typed(node, type_name(variable.get("typeRef")), vocabulary.types)))
        kind = vocabulary.types.structure(type_name(variable.get("typeRef")))
        vocabulary = vocabulary.and_typed({name: kind})
    return ContextLiteral(tuple(entries))


def _entry_words(name: str) -> tuple[str, str]:
    return (f"条目「{name}」", f"entry {name!r}") if name else ("结果", "result")


def _table(element: etree._Element, vocabulary: Vocabulary) -> Node:
    source = read_table(element, "")
    vocabulary.tables.append(source)

    def compile_whole(scope: Scope) -> Closure:
        evaluate = compile_table(source, vocabulary, scope)
        return lambda env: evaluate(env).output

    return Foreign(compile_whole)


def function_of(element: etree._Element, vocabulary: Vocabulary, result: str | None = None) -> Node:
    """A boxed function; ``result`` is the type of the variable of a knowledge model, which its value is made to fit."""
    parameters: list[tuple[str, Type | None]] = []
    for parameter in xml.children(element, "formalParameter"):
        kind = type_name(parameter.get("typeRef"))
        parameters.append((normal(parameter.get("name", "")), Type(kind) if kind else None))
    external = (element.get("kind") or "FEEL") != "FEEL"
    known = {name: vocabulary.types.structure(kind.name if kind else None) for name, kind in parameters}
    inside = vocabulary.and_typed(known)
    body = node_of(None if external else expression_in(element), inside)
    body = _fitted(body, result, vocabulary.types.coerce_result)
    return Function(tuple(parameters), body, external)


def _invocation(element: etree._Element, vocabulary: Vocabulary) -> Node:
    function = node_of(expression_in(element), vocabulary)
    names: list[str] = []
    arguments: list[Node] = []
    for binding in xml.children(element, "binding"):
        parameter = xml.child(binding, "parameter")
        name = normal(parameter.get("name", "") if parameter is not None else "")
        names.append(name)
        arguments.append(node_of(expression_in(binding), vocabulary.within(f"参数「{name}」", f"argument {name!r}")))
    return Call(function, tuple(arguments), tuple(names))


def _list(element: etree._Element, vocabulary: Vocabulary) -> Node:
    items = enumerate(xml.children(element, *EXPRESSIONS), 1)
    return ListLiteral(
        tuple(node_of(each, vocabulary.within(f"第 {number} 项", f"item {number}")) for number, each in items)
    )


def _relation(element: etree._Element, vocabulary: Vocabulary) -> Node:
    columns = xml.children(element, "column")
    rows: list[Node] = []
    for number, row in enumerate(xml.children(element, "row"), 1):
        inside = vocabulary.within(f"第 {number} 行", f"row {number}")
        cells = xml.children(row, *EXPRESSIONS)
        if len(cells) != len(columns):
            raise inside.place.refuse(
                "a relation has a row with not one cell a column", "关系表某行的单元格数与列数不符"
            )
        pairs = [
            (
                normal(column.get("name", "")),
                typed(node_of(cell, inside), type_name(column.get("typeRef")), vocabulary.types),
            )
            for column, cell in zip(columns, cells, strict=True)
        ]
        rows.append(ContextLiteral(tuple(pairs)))
    return ListLiteral(tuple(rows))


def _boolean(node: Node, place: Place) -> Node:
    """A condition in a box of its own: where a text would only give null, a value of another type is an error."""

    def compile_condition(scope: Scope) -> Closure:
        inner = compile_node(node, scope)

        def check(env: Any) -> bool | None:
            value = inner(env)
            if value is None or isinstance(value, bool):
                return value
            raise place.refuse("the condition gave neither true nor false", "条件的结果既不是真也不是假")

        return check

    return Foreign(compile_condition, (node,))


def _conditional(element: etree._Element, vocabulary: Vocabulary) -> Node:
    condition, then, otherwise = (_inner(element, name, vocabulary) for name in ("if", "then", "else"))
    return If(_boolean(condition, vocabulary.place), then, otherwise)


def _filter(element: etree._Element, vocabulary: Vocabulary) -> Node:
    entries = vocabulary.properties - vocabulary.names.keys()  # an item's entries are known without ``item.``
    condition = _boolean(_inner(element, "match", vocabulary.and_names("item", *entries)), vocabulary.place)
    return Filter(_inner(element, "in", vocabulary), condition)


def _for(element: etree._Element, vocabulary: Vocabulary) -> Node:
    iterator, inside = _iterator(element, vocabulary)
    return For((iterator,), _inner(element, "return", inside.and_names("partial")))


def _quantified(element: etree._Element, vocabulary: Vocabulary) -> Node:
    iterator, inside = _iterator(element, vocabulary)
    condition = _boolean(_inner(element, "satisfies", inside), vocabulary.place)
    return Quantified(xml.local(element), (iterator,), condition)


def _iterator(element: etree._Element, vocabulary: Vocabulary) -> tuple[Iterator, Vocabulary]:
    name = normal(element.get("iteratorVariable", ""))
    return Iterator(name, _inner(element, "in", vocabulary)), vocabulary.and_names(name)


_READERS: Final[dict[str, Callable[[etree._Element, Vocabulary], Any]]] = {
    "literalExpression": _literal,
    "context": _context,
    "decisionTable": _table,
    "functionDefinition": function_of,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "filter": _filter,
    "for": _for,
    "some": _quantified,
    "every": _quantified,
}
