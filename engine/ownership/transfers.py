"""Transfers (E07): a case, or one claimed task, is offered with a reason; the receiver accepts or returns it.

Until it is accepted the case stays with who has it.
"""

from __future__ import annotations

from sqlalchemy import select

from engine import access, roster
from engine.access import GROUPS
from engine.accounts import Account, find_in
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.masking import mask_within
from engine.model import Actor, UserTaskStatus
from engine.notifications import Occasion, members_of, said_group, say
from engine.ownership.offers import Offer, answer_by, close_offer, count_of, get_offer, insert_offer
from engine.ownership.owner import (
    NO_CASE,
    Hand,
    change_owner,
    check_sees,
    checked_reason,
    checked_receiver,
    hand,
    pass_task,
    pass_tasks,
    root_of,
)
from engine.ownership.words import ALERT_FROM, MAX_NOTE, RECEIVING, Kind, Status
from engine.runtime import Runtime
from engine.store.instances import InstanceRow
from engine.store.tables import user_task

_PAGE = "/transfers"
_NOT_YOURS = "没有这条转交,或不是转给您的。"


def request(
    runtime: Runtime,
    case_id: str,
    actor: Actor,
    *,
    reason: str,
    to_user: str | None = None,
    to_group: str | None = None,
    task: int | None = None,
    note: str = "",
) -> int:
    """Offer an own case, or a task that the actor has claimed in somebody else's, to a colleague or a group.

    Args:
        runtime: the runtime.
        case_id: which case.
        actor: its owner, or who has claimed the task.
        reason: why; stands in the history.
        to_user, to_group: one of them.
        task: only this user task; the case stays whose it is.
        note: what the receiver should know; it is no part of the history.

    Returns:
        The transfer's id.

    Raises:
        NotFound: there is no such case or task, or the actor may not see it.
        NotAllowed: it is somebody else's.
        InvalidValue: reason or receiver is missing, or the receiver cannot take it.
        StepError: it is offered already, or has ended.
    """
    why, said = checked_reason(reason), checked_note(note)
    with hand(runtime, actor) as it:
        check_sees(it, case_id)
        return offer_case(it, case_id, Kind.TRANSFER, why, to_user=to_user, to_group=to_group, task=task, note=said)


def offer_case(
    it: Hand,
    case_id: str,
    kind: Kind,
    reason: str,
    *,
    to_user: str | None,
    to_group: str | None,
    task: int | None = None,
    note: str = "",
    hand_over: int | None = None,
    quiet: bool = False,
) -> int:
    """The offer within the caller's transaction; ``quiet``: the caller tells the receiver. Errors as of ``request``."""
    row = root_of(it.cascade(), case_id)
    _check_holder(it, row, task)
    receiver = check_target(it, row, to_user, to_group)
    nth = count_of(it.connection, case_id) + 1
    key = insert_offer(
        it.tx,
        kind,
        case_id,
        it.actor.id,
        at=it.now,
        due_at=answer_by(it.connection, to_user, it.now),
        to_user=to_user,
        to_group=to_group,
        task=task,
        reason=reason,
        note=note,
        hand_over=hand_over,
    )
    name = receiver.name if receiver is not None else GROUPS[to_group or ""]
    value = {"to": to_user or to_group, "to_name": name, "reason": reason, "task": task, "why": kind.value}
    it.note(case_id, "case.transfer_requested", value)
    if not quiet:
        people = [to_user] if to_user else group_people(it, to_group or "")
        what = "transfer_of_case" if task is None else "transfer_of_task"
        said = say(what, who=it.actor.name, case=case_id, why=reason)
        it.tell(people, Occasion.TRANSFER, said, case_id, page=_PAGE)
    if kind is Kind.TRANSFER and task is None and nth >= ALERT_FROM:
        to = said_group(to_group or "") if receiver is None else receiver.name
        text = say("transferred_often", case=case_id, count=nth, who=it.actor.name, to=to, why=reason)
        it.tell(roster.supervisors_of(it.connection, it.actor.id, it.now), Occasion.TRANSFER, text, case_id)
    return key


