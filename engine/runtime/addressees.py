"""How the customers of due jobs want to be addressed, out of the rows by which the jobs were read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from engine.outbox import Wanted
from engine.store.instances import instance_of, job_of
from engine.store.sql import JOB_COLUMNS

_SAID: Final = len(JOB_COLUMNS)


def wanted_of(rows: Iterable[Sequence[Any]]) -> dict[int, Wanted]:
    """By job, of its own instance's customer; rows of ``SELECT_DUE_JOBS_ADDRESSED``."""
    found: dict[int, Wanted] = {}
    for row in rows:
        job = job_of(row)
        if job.instance is None:
            continue
        instance = instance_of(row)
        if instance.key == job.instance and instance.customer_id is not None:
            found[job.id] = Wanted(customer_id=instance.customer_id, said=row[_SAID], facts=row[_SAID + 1])
    return found
