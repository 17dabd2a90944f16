"""What people are told in the page: a row a person and an occasion."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text, text

from engine.store.tables.schema import KEY, metadata

notification = Table(
    "notification",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("user", Text, nullable=False),
    #: See notifications.Occasion.
    Column("occasion", Text, nullable=False),
    #: A Chinese sentence; personal data in it are masked.
    Column("text", Text, nullable=False),
    Column("case_id", Text),
    Column("task", KEY),
    #: Page of the product that it leads to, when that is neither the task's nor the case's; begins with "/".
    Column("page", Text),
    #: Who brought it about; null: the system.
    Column("actor", Text),
    Column("told_at", BigInteger, nullable=False),
    Column("read_at", BigInteger),
    #: When it was handed to the mail server; null: not, or not yet.
    Column("mailed_at", BigInteger),
    #: Whoever is told again of the same thing gets no second row; null: every time counts.
    Column("once", Text),
    Index("ix_notification_user", "user", "id"),
    Index("ix_notification_unread", "user", "id", sqlite_where=text("read_at IS NULL")),
    Index("uq_notification_once", "user", "once", unique=True, sqlite_where=text("once IS NOT NULL")),
    sqlite_autoincrement=True,
)
