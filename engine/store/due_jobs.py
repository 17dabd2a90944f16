"""Jobs with their instances: what is due, and one job read again before it is done."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal_column, null, select

from engine.store.sql import INSTANCE_COLUMNS, JOB_COLUMNS, columns_of, parent_of
from engine.store.statement import prepare
from engine.store.tables import customer, job, process_instance, shop_order


def _jobs(which: ColumnElement[bool], *, limit: bool, addressed: bool = False) -> Select[Any]:
    due = select(*columns_of(job, JOB_COLUMNS)).where(which).order_by(job.c.due_at, job.c.id)
    chosen = (due.limit(literal_column(":limit")).offset(literal_column("0")) if limit else due).subquery("due")
    parent = parent_of(chosen.c.instance)
    jobs = [chosen.c[name].label("j_" + name) for name in JOB_COLUMNS]
    source = chosen.outerjoin(process_instance, process_instance.c.key.in_((chosen.c.instance, parent)))
    said = (customer.c.address_as, _newest_order()) if addressed else ()
    if addressed:
        of_case = customer.c.customer_id == process_instance.c.customer_id
        writes = chosen.c.kind.in_((literal_column("'service'"), literal_column("'send'")))
        source = source.outerjoin(customer, of_case & writes & (customer.c.address_as != literal_column("''")))
    return (
        select(*jobs, *said, *columns_of(process_instance, INSTANCE_COLUMNS))
        .select_from(source)
        .order_by(chosen.c.due_at, chosen.c.id)
    )


def _newest_order() -> ColumnElement[Any]:
    """Facts of the newest order of a customer who is addressed by surname."""
    newest = (
        select(shop_order.c.facts)
        .where(shop_order.c.customer_id == customer.c.customer_id)
        .order_by(shop_order.c.paid_at.desc(), shop_order.c.order_id.desc())
        .limit(literal_column("1"))
        .offset(literal_column("0"))
        .correlate(customer)
        .scalar_subquery()
    )
    by_surname = customer.c.address_as.in_((literal_column("'mr'"), literal_column("'ms'")))
    return case((by_surname, newest), else_=null())


#: Jobs that are due, the earliest first (columns j_…), a row for each one's instance and one for that one's parent.
SELECT_DUE_JOBS: Final = prepare("select_due_jobs", _jobs(job.c.due_at <= bindparam("now"), limit=True))
#: The same, with how the customer wants to be addressed and the facts of the newest order, between job and instance.
SELECT_DUE_JOBS_ADDRESSED: Final = prepare(
    "select_due_jobs_addressed", _jobs(job.c.due_at <= bindparam("now"), limit=True, addressed=True)
)
SELECT_JOB: Final = prepare("select_job", _jobs(job.c.id == bindparam("id"), limit=False))
SELECT_NEXT_DUE: Final = prepare(
    "select_next_due", select(func.min(job.c.due_at)).where(job.c.due_at < bindparam("held"))
)
