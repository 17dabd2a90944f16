"""The whole call log in one list: entries, and the complaints by telephone that started a case at once (SLA-26)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from engine import canonical
from engine.clock import from_microseconds, to_microseconds
from engine.customers.calls import Call, call_of
from engine.errors import NotFound
from engine.masking import mask_within
from engine.model import Actor
from engine.queries.visibility import visible_case
from engine.store.tables import call_entry, process_instance, register_row

#: Where 13 registers a complaint that came by telephone.
REGISTER: Final = "call_log"
_COMPLAINT: Final = "complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One call; times aware UTC."""

    at: datetime
    kind: str
    #: The entry; None: a case registered the call by itself.
    call: Call | None
    case_id: str | None
    customer_id: str | None
    order_id: str | None
    #: What was said, numbers masked.
    text: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """A page of the log, the last call first."""

    rows: tuple[LogLine, ...]
    next_after: str | None


def list_log(
    connection: Connection,
    *,
    kind: str = "",
    source: str = "",
    since: int | None = None,
    until: int | None = None,
    after: str | None = None,
    limit: int = 50,
) -> LogPage:
    """A page of the log, the last call first.

    Args:
        connection: a snapshot.
        kind: only this one.
        source: only this one; registered complaints came by telephone.
        since: microseconds, included.
        until: microseconds, not included.
        after: ``next_after`` of the page before.
        limit: rows of a page, 200 at most.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    size = min(max(limit, 1), 200)
    place = _read_place(after)
    found = [
        (line.at, 1, line.call.id if line.call else 0, line)
        for line in _entries(connection, kind, source, since, until, place, size + 1)
    ]
    if kind in ("", _COMPLAINT) and source in ("", "phone"):
        found += [(line.at, 0, row, line) for row, line in _registered(connection, since, until, place, size + 1)]
    found.sort(key=lambda one: one[:3], reverse=True)
    page = found[:size]
    if len(found) <= size:
        return LogPage(rows=tuple(one[3] for one in page), next_after=None)
    at, which, key, _ = page[-1]
    return LogPage(rows=tuple(one[3] for one in page), next_after=f"{to_microseconds(at)}.{which}.{key}")


_Place = tuple[int, int, int]


def _read_place(after: str | None) -> _Place | None:
    if not after:
        return None
    parts = after.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        raise NotFound("there is no such page")
    at, which, key = map(int, parts)
    return at, which, key


def _behind(
    time: ColumnElement[int], key: ColumnElement[int], which: int, place: _Place | None
) -> list[ColumnElement[bool]]:
    """The condition that a row stands behind a place: entries before registered rows of the same instant."""
    if place is None:
        return []
    at, of, row = place
    if which < of:
        return [time <= at]
    if which > of:
        return [time < at]
    return [or_(time < at, (time == at) & (key < row))]


def _within(time: ColumnElement[int], since: int | None, until: int | None) -> list[ColumnElement[bool]]:
    found = [] if since is None else [time >= since]
    return found if until is None else [*found, time < until]


def _entries(
    connection: Connection,
    kind: str,
    source: str,
    since: int | None,
    until: int | None,
    place: _Place | None,
    limit: int,
) -> list[LogLine]:
    column = call_entry.c
    wanted = select(call_entry).where(
        *_within(column.registered_at, since, until), *_behind(column.registered_at, column.id, 1, place)
    )
    if kind:
        wanted = wanted.where(column.kind == kind)
    if source:
        wanted = wanted.where(column.source == source)
    rows = connection.execute(wanted.order_by(column.registered_at.desc(), column.id.desc()).limit(limit))
    return [_line(call_of(row)) for row in rows]


def _line(call: Call) -> LogLine:
    shown = call.shown
    return LogLine(
        at=call.registered_at,
        kind=call.kind,
        call=call,
        case_id=call.case_id,
        customer_id=call.customer_id,
        order_id=call.order_id,
        text=shown.get("note") or shown.get("goods", ""),
        by=call.registered_by,
    )


def _registered(
    connection: Connection, since: int | None, until: int | None, place: _Place | None, limit: int
) -> list[tuple[int, LogLine]]:
    """Rows of the register whose case no entry has opened: those are entries already."""
    column = register_row.c
    entered = exists().where(call_entry.c.case_id == column.case_id, call_entry.c.case_id.is_not(None))
    wanted = (
        select(column.id, column.case_id, column["values"], column.opened_at)
        .where(
            column.register == REGISTER,
            *_within(column.opened_at, since, until),
            *_behind(column.opened_at, column.id, 0, place),
            ~entered,
        )
        .order_by(column.opened_at.desc(), column.id.desc())
        .limit(limit)
    )
    rows = connection.execute(wanted)
    return [(key, _registered_line(case_id, values, opened_at)) for key, case_id, values, opened_at in rows]


def _registered_line(case_id: str, values: bytes, opened_at: int) -> LogLine:
    known = canonical.decode(values)
    return LogLine(
        at=from_microseconds(opened_at),
        kind=_COMPLAINT,
        call=None,
        case_id=case_id,
        customer_id=known.get("customer_id"),
        order_id=known.get("order_id"),
        text=mask_within(str(known.get("description") or "")),
        by=str(known.get("first_owner") or ""),
    )


def visible_cases(connection: Connection, actor: Actor, case_ids: Iterable[str | None]) -> frozenset[str]:
    """Those of the cases that the actor may see: the others are not told of."""
    ids = sorted({case_id for case_id in case_ids if case_id})
    column = process_instance.c
    wanted = select(column.case_id).where(column.case_id.in_(ids), column.depth == 0, visible_case(actor))
    return frozenset(connection.execute(wanted).scalars()) if ids else frozenset()
