"""What auditors search by, ask, draw and find has tables of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    _make_traits()
    _make_samples()
    _make_findings()


def _make_traits() -> None:
    op.create_table(
        "case_trait",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("case_key", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("times", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_trait_case", "case_trait", ["case_key", "kind"])
    op.create_table(
        "case_sum",
        sa.Column("case_key", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("end_state", sa.Text),
        sa.Column("customer_id", sa.Text),
        sa.Column("order_id", sa.Text),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("elapsed", sa.BigInteger),
        sa.Column("worked", sa.BigInteger),
        sa.Column("asked", sa.BigInteger),
        sa.Column("approved", sa.BigInteger),
        sa.Column("paid", sa.BigInteger),
        sa.Column("compensated", sa.BigInteger),
        sa.Column("revisions", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_case_sum_asked", "case_sum", ["asked", "case_key"], sqlite_where=sa.text("asked IS NOT NULL"))
    op.create_index(
        "ix_case_sum_compensated",
        "case_sum",
        ["compensated", "approved", "case_key"],
        sqlite_where=sa.text("compensated IS NOT NULL"),
    )
    op.create_index(
        "ix_case_sum_customer",
        "case_sum",
        ["customer_id", "paid", "case_key"],
        sqlite_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_index(
        "ix_case_sum_elapsed", "case_sum", ["elapsed", "case_key"], sqlite_where=sa.text("elapsed IS NOT NULL")
    )
    op.create_index(
        "ix_case_sum_end", "case_sum", ["end_state", "case_key"], sqlite_where=sa.text("end_state IS NOT NULL")
    )
    op.create_index(
        "ix_case_sum_ended", "case_sum", ["ended_at", "case_key"], sqlite_where=sa.text("ended_at IS NOT NULL")
    )
    op.create_index("ix_case_sum_opened", "case_sum", ["opened_at", "case_key"])
    op.create_index(
        "ix_case_sum_order", "case_sum", ["order_id", "case_key"], sqlite_where=sa.text("order_id IS NOT NULL")
    )
    op.create_index("ix_case_sum_paid", "case_sum", ["paid", "case_key"], sqlite_where=sa.text("paid IS NOT NULL"))
    op.create_index("ix_case_sum_process", "case_sum", ["process_id", "case_key"])
    op.create_index("ix_case_sum_status", "case_sum", ["status", "case_key"])
    op.create_index(
        "ix_case_sum_worked", "case_sum", ["worked", "case_key"], sqlite_where=sa.text("worked IS NOT NULL")
    )
    op.create_table(
        "inspection_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("stream", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("swept", sa.BigInteger),
    )


def _make_samples() -> None:
    op.create_table(
        "audit_question",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("shared", sa.Integer, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_question_owner", "audit_question", ["owner", "name"], unique=True)
    op.create_index("ix_audit_question_shared", "audit_question", ["shared", "name"])
    op.create_table(
        "audit_sample",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("seed", sa.Text, nullable=False),
        sa.Column("population", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("drawn_by", sa.Text, nullable=False),
        sa.Column("drawn_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_sample_drawn_by", "audit_sample", ["drawn_by", "id"])
    op.create_table(
        "audit_sample_case",
        sa.Column("sample", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("case_key", sa.Integer, nullable=False),
        sa.Column("looked_by", sa.Text),
        sa.Column("looked_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_sample_case_case", "audit_sample_case", ["sample", "case_key"], unique=True)


def _make_findings() -> None:
    op.create_table(
        "audit_finding",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("case_id", sa.Text),
        sa.Column("stream", sa.Integer),
        sa.Column("seq", sa.Integer),
        sa.Column("sample", sa.Integer),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("evidence", sa.LargeBinary, nullable=False),
        sa.Column("about", sa.Text),
        sa.Column("asked_person", sa.Text),
        sa.Column("asked_group", sa.Text),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("reminded_at", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("ended_by", sa.Text),
        sa.Column("ended_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_finding_case", "audit_finding", ["case_id"], sqlite_where=sa.text("case_id IS NOT NULL"))
    op.create_index(
        "ix_audit_finding_due", "audit_finding", ["state", "due_at"], sqlite_where=sa.text("reminded_at IS NULL")
    )
    op.create_index(
        "ix_audit_finding_group",
        "audit_finding",
        ["asked_group", "id"],
        sqlite_where=sa.text("asked_group IS NOT NULL"),
    )
    op.create_index(
        "ix_audit_finding_person",
        "audit_finding",
        ["asked_person", "id"],
        sqlite_where=sa.text("asked_person IS NOT NULL"),
    )
    op.create_index("ix_audit_finding_sample", "audit_finding", ["sample"], sqlite_where=sa.text("sample IS NOT NULL"))
    op.create_index("ix_audit_finding_state", "audit_finding", ["state", "id"])
    op.create_index(
        "uq_audit_finding_key", "audit_finding", ["key"], unique=True, sqlite_where=sa.text("key IS NOT NULL")
    )
    op.create_table(
        "audit_finding_entry",
        sa.Column("finding", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
