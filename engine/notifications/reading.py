"""What somebody has been told: the bell's count, the list, and what has been read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, literal_column, select, update

from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.errors import NotFound
from engine.masking import mask_within
from engine.store.database import Transaction
from engine.store.tables import notification as table

#: The bell counts no further.
MOST_COUNTED: Final = 99
_PAGE: Final = 50
_LATEST: Final = 5
_UNREAD: Final = table.c.read_at.is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One sentence that somebody was told."""

    id: int
    occasion: str
    text: str
    #: None: there is none but ``text``.
    text_en: str | None
    case_id: str | None
    task: int | None
    page: str | None
    told_at: datetime
    read_at: datetime | None

    def text_in(self, language: str) -> str:
        """The sentence in a language, "zh" or "en", as far as it has one of it."""
        return self.text_en if language == "en" and self.text_en else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """What the bell of every page shows."""

    #: How many are unread, at most MOST_COUNTED + 1.
    unread: int
    #: The newest unread ones, the newest first.
    latest: tuple[Notification, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationPage:
    """A page of the list, the newest first."""

    rows: tuple[Notification, ...]
    next_after: str | None


def count_unread(connection: Connection, person: str) -> int:
    """How many are unread, at most MOST_COUNTED + 1: an index's first entries."""
    first = select(literal_column("1")).where(table.c.user == person, _UNREAD).limit(MOST_COUNTED + 1).subquery()
    return connection.execute(select(func.count()).select_from(first)).scalar_one()


def read_bell(connection: Connection, person: str) -> Bell:
    """The count with the newest unread ones."""
    newest = select(table).where(table.c.user == person, _UNREAD).order_by(table.c.id.desc()).limit(_LATEST)
    return Bell(unread=count_unread(connection, person), latest=tuple(map(_view, connection.execute(newest))))


def read_page(
    connection: Connection, person: str, *, unread: bool = False, after: int | None = None, limit: int = _PAGE
) -> NotificationPage:
    """A page of what somebody was told.

    Args:
        connection: a snapshot.
        person: whose.
        unread: only what is unread.
        after: the id behind which the page begins.
        limit: rows of a page.
    """
    query = select(table).where(table.c.user == person).order_by(table.c.id.desc()).limit(limit + 1)
    if unread:
        query = query.where(_UNREAD)
    if after is not None:
        query = query.where(table.c.id < after)
    rows = connection.execute(query).all()
    return NotificationPage(
        rows=tuple(map(_view, rows[:limit])), next_after=str(rows[limit - 1].id) if len(rows) > limit else None
    )


def open_one(tx: Transaction, person: str, number: int, *, at: datetime) -> Notification:
    """Mark one of somebody's notifications as read, and give it.

    Raises:
        NotFound: the person has none of this id.
    """
    row = tx.connection.execute(select(table).where(table.c.id == number, table.c.user == person)).one_or_none()
    if row is None:
        raise NotFound(f"{person} has no notification {number}", message_zh="没有这条通知。")
    mark_read(tx, person, [number], at=at)
    return _view(row)


def mark_read(tx: Transaction, person: str, numbers: Iterable[int] | None, *, at: datetime) -> int:
    """Mark as read; gives how many were unread.

    Args:
        tx: the transaction.
        person: whose.
        numbers: which; those of other people are passed over. None: all that there are.
        at: aware UTC.
    """
    change = update(table).where(table.c.user == person, _UNREAD).values(read_at=to_microseconds(at))
    if numbers is not None:
        change = change.where(table.c.id.in_(sorted(set(numbers))))
    return tx.connection.execute(change).rowcount


def _view(row: Row[Any]) -> Notification:
    return Notification(
        id=row.id,
        occasion=row.occasion,
        text=mask_within(row.text),
        text_en=None if row.text_en is None else mask_within(row.text_en),
        case_id=row.case_id,
        task=row.task,
        page=row.page,
        told_at=from_microseconds(row.told_at),
        read_at=instant_or_none(row.read_at),
    )
