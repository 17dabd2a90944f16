"""How a person wants to be told beside the page: by mail, and by the browser while a page is open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from engine.clock import to_microseconds
from engine.errors import InvalidValue
from engine.model import Actor, Event, Value
from engine.notifications.telling import Occasion
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import mail
from engine.store.tables import notification_choice as table

MAX_ADDRESS: Final = 254
#: One @, a dot behind it, nothing that ends a header or begins another address.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody chose; the page tells of everything all the same."""

    address: str | None = None
    by_mail: frozenset[Occasion] = frozenset()
    by_browser: frozenset[Occasion] = frozenset()


def read_choice(connection: Connection, person: str) -> Choice:
    """What a person has chosen; nothing, where he has not."""
    row = connection.execute(select(table).where(table.c.user == person)).one_or_none()
    if row is None:
        return Choice()
    return Choice(address=row.address, by_mail=_occasions(row.by_mail), by_browser=_occasions(row.by_browser))


def save_choice(tx: Transaction, choice: Choice, actor: Actor, *, at: datetime) -> None:
    """Keep what the actor chose; that it changed stands in the system's history, the address does not.

    Raises:
        InvalidValue: the address is none, or mail is wanted and there is none.
    """
    check_address(choice)
    row = {
        "address": choice.address or None,
        "by_mail": _joined(choice.by_mail),
        "by_browser": _joined(choice.by_browser),
        "changed_at": to_microseconds(at),
    }
    put = insert(table).values(user=actor.id, **row)
    tx.connection.execute(put.on_conflict_do_update(index_elements=["user"], set_=row))
    value: Value = {
        "mail": sorted(one.value for one in choice.by_mail),
        "browser": sorted(one.value for one in choice.by_browser),
        "address": bool(choice.address),
    }
    if not choice.address:  # what waited for the old one goes nowhere
        waiting = (mail.c.user == actor.id, mail.c.sent_at.is_(None), mail.c.given_up_at.is_(None))
        tx.connection.execute(update(mail).where(*waiting).values(given_up_at=to_microseconds(at)))
    append_system(tx, [Event(kind="notification.choice_changed", value=value)], at=at, actor=actor.id)


def check_address(choice: Choice) -> None:
    """Raise unless mail can go where it is to go.

    Raises:
        InvalidValue: the address is none, or mail is wanted and there is none.
    """
    address = choice.address or ""
    if choice.by_mail and not address:
        raise InvalidValue(
            "To be told by mail, please fill in your mail address first.", message_zh="要用邮件接收,请先填写邮箱地址。"
        )
    if address and (len(address) > MAX_ADDRESS or not _ADDRESS.fullmatch(address)):
        raise InvalidValue(
            "This is no mail address. Please write it like name@example.com.",
            message_zh="邮箱地址不正确,请写成 name@example.com 的样子(只用英文字符)。",
        )


def _occasions(kept: str) -> frozenset[Occasion]:
    known = {occasion.value for occasion in Occasion}
    return frozenset(Occasion(name) for name in kept.split(",") if name in known)


def _joined(occasions: Iterable[Occasion]) -> str:
    return ",".join(sorted(occasion.value for occasion in occasions))
