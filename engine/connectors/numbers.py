"""A connector that gives numbers without gaps, e.g. to invoices in their queue."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.dialects.sqlite import insert as upsert

from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import Variables
from engine.store.tables import number_sequence


def next_number(job: JobContext) -> Variables:
    """The next number of the header ``sequence``, from 1 on, as ``queue_no``.

    The number is taken with the step that uses it: a step that is undone gives it back.

    Raises:
        JobFailed: the header is missing.
    """
    name = job.headers.get("sequence", "").strip()
    if not name:
        raise JobFailed(f"{job.element} needs the header sequence", message_zh="取号步骤缺少序列名称(sequence)。")
    first = upsert(number_sequence).values(name=name, last=1)
    taken = first.on_conflict_do_update(index_elements=["name"], set_={"last": number_sequence.c.last + 1})
    return {"queue_no": Decimal(job.tx.connection.execute(taken.returning(number_sequence.c.last)).scalar_one())}
