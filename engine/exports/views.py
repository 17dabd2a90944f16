"""Requests for exports as people see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, select

from engine import access, canonical, registers
from engine.clock import Clock, from_microseconds, instant_or_none, to_microseconds
from engine.definitions import Definitions
from engine.errors import NotAllowed
from engine.model import Actor
from engine.queries.base import Names
from engine.registers import Column
from engine.store.database import Database
from engine.store.tables import register_export

_LISTED: Final = 100


class ExportStatus(StrEnum):
    """How far a request is."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    DOWNLOADED = "downloaded"
    #: Approved, and not fetched in time.
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportView:
    """One request."""

    id: str
    register: str
    name: str
    #: The filters in words.
    filters: tuple[str, ...]
    format: str
    reason: str
    rows: int
    status: ExportStatus
    requested_by: str
    requested_by_name: str
    requested_at: datetime
    decided_by_name: str | None
    decided_at: datetime | None
    answer: str | None
    expires_at: datetime | None
    may_decide: bool
    may_take: bool


def may_take_home(actor: Actor) -> bool:
    """Whether the actor has anything to do with exports: takes, asks for or approves them."""
    return access.may(actor, "P15") or access.reach(actor, "P14") is access.Reach.PROPOSE


def list_requests(db: Database, definitions: Definitions, clock: Clock, actor: Actor) -> tuple[ExportView, ...]:
    """The actor's own requests, and all of them for who approves; the waiting first, then the newest.

    Raises:
        NotAllowed: the actor has nothing to do with exports.
    """
    if not may_take_home(actor):
        raise NotAllowed(f"{actor.id} neither asks for exports nor approves them")
    approves = access.may(actor, "P15")
    waiting = register_export.c.status == ExportStatus.WAITING.value
    wanted = select(register_export).order_by(waiting.desc(), register_export.c.requested_at.desc()).limit(_LISTED)
    if not approves:
        wanted = wanted.where(register_export.c.requested_by == actor.id)
    now, versions = clock.now(), definitions.all_latest()
    with db.read() as connection:
        rows = connection.execute(wanted).all()
        names = Names(
            connection, definitions, {person for row in rows for person in (row.requested_by, row.decided_by)}
        )
        columns = {
            register: registers.columns_of(connection, register, versions)
            for register in {row.register for row in rows}
        }
    return tuple(_view(row, columns[row.register], names, actor, now, approves=approves) for row in rows)


def _view(
    row: Row[Any], columns: Sequence[Column], names: Names, actor: Actor, now: datetime, *, approves: bool
) -> ExportView:
    status = status_at(row, now)
    own = row.requested_by == actor.id
    return ExportView(
        id=row.id,
        register=row.register,
        name=registers.name_of(row.register),
        filters=tuple(registers.describe(registers.decode_asked(canonical.decode(row.filter)), columns)),
        format=row.format,
        reason=row.reason,
        rows=row.rows,
        status=status,
        requested_by=row.requested_by,
        requested_by_name=names.person(row.requested_by),
        requested_at=from_microseconds(row.requested_at),
        decided_by_name=None if row.decided_by is None else names.person(row.decided_by),
        decided_at=instant_or_none(row.decided_at),
        answer=row.answer,
        expires_at=instant_or_none(row.expires_at),
        may_decide=approves and not own and status is ExportStatus.WAITING,
        may_take=own and status is ExportStatus.APPROVED,
    )


def status_at(row: Row[Any], now: datetime) -> ExportStatus:
    """The status at an instant: an approval lapses by itself."""
    status = ExportStatus(row.status)
    late = status is ExportStatus.APPROVED and row.expires_at is not None and to_microseconds(now) >= row.expires_at
    return ExportStatus.EXPIRED if late else status
