"""Who answers for a buyer already, and whether somebody is at work: what first contact (SLA-06, 首问负责) asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, or_, select

from engine import access, roster
from engine.accounts import Account, find_in
from engine.clock import SHANGHAI, to_microseconds
from engine.model import SYSTEM, InstanceStatus
from engine.store.tables import process_instance, roster_day, shop_order, user

#: A case of the same order counts for so long after it has ended.
SAME_ORDER: Final = timedelta(days=7)
_RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)
#: Open cases of one buyer that are looked at.
_MOST: Final = 50


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


def holder_of(
    connection: Connection,
    customer_id: str | None,
    order_id: str | None,
    shop: str | None,
    now: datetime,
    *,
    me: str | None = None,
    besides: str | None = None,
) -> Holder | None:
    """Who holds the buyer's open case; else whose case of the same order has ended within seven days.

    Args:
        connection: a snapshot.
        customer_id: the buyer; None: nobody holds anything.
        order_id: of the new case.
        shop: of the new case; cases of other shops do not count where both are known.
        now: aware UTC.
        me: id of who asks; an own case goes before those of others.
        besides: id of a case that does not count.
    """
    if not customer_id:
        return None
    rows = [row for row in connection.execute(_cases(customer_id, order_id, now)) if row.case_id != besides]
    fits = [row for row in rows if not shop or not row.shop or row.shop == shop]
    fits.sort(key=lambda row: (row.status not in _RUNNING, row.owner != me, -row.key))
    best = next((row for row in fits if may_hold(find_in(connection, row.owner), customer_id)), None)
    if best is None:
        return None
    online, back_at = presence(connection, best.owner, now)
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


def may_hold(account: Account | None, customer_id: str | None) -> bool:
    """Whether a buyer's case can be somebody's: who works on cases still, and is not the buyer; None: nobody."""
    if account is None or not account.active or not access.may_own(account.actor):
        return False
    return customer_id is None or customer_id not in account.customer_ids


def presence(connection: Connection, user_id: str, now: datetime) -> tuple[bool, datetime | None]:
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
