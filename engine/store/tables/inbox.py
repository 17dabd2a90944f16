"""What the inbox sorts and filters by, and the filters that people keep."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from engine.store.tables.schema import KEY, metadata

#: Filters of the inbox that people keep: each has an owner and, where it is shared, one group that sees it too.
saved_filter = Table(
    "saved_filter",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    #: As it stands in the address of the list, checked when it was kept.
    Column("query", Text, nullable=False),
    Column("shared_with", Text),
    #: Its place among those of its owner.
    Column("position", Integer, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_saved_filter_owner", "owner", "position", "id"),
    Index(
        "ix_saved_filter_shared",
        "shared_with",
        "position",
        "id",
        sqlite_where=text("shared_with IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

#: Filters that somebody does not want to see beside the list.
unpinned_filter = Table(
    "unpinned_filter",
    metadata,
    Column("user", Text, primary_key=True),
    Column("filter", KEY, ForeignKey("saved_filter.id", ondelete="CASCADE"), primary_key=True),
)

#: What was done to many tasks at once, for as long as it can be undone.
inbox_undo = Table(
    "inbox_undo",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("user", Text, nullable=False),
    #: Canonical bytes: what was done, and of each task how it was before and is since.
    Column("done", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("undone_at", BigInteger),
    Index("ix_inbox_undo_made", "made_at"),
    sqlite_autoincrement=True,
)
