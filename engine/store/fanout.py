"""The statement by which a signal reaches everybody who waits for it: a job an instance, thousands at once."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, case, func, insert, literal_column, null, select

from engine.store.statement import prepare
from engine.store.tables import job, process_instance, subscription
from engine.store.writes import HELD

#: Jobs by which something is on its way have negative ids, since tokens and their incidents have the positive ones.
#: Deliveries: minus the id of their outbox row. What an instance threw: this, plus the id under which it did.
THROWN_IDS: Final = -(2**62)
#: Below those: signals to one instance or process. Before their first; they go up, so that the first is done first.
BEFORE_FIRST: Final = -(2**63) + 1
RETRIES: Final = 3
_HELD: Final[ColumnElement[int]] = literal_column(str(HELD))


def _receivers() -> Select[Any]:
    """Rows of the job table, one for each instance but the sender with an event that waits for the signal."""
    waiting = (
        select(subscription.c.instance, func.min(subscription.c.element).label("element"))
        .where(
            subscription.c.message_name == bindparam("signal_name"),
            subscription.c.correlation_key == literal_column("''"),
            subscription.c.kind == literal_column("'signal'"),
            subscription.c.instance != bindparam("sender"),
        )
        .group_by(subscription.c.instance)
        .subquery("waiting")
    )
    suspended = process_instance.c.status == literal_column("'suspended'")
    return select(
        bindparam("last_id") + func.row_number().over(order_by=waiting.c.instance),
        waiting.c.instance,
        process_instance.c.case_id,
        waiting.c.element,
        literal_column("'signal'"),
        literal_column("'signal'"),
        case((suspended, _HELD), else_=bindparam("at")),
        literal_column(str(RETRIES)),
        literal_column("0"),
        null(),
        bindparam("payload"),
        case((suspended, bindparam("at")), else_=null()),
    ).select_from(waiting.join(process_instance, process_instance.c.key == waiting.c.instance))


#: The highest id of a job of a signal, to count on from.
SELECT_LAST_SIGNAL_JOB: Final = prepare(
    "select_last_signal_job", select(func.max(job.c.id)).where(job.c.id < literal_column(str(THROWN_IDS)))
)
#: A suspended instance gets its signal when it is resumed. Parameters: signal_name, sender, last_id, at, payload.
INSERT_SIGNAL_JOBS: Final = prepare(
    "insert_signal_jobs", insert(job).from_select([column.name for column in job.columns], _receivers())
)
