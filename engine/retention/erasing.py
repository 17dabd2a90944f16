"""Takes what was deleted out of the file, too: freed pages are overwritten, the write-ahead log is emptied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from engine.store.database import Database, Transaction
from engine.store.tables.search import MAKE_INDEXES

_PATIENCE_MS: Final = 50


@contextmanager
def erasing(db: Database) -> Iterator[Transaction]:
    """A write transaction that overwrites with zeros what it deletes (``PRAGMA secure_delete``)."""
    with db.begin() as tx:
        before = tx.connection.exec_driver_sql("PRAGMA secure_delete").scalar_one()
        tx.connection.exec_driver_sql("PRAGMA secure_delete=ON")
        try:
            yield tx
        finally:
            tx.connection.exec_driver_sql(f"PRAGMA secure_delete={int(before)}")


def empty_log(db: Database) -> bool:
    """Bring what was written into the file and cut the write-ahead log to nothing; False while somebody reads it.

    Until then the old contents of changed pages stand in the log.
    """
    with db.engine.connect() as connection:
        waits = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_PATIENCE_MS}")  # those who write wait behind us
        try:
            busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(waits)}")
    return not busy


def compact(db: Database) -> None:
    """Write the file anew, without what earlier work has left between the rows; nobody writes meanwhile.

    Takes about as much free disk as the file has, and some seconds a gigabyte.
    """
    names = [made.split()[3] for made in MAKE_INDEXES]
    with db.begin() as tx:
        for name in names:  # merges the index's segments, and with them what was taken out of it
            tx.connection.exec_driver_sql(f"INSERT INTO {name}({name}) VALUES ('optimize')")
    with db.engine.connect() as connection:
        connection.exec_driver_sql("VACUUM")
    empty_log(db)
