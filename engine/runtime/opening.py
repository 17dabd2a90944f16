"""Opens a linked case: the work of the jobs that the connector ``start_process`` leaves behind."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, literal, select

from engine import canonical
from engine.errors import CascadeTooLarge
from engine.failpoints import reached
from engine.history.commands import NOTE
from engine.model import Event, Value
from engine.runtime.cascade import Cascade
from engine.runtime.inputs import handed_on, start_variables
from engine.store import sql
from engine.store.database import Transaction
from engine.store.instances import InstanceRow, JobRow
from engine.store.tables import process_instance

#: Cases that may open each other one behind the other.
MAX_CHAIN: Final = 50


def open_case(cascade: Cascade, job: JobRow) -> None:
    """Start the version in force as a case that is linked to the asking one and belongs to its people.

    Raises:
        NotFound: there is no such process.
        CascadeTooLarge: cases have opened cases for too long.
    """
    asked = canonical.decode(job.payload)
    opener = cascade.instance(int(job.case_id or 0))
    if _chain(cascade.tx, opener.case_id) >= MAX_CHAIN:
        raise CascadeTooLarge(f"more than {MAX_CHAIN} cases have opened each other")
    cascade.definitions.refresh()
    deployed = cascade.definitions.latest(asked["process_id"])
    known = {**_known(cascade, opener, job), **asked["variables"]}
    variables = start_variables(cascade.tx, deployed, known, frozenset(asked["variables"]), cascade.now)
    order_id = variables.get("order_id")
    row = cascade.start(
        deployed,
        variables,
        business_key=order_id if isinstance(order_id, str) else None,
        parent_case_id=opener.case_id,
        people_of=opener,
    )
    reached("runtime.open.started")
    value = {"case": row.case_id, "process_id": deployed.process_id, "process": deployed.name}
    cascade.note(opener, (Event(kind="case.linked", element=job.element, value=value),), NOTE)
    cascade.writes.add(sql.DELETE_JOB, job.id, {"of_id": job.id})


def _known(cascade: Cascade, opener: InstanceRow, job: JobRow) -> dict[str, Value]:
    """The common start fields: of the instance that asks, else of its case."""
    asking = opener if job.instance in (None, opener.key) else cascade.instance(int(job.instance or 0))
    return {**handed_on(opener), **handed_on(asking)}


def _chain(tx: Transaction, case_id: str) -> int:
    """How many cases stand behind each other up to this one, as far as it matters."""
    case = process_instance
    up = select(literal(case_id).label("case_id"), literal(1).label("n")).cte("up", recursive=True)
    parent = (
        select(case.c.parent_case_id, up.c.n + 1)
        .join(up, case.c.case_id == up.c.case_id)
        .where(case.c.depth == 0, case.c.parent_case_id.is_not(None), up.c.n < MAX_CHAIN)
    )
    return int(tx.connection.execute(select(func.max(up.union_all(parent).c.n))).scalar_one())
