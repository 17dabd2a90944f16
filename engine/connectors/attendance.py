"""Connectors on people's presence: an approved absence goes into the roster; whether somebody is away."""

from __future__ import annotations

from datetime import datetime

from engine import accounts, roster
from engine.connectors.context import JobContext
from engine.errors import EngineError, JobFailed
from engine.model import Variables


def add_absence(job: JobContext) -> Variables:
    """Enter an absence of the input ``person`` from ``from_time`` until ``to_time`` into the roster.

    Inputs, too: ``approved_by``, who may plan that person; ``kind`` (leave, sick, out, training, other) and ``reason``.

    Raises:
        JobFailed: something is missing, or the roster refuses it (over already, beside another one, another team's).
    """
    person, first, last, approver = (job.inputs.get(name) for name in ("person", "from_time", "to_time", "approved_by"))
    account = accounts.find_in(job.tx.connection, approver) if isinstance(approver, str) else None
    if not isinstance(person, str) or not isinstance(first, datetime) or not isinstance(last, datetime) or not account:
        raise JobFailed(
            f"{job.element} needs person, from_time, to_time and approved_by",
            message_zh="登记请假缺少人员、开始时间、结束时间或批准人。",
        )
    try:
        roster.add_absence(
            job.tx,
            person,
            (first, last),
            account.actor,
            at=job.now,
            kind=str(job.inputs.get("kind") or "leave"),
            reason=str(job.inputs.get("reason") or ""),
        )
    except EngineError as problem:
        raise JobFailed(str(problem), message_zh=problem.message_zh) from problem
    return {}


def is_away(job: JobContext) -> Variables:
    """Gives ``away``: whether the input ``person`` is absent at the input ``at`` by the roster."""
    person, at = job.inputs.get("person"), job.inputs.get("at")
    if not isinstance(person, str) or not isinstance(at, datetime):
        raise JobFailed(f"{job.element} needs person and at", message_zh="查询请假缺少人员或时间。")
    return {"away": roster.is_away(job.tx.connection, person, at)}
