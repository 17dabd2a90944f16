"""Every table, in one place; Alembic migrations and a test hold the real schema to it.

Times are integers: microseconds since 1970-01-01T00:00Z. BLOBs of values are canonical bytes. Money lives in them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
#: An integer that SQLite gives itself (rowid) and PostgreSQL counts in 64 bits.
_KEY = BigInteger().with_variant(Integer(), "sqlite")

# --- definitions --------------------------------------------------------------------------------

definition = Table(
    "definition",
    metadata,
    Column("key", _KEY, primary_key=True),
    Column("process_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    #: SHA-256 of the manifest: the hashes of the diagram, its forms and its decisions.
    Column("hash", Text, nullable=False),
    #: Canonical bytes {"bpmn": hash, "forms": {id: hash}, "decisions": {id: hash}}.
    Column("manifest", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("deployed_at", BigInteger, nullable=False),
    Column("deployed_by", Text, nullable=False),
    UniqueConstraint("process_id", "version"),
)

resource = Table(
    "resource",
    metadata,
    #: SHA-256 of the content: resources are stored once and never changed.
    Column("hash", Text, primary_key=True),
    #: bpmn, form, decision or template.
    Column("kind", Text, nullable=False),
    #: Process, form or decision id; template code.
    Column("id", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

#: What is in force: the resource that a new version would use.
current_resource = Table(
    "current_resource",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("hash", Text, ForeignKey("resource.hash"), nullable=False),
    Column("deployed_at", BigInteger, nullable=False),
    Column("deployed_by", Text, nullable=False),
)

# --- instances ----------------------------------------------------------------------------------

process_instance = Table(
    "process_instance",
    metadata,
    Column("key", _KEY, primary_key=True),
    Column("definition", _KEY, ForeignKey("definition.key"), nullable=False),
    Column("process_id", Text, nullable=False),
    Column("business_key", Text),
    #: Decimal string of the root instance's key; the case that people speak of.
    Column("case_id", Text, nullable=False),
    Column("parent", _KEY),
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
    Index("ix_process_instance_case", "case_id", "key"),
    Index("ix_process_instance_parent", "parent"),
    Index("ix_process_instance_active", "key", sqlite_where=text("status = 'active'")),
    Index("ix_process_instance_order", "order_id", "key"),
    Index("ix_process_instance_customer", "customer_id", "key"),
    Index("ix_process_instance_owner", "owner", "key"),
    #: Cases that another case's message opened.
    Index(
        "ix_process_instance_linked",
        "parent_case_id",
        "key",
        sqlite_where=text("parent_case_id IS NOT NULL AND parent IS NULL"),
    ),
    sqlite_autoincrement=True,
)

user_task = Table(
    "user_task",
    metadata,
    Column("id", _KEY, primary_key=True, autoincrement=False),
    Column("instance", _KEY, ForeignKey("process_instance.key"), nullable=False),
    Column("case_id", Text, nullable=False),
    Column("definition", _KEY, nullable=False),
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
    Column("calendar", _KEY),
    #: Its turn among the open tasks of its process and element (property ``queue``); null: it is in no queue.
    Column("queue_no", BigInteger),
    #: Of open tasks only, so that completing one takes its entry out and closed ones weigh nothing; the columns behind
    #: the id serve the counts without a look at the table.
    Index(
        "ix_user_task_inbox",
        "candidate_groups",
        "urgency",
        "id",
        "process_id",
        "assignee",
        sqlite_where=text("status = 'open'"),
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
    Column("task", _KEY, ForeignKey("user_task.id"), primary_key=True, autoincrement=False),
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
    Column("id", _KEY, primary_key=True, autoincrement=False),
    Column("instance", _KEY),
    #: Decimal string of the root instance's key: jobs of one call tree are done one after the other.
    Column("case_id", Text),
    Column("element", Text),
    #: service, send or timer: a token waits for it; delivery, message, broadcast or signal: something is on its way;
    #: alarm, raise: see runtime.sla and runtime.urgency.
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
    Column("id", _KEY, primary_key=True, autoincrement=False),
    Column("instance", _KEY, ForeignKey("process_instance.key"), nullable=False),
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
    Column("key", _KEY, primary_key=True),
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
    Column("id", _KEY, primary_key=True, autoincrement=False),
    Column("instance", _KEY),
    Column("case_id", Text),
    Column("element", Text),
    Column("kind", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_incident_case", "case_id"),
    Index("ix_incident_instance", "instance"),
)

# --- history ------------------------------------------------------------------------------------

history_event = Table(
    "history_event",
    metadata,
    #: An instance's key; 0 is the stream of the system (log-ins, deployments, users).
    Column("stream", _KEY, primary_key=True, autoincrement=False),
    #: 1, 2, 3 … without gaps.
    Column("seq", Integer, primary_key=True, autoincrement=False),
    #: The step's revision; with the event's number within the step it finds the value and its salt.
    Column("revision", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("element", Text),
    Column("token", BigInteger),
    #: SHA-256(salt n ‖ canonical bytes of the value).
    Column("commitment", LargeBinary, nullable=False),
    #: SHA-256 over this row and the hash before it.
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

#: One row a step: the only history rows that retention may delete.
history_value = Table(
    "history_value",
    metadata,
    Column("stream", _KEY, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    #: 32 random bytes; salt n = HMAC-SHA-256(seed, n).
    Column("seed", LargeBinary, nullable=False),
    #: Canonical bytes of the command with its facts.
    Column("command", LargeBinary, nullable=False),
    #: Canonical bytes of the list of the events' values, by n.
    Column("values", LargeBinary, nullable=False),
    #: How many of them the core gave; those behind are the runtime's own (claims, outbox, …).
    Column("core_events", Integer, nullable=False),
)

#: Head of each stream that is no instance.
stream_head = Table(
    "stream_head",
    metadata,
    Column("stream", _KEY, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

# --- the shop's desk ----------------------------------------------------------------------------

register_row = Table(
    "register_row",
    metadata,
    Column("id", _KEY, primary_key=True, autoincrement=False),
    Column("register", Text, nullable=False),
    #: That opened the row; see runtime.register_rows for whose writes go into it.
    Column("instance", _KEY, ForeignKey("process_instance.key"), nullable=False),
    Column("case_id", Text, nullable=False),
    #: The only instance that still writes the row; null: it is open to the whole case.
    Column("taken_by", _KEY),
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
    Column("row", _KEY, ForeignKey("register_row.id"), primary_key=True, autoincrement=False),
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
    Column("last_row", _KEY, nullable=False),
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
    Column("id", _KEY, primary_key=True, autoincrement=False),
    Column("instance", _KEY, nullable=False),
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

shop_order = Table(
    "shop_order",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("shop", Text),
    #: unpaid, paid, picking, shipped, signed, cancelled.
    Column("order_stage", Text, nullable=False),
    #: Canonical bytes: order_amount, items, receiver_name, receiver_phone, receiver_address, packaging, order_remark,
    #: is_special_offer …
    Column("facts", LargeBinary, nullable=False),
    Column("waybill_no", Text),
    Column("courier", Text),
    Column("paid_at", BigInteger),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_shop_order_customer", "customer_id"),
    Index("ix_shop_order_waybill", "waybill_no"),
)

parcel = Table(
    "parcel",
    metadata,
    Column("waybill_no", Text, primary_key=True),
    Column("order_id", Text),
    Column("courier", Text),
    #: As the courier calls it, e.g. collected, in_transit, delivering, signed, stuck.
    Column("stage", Text, nullable=False),
    Column("location", Text),
    Column("last_update_at", BigInteger, nullable=False),
    #: When the present stage, as tracking knows it (shop.tracking_stage), began; null: older than this column.
    Column("stage_since", BigInteger),
    #: When the desk sent it; null: it came by import only.
    Column("dispatched_at", BigInteger),
    Index("ix_parcel_order", "order_id"),
)

#: Gapless numbers, e.g. of invoices in their queue.
number_sequence = Table(
    "number_sequence",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

#: Events that people registered by hand: a message for one subscription, once.
registered_event = Table(
    "registered_event",
    metadata,
    #: Id of the subscription that took it.
    Column("id", _KEY, primary_key=True, autoincrement=False),
    Column("instance", _KEY, nullable=False),
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

#: What a shop says of itself in texts to customers (see engine.shop_settings): versions that never change.
shop_settings = Table(
    "shop_settings",
    metadata,
    Column("key", _KEY, primary_key=True),
    #: Whose; "": of every shop that says nothing of its own.
    Column("shop", Text, nullable=False),
    Column("version", Integer, nullable=False),
    #: Canonical bytes of {name: text}.
    Column("content", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("shop", "version"),
)

# --- people -------------------------------------------------------------------------------------

user = Table(
    "user",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("active", Integer, nullable=False, server_default="1"),
    #: 1: made by the demo; `serve` refuses it without --demo.
    Column("demo", Integer, nullable=False, server_default="0"),
    #: Changed with password and groups: older sessions end.
    Column("session_epoch", Integer, nullable=False, server_default="0"),
    Column("failed_logins", Integer, nullable=False, server_default="0"),
    Column("locked_until", BigInteger),
    CheckConstraint("active IN (0, 1)", name="active"),
)

membership = Table(
    "membership",
    metadata,
    Column("user", Text, ForeignKey("user.id"), primary_key=True),
    Column("group", Text, primary_key=True),
)

#: By which customer ids people themselves buy in the shop: they do not work on their own cases.
own_customer = Table(
    "own_customer",
    metadata,
    Column("user", Text, ForeignKey("user.id"), primary_key=True),
    Column("customer_id", Text, primary_key=True),
)

draft = Table(
    "draft",
    metadata,
    Column("user", Text, primary_key=True),
    #: "task:" + id, or "start:" + process id.
    Column("subject", Text, primary_key=True),
    Column("fields", LargeBinary, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
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
    #: The case whose variables hold it; null until a form with it is sent.
    Column("case_id", Text),
    #: 1: its field holds personal data; it is shown on a click that is logged.
    Column("personal", Integer, nullable=False, server_default="0"),
    #: When its content was given up for data protection.
    Column("erased_at", BigInteger),
    Index("ix_attachment_case", "case_id", sqlite_where=text("case_id IS NOT NULL")),
    Index("ix_attachment_unused", "uploaded_by", "uploaded_at", sqlite_where=text("case_id IS NULL")),
    Index("ix_attachment_content", "sha256"),
)

#: Versions of the working calendars; none is ever changed.
calendar_version = Table(
    "calendar_version",
    metadata,
    Column("key", _KEY, primary_key=True),
    #: Whose: a shop's name; "" is every other shop's.
    Column("shop", Text, nullable=False),
    Column("version", Integer, nullable=False),
    #: SHA-256 of the content: what commands record.
    Column("hash", Text, nullable=False),
    #: Canonical bytes, see worktime.content.
    Column("content", LargeBinary, nullable=False),
    #: From when on it counts.
    Column("valid_from", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("shop", "version"),
    Index("ix_calendar_version_hash", "hash"),
)

#: The virtual clock's reading and the like: facts of this installation.
installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
