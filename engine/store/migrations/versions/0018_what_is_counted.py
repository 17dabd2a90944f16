"""What finds the rows that indicators count: tasks that were taken, cases that changed hands or stood still, and orders."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


_ROOT = "depth = 0"
#: The conditions' own columns stand in them, or SQLite looks each row up in the table.
_OF_CASES = {
    "ix_process_instance_closed": (
        "ended_at process_id owner end_state first_owner customer_id order_id opened_at case_id status depth",
        f"status = 'completed' AND {_ROOT}",
    ),
    "ix_process_instance_opened": ("opened_at process_id owner opened_by order_id case_id depth", _ROOT),
    "ix_process_instance_again": (
        "order_id opened_at process_id customer_id case_id depth",
        f"order_id IS NOT NULL AND {_ROOT}",
    ),
}


def upgrade() -> None:
    for name, (columns, where) in _OF_CASES.items():
        op.drop_index(name, "process_instance")
        op.create_index(name, "process_instance", columns.split(), sqlite_where=sa.text(where))
    op.drop_index("ix_process_instance_case", "process_instance")
    op.create_index("ix_process_instance_case", "process_instance", ["case_id", "key", "process_id"])
    op.create_index(
        "ix_history_event_taken",
        "history_event",
        ["stream", "token", "kind", "at"],
        sqlite_where=sa.text("kind IN ('user_task.claimed', 'user_task.assigned')"),
    )
    op.create_index(
        "ix_history_event_turned",
        "history_event",
        ["stream", "kind", "at"],
        sqlite_where=sa.text("kind IN ('case.owner_changed', 'instance.resumed', 'instance.suspended')"),
    )
    op.drop_index("ix_shop_order_customer", "shop_order")
    op.create_index("ix_shop_order_customer", "shop_order", ["customer_id", "paid_at"])
    op.create_index("ix_shop_order_unpaid", "shop_order", ["order_id"], sqlite_where=sa.text("order_stage = 'unpaid'"))
