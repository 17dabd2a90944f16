"""The history is append-only; its commands are bound to it; a log over all streams has signed heads."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

GUARDS = (
    "CREATE TRIGGER history_event_no_update BEFORE UPDATE ON history_event BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER history_event_no_delete BEFORE DELETE ON history_event BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER history_value_no_update BEFORE UPDATE ON history_value BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER history_value_no_delete BEFORE DELETE ON history_value WHEN NOT EXISTS (SELECT 1 FROM history_redaction WHERE history_redaction.stream = OLD.stream) BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER history_redaction_no_update BEFORE UPDATE ON history_redaction BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER history_redaction_no_delete BEFORE DELETE ON history_redaction BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER history_kept_no_update BEFORE UPDATE ON history_kept BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER history_kept_no_delete BEFORE DELETE ON history_kept BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER stream_head_no_update BEFORE UPDATE ON stream_head WHEN NEW.seq < OLD.seq OR NEW.stream <> OLD.stream BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER stream_head_no_delete BEFORE DELETE ON stream_head BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER log_leaf_no_update BEFORE UPDATE ON log_leaf BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER log_leaf_no_delete BEFORE DELETE ON log_leaf BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER log_node_no_update BEFORE UPDATE ON log_node BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER log_node_no_delete BEFORE DELETE ON log_node BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER tree_head_no_update BEFORE UPDATE ON tree_head BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER tree_head_no_delete BEFORE DELETE ON tree_head BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER signing_key_no_update BEFORE UPDATE ON signing_key BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER signing_key_no_delete BEFORE DELETE ON signing_key BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
)


def upgrade() -> None:
    op.add_column("history_event", sa.Column("command", sa.LargeBinary))
    op.create_table(
        "history_redaction",
        sa.Column("stream", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "history_kept",
        sa.Column("stream", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("salt", sa.LargeBinary),
        sqlite_with_rowid=False,
    )
    _make_log()
    for made in GUARDS:
        op.execute(made)


def _make_log() -> None:
    op.create_table(
        "log_leaf",
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_log_leaf_stream", "log_leaf", ["stream", "seq"])
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_position",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("stream", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("swept", sa.Integer),
    )
    op.create_table(
        "tree_head",
        sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "signing_key",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("public", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
