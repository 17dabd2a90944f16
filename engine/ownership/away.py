"""When somebody's absence begins: claimed tasks go to the stand-in or back, cases are offered; and back at its end."""

from __future__ import annotations

from sqlalchemy import select

from engine import access, roster
from engine.accounts import Account, find_in
from engine.clock import to_microseconds
from engine.model import SYSTEM, InstanceStatus, UserTaskStatus
from engine.notifications import Occasion, Said, say
from engine.ownership.offers import answer_by, close_offer, insert_offer, offer_of, pending_of
from engine.ownership.owner import Hand, change_owner, hand, overtake, pass_task, pass_tasks, root_of
from engine.ownership.words import Kind, Status
from engine.roster import KINDS, Absence
from engine.runtime import Runtime
from engine.store.tables import process_instance, transfer, user, user_task

_RUNNING = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)
_HIGH = "high"
#: Kind of an absence → English.
_ABSENCES = {"leave": "on leave", "sick": "ill", "out": "out", "training": "in training", "other": "away"}


def begin(runtime: Runtime, absence: Absence) -> bool:
    """Pass the work of somebody who is away on; False: another process has, or the absence was called off.

    Of an absence that is over by now nothing is passed on.
    """
    with hand(runtime, SYSTEM) as it:
        if not roster.mark_begun(it.tx, absence.id, it.now):
            return False
        if not absence.covers(it.now):
            return True
        name = _name(it, absence.user)
        why = f"{name}{KINDS[absence.kind]},任务交接"
        passed, urgent = _pass_tasks(it, absence, why)
        cases, high = _offer_cases(it, absence, f"{name}{KINDS[absence.kind]},请代为跟进")
        _tell(it, absence, name, passed, cases, urgent + high)
        return True


def end(runtime: Runtime, absence: Absence) -> bool:
    """Give back to somebody who is back what the stand-in had taken over; False: another process has."""
    with hand(runtime, SYSTEM) as it:
        if not roster.mark_ended(it.tx, absence.id, it.now):
            return False
        back = 0
        rows = it.connection.execute(select(transfer).where(transfer.c.absence == absence.id).order_by(transfer.c.id))
        for offer in map(offer_of, rows.all()):
            if offer.status is Status.PENDING:
                close_offer(it.tx, offer, Status.WITHDRAWN, None, at=it.now, answer="缺勤结束")
                it.note(offer.case_id, "case.transfer_withdrawn", {"to": offer.to_user, "task": None})
            elif offer.status is Status.ACCEPTED and offer.to_user is not None:
                back += _give_back(it, absence, offer.case_id, offer.to_user)
        if back and absence.stand_in is not None:
            text = say("given_back", who=_name(it, absence.user), count=back)
            it.tell([absence.user, absence.stand_in], Occasion.HAND_OVER, text, "", page="/cases")
        return True


def _pass_tasks(it: Hand, absence: Absence, why: str) -> tuple[int, int]:
    """Tasks that were passed on, and those of them that are urgent or late and nobody's now."""
    found = select(user_task.c.id, user_task.c.urgency, user_task.c.due_at).where(
        user_task.c.assignee == absence.user, user_task.c.status == UserTaskStatus.OPEN.value
    )
    receiver = _present(it, absence.stand_in)
    rows = it.connection.execute(found.order_by(user_task.c.id)).all()
    free = 0
    for row in rows:
        taken = pass_task(it, row.id, receiver, why)
        pressing = row.urgency == 0 or (row.due_at is not None and row.due_at < to_microseconds(absence.to_at))
        free += pressing and not taken
    return len(rows), free


def _offer_cases(it: Hand, absence: Absence, why: str) -> tuple[int, int]:
    """Cases that were offered to the stand-in, and urgent ones that nobody looks after."""
    found = select(process_instance.c.case_id, process_instance.c.priority).where(
        process_instance.c.owner == absence.user,
        process_instance.c.depth == 0,
        process_instance.c.status.in_(_RUNNING),
    )
    receiver = _present(it, absence.stand_in)
    offered = left = 0
    for row in it.connection.execute(found.order_by(process_instance.c.key)).all():
        if receiver is None:
            left += row.priority == _HIGH
        elif pending_of(it.connection, row.case_id) is None:
            _offer(it, absence, row.case_id, receiver.id, why)
            offered += 1
    return offered, left


def _offer(it: Hand, absence: Absence, case_id: str, stand_in: str, why: str) -> None:
    insert_offer(
        it.tx,
        Kind.STAND_IN,
        case_id,
        absence.user,
        at=it.now,
        due_at=answer_by(it.connection, stand_in, it.now),
        to_user=stand_in,
        reason=why,
        absence=absence.id,
    )
    value = {"to": stand_in, "to_name": _name(it, stand_in), "reason": why, "task": None, "why": Kind.STAND_IN.value}
    it.note(case_id, "case.transfer_requested", value)


def _give_back(it: Hand, absence: Absence, case_id: str, stand_in: str) -> int:
    cascade = it.cascade()
    row, owner = root_of(cascade, case_id), _present(it, absence.user)
    if row.over or row.owner != stand_in or owner is None:  # it has gone on to somebody else, or the owner has left
        return 0
    overtake(it, case_id)
    change_owner(cascade, case_id, owner.id, f"{owner.name}返岗", why=Kind.STAND_IN.value, name=owner.name)
    cascade.finish()
    pass_tasks(it, case_id, stand_in, owner, f"{owner.name}返岗")
    return 1


def _present(it: Hand, user_id: str | None) -> Account | None:
    """The account while it works on cases; None: nobody was named, or the person has left meanwhile."""
    found = None if user_id is None else find_in(it.connection, user_id)
    return found if found is not None and found.active and access.may_own(found.actor) else None


def _tell(it: Hand, absence: Absence, name: str, passed: int, cases: int, pressing: int) -> None:
    if absence.stand_in is not None and (cases or passed):
        why = Said(KINDS[absence.kind], _ABSENCES[absence.kind])
        text = say("stand_in", who=name, absence=why, cases=cases, tasks=passed)
        it.tell([absence.stand_in], Occasion.HAND_OVER, text, "", page="/transfers")
    if pressing:
        people = roster.supervisors_of(it.connection, absence.user, it.now)
        text = say("nobody_stands_in", who=name, count=pressing)
        it.tell(people, Occasion.HAND_OVER, text, "", page="/transfers?box=team")


def _name(it: Hand, user_id: str) -> str:
    return it.connection.execute(select(user.c.name).where(user.c.id == user_id)).scalar_one_or_none() or user_id
