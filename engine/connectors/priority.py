"""The connector by which a case makes other cases of its order urgent."""

from __future__ import annotations

from typing import Final

from engine import canonical
from engine.clock import to_microseconds
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import Event, JobKind, Variables

#: Ids of these jobs, by that of the service task's: beside those of alarms (see runtime.sla).
RAISE_IDS: Final = 2**61 + 2**60
RETRIES: Final = 3
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
    job.jobs.append(
        {
            "id": RAISE_IDS + job.job_id,
            "instance": job.instance_key,
            "case_id": job.case_id,
            "element": job.element,
            "kind": JobKind.RAISE.value,
            "type": "raise_priority",
            "due_at": to_microseconds(job.now),
            "retries_left": RETRIES,
            "attempts": 0,
            "problem": None,
            "payload": canonical.encode(asked),
            "suspended_due_at": None,
        }
    )
    job.notes.append(Event(kind="priority.asked", element=job.element, value=asked))
    return {}


def _given(job: JobContext, name: str) -> str | None:
    """A header, else a variable."""
    value = job.headers.get(name) or job.variables.get(name)
    return value.strip() if isinstance(value, str) else None
