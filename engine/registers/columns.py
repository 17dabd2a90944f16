"""The columns of a register: in the order in which processes declare them, with the words of their forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final, Protocol

from sqlalchemy import Connection, text

from engine.errors import FeelSyntaxError
from engine.feel.syntax import tree
from engine.feel.syntax.parser import parse_expression
from engine.formcheck import Field
from engine.labels import DERIVED, DERIVED_OPTIONS, NO, YES, Compiled, Labels, Version, labels_for, row_words
from engine.masking import HIDDEN, is_masked, mask, without_numbers
from engine.model import Value

_PROPERTY: Final = "register."


class Kind(StrEnum):
    """How a column is filtered and set."""

    TEXT = "text"
    CHOICE = "choice"
    BOOLEAN = "boolean"
    NUMBER = "number"
    DATE = "date"


#: First letter of a cell's key → kind.
_KINDS: Final[Mapping[str, Kind]] = {"b": Kind.BOOLEAN, "d": Kind.DATE, "n": Kind.NUMBER, "t": Kind.TEXT}


class _Compiled(Compiled, Protocol):
    """The part of a compiled definition that is read here."""

    @property
    def properties(self) -> Mapping[str, str]:
        """zeebe:property of the process."""


class Declaring(Version, Protocol):
    """The part of a deployed version that is read here."""

    @property
    def definition(self) -> _Compiled:
        """The compiled process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column as a page shows it."""

    id: str
    label: str
    kind: Kind
    #: Enumeration value → label.
    options: Mapping[str, str]
    #: Whether its values are shown masked.
    personal: bool
    #: Where it holds a list of rows: the fields of a row.
    fields: tuple[Field, ...] = ()

    @property
    def findable(self) -> bool:
        """Whether it can be filtered: what a form alone declares personal is hidden as a whole."""
        return not self.personal or is_masked(self.id)

    def masked(self, value: Value) -> Value:
        """A value as everybody sees it; telephone numbers within a longer text, too, are masked."""
        if value is not None and value != "" and self.personal and not is_masked(self.id):
            return HIDDEN
        return without_numbers(mask(self.id, value))

    def said(self, value: Value) -> Value:
        """A value with enumeration values replaced by their labels."""
        if isinstance(value, list | tuple):
            return [self.said(item) for item in value]
        if isinstance(value, Mapping):
            return row_words(self.fields, value) if self.fields else value
        if isinstance(value, bool):
            return self.options.get("true" if value else "false", YES if value else NO)
        return self.options.get(value, value) if isinstance(value, str) else value


def columns_of(connection: Connection, register: str, versions: Iterable[Declaring]) -> tuple[Column, ...]:
    """The columns that processes in force declare, then those that only rows of older versions have.

    Args:
        connection: a snapshot of the database.
        register: the register's id.
        versions: of all processes, in the order in which their columns are to stand.
    """
    versions = tuple(versions)
    declared = [
        (version, source)
        for version in versions
        if (source := version.definition.properties.get(_PROPERTY + register)) is not None
    ]
    formulas: dict[str, list[tuple[Labels, str]]] = {}
    for version, source in declared:
        for column, variable in _entries(source):
            formulas.setdefault(column, []).append((labels_for(version), variable))
    kinds = _present(connection, register)
    for column in kinds:
        formulas.setdefault(column, [])
    results = {name: words for one in versions for name, words in one.definition.outcomes.items()}
    columns = [
        _column(name, sources, kinds.get(name), results) for name, sources in formulas.items() if name != "case_id"
    ]
    others = [labels_for(version) for version in versions]
    return tuple(_with_choices(connection, register, _named(column, others)) for column in columns)


def _named(column: Column, others: list[Labels]) -> Column:
    """A column that its own processes do not name has the name and the choices that another one's form gives it."""
    found = next((one for one in others if column.id in one.names), None)
    if found is None or column.label != column.id:
        return column
    options = column.options or found.options.get(column.id, {})
    kind = Kind.CHOICE if options and column.kind is Kind.TEXT else column.kind
    return replace(column, label=found.names[column.id], options=options, kind=kind)


