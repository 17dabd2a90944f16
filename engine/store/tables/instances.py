"""Running processes: what waits, what is due, what is on its way, what cannot go on."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from engine.store.tables.schema import KEY, metadata

#: The place in a list of a task that is never due.
NEVER_DUE: Final = 2**62

process_instance = Table(
    "process_instance",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("definition", KEY, ForeignKey("definition.key"), nullable=False),
    Column("process_id", Text, nullable=False),
    Column("business_key", Text),
    #: Decimal string of the root instance's key; the case that people speak of.
    Column("case_id", Text, nullable=False),
    Column("parent", KEY),
    #: Id of the call in the parent that waits for this instance.
    Column("parent_call", BigInteger),
    #: The case that opened this one by message.
    Column("parent_case_id", Text),
    Column("depth", Integer, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("state", LargeBinary),
    Column("variables", LargeBinary, nullable=False),
    Column("end_state", Text),
    Column("priority", Text, nullable=False, server_default="normal"),
    Column("opened_by", Text, nullable=False),
    Column("first_owner", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("customer_id", Text),
    Column("order_id", Text),
    Column("promised_at", BigInteger),
    Column("opened_at", BigInteger, nullable=False),
    #: When the case (the root instance) was opened.
    Column("case_opened_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    #: Open incidents; shown as 异常.
    Column("incidents", Integer, nullable=False, server_default="0"),
    #: Number and hash of the stream's last event: what the next one is chained to.
    Column("history_seq", Integer, nullable=False, server_default="0"),
    Column("history_hash", LargeBinary, nullable=False),
    #: Of a browser's or client's start, so that a repeated one gives the same instance.
    Column("start_key", Text),
    UniqueConstraint("start_key"),
    Index("ix_process_instance_case", "case_id", "key", "process_id"),
    Index("ix_process_instance_parent", "parent"),
    # Those that supervisors have before them all day.
    Index(
        "ix_process_instance_complaints",
        "priority",
        "key",
        "status",
        "owner",
        sqlite_where=text("process_id = 'p13_rights_protection' AND depth = 0 AND ended_at IS NULL"),
    ),
    Index("ix_process_instance_active", "key", sqlite_where=text("status = 'active'")),
    Index("ix_process_instance_order", "order_id", "key"),
    Index("ix_process_instance_customer", "customer_id", "key"),
    Index("ix_process_instance_owner", "owner", "key"),
    #: Cases by when they ended.
    Index("ix_process_instance_ended", "ended_at", "key", sqlite_where=text("ended_at IS NOT NULL AND depth = 0")),
    #: Cases that another case's message opened.
    Index(
        "ix_process_instance_linked",
        "parent_case_id",
        "key",
        sqlite_where=text("parent_case_id IS NOT NULL AND parent IS NULL"),
    ),
    #: What indicators count; whole, the conditions' own columns too, since the columns stand behind the blobs.
    Index(
        "ix_process_instance_closed",
        "ended_at", "process_id", "owner", "end_state", "first_owner", "customer_id", "order_id", "opened_at",
        "case_id", "status", "depth",
        sqlite_where=text("status = 'completed' AND depth = 0"),
    ),
    Index(
        "ix_process_instance_opened",
        "opened_at", "process_id", "owner", "opened_by", "order_id", "case_id", "depth",
        sqlite_where=text("depth = 0"),
    ),
    Index(
        "ix_process_instance_again",
        "order_id", "opened_at", "process_id", "customer_id", "case_id", "depth",
        sqlite_where=text("order_id IS NOT NULL AND depth = 0"),
    ),
    sqlite_autoincrement=True,
)  # fmt: skip

user_task = Table(
    "user_task",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("instance", KEY, ForeignKey("process_instance.key"), nullable=False),
    Column("case_id", Text, nullable=False),
    Column("definition", KEY, nullable=False),
    Column("process_id", Text, nullable=False),
    Column("element", Text, nullable=False),
    Column("form_id", Text),
    #: Sorted group ids joined by commas: few distinct texts, so `IN` over those that concern a person uses the index.
    Column("candidate_groups", Text, nullable=False),
    Column("assignee", Text),
    Column("priority", Integer, nullable=False),
    Column("due_at", BigInteger),
    Column("follow_up_at", BigInteger),
    Column("status", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("claimed_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("completed_by", Text),
    #: Idempotency key of the submission that completed it.
    Column("submission_key", Text),
    #: 0: its case is urgent and comes first; 1: it is not.
    Column("urgency", Integer, nullable=False, server_default="1"),
    #: When its people are reminded (80 % of its time), if they are; when they were, and its delay was made known.
    Column("remind_at", BigInteger),
    Column("reminded_at", BigInteger),
    Column("escalated_at", BigInteger),
    #: Row of the task SLA by which it is due and the calendar that was in force; null: its due time is drawn.
    Column("sla_group", Text),
    Column("sla_duration", Text),
    Column("calendar", KEY),
    #: Its turn among the open tasks of its process and element (property ``queue``); null: it is in no queue.
    Column("queue_no", BigInteger),
    #: Of a task of the group courier: whose parcel it is about (variable ``courier``).
    Column("courier", Text),
    #: Who answers for its case: an open one comes to this person first.
    Column("owner", Text),
    #: 分: how much money its case is about (see runtime.worth); null: nothing says so.
    Column("amount", BigInteger),
    #: ``due_at``; later than any where there is none, so that one comparison puts those last.
    Column("due_order", BigInteger, nullable=False, server_default=text(str(NEVER_DUE))),
    #: Of open tasks only, so that completing one takes its entry out and closed ones weigh nothing. A person's inbox
    #: is a few of its ranges, each in the order of the list; what lists filter, sort and count by stands behind that,
    #: so that no look at the table is needed.
    Index(
        "ix_user_task_inbox",
        "candidate_groups",
        "process_id",
        "urgency",
        "due_order",
        "id",
        "element",
        "assignee",
        "owner",
        "priority",
        "amount",
        "created_at",
        "remind_at",
        "follow_up_at",
        "queue_no",
        sqlite_where=text("status = 'open'"),
    ),
    Index(
        "ix_user_task_owner",
        "owner",
        "candidate_groups",
        "process_id",
        sqlite_where=text("status = 'open' AND owner IS NOT NULL"),
    ),
    Index(
        "ix_user_task_assignee",
        "assignee",
        "urgency",
        "id",
        sqlite_where=text("status = 'open' AND assignee IS NOT NULL"),
    ),
    Index("ix_user_task_case", "case_id"),
    Index(
        "ix_user_task_queue",
        "process_id",
        "element",
        "queue_no",
        sqlite_where=text("status = 'open' AND queue_no IS NOT NULL"),
    ),
)

#: Each time that somebody saved how far an open user task has come; what was saved stands in the instance.
task_progress = Table(
    "task_progress",
    metadata,
    Column("task", KEY, ForeignKey("user_task.id"), primary_key=True, autoincrement=False),
    #: 1, 2, 3 … of the task.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    #: Idempotency key of the submission.
    Column("submission_key", Text),
    sqlite_with_rowid=False,
)

job = Table(
    "job",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("instance", KEY),
    #: Decimal string of the root instance's key: jobs of one call tree are done one after the other.
    Column("case_id", Text),
    Column("element", Text),
    #: service, send or timer: a token waits for it; delivery, message, broadcast or signal: something is on its way;
    #: alarm, raise: see runtime.sla and runtime.urgency; start: a process starts by itself (see duties).
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False),
    #: When it is due; far future (see store.writes.HELD) while an incident or a suspension holds it.
    Column("due_at", BigInteger, nullable=False),
    Column("retries_left", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("problem", Text),
    #: Canonical bytes: {"variables": …, "headers": …} of a token's job; see runtime.thrown and outbox for the others.
    Column("payload", LargeBinary, nullable=False),
    #: The due time that it gets back when its suspended instance is resumed; null: it is not suspended.
    Column("suspended_due_at", BigInteger),
    Index("ix_job_due", "due_at", "id"),
    Index("ix_job_instance", "instance"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("instance", KEY, ForeignKey("process_instance.key"), nullable=False),
    Column("process_id", Text, nullable=False),
    Column("element", Text, nullable=False),
    #: Of a signal: the signal's name, and "" for the key.
    Column("message_name", Text, nullable=False),
    Column("correlation_key", Text, nullable=False),
    #: message or signal.
    Column("kind", Text, nullable=False, server_default="message"),
    Index("ix_subscription_message", "message_name", "correlation_key"),
    Index("ix_subscription_instance", "instance"),
)

message = Table(
    "message",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("correlation_key", Text, nullable=False),
    #: Given by the publisher; a second message of the same name and id is the first one again.
    Column("message_id", Text),
    Column("payload", LargeBinary, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    #: Sorted process ids that took it, joined by commas: a message is correlated once per process.
    Column("correlated", Text, nullable=False),
    UniqueConstraint("name", "message_id"),
    Index("ix_message_key", "name", "correlation_key", "expires_at"),
    sqlite_autoincrement=True,
)

incident = Table(
    "incident",
    metadata,
    #: Id of the token or job that cannot go on, or of the outbox row's delivery job.
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("instance", KEY),
    Column("case_id", Text),
    Column("element", Text),
    Column("kind", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_incident_case", "case_id"),
    Index("ix_incident_instance", "instance"),
)
