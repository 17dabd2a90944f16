"""回访: after a case, a parcel or thirty days the customer is asked whether all is well, once a case (SLA-15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal_column, select

from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.customers import finding, words
from engine.errors import InvalidValue, NotFound, StepError
from engine.masking import mask
from engine.store.tables import visit

_NOTHING = "没有这次回访,或您没有权限。"


class VisitProblem(InvalidValue):
    """The answer cannot be kept as it was filled in; ``field`` says where."""

    code = "visit_problem"

    def __init__(self, field: str, message: str, *, message_zh: str) -> None:
        super().__init__(message, message_zh=message_zh)
        self.field = field


class VisitOver(StepError):
    """The customer has been asked already."""

    code = "visit_over"
    message_zh = "这位客户已由同事回访过,请刷新。"
    message_en = "A colleague has called this customer already. Please reload the page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One time that a customer is, or was, asked. Times are aware UTC."""

    id: int
    cause: str
    #: Case id, waybill number, or customer and day.
    subject: str
    customer_id: str
    order_id: str | None
    case_id: str | None
    process_id: str | None
    shop: str | None
    assignee: str | None
    created_at: datetime
    due_at: datetime
    status: str
    done_at: datetime | None
    done_by: str | None
    asked: str | None
    satisfied: int | None
    solved: bool | None
    comment: str | None
    offer: str | None
    follow_up_case_id: str | None

    @property
    def shown_id(self) -> str:
        """The customer's id as lists show it."""
        return str(mask("customer_id", self.customer_id))

    @property
    def is_open(self) -> bool:
        """Whether the customer is still to be asked."""
        return self.status == "open"

    @property
    def asks_solved(self) -> bool:
        """Whether there was a matter that may be solved or not."""
        return self.cause == "case"

    @property
    def is_content(self) -> bool | None:
        """Whether the customer was content (K10, K21: grade 4 or 5); None without a grade."""
        return None if self.satisfied is None else self.satisfied >= words.CONTENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the customer said."""

    #: 1–5.
    satisfied: int
    solved: bool | None = None
    comment: str = ""
    offer: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether the matter has to be taken up again."""
        return self.satisfied <= words.NOT_CONTENT or self.solved is False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPage:
    """A page of visits."""

    rows: tuple[Visit, ...]
    next_after: str | None


# --- reading -------------------------------------------------------------------------------------


def get(connection: Connection, visit_id: int) -> Visit:
    """A visit.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(visit).where(visit.c.id == visit_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no visit {visit_id}", message_zh=_NOTHING)
    return visit_of(row)


def list_open(
    connection: Connection,
    *,
    assignee: str | None = None,
    due_before: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
) -> VisitPage:
    """Visits to be made, the first due first.

    Args:
        connection: a snapshot.
        assignee: this person's and those that are nobody's; None: everybody's.
        due_before: only those due by then.
        after: ``next_after`` of the page before.
        limit: rows of a page.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    found = _open(assignee, due_before)
    place = finding.read_place(after)
    if place is not None:
        at, key = place
        found.append((visit.c.due_at > at) | ((visit.c.due_at == at) & (visit.c.id > key)))
    rows = connection.execute(select(visit).where(*found).order_by(visit.c.due_at, visit.c.id).limit(limit + 1)).all()
    page = rows[:limit]
    more = f"{page[-1].due_at}.{page[-1].id}" if len(rows) > limit else None
    return VisitPage(rows=tuple(map(visit_of, page)), next_after=more)


def count_open(connection: Connection, *, assignee: str | None = None, due_before: datetime | None = None) -> int:
    """How many visits are to be made; arguments as for ``list_open``."""
    counted = select(func.count()).select_from(visit).where(*_open(assignee, due_before))
    return int(connection.execute(counted).scalar_one())


def _open(assignee: str | None, due_before: datetime | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [visit.c.status == literal_column("'open'")]
    if assignee is not None:
        found.append((visit.c.assignee == assignee) | visit.c.assignee.is_(None))
    if due_before is not None:
        found.append(visit.c.due_at <= to_microseconds(due_before))
    return found


def list_done(
    connection: Connection,
    *,
    done_by: str | None = None,
    content: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> VisitPage:
    """Visits that were made, the last first.

    Args:
        connection: a snapshot.
        done_by: only this person's.
        content: only of customers who were content, or were not; None: all.
        after: ``next_after`` of the page before.
        limit: rows of a page.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    found: list[ColumnElement[bool]] = [visit.c.done_at.is_not(None)]
    if done_by is not None:
        found.append(visit.c.done_by == done_by)
    if content is not None:
        grade = visit.c.satisfied
        found.append(grade >= words.CONTENT if content else grade < words.CONTENT)
    place = finding.read_place(after)
    if place is not None:
        at, key = place
        found.append((visit.c.done_at < at) | ((visit.c.done_at == at) & (visit.c.id < key)))
    rows = connection.execute(
        select(visit).where(*found).order_by(visit.c.done_at.desc(), visit.c.id.desc()).limit(limit + 1)
    ).all()
    page = rows[:limit]
    more = f"{page[-1].done_at}.{page[-1].id}" if len(rows) > limit else None
    return VisitPage(rows=tuple(map(visit_of, page)), next_after=more)


def visits_of(connection: Connection, customer_id: str, limit: int = 20) -> tuple[Visit, ...]:
    """The visits of a customer, the newest first."""
    found = select(visit).where(visit.c.customer_id == customer_id).order_by(visit.c.id.desc())
    return tuple(visit_of(row) for row in connection.execute(found.limit(limit)))


def visit_of_case(connection: Connection, case_id: str) -> Visit | None:
    """The one question that a case asks, open or answered; None while there is none."""
    found = select(visit).where(visit.c.cause == "case", visit.c.subject == case_id)
    row = connection.execute(found).one_or_none()
    return None if row is None else visit_of(row)


def visit_of(row: Row[Any]) -> Visit:
    """A row of the table."""
    return Visit(
        id=row.id,
        cause=row.cause,
        subject=row.subject,
        customer_id=row.customer_id,
        order_id=row.order_id,
        case_id=row.case_id,
        process_id=row.process_id,
        shop=row.shop,
        assignee=row.assignee,
        created_at=from_microseconds(row.created_at),
        due_at=from_microseconds(row.due_at),
        status=row.status,
        done_at=instant_or_none(row.done_at),
        done_by=row.done_by,
        asked=row.asked,
        satisfied=row.satisfied,
        solved=None if row.solved is None else bool(row.solved),
        comment=row.comment,
        offer=row.offer,
        follow_up_case_id=row.follow_up_case_id,
    )
