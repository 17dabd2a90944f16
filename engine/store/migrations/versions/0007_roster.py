"""Teams, shifts, absences, transfers and hand-overs; whose courier's a task is."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _tables()
    op.add_column("user_task", sa.Column("courier", sa.Text(), nullable=True))
    _couriers_of_open_tasks()
    _accounts_of_couriers()


def _accounts_of_couriers() -> None:
    """Who did couriers' tasks goes on seeing those of all of them, until an administrator says whose account it is."""
    op.get_bind().execute(
        sa.text(
            """INSERT INTO courier_account ("user", courier) SELECT "user", '*' FROM membership"""
            """ WHERE "group" = 'courier'"""
        )
    )


def _couriers_of_open_tasks() -> None:
    """Tasks that couriers have open already get the courier that their case names."""
    connection = op.get_bind()
    found = connection.execute(
        sa.text(
            "SELECT t.id, i.variables FROM user_task t JOIN process_instance i ON i.key = t.instance"
            " WHERE t.status = 'open' AND ',' || t.candidate_groups || ',' LIKE '%,courier,%'"
        )
    ).all()
    for task, variables in found:
        courier = json.loads(variables).get("courier")
        if isinstance(courier, str) and courier:
            connection.execute(sa.text("UPDATE user_task SET courier = :c WHERE id = :t"), {"c": courier, "t": task})


def _tables() -> None:
    op.create_table(
        "team",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "team_member",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("team", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["team"], ["team.id"], name=op.f("fk_team_member_team")),
        sa.ForeignKeyConstraint(["user"], ["user.id"], name=op.f("fk_team_member_user")),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_team_member")),
    )
    op.create_index("ix_team_member_team", "team_member", ["team"], unique=False)
    op.create_table(
        "courier_account",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("courier", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user.id"], name=op.f("fk_courier_account_user")),
        sa.PrimaryKeyConstraint("user", "courier", name=op.f("pk_courier_account")),
    )
    op.create_table(
        "shift",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("paid_minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "code", name=op.f("pk_shift")),
    )
    op.create_table(
        "roster_day",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("shift", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("paid_minutes", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user.id"], name=op.f("fk_roster_day_user")),
        sa.PrimaryKeyConstraint("user", "day", name=op.f("pk_roster_day")),
    )
    op.create_index("ix_roster_day_day", "roster_day", ["day"], unique=False)
    op.create_index(
        "ix_roster_day_ends",
        "roster_day",
        ["ends_at", "starts_at"],
        unique=False,
        sqlite_where=sa.text("ends_at IS NOT NULL"),
    )
    op.create_table(
        "absence",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stand_in", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("from_at < to_at", name=op.f("ck_absence_span")),
        sa.ForeignKeyConstraint(["user"], ["user.id"], name=op.f("fk_absence_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_absence_due",
        "absence",
        ["from_at"],
        unique=False,
        sqlite_where=sa.text("begun_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_index(
        "ix_absence_over",
        "absence",
        ["to_at"],
        unique=False,
        sqlite_where=sa.text("begun_at IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index("ix_absence_user", "absence", ["user", "to_at"], unique=False)
    op.create_table(
        "hand_over",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("from_user", sa.Text(), nullable=False),
        sa.Column("to_user", sa.Text(), nullable=True),
        sa.Column("to_group", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("submission_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_hand_over_submission_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hand_over_from", "hand_over", ["from_user", "id"], unique=False)
    op.create_table(
        "transfer",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("task", _KEY, nullable=True),
        sa.Column("from_user", sa.Text(), nullable=False),
        sa.Column("to_user", sa.Text(), nullable=True),
        sa.Column("to_group", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("hand_over", _KEY, nullable=True),
        sa.Column("absence", _KEY, nullable=True),
        sa.ForeignKeyConstraint(["absence"], ["absence.id"], name=op.f("fk_transfer_absence")),
        sa.ForeignKeyConstraint(["hand_over"], ["hand_over.id"], name=op.f("fk_transfer_hand_over")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_transfer_absence", "transfer", ["absence"], unique=False, sqlite_where=sa.text("absence IS NOT NULL")
    )
    op.create_index("ix_transfer_case", "transfer", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_transfer_due",
        "transfer",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("status = 'pending' AND told_at IS NULL"),
    )
    op.create_index("ix_transfer_from", "transfer", ["from_user", "id"], unique=False)
    op.create_index(
        "ix_transfer_hand_over", "transfer", ["hand_over"], unique=False, sqlite_where=sa.text("hand_over IS NOT NULL")
    )
    op.create_index("ix_transfer_requested", "transfer", ["requested_at"], unique=False)
    op.create_index(
        "ix_transfer_to_group",
        "transfer",
        ["to_group", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'pending' AND to_group IS NOT NULL"),
    )
    op.create_index(
        "ix_transfer_to_user",
        "transfer",
        ["to_user", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'pending' AND to_user IS NOT NULL"),
    )
    op.create_index(
        "uq_transfer_case",
        "transfer",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("status = 'pending' AND task IS NULL"),
    )
    op.create_index(
        "uq_transfer_task",
        "transfer",
        ["task"],
        unique=True,
        sqlite_where=sa.text("status = 'pending' AND task IS NOT NULL"),
    )
