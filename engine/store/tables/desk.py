"""What flows leave behind for people: registers, messages, files, drafts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from engine.store.tables.schema import KEY, metadata

register_row = Table(
    "register_row",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("register", Text, nullable=False),
    #: That opened the row; see runtime.register_rows for whose writes go into it.
    Column("instance", KEY, ForeignKey("process_instance.key"), nullable=False),
    Column("case_id", Text, nullable=False),
    #: The only instance that still writes the row; null: it is open to the whole case.
    Column("taken_by", KEY),
    #: That wrote last.
    Column("element", Text, nullable=False),
    #: Canonical bytes of {column: value}, as they are.
    Column("values", LargeBinary, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Index("ix_register_row_case", "case_id"),
    Index("ix_register_row_opened", "register", "opened_at", "id"),
)

#: The columns of a register's rows once more, each by itself, to be filtered and sorted; personal data masked.
register_cell = Table(
    "register_cell",
    metadata,
    Column("row", KEY, ForeignKey("register_row.id"), primary_key=True, autoincrement=False),
    Column("column", Text, primary_key=True),
    Column("register", Text, nullable=False),
    #: Orders as the values do: see store.register_cells.
    Column("sort", Text, nullable=False),
    #: As people read it.
    Column("text", Text, nullable=False),
    Index("ix_register_cell_sort", "register", "column", "sort", "row"),
    sqlite_with_rowid=False,
)

#: A file of a register's rows that somebody asked for: what was asked, who decided, and whether it has left.
register_export = Table(
    "register_export",
    metadata,
    #: Random: it stands in addresses.
    Column("id", Text, primary_key=True),
    Column("register", Text, nullable=False),
    #: Canonical bytes of the filter as the page's address has it.
    Column("filter", LargeBinary, nullable=False),
    #: csv or xlsx.
    Column("format", Text, nullable=False),
    Column("reason", Text, nullable=False),
    #: How many rows there were when it was asked for, and the last one's id: later ones are not part of it.
    Column("rows", Integer, nullable=False),
    Column("last_row", KEY, nullable=False),
    #: waiting, approved, refused or downloaded.
    Column("status", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    Column("answer", Text),
    #: From the decision on, 24 hours.
    Column("expires_at", BigInteger),
    Column("downloaded_at", BigInteger),
    Index("ix_register_export_requested", "requested_at"),
    Index("ix_register_export_waiting", "requested_at", "id", sqlite_where=text("status = 'waiting'")),
)

outbox = Table(
    "outbox",
    metadata,
    #: Id of the send task's job: a repeated job writes no second row.
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("instance", KEY, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("element", Text, nullable=False),
    #: customer, courier, staff or platform.
    Column("audience", Text, nullable=False),
    #: Customer id, courier's name, group, or the platform's number of the complaint.
    Column("recipient", Text, nullable=False),
    Column("channel", Text),
    Column("template", Text, nullable=False),
    Column("template_hash", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    Index("ix_outbox_case", "case_id"),
    Index("ix_outbox_written", "written_at", "id"),
    Index("ix_outbox_under_way", "written_at", "id", sqlite_where=text("delivered_at IS NULL")),
)

#: Events that people registered by hand: a message for one subscription, once.
registered_event = Table(
    "registered_event",
    metadata,
    #: Id of the subscription that took it.
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("instance", KEY, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("process_id", Text, nullable=False),
    Column("element", Text, nullable=False),
    Column("message_name", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    #: Of the form that was filled in: a repeated submission is the first one again.
    Column("submission_key", Text),
    Index("ix_registered_event_case", "case_id"),
)

#: Uploaded files; their contents lie in the folder beside the database, by their hash.
attachment = Table(
    "attachment",
    metadata,
    #: 32 random hexadecimal digits.
    Column("id", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("uploaded_by", Text, nullable=False),
    Column("uploaded_at", BigInteger, nullable=False),
    #: The case whose variables hold it, or another owner: document:7, call:12. Null until a form with it is sent.
    Column("case_id", Text),
    #: 1: its field holds personal data; it is shown on a click that is logged.
    Column("personal", Integer, nullable=False, server_default="0"),
    #: When its content was given up for data protection.
    Column("erased_at", BigInteger),
    Index("ix_attachment_case", "case_id", sqlite_where=text("case_id IS NOT NULL")),
    Index("ix_attachment_unused", "uploaded_by", "uploaded_at", sqlite_where=text("case_id IS NULL")),
    Index("ix_attachment_content", "sha256"),
)

draft = Table(
    "draft",
    metadata,
    Column("user", Text, primary_key=True),
    #: See engine.drafts: "task:" + id, "event:" + case and id, "start:" + process id and perhaps an order number, …
    Column("subject", Text, primary_key=True),
    #: Canonical bytes of {field: text, or list of texts}, as they were typed.
    Column("fields", LargeBinary, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    #: How often it was saved: a second window finds out that it was not the last to save.
    Column("number", Integer, nullable=False, server_default="1"),
    #: The user task it is for; null: it is for another form.
    Column("task", KEY),
    Index("ix_draft_task", "task", sqlite_where=text("task IS NOT NULL")),
)

#: Who looked at personal data, by the day: the event stands in the case's history, this is for counting.
revealed = Table(
    "revealed",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("user", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Index("ix_revealed_user", "user", "at"),
)
