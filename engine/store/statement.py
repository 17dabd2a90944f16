"""Hot statements: SQLAlchemy constructs, compiled once to the dialect's SQL and run on the driver's connection.

SQLAlchemy stays the only source of SQL and costs nothing a step.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import ClauseElement

_DIALECT = sqlite.dialect(paramstyle="named")
_POSITIONAL = sqlite.dialect(paramstyle="qmark")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement with named parameters (``:name``)."""

    name: str
    sql: str


def prepare(name: str, construct: ClauseElement, *, positional: bool = False) -> Statement:
    """Compile a construct whose values are all bind parameters.

    Args:
        name: what the statement is called in tests and logs.
        construct: the statement.
        positional: parameters are given as a tuple, in the order in which they stand, instead of by name.

    Raises:
        ValueError: the construct holds a value of its own, which would be lost.
    """
    compiled = construct.compile(dialect=_POSITIONAL if positional else _DIALECT)
    hidden = sorted(k for k, v in compiled.params.items() if v is not None)
    if hidden:
        raise ValueError(f"statement {name} holds values: {', '.join(hidden)}")
    return Statement(name, str(compiled))
