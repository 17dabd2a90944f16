"""What people are told in the page: notifications."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "notification",
        sa.Column("id", key, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("task", key, nullable=True),
        sa.Column("page", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("mailed_at", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notification_user", "notification", ["user", "id"])
    op.create_index("ix_notification_unread", "notification", ["user", "id"], sqlite_where=sa.text("read_at IS NULL"))
    op.create_index(
        "uq_notification_once", "notification", ["user", "once"], unique=True, sqlite_where=sa.text("once IS NOT NULL")
    )
