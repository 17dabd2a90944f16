"""What time makes of promises: the platform's own where nobody has made one, reminders, and those that are broken."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Row, func, literal_column, select, tuple_, update

from engine.clock import SHANGHAI, from_microseconds, instant_or_none, to_microseconds
from engine.collaboration.promises import answered_at, current_row, put
from engine.collaboration.working_time import added
from engine.history.commands import NOTE
from engine.model import SYSTEM, Event
from engine.notifications import Notice, Occasion, said_time, say, tell
from engine.roster import supervisors_of
from engine.runtime import Runtime
from engine.store.tables import process_instance, promise, user_task

#: First letters of the processes whose cases need a promise when their first user task is done.
PROMISED: Final = tuple(f"p{number}_" for number in ("01", "02", "03", "06", "08", "09", "10", "11", "12", "13"))
#: Of a case that waits for no user task and whose lane has no time limit.
_OTHERWISE: Final = timedelta(days=1)
#: How far back the first look of a process goes: what was done while no server ran is not lost.
_BACK: Final = timedelta(days=7)
#: Commits come in another order than their times.
_SLACK: Final = timedelta(minutes=1)
_BATCH: Final = 200
#: Between two looks at a broken promise that is still to be answered.
_AGAIN: Final = timedelta(hours=6)
#: (ended_at, id) of a completed user task.
_Place: TypeAlias = tuple[int, int]


class DefaultPromises:
    """Promises by default the due time of the next user task, when a case's first one is done and nobody has."""

    def __init__(self) -> None:
        self._from: _Place | None = None

    def __call__(self, runtime: Runtime) -> bool:
        """Look at the user tasks completed since the last look."""
        now = runtime.clock.now()
        place = self._from or (to_microseconds(now - _BACK), 0)
        if place[0] > to_microseconds(now):  # somebody has set the clock back
            place = (to_microseconds(now - _BACK), 0)
        while True:
            with runtime.db.read() as connection:
                cases, last = _gone_on(connection, place)
            for case_id in cases:
                promise_by_default(runtime, case_id)
            if last is None:
                break
            place = last
        self._from = (place[0] - _SLACK // timedelta(microseconds=1), 0)
        return False


def _gone_on(connection: Connection, behind: _Place) -> tuple[list[str], _Place | None]:
    """Running cases with a user task completed behind a place and no promise; and where to go on, None: nowhere."""
    rows = connection.execute(
        select(user_task.c.id, user_task.c.case_id, user_task.c.ended_at)
        .where(user_task.c.status == literal_column("'completed'"))  # as in the partial index
        .where(tuple_(user_task.c.ended_at, user_task.c.id) > behind)
        .order_by(user_task.c.ended_at, user_task.c.id)
        .limit(_BATCH)
    ).all()
    if not rows:
        return [], None
    wanted = select(process_instance.c.case_id, process_instance.c.process_id).where(
        process_instance.c.key.in_(sorted({int(row.case_id) for row in rows})),
        process_instance.c.promised_at.is_(None),
        process_instance.c.ended_at.is_(None),
    )
    cases = [row.case_id for row in connection.execute(wanted) if row.process_id.startswith(PROMISED)]
    return cases, (rows[-1].ended_at, rows[-1].id)


def promise_by_default(runtime: Runtime, case_id: str) -> None:
    """Make the platform's promise for a case, unless somebody was faster; the customer is not told by that."""
    with runtime.db.begin() as tx:
        cascade = runtime.cascade(tx, SYSTEM, runtime.clock.now())
        row = cascade.instance(int(case_id))
        if row.over or row.promised_at is not None or current_row(tx.connection, case_id) is not None:
            return
        at = _next_due(tx.connection, case_id, cascade.now)
        if at is None:
            at = added(cascade.schedule(row), cascade.now, _OTHERWISE)
        put(cascade, row, at, made_by=None, reason="", before=None)
        cascade.note(
            row, (Event(kind="promise.made", value={"promised_at": at, "reason": "", "by_default": True}),), NOTE
        )
        cascade.finish()


def _next_due(connection: Connection, case_id: str, now: datetime) -> datetime | None:
    query = select(func.min(user_task.c.due_at)).where(
        user_task.c.case_id == case_id,
        user_task.c.status.concat("") == "open",
        user_task.c.due_at > to_microseconds(now),
    )
    due = connection.execute(query).scalar_one()
    return instant_or_none(due)


def watch_promises(runtime: Runtime) -> bool:
    """Remind of promises at four fifths of their time, tell of broken ones, and note when each was answered."""
    with runtime.db.read() as connection:
        due = connection.execute(
            select(promise.c.id, promise.c.look_at)
            .where(promise.c.look_at <= to_microseconds(runtime.clock.now()))
            .order_by(promise.c.look_at)
            .limit(_BATCH)
        ).all()
    for row in due:
        _look_at(runtime, row.id, row.look_at)
    return False


def _look_at(runtime: Runtime, promise_id: int, seen: int) -> None:
    with runtime.db.begin() as tx:
        query = select(promise).where(promise.c.id == promise_id, promise.c.look_at == seen)
        row = tx.connection.execute(query).one_or_none()
        if row is None:  # another process was faster
            return
        cascade = runtime.cascade(tx, SYSTEM, runtime.clock.now())
        case, now = cascade.instance(int(row.case_id)), cascade.at
        answered = answered_at(tx.connection, row)
        late = row.promised_at < (now if answered is None else answered)
        values: dict[str, Any] = {"answered_at": answered, "look_at": None}
        if late and row.breached_at is None:
            values["breached_at"] = row.promised_at
        if answered is None and now < row.promised_at:
            values |= {"reminded_at": now, "look_at": row.promised_at}
            tell(tx, [case.owner], _reminder(row), at=cascade.now)
        elif answered is None:
            values |= {"breached_at": row.promised_at, "look_at": to_microseconds(cascade.now + _AGAIN)}
            if row.breached_at is None:
                people = {case.owner, *supervisors_of(tx.connection, case.owner, cascade.now)}
                tell(tx, people, _breach(row), at=cascade.now)
                value = {"promised_at": from_microseconds(row.promised_at), "owner": case.owner}
                cascade.note(case, (Event(kind="promise.broken", value=value),), NOTE)
        tx.connection.execute(update(promise).where(promise.c.id == promise_id).values(values))
        cascade.finish()


def _reminder(row: Row[Any]) -> Notice:
    text = say("promise_soon", case=row.case_id, due=said_time(row.promised_at))
    return Notice(occasion=Occasion.PROMISE, text=text, case_id=row.case_id, once=f"promise:{row.id}:reminder")


def _breach(row: Row[Any]) -> Notice:
    text = say("promise_broken", case=row.case_id, due=said_time(row.promised_at))
    return Notice(occasion=Occasion.PROMISE, text=text, case_id=row.case_id, once=f"promise:{row.id}:broken")


def _clock(at: int) -> str:
    return f"{from_microseconds(at).astimezone(SHANGHAI):%m-%d %H:%M}"
