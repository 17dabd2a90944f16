"""The index by which cases and orders are found: it can be made anew from them at any time."""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, BigInteger, Column, Index, Integer, LargeBinary, Table, Text, event

from engine.store.tables.schema import KEY, metadata

#: A case as it stands in the index.
search_case = Table(
    "search_case",
    metadata,
    #: Key of the root instance.
    Column("key", KEY, primary_key=True, autoincrement=False),
    Column("process_id", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    #: Sum of the revisions of the case's instances when it was read.
    Column("revisions", BigInteger, nullable=False),
    #: See search.document: its lines and words, compressed.
    Column("body", LargeBinary, nullable=False),
    Index("ix_search_case_opened", "opened_at", "key"),
)

#: An order as it stands in the index.
search_order = Table(
    "search_order",
    metadata,
    Column("number", KEY, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("uq_search_order_order_id", "order_id", unique=True),
    sqlite_autoincrement=True,
)

#: Orders that have changed since they were indexed; one that changes again gets a new number.
search_pending = Table(
    "search_pending",
    metadata,
    Column("number", KEY, primary_key=True),
    Column("order_id", Text, nullable=False),
    Index("uq_search_pending_order_id", "order_id", unique=True),
    sqlite_autoincrement=True,
)

#: One row: how far the index has read the histories.
search_state = Table(
    "search_state",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    #: Of search.grams; an index of another version is made anew.
    Column("version", Integer, nullable=False),
    #: Row number of the last step that was read, in history_value, and whose it is: if it is another's by now, the
    #: numbers do not count any more and every case is compared once.
    Column("position", BigInteger, nullable=False),
    Column("stream", KEY, nullable=False),
    Column("revision", Integer, nullable=False),
    #: Key of the last case that was compared; null: all have been.
    Column("swept", BigInteger),
)

#: Who was in a team when the index read the cases of that person; a difference to team_member is worked off.
search_member = Table(
    "search_member",
    metadata,
    Column("user", Text, primary_key=True),
    #: 1: the person is in a team, as the index has it; 0: in none any more, and the row goes when all has been read.
    Column("inside", Integer, nullable=False),
    #: Key before which the person's cases are still to be read again; null: all have been.
    Column("before", BigInteger),
)

#: SQLite's own index of words. It holds no text; a row is the case's key, or the order's number.
MAKE_INDEXES: Final = tuple(
    f"CREATE VIRTUAL TABLE {name} USING fts5(words, content='', columnsize=0, detail=none, tokenize='ascii')"
    for name in ("search_case_words", "search_order_words")
)
#: Whoever changes an order need not know of the index.
MAKE_TRIGGERS: Final = tuple(
    f"CREATE TRIGGER search_pending_{change} AFTER {change.upper()} ON shop_order BEGIN "
    "DELETE FROM search_pending WHERE order_id = new.order_id; "
    "INSERT INTO search_pending (order_id) VALUES (new.order_id); END"
    for change in ("insert", "update")
)
for _statement in (*MAKE_INDEXES, *MAKE_TRIGGERS):
    event.listen(metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]  # SQLAlchemy's own
