"""What a superior writes beside a month's score sheet (SLA-34), and that the person has read and signed it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from engine import access
from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.errors import InvalidValue, NotAllowed, NotFound, StepError
from engine.model import Actor, Event
from engine.notifications import Notice, Occasion, say, tell
from engine.quality import weeks, words
from engine.quality.checking import NOBODY_WAITS, waits_until
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import appraisal, user
from engine.worktime import Calendar

MAX_TEXT: Final = 2000
_T = appraisal.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """What is written for a person and a month."""

    person: str
    month: str
    #: 反馈与指导, 绩效改善计划, 晋升与职业发展.
    guidance: str
    plan: str
    career: str
    written_by: str
    written_by_name: str
    written_at: datetime
    reply: str
    signed_at: datetime | None


def writes(actor: Actor) -> bool:
    """P17: assesses others."""
    return access.may(actor, "P17")


def may_write(actor: Actor, person: str) -> bool:
    """P17 over the person, who is somebody else."""
    within = access.people_within(actor, "P17")
    return writes(actor) and person != actor.id and (within is None or person in within)


def may_read(actor: Actor, person: str) -> bool:
    """One's own, or by P16 that of others in reach."""
    if person == actor.id:
        return access.may(actor, "P16")
    within = access.people_within(actor, "P16")
    return access.may(actor, "P16") and (within is None or person in within)


def read_appraisal(connection: Connection, person: str, month: str, actor: Actor) -> Appraisal | None:
    """What is written; None: nothing yet.

    Raises:
        NotFound: the person is not the actor's to see, or there is none.
    """
    name = connection.execute(select(user.c.name).where(user.c.id == person)).scalar_one_or_none()
    if name is None or not may_read(actor, person):
        raise NotFound(f"there is no appraisal of {person[:40]!r}", message_zh="没有这位同事,或您没有权限。")
    row = connection.execute(_query().where(_T.person == person, _T.month == month)).one_or_none()
    return None if row is None else _appraisal(row)


def list_month(connection: Connection, month: str, people: Collection[str]) -> dict[str, Appraisal]:
    """By person, of those people."""
    rows = connection.execute(_query().where(_T.month == month, _T.person.in_(sorted(people))))
    return {row.person: _appraisal(row) for row in rows}


def list_signed(connection: Connection, people: Collection[str]) -> set[tuple[str, str]]:
    """(person, month) of those people's appraisals that are signed."""
    query = select(_T.person, _T.month).where(_T.person.in_(sorted(people)), _T.signed_at.is_not(None))
    return {(row.person, row.month) for row in connection.execute(query)}


def write(
    tx: Transaction,
    person: str,
    month: str,
    actor: Actor,
    *,
    guidance: str,
    plan: str,
    career: str,
    now: datetime,
    calendar: Calendar | None = None,
) -> None:
    """Write a person's appraisal, or write it anew while it is not signed, and tell the person.

    Raises:
        NotFound: the person is not the actor's to see.
        NotAllowed: the actor does not assess the person.
        InvalidValue: the feedback is missing, a text is too long, or the month has not begun.
        StepError: the person has signed it.
    """
    known = read_appraisal(tx.connection, person, month, actor)
    if not may_write(actor, person):
        raise NotAllowed(f"{actor.id} does not assess {person}")
    if month > weeks.month_of(now):
        raise InvalidValue("This month has not begun yet.", message_zh="这个月还没有开始。")
    texts = {"guidance": guidance.strip(), "plan": plan.strip(), "career": career.strip()}
    if not texts["guidance"]:
        raise InvalidValue("Please fill in the feedback.", message_zh="请填写反馈与指导。")
    if max(map(len, texts.values())) > MAX_TEXT:
        raise InvalidValue(
            f"Each text may have {MAX_TEXT} characters. Please shorten it.", message_zh=f"每项最长 {MAX_TEXT} 字。"
        )
    if known is not None and known.signed_at is not None:
        raise StepError(
            "The person has signed it, so it cannot change any more.", message_zh="本人已经签字,内容不能再改。"
        )
    due = weeks.after_working_days(now, words.DAYS_TO_SIGN, calendar)
    values = {**texts, "written_by": actor.id, "written_at": to_microseconds(now), **waits_until(due, calendar)}
    if known is None:
        tx.connection.execute(insert(appraisal).values(person=person, month=month, reply="", **values))
    else:
        unsigned = (_T.person == person, _T.month == month, _T.signed_at.is_(None))
        tx.connection.execute(update(appraisal).where(*unsigned).values(values))
    value = {"person": person, "month": month, **texts}
    append_system(tx, [Event(kind="appraisal.written", value=value)], at=now, actor=actor.id)
    said = say("appraisal_written", month=month)
    notice = Notice(occasion=Occasion.QUALITY, text=said, page=f"/appraisals/{person}?month={month}")
    tell(tx, [person], notice, at=now, actor=actor.id)


def sign(tx: Transaction, person: str, month: str, actor: Actor, *, reply: str, now: datetime) -> None:
    """Sign the own appraisal; what is written then stays.

    Raises:
        NotFound: there is none of the actor.
        InvalidValue: the reply is too long.
        StepError: it is signed.
    """
    known = read_appraisal(tx.connection, person, month, actor)
    if known is None or person != actor.id:
        raise NotFound("nothing to sign", message_zh="没有要您签字的考评。")
    if len(reply.strip()) > MAX_TEXT:
        raise InvalidValue(
            f"The reply may have {MAX_TEXT} characters. Please shorten it.", message_zh=f"本人意见最长 {MAX_TEXT} 字。"
        )
    unsigned = (_T.person == person, _T.month == month, _T.signed_at.is_(None))
    values = {"signed_at": to_microseconds(now), "reply": reply.strip(), **NOBODY_WAITS}
    if tx.connection.execute(update(appraisal).where(*unsigned).values(values)).rowcount != 1:
        raise StepError("You have signed it already. Please reload the page.", message_zh="您已经签过字,请刷新页面。")
    value = {"person": person, "month": month, "reply": reply.strip()}
    append_system(tx, [Event(kind="appraisal.signed", value=value)], at=now, actor=actor.id)
    notice = Notice(
        occasion=Occasion.QUALITY,
        text=say("appraisal_signed", who=actor.name, month=month),
        page=f"/appraisals/{person}?month={month}",
    )
    tell(tx, [known.written_by], notice, at=now, actor=actor.id)


def _query() -> Any:
    return select(appraisal, user.c.name.label("writer_name")).outerjoin(user, user.c.id == _T.written_by)


def _appraisal(row: Row[Any]) -> Appraisal:
    return Appraisal(
        person=row.person,
        month=row.month,
        guidance=row.guidance,
        plan=row.plan,
        career=row.career,
        written_by=row.written_by,
        written_by_name=row.writer_name or row.written_by,
        written_at=from_microseconds(row.written_at),
        reply=row.reply,
        signed_at=instant_or_none(row.signed_at),
    )
