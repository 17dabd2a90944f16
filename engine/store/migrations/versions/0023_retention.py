"""How long cases keep personal data is a rule of each process; holds, and what was taken, have tables of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "retention_rule",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("days", sa.Integer),
        sa.Column("register_days", sa.Integer),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_retention_rule_process", "retention_rule", ["process_id", "key"])
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", sa.BigInteger, nullable=False),
        sa.Column("lifted_by", sa.Text),
        sa.Column("lifted_at", sa.BigInteger),
        sa.Column("lift_reason", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_legal_hold_subject",
        "legal_hold",
        ["kind", "subject"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "retention_done",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_retention_done_subject", "retention_done", ["kind", "subject", "at"])
