"""What a connector leaves to be done behind the commit of its step: once, with a history and retries of its own."""

from __future__ import annotations

from typing import Final

from engine import canonical
from engine.clock import to_microseconds
from engine.connectors.context import JobContext
from engine.model import JobKind, Variables

#: Ids of these jobs, by that of the service task's: beside those of alarms (see runtime.sla).
BEHIND_IDS: Final = 2**61 + 2**60
RETRIES: Final = 3


def leave_behind(job: JobContext, kind: JobKind, asked: Variables) -> None:
    """Add a row to the job table that is due at once.

    Args:
        job: the service task's; it leaves one at most.
        kind: one of BEHIND_JOBS.
        asked: what is to be done, for who does it.
    """
    job.jobs.append(
        {
            "id": BEHIND_IDS + job.job_id,
            "instance": job.instance_key,
            "case_id": job.case_id,
            "element": job.element,
            "kind": kind.value,
            "type": job.type,
            "due_at": to_microseconds(job.now),
            "retries_left": RETRIES,
            "attempts": 0,
            "problem": None,
            "payload": canonical.encode(asked),
            "suspended_due_at": None,
        }
    )
