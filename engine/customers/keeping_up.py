"""Keeps the archive up to date, and tells people of calls and visits that wait: what a worker looks after.

Any number of processes may look: each does its part in one transaction, in which it looks again, and nothing twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, literal_column, select, update

from engine.clock import to_microseconds
from engine.customers import entering, overdue, planning, words
from engine.customers.entering import BATCH
from engine.definitions import Definitions
from engine.notifications import Notice, Occasion, Said, members_of, say, tell
from engine.runtime import Runtime
from engine.store.database import Database, Transaction
from engine.store.tables import visit

#: What is not urgent is looked after so often.
_EVERY: Final = timedelta(minutes=1)
#: Of a worker's turn: it has timers to fire and must be able to stop, and a new shop may bring years of cases.
_SECONDS: Final = 1.0
_OPEN: Final[ColumnElement[str]] = literal_column("'open'")


class KeepingUp:
    """The look of a worker: what is late at once, the rest once a minute by the runtime's clock."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None

    def __call__(self, runtime: Runtime) -> bool:
        """Do what is due; makes no jobs."""
        now = runtime.clock.now()
        tell_who_is_late(runtime.db, now)
        is_due = self._looked_at is None or now - self._looked_at >= _EVERY or now < self._looked_at
        if is_due and keep_up(runtime.db, now, until=monotonic() + _SECONDS, definitions=runtime.definitions):
            self._looked_at = now
        return False


def tell_who_is_late(db: Database, now: datetime) -> None:
    """Callers who wait too long are the supervisors' to know."""
    with db.read() as connection:
        late = overdue.is_any_late(connection, now)
    if late:
        with db.begin() as tx:
            overdue.escalate(tx, now)


def keep_up(db: Database, now: datetime, *, until: float | None = None, definitions: Definitions | None = None) -> bool:
    """Enter customers, plan visits and tell whose they are; in batches, each a transaction.

    Gives whether all was done; past ``until`` (seconds of the monotonic clock) the rest is left to the next turn.
    """
    for enter in (entering.enter_customers_of_orders, entering.enter_customers_of_cases):
        while enter(db) == BATCH:
            if until is not None and monotonic() > until:
                return False
    planning.plan_after_cases(db, now, definitions)
    planning.plan_after_parcels(db, now)
    planning.plan_for_good_customers(db, now)
    tell_of_visits(db, now)
    return True


def tell_of_visits(db: Database, now: datetime) -> None:
    """Tell people of their visits when they fall due, and supervisors of those that nobody has made for a day."""
    at, late = to_microseconds(now), to_microseconds(now - words.VISIT_LATE)
    due = (visit.c.status == _OPEN, visit.c.due_at <= at, visit.c.told_at.is_(None))
    overdue = (visit.c.status == _OPEN, visit.c.due_at <= late, visit.c.escalated_at.is_(None))
    with db.read() as connection:
        found = [select(visit.c.id).where(*which).limit(1) for which in (due, overdue)]
        waits = any(connection.execute(one).first() is not None for one in found)
    if not waits:
        return
    with db.begin() as tx:
        for row in tx.connection.execute(select(visit).where(*due).limit(BATCH)).all():
            text = say("visit_due", cause=words.said_cause(row.cause))
            _tell(tx, row, [row.assignee] if row.assignee else [], "due", text, now)
            tx.connection.execute(update(visit).where(visit.c.id == row.id).values(told_at=at))
        rows = tx.connection.execute(select(visit).where(*overdue).limit(BATCH)).all()
        heads = members_of(tx.connection, ["supervisor"]) if rows else []
        for row in rows:
            text = say("visit_late", cause=words.said_cause(row.cause))
            _tell(tx, row, heads, "late", text, now)
            tx.connection.execute(update(visit).where(visit.c.id == row.id).values(escalated_at=at))


def _tell(tx: Transaction, row: Row[Any], people: list[str], why: str, text: Said, now: datetime) -> None:
    once = f"visit-{why}:{row.id}:{row.due_at}"
    tell(tx, people, Notice(occasion=Occasion.VISIT, text=text, page=f"/visits/{row.id}", once=once), at=now)
