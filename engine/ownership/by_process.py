"""Hands a case over as its process asks: the work of the jobs that the connector ``transfer_case`` leaves behind."""

from __future__ import annotations

from sqlalchemy import select

from engine import accounts, canonical, holders
from engine.accounts import Account
from engine.errors import JobFailed
from engine.failpoints import reached
from engine.model import SYSTEM, UserTaskStatus
from engine.notifications import Notice, Occasion, say, tell
from engine.ownership.offers import close_offer, pending_of
from engine.ownership.owner import change_owner, root_of
from engine.ownership.words import Status
from engine.runtime.cascade import Cascade
from engine.runtime.user_tasks import UserTaskCommand
from engine.store import sql
from engine.store.instances import JobRow, instance_of, task_of
from engine.store.tables import user_task


def hand_over(cascade: Cascade, job: JobRow) -> None:
    """Make somebody the owner of the case, or of those that the job names, with the tasks that its owner has claimed,
    and tell both.

    An offer that waits for an answer is overtaken; a case that has ended by now stays with its owner.

    Raises:
        JobFailed: the account is gone by now, or cannot own a case any more.
    """
    asked = canonical.decode(job.payload)
    cascade.writes.add(sql.DELETE_JOB, job.id, {"of_id": job.id})
    for case_id in asked.get("cases") or [str(job.case_id)]:
        _hand_over(cascade, case_id, asked["to"], asked["reason"])


def _hand_over(cascade: Cascade, case_id: str, to: str, reason: str) -> None:
    row = root_of(cascade, case_id)
    if row.over:
        return
    receiver = accounts.find_in(cascade.tx.connection, to)
    if receiver is None or not holders.may_hold(receiver, row.customer_id):
        raise JobFailed(f"{to!r} cannot own case {case_id} any more")
    offer = pending_of(cascade.tx.connection, case_id)
    if offer is not None:
        close_offer(cascade.tx, offer, Status.WITHDRAWN, SYSTEM.id, at=cascade.now, answer="流程已转交")
    before = change_owner(cascade, case_id, receiver.id, reason, why="process", name=receiver.name)
    reached("ownership.handed_over.owner")
    if before != receiver.id:
        _pass_tasks(cascade, case_id, before, receiver, reason)
        _tell(cascade, case_id, before, receiver, reason)


def _pass_tasks(cascade: Cascade, case_id: str, holder: str, receiver: Account, reason: str) -> None:
    """The open tasks that the owner has claimed; those that the receiver may not do are free."""
    found = select(user_task.c.id).where(
        user_task.c.case_id == case_id,
        user_task.c.assignee == holder,
        user_task.c.status == UserTaskStatus.OPEN.value,
    )
    for task_id in cascade.tx.connection.execute(found.order_by(user_task.c.id)).scalars().all():
        task = cascade.tx.run(sql.SELECT_TASK, {"id": task_id}).fetchone()
        if task is not None:
            row = cascade.instance(instance_of(task).key)
            UserTaskCommand(cascade, task_of(task), row, None).hand_on(receiver.actor, reason)


def _tell(cascade: Cascade, case_id: str, before: str, receiver: Account, reason: str) -> None:
    for person, kind in ((receiver.id, "handed_over"), (before, "handed_away")):
        text = say(kind, case=case_id, to=receiver.name, why=reason)
        notice = Notice(occasion=Occasion.TRANSFER, text=text, case_id=case_id)
        tell(cascade.tx, [person], notice, at=cascade.now)
