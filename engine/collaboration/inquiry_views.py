"""Inquiries as people see them: what is asked of them, what they asked, what was asked on a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, or_, select, true

from engine import access
from engine.access import GROUPS
from engine.accounts import Account
from engine.clock import from_microseconds, instant_or_none
from engine.collaboration.people import colleagues, sees_talk
from engine.errors import NotFound
from engine.masking import mask_within
from engine.model import Actor
from engine.runtime.participants import case_facts
from engine.store.tables import inquiry as table
from engine.store.tables import user

_PAGE: Final = 50
#: Groups that see no case and answer for none.
_NEVER_ASKED: Final = frozenset({"admin", "auditor"})
ASKABLE: Final = {group: name for group, name in GROUPS.items() if group not in _NEVER_ASKED}
_ON_CASE: Final = 100
TO_ME: Final = "to_me"
BY_ME: Final = "by_me"
_ASKER, _ASKED, _ANSWERER = user.alias(), user.alias(), user.alias()
_WITH_NAMES: Final = (
    select(
        table,
        _ASKER.c.name.label("asker_name"),
        _ASKED.c.name.label("asked_name"),
        _ANSWERER.c.name.label("answerer_name"),
    )
    .outerjoin(_ASKER, _ASKER.c.id == table.c.asked_by)
    .outerjoin(_ASKED, _ASKED.c.id == table.c.to_person)
    .outerjoin(_ANSWERER, _ANSWERER.c.id == table.c.answered_by)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One question; telephone numbers in its texts are masked. Times are aware UTC."""

    id: int
    case_id: str
    asked_by: str
    asked_by_name: str
    #: The group's or the person's name.
    to_name: str
    question: str
    context: str
    asked_at: datetime
    due_at: datetime
    promised_at: datetime | None
    overdue_at: datetime | None
    closed_at: datetime | None
    answered_by_name: str | None
    answer: str | None

    @property
    def state(self) -> str:
        """open, overdue, answered or withdrawn."""
        if self.answer is not None:
            return "answered"
        if self.closed_at is not None:
            return "withdrawn"
        return "open" if self.overdue_at is None else "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryPage:
    """A page of questions, the newest first."""

    rows: tuple[Inquiry, ...]
    next_after: str | None


def row_of(connection: Connection, inquiry_id: int) -> Row[Any]:
    """The row of an inquiry.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(table).where(table.c.id == inquiry_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no inquiry {inquiry_id}", message_zh="没有这个核实,或您没有权限。")
    return row


def is_asked(row: Row[Any], actor: Actor) -> bool:
    """Whether the question is put to the actor; nobody answers what he asked himself."""
    if row.asked_by == actor.id:
        return False
    if row.to_person is not None:
        return row.to_person == actor.id and (row.courier is None or access.serves_courier(actor, row.courier))
    if row.to_group == access.COURIER and not access.serves_courier(actor, row.courier):
        return False
    return row.to_group in access.acting_groups(actor.groups)


def _asked_of(actor: Actor) -> ColumnElement[bool]:
    """The condition of ``is_asked`` for SQL."""
    courier = table.c.courier
    own = courier.in_(sorted(actor.couriers)) if access.limits_couriers(actor) else true()
    in_person = (table.c.to_person == actor.id) & or_(courier.is_(None), own)
    in_group = table.c.to_group.in_(sorted(access.acting_groups(actor.groups)))
    return or_(in_person, in_group & or_(table.c.to_group != access.COURIER, own)) & (table.c.asked_by != actor.id)


def may_read(connection: Connection, row: Row[Any], actor: Actor) -> bool:
    """Whether the actor sees the question: the asker, the asked, and who may see the case."""
    if row.asked_by == actor.id or is_asked(row, actor):
        return True
    return sees_talk(actor) and access.may_see_case(actor, case_facts(connection, row.case_id))


def read_inquiry(connection: Connection, inquiry_id: int, actor: Actor) -> tuple[Inquiry, bool, bool]:
    """An inquiry; whether the actor may answer it, and whether he may see its case.

    Raises:
        NotFound: there is none for the actor.
    """
    row = row_of(connection, inquiry_id)
    if not may_read(connection, row, actor):
        raise NotFound(f"there is no inquiry {inquiry_id}", message_zh="没有这个核实,或您没有权限。")
    (view,) = _views(connection, table.c.id == inquiry_id, 1)
    answers = row.closed_at is None and is_asked(row, actor)
    return view, answers, access.may_see_case(actor, case_facts(connection, row.case_id))


def read_inquiries(
    connection: Connection,
    actor: Actor,
    box: str,
    *,
    open_only: bool = False,
    after: int | None = None,
    limit: int = _PAGE,
) -> InquiryPage:
    """A page of what the actor is asked, or has asked.

    Args:
        connection: a snapshot.
        actor: whose.
        box: TO_ME or BY_ME.
        open_only: without those that are answered or withdrawn.
        after: the id behind which the page begins.
        limit: rows of a page.
    """
    mine = table.c.asked_by == actor.id
    if box != BY_ME:
        mine = _asked_of(actor)
    conditions = [mine]
    if open_only:
        conditions.append(table.c.closed_at.is_(None))
    if after is not None:
        conditions.append(table.c.id < after)
    condition = conditions[0]
    for one in conditions[1:]:
        condition &= one
    rows = _views(connection, condition, limit + 1)
    return InquiryPage(rows=rows[:limit], next_after=str(rows[limit - 1].id) if len(rows) > limit else None)


def whom_to_ask(connection: Connection, actor: Actor, courier: str | None) -> tuple[Account, ...]:
    """Colleagues who may be asked by name on a case of this courier's parcel: all in groups that may be, but the actor.

    Who works for other couriers only is none of them.
    """
    return tuple(
        one
        for one in colleagues(connection)
        if one.id != actor.id and not one.groups.isdisjoint(ASKABLE) and access.serves_courier(one.actor, courier)
    )


def inquiries_of(connection: Connection, case_id: str) -> tuple[Inquiry, ...]:
    """What was asked on a case, the newest last; who asks must be allowed to see the case."""
    return _views(connection, table.c.case_id == case_id, _ON_CASE)[::-1]


def _views(connection: Connection, condition: ColumnElement[bool], limit: int) -> tuple[Inquiry, ...]:
    query = _WITH_NAMES.where(condition).order_by(table.c.id.desc()).limit(limit)
    return tuple(map(_view, connection.execute(query)))


def _group_name(row: Row[Any]) -> str:
    name = GROUPS.get(row.to_group, row.to_group)
    return f"{name}({row.courier})" if row.courier else name


def _view(row: Row[Any]) -> Inquiry:
    return Inquiry(
        id=row.id,
        case_id=row.case_id,
        asked_by=row.asked_by,
        asked_by_name=row.asker_name or row.asked_by,
        to_name=_group_name(row) if row.to_group else row.asked_name or row.to_person,
        question=mask_within(row.question),
        context=mask_within(row.context),
        asked_at=from_microseconds(row.asked_at),
        due_at=from_microseconds(row.due_at),
        promised_at=instant_or_none(row.promised_at),
        overdue_at=instant_or_none(row.overdue_at),
        closed_at=instant_or_none(row.closed_at),
        answered_by_name=row.answerer_name or row.answered_by,
        answer=None if row.answer is None else mask_within(row.answer),
    )
