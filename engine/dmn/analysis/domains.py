"""Which values a column may have, as far as the model says: types, allowed values, what it shares with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from engine.dmn import xml
from engine.dmn.analysis.kinds import KINDS_OF_TYPE
from engine.dmn.table import TableSource
from engine.dmn.types import type_name
from engine.errors import FeelSyntaxError
from engine.feel.expressions import compile_expression
from engine.feel.syntax import tree
from engine.feel.syntax.parser import parse_expression
from engine.feel.values.types import canonical

#: Functions that give whole numbers from 0.
_COUNTS: Final = ("count", "string length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What a column's values are."""

    #: A type of FEEL; None: whatever the cells compare with.
    type: str | None = None
    #: Unary tests that every value passes, null aside.
    tests: tuple[str, ...] = ()
    #: Nothing can be said of the values.
    unknown: bool = False
    #: Only whole numbers come.
    whole: bool = False


def domains_of(definitions: etree._Element, table: TableSource) -> tuple[Domain, ...]:
    """The domains of a table's inputs by the item definitions of its model.

    Args:
        definitions: the root of the decision file.
    """
    items = {each.get("name", ""): each for each in xml.children(definitions, "itemDefinition")}
    return tuple(_of_type(clause.type, items, ()) for clause in table.inputs)


def domain_of_type(name: str | None) -> Domain:
    """The domain of a type of FEEL; of any other type nothing is known."""
    return _of_type(name, {}, ())


def _of_type(name: str | None, items: dict[str, etree._Element], above: tuple[str, ...]) -> Domain:
    if name is None:
        return Domain()
    if name not in items or name in above:
        known = canonical(name)
        return Domain(type=known, unknown=known not in KINDS_OF_TYPE)
    item = items[name]
    if item.get("isCollection") == "true" or xml.children(item, "itemComponent", "functionItem"):
        return Domain(unknown=True)
    reference = xml.child(item, "typeRef")
    base = _of_type(type_name(reference.text if reference is not None else None), items, (*above, name))
    texts = tuple(xml.text_of(xml.child(item, each)) for each in ("allowedValues", "typeConstraint"))
    return Domain(type=base.type, tests=(*base.tests, *filter(None, texts)), unknown=base.unknown)


def is_count(expression: str, names: frozenset[str]) -> bool:
    """Whether an input counts something, so that its values are 0, 1, 2, …."""
    if not expression.lstrip("( ").startswith(_COUNTS):
        return False
    node = _parsed(expression, names)
    if not isinstance(node, tree.Call) or not isinstance(node.function, tree.Name):
        return False
    return node.function.name in _COUNTS and node.function.name not in names


def dependent(expressions: Sequence[str], types: Sequence[str | None], names: frozenset[str]) -> set[int]:
    """Columns whose values hang on those of another column, so that not every mix of values can come.

    Different paths of one variable are free of each other; an expression that reads a variable of another column is
    not, nor is a whole that another column reads a part of. The same expression with the same type is one column.
    """
    seen: dict[str, set[str | None]] = {}
    found: set[int] = set()
    for index, text in enumerate(expressions):
        if seen.setdefault(text, set()) - {types[index]}:
            found.add(index)
        seen[text].add(types[index])
    reads = {text: _reads(text, names) for text in seen}
    paths = {text: _path(_parsed(text, names)) if reads[text] else None for text in seen}
    hanging = _hanging_paths(paths) | _hanging_others(reads, paths)
    return found | {index for index, text in enumerate(expressions) if text in hanging}


def _hanging_paths(paths: Mapping[str, tuple[str, ...] | None]) -> set[str]:
    """Paths to wholes of which another column reads a part, and those that were read under another text already."""
    written = [path for path in paths.values() if path is not None]
    wholes = {path[:length] for path in written for length in range(1, len(path))}
    first: dict[tuple[str, ...], str] = {}
    for text, path in paths.items():
        if path is not None:
            first.setdefault(path, text)
    return {text for text, path in paths.items() if path is not None and (path in wholes or first[path] != text)}


def _hanging_others(reads: Mapping[str, frozenset[str]], paths: Mapping[str, tuple[str, ...] | None]) -> set[str]:
    """Expressions that read what a path of another column, or an expression before, reads too."""
    taken = {path[0] for path in paths.values() if path is not None}
    found = set()
    for text, path in paths.items():
        if path is None:
            found |= {text} if reads[text] & taken else set()
            taken |= reads[text]
    return found


def _parsed(expression: str, names: frozenset[str]) -> tree.Node | None:
    try:
        return parse_expression(expression, names)
    except FeelSyntaxError:
        return None


def _reads(expression: str, names: frozenset[str]) -> frozenset[str]:
    try:
        return compile_expression(expression, names).names
    except FeelSyntaxError:
        return frozenset()


def _path(node: tree.Node | None) -> tuple[str, ...] | None:
    """The steps of a variable or one of its entries; None for anything else."""
    if isinstance(node, tree.Name):
        return (node.name,)
    if isinstance(node, tree.Path):
        source = _path(node.source)
        return None if source is None else (*source, node.name)
    return None
