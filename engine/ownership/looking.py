"""What the worker looks at: absences that begin and end, offers that nobody answers, and those that came to nothing."""

from __future__ import annotations

from sqlalchemy import Connection, and_, exists, select, update

from engine import roster
from engine.clock import to_microseconds
from engine.errors import StepError
from engine.model import SYSTEM, InstanceStatus, UserTaskStatus
from engine.notifications import Occasion, Said, members_of, say
from engine.ownership import away
from engine.ownership.offers import Offer, close_offer, offer_of
from engine.ownership.owner import Hand, hand
from engine.ownership.words import Kind, Status
from engine.runtime import Runtime
from engine.store.tables import process_instance, transfer, user_task

_OVER = (InstanceStatus.COMPLETED.value, InstanceStatus.CANCELLED.value)
_PENDING = transfer.c.status == "pending"
#: What is offered → why, in English, where it is the product that says why.
_REASONS = {
    Kind.HAND_OVER: "end of the shift",
    Kind.STAND_IN: "the owner is away",
    Kind.INSTRUCTION: "the buyer is in a hurry and the owner is off duty",
}


def look(runtime: Runtime) -> bool:
    """Do what is due by the runtime's clock, each thing in a transaction of its own; right in any number of processes.

    Gives whether it has made jobs, which it never does.
    """
    now = runtime.clock.now()
    with runtime.db.read() as connection:
        beginning, ending = roster.beginning(connection, now), roster.ending(connection, now)
        unanswered, void = _unanswered(connection, to_microseconds(now)), _void(connection)
    for absence in beginning:
        away.begin(runtime, absence)
    for absence in ending:
        away.end(runtime, absence)
    for offer in void:
        _close(runtime, offer)
    gone = {offer.id for offer in void}
    for offer in unanswered:
        if offer.id not in gone:
            _alert(runtime, offer)
    return False


def _unanswered(connection: Connection, now: int) -> list[Offer]:
    found = select(transfer).where(_PENDING, transfer.c.told_at.is_(None), transfer.c.due_at <= now)
    return [offer_of(row) for row in connection.execute(found.order_by(transfer.c.due_at, transfer.c.id))]


def _void(connection: Connection) -> list[Offer]:
    """Offers of cases that have ended, and of tasks that are done or somebody else's by now."""
    ended = exists().where(
        process_instance.c.case_id == transfer.c.case_id,
        process_instance.c.depth == 0,
        process_instance.c.status.in_(_OVER),
    )
    still = exists().where(
        and_(
            user_task.c.id == transfer.c.task,
            user_task.c.status == UserTaskStatus.OPEN.value,
            user_task.c.assignee == transfer.c.from_user,
        )
    )
    cases = select(transfer).where(_PENDING, transfer.c.task.is_(None), ended)
    tasks = select(transfer).where(_PENDING, transfer.c.task.is_not(None), ~still)
    return [offer_of(row) for found in (cases, tasks) for row in connection.execute(found)]


def _close(runtime: Runtime, offer: Offer) -> None:
    with hand(runtime, SYSTEM) as it:
        try:
            close_offer(it.tx, offer, Status.VOID, None, at=it.now, answer="已办完")
        except StepError:  # answered meanwhile
            return


def _alert(runtime: Runtime, offer: Offer) -> None:
    """Tell the superiors once that nobody has answered (SLA-07, E07)."""
    with hand(runtime, SYSTEM) as it:
        marked = it.connection.execute(
            update(transfer)
            .where(transfer.c.id == offer.id, _PENDING, transfer.c.told_at.is_(None))
            .values(told_at=to_microseconds(it.now))
        )
        if marked.rowcount != 1:
            return
        people = _superiors(it, offer)
        if offer.kind is Kind.INSTRUCTION:
            kind = "instruction_waits"
        else:
            kind = "transfer_of_case_waits" if offer.task is None else "transfer_of_task_waits"
        text = say(kind, case=offer.case_id, why=_reason(offer))
        it.note(offer.case_id, "case.transfer_unanswered", {"to": offer.to_user or offer.to_group, "task": offer.task})
        occasion = Occasion.HAND_OVER if offer.kind is Kind.HAND_OVER else Occasion.TRANSFER
        it.tell(people, occasion, text, offer.case_id, page="/transfers?box=team")


def _reason(offer: Offer) -> Said:
    """Why it was offered; what the product itself says then has its English."""
    return Said(offer.reason, _REASONS.get(offer.kind, offer.reason))


def _superiors(it: Hand, offer: Offer) -> list[str]:
    if offer.kind is Kind.INSTRUCTION:
        return members_of(it.connection, ["dept_manager"])
    return roster.supervisors_of(it.connection, offer.from_user, it.now)
