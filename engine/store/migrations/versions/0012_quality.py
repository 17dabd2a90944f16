"""Quality checks of cases, weekly reports of common issues, feedback to departments, appraisals, the staff survey."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _checks()
    _reports()
    _people()


def _checks() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "quality_form",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_quality_form")),
    )
    op.create_table(
        "quality_draw",
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("week", "agent", name=op.f("pk_quality_draw")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quality_check",
        sa.Column("id", key, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("first_score", sa.Integer(), nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("object_until", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("objection", sa.Text(), nullable=True),
        sa.Column("objected_at", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_check")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quality_check_agent", "quality_check", ["agent", "id"])
    op.create_index(
        "ix_quality_check_checked",
        "quality_check",
        ["checked_at", "agent", "score"],
        sqlite_where=sa.text("checked_at IS NOT NULL"),
    )
    op.create_index("ix_quality_check_state", "quality_check", ["state", "id"])
    op.create_index("ix_quality_check_week", "quality_check", ["week", "agent", "id"])
    op.create_index("uq_quality_check_case", "quality_check", ["case_id"], unique=True)


def _reports() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "issue_report",
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("week", "agent", name=op.f("pk_issue_report")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_issue_report_agent", "issue_report", ["agent", "week"])
    op.create_index(
        "ix_issue_report_open",
        "issue_report",
        ["due_at"],
        sqlite_where=sa.text("confirmed_at IS NULL AND reminded_at IS NULL"),
    )
    op.create_table(
        "department_feedback",
        sa.Column("id", key, nullable=False),
        sa.Column("source", key, nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("escalated_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_feedback")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_department_feedback_case", "department_feedback", ["case_id", "id"])
    op.create_index("ix_department_feedback_department", "department_feedback", ["department", "id"])
    op.create_index("ix_department_feedback_maker", "department_feedback", ["made_by", "id"])
    op.create_index(
        "ix_department_feedback_open",
        "department_feedback",
        ["department", "due_at"],
        sqlite_where=sa.text("answered_at IS NULL"),
    )
    op.create_index(
        "uq_department_feedback_source",
        "department_feedback",
        ["source"],
        unique=True,
        sqlite_where=sa.text("source IS NOT NULL"),
    )


def _people() -> None:
    op.create_table(
        "appraisal",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("guidance", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("career", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("person", "month", name=op.f("pk_appraisal")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_appraisal_month", "appraisal", ["month", "person"])
    op.create_table(
        "survey_turn",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("month", "person", name=op.f("pk_survey_turn")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "survey_answer",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("month", "id", name=op.f("pk_survey_answer")),
        sqlite_with_rowid=False,
    )
