"""Appends to a stream of history: an instance's through its row, the system's through stream_head."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, update

from engine.clock import to_microseconds
from engine.failpoints import reached
from engine.history.commands import NOTE
from engine.history.record import GENESIS, StepRecord, StreamHead, record_step
from engine.model import Event
from engine.store import sql
from engine.store.database import Transaction
from engine.store.instances import InstanceRow
from engine.store.tables import stream_head
from engine.store.writes import Row, Writes, write_rows

#: The stream of log-ins, deployments, users and settings.
SYSTEM_STREAM: Final = 0


def append_step(
    writes: Writes,
    instance: InstanceRow,
    command: bytes,
    events: Sequence[Event],
    *,
    core_events: int,
    at: int,
    actor: str,
) -> None:
    """Make the next revision of an instance with these events; the row's revision and head move on.

    Args:
        writes: where the rows go.
        instance: changed in place.
        command: canonical bytes, as history.commands writes them.
        events: the core's, then the runtime's own.
        core_events: how many of them the core gave.
        at: microseconds since 1970.
        actor: id of who acted.
    """
    instance.revision += 1
    seed = secrets.token_bytes(32)
    record = record_step(
        instance.key,
        instance.head,
        events,
        revision=instance.revision,
        at=at,
        actor=actor,
        seed=seed,
        command=command,
        core_events=core_events,
    )
    instance.history_seq, instance.history_hash = record.head.seq, record.head.hash
    writes.instances[instance.key] = instance
    writes.events += record.events
    writes.add(
        sql.INSERT_HISTORY_VALUE,
        (instance.key, instance.revision),
        value_row(instance.key, instance.revision, seed, command, record, core_events),
    )


def append_system(tx: Transaction, events: Sequence[Event], *, at: datetime, actor: str) -> None:
    """Append to the system's stream, in the caller's transaction."""
    at_us = to_microseconds(at)
    found = tx.connection.execute(select(stream_head).where(stream_head.c.stream == SYSTEM_STREAM)).one_or_none()
    revision, head = (found.revision, StreamHead(found.seq, found.hash)) if found else (0, StreamHead(0, GENESIS))
    revision += 1
    seed = secrets.token_bytes(32)
    record = record_step(SYSTEM_STREAM, head, events, revision=revision, at=at_us, actor=actor, seed=seed, command=NOTE)
    values = {"revision": revision, "seq": record.head.seq, "hash": record.head.hash}
    if found:
        tx.connection.execute(update(stream_head).where(stream_head.c.stream == SYSTEM_STREAM).values(values))
    else:
        tx.connection.execute(insert(stream_head).values(stream=SYSTEM_STREAM, **values))
    reached("store.system.head")
    tx.run_many(sql.INSERT_HISTORY_EVENT, record.events)
    reached("store.system.events")
    write_rows(tx, sql.INSERT_HISTORY_VALUE, [value_row(SYSTEM_STREAM, revision, seed, NOTE, record, 0)])
    reached("store.system.values")


def value_row(stream: int, revision: int, seed: bytes, command: bytes, record: StepRecord, core_events: int) -> Row:
    """The row of history_value of a step."""
    return {
        "stream": stream,
        "revision": revision,
        "seed": seed,
        "command": command,
        "values": record.values,
        "core_events": core_events,
    }
