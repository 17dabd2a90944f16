"""Collects what the steps of a transaction write, and writes it: one statement a table, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.errors import StaleInstance
from engine.failpoints import reached
from engine.history.record import RecordedEvent
from engine.store import sql
from engine.store.database import Transaction
from engine.store.instances import InstanceRow
from engine.store.statement import Statement

Row = Mapping[str, Any]
#: Due time of a job that an incident holds: later than any clock.
HELD: Final = 2**62


class Writes:
    """Rows to write, by statement, in the order in which the tables need them."""

    #: Order of the statements within a transaction: what others refer to comes first.
    ORDER: Final = (
        sql.CLOSE_TASK,
        sql.INSERT_TASK,
        sql.DELETE_JOB,
        sql.INSERT_JOB,
        sql.RESCHEDULE_JOB,
        sql.RELEASE_JOB,
        sql.RELEASE_SUSPENDED_JOB,
        sql.DELETE_SUBSCRIPTION,
        sql.INSERT_SUBSCRIPTION,
        sql.INSERT_MESSAGE,
        sql.MARK_CORRELATED,
        sql.DELETE_INCIDENT,
        sql.INSERT_INCIDENT,
        sql.UPSERT_REGISTER,
        sql.UPSERT_REGISTER_CELL,
        sql.INSERT_HISTORY_VALUE,
    )

    #: Each with the failpoint behind it.
    _POINTS: Final = tuple((statement, f"store.flush.{statement.name}") for statement in ORDER)

    def __init__(self) -> None:
        self.instances: dict[int, InstanceRow] = {}
        #: Rows of the history, in the order in which they happened.
        self.events: list[RecordedEvent] = []
        self._rows: dict[Statement, dict[object, Row]] = {}

    def add(self, statement: Statement, key: object, row: Row) -> None:
        """Write a row with a statement; a second one of the same key replaces the first."""
        self._rows.setdefault(statement, {})[key] = row

    def take_back(self, statement: Statement, key: object) -> bool:
        """Forget a row that was to be written; tells whether there was one."""
        return self._rows.get(statement, {}).pop(key, None) is not None

    def keys(self, statement: Statement) -> set[object]:
        """Keys of the rows to be written with a statement."""
        return set(self._rows.get(statement, ()))

    def rows(self, statement: Statement) -> list[Row]:
        """The rows to be written with a statement."""
        return list(self._rows.get(statement, {}).values())

    def flush(self, tx: Transaction) -> None:
        """Write everything.

        Raises:
            StaleInstance: somebody else stepped an instance after it was read.
        """
        reached("store.flush.before")
        save_instances(tx, list(self.instances.values()))
        reached("store.flush.instances")
        for statement, point in self._POINTS:
            rows = self._rows.get(statement)
            if rows:
                tx.run_many(statement, list(rows.values()))
                reached(point)
        if self.events:
            tx.run_many(sql.INSERT_HISTORY_EVENT, self.events)
            reached("store.flush.history_events")


def save_instances(tx: Transaction, instances: list[InstanceRow]) -> None:
    """Update instance rows, each on the condition that nobody stepped it since it was read.

    Raises:
        StaleInstance: somebody did.
    """
    by_statement: dict[Statement, list[InstanceRow]] = {}
    for row in instances:
        by_statement.setdefault(_update_of(row), []).append(row)
    for statement, rows in by_statement.items():
        if tx.run_many(statement, [_parameters(row) for row in rows]) != len(rows):
            raise StaleInstance(rows[0].key, rows[0].read_revision)


def _update_of(row: InstanceRow) -> Statement:
    if not row.read_revision:
        return sql.UPDATE_INSTANCE_BEGUN
    return sql.UPDATE_INSTANCE if row.active else sql.UPDATE_INSTANCE_ENDED


def write_rows(tx: Transaction, statement: Statement, rows: list[Row]) -> None:
    """Run a statement for each row, if there is any."""
    if rows:
        tx.run_many(statement, rows)


def _parameters(row: InstanceRow) -> Row:
    return {
        "of_key": row.key,
        "read_revision": row.read_revision,
        "revision": row.revision,
        "status": row.status,
        "state": row.state,
        "variables": row.variables,
        "end_state": row.end_state,
        "case_id": row.case_id,
        "incidents": row.incidents,
        "ended_at": row.ended_at,
        "history_seq": row.history_seq,
        "history_hash": row.history_hash,
    }
