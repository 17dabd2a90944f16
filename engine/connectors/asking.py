"""What connectors that list something have in common: instants of their inputs, and how many there are."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement

from engine.clock import to_microseconds
from engine.connectors.context import JobContext
from engine.errors import JobFailed

#: Nobody works through more in one go; the count says how many there are.
MOST: Final = 200


def between(job: JobContext, at: ColumnElement[Any], since: str = "since", until: str = "until") -> list[Any]:
    """Conditions that a column lies between two instants of the inputs: the first included, the last not.

    Raises:
        JobFailed: an input is no instant.
    """
    first, last = instant(job, since), instant(job, until)
    bounds = [] if first is None else [at >= to_microseconds(first)]
    return bounds if last is None else [*bounds, at < to_microseconds(last)]


def instant(job: JobContext, name: str) -> datetime | None:
    """An input that is an aware instant; None where it is null or absent.

    Raises:
        JobFailed: it is none.
    """
    value = job.inputs.get(name)
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise JobFailed(f"{job.element}: {name} is no instant", message_zh=f"{name} 不是带时区的时间。")
    return value


def count_of(job: JobContext, query: Any) -> Decimal:
    """The number that a counting query gives."""
    return Decimal(int(job.tx.connection.execute(query).scalar_one()))
