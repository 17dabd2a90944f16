"""Open tasks of own cases are counted by groups and process from their index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.drop_index("ix_user_task_owner", "user_task")
    op.create_index(
        "ix_user_task_owner",
        "user_task",
        ["owner", "candidate_groups", "process_id"],
        sqlite_where=sa.text("status = 'open' AND owner IS NOT NULL"),
    )
