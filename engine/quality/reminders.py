"""What is due in quality is made known once: to who has to do it before its time, to who is above at its time.

Samples, objections and signatures carry their times in their rows (``next_at``: when somebody is told next). What has
no row yet – appraisals that nobody has written, a survey that nobody has evaluated – is due by the month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, select, update

from engine.clock import from_microseconds, to_microseconds
from engine.notifications import Notice, Occasion, Said, members_of, said_time, say, tell
from engine.quality import weeks, words
from engine.quality.checking import deciders
from engine.roster import supervisors_of
from engine.store.database import Database, Transaction
from engine.store.tables import appraisal, quality_check, user

_BATCH: Final = 1000
_ABOVE: Final = "dept_manager"


def remind_checks(db: Database, now: datetime) -> int:
    """Tell of samples that nobody has checked and objections that nobody has decided; gives how many were due."""
    rows = _due(db, quality_check, now)
    if not rows:
        return 0
    with db.begin() as tx:
        rows = _taken(tx, quality_check, now)
        _samples(tx, [row for row in rows if row.state == words.WAITING], now)
        for row in rows:
            if row.state == words.OBJECTED:
                _objection(tx, row, now)
    return len(rows)


def _samples(tx: Transaction, rows: list[Row[Any]], now: datetime) -> None:
    """One sentence a person, week and time: a week has many samples."""
    waiting: Counter[tuple[str, str, int]] = Counter()
    late: Counter[tuple[str, int]] = Counter()
    superiors: dict[str, list[str]] = {}
    for row in rows:
        if row.agent not in superiors:
            superiors[row.agent] = supervisors_of(tx.connection, row.agent, now)
        if _first_time(row):
            waiting.update((person, row.week, row.due_at) for person in superiors[row.agent])
        if _is_late(row, now):
            late[row.week, row.due_at] += 1
    for (person, week, due), count in sorted(waiting.items()):
        text = say("quality_waiting", week=weeks.said_week(week), count=count, due=said_time(due))
        _tell(tx, [person], Occasion.REMINDED, text, _page_of(week), now)
    for (week, _), count in sorted(late.items()):
        text = say("quality_overdue", week=weeks.said_week(week), count=count)
        _tell(tx, members_of(tx.connection, [_ABOVE]), Occasion.ESCALATED, text, _page_of(week), now)


def _page_of(week: str) -> str:
    return f"/quality?week={week}&state={words.WAITING}"


def _objection(tx: Transaction, row: Row[Any], now: datetime) -> None:
    page = f"/quality/{row.id}"
    if _first_time(row):
        text = say("objection_waiting", case=row.case_id, due=said_time(row.due_at))
        _tell(tx, deciders(tx.connection, row, now), Occasion.REMINDED, text, page, now)
    if _is_late(row, now):
        above = [one for one in members_of(tx.connection, [_ABOVE]) if one not in (row.checked_by, row.agent)]
        _tell(tx, above, Occasion.ESCALATED, say("objection_overdue", case=row.case_id), page, now)


def remind_signatures(db: Database, now: datetime) -> int:
    """Tell of appraisals that are written and not signed; gives how many were due."""
    rows = _due(db, appraisal, now)
    if not rows:
        return 0
    with db.begin() as tx:
        rows = _taken(tx, appraisal, now)
        for row in rows:
            page = f"/appraisals/{row.person}?month={row.month}"
            if _first_time(row):
                text = say("appraisal_unsigned", month=row.month, due=said_time(row.due_at))
                _tell(tx, [row.person], Occasion.REMINDED, text, page, now)
            if _is_late(row, now):
                text = say("appraisal_unsigned_of", who=_name_of(tx.connection, row.person), month=row.month)
                _tell(tx, [row.written_by], Occasion.ESCALATED, text, page, now)
    return len(rows)


def _name_of(connection: Connection, person: str) -> str:
    name: str | None = connection.execute(select(user.c.name).where(user.c.id == person)).scalar_one_or_none()
    return name or person


# --- rows that are due ---------------------------------------------------------------------------


def _query(table: Table, now: datetime) -> Any:
    found = select(table).where(table.c.next_at.is_not(None), table.c.next_at <= to_microseconds(now))
    return found.order_by(table.c.next_at, *table.primary_key).limit(_BATCH)


def _due(db: Database, table: Table, now: datetime) -> list[Row[Any]]:
    with db.read() as connection:
        return list(connection.execute(_query(table, now).limit(1)))


def _taken(tx: Transaction, table: Table, now: datetime) -> list[Row[Any]]:
    """The rows that are due, marked as told: nobody tells of them again before their next time."""
    rows = list(tx.connection.execute(_query(table, now)))
    for row in rows:
        mine = [column == row._mapping[column.name] for column in table.primary_key]
        following = None if _is_late(row, now) else row.due_at
        tx.connection.execute(update(table).where(*mine).values(next_at=following))
    return rows


def _first_time(row: Row[Any]) -> bool:
    """Whether who has to do it was not reminded yet."""
    return bool(row.next_at < row.due_at)


def _is_late(row: Row[Any], now: datetime) -> bool:
    return now >= from_microseconds(row.due_at)


def _tell(tx: Transaction, people: Iterable[str], occasion: Occasion, text: Said, page: str, now: datetime) -> None:
    tell(tx, people, Notice(occasion=occasion, text=text, page=page), at=now)
