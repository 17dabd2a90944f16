"""Messages on their way out: the row a send task writes, and the job that delivers it after the commit.

Delivery happens at least once; whoever takes the messages drops a second one with the same key. A delivery that
fails holds no case: only its own job waits.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from engine import canonical
from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.errors import JobFailed, NotFound
from engine.failpoints import reached
from engine.model import JobKind
from engine.store.database import Transaction
from engine.store.statement import prepare
from engine.store.tables import outbox

#: Job type of deliveries.
DELIVER: Final = "deliver"
_RETRIES: Final = 8
_INSERT: Final = prepare("insert_outbox", insert(outbox).values({c.name: bindparam(c.name) for c in outbox.columns}))
_DELIVERED: Final = prepare(
    "mark_delivered",
    update(outbox).where(outbox.c.id == bindparam("of_id")).values(delivered_at=bindparam("delivered_at")),
)


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


#: Takes a message out of the house; OSError and JobFailed mean that it is tried again.
Delivery: TypeAlias = Callable[[Message], None]


def write(tx: Transaction, message: Message) -> None:
    """Write a message in the caller's transaction; ``delivery_job`` is the job that sends it."""
    reached("outbox.write.before")
    tx.run(_INSERT, {**asdict(message), "written_at": to_microseconds(message.written_at), "delivered_at": None})
    reached("outbox.write.after")


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
        "payload": canonical.encode({"outbox": message.id}),
        "suspended_due_at": None,
    }


def read_row(connection: Connection, outbox_id: int) -> Message:
    """A message by its id.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(outbox).where(outbox.c.id == outbox_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no message {outbox_id}")
    return _message(row)


def mark_delivered(tx: Transaction, outbox_id: int, now: datetime) -> None:
    """Say that a message has left the house."""
    tx.run(_DELIVERED, {"of_id": outbox_id, "delivered_at": to_microseconds(now)})


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

    def __call__(self, message: Message) -> None:
        """Append the message to the file of the day on which it was written; it is on the disk when this returns.

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
            self._append(self._folder / f"{message.written_at.astimezone(SHANGHAI):%Y-%m-%d}.jsonl", data)
        except OSError as problem:
            raise JobFailed(f"the outbox folder cannot be written: {problem.strerror}") from problem

    def _append(self, path: Path, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        reached("outbox.spool.before")
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # another worker's line is neither torn nor cut off with ours
            before = os.fstat(descriptor).st_size
            if before and os.pread(descriptor, 1, before - 1) != b"\n":
                data = b"\n" + data  # somebody died in the midst of a line: it spoils no other
            if os.write(descriptor, data) != len(data):  # a full disk: no half line may stay
                os.ftruncate(descriptor, before)
                raise OSError(28, "the line was written in part only")
            reached("outbox.spool.written")
            os.fsync(descriptor)
            if not before:
                self._keep_name()
            reached("outbox.spool.synced")
        finally:
            os.close(descriptor)

    def _keep_name(self) -> None:
        """A new file is on the disk when its name is, too."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
