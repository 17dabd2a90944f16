"""First contact (SLA-06, 首问负责): a buyer's new case goes to the colleague who holds the open one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Select, or_, select

from engine import access, roster
from engine.accounts import find_in
from engine.clock import SHANGHAI, to_microseconds
from engine.history.commands import NOTE
from engine.model import SYSTEM, Actor, Event, InstanceStatus, Variables
from engine.notifications import Notice, Occasion, members_of, say, tell
from engine.ownership.offers import insert_offer
from engine.ownership.words import INSTRUCT_WITHIN, Kind
from engine.runtime import Runtime
from engine.runtime.cascade import Cascade
from engine.runtime.runtime import Started
from engine.store.instances import InstanceRow
from engine.store.tables import process_instance, roster_day, shop_order, user

#: A case of the same order counts for so long after it has ended.
SAME_ORDER: Final = timedelta(days=7)
_RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)
#: Open cases of one buyer that are looked at.
_MOST: Final = 50


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
class Holder:
    """Who answers for a buyer already, by which case."""

    user: str
    name: str
    case_id: str
    process_id: str
    definition: int
    #: False: the case has ended within the last seven days, and was about the same order.
    open: bool
    online: bool
    #: When somebody who is not on duty is back, as far as the roster says; aware UTC.
    back_at: datetime | None


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


def holder_of(
    connection: Connection,
    customer_id: str | None,
    order_id: str | None,
    shop: str | None,
    now: datetime,
    *,
    actor: Actor | None = None,
) -> Holder | None:
    """Who holds the buyer's open case; else whose case of the same order has ended within seven days.

    Args:
        connection: a snapshot.
        customer_id: the buyer; None: nobody holds anything.
        order_id: of the new case.
        shop: of the new case; cases of other shops do not count where both are known.
        now: aware UTC.
        actor: who asks; an own case goes before those of others.
    """
    if not customer_id:
        return None
    rows = list(connection.execute(_cases(customer_id, order_id, now)))
    fits = [row for row in rows if not shop or not row.shop or row.shop == shop]
    me = None if actor is None else actor.id
    fits.sort(key=lambda row: (row.status not in _RUNNING, row.owner != me, -row.key))
    best = next((row for row in fits if _may_hold(connection, row.owner, customer_id)), None)
    if best is None:
        return None
    online, back_at = _presence(connection, best.owner, now)
    return Holder(
        user=best.owner,
        name=best.name,
        case_id=best.case_id,
        process_id=best.process_id,
        definition=best.definition,
        open=best.status in _RUNNING,
        online=online,
        back_at=back_at,
    )


def _may_hold(connection: Connection, user_id: str, customer_id: str) -> bool:
    """Whether a buyer's new case can be somebody's: who works on cases still, and is not the buyer."""
    found = find_in(connection, user_id)
    return found is not None and access.may_own(found.actor) and customer_id not in found.customer_ids


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
        if access.may_own(actor):
            holder = holder_of(connection, texts["customer_id"], texts["order_id"], texts["shop"], now, actor=actor)
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


def _cases(customer_id: str, order_id: str | None, now: datetime) -> Select[Any]:
    instance = process_instance
    recent = instance.c.ended_at > to_microseconds(now - SAME_ORDER)
    same_order = (instance.c.order_id == order_id) & recent if order_id else instance.c.key.is_(None)
    return (
        select(
            instance.c.key,
            instance.c.case_id,
            instance.c.process_id,
            instance.c.definition,
            instance.c.status,
            instance.c.owner,
            user.c.name,
            shop_order.c.shop,
        )
        .join(user, user.c.id == instance.c.owner)
        .outerjoin(shop_order, shop_order.c.order_id == instance.c.order_id)
        .where(
            instance.c.customer_id == customer_id,
            instance.c.depth == 0,
            instance.c.owner != SYSTEM.id,
            user.c.active == 1,
            or_(instance.c.status.in_(_RUNNING), same_order),
        )
        .order_by(instance.c.key.desc())
        .limit(_MOST)
    )


def _presence(connection: Connection, user_id: str, now: datetime) -> tuple[bool, datetime | None]:
    """Whether somebody is at work, and when else; who is in no roster is at work unless absent."""
    if user_id in roster.on_duty(connection, now):
        return True, None
    away = roster.away_until(connection, [user_id], now).get(user_id)
    shift = roster.next_shift(connection, user_id, now)
    if shift is not None:
        return False, shift[0] if shift[0] > now else away
    if away is not None:
        return False, away
    near = select(roster_day.c.day).where(
        roster_day.c.user == user_id,
        roster_day.c.day >= (now - SAME_ORDER).astimezone(SHANGHAI).date().isoformat(),
    )
    return connection.execute(near.limit(1)).first() is None, None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
