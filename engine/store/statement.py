"""Hot statements: SQLAlchemy constructs, compiled once to the dialect's SQL and run on the driver's connection.

SQLAlchemy stays the only source of SQL and costs nothing a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.expression import ClauseElement

_DIALECT = sqlite.dialect(paramstyle="named")
_POSITIONAL = sqlite.dialect(paramstyle="qmark")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement with named parameters (``:name``), or with ``?`` and what puts named ones in their order."""

    name: str
    sql: str
    #: Row by name → row in the order of the statement; the driver looks no name up then.
    order: Callable[[Any], Any] | None = None


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
