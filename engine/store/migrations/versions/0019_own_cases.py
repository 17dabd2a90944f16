"""Open tasks of own cases are counted from their index alone; open complaints are found by one of their own."""

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
    op.create_index(
        "ix_process_instance_complaints",
        "process_instance",
        ["priority", "key", "status", "owner"],
        sqlite_where=sa.text("process_id = 'p13_rights_protection' AND depth = 0 AND ended_at IS NULL"),
    )
