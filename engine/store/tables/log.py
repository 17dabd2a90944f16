"""The log over all streams: its leaves and subtrees, the signed heads, the keys that signed them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from engine.store.tables.guards import guard
from engine.store.tables.schema import KEY, metadata

log_leaf = Table(
    "log_leaf",
    metadata,
    #: 0, 1, 2 … without gaps.
    Column("n", KEY, primary_key=True, autoincrement=False),
    Column("stream", KEY, nullable=False),
    #: An event of the stream, and its hash, which covers all before it.
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("ix_log_leaf_stream", "stream", "seq"),
)

#: Hashes of complete subtrees; level 0 are the leaves'.
log_node = Table(
    "log_node",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("n", KEY, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

#: How far the log has come, in one row: behind which step, in the order in which they were committed.
log_position = Table(
    "log_position",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    #: Row number in history_value of the last step read, and which step that was: row numbers may move.
    Column("position", KEY, nullable=False),
    Column("stream", KEY, nullable=False),
    Column("revision", Integer, nullable=False),
    #: While every instance is compared once: the key of the last one that was.
    Column("swept", KEY),
)

tree_head = Table(
    "tree_head",
    metadata,
    #: How many leaves the tree had.
    Column("size", KEY, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    #: Number of the key that signed it.
    Column("key", Integer, nullable=False),
    #: The signed note.
    Column("note", Text, nullable=False),
)

signing_key = Table(
    "signing_key",
    metadata,
    #: 1, 2, 3 …
    Column("number", Integer, primary_key=True, autoincrement=False),
    #: 32 bytes, Ed25519.
    Column("public", LargeBinary, nullable=False, unique=True),
    Column("since", BigInteger, nullable=False),
    #: Signed note by which the key before it names this one as its successor; the first one names itself.
    Column("note", Text, nullable=False),
)

for table in (log_leaf, log_node, tree_head, signing_key):
    guard(table)
