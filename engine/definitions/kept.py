"""What is kept of a deployment: who, when, why, and what it put in the place of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from engine.clock import to_microseconds
from engine.definitions.bundle import Part
from engine.model import Actor
from engine.store.database import Transaction
from engine.store.tables import deployment, deployment_resource


def last_number(connection: Connection) -> int:
    """The number of the last deployment that there is a record of; 0: there is none."""
    return int(connection.execute(select(func.coalesce(func.max(deployment.c.number), 0))).scalar_one())


def write_deployment(
    tx: Transaction,
    number: int,
    changed: Iterable[Part],
    before: Mapping[tuple[str, str], str],
    *,
    at: datetime,
    actor: Actor,
    reason: str,
    change: int | None,
    restores: int | None,
) -> None:
    """Write a deployment down.

    Args:
        tx: the transaction that puts the parts in force.
        number: the next one.
        changed: what it put in force.
        before: (kind, id) → hash of what was in force.
        at: aware UTC.
        actor: who deployed.
        reason: why, in a person's words.
        change: key of the change that the parts are from.
        restores: number of the earlier deployment to which this one goes back.
    """
    row = {"number": number, "at": to_microseconds(at), "actor": actor.id}
    tx.connection.execute(insert(deployment).values(reason=reason, change=change, restores=restores, **row))
    parts = [
        {"deployment": number, "kind": p.kind, "id": p.id, "before": before.get((p.kind, p.id)), "after": p.hash}
        for p in changed
    ]
    tx.connection.execute(insert(deployment_resource), parts)
