"""Duties: timer starts of processes, what came of each of their turns; who agrees to the rules of conduct."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from engine.store.tables.schema import KEY, metadata

#: A timer start event of a process in force; a row of the job table says when its next turn is.
timer_start = Table(
    "timer_start",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("process_id", Text, nullable=False),
    Column("element", Text, nullable=False),
    Column("cron", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    UniqueConstraint("process_id", "element"),
    sqlite_autoincrement=True,
)

#: A turn: a row for each case that it started, or one for all that were skipped together.
timer_turn = Table(
    "timer_turn",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("process_id", Text, nullable=False),
    Column("element", Text, nullable=False),
    #: When it was due; of several that were skipped, the first.
    Column("scheduled_at", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    #: started, made_up (late, as the process says), skipped (late, as it says), nobody (the roster has nobody for it).
    Column("outcome", Text, nullable=False),
    #: How many turns the row stands for.
    Column("turns", Integer, nullable=False),
    Column("instance", KEY, ForeignKey("process_instance.key")),
    #: Whom the roster picked.
    Column("person", Text),
    Index("ix_timer_turn_scheduled", "scheduled_at"),
    Index("ix_timer_turn_process", "process_id", "scheduled_at"),
    sqlite_autoincrement=True,
)

#: Who has read the rules of conduct and agrees to them, by version (0: those that are shipped).
conduct_read = Table(
    "conduct_read",
    metadata,
    Column("user", Text, ForeignKey("user.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
)