def accept(runtime: Runtime, offer_id: int, actor: Actor) -> Offer:
    """Take what is offered: the case with the claimed tasks of who had it, or the one task.

    Raises:
        NotFound: there is no such offer for the actor.
        NotAllowed: the case is about the actor's own purchase.
        StepError: it is answered, or there is nothing to take any more.
    """
    with hand(runtime, actor) as it:
        offer = _offered(it, offer_id)
        row = root_of(it.cascade(), offer.case_id)
        access.check_own_case(actor, row.customer_id)
        if offer.kind is Kind.INSTRUCTION:
            raise NotFound("a supervisor answers it", message_zh=_NOT_YOURS)
        if row.over or (offer.task is not None and not _is_claimed(it, offer.task, offer.from_user)):
            raise StepError(
                "The case or task is done, so there is nothing to take any more.",
                message_zh="工单或任务已经办完,不用再接受。",
            )
        if offer.task is None and row.owner != offer.from_user:
            raise StepError(
                "The case has another owner by now, so there is nothing to take any more.",
                message_zh="工单已换了负责人,不用再接受。",
            )
        close_offer(it.tx, offer, Status.ACCEPTED, actor.id, at=it.now)
        it.note(offer.case_id, "case.transfer_accepted", {"from": offer.from_user, "task": offer.task})
        _take(it, offer)
        what = "accepted_case" if offer.task is None else "accepted_task"
        it.tell([offer.from_user], Occasion.TRANSFER, say(what, who=actor.name, case=offer.case_id), offer.case_id)
        return offer


def return_(runtime: Runtime, offer_id: int, actor: Actor, *, reason: str) -> Offer:
    """Give back what is offered, with a reason; it stays whose it is.

    Raises:
        NotFound: there is no such offer for the actor.
        InvalidValue: there is no reason.
        StepError: it is answered already.
    """
    with hand(runtime, actor) as it:
        offer = _offered(it, offer_id)
        why = checked_reason(reason, what="退回原因")
        if offer.kind is Kind.INSTRUCTION:
            raise NotFound("a supervisor answers it", message_zh=_NOT_YOURS)
        close_offer(it.tx, offer, Status.RETURNED, actor.id, at=it.now, answer=why)
        it.note(offer.case_id, "case.transfer_returned", {"to": offer.from_user, "task": offer.task, "reason": why})
        text = say("transfer_returned", who=actor.name, case=offer.case_id, why=why)
        it.tell([offer.from_user], Occasion.TRANSFER, text, offer.case_id, page=f"{_PAGE}?box=from_me")
        return offer


def withdraw(runtime: Runtime, offer_id: int, actor: Actor) -> Offer:
    """Take an own offer back before it is answered.

    Raises:
        NotFound: the actor has made no such offer; what a stand-in or a supervisor is asked is none.
        StepError: it is answered already.
    """
    with hand(runtime, actor) as it:
        offer = get_offer(it.connection, offer_id)
        if offer.from_user != actor.id or offer.kind not in (Kind.TRANSFER, Kind.HAND_OVER):
            raise NotFound(f"transfer {offer_id} is not of {actor.id}", message_zh=_NOT_YOURS)
        close_offer(it.tx, offer, Status.WITHDRAWN, actor.id, at=it.now)
        it.note(offer.case_id, "case.transfer_withdrawn", {"to": offer.to_user or offer.to_group, "task": offer.task})
        if offer.to_user:
            said = say("transfer_withdrawn", who=actor.name, case=offer.case_id)
            it.tell([offer.to_user], Occasion.TRANSFER, said, offer.case_id)
        return offer


