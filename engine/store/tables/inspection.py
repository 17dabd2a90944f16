"""What auditors search by, ask, draw and find: traits and sums of cases, questions, samples, findings."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from engine.store.tables.schema import KEY, metadata

#: What a case went through, of its whole call tree; made anew from its events, a few seconds behind them.
case_trait = Table(
    "case_trait",
    metadata,
    #: See inspection.traits: element, skipped, rule, person …
    Column("kind", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    #: Key of the root instance.
    Column("case_key", KEY, primary_key=True, autoincrement=False),
    #: How often.
    Column("times", Integer, nullable=False),
    Index("ix_case_trait_case", "case_key", "kind"),
    sqlite_with_rowid=False,
)

#: A case as it was when its traits were read: the facts and the money that questions compare. 分 and seconds.
case_sum = Table(
    "case_sum",
    metadata,
    Column("case_key", KEY, primary_key=True, autoincrement=False),
    Column("process_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("end_state", Text),
    Column("customer_id", Text),
    Column("order_id", Text),
    Column("opened_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    #: How long it took, by the calendar and in working time; null: it has not ended.
    Column("elapsed", BigInteger),
    Column("worked", BigInteger),
    #: See inspection.sums; null: the case is about no such money.
    Column("asked", BigInteger),
    Column("approved", BigInteger),
    Column("paid", BigInteger),
    Column("compensated", BigInteger),
    #: Sum of the revisions of the case's instances when it was read.
    Column("revisions", BigInteger, nullable=False),
    Index("ix_case_sum_process", "process_id", "case_key"),
    Index("ix_case_sum_status", "status", "case_key"),
    Index("ix_case_sum_end", "end_state", "case_key", sqlite_where=text("end_state IS NOT NULL")),
    Index("ix_case_sum_customer", "customer_id", "paid", "case_key", sqlite_where=text("customer_id IS NOT NULL")),
    Index("ix_case_sum_order", "order_id", "case_key", sqlite_where=text("order_id IS NOT NULL")),
    Index("ix_case_sum_opened", "opened_at", "case_key"),
    Index("ix_case_sum_ended", "ended_at", "case_key", sqlite_where=text("ended_at IS NOT NULL")),
    Index("ix_case_sum_elapsed", "elapsed", "case_key", sqlite_where=text("elapsed IS NOT NULL")),
    Index("ix_case_sum_worked", "worked", "case_key", sqlite_where=text("worked IS NOT NULL")),
    Index("ix_case_sum_asked", "asked", "case_key", sqlite_where=text("asked IS NOT NULL")),
    Index("ix_case_sum_paid", "paid", "case_key", sqlite_where=text("paid IS NOT NULL")),
    Index(
        "ix_case_sum_compensated", "compensated", "approved", "case_key", sqlite_where=text("compensated IS NOT NULL")
    ),
)

#: One row: how far the traits have read the histories (as search_state).
inspection_state = Table(
    "inspection_state",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    #: Of inspection.traits; traits of another version are made anew.
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("stream", KEY, nullable=False),
    Column("revision", Integer, nullable=False),
    #: Key of the last case that was compared; null: all have been.
    Column("swept", BigInteger),
)

#: A question that somebody keeps.
audit_question = Table(
    "audit_question",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    #: Query string.
    Column("query", Text, nullable=False),
    Column("owner", Text, nullable=False),
    #: 1: whoever audits sees it.
    Column("shared", Integer, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_audit_question_owner", "owner", "name", unique=True),
    Index("ix_audit_question_shared", "shared", "name"),
    sqlite_autoincrement=True,
)

#: Cases drawn at random out of those that answer a question.
audit_sample = Table(
    "audit_sample",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    #: The question, as a query string.
    Column("query", Text, nullable=False),
    Column("seed", Text, nullable=False),
    #: How many cases answered it, and SHA-256 over their numbers.
    Column("population", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("drawn_by", Text, nullable=False),
    Column("drawn_at", BigInteger, nullable=False),
    Index("ix_audit_sample_drawn_by", "drawn_by", "id"),
    sqlite_autoincrement=True,
)

audit_sample_case = Table(
    "audit_sample_case",
    metadata,
    Column("sample", KEY, primary_key=True, autoincrement=False),
    #: 1, 2, 3 … in the order of the draw.
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("case_key", KEY, nullable=False),
    #: Who has looked at it, and when; null: nobody yet.
    Column("looked_by", Text),
    Column("looked_at", BigInteger),
    Index("ix_audit_sample_case_case", "sample", "case_key", unique=True),
    sqlite_with_rowid=False,
)

#: Something that is not as it should be, and what became of it.
audit_finding = Table(
    "audit_finding",
    metadata,
    Column("id", KEY, primary_key=True),
    #: person, policy, verification or re_execution.
    Column("source", Text, nullable=False),
    #: The rule that was broken, where there is one.
    Column("rule", Text, nullable=False),
    #: What it is about, so that nothing is noted twice; null: noted by a person.
    Column("key", Text),
    Column("case_id", Text),
    #: The event that it is about.
    Column("stream", KEY),
    Column("seq", Integer),
    Column("sample", KEY),
    #: low, medium or high.
    Column("severity", Text, nullable=False),
    Column("title", Text, nullable=False),
    #: Canonical bytes: what was seen.
    Column("evidence", LargeBinary, nullable=False),
    #: Whose conduct it is about.
    Column("about", Text),
    #: Who is to reply: a person or a group, and by when.
    Column("asked_person", Text),
    Column("asked_group", Text),
    Column("due_at", BigInteger),
    #: When it was made known that no reply has come in time.
    Column("reminded_at", BigInteger),
    #: open, replied, closed or dismissed.
    Column("state", Text, nullable=False),
    #: Counts the changes: two people at once do not both have their way.
    Column("revision", Integer, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("ended_by", Text),
    Column("ended_at", BigInteger),
    Index("uq_audit_finding_key", "key", unique=True, sqlite_where=text("key IS NOT NULL")),
    Index("ix_audit_finding_state", "state", "id"),
    Index("ix_audit_finding_case", "case_id", sqlite_where=text("case_id IS NOT NULL")),
    Index("ix_audit_finding_sample", "sample", sqlite_where=text("sample IS NOT NULL")),
    Index("ix_audit_finding_person", "asked_person", "id", sqlite_where=text("asked_person IS NOT NULL")),
    Index("ix_audit_finding_group", "asked_group", "id", sqlite_where=text("asked_group IS NOT NULL")),
    #: Those whose reply may come too late.
    Index("ix_audit_finding_due", "state", "due_at", sqlite_where=text("reminded_at IS NULL")),
    sqlite_autoincrement=True,
)

#: What was said and done about a finding, one after the other.
audit_finding_entry = Table(
    "audit_finding_entry",
    metadata,
    Column("finding", KEY, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    #: noted, put, replied, asked_again, closed or dismissed.
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)
