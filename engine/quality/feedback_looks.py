"""What a worker looks after of feedback: complaints become items, what is late is made known, the weekly digest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, exists, func, select, update

from engine import access, accounts
from engine.clock import to_microseconds
from engine.masking import mask_within
from engine.model import SYSTEM, Event
from engine.notifications import Notice, Occasion, Said, members_of, said_group, said_list, say, tell
from engine.quality import weeks, words
from engine.quality.feedback import make_item, people_of, tell_of
from engine.roster import supervisors_of
from engine.store.database import Database, Transaction
from engine.store.streams import append_system
from engine.store.tables import department_feedback, inquiry, register_cell, register_row

#: Cause of a complaint → the department that hears of it (as 13 tells it by message); the rest: operations.
DEPARTMENTS: Final[Mapping[str, str]] = {
    "warehouse": "warehouse",
    "courier": "courier",
    "service": "supervisor",
    "customer": "aftersales",
    "other": "dept_manager",
}
OTHERS: Final = "operations"
#: Who hears of everything that is open.
_HEADS: Final = ("supervisor", "dept_manager")
#: Of one transaction, which nobody's completed task should wait for.
_BATCH: Final = 25
_T = department_feedback.c


def feed_complaints(db: Database, now: datetime) -> int:
    """Make an item of every complaint whose cause is registered and that none was made of; gives how many."""
    with db.read() as connection:
        waiting = connection.execute(_unfed().limit(1)).first() is not None
    if not waiting:
        return 0
    with db.begin() as tx:
        rows = tx.connection.execute(_unfed().limit(_BATCH)).all()
        for row in rows:
            _make_of_complaint(tx, row, now)
    return len(rows)


def _unfed() -> Select[Any]:
    """Complaints with a cause and no item, read along the index of cells."""
    known = exists().where(_T.source == register_cell.c.row)
    return (
        select(register_cell.c.row, register_cell.c.sort, register_cell.c.text, register_row.c.case_id)
        .join(register_row, register_row.c.id == register_cell.c.row)
        .where(
            register_cell.c.register == "complaint_register",
            register_cell.c.column == "cause_category",
            register_cell.c.sort.like("t_%"),
            ~known,
        )
        .order_by(register_cell.c.row)
    )


def _make_of_complaint(tx: Transaction, row: Row[Any], now: datetime) -> None:
    cells = select(register_cell.c.column, register_cell.c.text).where(register_cell.c.row == row.row)
    said = {cell.column: cell.text for cell in tx.connection.execute(cells)}
    cause = row.sort[1:]
    text = f"投诉原因({row.text}):{said.get('root_cause', '')}\n改进措施:{said.get('improvement', '')}"
    make_item(
        tx,
        {
            "source": row.row,
            "case_id": row.case_id,
            "kind": "complaint",
            "cause": row.text,
            "department": DEPARTMENTS.get(cause, OTHERS),
            "text": mask_within(text)[: 2 * words.MAX_TEXT],
        },
        SYSTEM,
        now,
    )


def escalate(db: Database, now: datetime) -> None:
    """Tell the department and those above of items without an answer at their time, once."""
    late = select(department_feedback).where(
        _T.answered_at.is_(None), _T.escalated_at.is_(None), _T.due_at <= to_microseconds(now)
    )
    with db.read() as connection:
        waits = connection.execute(late.limit(1)).first() is not None
    if not waits:
        return
    with db.begin() as tx:
        for row in tx.connection.execute(late.limit(_BATCH)).all():
            tx.connection.execute(
                update(department_feedback).where(_T.id == row.id).values(escalated_at=to_microseconds(now))
            )
            value = {"feedback": row.id, "department": row.department}
            append_system(tx, [Event(kind="feedback.overdue", value=value)], at=now, actor=SYSTEM.id)
            people = {*people_of(tx.connection, row.department), *members_of(tx.connection, ["dept_manager"])}
            if row.made_by:
                people |= {row.made_by, *supervisors_of(tx.connection, row.made_by, now)}
            text = say("feedback_overdue", group=said_group(row.department))
            tell_of(tx, people, row.id, text, now, SYSTEM, occasion=Occasion.ESCALATED)


def send_digest(db: Database, now: datetime) -> None:
    """Every week, once, tell superiors and departments what of it is open (SLA-36)."""
    week = weeks.week_of(now)
    once = f"feedback-digest:{week}"
    with db.begin() as tx:
        counts = _open_by_department(tx.connection)
        if not counts:
            return
        text = say("digest", count=sum(count for _, count in counts), each=said_list(map(_said_count, counts)))
        notice = Notice(occasion=Occasion.NOTICE, text=text, page="/feedback", once=once)
        tell(tx, members_of(tx.connection, _HEADS), notice, at=now)
        for group, total in counts:
            for people, count in _of_own(tx.connection, group, total) if group not in _HEADS else ():
                text = say("digest_of_own", count=count)
                own = Notice(occasion=Occasion.NOTICE, text=text, page="/feedback", once=once)
                tell(tx, people, own, at=now)


def _of_own(connection: Connection, group: str, total: int) -> list[tuple[list[str], int]]:
    """How many are open to whom of a department: of what couriers are asked each counts the own."""
    if group != access.COURIER:
        return [(members_of(connection, [group]), total)]
    is_open = (inquiry.c.to_group == group, inquiry.c.closed_at.is_(None))
    asked = list(connection.execute(select(inquiry.c.courier).where(*is_open)).scalars())
    found = []
    for one in accounts.list_in(connection):
        if one.active and group in one.groups:
            others = sum(not access.serves_courier(one.actor, courier) for courier in asked)
            found += [([one.id], total - others)] if total > others else []
    return found


def _said_count(counted: tuple[str, int]) -> Said:
    group, count = said_group(counted[0]), counted[1]
    return Said(f"{group.zh} {count} 条", f"{group.en} {count}")


def _open_by_department(connection: Connection) -> list[tuple[str, int]]:
    """(department, open feedback and inquiries), the fullest first."""
    given = select(_T.department, func.count()).where(_T.answered_at.is_(None)).group_by(_T.department)
    asked = (
        select(inquiry.c.to_group, func.count())
        .where(inquiry.c.closed_at.is_(None), inquiry.c.to_group.is_not(None))
        .group_by(inquiry.c.to_group)
    )
    found: dict[str, int] = {}
    for query in (given, asked):
        for group, count in connection.execute(query):
            found[group] = found.get(group, 0) + int(count)
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))
