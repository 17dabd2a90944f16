"""Messages on their way out: the row a send task writes, and the job that delivers it after the commit.

Delivery happens at least once; whoever takes the messages drops a second one with the same key. A delivery that
fails holds no case: only its own job waits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from engine import canonical
from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.errors import JobFailed
from engine.model import JobKind
from engine.store import sql
from engine.store.database import Transaction
from engine.store.statement import prepare
from engine.store.tables import outbox

#: Job type of deliveries.
DELIVER: Final = "deliver"
_RETRIES: Final = 8
_INSERT: Final = prepare("insert_outbox", insert(outbox).values({c.name: bindparam(c.name) for c in outbox.columns}))
_NO_PAYLOAD: Final = canonical.encode({"headers": {}, "variables": {}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that goes out."""

    #: Id of the job that wrote it.
    id: int
    instance: int
    case_id: str
    element: str
    #: customer, courier or staff.
    audience: str
    #: Customer id, courier's name, or group ids joined by commas.
    recipient: str
    channel: str | None
    #: Template code, "" for a text of the diagram; the hash is the template's at that moment.
    template: str
    template_hash: str
    text: str
    written_at: datetime

    @property
    def key(self) -> str:
        """The idempotency key: the same for every try."""
        return f"outbox:{self.id}"


class Adapter(Protocol):
    """Something that takes messages out of the house."""

    def deliver(self, message: Message, now: datetime) -> None:
        """Hand the message over.

        Raises:
            JobFailed: it could not be handed over; it will be tried again.
        """


def write(tx: Transaction, message: Message) -> None:
    """Write a message and the job of its delivery, in the caller's transaction."""
    at = to_microseconds(message.written_at)
    tx.run(_INSERT, {**asdict(message), "written_at": at, "delivered_at": None})
    tx.run(sql.INSERT_JOB, delivery_job(message))


def delivery_job(message: Message) -> Mapping[str, Any]:
    """The row of the job table that delivers a message; its id is the message's, negative."""
    return {
        "id": -message.id,
        "instance": message.instance,
        "case_id": message.case_id,
        "element": message.element,
        "kind": JobKind.DELIVERY.value,
        "type": DELIVER,
        "due_at": to_microseconds(message.written_at),
        "retries_left": _RETRIES,
        "attempts": 0,
        "problem": None,
        "payload": _NO_PAYLOAD,
        "leased_until": 0,
    }


def deliver(tx: Transaction, adapter: Adapter, job_id: int, now: datetime) -> None:
    """Deliver the message of a delivery job and mark it; one that is marked already, or gone, is left alone.

    The caller deletes the job.

    Raises:
        JobFailed: the adapter could not hand it over.
    """
    row = tx.connection.execute(select(outbox).where(outbox.c.id == -job_id)).one_or_none()
    if row is None or row.delivered_at is not None:
        return
    adapter.deliver(_message(row), now)
    tx.connection.execute(update(outbox).where(outbox.c.id == row.id).values(delivered_at=to_microseconds(now)))


def list_messages(connection: Connection, case_id: str) -> tuple[Message, ...]:
    """The messages of a case, as they were written."""
    rows = select(outbox).where(outbox.c.case_id == case_id).order_by(outbox.c.written_at, outbox.c.id)
    return tuple(_message(row) for row in connection.execute(rows))


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        instance=row.instance,
        case_id=row.case_id,
        element=row.element,
        audience=row.audience,
        recipient=row.recipient,
        channel=row.channel,
        template=row.template,
        template_hash=row.template_hash,
        text=row.text,
        written_at=from_microseconds(row.written_at),
    )


class Spool:
    """Delivers into files, one a day, a JSON line a message, from which the shop's chat bridge takes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, message: Message, now: datetime) -> None:
        """Append the message to the day's file; it is on the disk when this returns.

        Raises:
            JobFailed: the disk is full or the folder cannot be written.
        """
        line = {
            "key": message.key,
            "case_id": message.case_id,
            "audience": message.audience,
            "recipient": message.recipient,
            "channel": message.channel,
            "template": message.template,
            "text": message.text,
            "written_at": message.written_at.astimezone(SHANGHAI).isoformat(),
        }
        data = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        try:
            self._append(self._folder / f"{now.astimezone(SHANGHAI):%Y-%m-%d}.jsonl", data)
        except OSError as problem:
            raise JobFailed(f"the outbox folder cannot be written: {problem.strerror}") from problem

    def _append(self, path: Path, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            before = os.fstat(descriptor).st_size
            if os.write(descriptor, data) != len(data):  # a full disk: no half line may stay
                os.ftruncate(descriptor, before)
                raise OSError(28, "the line was written in part only")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
