"""What people are told in the page: a row a person and an occasion."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

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
    #: The same in English; null: it is as a process's file words it, or from before there was English.
    Column("text_en", Text),
    Column("case_id", Text),
    Column("task", KEY),
    #: Page of the product that it leads to, when that is neither the task's nor the case's; begins with "/".
    Column("page", Text),
    #: Who brought it about; null: the system.
    Column("actor", Text),
    Column("told_at", BigInteger, nullable=False),
    Column("read_at", BigInteger),
    #: When it was handed to a mail server; null: not, or not yet.
    Column("mailed_at", BigInteger),
    #: Whoever is told again of the same thing gets no second row; null: every time counts.
    Column("once", Text),
    Index("ix_notification_user", "user", "id"),
    Index("ix_notification_unread", "user", "id", sqlite_where=text("read_at IS NULL")),
    Index("uq_notification_once", "user", "once", unique=True, sqlite_where=text("once IS NOT NULL")),
    sqlite_autoincrement=True,
)

#: How a person wants to be told beside the page; nobody has a row who has chosen nothing.
notification_choice = Table(
    "notification_choice",
    metadata,
    Column("user", Text, primary_key=True),
    #: Where mail goes.
    Column("address", Text),
    #: Occasions by mail, and by the browser while a page is open, joined by commas.
    Column("by_mail", Text, nullable=False),
    Column("by_browser", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

#: A notification on its way to somebody's mail box.
mail = Table(
    "mail",
    metadata,
    Column("notification", KEY, primary_key=True, autoincrement=False),
    Column("user", Text, nullable=False),
    #: When it is tried next: while somebody tries it, when his time is over.
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    #: Why the last try failed.
    Column("problem", Text),
    Column("sent_at", BigInteger),
    #: After the last try.
    Column("given_up_at", BigInteger),
    Index("ix_mail_due", "due_at", sqlite_where=text("sent_at IS NULL AND given_up_at IS NULL")),
    Index("ix_mail_troubled", "notification", sqlite_where=text("problem IS NOT NULL AND sent_at IS NULL")),
)
