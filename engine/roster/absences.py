"""Absences: who is away from when to when, why, and who stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, or_, select, update

from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.model import Actor, Event
from engine.roster.duty import team_of
from engine.roster.plan import planned_by
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import absence, user

#: Kind → Chinese word.
KINDS: Final[Mapping[str, str]] = {
    "leave": "休假",
    "sick": "病假",
    "out": "离岗",
    "training": "培训",
    "other": "其他",
}
LONGEST: Final = timedelta(days=366)
MAX_REASON: Final = 200
#: Absences that were over this long ago are not listed.
LISTED_AFTER: Final = timedelta(days=14)
PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """One absence. Times are aware UTC; the end is the first instant at which the person is back."""

    id: int
    user: str
    from_at: datetime
    to_at: datetime
    kind: str
    reason: str
    stand_in: str | None
    approved_by: str
    approved_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None
    cancelled_at: datetime | None

    def covers(self, at: datetime) -> bool:
        """Whether the person is away at an instant because of it."""
        return self.cancelled_at is None and self.from_at <= at < self.to_at


def list_absences(connection: Connection, now: datetime, *, of: frozenset[str] | None = None) -> tuple[Absence, ...]:
    """Absences to come, present ones and those of the last two weeks, the latest beginning first."""
    found = select(absence).where(
        absence.c.to_at > to_microseconds(now - LISTED_AFTER), absence.c.cancelled_at.is_(None)
    )
    if of is not None:
        found = found.where(absence.c.user.in_(sorted(of)))
    rows = connection.execute(found.order_by(absence.c.from_at.desc(), absence.c.id.desc()).limit(PAGE))
    return tuple(map(absence_of, rows))


def get_absence(connection: Connection, absence_id: int) -> Absence:
    """One absence.

    Raises:
        NotFound: there is none of this id.
    """
    row = connection.execute(select(absence).where(absence.c.id == absence_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no absence {absence_id}", message_zh="没有这条缺勤记录。")
    return absence_of(row)


def beginning(connection: Connection, now: datetime) -> list[Absence]:
    """Absences that have begun, whose work has not been passed on; also those that are over meanwhile."""
    due = absence.c.from_at <= to_microseconds(now)
    found = select(absence).where(absence.c.begun_at.is_(None), absence.c.cancelled_at.is_(None), due)
    return [absence_of(row) for row in connection.execute(found.order_by(absence.c.from_at, absence.c.id))]


def ending(connection: Connection, now: datetime) -> list[Absence]:
    """Absences that are over or cancelled, whose work has not been given back."""
    over = or_(absence.c.to_at <= to_microseconds(now), absence.c.cancelled_at.is_not(None))
    found = select(absence).where(absence.c.begun_at.is_not(None), absence.c.ended_at.is_(None), over)
    return [absence_of(row) for row in connection.execute(found.order_by(absence.c.to_at, absence.c.id))]


def add_absence(
    tx: Transaction,
    user_id: str,
    span: tuple[datetime, datetime],
    actor: Actor,
    *,
    at: datetime,
    kind: str,
    reason: str,
    stand_in: str | None = None,
) -> int:
    """Enter an absence that the actor has approved; gives its id.

    Raises:
        NotAllowed: somebody of another team.
        InvalidValue: it ends before it begins or has ended, overlaps another one, or the stand-in cannot be.
    """
    from_at, to_at = span
    _check_team(tx.connection, actor, user_id)
    _check_span(from_at, to_at, at)
    if kind not in KINDS:
        raise InvalidValue(
            f"{kind!r} is no kind of absence. Please choose one of the list.", message_zh="请选择缺勤类型。"
        )
    if not reason.strip():
        raise InvalidValue("Please write a reason.", message_zh="请写明原因。")
    _check_person(tx, user_id)
    _check_overlap(tx, user_id, from_at, to_at)
    if stand_in is not None:
        _check_stand_in(tx, user_id, stand_in, from_at, to_at)
    values = {
        "user": user_id,
        "from_at": to_microseconds(from_at),
        "to_at": to_microseconds(to_at),
        "kind": kind,
        "reason": reason.strip()[:MAX_REASON],
        "stand_in": stand_in,
        "approved_by": actor.id,
        "approved_at": to_microseconds(at),
    }
    (key,) = tx.connection.execute(insert(absence).values(values).returning(absence.c.id)).one()
    value = {"user": user_id, "kind": kind, "from": from_at, "to": to_at, "stand_in": stand_in}
    append_system(tx, [Event(kind="absence.added", value=value)], at=at, actor=actor.id)
    return int(key)


def cancel_absence(tx: Transaction, absence_id: int, actor: Actor, *, at: datetime) -> Absence:
    """Call an absence off, or end one that has begun now.

    Raises:
        NotFound: there is none of this id, or it is somebody's of another team: its number must not tell.
        StepError: it is over, or cancelled already.
    """
    found = get_absence(tx.connection, absence_id)
    if not _plans_for(tx.connection, actor, found.user):
        raise NotFound(f"there is no absence {absence_id} of the team of {actor.id}")
    if found.cancelled_at is not None or found.to_at <= at:
        raise StepError("This absence is over or called off.", message_zh="这次缺勤已经结束或取消。")
    tx.connection.execute(update(absence).where(absence.c.id == absence_id).values(cancelled_at=to_microseconds(at)))
    value = {"user": found.user, "from": found.from_at, "to": found.to_at}
    append_system(tx, [Event(kind="absence.cancelled", value=value)], at=at, actor=actor.id)
    return found


def mark_begun(tx: Transaction, absence_id: int, at: datetime) -> bool:
    """Say that the work is passed on; False: somebody else has said so."""
    open_ = (absence.c.id == absence_id, absence.c.begun_at.is_(None), absence.c.cancelled_at.is_(None))
    return tx.connection.execute(update(absence).where(*open_).values(begun_at=to_microseconds(at))).rowcount == 1


def mark_ended(tx: Transaction, absence_id: int, at: datetime) -> bool:
    """Say that the work is given back; False: somebody else has said so."""
    open_ = (absence.c.id == absence_id, absence.c.ended_at.is_(None))
    return tx.connection.execute(update(absence).where(*open_).values(ended_at=to_microseconds(at))).rowcount == 1


def absence_of(row: Any) -> Absence:
    """The absence in a row of the table."""

    return Absence(
        id=row.id,
        user=row.user,
        from_at=from_microseconds(row.from_at),
        to_at=from_microseconds(row.to_at),
        kind=row.kind,
        reason=row.reason,
        stand_in=row.stand_in,
        approved_by=row.approved_by,
        approved_at=from_microseconds(row.approved_at),
        begun_at=instant_or_none(row.begun_at),
        ended_at=instant_or_none(row.ended_at),
        cancelled_at=instant_or_none(row.cancelled_at),
    )


def _plans_for(connection: Connection, actor: Actor, user_id: str) -> bool:
    own = planned_by(actor)
    return own is None or user_id in own or team_of(connection, user_id) is None


def _check_team(connection: Connection, actor: Actor, user_id: str) -> None:
    if not _plans_for(connection, actor, user_id):
        raise NotAllowed("This colleague is of another team.", message_zh="这位同事不在您的小组。")


def _check_span(from_at: datetime, to_at: datetime, now: datetime) -> None:
    if to_at <= from_at:
        raise InvalidValue("The end must come after the start.", message_zh="结束时间须在开始时间之后。")
    if to_at <= now:
        raise InvalidValue(
            "The end is past already, so the absence need not be entered.", message_zh="结束时间已经过去,不用再登记。"
        )
    if to_at - from_at > LONGEST:
        raise InvalidValue(
            "An absence may be a year long at most. Please check the dates.", message_zh="一次缺勤最长一年,请检查日期。"
        )


def _check_person(tx: Transaction, user_id: str) -> None:
    if not tx.connection.execute(select(user.c.active).where(user.c.id == user_id)).scalar():
        raise InvalidValue(
            f"{user_id!r} is no active account. Please choose a colleague who works here.",
            message_zh="请选择一位在职的同事。",
        )


def _check_overlap(tx: Transaction, user_id: str, from_at: datetime, to_at: datetime) -> None:
    other = tx.connection.execute(
        select(absence.c.id).where(
            absence.c.user == user_id,
            absence.c.cancelled_at.is_(None),
            absence.c.from_at < to_microseconds(to_at),
            absence.c.to_at > to_microseconds(from_at),
        )
    ).first()
    if other is not None:
        raise InvalidValue(
            "Another absence overlaps this time. Please call that one off first.",
            message_zh="这段时间已经登记过缺勤,请先取消原来的。",
        )


def _check_stand_in(tx: Transaction, user_id: str, stand_in: str, from_at: datetime, to_at: datetime) -> None:
    if stand_in == user_id:
        raise InvalidValue(
            "Nobody stands in for oneself. Please choose somebody else.", message_zh="代班人不能是本人。"
        )
    _check_person(tx, stand_in)
    away = tx.connection.execute(
        select(absence.c.id).where(
            absence.c.user == stand_in,
            absence.c.cancelled_at.is_(None),
            absence.c.from_at < to_microseconds(to_at),
            absence.c.to_at > to_microseconds(from_at),
        )
    ).first()
    if away is not None:
        raise InvalidValue(
            "The stand-in is away in this time, too. Please choose somebody else.",
            message_zh="代班人在这段时间也不在,请另选一位。",
        )
