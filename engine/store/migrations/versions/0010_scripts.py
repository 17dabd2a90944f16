"""The library of scripts, its versions, the words that block or warn, and flag notes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    _library()
    _versions()
    _flag_notes()


def _library() -> None:
    op.create_table(
        "script",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("situation", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sought", sa.Text(), nullable=False),
        sa.Column("forbidden", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_script")),
    )
    op.create_table(
        "script_step",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "process_id", "element", name=op.f("pk_script_step")),
    )
    op.create_index("ix_script_step_process", "script_step", ["process_id", "element"])
    op.create_table(
        "script_tag",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "tag", name=op.f("pk_script_tag")),
    )
    op.create_index("ix_script_tag_tag", "script_tag", ["tag"])
    op.create_table(
        "script_use",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", "user", "day", name=op.f("pk_script_use")),
    )
    op.create_index("ix_script_use_day", "script_use", ["day", "code"])
    op.create_table(
        "script_favourite",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user", "code", name=op.f("pk_script_favourite")),
    )


def _versions() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "text_version",
        sa.Column("key", key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_text_version")),
        sa.UniqueConstraint("kind", "id", "version", name=op.f("uq_text_version_kind_id_version")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_text_version_id", "text_version", ["kind", "id", "key"])
    op.create_index(
        "ix_text_version_open",
        "text_version",
        ["key"],
        sqlite_where=sa.text("status IN ('proposed', 'approving')"),
    )


def _flag_notes() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "flag_note",
        sa.Column("id", key, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_note")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_flag_note_case", "flag_note", ["case_id", "id"])
    op.create_index("ix_flag_note_order", "flag_note", ["order_id", "id"])
