"""What the inbox sorts and filters by, and the filters that people keep."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_OPEN = sa.text("status = 'open'")
#: Amounts of cases that were opened before, as runtime.worth reads them; variables are JSON in a BLOB.
_AMOUNT = "coalesce(json_extract(v, '$.payout_amount'), json_extract(v, '$.order_amount'))"


def upgrade() -> None:
    op.add_column("user_task", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column("user_task", sa.Column("amount", sa.BigInteger(), nullable=True))
    op.add_column(
        "user_task",
        sa.Column("due_order", sa.BigInteger(), nullable=False, server_default=sa.text(str(2**62))),
    )
    op.drop_index("ix_user_task_inbox", "user_task")
    op.execute("UPDATE user_task SET due_order = due_at WHERE status = 'open' AND due_at IS NOT NULL")
    op.execute(
        f"""
        UPDATE user_task SET (owner, amount) = (
            SELECT owner, CASE WHEN typeof({_AMOUNT}) IN ('integer', 'real') AND abs({_AMOUNT}) < 1e15
                THEN CAST(round({_AMOUNT} * 100) AS INTEGER) END
            FROM (SELECT owner, CAST(variables AS TEXT) AS v FROM process_instance WHERE key = user_task.instance)
        ) WHERE status = 'open'
        """
    )
    op.create_index(
        "ix_user_task_inbox",
        "user_task",
        [
            *("candidate_groups", "process_id", "urgency", "due_order", "id", "element", "assignee", "owner"),
            *("priority", "amount", "created_at", "remind_at", "follow_up_at", "queue_no"),
        ],
        sqlite_where=_OPEN,
    )
    op.create_index(
        "ix_user_task_owner", "user_task", ["owner"], sqlite_where=sa.text("status = 'open' AND owner IS NOT NULL")
    )
    _create_saved_filters()


def _create_saved_filters() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "saved_filter",
        sa.Column("id", key, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared_with", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_saved_filter_owner", "saved_filter", ["owner", "position", "id"])
    op.create_index(
        "ix_saved_filter_shared",
        "saved_filter",
        ["shared_with", "position", "id"],
        sqlite_where=sa.text("shared_with IS NOT NULL"),
    )
    op.create_table(
        "unpinned_filter",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("filter", key, nullable=False),
        sa.ForeignKeyConstraint(
            ["filter"], ["saved_filter.id"], name=op.f("fk_unpinned_filter_filter_saved_filter"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user", "filter", name=op.f("pk_unpinned_filter")),
    )
    op.create_table(
        "inbox_undo",
        sa.Column("id", key, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("done", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_undo")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_undo_made", "inbox_undo", ["made_at"])
