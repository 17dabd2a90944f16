"""The index by which cases are found."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "search_case",
        sa.Column("key", key, autoincrement=False, nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("revisions", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_search_case")),
    )
    op.create_index("ix_search_case_opened", "search_case", ["opened_at", "key"])
    op.create_table(
        "search_order",
        sa.Column("number", key, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_order")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_search_order_order_id", "search_order", ["order_id"], unique=True)
    op.create_table(
        "search_pending",
        sa.Column("number", key, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_pending")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_search_pending_order_id", "search_pending", ["order_id"], unique=True)
    op.create_table(
        "search_state",
        sa.Column("id", key, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("stream", key, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("swept", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_state")),
    )
    for name in ("search_case_words", "search_order_words"):
        op.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5(words, content='', columnsize=0, detail=none, tokenize='ascii')"
        )
    for change in ("insert", "update"):
        op.execute(
            f"CREATE TRIGGER search_pending_{change} AFTER {change.upper()} ON shop_order BEGIN "
            "DELETE FROM search_pending WHERE order_id = new.order_id; "
            "INSERT INTO search_pending (order_id) VALUES (new.order_id); END"
        )
    op.execute("INSERT INTO search_pending (order_id) SELECT order_id FROM shop_order")
