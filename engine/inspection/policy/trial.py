"""What the rules in force would find in what was observed before: for owners who have changed them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from engine.clock import SHANGHAI, to_microseconds
from engine.inspection.policy.evidence import Found
from engine.inspection.policy.judging import KINDS, note_all
from engine.inspection.policy.rules import tables_in_force
from engine.store.tables import audit_finding

if TYPE_CHECKING:
    from engine.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What would be found, the oldest first, each once."""

    #: How many observations were looked at, by the id of their table; only of tables that are deployed.
    observed: dict[str, int]
    new: tuple[Found, ...]
    #: What is noted already.
    known: tuple[Found, ...]


def try_rules(connection: Connection, since: date, now: datetime) -> Trial:
    """Ask the rules in force about every observation from a day (of Shanghai) on; nothing is written.

    Raises:
        EngineError: a table cannot answer; the sentence says which.
    """
    observed: dict[str, int] = {}
    found: dict[str, Found] = {}
    for table_id, more in _ask(connection, since, now):
        observed[table_id] = observed.get(table_id, 0) + 1
        for one in more:
            found.setdefault(one.key, one)
    noted = set(connection.execute(select(audit_finding.c.key).where(audit_finding.c.source == "policy")).scalars())
    ordered = sorted(found.values(), key=lambda one: (one.at, one.key))
    return Trial(
        observed=observed,
        new=tuple(one for one in ordered if one.key not in noted),
        known=tuple(one for one in ordered if one.key in noted),
    )


def note_past(db: Database, since: date, now: datetime) -> int:
    """Note what ``try_rules`` finds and is not noted yet, at once or not at all; gives how many that were."""
    with db.begin() as tx:
        return note_all(tx, try_rules(tx.connection, since, now).new, now)


def _ask(connection: Connection, since: date, now: datetime) -> Iterator[tuple[str, list[Found]]]:
    tables = tables_in_force(connection)
    begin = to_microseconds(datetime.combine(since, datetime.min.time(), SHANGHAI))
    for kind in KINDS:
        if kind.table_id in tables:
            column = kind.rows.c[kind.order]
            first = since.strftime("%Y-%m") if kind.order == "month" else begin
            query = select(kind.rows).where(column >= first).order_by(column, *kind.rows.primary_key.columns)
            for row in connection.execute(query).all():
                yield kind.table_id, kind.found(connection, row, tables, now)
