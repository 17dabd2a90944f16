"""Owners change what is in force by changes with drafts; deployments say why; back-tests and migrations are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "deployment",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("change", sa.Integer, nullable=True),
        sa.Column("restores", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_deployment")),
    )
    op.create_table(
        "studio_change",
        sa.Column("key", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, server_default="0", nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("submitted_by", sa.Text, nullable=True),
        sa.Column("submitted_at", sa.BigInteger, nullable=True),
        sa.Column("reviewed_by", sa.Text, nullable=True),
        sa.Column("reviewed_at", sa.BigInteger, nullable=True),
        sa.Column("reviewed_revision", sa.Integer, nullable=True),
        sa.Column("deployment", sa.Integer, nullable=True),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_studio_change")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_studio_change_status", "studio_change", ["status", "key"], unique=False)
    op.create_table(
        "backtest",
        sa.Column("key", sa.Integer, nullable=False),
        sa.Column("change", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("candidate", sa.LargeBinary, nullable=False),
        sa.Column("filter", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=True),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        sa.Column("spent_ms", sa.Integer, server_default="0", nullable=False),
        sa.Column("problem", sa.Text, nullable=True),
        sa.ForeignKeyConstraint(["change"], ["studio_change.key"], name=op.f("fk_backtest_change")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_backtest")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_backtest_change", "backtest", ["change", "key"], unique=False)
    op.create_index(
        "ix_backtest_status",
        "backtest",
        ["key"],
        unique=False,
        sqlite_where=sa.text("status IN ('waiting', 'running')"),
    )
    op.create_table(
        "deployment_resource",
        sa.Column("deployment", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=True),
        sa.Column("after", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["deployment"], ["deployment.number"], name=op.f("fk_deployment_resource_deployment")),
        sa.PrimaryKeyConstraint("deployment", "kind", "id", name=op.f("pk_deployment_resource")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_deployment_resource", "deployment_resource", ["kind", "id", "deployment"], unique=False)
    op.create_table(
        "migration",
        sa.Column("key", sa.Integer, nullable=False),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("source", sa.Integer, nullable=False),
        sa.Column("target", sa.Integer, nullable=False),
        sa.Column("mapping", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("forced", sa.Boolean, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        sa.ForeignKeyConstraint(["source"], ["definition.key"], name=op.f("fk_migration_source")),
        sa.ForeignKeyConstraint(["target"], ["definition.key"], name=op.f("fk_migration_target")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_migration")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_migration_process", "migration", ["process_id", "key"], unique=False)
    op.create_index(
        "ix_migration_status",
        "migration",
        ["key"],
        unique=False,
        sqlite_where=sa.text("status IN ('checking', 'running')"),
    )
    op.create_table(
        "studio_change_entry",
        sa.Column("change", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["change"], ["studio_change.key"], name=op.f("fk_studio_change_entry_change")),
        sa.PrimaryKeyConstraint("change", "n", name=op.f("pk_studio_change_entry")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "studio_draft",
        sa.Column("key", sa.Integer, nullable=False),
        sa.Column("change", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("base_hash", sa.Text, nullable=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("saved_by", sa.Text, nullable=False),
        sa.Column("saved_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["change"], ["studio_change.key"], name=op.f("fk_studio_draft_change")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_studio_draft")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_studio_draft", "studio_draft", ["change", "kind", "id"], unique=True)
    op.create_table(
        "backtest_case",
        sa.Column("backtest", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("process_id", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=True),
        sa.Column("end_before", sa.Text, nullable=True),
        sa.Column("end_after", sa.Text, nullable=True),
        sa.Column("paid_before", sa.BigInteger, nullable=True),
        sa.Column("paid_after", sa.BigInteger, nullable=True),
        sa.Column("assumed", sa.Boolean, nullable=True),
        sa.Column("detail", sa.LargeBinary, nullable=True),
        sa.ForeignKeyConstraint(["backtest"], ["backtest.key"], name=op.f("fk_backtest_case_backtest")),
        sa.PrimaryKeyConstraint("backtest", "n", name=op.f("pk_backtest_case")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_backtest_case_verdict", "backtest_case", ["backtest", "verdict", "n"], unique=False)
    op.create_table(
        "migration_case",
        sa.Column("migration", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("instance", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason_zh", sa.Text, nullable=False),
        sa.Column("reason_en", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=True),
        sa.ForeignKeyConstraint(["instance"], ["process_instance.key"], name=op.f("fk_migration_case_instance")),
        sa.ForeignKeyConstraint(["migration"], ["migration.key"], name=op.f("fk_migration_case_migration")),
        sa.PrimaryKeyConstraint("migration", "instance", name=op.f("pk_migration_case")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_migration_case_status", "migration_case", ["migration", "status", "instance"], unique=False)
    op.create_table(
        "studio_draft_save",
        sa.Column("draft", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("saved_by", sa.Text, nullable=False),
        sa.Column("saved_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["draft"], ["studio_draft.key"], name=op.f("fk_studio_draft_save_draft")),
        sa.PrimaryKeyConstraint("draft", "revision", name=op.f("pk_studio_draft_save")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_history_event_moved",
        "history_event",
        ["stream", "seq", "revision", "n"],
        sqlite_where=sa.text("kind = 'instance.migrated'"),
    )
    _keep_what_is_in_force()


def _keep_what_is_in_force() -> None:
    """The last deployment of before there were rows for them holds all that was in force then."""
    db = op.get_bind()
    number = db.execute(sa.text("SELECT value FROM installation WHERE name = 'deployments'")).scalar_one_or_none()
    if number is None:
        return
    last = db.execute(
        sa.text("SELECT deployed_at, deployed_by FROM current_resource ORDER BY deployed_at DESC LIMIT 1")
    ).one_or_none()
    if last is None:
        return
    db.execute(
        sa.text("INSERT INTO deployment (number, at, actor, reason) VALUES (:number, :at, :actor, '')"),
        {"number": int(number), "at": last.deployed_at, "actor": last.deployed_by},
    )
    db.execute(
        sa.text(
            "INSERT INTO deployment_resource (deployment, kind, id, before, after) "
            "SELECT :number, kind, id, NULL, hash FROM current_resource"
        ),
        {"number": int(number)},
    )
