"""A virtual clock that goes on where it stood when the server was stopped."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from engine.clock import VirtualClock, from_microseconds, to_microseconds
from engine.store.database import Database
from engine.store.tables import installation

_NAME: Final = "virtual_clock"


class KeptClock(VirtualClock):
    """Its reading is kept in the database: a case must not see time run backwards after a restart."""

    def __init__(self, db: Database, start: datetime) -> None:
        """Go on from the reading in the database, else from ``start`` (aware)."""
        self._db = db
        with db.read() as connection:
            kept = connection.execute(installation.select().where(installation.c.name == _NAME)).one_or_none()
        super().__init__(start if kept is None else from_microseconds(int(kept.value)))
        self._keep()

    def advance(self, by: timedelta) -> datetime:
        """Move forward and keep the reading; not within a transaction of the caller."""
        now = super().advance(by)
        self._keep()
        return now

    def advance_to(self, instant: datetime) -> datetime:
        """Move forward to an instant and keep the reading; not within a transaction of the caller."""
        now = super().advance_to(instant)
        self._keep()
        return now

    def _keep(self) -> None:
        with self._db.begin() as tx:
            tx.connection.execute(installation.delete().where(installation.c.name == _NAME))
            tx.connection.execute(installation.insert().values(name=_NAME, value=str(to_microseconds(self.now()))))
