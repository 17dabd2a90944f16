"""What the policy monitor observes of payments, steps and agents' months has tables of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    _make_payments()
    _make_steps()
    _make_months()
    op.create_table(
        "policy_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("stream", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("swept", sa.BigInteger),
        sa.Column("judged_at", sa.BigInteger),
    )


def _make_payments() -> None:
    op.create_table(
        "policy_payment",
        sa.Column("stream", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("case_key", sa.Integer, nullable=False),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("own_limit", sa.BigInteger),
        sa.Column("approved", sa.Integer, nullable=False),
        sa.Column("proposer", sa.Text, nullable=False),
        sa.Column("approver", sa.Text),
        sa.Column("payer", sa.Text),
        sa.Column("payee", sa.LargeBinary),
        sa.Column("buyer", sa.LargeBinary),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("judged", sa.Integer, nullable=False),
        sa.Column("table_hash", sa.Text),
    )
    op.create_index("ix_policy_payment_at", "policy_payment", ["at"])
    op.create_index(
        "ix_policy_payment_buyer", "policy_payment", ["buyer", "at"], sqlite_where=sa.text("buyer IS NOT NULL")
    )
    op.create_index(
        "ix_policy_payment_payee", "policy_payment", ["payee", "at"], sqlite_where=sa.text("payee IS NOT NULL")
    )
    op.create_index("ix_policy_payment_proposer", "policy_payment", ["proposer", "at"])
    op.create_index("ix_policy_payment_waiting", "policy_payment", ["at"], sqlite_where=sa.text("judged <> 1"))


def _make_steps() -> None:
    op.create_table(
        "policy_step",
        sa.Column("stream", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("case_key", sa.Integer, nullable=False),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("element", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("money", sa.Integer, nullable=False),
        sa.Column("judged", sa.Integer, nullable=False),
        sa.Column("table_hash", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_policy_step_actor", "policy_step", ["actor", "at"])
    op.create_index("ix_policy_step_at", "policy_step", ["at"])
    op.create_index("ix_policy_step_waiting", "policy_step", ["at"], sqlite_where=sa.text("judged <> 1"))


def _make_months() -> None:
    op.create_table(
        "policy_month",
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("payments", sa.Integer, nullable=False),
        sa.Column("team_amount", sa.BigInteger, nullable=False),
        sa.Column("team_people", sa.Integer, nullable=False),
        sa.Column("over", sa.Integer, nullable=False),
        sa.Column("judged", sa.Integer, nullable=False),
        sa.Column("table_hash", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_policy_month_running", "policy_month", ["month"], sqlite_where=sa.text("over = 0"))
    op.create_index("ix_policy_month_waiting", "policy_month", ["month"], sqlite_where=sa.text("judged <> 1"))
