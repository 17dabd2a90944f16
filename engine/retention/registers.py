"""Takes rows out of registers when their three years are over (E03)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, cast, delete, insert, select
from sqlalchemy.types import Text

from engine.clock import to_microseconds
from engine.model import Actor
from engine.retention.erasing import erasing
from engine.retention.holds import case_is_held
from engine.retention.rules import Rules, read_rules
from engine.store.database import Database
from engine.store.tables import process_instance, register_cell, register_row, retention_done

#: Cases of a transaction.
_CASES: Final = 100


def expire_rows(db: Database, *, now: datetime, actor: Actor, after: int = 0) -> tuple[int, int | None]:
    """Delete the registers' rows of some cases whose time is over, held ones left out.

    Gives how many rows went, and behind which key of a case to go on; None: these were the last.
    """
    with erasing(db) as tx:
        rules = read_rules(tx.connection)
        cases = _due(tx.connection, rules, now, after)
        gone: Counter[tuple[str, int]] = Counter()
        for key, process_id in cases:
            if case_is_held(tx.connection, str(key)):
                continue
            of_case = select(register_row.c.id, register_row.c.register).where(register_row.c.case_id == str(key))
            rows = tx.connection.execute(of_case).all()
            ids = [row.id for row in rows]
            tx.connection.execute(delete(register_cell).where(register_cell.c.row.in_(ids)))
            tx.connection.execute(delete(register_row).where(register_row.c.id.in_(ids)))
            gone.update((row.register, rules.of(process_id).register_days or 0) for row in rows)
        at = {"at": to_microseconds(now), "actor": actor.id}
        for (register, days), count in sorted(gone.items()):
            row = {"kind": "register", "subject": register, "days": days, "count": count, **at}
            tx.connection.execute(insert(retention_done).values(row))
    return gone.total(), cases[-1][0] if len(cases) == _CASES else None


def _due(connection: Connection, rules: Rules, now: datetime, after: int) -> list[tuple[int, str]]:
    column = process_instance.c
    rows = select(register_row.c.case_id).where(register_row.c.case_id == cast(column.key, Text))
    wanted = (
        select(column.key, column.process_id)
        .where(column.depth == 0, column.key > after, rules.ended_long_ago(now, registers=True), rows.exists())
        .order_by(column.key)
        .limit(_CASES)
    )
    return [(row.key, row.process_id) for row in connection.execute(wanted)]
