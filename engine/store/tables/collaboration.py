"""What people say to each other on a case: comments, inquiries, exceptions, and what they promise the customer."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text, text

from engine.store.tables.instances import user_task
from engine.store.tables.schema import KEY, metadata

comment = Table(
    "comment",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("case_id", Text, nullable=False),
    #: The user task at which it was written, if at one.
    Column("task", KEY),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    #: Ids of the people mentioned, joined by commas.
    Column("mentions", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    Index("ix_comment_case", "case_id", "id"),
    sqlite_autoincrement=True,
)

#: 内部核实: a question to another group or person, who sees of the case what is written here and nothing more.
inquiry = Table(
    "inquiry",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("task", KEY),
    Column("asked_by", Text, nullable=False),
    #: One of the two is set.
    Column("to_group", Text),
    Column("to_person", Text),
    #: Of a question to couriers, or to somebody of one: whose parcel the case was about when it was asked.
    Column("courier", Text),
    Column("question", Text, nullable=False),
    #: What the asker wrote down of the case for those who do not see it.
    Column("context", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    #: By when the customer was promised an answer, as it stood when the question was asked.
    Column("promised_at", BigInteger),
    Column("overdue_at", BigInteger),
    Column("closed_at", BigInteger),
    #: Null while it is open, or when it was withdrawn.
    Column("answered_by", Text),
    Column("answer", Text),
    Index("ix_inquiry_case", "case_id", "id"),
    Index("ix_inquiry_group", "to_group", "id"),
    Index("ix_inquiry_person", "to_person", "id"),
    Index("ix_inquiry_asker", "asked_by", "id"),
    Index("ix_inquiry_due", "due_at", sqlite_where=text("closed_at IS NULL AND overdue_at IS NULL")),
    sqlite_autoincrement=True,
)

#: 上报异常: what a superior has to hear of at once, reported by a person or found by the platform.
exception_report = Table(
    "exception_report",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("case_id", Text),
    Column("task", KEY),
    #: The incident that it is about; null: a person reported it.
    Column("incident", KEY),
    #: Null: the platform.
    Column("reported_by", Text),
    Column("text", Text, nullable=False),
    Column("reported_at", BigInteger, nullable=False),
    #: By when somebody has to acknowledge it, else the department manager hears of it.
    Column("due_at", BigInteger, nullable=False),
    Column("escalated_at", BigInteger),
    Column("acknowledged_at", BigInteger),
    #: Null although it is acknowledged: the incident was resolved by itself.
    Column("acknowledged_by", Text),
    #: What is to be done.
    Column("answer", Text),
    Index("ix_exception_report_case", "case_id", "id"),
    Index("ix_exception_report_reporter", "reported_by", "id"),
    Index("ix_exception_report_waiting", "due_at", "id", sqlite_where=text("acknowledged_at IS NULL")),
    Index("uq_exception_report_incident", "incident", unique=True, sqlite_where=text("incident IS NOT NULL")),
    sqlite_autoincrement=True,
)

#: 承诺时间: by when the customer was told that there is an answer. A case's newest row counts; older ones are kept.
promise = Table(
    "promise",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("promised_at", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    #: Null: the platform, from the next user task's due time.
    Column("made_by", Text),
    #: Why it was changed; empty in a case's first.
    Column("reason", Text, nullable=False),
    #: The message by which the customer was told; null: not yet.
    Column("letter", KEY),
    Column("reminded_at", BigInteger),
    #: When it was found unanswered at its time.
    Column("breached_at", BigInteger),
    #: The customer's first message or the case's end after it was made, whichever came first.
    Column("answered_at", BigInteger),
    #: A later promise took its place.
    Column("replaced_at", BigInteger),
    #: When somebody has to look at it again; null: never.
    Column("look_at", BigInteger),
    Index("ix_promise_case", "case_id", "id"),
    Index("ix_promise_look", "look_at", sqlite_where=text("look_at IS NOT NULL")),
    Index("ix_promise_promised", "promised_at", sqlite_where=text("replaced_at IS NULL")),
    sqlite_autoincrement=True,
)

#: A message to the customer that a person wrote by hand, not a diagram; it goes out by the outbox.
letter = Table(
    "letter",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("case_id", Text, nullable=False),
    #: promise, change or progress.
    Column("kind", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    #: Of the form that was sent: a repeated submission is the first one again.
    Column("submission_key", Text),
    Index("ix_letter_case", "case_id", "id"),
    Index("uq_letter_submission", "submission_key", unique=True, sqlite_where=text("submission_key IS NOT NULL")),
    sqlite_autoincrement=True,
)

#: By which the periodic look finds the cases that have just gone on.
Index("ix_user_task_ended", user_task.c.ended_at, sqlite_where=text("status = 'completed'"))
#: By which those whom a follow-up date has come for are told.
Index(
    "ix_user_task_follow_up",
    user_task.c.follow_up_at,
    sqlite_where=text("status = 'open' AND follow_up_at IS NOT NULL"),
)
