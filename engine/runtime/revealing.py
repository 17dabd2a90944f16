"""Looking at personal data on a click: the case's history keeps who looked at what, and too much of it is told."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, insert, select

from engine import notifications
from engine.clock import SHANGHAI, to_microseconds
from engine.history.commands import NOTE
from engine.model import Actor, Event
from engine.notifications import Notice, Occasion
from engine.store.database import Transaction
from engine.store.tables import revealed

if TYPE_CHECKING:
    from engine.runtime.runtime import Runtime

#: Looks of one person in one day of the shop; with the next one it is told, once a day, see ``_who_hears``.
MOST_A_DAY: Final = 50


def reveal(runtime: Runtime, case_id: str, event: Event, field: str, actor: Actor) -> int:
    """Write down that somebody looks at personal data of a case, before it is shown.

    Args:
        runtime: whose transaction it is.
        case_id: the case; the caller has asked ``access.may_reveal``.
        event: what the case's history says of it, without the data themselves.
        field: what was looked at.
        actor: who looks.

    Returns:
        How often the actor has looked today, this time included.

    Raises:
        NotFound: there is no such case.
        StaleInstance: somebody stepped the case meanwhile. Try again.
    """
    now = runtime.clock.now()
    with runtime.db.begin() as tx:
        cascade = runtime.cascade(tx, actor, now)
        cascade.note(cascade.instance(int(case_id)), (event,), NOTE)
        cascade.finish()
        return count_look(tx, case_id, field, actor, now)


def count_look(tx: Transaction, subject: str, field: str, actor: Actor, now: datetime) -> int:
    """Count one look of somebody's in the transaction that writes it down; arguments and result as for ``reveal``.

    ``subject`` is the case, or what else the data belong to ("call:7").
    """
    row = {"user": actor.id, "at": to_microseconds(now), "case_id": subject, "field": field}
    tx.connection.execute(insert(revealed).values(row))
    count = looks_today(tx.connection, actor.id, now)
    if count > MOST_A_DAY:
        day = now.astimezone(SHANGHAI).date()
        notice = Notice(
            occasion=Occasion.PRIVACY,
            text=notifications.say("looked_often", who=actor.name, count=MOST_A_DAY),
            once=f"revealed:{actor.id}:{day.isoformat()}",
        )
        notifications.tell(tx, _who_hears(tx.connection, actor.id), notice, at=now, actor=actor.id)
    return count


def _who_hears(connection: Connection, looker: str) -> set[str]:
    """The department managers; when one of them looks, or there is none, auditors and administrators as well."""
    heads = set(notifications.members_of(connection, ["dept_manager"]))
    if heads and looker not in heads:
        return heads
    return (heads | set(notifications.members_of(connection, ["auditor", "admin"]))) - {looker}


def looks_today(connection: Connection, user: str, now: datetime) -> int:
    """How often somebody has looked at personal data on this day of the shop."""
    day = now.astimezone(SHANGHAI).date()
    begin = datetime.combine(day, time(), SHANGHAI)
    within = revealed.c.at >= to_microseconds(begin), revealed.c.at < to_microseconds(begin + timedelta(days=1))
    return connection.execute(select(func.count()).where(revealed.c.user == user, *within)).scalar_one()
