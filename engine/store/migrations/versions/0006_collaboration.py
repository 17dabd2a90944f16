"""What people say to each other on a case: comments, inquiries, exceptions, promises; mail beside the notifications."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "comment",
        sa.Column("id", key, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("task", key, nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comment_case", "comment", ["case_id", "id"])
    op.create_table(
        "inquiry",
        sa.Column("id", key, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("task", key, nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("to_group", sa.Text(), nullable=True),
        sa.Column("to_person", sa.Text(), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("promised_at", sa.BigInteger(), nullable=True),
        sa.Column("overdue_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inquiry_asker", "inquiry", ["asked_by", "id"])
    op.create_index("ix_inquiry_case", "inquiry", ["case_id", "id"])
    op.create_index(
        "ix_inquiry_due", "inquiry", ["due_at"], sqlite_where=sa.text("closed_at IS NULL AND overdue_at IS NULL")
    )
    op.create_index("ix_inquiry_group", "inquiry", ["to_group", "id"])
    op.create_index("ix_inquiry_person", "inquiry", ["to_person", "id"])
    op.create_table(
        "exception_report",
        sa.Column("id", key, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("task", key, nullable=True),
        sa.Column("incident", key, nullable=True),
        sa.Column("reported_by", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("escalated_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_report")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exception_report_case", "exception_report", ["case_id", "id"])
    op.create_index("ix_exception_report_reporter", "exception_report", ["reported_by", "id"])
    op.create_index(
        "ix_exception_report_waiting",
        "exception_report",
        ["due_at", "id"],
        sqlite_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_index(
        "uq_exception_report_incident",
        "exception_report",
        ["incident"],
        unique=True,
        sqlite_where=sa.text("incident IS NOT NULL"),
    )
    op.create_table(
        "letter",
        sa.Column("id", key, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("submission_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_letter_case", "letter", ["case_id", "id"])
    op.create_index(
        "uq_letter_submission",
        "letter",
        ["submission_key"],
        unique=True,
        sqlite_where=sa.text("submission_key IS NOT NULL"),
    )
    op.create_table(
        "promise",
        sa.Column("id", key, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("promised_at", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("letter", key, nullable=True),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.Column("breached_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("replaced_at", sa.BigInteger(), nullable=True),
        sa.Column("look_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_promise_case", "promise", ["case_id", "id"])
    op.create_index("ix_promise_look", "promise", ["look_at"], sqlite_where=sa.text("look_at IS NOT NULL"))
    op.create_index("ix_promise_promised", "promise", ["promised_at"], sqlite_where=sa.text("replaced_at IS NULL"))
    op.create_table(
        "notification_choice",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("by_mail", sa.Text(), nullable=False),
        sa.Column("by_browser", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_notification_choice")),
    )
    op.create_table(
        "mail",
        sa.Column("notification", key, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("given_up_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("notification", name=op.f("pk_mail")),
    )
    op.create_index("ix_mail_due", "mail", ["due_at"], sqlite_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"))
    op.create_index(
        "ix_mail_troubled", "mail", ["notification"], sqlite_where=sa.text("problem IS NOT NULL AND sent_at IS NULL")
    )
    op.create_index("ix_user_task_ended", "user_task", ["ended_at"], sqlite_where=sa.text("status = 'completed'"))
    op.create_index(
        "ix_user_task_follow_up",
        "user_task",
        ["follow_up_at"],
        sqlite_where=sa.text("status = 'open' AND follow_up_at IS NOT NULL"),
    )