def check_target(it: Hand, row: InstanceRow, to_user: str | None, to_group: str | None) -> Account | None:
    """Who is to receive a case; None where it is a group.

    Raises:
        InvalidValue: neither or both are given, it is who has it already, or the receiver cannot take it.
    """
    if (to_user is None) == (to_group is None):
        raise InvalidValue(
            "Please choose who receives it: one colleague or one group.", message_zh="请选择转给谁:一位同事或一个岗位。"
        )
    if to_group is not None:
        if to_group not in RECEIVING:
            raise InvalidValue(
                f"{to_group!r} receives no cases. Please choose a group of agents or supervisors.",
                message_zh="请选择客服或主管岗位。",
            )
        return None
    if to_user == it.actor.id:
        raise InvalidValue("You cannot transfer something to yourself.", message_zh="不能转给自己。")
    found = checked_receiver(it, to_user or "", row)
    if to_user is not None and roster.is_away(it.connection, to_user, it.now):
        other = roster.stand_in(it.connection, to_user, it.now)
        named = None if other is None else find_in(it.connection, other)
        hint, hint_en = ",请另选一位", "; please choose somebody else"
        if named is not None:
            hint, hint_en = f",可转给代班的{named.name}", f"; {named.name} stands in"
        raise InvalidValue(
            f"{found.name} is away just now{hint_en}.", message_zh=f"{found.name}现在不在班(已登记缺勤){hint}。"
        )
    return found


def group_people(it: Hand, group: str) -> list[str]:
    """Whom of a group an offer is told: those on duty if any is."""
    members = members_of(it.connection, [group])
    present = roster.on_duty(it.connection, it.now)
    return [one for one in members if one in present] or members


def checked_note(text: str) -> str:
    """A note as it is kept: without telephone numbers.

    Raises:
        InvalidValue: it is too long.
    """
    said = text.strip()
    if len(said) > MAX_NOTE:
        raise InvalidValue(
            f"The note may have {MAX_NOTE} characters. Please shorten it.",
            message_zh=f"交接说明最多 {MAX_NOTE} 字,请缩短。",
        )
    return mask_within(said)


def _check_holder(it: Hand, row: InstanceRow, task: int | None) -> None:
    if row.over:
        raise StepError(
            "The case has ended and cannot be transferred any more.", message_zh="该工单已结束,不能再转交。"
        )
    if task is None:
        if row.owner != it.actor.id:
            raise NotAllowed(
                "You do not own this case and cannot transfer it. A supervisor can reassign it.",
                message_zh="您不是该工单的负责人,不能转交;主管可以改派。",
            )
        return
    found = select(user_task.c.id).where(user_task.c.id == task, user_task.c.case_id == row.case_id)
    if it.connection.execute(found).first() is None:
        raise NotFound(f"case {row.case_id} has no user task {task}", message_zh=NO_CASE)
    if not _is_claimed(it, task, it.actor.id):
        raise NotAllowed(
            "You can transfer only a task that you have claimed and not yet done.",
            message_zh="只能转交您已认领、还没办完的任务。",
        )


def _is_claimed(it: Hand, task: int, by: str) -> bool:
    found = select(user_task.c.id).where(
        user_task.c.id == task, user_task.c.assignee == by, user_task.c.status == UserTaskStatus.OPEN.value
    )
    return it.connection.execute(found).first() is not None


def _offered(it: Hand, offer_id: int) -> Offer:
    """An offer that the actor may answer.

    Raises:
        NotFound: there is none.
        StepError: it is answered already.
    """
    offer = get_offer(it.connection, offer_id)
    if not offer.concerns(it.actor):
        raise NotFound(f"transfer {offer_id} is not for {it.actor.id}", message_zh=_NOT_YOURS)
    if offer.status is not Status.PENDING:
        raise StepError(
            "This transfer is answered already. Please reload the page.", message_zh="这条转交已经处理过,请刷新。"
        )
    return offer


def _take(it: Hand, offer: Offer) -> None:
    receiver = find_in(it.connection, it.actor.id)
    why = offer.reason or "交接"
    if offer.task is not None:
        pass_task(it, offer.task, receiver, why)
        return
    cascade = it.cascade()
    before = change_owner(cascade, offer.case_id, it.actor.id, why, why=offer.kind.value, name=it.actor.name)
    cascade.finish()
    if before != it.actor.id:
        pass_tasks(it, offer.case_id, before, receiver, why)
    if offer.from_user not in (before, it.actor.id):
        pass_tasks(it, offer.case_id, offer.from_user, receiver, why)
