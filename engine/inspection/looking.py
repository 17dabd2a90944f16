"""What a worker looks after: findings to which no reply has come in time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine.clock import to_microseconds
from engine.inspection import words
from engine.inspection.findings import remind_late
from engine.runtime import Runtime
from engine.store.tables import audit_finding


def watch_findings(runtime: Runtime) -> bool:
    """Make late replies known, once each, by any number of processes; makes no jobs."""
    now = runtime.clock.now()
    while _any_late(runtime, now):
        with runtime.db.begin() as tx:
            remind_late(tx, now)
    return False


def _any_late(runtime: Runtime, now: datetime) -> bool:
    row = audit_finding.c
    late = row.state == words.OPEN, row.due_at <= to_microseconds(now), row.reminded_at.is_(None)
    with runtime.db.read() as connection:
        return connection.execute(select(row.id).where(*late).limit(1)).first() is not None
