"""Rows of the table ``transfer``: offering, closing, asking for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from engine import access, calendars, roster
from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.errors import NotFound, StepError
from engine.model import Actor
from engine.ownership.words import ANSWER_WITHIN, Kind, Status
from engine.store.database import Transaction
from engine.store.tables import transfer
from engine.worktime import CalendarProblem

#: Who begins to work later than this is not waited for.
_SHIFT_WITHIN: Final = timedelta(hours=36)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A row of ``transfer``; times are aware UTC."""

    id: int
    kind: Kind
    case_id: str
    #: The one user task that is offered; None: the case with its claimed tasks.
    task: int | None
    from_user: str
    to_user: str | None
    to_group: str | None
    reason: str
    note: str
    status: Status
    requested_at: datetime
    due_at: datetime
    told_at: datetime | None
    answered_by: str | None
    answered_at: datetime | None
    answer: str | None
    hand_over: int | None
    absence: int | None

    def concerns(self, actor: Actor) -> bool:
        """Whether the actor may answer: to whom it is offered, by name or as one of a group."""
        if not access.may_own(actor):
            return False
        if self.to_user is not None:
            return actor.id == self.to_user
        return actor.id != self.from_user and self.to_group in actor.groups


def offer_of(row: Any) -> Offer:
    """The offer in a row of the table."""

    return Offer(
        id=row.id,
        kind=Kind(row.kind),
        case_id=row.case_id,
        task=row.task,
        from_user=row.from_user,
        to_user=row.to_user,
        to_group=row.to_group,
        reason=row.reason,
        note=row.note,
        status=Status(row.status),
        requested_at=from_microseconds(row.requested_at),
        due_at=from_microseconds(row.due_at),
        told_at=instant_or_none(row.told_at),
        answered_by=row.answered_by,
        answered_at=instant_or_none(row.answered_at),
        answer=row.answer,
        hand_over=row.hand_over,
        absence=row.absence,
    )


def get_offer(connection: Connection, offer_id: int) -> Offer:
    """One offer, whosoever's.

    Raises:
        NotFound: there is none of this id.
    """
    row = connection.execute(select(transfer).where(transfer.c.id == offer_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no transfer {offer_id}", message_zh="没有这条转交。")
    return offer_of(row)


def pending_of(connection: Connection, case_id: str) -> Offer | None:
    """The offer of a case that waits for an answer; None: there is none. Offers of single tasks do not count."""
    found = select(transfer).where(
        transfer.c.case_id == case_id, transfer.c.status == Status.PENDING, transfer.c.task.is_(None)
    )
    row = connection.execute(found).one_or_none()
    return None if row is None else offer_of(row)


def count_of(connection: Connection, case_id: str) -> int:
    """How often a case was offered by who had it; what was withdrawn does not count."""
    found = select(func.count()).where(
        transfer.c.case_id == case_id, transfer.c.kind == Kind.TRANSFER, transfer.c.status != Status.WITHDRAWN
    )
    return connection.execute(found).scalar_one()


def insert_offer(
    tx: Transaction,
    kind: Kind,
    case_id: str,
    actor_id: str,
    *,
    at: datetime,
    due_at: datetime,
    to_user: str | None = None,
    to_group: str | None = None,
    task: int | None = None,
    reason: str = "",
    note: str = "",
    hand_over: int | None = None,
    absence: int | None = None,
) -> int:
    """Write an offer; gives its id.

    Raises:
        StepError: the case or task is offered already.
    """
    if task is None and pending_of(tx.connection, case_id) is not None:
        raise StepError(
            "A transfer of this case waits for an answer already. Please answer or withdraw it first.",
            message_zh="该工单已有一条转交在等待答复,请先处理或撤回。",
        )
    if task is not None and _is_offered(tx.connection, task):
        raise StepError(
            "A transfer of this task waits for an answer already. Please answer or withdraw it first.",
            message_zh="该任务已有一条转交在等待答复,请先处理或撤回。",
        )
    values = {
        "kind": kind.value,
        "case_id": case_id,
        "task": task,
        "from_user": actor_id,
        "to_user": to_user,
        "to_group": to_group,
        "reason": reason,
        "note": note,
        "status": Status.PENDING.value,
        "requested_at": to_microseconds(at),
        "due_at": to_microseconds(due_at),
        "hand_over": hand_over,
        "absence": absence,
    }
    (key,) = tx.connection.execute(insert(transfer).values(values).returning(transfer.c.id)).one()
    return int(key)


def close_offer(
    tx: Transaction, offer: Offer, status: Status, by: str | None, *, at: datetime, answer: str = ""
) -> None:
    """Say what has become of a pending offer.

    Raises:
        StepError: somebody was faster.
    """
    changed = tx.connection.execute(
        update(transfer)
        .where(transfer.c.id == offer.id, transfer.c.status == Status.PENDING)
        .values(status=status.value, answered_by=by, answered_at=to_microseconds(at), answer=answer or None)
    )
    if changed.rowcount != 1:
        raise StepError(
            "This transfer is answered already. Please reload the page.", message_zh="这条转交已经处理过,请刷新。"
        )


def answer_by(connection: Connection, receiver: str | None, now: datetime) -> datetime:
    """Until when an offer is to be answered: half an hour from now, while the receiver is on duty.

    For who begins to work within the next day and a half it counts from there; where the roster says nothing, in
    working time. Of a group (``receiver`` None) anybody on duty will do.
    """
    present = roster.on_duty(connection, now)
    if receiver in present or (receiver is None and present):
        return now + ANSWER_WITHIN
    shift = None if receiver is None else roster.next_shift(connection, receiver, now)
    if shift is not None and now < shift[0] <= now + _SHIFT_WITHIN:
        return shift[0] + ANSWER_WITHIN
    try:
        return calendars.calendar_at(connection, now).add(now, ANSWER_WITHIN)
    except CalendarProblem:
        return now + ANSWER_WITHIN


def _is_offered(connection: Connection, task: int) -> bool:
    found = select(transfer.c.id).where(transfer.c.task == task, transfer.c.status == Status.PENDING)
    return connection.execute(found).first() is not None