def _with_choices(connection: Connection, register: str, column: Column) -> Column:
    """A status is chosen among those that rows have, as long as they are few, and those that a form offers."""
    if column.kind not in (Kind.TEXT, Kind.CHOICE) or column.id not in _STATES:
        return column
    sought = {"register": register, "column": column.id, "most": _MOST_CHOICES + 3}
    texts = [found for found in connection.execute(_CHOICES, sought).scalars() if found]
    offered = frozenset(column.options.values())
    options = {**column.options, **{text: text for text in texts if text not in offered}}
    if not options or len(texts) > _MOST_CHOICES:
        return column
    return replace(column, kind=Kind.CHOICE, options=options)


def declared_registers(versions: Iterable[Declaring]) -> frozenset[str]:
    """Ids of the registers that processes declare."""
    return frozenset(
        name.removeprefix(_PROPERTY)
        for version in versions
        for name in version.definition.properties
        if name.startswith(_PROPERTY)
    )


@lru_cache(maxsize=512)
def _entries(source: str) -> tuple[tuple[str, str], ...]:
    """Column → the variable that it shows, "" for a formula; nothing where the columns are computed."""
    try:
        node = parse_expression(source.removeprefix("="))
    except FeelSyntaxError:
        return ()
    if not isinstance(node, tree.ContextLiteral):
        return ()
    return tuple((name, part.name if isinstance(part, tree.Name) else "") for name, part in node.entries)


def _column(
    name: str, sources: list[tuple[Labels, str]], kind: Kind | None, results: Mapping[str, Mapping[str, str]]
) -> Column:
    """The first form that names the column wins, then one that names the variable it shows.

    Args:
        name: of the column.
        sources: for each process that declares it, its labels and the variable that the column shows.
        kind: of the values that there are.
        results: what the end events of all processes call the values of their results, for those of a called process.
    """
    options = dict(DERIVED_OPTIONS.get(name, {}))
    for labels, variable in sources:
        shown = labels.options.get(variable) or DERIVED_OPTIONS.get(variable) or results.get(variable, {})
        options |= {**shown, **labels.options.get(name, {})}
    parts = [(labels, part) for labels, variable in sources for part in (name, variable) if part]
    return Column(
        id=name,
        label=next(_labels(name, sources), name),
        kind=Kind.CHOICE if options and kind in (None, Kind.TEXT) else kind or Kind.TEXT,
        options=options,
        fields=next((labels.rows[part] for labels, part in parts if part in labels.rows), ()),
        personal=any(labels.is_personal(part) for labels, part in parts) or is_masked(name),
    )


def _labels(name: str, sources: list[tuple[Labels, str]]) -> Iterator[str]:
    yield from (labels.names[name] for labels, _ in sources if name in labels.names)
    if name in DERIVED:
        yield DERIVED[name]
    yield from (labels.names[variable] for labels, variable in sources if variable in labels.names)
    yield from (DERIVED[variable] for _, variable in sources if variable in DERIVED)


#: Columns that say how far a row is.
_STATES: Final = frozenset({"status", "result"})
_MOST_CHOICES: Final = 20
#: The distinct texts of a column: a seek each.
_CHOICES: Final = text(
    """
    WITH RECURSIVE found(key) AS (
        SELECT min(sort) FROM register_cell WHERE register = :register AND "column" = :column
        UNION ALL
        SELECT (SELECT min(sort) FROM register_cell
                WHERE register = :register AND "column" = :column AND sort > found.key)
        FROM found WHERE found.key IS NOT NULL LIMIT :most
    )
    SELECT (SELECT text FROM register_cell WHERE register = :register AND "column" = :column AND sort = key LIMIT 1)
    FROM found WHERE key IS NOT NULL
    """
)
#: The distinct columns of a register with the least and the greatest key of each: two seeks a column.
_PRESENT: Final = text(
    """
    WITH RECURSIVE found(name) AS (
        SELECT min("column") FROM register_cell WHERE register = :register
        UNION ALL
        SELECT (SELECT min("column") FROM register_cell WHERE register = :register AND "column" > found.name)
        FROM found WHERE found.name IS NOT NULL
    )
    SELECT name,
           (SELECT min(sort) FROM register_cell WHERE register = :register AND "column" = name AND sort <> 't'),
           (SELECT max(sort) FROM register_cell WHERE register = :register AND "column" = name)
    FROM found WHERE name IS NOT NULL
    """
)


def _present(connection: Connection, register: str) -> dict[str, Kind]:
    """Column → kind of its values; text where they are of several."""
    return {
        name: _KINDS.get(least[0], Kind.TEXT) if least and least[0] == greatest[0] else Kind.TEXT
        for name, least, greatest in connection.execute(_PRESENT, {"register": register})
    }
