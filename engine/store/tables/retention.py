"""How long what people leave in cases is kept: rules by process, what is held back from them, what has been done."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from engine.store.tables.schema import KEY, metadata

#: Versions of the rules; a process's newest counts, and none is ever changed. None at all: as shipped (E03).
retention_rule = Table(
    "retention_rule",
    metadata,
    Column("key", KEY, primary_key=True),
    #: "": every process without a rule of its own, and orders, calls and visits of no case.
    Column("process_id", Text, nullable=False),
    #: Days after a case's end for which its personal data are kept; null: for ever.
    Column("days", Integer),
    #: Days after a case's end for which its rows of registers are kept; null: for ever.
    Column("register_days", Integer),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_retention_rule_process", "process_id", "key"),
    sqlite_autoincrement=True,
)

#: What nothing is taken from, whatever the rules say, until somebody lifts it.
legal_hold = Table(
    "legal_hold",
    metadata,
    Column("id", KEY, primary_key=True),
    #: case, customer or order.
    Column("kind", Text, nullable=False),
    #: The case's, buyer's or order's id; of a buyer, masked once the hold is lifted.
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("lifted_by", Text),
    Column("lifted_at", BigInteger),
    Column("lift_reason", Text),
    Index("uq_legal_hold_subject", "kind", "subject", unique=True, sqlite_where=text("lifted_at IS NULL")),
    sqlite_autoincrement=True,
)

#: What was taken when, by which rule.
retention_done = Table(
    "retention_done",
    metadata,
    Column("id", KEY, primary_key=True),
    #: case, late (what came to a case afterwards), order, call, visit, customer or register.
    Column("kind", Text, nullable=False),
    #: The id, of a customer the archive's key, of registers the register.
    Column("subject", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    #: The rule's days.
    Column("days", Integer, nullable=False),
    #: How many recorded values, or rows, are gone.
    Column("count", Integer, nullable=False),
    Index("ix_retention_done_subject", "kind", "subject", "at"),
    sqlite_autoincrement=True,
)
