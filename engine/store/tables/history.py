"""What happened: chained events, their values, what retention left of them, and the heads of the streams."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from engine.store.tables.guards import guard
from engine.store.tables.schema import KEY, metadata

#: Somebody took a user task; a case changed hands or stood still; an instance went over to another version of its
#: process. Queries say them as they stand here, to be answered by the indexes.
TAKEN: Final = "kind IN ('user_task.claimed', 'user_task.assigned')"
MOVED: Final = "kind = 'instance.migrated'"
#: A list of more than two would be made a table of its own for each row that is written.
TURNED: Final = "(kind = 'case.owner_changed' OR kind IN ('instance.resumed', 'instance.suspended'))"

history_event = Table(
    "history_event",
    metadata,
    #: An instance's key; 0 is the stream of the system (log-ins, deployments, users).
    Column("stream", KEY, primary_key=True, autoincrement=False),
    #: 1, 2, 3 … without gaps.
    Column("seq", Integer, primary_key=True, autoincrement=False),
    #: The step's revision; with the event's number within the step it finds the value and its salt.
    Column("revision", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("element", Text),
    Column("token", BigInteger),
    #: SHA-256(salt n ‖ canonical bytes of the value).
    Column("commitment", LargeBinary, nullable=False),
    #: SHA-256 over this row and the hash before it.
    Column("hash", LargeBinary, nullable=False),
    #: In a step's first row SHA-256(salt ‖ its command); NULL in the others, and in rows of before there was one.
    Column("command", LargeBinary),
    #: What indicators ask of single tasks and cases; a step that only goes on touches neither.
    Index("ix_history_event_taken", "stream", "token", "kind", "at", sqlite_where=text(TAKEN)),
    Index("ix_history_event_turned", "stream", "kind", "at", sqlite_where=text(TURNED)),
    #: Hardly any has an entry, so that to know so costs nothing.
    Index("ix_history_event_moved", "stream", "seq", "revision", "n", sqlite_where=text(MOVED)),
    sqlite_with_rowid=False,
)

#: One row a step: the only history rows that retention may delete.
history_value = Table(
    "history_value",
    metadata,
    Column("stream", KEY, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    #: 32 random bytes; salt n = HMAC-SHA-256(seed, n).
    Column("seed", LargeBinary, nullable=False),
    #: Canonical bytes of the command with its facts.
    Column("command", LargeBinary, nullable=False),
    #: Canonical bytes of the list of the events' values, by n.
    Column("values", LargeBinary, nullable=False),
    #: How many of them the core gave; those behind are the runtime's own (claims, outbox, …).
    Column("core_events", Integer, nullable=False),
)

#: Streams whose values retention has taken away.
history_redaction = Table(
    "history_redaction",
    metadata,
    Column("stream", KEY, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

#: What is left of the values of such a stream, by the event's place in its step.
history_kept = Table(
    "history_kept",
    metadata,
    Column("stream", KEY, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    #: Canonical bytes: as it was, or with personal data masked.
    Column("value", LargeBinary, nullable=False),
    #: Opens the event's commitment; NULL where the value is not the recorded one any more.
    Column("salt", LargeBinary),
    sqlite_with_rowid=False,
)

#: Head of each stream that is no instance.
stream_head = Table(
    "stream_head",
    metadata,
    Column("stream", KEY, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

for table in (history_event, history_value, history_redaction, history_kept, stream_head):
    guard(table)
