"""Processes start by themselves: their timer starts, what came of each turn; who agrees to the rules of conduct."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "timer_start",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("element", sa.Text, nullable=False),
        sa.Column("cron", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer_start")),
        sa.UniqueConstraint("process_id", "element", name=op.f("uq_timer_start_process_id_element")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "timer_turn",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("element", sa.Text, nullable=False),
        sa.Column("scheduled_at", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("instance", sa.Integer, nullable=True),
        sa.Column("person", sa.Text, nullable=True),
        sa.ForeignKeyConstraint(["instance"], ["process_instance.key"], name=op.f("fk_timer_turn_instance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer_turn")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_timer_turn_scheduled", "timer_turn", ["scheduled_at"], unique=False)
    op.create_index("ix_timer_turn_process", "timer_turn", ["process_id", "scheduled_at"], unique=False)
    op.create_table(
        "conduct_read",
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user.id"], name=op.f("fk_conduct_read_user")),
        sa.PrimaryKeyConstraint("user", "version", name=op.f("pk_conduct_read")),
    )
