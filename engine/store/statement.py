"""Hot statements: SQLAlchemy constructs, compiled once to the dialect's SQL and run on the driver's connection.

SQLAlchemy stays the only source of SQL and costs nothing a step.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import ClauseElement

_DIALECT = sqlite.dialect(paramstyle="named")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement with named parameters (``:name``)."""

    name: str
    sql: str


def prepare(name: str, construct: ClauseElement) -> Statement:
    """Compile a construct whose values are all bind parameters.

    Raises:
        ValueError: the construct holds a value of its own, which would be lost.
    """
    compiled = construct.compile(dialect=_DIALECT)
    hidden = sorted(k for k, v in compiled.params.items() if v is not None)
    if hidden:
        raise ValueError(f"statement {name} holds values: {', '.join(hidden)}")
    return Statement(name, str(compiled))
