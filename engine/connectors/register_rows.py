"""A connector that looks into a register: how many rows fit, and what the newest of them says."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine import registers
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import Variables
from engine.registers import Asked, Criterion
from engine.store.register_cells import sort_key

#: More rows than these are not counted.
MOST: Final = 1_000


def read_register(job: JobContext) -> Variables:
    """Rows of the header ``register`` whose columns are what the input mappings give; those of this case do not count.

    Gives ``row_count`` (at most 1 000) and ``row``, the columns of the one opened last; null where there is none. A
    column that a mapping makes null is not asked for.

    Raises:
        JobFailed: there is no such register, or nothing is asked for.
    """
    register = job.headers.get("register", "").strip()
    asked = {name: value for name, value in job.inputs.items() if value is not None}
    if register not in registers.REGISTERS or not asked:
        raise JobFailed(
            f"{job.element} needs the header register and a column to look for",
            message_zh="查登记表缺少登记表或查找条件。",
        )
    keys = {name: sort_key(value) for name, value in asked.items()}
    criteria = tuple(Criterion(column=name, least=key, greatest=key) for name, key in keys.items())
    page = registers.list_rows(job.tx.connection, register, Asked(criteria=criteria), limit=MOST, unmasked=True)
    fits = [
        row.values
        for row in page.rows
        if row.case_id != job.case_id and all(row.values.get(name) == value for name, value in asked.items())
    ]
    return {"row_count": Decimal(len(fits)), "row": dict(fits[0]) if fits else None}
