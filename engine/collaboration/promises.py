"""承诺时间: by when the customer was told that there is an answer, how it changes, and what became of it.

A case's newest promise counts. It is answered by the first message to the customer after it, other than a letter about
the promise itself, or by the end of the case.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from engine.clock import from_microseconds, instant_or_none, to_microseconds
from engine.collaboration.at_case import AtCase, at_case, check_follows, checked_text
from engine.collaboration.letters import CUSTOMER, LETTER_IDS, LetterKind, preview, was_sent, write_letter
from engine.errors import InvalidValue
from engine.masking import mask_within
from engine.model import Actor, InstanceStatus
from engine.runtime import Runtime
from engine.runtime.cascade import Cascade
from engine.store.instances import InstanceRow
from engine.store.tables import outbox, process_instance, user
from engine.store.tables import promise as table
from engine.worktime.schedule import part_of

#: A promise further ahead is a slip of the hand.
FARTHEST: Final = timedelta(days=60)
MAX_REASON: Final = 500
_RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promise as people see it. Times are aware UTC."""

    id: int
    case_id: str
    promised_at: datetime
    made_at: datetime
    #: None: the platform, from the next user task's due time.
    made_by: str | None
    made_by_name: str | None
    reason: str
    #: Whether the customer was told.
    told: bool
    breached_at: datetime | None
    answered_at: datetime | None
    replaced_at: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Whether its time is over without an answer."""
        return self.answered_at is None and now >= self.promised_at

    def is_near(self, now: datetime) -> bool:
        """Whether four fifths of its time are over without an answer."""
        return self.answered_at is None and now >= reminder(self.made_at, self.promised_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """What is known of the letter that tells of a promise, see ``write_letter``."""

    submission_key: str | None
    confirmed: Collection[str] | None


def reminder(made_at: datetime, promised_at: datetime) -> datetime:
    """When the owner is reminded of a promise."""
    return made_at + part_of(max(promised_at - made_at, timedelta(0)))


def make_promise(
    runtime: Runtime,
    case_id: str,
    promised_at: datetime,
    actor: Actor,
    *,
    reason: str = "",
    tell_customer: bool = True,
    submission_key: str | None = None,
    confirmed: Collection[str] = (),
) -> int | None:
    """Promise an answer, confirm the promise that the platform made, or change it.

    Args:
        runtime: the runtime.
        case_id: whose.
        promised_at: by when, aware UTC.
        actor: who promises.
        reason: why it is changed; needed when it is.
        tell_customer: send the letter that ``preview_promise`` shows.
        submission_key: a repeated submission of the same form changes nothing.
        confirmed: words of promise in that letter that the actor stands by.

    Returns:
        The promise's id; None where this form has been sent already.

    Raises:
        NotFound: there is no such case for the actor.
        InvalidValue: the time is over or too far away, the reason is missing, the case is over, or the letter cannot
            be written.
    """
    check_follows(actor)
    runtime.definitions.refresh()
    with at_case(runtime, case_id, actor) as case:
        if was_sent(case.connection, submission_key):
            return None
        return promise_at(
            case,
            promised_at,
            reason=reason,
            tell_customer=tell_customer,
            submission_key=submission_key,
            confirmed=confirmed,
        )


def promise_at(
    case: AtCase,
    at: datetime,
    *,
    reason: str = "",
    tell_customer: bool,
    submission_key: str | None = None,
    confirmed: Collection[str] | None = None,
) -> int:
    """The same in the transaction of a case; ``confirmed`` as of ``write_letter``."""
    letter = _Letter(submission_key=submission_key, confirmed=confirmed)
    _check(case, at)
    before = current_row(case.connection, case.row.case_id)
    same = before is not None and before.promised_at == to_microseconds(at)
    said = checked_text(reason, "改期原因", most=MAX_REASON, needed=before is not None and not same)
    if before is not None and same:
        if tell_customer and before.letter is None:
            case.note("promise.confirmed", {"promised_at": at})
            _tell_customer(case, before.id, LetterKind.PROMISE, at, letter)
        return int(before.id)
    made = put(case.cascade, case.row, at, made_by=case.cascade.actor.id, reason=said, before=before)
    value = {"promised_at": at, "reason": mask_within(said)}
    if before is None:
        case.note("promise.made", value)
    else:
        case.note("promise.changed", {**value, "before": from_microseconds(before.promised_at)})
    if tell_customer:
        first = before is None or before.letter is None
        _tell_customer(case, made, LetterKind.PROMISE if first else LetterKind.CHANGE, at, letter)
    return made


def _check(case: AtCase, at: datetime) -> None:
    now = case.cascade.now
    if case.row.over:
        raise InvalidValue(
            "The case is over; no time needs to be promised any more.", message_zh="该工单已结束,不再需要承诺时间。"
        )
    if at <= now:
        raise InvalidValue(
            "The promised time must be later than now. Please choose a later one.",
            message_zh="承诺时间须晚于现在,请改成以后的时间。",
        )
    if at - now > FARTHEST:
        raise InvalidValue(
            f"A time can be promised at most {FARTHEST.days} days ahead. Please choose an earlier one.",
            message_zh=f"承诺时间最远 {FARTHEST.days} 天,请改早一些。",
        )


def put(
    cascade: Cascade, row: InstanceRow, at: datetime, *, made_by: str | None, reason: str, before: Row[Any] | None
) -> int:
    """Write a promise and its time into every running instance of the case; the event is the caller's."""
    connection, promised = cascade.tx.connection, to_microseconds(at)
    if before is not None:
        answered = answered_at(connection, before)
        over = {"replaced_at": cascade.at, "look_at": None, "answered_at": answered}
        if before.breached_at is None and before.promised_at < (cascade.at if answered is None else answered):
            over["breached_at"] = before.promised_at
        connection.execute(update(table).where(table.c.id == before.id).values(over))
    values = {
        "case_id": row.case_id,
        "promised_at": promised,
        "made_at": cascade.at,
        "made_by": made_by,
        "reason": reason,
        "look_at": to_microseconds(reminder(cascade.now, at)),
    }
    made: int = connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
    # The status by an expression, so that the case's index is taken and not that of all active instances.
    running = (process_instance.c.case_id == row.case_id, process_instance.c.status.concat("").in_(_RUNNING))
    connection.execute(update(process_instance).where(*running).values(promised_at=promised))
    row.promised_at = promised
    return made


