"""Keeps a virtual clock's reading in the database, so that time does not run backwards when the program starts anew."""

from __future__ import annotations

from engine.clock import SystemClock, VirtualClock, from_microseconds, to_microseconds
from engine.store.database import Database
from engine.store.tables import installation

_NAME = "virtual_clock"


def resume(db: Database) -> VirtualClock:
    """The clock where it was left, or at the machine's now where that is later."""
    now = SystemClock().now()
    with db.read() as connection:
        kept = connection.execute(installation.select().where(installation.c.name == _NAME)).one_or_none()
    return VirtualClock(now if kept is None else max(now, from_microseconds(int(kept.value))))


def keep(db: Database, clock: VirtualClock) -> None:
    """Write the reading down."""
    reading = str(to_microseconds(clock.now()))
    with db.begin() as tx:
        changed = tx.connection.execute(installation.update().where(installation.c.name == _NAME).values(value=reading))
        if changed.rowcount == 0:
            tx.connection.execute(installation.insert().values(name=_NAME, value=reading))
