"""Hot statements: SQLAlchemy constructs, compiled once to the dialect's SQL and run on the driver's connection.

SQLAlchemy stays the only source of SQL and costs nothing a step.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import ClauseElement, SelectBase

_DIALECT = sqlite.dialect(paramstyle="named")
_POSITIONAL = sqlite.dialect(paramstyle="qmark")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement with named parameters (``:name``), or with ``?`` and what puts named ones in their order."""

    name: str
    sql: str
    #: Row by name → row in the order of the statement; the driver looks no name up then.
    order: Callable[[Any], Any] | None = None
    #: The statement for so many rows at once, their values one behind the other; None: it takes one at a time.
    rows: Callable[[int], str] | None = None


def prepare(name: str, construct: ClauseElement, *, positional: bool = False, in_order: bool = False) -> Statement:
    """Compile a construct whose values are all bind parameters.

    Args:
        name: what the statement is called in tests and logs.
        construct: the statement.
        positional: parameters are given as a tuple, in the order in which they stand, instead of by name.
        in_order: they are given by name, and put in their order before they go to the driver.

    Raises:
        ValueError: the construct holds a value of its own, which would be lost.
    """
    compiled = construct.compile(dialect=_POSITIONAL if positional or in_order else _DIALECT)
    hidden = sorted(k for k, v in compiled.params.items() if v is not None)
    if hidden:
        raise ValueError(f"statement {name} holds values: {', '.join(hidden)}")
    names: list[str] = getattr(compiled, "positiontup", None) or []
    order = itemgetter(*names) if in_order and len(names) > 1 else None
    return Statement(name, str(compiled), order)


def insert_rows(name: str, table: Table) -> Statement:
    """An insert of rows as tuples in the order of the table's columns, many by one run of the statement."""

    @cache
    def text(count: int) -> str:
        rows: list[Any] = [{c.name: bindparam(f"{c.name}_{n}") for c in table.columns} for n in range(count)]
        return prepare(name, insert(table).values(rows), positional=True).sql

    return Statement(name, text(1), rows=text)


class Query:
    """A hot statement that reads: its rows are named tuples of what the driver gives, in the order of its columns.

    SQLAlchemy takes five to ten times as long for a row that is found by its key.
    """

    def __init__(self, name: str, construct: SelectBase) -> None:
        self.statement = prepare(name, construct)
        self._row: Any = namedtuple(name, [column.key for column in construct.selected_columns])  # type: ignore[misc]

    def all(self, connection: Connection, params: Mapping[str, Any]) -> list[Any]:
        """All rows, within the caller's snapshot or transaction."""
        driver: Any = connection.connection.driver_connection
        return [self._row._make(row) for row in driver.execute(self.statement.sql, params)]

    def first(self, connection: Connection, params: Mapping[str, Any]) -> Any:
        """The first row, or None."""
        rows = self.all(connection, params)
        return rows[0] if rows else None
