"""Whose a case is: the one place where that changes, and reassignment by who may (P06)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update

from engine import access, accounts, roster
from engine.accounts import Account
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.history.commands import NOTE
from engine.masking import mask_within
from engine.model import Actor, Event, UserTaskStatus, Value
from engine.notifications import Notice, Occasion, Said, say, tell
from engine.ownership.offers import close_offer, pending_of
from engine.ownership.words import MAX_REASON, Status
from engine.runtime import Runtime
from engine.runtime.cascade import Cascade
from engine.runtime.participants import case_facts, check_reach
from engine.runtime.user_tasks import UserTaskCommand
from engine.store import assigning, sql
from engine.store.database import Transaction
from engine.store.instances import InstanceRow, instance_of, task_of
from engine.store.tables import process_instance, user_task

_LONGEST_ID: Final = 18
#: Sentence for who may not see a case: the same as where there is none.
NO_CASE: Final = "没有这个工单,或您没有权限。"


@dataclass(slots=True, kw_only=True)
class Hand:
    """A transaction in which a case changes hands: who acts, and the runtime's doors in it."""

    runtime: Runtime
    tx: Transaction
    actor: Actor
    now: datetime

    @property
    def connection(self) -> Connection:
        """The transaction's connection."""
        return self.tx.connection

    def cascade(self) -> Cascade:
        """A cascade for one change, to be finished by who asks for it."""
        return self.runtime.cascade(self.tx, self.actor, self.now)

    def note(self, case_id: str, kind: str, value: Value) -> None:
        """An event of a case's history."""
        cascade = self.cascade()
        cascade.note(root_of(cascade, case_id), (Event(kind=kind, value=value),), NOTE)
        cascade.finish()

    def tell(self, people: list[str], occasion: Occasion, text: Said, case_id: str, *, page: str | None = None) -> None:
        """Tell people, but not the actor."""
        notice = Notice(occasion=occasion, text=text, case_id=case_id, page=page)
        tell(self.tx, people, notice, at=self.now, actor=self.actor.id)


@contextmanager
def hand(runtime: Runtime, actor: Actor) -> Iterator[Hand]:
    """A transaction in which something changes hands."""
    with runtime.db.begin() as tx:
        yield Hand(runtime=runtime, tx=tx, actor=actor, now=runtime.clock.now())


def root_of(cascade: Cascade, case_id: str) -> InstanceRow:
    """The root instance of a case.

    Raises:
        NotFound: there is none.
    """
    if not (case_id.isascii() and case_id.isdigit() and len(case_id) <= _LONGEST_ID):
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh=NO_CASE)
    row = cascade.instance(int(case_id))
    if row.case_id != case_id or row.depth:
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh=NO_CASE)
    return row


def change_owner(
    cascade: Cascade, case_id: str, to: str, reason: str, *, why: str = "reassigned", name: str = ""
) -> str:
    """Make a case somebody's, in the caller's transaction; gives whose it was. The first owner never changes.

    Args:
        cascade: of the actor; the caller finishes it.
        case_id: which case.
        to: id of the new owner.
        reason: stands in the history.
        why: transfer, hand_over, stand_in, first_contact, instructed, process or reassigned.
        name: the new owner's name, for the history.

    Raises:
        NotFound: there is no such case.
        StepError: it has ended.
    """
    row = root_of(cascade, case_id)
    if row.over:
        raise StepError(
            "The case has ended and cannot be transferred any more.", message_zh="该工单已结束,不能再转交。"
        )
    before = row.owner
    if before == to:
        return before
    cascade.tx.connection.execute(
        update(process_instance).where(process_instance.c.case_id == case_id).values(owner=to)
    )
    cascade.tx.run(assigning.OWN_TASKS, {"of_case_id": case_id, "owner": to})
    row.owner = to
    value = {"before": before, "after": to, "to_name": name, "why": why, "reason": reason}
    cascade.note(row, (Event(kind="case.owner_changed", value=value),), NOTE)
    return before


def reassign(runtime: Runtime, case_id: str, to: str, reason: str, actor: Actor) -> str:
    """Make a case somebody's at once (P06), with the tasks that its owner has claimed; gives whose it was.

    An offer that waits for an answer is overtaken.

    Raises:
        NotFound: there is no such case, or it is another team's.
        NotAllowed: the actor lacks P06.
        InvalidValue: there is no reason, or the new owner cannot own it.
        StepError: it has ended.
    """
    why = checked_reason(reason)
    with hand(runtime, actor) as it:
        check_p06(it, case_id)
        cascade = it.cascade()
        row = root_of(cascade, case_id)
        receiver = checked_receiver(it, to, row)
        overtake(it, case_id)
        before = change_owner(cascade, case_id, to, why, why="reassigned", name=receiver.name)
        cascade.finish()
        if before != to:
            pass_tasks(it, case_id, before, receiver, why)
            it.tell([to], Occasion.TRANSFER, say("reassigned", who=actor.name, case=case_id, why=why), case_id)
            gone = say("reassigned_away", who=actor.name, case=case_id, to=receiver.name, why=why)
            it.tell([before], Occasion.TRANSFER, gone, case_id)
        return before


