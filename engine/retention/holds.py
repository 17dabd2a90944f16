"""Legal holds: what must not be taken while somebody may still ask for it, whatever the rules say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, exists, insert, literal, or_, select, update

from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.errors import FourEyes, InvalidValue, NotAllowed, NotFound, StepError
from engine.masking import mask
from engine.model import Actor, Event
from engine.permissions import Reach, may, reach
from engine.retention.rules import checked_reason
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import customer, legal_hold, process_instance, shop_order

_MAX_SUBJECT: Final = 64
_LISTED: Final = 200


class HoldKind(StrEnum):
    """What is held."""

    CASE = "case"
    #: Every case, order, call and visit of a buyer.
    CUSTOMER = "customer"
    #: Every case of an order, and the order.
    ORDER = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold, in force or lifted. Times are aware UTC."""

    id: int
    kind: HoldKind
    #: As people see it: a buyer masked.
    subject: str
    reason: str
    set_by: str
    set_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reason: str | None


def may_hold(actor: Actor) -> bool:
    """Auditors (P23, all cases) and department managers (P15)."""
    return reach(actor, "P23") is Reach.YES or may(actor, "P15")


def hold(tx: Transaction, kind: str, subject: str, *, reason: str, actor: Actor, now: datetime) -> int:
    """Hold a case, buyer or order; gives the hold's id.

    Raises:
        NotAllowed: the actor may not.
        InvalidValue: the kind is unknown or the reason missing.
        NotFound: the shop knows no such thing.
        StepError: it is held already.
    """
    if not may_hold(actor):
        raise NotAllowed(f"{actor.id} may not hold anything")
    said, what = checked_reason(reason), subject.strip()[:_MAX_SUBJECT]
    if kind not in set(HoldKind):
        raise InvalidValue("Please choose case, buyer or order.", message_zh="请选择工单、买家或订单。")
    if not _is_known(tx.connection, HoldKind(kind), what):
        raise NotFound("there is nothing of that number to be held", message_zh="没有这个编号,请核对后再填。")
    of_it = (legal_hold.c.kind == kind, legal_hold.c.subject == what, legal_hold.c.lifted_at.is_(None))
    if tx.connection.execute(select(legal_hold.c.id).where(*of_it)).first() is not None:
        raise StepError("This is held already.", message_zh="已经在冻结中,不用再设。")
    row = {"kind": kind, "subject": what, "reason": said, "set_by": actor.id, "set_at": to_microseconds(now)}
    made = int(tx.connection.execute(insert(legal_hold).values(row).returning(legal_hold.c.id)).scalar_one())
    value = {"hold": made, "kind": kind, "subject": _shown(kind, what), "reason": said}
    append_system(tx, [Event(kind="retention.held", value=value)], at=now, actor=actor.id)
    return made


def lift(tx: Transaction, hold_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """Lift a hold: somebody else than who has set it, since what follows cannot be undone.

    Raises:
        NotAllowed: the actor may not.
        FourEyes: the actor has set it.
        NotFound: there is no such hold.
        StepError: it is lifted.
        InvalidValue: the reason is missing.
    """
    if not may_hold(actor):
        raise NotAllowed(f"{actor.id} may not lift holds")
    row = tx.connection.execute(select(legal_hold).where(legal_hold.c.id == hold_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no hold {hold_id}", message_zh="没有这条冻结。")
    said = checked_reason(reason)
    if row.lifted_at is not None:
        raise StepError("This hold is lifted already.", message_zh="这条冻结已经解除,请刷新页面。")
    if row.set_by == actor.id:
        raise FourEyes(
            "You cannot lift a hold that you set yourself. Somebody else has to.",
            message_zh="不能解除自己设的冻结,请由另一位有权限的同事解除。",
        )
    values = {"lifted_by": actor.id, "lifted_at": to_microseconds(now), "lift_reason": said}
    shown = _shown(row.kind, row.subject)
    tx.connection.execute(update(legal_hold).where(legal_hold.c.id == hold_id).values(**values, subject=shown))
    value = {"hold": hold_id, "kind": row.kind, "subject": shown, "reason": said}
    append_system(tx, [Event(kind="retention.lifted", value=value)], at=now, actor=actor.id)


def list_holds(connection: Connection, *, lifted: bool = False) -> tuple[Hold, ...]:
    """Holds in force, or the last ones that were lifted, the newest first."""
    over = legal_hold.c.lifted_at.is_not(None) if lifted else legal_hold.c.lifted_at.is_(None)
    rows = connection.execute(select(legal_hold).where(over).order_by(legal_hold.c.id.desc()).limit(_LISTED))
    return tuple(map(_hold, rows))


def is_held(
    connection: Connection, *, cases: Sequence[str] = (), orders: Sequence[str] = (), customers: Sequence[str] = ()
) -> bool:
    """Whether a hold in force is about one of these."""
    named = {HoldKind.CASE: cases, HoldKind.ORDER: orders, HoldKind.CUSTOMER: customers}
    either = [
        and_(legal_hold.c.kind == kind.value, legal_hold.c.subject.in_(ids)) for kind, ids in named.items() if ids
    ]
    if not either:
        return False
    query = select(legal_hold.c.id).where(legal_hold.c.lifted_at.is_(None), or_(*either)).limit(1)
    return connection.execute(query).first() is not None


def case_is_held(connection: Connection, case_id: str) -> bool:
    """Whether a case, or a buyer or order of one of its instances, is held."""
    column = process_instance.c
    rows = connection.execute(select(column.order_id, column.customer_id).where(column.case_id == case_id)).all()
    orders = {row.order_id for row in rows if row.order_id}
    customers = {row.customer_id for row in rows if row.customer_id}
    return is_held(connection, cases=[case_id], orders=sorted(orders), customers=sorted(customers))


def _is_known(connection: Connection, kind: HoldKind, subject: str) -> bool:
    column = process_instance.c
    asked = {
        HoldKind.CASE: [exists().where(column.case_id == subject)],
        HoldKind.ORDER: [exists().where(shop_order.c.order_id == subject), exists().where(column.order_id == subject)],
        HoldKind.CUSTOMER: [
            exists().where(customer.c.customer_id == subject),
            exists().where(shop_order.c.customer_id == subject),
            exists().where(column.customer_id == subject),
        ],
    }[kind]
    return bool(subject) and any(connection.execute(select(literal(1)).where(one)).first() for one in asked)


def _shown(kind: str, subject: str) -> str:
    return str(mask("customer_id", subject)) if kind == HoldKind.CUSTOMER else subject


def _hold(row: Row[Any]) -> Hold:
    return Hold(
        id=row.id,
        kind=HoldKind(row.kind),
        subject=row.subject if row.lifted_at is not None else _shown(row.kind, row.subject),
        reason=row.reason,
        set_by=row.set_by,
        set_at=from_microseconds(row.set_at),
        lifted_by=row.lifted_by,
        lifted_at=instant_or_none(row.lifted_at),
        lift_reason=row.lift_reason,
    )
