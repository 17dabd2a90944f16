"""Asks the rules about what was observed, and notes what they find; each observation is asked about once.

A table that cannot answer leaves its observations waiting for its next version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Row, Table, and_, or_, select, text, update

from engine.clock import to_microseconds
from engine.errors import EngineError
from engine.inspection import findings
from engine.inspection.policy.evidence import Found, found_in_month, found_in_payment, found_in_step
from engine.inspection.policy.rules import MONTH, PAYMENT, STEP, RuleTable, tables_in_force
from engine.model import SYSTEM
from engine.store.database import Database, Transaction
from engine.store.tables import WAITING, audit_finding, policy_month, policy_payment, policy_state, policy_step

_log = structlog.get_logger(__name__)
#: Of one transaction.
_ROWS: Final = 50
_SOURCE: Final = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of observation: its rows, the table that is asked about them, and by what they are ordered."""

    table_id: str
    rows: Table
    order: str
    found: Callable[[Connection, Row[Any], dict[str, RuleTable], datetime], list[Found]]


KINDS: Final = (
    Kind(table_id=PAYMENT, rows=policy_payment, order="at", found=found_in_payment),
    Kind(table_id=MONTH, rows=policy_month, order="month", found=found_in_month),
    Kind(table_id=STEP, rows=policy_step, order="at", found=found_in_step),
)


def judge(db: Database, now: datetime) -> bool:
    """Ask the rules about some of what waits; gives whether anything did."""
    with db.read() as connection:
        if not any(_any_waiting(connection, kind) for kind in KINDS):
            return False
        tables = tables_in_force(connection)
        if not any(_waiting(connection, kind, tables, 1) for kind in KINDS):
            return False
    with db.begin() as tx:
        tables = tables_in_force(tx.connection)
        for kind in KINDS:
            for row in _waiting(tx.connection, kind, tables, _ROWS):
                _judge(tx, kind, row, tables, now)
        tx.connection.execute(update(policy_state).values(judged_at=to_microseconds(now)))
    return True


def _any_waiting(connection: Connection, kind: Kind) -> bool:
    query = select(kind.rows.c.judged).where(text(WAITING)).limit(1)
    return connection.execute(query).first() is not None


def _waiting(connection: Connection, kind: Kind, tables: dict[str, RuleTable], most: int) -> list[Row[Any]]:
    """Rows that the table in force has not been asked about; none where there is no such table."""
    table = tables.get(kind.table_id)
    if table is None:
        return []
    columns = kind.rows.c
    version = _version(table, tables)
    unasked = or_(columns.judged == 0, and_(columns.judged == 2, columns.table_hash != version))
    query = select(kind.rows).where(text(WAITING), unasked).order_by(columns[kind.order]).limit(most)
    return list(connection.execute(query))


def _version(table: RuleTable, tables: dict[str, RuleTable]) -> str:
    """By which a failure is known: of payments the table of windows may be what is mended."""
    windows = tables.get("audit_windows")
    return f"{table.hash}{'' if windows is None else windows.hash}" if table.id == PAYMENT else table.hash


def _judge(tx: Transaction, kind: Kind, row: Row[Any], tables: dict[str, RuleTable], now: datetime) -> None:
    table = tables[kind.table_id]
    here = and_(*(column == getattr(row, column.name) for column in kind.rows.primary_key.columns))
    try:
        found = kind.found(tx.connection, row, tables, now)
    except EngineError:  # an owner's table must not keep the worker from its turn; the page says that rows wait
        _log.exception("policy.unjudged", table=table.id)
        tx.connection.execute(update(kind.rows).where(here).values(judged=2, table_hash=_version(table, tables)))
        return
    note_all(tx, found, now)
    tx.connection.execute(update(kind.rows).where(here).values(judged=1, table_hash=table.hash))


def note_all(tx: Transaction, found: Iterable[Found], now: datetime) -> int:
    """Note what was found and was not noted before; gives how many that were."""
    count = 0
    for one in found:
        made = findings.note(
            tx,
            source=_SOURCE,
            rule=one.rule,
            key=one.key,
            case_id=one.case_id,
            severity=one.severity,
            title=one.title,
            evidence=one.evidence,
            at=now,
            actor=SYSTEM.id,
        )
        if made is not None:
            count += 1
            place = {"about": one.about, "stream": one.stream, "seq": one.seq}
            tx.connection.execute(update(audit_finding).where(audit_finding.c.id == made).values(place))
    return count
