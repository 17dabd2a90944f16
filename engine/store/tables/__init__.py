"""Every table, a module a subject; Alembic migrations and a test hold the real schema to it.

Times are integers: microseconds since 1970-01-01T00:00Z. BLOBs of values are canonical bytes. Money lives in them.
"""

from engine.store.tables.definitions import current_resource, definition, resource
from engine.store.tables.desk import (
    attachment,
    draft,
    outbox,
    register_cell,
    register_export,
    register_row,
    registered_event,
)
from engine.store.tables.history import history_event, history_value, stream_head
from engine.store.tables.instances import (
    incident,
    job,
    message,
    process_instance,
    subscription,
    task_progress,
    user_task,
)
from engine.store.tables.notifications import notification
from engine.store.tables.people import installation, membership, own_customer, user
from engine.store.tables.schema import metadata
from engine.store.tables.shop import calendar_version, number_sequence, parcel, shop_order, shop_settings

__all__ = [
    "attachment",
    "calendar_version",
    "current_resource",
    "definition",
    "draft",
    "history_event",
    "history_value",
    "incident",
    "installation",
    "job",
    "membership",
    "message",
    "metadata",
    "notification",
    "number_sequence",
    "outbox",
    "own_customer",
    "parcel",
    "process_instance",
    "register_cell",
    "register_export",
    "register_row",
    "registered_event",
    "resource",
    "shop_order",
    "shop_settings",
    "stream_head",
    "subscription",
    "task_progress",
    "user",
    "user_task",
]
