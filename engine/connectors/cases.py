"""Connectors that open a linked case, and that only keep a record."""

from __future__ import annotations

from engine.connectors.behind import leave_behind
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import CASE_FACTS, JobKind, Variables


def record(_job: JobContext) -> Variables:
    """Nothing outside: the step is there for its register row and its output mappings."""
    return {}


def start_process(job: JobContext) -> Variables:
    """Open a linked case of the process in the header ``process_id``, behind the commit.

    Where the header names several, joined by commas, the input ``process_id`` says which; where that is null none is
    opened. What the other input mappings give, null too, goes before what the case hands on (see ``runtime.opening``).

    Raises:
        JobFailed: the header is missing, or the input is none of those that it names.
    """
    may = [name.strip() for name in job.headers.get("process_id", "").split(",") if name.strip()]
    if not may:
        raise JobFailed(f"{job.element} needs the header process_id", message_zh="发起流程的步骤没有写明流程。")
    process_id = job.inputs.get("process_id") if len(may) > 1 else may[0]
    if process_id is None:
        return {}
    if process_id not in may:
        raise JobFailed(
            f"{job.element}: {process_id!r} is none of {', '.join(may)}",
            message_zh=f"发起流程的步骤不能发起“{process_id}”。",
        )
    given = {name: value for name, value in job.inputs.items() if name not in (*CASE_FACTS, "process_id")}
    leave_behind(job, JobKind.OPEN, {"process_id": process_id, "variables": given})
    return {}
