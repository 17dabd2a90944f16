"""Entries of the call log as people read them: everybody who called, came by or left a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, select

from engine import access, canonical
from engine.clock import from_microseconds, instant_or_none
from engine.customers import finding, words
from engine.errors import InvalidValue, NotFound, StepError
from engine.masking import mask, mask_within
from engine.model import Actor, Value
from engine.store.tables import call_entry

_FIELDS: Final = {**words.CALL_FIELDS, **words.QUOTE_FIELDS}
_NOTHING: Final = "没有这条来电记录,或您没有权限。"


class CallProblem(InvalidValue):
    """The entry cannot be kept as it was filled in; ``field`` says where."""

    code = "call_problem"

    def __init__(self, field: str, message: str, *, message_zh: str) -> None:
        super().__init__(message, message_zh=message_zh)
        self.field = field


class CallOver(StepError):
    """The caller has been answered already."""

    code = "call_over"
    message_zh = "这位客户已由同事答复,请刷新。"
    message_en = "A colleague has answered this customer already. Please reload the page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An entry of the log. Times are aware UTC."""

    id: int
    kind: str
    source: str
    shop: str | None
    customer_id: str | None
    order_id: str | None
    case_id: str | None
    #: As it was typed: unmasked. Pages show ``shown``.
    details: Mapping[str, Value]
    registered_by: str
    registered_at: datetime
    received_at: datetime
    due_at: datetime | None
    taken_by: str | None
    attempts: int
    attempted_at: datetime | None
    called_back_at: datetime | None
    called_back_by: str | None
    result: str | None
    answer: str | None

    @property
    def is_open(self) -> bool:
        """Whether the caller still waits."""
        return self.due_at is not None and self.called_back_at is None

    @property
    def in_time(self) -> bool | None:
        """Whether the answer came in time (K36); None: none was due, or it has not come."""
        if self.due_at is None or self.called_back_at is None:
            return None
        return self.called_back_at <= self.due_at

    @property
    def limit(self) -> timedelta:
        """The working time that there is for an answer."""
        return limit_of(self.kind, self.source)

    @property
    def shown(self) -> dict[str, str]:
        """The fields as people without need see them."""
        found = {name: str(self.details[name]) for name in _FIELDS if self.details.get(name)}
        return {name: _masked(name, text) for name, text in found.items()}

    @property
    def file(self) -> Mapping[str, Value] | None:
        """The file that came with it (MSDS), as variables hold files."""
        found = self.details.get("msds")
        return found if isinstance(found, Mapping) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """A page of calls."""

    rows: tuple[Call, ...]
    next_after: str | None


def limit_of(kind: str, source: str) -> timedelta:
    """The working time that there is for an answer: 8 h for a quote, 1 h for a message, 5 min for a call."""
    found = words.CALL_KINDS[kind]
    return words.MESSAGE_LIMIT if source == "message" and not found.quote else found.limit


def _masked(name: str, text: str) -> str:
    rule = {"contact_name": "receiver_name", "contact_phone": "receiver_phone"}.get(name)
    return str(mask(rule, text)) if rule else mask_within(text)


def get(connection: Connection, call_id: int) -> Call:
    """An entry.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(call_entry).where(call_entry.c.id == call_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no call {call_id}", message_zh=_NOTHING)
    return call_of(row)


def list_waiting(
    connection: Connection, *, taken_by: str | None = None, after: str | None = None, limit: int = 50
) -> CallPage:
    """Callers who wait for an answer, the first due first.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    open_ones: list[ColumnElement[bool]] = [call_entry.c.due_at.is_not(None), call_entry.c.called_back_at.is_(None)]
    if taken_by is not None:
        open_ones.append(call_entry.c.taken_by == taken_by)
    place = finding.read_place(after)
    if place is not None:
        at, key = place
        later = call_entry.c.due_at > at
        open_ones.append(later | ((call_entry.c.due_at == at) & (call_entry.c.id > key)))
    wanted = select(call_entry).where(*open_ones).order_by(call_entry.c.due_at, call_entry.c.id)
    rows = connection.execute(wanted.limit(limit + 1)).all()
    page = rows[:limit]
    more = f"{page[-1].due_at}.{page[-1].id}" if len(rows) > limit else None
    return CallPage(rows=tuple(map(call_of, page)), next_after=more)


def count_waiting(connection: Connection) -> int:
    """How many callers wait."""
    open_ones = (call_entry.c.due_at.is_not(None), call_entry.c.called_back_at.is_(None))
    return int(connection.execute(select(func.count()).select_from(call_entry).where(*open_ones)).scalar_one())


def calls_of(connection: Connection, customer_id: str, limit: int = 20) -> tuple[Call, ...]:
    """The calls of a customer, the newest first."""
    found = select(call_entry).where(call_entry.c.customer_id == customer_id).order_by(call_entry.c.id.desc())
    return tuple(call_of(row) for row in connection.execute(found.limit(limit)))


def may_see_contact(actor: Actor, call: Call) -> bool:
    """P12: who entered the call or calls back, and the heads of service; on a click that is logged."""
    if not access.may(actor, "P12") or not words.may_edit(actor):
        return False
    return actor.id in (call.registered_by, call.taken_by) or words.heads_service(actor)


def call_of(row: Row[Any]) -> Call:
    """A row of the table."""

    def at(value: int | None) -> datetime | None:
        return instant_or_none(value)

    return Call(
        id=row.id,
        kind=row.kind,
        source=row.source,
        shop=row.shop,
        customer_id=row.customer_id,
        order_id=row.order_id,
        case_id=row.case_id,
        details=canonical.decode(row.details),
        registered_by=row.registered_by,
        registered_at=from_microseconds(row.registered_at),
        received_at=from_microseconds(row.received_at),
        due_at=at(row.due_at),
        taken_by=row.taken_by,
        attempts=row.attempts,
        attempted_at=at(row.attempted_at),
        called_back_at=at(row.called_back_at),
        called_back_by=row.called_back_by,
        result=row.result,
        answer=row.answer,
    )
