"""Reads the recorded values of a stream, whether they are all there or only what retention has left of them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from engine import canonical
from engine.history.record import values_of
from engine.model import Value
from engine.store.tables import history_kept, history_redaction, history_value


def read_values(connection: Connection, stream: int, first: int = 0, last: int = 2**31) -> dict[int, list[Value]]:
    """Revision → the values of its events by n, for the revisions from ``first`` to ``last``.

    Of a stream that was redacted these are the values that stayed, masked or as they were; a revision without any is
    left out, as is one whose row is gone.
    """
    step, kept = history_value.c, history_kept.c
    rows = connection.execute(
        select(step.revision, step["values"]).where(step.stream == stream, step.revision.between(first, last))
    )
    found = {revision: values_of(data) for revision, data in rows}
    if not is_redacted(connection, stream):
        return found
    left: dict[int, dict[int, Value]] = {}
    rest = connection.execute(
        select(kept.revision, kept.n, kept.value).where(kept.stream == stream, kept.revision.between(first, last))
    )
    for revision, n, data in rest:
        left.setdefault(revision, {})[n] = canonical.decode(data)
    for revision, values in left.items():
        found.setdefault(revision, [values.get(n) for n in range(max(values) + 1)])
    return found


def is_redacted(connection: Connection, stream: int) -> bool:
    """Whether retention has taken a stream's values."""
    query = select(history_redaction.c.stream).where(history_redaction.c.stream == stream)
    return connection.execute(query).first() is not None