def check_p06(it: Hand, case_id: str) -> None:
    """Raise unless the actor may reassign the case.

    Raises:
        NotAllowed: the actor lacks P06.
        NotFound: the case is another team's, or there is none.
    """
    access.check(it.actor, "P06")
    try:
        check_reach(it.connection, it.actor, "P06", case_id)
    except NotAllowed as problem:
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh=NO_CASE) from problem


def check_sees(it: Hand, case_id: str) -> None:
    """Raise unless the actor may see the case and works on cases.

    Raises:
        NotFound: otherwise.
    """
    if not (access.may(it.actor, "P04") and access.may_see_case(it.actor, case_facts(it.connection, case_id))):
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh=NO_CASE)


def checked_reason(text: str, *, what: str = "原因") -> str:
    """A reason as it is kept: without telephone numbers.

    Raises:
        InvalidValue: it is empty or too long.
    """
    said = text.strip()
    if not said:
        raise InvalidValue("Please write a reason.", message_zh=f"请写明{what}。")
    if len(said) > MAX_REASON:
        raise InvalidValue(
            f"The reason may have {MAX_REASON} characters. Please shorten it.",
            message_zh=f"{what}最多 {MAX_REASON} 字,请缩短。",
        )
    return mask_within(said)


def checked_receiver(it: Hand, user_id: str, row: InstanceRow) -> Account:
    """The account that is to own a case.

    Raises:
        InvalidValue: nobody has it, it cannot own cases, it is away, or the case is about its own purchase, or of
            another team.
    """
    found = accounts.find_in(it.connection, user_id)
    if found is None or not found.active:
        raise InvalidValue(f"There is no active account {user_id[:40]!r}.", message_zh="没有这个账号,或已停用。")
    if not access.may_own(found.actor):
        raise InvalidValue(
            f"{found.name} is in no group that can own a case. Please choose an agent or a supervisor.",
            message_zh=f"{found.name}的岗位不能负责工单,请选客服或主管。",
        )
    if row.customer_id in found.customer_ids:
        raise InvalidValue(
            f"This is {found.name}'s own order. Please choose another colleague.",
            message_zh=f"这是{found.name}本人的订单,请选另一位同事。",
        )
    within = access.people_within(it.actor, "P06") if access.may(it.actor, "P06") else None
    if within is not None and user_id not in within and roster.team_of(it.connection, user_id) is not None:
        raise InvalidValue(
            f"{found.name} is of another team. Please ask a manager to reassign the case.",
            message_zh=f"{found.name}不在您的小组,请经理改派。",
        )
    return found


def overtake(it: Hand, case_id: str) -> None:
    """Withdraw the offer of a case that waits for an answer, and tell both."""
    offer = pending_of(it.connection, case_id)
    if offer is None:
        return
    close_offer(it.tx, offer, Status.WITHDRAWN, it.actor.id, at=it.now, answer="已改派")
    told = [offer.from_user, *([offer.to_user] if offer.to_user else [])]
    it.tell(told, Occasion.TRANSFER, say("transfer_overtaken", case=case_id, who=it.actor.name), case_id)


def pass_tasks(it: Hand, case_id: str, holder: str, receiver: Account | None, reason: str) -> int:
    """Pass on the open tasks of a case that somebody has claimed; gives how many.

    Those that the receiver may not do are free.
    """
    found = select(user_task.c.id).where(
        user_task.c.case_id == case_id,
        user_task.c.assignee == holder,
        user_task.c.status == UserTaskStatus.OPEN.value,
    )
    tasks = list(it.connection.execute(found.order_by(user_task.c.id)).scalars())
    for task_id in tasks:
        pass_task(it, task_id, receiver, reason)
    return len(tasks)


def pass_task(it: Hand, task_id: int, receiver: Account | None, reason: str) -> bool:
    """Pass one open task on; whether the receiver has it now, else it is its groups'."""
    found = it.tx.run(sql.SELECT_TASK, {"id": task_id}).fetchone()
    if found is None:
        return False
    row = instance_of(found)
    cascade = it.runtime.cascade(it.tx, it.actor, it.now, {row.key: row})
    command = UserTaskCommand(cascade, task_of(found), row, None)
    return command.pass_on(None if receiver is None else receiver.actor, reason)
