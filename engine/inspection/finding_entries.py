"""What is said and done about a finding: a line of it, an event of the system, and a notice to whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from engine.clock import to_microseconds
from engine.inspection import words
from engine.model import SYSTEM, Event, Value
from engine.notifications import Notice, Occasion, Said, members_of, tell
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import audit_finding_entry


def enter(
    tx: Transaction, finding_id: int, kind: str, text: str, actor: str, at: datetime, facts: Mapping[str, Value]
) -> None:
    """What was said and done: a line of the finding, and an event of the system."""
    entry = audit_finding_entry.c
    last = select(func.coalesce(func.max(entry.number), 0)).where(entry.finding == finding_id)
    number = tx.connection.execute(last).scalar_one() + 1
    row = {"finding": finding_id, "number": number, "at": to_microseconds(at), "actor": actor, "kind": kind}
    tx.connection.execute(insert(audit_finding_entry).values(**row, text=text))
    value: dict[str, Value] = {"finding": finding_id, **facts}
    if text:
        value["text"] = text
    append_system(tx, [Event(kind=f"finding.{kind}", value=value)], at=at, actor=actor)


def asked_people(connection: Connection, person: str | None, group: str | None) -> list[str]:
    """Who is asked for a reply."""
    if person:
        return [person]
    return members_of(connection, [group]) if group else []


def tell_of(tx: Transaction, people: Iterable[str], finding_id: int, text: Said, now: datetime, actor: str) -> None:
    """Tell people something about a finding; a click leads to it."""
    notice = Notice(occasion=Occasion.FINDING, text=text, page=f"/audit/findings/{finding_id}")
    tell(tx, people, notice, at=now, actor=None if actor == SYSTEM.id else actor)


def said_state(state: str) -> Said:
    """How a finding ended."""
    return Said(words.STATES[state], {words.CLOSED: "closed", words.DISMISSED: "dismissed"}[state])
