"""Until when samples, objections and signatures are due, and when somebody is told of them; the survey's evaluation."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
#: A sample drawn on Monday at midnight is due with its week and reminded of on Friday at nine; microseconds.
_DAY = 24 * 3600 * 1_000_000
_DUE = 7 * _DAY
_REMINDED = 4 * _DAY + 9 * 3600 * 1_000_000


def upgrade() -> None:
    for table in ("quality_check", "appraisal"):
        op.add_column(table, sa.Column("due_at", sa.BigInteger(), nullable=True))
        op.add_column(table, sa.Column("next_at", sa.BigInteger(), nullable=True))
        op.create_index(f"ix_{table}_next", table, ["next_at"], sqlite_where=sa.text("next_at IS NOT NULL"))
    _set("quality_check", "added_at", "state = 'waiting'")
    _set("quality_check", "objected_at", "state = 'objected'")
    _set("appraisal", "written_at", "signed_at IS NULL")
    op.create_table(
        "survey_evaluation",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_survey_evaluation")),
        sqlite_with_rowid=False,
    )


def _set(table: str, since: str, which: str) -> None:
    """What waits already has a week."""
    op.execute(f"UPDATE {table} SET due_at = {since} + {_DUE}, next_at = {since} + {_REMINDED} WHERE {which}")
