"""What the task page keeps: drafts that know their task and how often they were saved; who looked at personal data."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("draft", sa.Column("number", sa.Integer(), server_default="1", nullable=False))
    op.add_column("draft", sa.Column("task", key, nullable=True))
    op.create_index("ix_draft_task", "draft", ["task"], sqlite_where=sa.text("task IS NOT NULL"))
    op.create_table(
        "revealed",
        sa.Column("id", key, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revealed")),
    )
    op.create_index("ix_revealed_user", "revealed", ["user", "at"])
