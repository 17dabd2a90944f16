"""Queues of user tasks: who comes first, and lists in which each stands behind those before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from engine.queries.task_views import InboxRow
from engine.store.sql import SELECT_EARLIER_TURN


def earlier_turn(connection: Connection, row: InboxRow) -> tuple[str, int] | None:
    """The case whose open task of the same element comes before this one in their queue, and its turn."""
    if row.queue_no is None:
        return None
    asked = {"process_id": row.process_id, "element": row.element, "queue_no": row.queue_no}
    earlier = connection.exec_driver_sql(SELECT_EARLIER_TURN.sql, asked).first()
    return None if earlier is None else (str(earlier[0]), int(earlier[1]))


def in_turn(rows: Sequence[InboxRow]) -> tuple[InboxRow, ...]:
    """Rows of a page, those of one queue in the order of their turns; all others stay where they are."""
    queues: dict[tuple[str, str], list[InboxRow]] = defaultdict(list)
    for row in rows:
        if row.queue_no is not None:
            queues[row.process_id, row.element].append(row)
    waiting = {queue: iter(sorted(found, key=_turn)) for queue, found in queues.items()}
    return tuple(row if row.queue_no is None else next(waiting[row.process_id, row.element]) for row in rows)


def _turn(row: InboxRow) -> tuple[int, int]:
    return row.queue_no or 0, row.id
