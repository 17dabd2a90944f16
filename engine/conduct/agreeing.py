"""Who has agreed to which version of the rules of conduct."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, select
from sqlalchemy.dialects.sqlite import insert

from engine.clock import instant_or_none, to_microseconds
from engine.conduct.rules import read_rules
from engine.errors import InvalidValue
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import conduct_read, membership, user

#: Groups whose people talk to customers, and who leads them.
BOUND: Final = ("presales", "aftersales", "supervisor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody whom the rules bind; ``agreed_at`` is None as long as the version in force is not agreed to."""

    id: str
    name: str
    agreed_at: datetime | None


def binds(actor: Actor) -> bool:
    """Whether somebody has to agree."""
    return not actor.groups.isdisjoint(BOUND)


def owes(connection: Connection, actor: Actor) -> bool:
    """Whether somebody whom the rules bind has not agreed to the version in force."""
    if not binds(actor):
        return False
    version = read_rules(connection).version
    found = select(conduct_read.c.user).where(conduct_read.c.user == actor.id, conduct_read.c.version == version)
    return connection.execute(found).first() is None


def agree(tx: Transaction, actor: Actor, version: int, *, at: datetime) -> None:
    """Keep that somebody has read and agrees; again changes nothing.

    Raises:
        InvalidValue: the rules have another version by now.
    """
    if read_rules(tx.connection).version != version:
        raise InvalidValue(
            "The rules have changed meanwhile. Please read them again.", message_zh="行为规范刚刚改过,请重新阅读。"
        )
    values = {"user": actor.id, "version": version, "at": to_microseconds(at)}
    made = tx.connection.execute(insert(conduct_read).values(values).on_conflict_do_nothing())
    if made.rowcount:
        event = Event(kind="conduct.agreed", value={"user": actor.id, "version": version})
        append_system(tx, [event], at=at, actor=actor.id)


def list_readers(connection: Connection) -> list[Reader]:
    """Active people whom the rules bind, those who have not agreed first."""
    version = read_rules(connection).version
    agreed = and_(conduct_read.c.user == user.c.id, conduct_read.c.version == version)
    found = (
        select(user.c.id, user.c.name, conduct_read.c.at)
        .distinct()
        .join(membership, membership.c.user == user.c.id)
        .outerjoin(conduct_read, agreed)
        .where(user.c.active == 1, membership.c.group.in_(BOUND))
        .order_by(conduct_read.c.at.is_not(None), user.c.name, user.c.id)
    )
    return [Reader(id=row.id, name=row.name, agreed_at=instant_or_none(row.at)) for row in connection.execute(found)]
