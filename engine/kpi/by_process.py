"""Enters a target as a process asks: the work of the jobs that the connector ``set_target`` leaves behind."""

from __future__ import annotations

from engine import accounts, canonical
from engine.errors import JobFailed
from engine.failpoints import reached
from engine.kpi.periods import read_month
from engine.kpi.scores import SALES_TARGET, keep_scores, read_scores, refuse_confirmed
from engine.runtime.cascade import Cascade
from engine.store import sql
from engine.store.instances import JobRow


def enter_target(cascade: Cascade, job: JobRow) -> None:
    """Enter the sales target of a person and a month that a process has had approved; the same once more is nothing.

    Unlike what is typed in by hand it may be of a month to come.

    Raises:
        JobFailed: there is no such account any more.
        InvalidValue: the assessment of that month is confirmed.
    """
    asked = canonical.decode(job.payload)
    person, period, amount = asked["person"], read_month(asked["month"]), asked["amount"]
    if accounts.find_in(cascade.tx.connection, person) is None:
        raise JobFailed(f"there is no account {person!r}", message_zh=f"没有账号“{person}”。")
    cascade.writes.add(sql.DELETE_JOB, job.id, {"of_id": job.id})
    before = read_scores(cascade.tx.connection, period).get((SALES_TARGET, person))
    if before is None or before.value != amount:
        refuse_confirmed(cascade.tx.connection, {person}, period)
        changed = [(SALES_TARGET, person, amount, before)]
        note = f"月度计划,工单 {job.case_id}"
        keep_scores(cascade.tx, changed, asked["by"], now=cascade.now, period=period, note=note)
    reached("kpi.target.entered")
