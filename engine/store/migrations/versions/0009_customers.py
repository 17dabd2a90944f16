"""The customer archive: customers, calls, visits, documents; and by what they are kept up to date."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN_CALL = "due_at IS NOT NULL AND called_back_at IS NULL"


def upgrade() -> None:
    _customers()
    _calls()
    _visits()
    _documents()
    op.create_index(
        "ix_process_instance_ended",
        "process_instance",
        ["ended_at", "key"],
        sqlite_where=sa.text("ended_at IS NOT NULL AND depth = 0"),
    )
    op.create_index("ix_shop_order_updated", "shop_order", ["updated_at", "order_id"])
    op.create_index("ix_parcel_signed", "parcel", ["stage_since"], sqlite_where=sa.text("stage = 'signed'"))


def _customers() -> None:
    op.create_table(
        "customer",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("address_as", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("good_since", sa.BigInteger(), nullable=True),
        sa.Column("next_visit_at", sa.BigInteger(), nullable=True),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_customer")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_customer_customer_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_customer_seen", "customer", ["last_seen_at", "key"])
    op.create_index(
        "ix_customer_level", "customer", ["level", "last_seen_at", "key"], sqlite_where=sa.text("level <> ''")
    )
    op.create_index(
        "ix_customer_good", "customer", ["last_seen_at", "key"], sqlite_where=sa.text("good_since IS NOT NULL")
    )
    op.create_index("ix_customer_address", "customer", ["key"], sqlite_where=sa.text("address_as <> ''"))
    op.create_index(
        "ix_customer_next_visit", "customer", ["next_visit_at"], sqlite_where=sa.text("next_visit_at IS NOT NULL")
    )
    op.create_table(
        "customer_mark",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("customer", _KEY, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customer.key"], name=op.f("fk_customer_mark_customer")),
        sa.PrimaryKeyConstraint("digest", "customer", name=op.f("pk_customer_mark")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "customer_change",
        sa.Column("customer", _KEY, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customer.key"], name=op.f("fk_customer_change_customer")),
        sa.PrimaryKeyConstraint("customer", "revision", name=op.f("pk_customer_change")),
        sqlite_with_rowid=False,
    )


def _calls() -> None:
    op.create_table(
        "call_entry",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempted_at", sa.BigInteger(), nullable=True),
        sa.Column("called_back_at", sa.BigInteger(), nullable=True),
        sa.Column("called_back_by", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("escalated_at", sa.BigInteger(), nullable=True),
        sa.Column("submission_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_entry")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_call_entry_submission_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_call_entry_registered", "call_entry", ["registered_at", "id"])
    op.create_index("ix_call_entry_open", "call_entry", ["due_at", "id"], sqlite_where=sa.text(_OPEN_CALL))
    late = sa.text(f"{_OPEN_CALL} AND escalated_at IS NULL")
    op.create_index("ix_call_entry_to_escalate", "call_entry", ["due_at"], sqlite_where=late)
    known = sa.text("customer_id IS NOT NULL")
    op.create_index("ix_call_entry_customer", "call_entry", ["customer_id", "id"], sqlite_where=known)
    op.create_index("ix_call_entry_case", "call_entry", ["case_id"], sqlite_where=sa.text("case_id IS NOT NULL"))


def _visits() -> None:
    op.create_table(
        "visit",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("process_id", sa.Text(), nullable=True),
        sa.Column("shop", sa.Text(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("escalated_at", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("satisfied", sa.Integer(), nullable=True),
        sa.Column("solved", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("offer", sa.Text(), nullable=True),
        sa.Column("follow_up_case_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("cause", "subject", name=op.f("uq_visit_cause_subject")),
        sqlite_autoincrement=True,
    )
    is_open = sa.text("status = 'open'")
    op.create_index("ix_visit_assignee", "visit", ["assignee", "due_at", "id"], sqlite_where=is_open)
    op.create_index("ix_visit_open", "visit", ["due_at", "id"], sqlite_where=is_open)
    op.create_index("ix_visit_done", "visit", ["done_at", "id"], sqlite_where=sa.text("done_at IS NOT NULL"))
    op.create_index("ix_visit_customer", "visit", ["customer_id", "id"])
    op.create_index("ix_visit_case", "visit", ["case_id"], sqlite_where=sa.text("case_id IS NOT NULL"))
    op.create_table(
        "case_result",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_result")),
        sqlite_with_rowid=False,
    )


def _documents() -> None:
    op.create_table(
        "document",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("access_group", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("submission_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_document_submission_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_document_changed", "document", ["changed_at", "id"])
    op.create_index("ix_document_category", "document", ["category", "changed_at", "id"])
    known = sa.text("customer_id IS NOT NULL")
    op.create_index("ix_document_customer", "document", ["customer_id", "id"], sqlite_where=known)
    op.create_table(
        "document_version",
        sa.Column("document", _KEY, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["document.id"], name=op.f("fk_document_version_document")),
        sa.ForeignKeyConstraint(["file"], ["attachment.id"], name=op.f("fk_document_version_file")),
        sa.PrimaryKeyConstraint("document", "number", name=op.f("pk_document_version")),
        sqlite_with_rowid=False,
    )
