"""What the fourteen flows need beside their instances: calendars, files, exports."""

import sqlalchemy as sa
from alembic import op

from engine import canonical
from engine.store.register_cells import sort_key

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _registers()
    _queues_and_events()
    _attachments()
    _calendars()
    _progress_and_settings()


def _queues_and_events() -> None:
    op.add_column("user_task", sa.Column("queue_no", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_user_task_queue",
        "user_task",
        ["process_id", "element", "queue_no"],
        sqlite_where=sa.text("status = 'open' AND queue_no IS NOT NULL"),
    )
    op.create_index(
        "ix_process_instance_linked",
        "process_instance",
        ["parent_case_id", "key"],
        sqlite_where=sa.text("parent_case_id IS NOT NULL AND parent IS NULL"),
    )
    op.add_column("parcel", sa.Column("stage_since", sa.BigInteger(), nullable=True))
    op.add_column("parcel", sa.Column("dispatched_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "number_sequence",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_sequence")),
    )
    op.create_table(
        "own_customer",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user.id"], name=op.f("fk_own_customer_user")),
        sa.PrimaryKeyConstraint("user", "customer_id", name=op.f("pk_own_customer")),
    )
    op.create_table(
        "registered_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("instance", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("message_name", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("submission_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_event")),
    )
    op.create_index("ix_registered_event_case", "registered_event", ["case_id"])


#: Old rows are found by all columns but these, which hold personal data.
_PERSONAL = frozenset({
    "receiver_name", "receiver_phone", "receiver_address", "new_address", "receiver_info", "customer_id", "pay_account",
    "tax_no", "invoice_title", "invoice_email", "waybill_image",
})  # fmt: skip


def _registers() -> None:
    """A row of a register was one instance's; now several of a case may fill it, and its cells can be asked for."""
    with op.batch_alter_table("register_row", schema=None) as batch_op:
        batch_op.drop_index("ix_register_row_case")
    op.rename_table("register_row", "old_register_row")
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "register_row",
        sa.Column("id", key, autoincrement=False, nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("instance", key, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("taken_by", key, nullable=True),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["instance"], ["process_instance.key"], name=op.f("fk_register_row_instance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_row")),
    )
    op.execute(
        """INSERT INTO register_row (id, register, instance, case_id, taken_by, element, "values", opened_at, written_at)
           SELECT row_number() OVER (ORDER BY written_at, instance, register), register, instance, case_id, instance,
                  element, "values", written_at, written_at FROM old_register_row"""
    )
    op.drop_table("old_register_row")
    op.create_index("ix_register_row_case", "register_row", ["case_id"])
    op.create_index("ix_register_row_opened", "register_row", ["register", "opened_at", "id"])
    op.create_table(
        "register_cell",
        sa.Column("row", key, autoincrement=False, nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["row"], ["register_row.id"], name=op.f("fk_register_cell_row")),
        sa.PrimaryKeyConstraint("row", "column", name=op.f("pk_register_cell")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_register_cell_sort", "register_cell", ["register", "column", "sort", "row"])
    _cells_of_old_rows()
    op.create_table(
        "register_export",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("filter", sa.LargeBinary(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("last_row", key, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("downloaded_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_export")),
    )
    op.create_index("ix_register_export_requested", "register_export", ["requested_at"])
    op.create_index(
        "ix_register_export_waiting",
        "register_export",
        ["requested_at", "id"],
        sqlite_where=sa.text("status = 'waiting'"),
    )
    op.create_index("ix_outbox_written", "outbox", ["written_at", "id"])
    op.create_index("ix_outbox_under_way", "outbox", ["written_at", "id"], sqlite_where=sa.text("delivered_at IS NULL"))


def _cells_of_old_rows() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text('SELECT id, register, "values" FROM register_row')).all()
    cells = [
        {"row": row.id, "register": row.register, "column": name, "sort": sort_key(value), "text": str(value)[:300]}
        for row in rows
        for name, value in canonical.decode(row[2]).items()
        if name not in _PERSONAL
    ]
    if cells:
        put = """INSERT INTO register_cell ("row", "column", register, sort, text)
                 VALUES (:row, :column, :register, :sort, :text)"""
        connection.execute(sa.text(put), cells)


def _attachments() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("personal", sa.Integer(), server_default="0", nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_case", "attachment", ["case_id"], sqlite_where=sa.text("case_id IS NOT NULL"))
    op.create_index(
        "ix_attachment_unused", "attachment", ["uploaded_by", "uploaded_at"], sqlite_where=sa.text("case_id IS NULL")
    )
    op.create_index("ix_attachment_content", "attachment", ["sha256"])


def _calendars() -> None:
    op.add_column("user_task", sa.Column("urgency", sa.Integer(), server_default="1", nullable=False))
    for name in ("remind_at", "reminded_at", "escalated_at"):
        op.add_column("user_task", sa.Column(name, sa.BigInteger(), nullable=True))
    for name in ("sla_group", "sla_duration"):
        op.add_column("user_task", sa.Column(name, sa.Text(), nullable=True))
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("user_task", sa.Column("calendar", key, nullable=True))
    op.drop_index("ix_user_task_inbox", "user_task")
    op.create_index(
        "ix_user_task_inbox",
        "user_task",
        ["candidate_groups", "urgency", "id", "process_id", "assignee"],
        sqlite_where=sa.text("status = 'open'"),
    )
    op.drop_index("ix_user_task_assignee", "user_task")
    op.create_index(
        "ix_user_task_assignee",
        "user_task",
        ["assignee", "urgency", "id"],
        sqlite_where=sa.text("status = 'open' AND assignee IS NOT NULL"),
    )
    op.create_table(
        "calendar_version",
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_calendar_version")),
        sa.UniqueConstraint("shop", "version", name=op.f("uq_calendar_version_shop_version")),
    )
    op.create_index("ix_calendar_version_hash", "calendar_version", ["hash"])


def _progress_and_settings() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "task_progress",
        sa.Column("task", key, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("submission_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["task"], ["user_task.id"], name=op.f("fk_task_progress_task")),
        sa.PrimaryKeyConstraint("task", "number", name=op.f("pk_task_progress")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shop_settings",
        sa.Column("key", key, nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shop_settings")),
        sa.UniqueConstraint("shop", "version", name=op.f("uq_shop_settings_shop_version")),
    )
