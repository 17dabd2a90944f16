"""How often people pass cases on, for indicators and boards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from engine.clock import to_microseconds
from engine.model import Actor
from engine.ownership.words import Kind, Status
from engine.store.tables import transfer


def transfers_by_person(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """Who has offered cases to others how often between two aware instants (the second not included); E07.

    Withdrawn offers and hand-overs at the end of a shift do not count.
    """
    found = (
        select(transfer.c.from_user, func.count())
        .where(
            transfer.c.requested_at >= to_microseconds(since),
            transfer.c.requested_at < to_microseconds(until),
            transfer.c.kind == Kind.TRANSFER,
            transfer.c.status != Status.WITHDRAWN,
        )
        .group_by(transfer.c.from_user)
    )
    return {row[0]: row[1] for row in connection.execute(found)}


def transferred_cases(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """Case → how often its transfer was accepted between two aware instants: no first-contact resolution (K19)."""
    found = (
        select(transfer.c.case_id, func.count())
        .where(
            transfer.c.requested_at >= to_microseconds(since),
            transfer.c.requested_at < to_microseconds(until),
            transfer.c.kind == Kind.TRANSFER,
            transfer.c.status == Status.ACCEPTED,
        )
        .group_by(transfer.c.case_id)
    )
    return {row[0]: row[1] for row in connection.execute(found)}


def waiting_for(connection: Connection, actor: Actor) -> int:
    """How many offers wait for the actor's answer."""
    named = select(func.count()).where(transfer.c.status == Status.PENDING, transfer.c.to_user == actor.id)
    grouped = select(func.count()).where(
        transfer.c.status == Status.PENDING,
        transfer.c.to_group.in_(sorted(actor.groups)),
        transfer.c.from_user != actor.id,
    )
    return int(connection.execute(named).scalar_one()) + int(connection.execute(grouped).scalar_one())
