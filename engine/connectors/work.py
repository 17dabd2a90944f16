"""Connectors about what somebody has done, and shall do: the record of a day, the target of a month."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, func, literal_column, select

from engine.connectors.asking import MOST, between, count_of
from engine.connectors.behind import leave_behind
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import InstanceStatus, JobKind, Value, Variables
from engine.store.tables import definition, process_instance, user_task

_MONTH: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_COUNTS: Final = ("tasks_done", "cases_opened", "cases_ended", "cases_open")
#: Written out, so that the index of completed tasks and that of cases that have ended are used.
_COMPLETED: Final[ColumnElement[Any]] = literal_column("'completed'")
_ROOT: Final[ColumnElement[Any]] = literal_column("0")
_OPEN: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)


def day_record(job: JobContext) -> Variables:
    """What the input ``person`` (account id; null: nobody, who has done nothing) has done between ``since`` (included)
    and ``until`` (not).

    Gives ``tasks_done``, ``cases_opened``, ``cases_ended`` (whole cases that the person answers for), ``cases_open``
    (those now open, this one left out), and ``worked``: by process, the name of most tasks first, at most 200 of
    {process, done: tasks, ended: cases}.

    Raises:
        JobFailed: the person is no account id, or an instant is none.
    """
    if job.inputs.get("person") is None:
        return {**dict.fromkeys(_COUNTS, Decimal(0)), "worked": []}
    person = _account(job)
    task, case = user_task.c, process_instance.c
    completed = (
        task.completed_by == person,
        task.status == _COMPLETED,
        *between(job, task.ended_at),
    )
    ended = (
        case.owner == person,
        case.depth == _ROOT,
        case.status == _COMPLETED,
        *between(job, case.ended_at),
    )
    opened = (case.opened_by == person, case.depth == _ROOT, *between(job, case.opened_at))
    open_now = (case.owner == person, case.depth == 0, case.status.in_(_OPEN), case.case_id != job.case_id)
    done = _by_process(job, user_task, task.definition, completed)
    closed = _by_process(job, process_instance, case.definition, ended)
    names = sorted({*done, *closed}, key=lambda name: (-done.get(name, 0), name))
    worked: list[Value] = [
        {"process": name, "done": Decimal(done.get(name, 0)), "ended": Decimal(closed.get(name, 0))}
        for name in names[:MOST]
    ]
    return {
        "tasks_done": Decimal(sum(done.values())),
        "cases_opened": count_of(job, select(func.count()).select_from(process_instance).where(*opened)),
        "cases_ended": Decimal(sum(closed.values())),
        "cases_open": count_of(job, select(func.count()).select_from(process_instance).where(*open_now)),
        "worked": worked,
    }


def set_target(job: JobContext) -> Variables:
    """Enter the input ``sales_target`` (元) as the target of the input ``person`` for ``month`` ("2026-12"), behind
    the commit; ``approved_by`` (account id) has approved it.

    Raises:
        JobFailed: nobody is named, the month is none, or the amount is none above zero.
    """
    person, month, amount = _account(job), job.inputs.get("month"), job.inputs.get("sales_target")
    by = job.inputs.get("approved_by")
    if not isinstance(month, str) or not _MONTH.fullmatch(month) or not isinstance(by, str):
        raise JobFailed(
            f"{job.element} needs the inputs month and approved_by", message_zh="录入销售目标缺少月份或批准人。"
        )
    if not isinstance(amount, Decimal) or amount <= 0:
        raise JobFailed(f"{job.element}: {amount!r} is no target", message_zh="销售目标应大于 0 元。")
    leave_behind(job, JobKind.TARGET, {"person": person, "month": month, "amount": amount, "by": by})
    return {}


def _by_process(job: JobContext, table: Any, version: Any, where: Any) -> dict[str, int]:
    """Name of the process → how many rows."""
    found = (
        select(definition.c.name, func.count())
        .select_from(table)
        .join(definition, definition.c.key == version)
        .where(*where)
        .group_by(definition.c.name)
    )
    return {row[0]: row[1] for row in job.tx.connection.execute(found)}


def _account(job: JobContext) -> str:
    person = job.inputs.get("person")
    if not isinstance(person, str) or not person:
        raise JobFailed(f"{job.element} needs the input person", message_zh="这一步没有写明是谁。")
    return person
