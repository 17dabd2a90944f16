"""Callers who wait longer than they may are the supervisors' to know, once each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from engine.clock import from_microseconds, to_microseconds
from engine.customers import words
from engine.model import SYSTEM, Event, Value
from engine.notifications import Notice, Occasion, members_of, say, tell
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import call_entry


def escalate(tx: Transaction, now: datetime) -> int:
    """Tell the supervisors of callers who wait longer than they may; once each. Gives how many."""
    at = to_microseconds(now)
    late = (
        call_entry.c.due_at <= at,
        call_entry.c.due_at.is_not(None),
        call_entry.c.called_back_at.is_(None),
        call_entry.c.escalated_at.is_(None),
    )
    rows = tx.connection.execute(select(call_entry).where(*late).order_by(call_entry.c.due_at).limit(500)).all()
    heads = members_of(tx.connection, ["supervisor"]) if rows else []
    for row in rows:
        call, source = words.said_call(row.kind), words.said_source(row.source)
        text = say("call_taken_waits" if row.taken_by else "call_waits", call=call, source=source)
        notice = Notice(occasion=Occasion.CALL, text=text, page=f"/calls/{row.id}", once=f"call-late:{row.id}")
        tell(tx, [*heads, *([row.taken_by] if row.taken_by else [])], notice, at=now)
        tx.connection.execute(update(call_entry).where(call_entry.c.id == row.id).values(escalated_at=at))
        value: dict[str, Value] = {"call": row.id, "due_at": from_microseconds(row.due_at)}
        append_system(tx, [Event(kind="call.overdue", value=value)], at=now, actor=SYSTEM.id)
    return len(rows)


def is_any_late(connection: Connection, now: datetime) -> bool:
    """Whether ``escalate`` would find somebody: a look in an index."""
    late = select(call_entry.c.id).where(
        call_entry.c.due_at <= to_microseconds(now),
        call_entry.c.due_at.is_not(None),
        call_entry.c.called_back_at.is_(None),
        call_entry.c.escalated_at.is_(None),
    )
    return connection.execute(late.limit(1)).first() is not None