def _tell_customer(case: AtCase, promise: int, kind: LetterKind, at: datetime, letter: _Letter) -> None:
    text = preview(case.cascade.definitions, case.row, kind, {"promised_at": at})
    written = write_letter(case, kind, text, submission_key=letter.submission_key, confirmed=letter.confirmed)
    case.connection.execute(update(table).where(table.c.id == promise).values(letter=written))


# --- reading ------------------------------------------------------------------------------------


def preview_promise(runtime: Runtime, case_id: str, promised_at: datetime, actor: Actor) -> str:
    """The letter that the customer would get.

    Raises:
        NotFound: there is no such case for the actor.
        InvalidValue: as for ``make_promise``.
    """
    check_follows(actor)
    runtime.definitions.refresh()
    with at_case(runtime, case_id, actor) as case:
        _check(case, promised_at)
        before = current_row(case.connection, case_id)
        first = before is None or before.letter is None
        kind = LetterKind.PROMISE if first else LetterKind.CHANGE
        return preview(case.cascade.definitions, case.row, kind, {"promised_at": promised_at})


def check_promise(runtime: Runtime, case_id: str, promised_at: datetime, actor: Actor, *, reason: str = "") -> None:
    """Raise what ``make_promise`` would, but for the letter; nothing is written.

    Raises:
        NotFound: there is no such case for the actor.
        InvalidValue: as for ``make_promise``.
    """
    check_follows(actor)
    with at_case(runtime, case_id, actor) as case:
        _check(case, promised_at)
        before = current_row(case.connection, case_id)
        changed = before is not None and before.promised_at != to_microseconds(promised_at)
        checked_text(reason, "改期原因", most=MAX_REASON, needed=changed)


def current_row(connection: Connection, case_id: str) -> Row[Any] | None:
    """The row of a case's promise that counts."""
    query = select(table).where(table.c.case_id == case_id, table.c.replaced_at.is_(None))
    return connection.execute(query.order_by(table.c.id.desc()).limit(1)).one_or_none()


def promises_of(connection: Connection, case_id: str) -> tuple[Promise, ...]:
    """The promises of a case, the newest first; who asks must be allowed to see the case."""
    query = select(table, user.c.name).outerjoin(user, user.c.id == table.c.made_by)
    rows = connection.execute(query.where(table.c.case_id == case_id).order_by(table.c.id.desc()).limit(20)).all()
    return tuple(_view(row, connection) for row in rows)


def answered_at(connection: Connection, row: Row[Any]) -> int | None:
    """When a promise was answered, in microseconds; None: not yet."""
    if row.answered_at is not None:
        return int(row.answered_at)
    first = select(func.min(outbox.c.written_at)).where(
        outbox.c.case_id == row.case_id,
        outbox.c.audience == CUSTOMER,
        outbox.c.written_at > row.made_at,
        outbox.c.id < LETTER_IDS,
    )
    ended = select(process_instance.c.ended_at).where(process_instance.c.key == int(row.case_id))
    found = [connection.execute(query).scalar_one_or_none() for query in (first, ended)]
    return min((at for at in found if at is not None), default=None)


def _view(row: Row[Any], connection: Connection) -> Promise:
    answered = answered_at(connection, row) if row.replaced_at is None else row.answered_at
    return Promise(
        id=row.id,
        case_id=row.case_id,
        promised_at=from_microseconds(row.promised_at),
        made_at=from_microseconds(row.made_at),
        made_by=row.made_by,
        made_by_name=row.name or row.made_by,
        reason=row.reason,
        told=row.letter is not None,
        breached_at=instant_or_none(row.breached_at),
        answered_at=instant_or_none(answered),
        replaced_at=instant_or_none(row.replaced_at),
    )
