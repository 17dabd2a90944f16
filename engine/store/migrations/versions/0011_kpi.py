"""Indicators: imported figures, scores, targets, formulas and their versions; and what finds the rows they count."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    _figures()
    _assessment()
    _what_is_counted()


def _figures() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "kpi_upload",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_upload")),
    )
    op.create_table(
        "kpi_import",
        sa.Column("key", key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Text(), nullable=False),
        sa.Column("last_day", sa.Text(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kpi_import")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "kpi_figure",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("import_key", key, nullable=False),
        sa.PrimaryKeyConstraint("day", "name", "person", "channel", name=op.f("pk_kpi_figure")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_kpi_figure_name", "kpi_figure", ["name", "day", "person", "channel", "value"])
    op.create_table(
        "kpi_figure_past",
        sa.Column("import_key", key, autoincrement=False, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("before_import", key, nullable=False),
        sa.PrimaryKeyConstraint("import_key", "day", "name", "person", "channel", name=op.f("pk_kpi_figure_past")),
        sqlite_with_rowid=False,
    )


def _assessment() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "kpi_score",
        sa.Column("id", key, nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_score")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_kpi_score_month", "kpi_score", ["month", "indicator", "person", "id"])
    op.create_table(
        "kpi_rules",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_kpi_rules")),
    )
    op.create_table(
        "kpi_agent_type",
        sa.Column("id", key, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_agent_type")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_kpi_agent_type_person", "kpi_agent_type", ["person", "valid_from", "id"])
    op.create_table(
        "kpi_sheet",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("feedback", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("person", "month", name=op.f("pk_kpi_sheet")),
    )
    op.create_index("ix_kpi_sheet_unread", "kpi_sheet", ["person"], sqlite_where=sa.text("read_at IS NULL"))


def _what_is_counted() -> None:
    op.add_column("shop_order", sa.Column("agent", sa.Text(), nullable=True))
    op.create_index(
        "ix_shop_order_paid",
        "shop_order",
        ["paid_at", "agent", "customer_id", "order_id"],
        sqlite_where=sa.text("paid_at IS NOT NULL"),
    )
    root = "depth = 0"
    op.create_index(
        "ix_process_instance_closed",
        "process_instance",
        [
            "ended_at",
            "process_id",
            "owner",
            "end_state",
            "first_owner",
            "customer_id",
            "order_id",
            "opened_at",
            "case_id",
        ],
        sqlite_where=sa.text(f"status = 'completed' AND {root}"),
    )
    op.create_index(
        "ix_process_instance_opened",
        "process_instance",
        ["opened_at", "process_id", "owner", "opened_by", "order_id", "case_id"],
        sqlite_where=sa.text(root),
    )
    op.create_index(
        "ix_process_instance_again",
        "process_instance",
        ["order_id", "opened_at", "process_id", "customer_id", "case_id"],
        sqlite_where=sa.text(f"order_id IS NOT NULL AND {root}"),
    )
