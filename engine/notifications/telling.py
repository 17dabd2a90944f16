"""Telling people: rows of the table ``notification``, in the transaction of what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, literal, select
from sqlalchemy.dialects.sqlite import insert

from engine.clock import to_microseconds
from engine.notifications.sentences import Said
from engine.store.database import Transaction
from engine.store.tables import mail, membership, notification, notification_choice, user


class Occasion(StrEnum):
    """Why somebody is told."""

    ASSIGNED = "assigned"
    MENTIONED = "mentioned"
    COMMENTED = "commented"
    FOLLOW_UP = "follow_up"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    TRANSFER = "transfer"
    HAND_OVER = "hand_over"
    INQUIRY = "inquiry"
    EXCEPTION = "exception"
    PROMISE = "promise"
    CALL = "call"
    VISIT = "visit"
    QUALITY = "quality"
    SCRIPT = "script"
    INDICATOR = "indicator"
    EXPORT = "export"
    NOTICE = "notice"
    PRIVACY = "privacy"
    FINDING = "finding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One sentence for the person it concerns, and where it leads."""

    occasion: Occasion
    #: A sentence without personal data; a plain text is one that a process's file words, in its own language.
    text: Said | str
    case_id: str | None = None
    task: int | None = None
    #: A page of the product, beginning with "/", where it is neither the task's nor the case's.
    page: str | None = None
    #: Names the thing itself: whoever has been told of it is not told again.
    once: str | None = None


def tell(tx: Transaction, people: Iterable[str], notice: Notice, *, at: datetime, actor: str | None = None) -> None:
    """Tell each of these people, but not the one who brought it about.

    Args:
        tx: the transaction of what happened.
        people: user ids; unknown ones are told too, nobody will read it.
        notice: what is said.
        at: aware UTC.
        actor: who brought it about; None: the system.
    """
    told_at = to_microseconds(at)
    row = {
        "occasion": notice.occasion.value,
        "text": notice.text.zh if isinstance(notice.text, Said) else notice.text,
        "text_en": notice.text.en if isinstance(notice.text, Said) else None,
        "case_id": notice.case_id,
        "task": notice.task,
        "page": notice.page,
        "once": notice.once,
        "actor": actor,
        "told_at": told_at,
    }
    rows = [{"user": person, **row} for person in sorted(set(people)) if person != actor]
    if rows:
        put = insert(notification).on_conflict_do_nothing().returning(notification.c.id, notification.c.user)
        _by_mail(tx, {told.user: told.id for told in tx.connection.execute(put, rows)}, notice.occasion, told_at)


def _by_mail(tx: Transaction, told: dict[str, int], occasion: Occasion, at: int) -> None:
    """Put those who want it by mail into the mail's queue, which the worker empties."""
    wanted = select(notification_choice.c.user).where(
        notification_choice.c.user.in_(sorted(told)),
        notification_choice.c.address.is_not(None),
        func.instr(literal(",") + notification_choice.c.by_mail + ",", f",{occasion.value},") > 0,
    )
    people = list(tx.connection.execute(wanted).scalars()) if told else []
    if people:
        rows = [{"notification": told[person], "user": person, "due_at": at} for person in people]
        tx.connection.execute(insert(mail), rows)


def members_of(connection: Connection, groups: Iterable[str]) -> list[str]:
    """Active people of any of these groups, sorted."""
    found = (
        select(membership.c.user)
        .join(user, user.c.id == membership.c.user)
        .where(membership.c.group.in_(sorted(set(groups))), user.c.active == 1)
        .distinct()
        .order_by(membership.c.user)
    )
    return list(connection.execute(found).scalars())
