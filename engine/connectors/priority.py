"""The connector by which a case makes other cases of its order urgent."""

from __future__ import annotations

from typing import Final

from engine.connectors.behind import leave_behind
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import Event, JobKind, Variables

HIGH: Final = "high"
_PRIORITIES: Final = frozenset({"normal", HIGH})


def raise_priority(job: JobContext) -> Variables:
    """Give the open cases of a process for an order a priority.

    Headers, or else variables: process_id, order_id. The header priority is high where there is none; the variable of
    that name is the asking case's own. It is done behind the commit, case by case, each with its own history; those
    that have that priority stay as they are, and there may be none.

    Raises:
        JobFailed: process or order are missing, or there is no such priority.
    """
    process_id, order_id = _given(job, "process_id"), _given(job, "order_id")
    priority = job.headers.get("priority") or HIGH
    if not process_id or not order_id:
        raise JobFailed(f"{job.element} needs process_id and order_id", message_zh="加急缺少流程或订单号。")
    if priority not in _PRIORITIES:
        raise JobFailed(f"{job.element}: {priority!r} is no priority", message_zh=f"没有优先级“{priority}”。")
    asked = {"process_id": process_id, "order_id": order_id, "priority": priority}
    leave_behind(job, JobKind.RAISE, asked)
    job.notes.append(Event(kind="priority.asked", element=job.element, value=asked))
    return {}


def _given(job: JobContext, name: str) -> str | None:
    """A header, else a variable."""
    value = job.headers.get(name) or job.variables.get(name)
    return value.strip() if isinstance(value, str) else None
