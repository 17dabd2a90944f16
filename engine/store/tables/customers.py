"""Who buys from the shop, who has called, who is asked afterwards, and the papers that are kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from engine.store.tables.schema import KEY, metadata

#: What people say of a customer; orders, cases, calls and visits are read where they are kept.
customer = Table(
    "customer",
    metadata,
    #: Stands in addresses, where the customer's id must not (E01).
    Column("key", KEY, primary_key=True),
    Column("customer_id", Text, nullable=False),
    #: See customers.LEVELS; "": nobody has said.
    Column("level", Text, nullable=False),
    #: Sorted words joined by commas, one before and one behind too; "": none.
    Column("tags", Text, nullable=False),
    #: qin, nin, mr or ms; "": by channel.
    Column("address_as", Text, nullable=False),
    Column("note", Text, nullable=False),
    #: Since when it is a good customer, who is visited every thirty days; null: it is none.
    Column("good_since", BigInteger),
    #: When a good customer's next visit is planned.
    Column("next_visit_at", BigInteger),
    Column("first_seen_at", BigInteger, nullable=False),
    #: Last order, case, call or visit.
    Column("last_seen_at", BigInteger, nullable=False),
    #: How often people have changed it: who saves has seen the newest.
    Column("revision", Integer, nullable=False, server_default="0"),
    UniqueConstraint("customer_id"),
    Index("ix_customer_seen", "last_seen_at", "key"),
    Index("ix_customer_level", "level", "last_seen_at", "key", sqlite_where=text("level <> ''")),
    Index("ix_customer_good", "last_seen_at", "key", sqlite_where=text("good_since IS NOT NULL")),
    Index("ix_customer_address", "key", sqlite_where=text("address_as <> ''")),
    Index("ix_customer_next_visit", "next_visit_at", sqlite_where=text("next_visit_at IS NOT NULL")),
    sqlite_autoincrement=True,
)

#: Names and telephone numbers of a customer's orders as digests: the whole name finds the customer, nobody reads it.
customer_mark = Table(
    "customer_mark",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("customer", KEY, ForeignKey("customer.key"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

#: Each change that somebody made of a customer's own fields.
customer_change = Table(
    "customer_change",
    metadata,
    Column("customer", KEY, ForeignKey("customer.key"), primary_key=True, autoincrement=False),
    #: The revision that it made.
    Column("revision", Integer, primary_key=True, autoincrement=False),
    #: Canonical bytes of {field: [old, new]}.
    Column("changes", LargeBinary, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: Calls, callers at the door and messages left: everybody who got in touch beside the chat.
call_entry = Table(
    "call_entry",
    metadata,
    Column("id", KEY, primary_key=True),
    #: inquiry, quote, after_sales, complaint, message or other: see customers.calls.
    Column("kind", Text, nullable=False),
    #: phone, walk_in or message.
    Column("source", Text, nullable=False),
    Column("shop", Text),
    Column("customer_id", Text),
    Column("order_id", Text),
    #: The case that it opened, or belongs to.
    Column("case_id", Text),
    #: Canonical bytes of {field: text}: who it was, what was asked, and what a quote needs to know.
    Column("details", LargeBinary, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    #: When the customer called or wrote; not later than registered_at.
    Column("received_at", BigInteger, nullable=False),
    #: Until when the customer is to be answered; null: was answered on the spot.
    Column("due_at", BigInteger),
    #: Who calls back; null: nobody has said so.
    Column("taken_by", Text),
    #: In vain: how often, and when last.
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("attempted_at", BigInteger),
    Column("called_back_at", BigInteger),
    Column("called_back_by", Text),
    #: answered, quoted, no_price, case or unreachable; null: open, or answered on the spot.
    Column("result", Text),
    Column("answer", Text),
    #: When the supervisors were told that it was late.
    Column("escalated_at", BigInteger),
    #: Idempotency key of the form.
    Column("submission_key", Text),
    UniqueConstraint("submission_key"),
    Index("ix_call_entry_registered", "registered_at", "id"),
    Index("ix_call_entry_open", "due_at", "id", sqlite_where=text("due_at IS NOT NULL AND called_back_at IS NULL")),
    Index(
        "ix_call_entry_to_escalate",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL AND called_back_at IS NULL AND escalated_at IS NULL"),
    ),
    Index("ix_call_entry_customer", "customer_id", "id", sqlite_where=text("customer_id IS NOT NULL")),
    Index("ix_call_entry_case", "case_id", sqlite_where=text("case_id IS NOT NULL")),
    sqlite_autoincrement=True,
)

#: 回访: whether the customer is content, asked after a case, a parcel or every thirty days; at most once a case.
visit = Table(
    "visit",
    metadata,
    Column("id", KEY, primary_key=True),
    #: case, parcel, good (a good customer's turn) or manual.
    Column("cause", Text, nullable=False),
    #: What it asks about, once: a case id, a waybill number, the customer and the day.
    Column("subject", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("order_id", Text),
    Column("case_id", Text),
    #: Process of the case.
    Column("process_id", Text),
    Column("shop", Text),
    #: Who asks; null: whoever comes first.
    Column("assignee", Text),
    #: Who answered for the case when it ended (K10, K19, K21 are counted by it); null: no case.
    Column("owner", Text),
    Column("created_at", BigInteger, nullable=False),
    #: When the customer is to be asked.
    Column("due_at", BigInteger, nullable=False),
    Column("told_at", BigInteger),
    Column("escalated_at", BigInteger),
    #: open, answered, unreachable or dropped.
    Column("status", Text, nullable=False),
    Column("done_at", BigInteger),
    Column("done_by", Text),
    #: closing: asked when the case ended; visit: afterwards.
    Column("asked", Text),
    #: 1–5, and 0 or 1; null: no answer.
    Column("satisfied", Integer),
    Column("solved", Integer),
    Column("comment", Text),
    Column("offer", Text),
    #: The case by which the matter is taken up again.
    Column("follow_up_case_id", Text),
    UniqueConstraint("cause", "subject"),
    Index("ix_visit_assignee", "assignee", "due_at", "id", sqlite_where=text("status = 'open'")),
    Index("ix_visit_open", "due_at", "id", sqlite_where=text("status = 'open'")),
    Index("ix_visit_done", "done_at", "id", sqlite_where=text("done_at IS NOT NULL")),
    Index("ix_visit_customer", "customer_id", "id"),
    Index("ix_visit_case", "case_id", sqlite_where=text("case_id IS NOT NULL")),
    sqlite_autoincrement=True,
)

#: What a case's people say of how it came out, where that is more than the name of its end (E17).
case_result = Table(
    "case_result",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("noted_by", Text, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: Papers that are kept (E16); the files are their versions'.
document = Table(
    "document",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("title", Text, nullable=False),
    #: See customers.CATEGORIES.
    Column("category", Text, nullable=False),
    #: Whose it is to read: a group, or "" for everybody who reads the archive.
    Column("access_group", Text, nullable=False),
    Column("customer_id", Text),
    Column("order_id", Text),
    Column("note", Text, nullable=False),
    #: Number of the newest version.
    Column("version", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    #: When it was put away; it is found no more, its versions stay.
    Column("withdrawn_at", BigInteger),
    Column("submission_key", Text),
    UniqueConstraint("submission_key"),
    Index("ix_document_changed", "changed_at", "id"),
    Index("ix_document_category", "category", "changed_at", "id"),
    Index("ix_document_customer", "customer_id", "id", sqlite_where=text("customer_id IS NOT NULL")),
    sqlite_autoincrement=True,
)

document_version = Table(
    "document_version",
    metadata,
    Column("document", KEY, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    #: 1, 2, 3 … of the document.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("file", Text, ForeignKey("attachment.id"), nullable=False),
    Column("note", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
