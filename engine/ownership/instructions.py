"""What the supervisor says when the buyer is in a hurry and the one who holds the case is away (a03)."""

from __future__ import annotations

from engine.accounts import find_in
from engine.errors import InvalidValue, NotFound, StepError
from engine.model import Actor
from engine.notifications import Occasion, Said, say
from engine.ownership.offers import Offer, close_offer, get_offer
from engine.ownership.owner import (
    Hand,
    change_owner,
    check_p06,
    checked_reason,
    checked_receiver,
    hand,
    pass_tasks,
    root_of,
)
from engine.ownership.words import Instruction, Kind, Status
from engine.runtime import Runtime


def instruct(
    runtime: Runtime, offer_id: int, actor: Actor, what: Instruction, *, note: str, target: str | None = None
) -> Offer:
    """Answer who asked (P06): who handles the case.

    Args:
        runtime: the runtime.
        offer_id: of the question.
        actor: the supervisor, or a department manager.
        what: who asked goes on, another agent or the supervisor takes the case, or it waits for its owner.
        note: what is to be done; needed.
        target: whose it becomes; needed with ``OTHER``.

    Raises:
        NotFound: there is no such question, it is the actor's own, or the case is another team's.
        NotAllowed: the actor lacks P06.
        InvalidValue: note or target is missing, or the target cannot own the case.
        StepError: it is answered, or the case has ended.
    """
    said = checked_reason(note, what="指示说明")
    with hand(runtime, actor) as it:
        offer = get_offer(it.connection, offer_id)
        if offer.kind is not Kind.INSTRUCTION:
            raise NotFound(f"transfer {offer_id} is no question", message_zh="没有这条请示。")
        check_p06(it, offer.case_id)
        if offer.from_user == actor.id:
            raise NotFound(f"{actor.id} has asked {offer_id}", message_zh="请示须由另一位主管或经理答复。")
        if offer.status is not Status.PENDING:
            raise StepError(
                "This question is answered already. Please reload the page.", message_zh="这条请示已经答复过,请刷新。"
            )
        status = Status.RETURNED if what is Instruction.WAIT else Status.ACCEPTED
        close_offer(it.tx, offer, status, actor.id, at=it.now, answer=said)
        it.note(offer.case_id, "case.instructed", {"instruction": what.value, "to": target, "reason": said})
        owner = _carry_out(it, offer, what, said, target)
        words = {
            Instruction.AUTHORISE: Said("由您临时处理", "you take it for now"),
            Instruction.OTHER: Said(f"转给{owner}", f"it goes to {owner}"),
            Instruction.SELF: Said("主管亲自处理", "the supervisor takes it"),
            Instruction.WAIT: Said("等原负责人上班", "it waits for its owner's next shift"),
        }[what]
        text = say("instructed", who=actor.name, case=offer.case_id, what=words, why=said)
        it.tell([offer.from_user], Occasion.TRANSFER, text, offer.case_id)
        return offer


def _carry_out(it: Hand, offer: Offer, what: Instruction, note: str, target: str | None) -> str:
    """Change the owner where that is said; gives the new one's name."""
    if what in (Instruction.AUTHORISE, Instruction.WAIT):
        return ""
    if what is Instruction.OTHER and not target:
        raise InvalidValue("Please choose the colleague who takes it.", message_zh="请选择转给哪位同事。")
    to = it.actor.id if what is Instruction.SELF else target or ""
    cascade = it.cascade()
    row = root_of(cascade, offer.case_id)
    receiver = checked_receiver(it, to, row)
    before = change_owner(cascade, offer.case_id, to, note, why="instructed", name=receiver.name)
    cascade.finish()
    if before != to:
        pass_tasks(it, offer.case_id, before, find_in(it.connection, to), note)
        text = say("instructed_owner", who=it.actor.name, case=offer.case_id, to=receiver.name, why=note)
        it.tell([before, to], Occasion.TRANSFER, text, offer.case_id)
    return receiver.name
