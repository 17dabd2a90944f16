"""First contact (SLA-06, 首问负责): a buyer's new case goes to the colleague who holds the open one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from engine import access, roster
from engine.clock import SHANGHAI
from engine.history.commands import NOTE
from engine.holders import Holder, holder_of
from engine.model import Actor, Event, Variables
from engine.notifications import Notice, Occasion, members_of, say, tell
from engine.ownership.offers import insert_offer
from engine.ownership.words import INSTRUCT_WITHIN, Kind
from engine.runtime import Runtime
from engine.runtime.cascade import Cascade
from engine.runtime.runtime import Started
from engine.store.instances import InstanceRow

#: Property of a process whose diagram settles first contact itself.
FIRST_CONTACT: Final = "first_contact"
DRAWN: Final = "drawn"


class OwnerAction(StrEnum):
    """What becomes of a buyer's new case (dmn_case_owner_action)."""

    TAKE = "take"
    CONTINUE = "continue"
    TRANSFER = "transfer"
    WAIT_OWNER = "wait_owner"
    ASK_SUPERVISOR = "ask_supervisor"


#: dmn_case_owner_action, hit policy UNIQUE: has_owner, owner_is_me, owner_online, urgent → owner_action; None: any.
RULES: Final[Sequence[tuple[tuple[bool | None, ...], OwnerAction]]] = (
    ((False, None, None, None), OwnerAction.TAKE),
    ((True, True, None, None), OwnerAction.CONTINUE),
    ((True, False, True, None), OwnerAction.TRANSFER),
    ((True, False, False, False), OwnerAction.WAIT_OWNER),
    ((True, False, False, True), OwnerAction.ASK_SUPERVISOR),
)


def owner_action(*, has_owner: bool, owner_is_me: bool, owner_online: bool, urgent: bool) -> OwnerAction:
    """The one rule that fits."""
    facts = (has_owner, owner_is_me, owner_online, urgent)
    (found,) = [
        action
        for inputs, action in RULES
        if all(asked is None or asked == fact for asked, fact in zip(inputs, facts, strict=True))
    ]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What becomes of a new case, and why."""

    action: OwnerAction
    holder: Holder | None
    urgent: bool

    def owner(self, actor: Actor) -> str:
        """Whose the new case is."""
        moved = (OwnerAction.TRANSFER, OwnerAction.WAIT_OWNER, OwnerAction.ASK_SUPERVISOR)
        return self.holder.user if self.holder is not None and self.action in moved else actor.id


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedCase:
    """A case that was started, and what first contact said about it."""

    instance_key: int
    case_id: str
    advice: Advice


def advise(holder: Holder | None, actor: Actor, *, urgent: bool) -> Advice:
    """What becomes of a case that the actor starts."""
    action = owner_action(
        has_owner=holder is not None,
        owner_is_me=holder is not None and holder.user == actor.id,
        owner_online=holder is not None and holder.online,
        urgent=urgent,
    )
    return Advice(action=action, holder=holder, urgent=urgent)


def start_case(
    runtime: Runtime,
    process_id: str,
    variables: Variables,
    actor: Actor,
    *,
    start_key: str | None = None,
    urgent: bool = False,
    notes: tuple[Event, ...] = (),
) -> StartedCase:
    """Start a case by hand, with the owner that first contact asks for; the actor stays its first owner.

    A process whose diagram settles first contact itself (property ``first_contact`` = ``drawn``) is left to do so.

    Args:
        runtime: the runtime.
        process_id, variables, start_key: as of ``Runtime.start``.
        actor: who starts it.
        urgent: the buyer cannot wait until the holder is back.
        notes: what the history keeps of the start besides.

    Raises:
        As ``Runtime.start``.
    """
    with runtime.db.read() as connection:
        texts = {name: _text(variables.get(name)) for name in ("customer_id", "order_id", "shop")}
        now = runtime.clock.now()
        holder = None
        if access.may_own(actor) and not _settles_itself(runtime, process_id):
            holder = holder_of(connection, texts["customer_id"], texts["order_id"], texts["shop"], now, me=actor.id)
    advice = advise(holder, actor, urgent=urgent)
    owner = advice.owner(actor)
    moved = owner != actor.id

    def settle(cascade: Cascade, row: InstanceRow) -> None:
        if notes:
            cascade.note(row, notes, NOTE)
        if moved and advice.holder is not None:
            _hand_on(cascade, row, advice, advice.holder)

    started: Started = runtime.start(
        process_id, variables, actor, start_key=start_key, owner=owner if moved else None, settle=settle
    )
    return StartedCase(instance_key=started.instance_key, case_id=started.case_id, advice=advice)


def _settles_itself(runtime: Runtime, process_id: str) -> bool:
    runtime.definitions.refresh()
    found = runtime.definitions.find_latest(process_id)
    return found is not None and found.definition.properties.get(FIRST_CONTACT) == DRAWN


def back_words(back_at: datetime | None) -> str:
    """When somebody is back, as the buyer is told."""
    return "" if back_at is None else f"{back_at.astimezone(SHANGHAI):%m月%d日 %H:%M}"


def _hand_on(cascade: Cascade, row: InstanceRow, advice: Advice, holder: Holder) -> None:
    actor = cascade.actor
    value = {
        "before": actor.id,
        "after": holder.user,
        "to_name": holder.name,
        "why": "first_contact",
        "reason": f"首问负责:买家的工单 {holder.case_id} 由{holder.name}负责",
    }
    cascade.note(row, (Event(kind="case.owner_changed", value=value),), NOTE)
    kind = {
        OwnerAction.TRANSFER: "first_contact",
        OwnerAction.WAIT_OWNER: "first_contact_later",
        OwnerAction.ASK_SUPERVISOR: "first_contact_asked",
    }[advice.action]
    said = say(kind, who=actor.name, case=row.case_id)
    notice = Notice(occasion=Occasion.TRANSFER, text=said, case_id=row.case_id)
    tell(cascade.tx, [holder.user], notice, at=cascade.now, actor=actor.id)
    if advice.action is OwnerAction.ASK_SUPERVISOR:
        _ask(cascade, row, holder)


def _ask(cascade: Cascade, row: InstanceRow, holder: Holder) -> None:
    actor, connection = cascade.actor, cascade.tx.connection
    reason = f"买家着急,负责人{holder.name}不在班"
    insert_offer(
        cascade.tx,
        Kind.INSTRUCTION,
        row.case_id,
        actor.id,
        at=cascade.now,
        due_at=cascade.now + INSTRUCT_WITHIN,
        to_group="supervisor",
        reason=reason,
    )
    cascade.note(row, (Event(kind="case.instruction_asked", value={"owner": holder.user, "reason": reason}),), NOTE)
    asked = _present_supervisors(connection, actor.id, cascade.now)
    notice = Notice(
        occasion=Occasion.TRANSFER,
        text=say("instruction_asked", who=actor.name, owner=holder.name, case=row.case_id),
        case_id=row.case_id,
        page="/transfers",
    )
    tell(cascade.tx, asked, notice, at=cascade.now, actor=actor.id)


def _present_supervisors(connection: Connection, user_id: str, at: datetime) -> list[str]:
    """dmn_on_duty_supervisor: the supervisor, in his absence the other one, else the department managers (店长)."""
    found = roster.supervisors_of(connection, user_id, at)
    away = roster.away_until(connection, found, at)
    return [one for one in found if one not in away] or members_of(connection, ["dept_manager"])


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
