"""Finds open after-sales cases whose customer has heard nothing for a day, and reminds their owners."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, exists, func, literal_column, select

from engine.clock import from_microseconds, to_microseconds
from engine.collaboration.letters import CUSTOMER, last_told
from engine.notifications import Notice, Occasion, say, tell
from engine.runtime import Runtime
from engine.store.tables import outbox, process_instance

#: First letters of the processes whose customers hear of their case at least once a day (catalogue SLA-10).
AFTER_SALES: Final = tuple(f"p{number}_" for number in ("02", "03", "08", "09", "10", "12", "13"))
SILENT: Final = timedelta(days=1)
#: Instances that one look walks over: it goes round, some further each time.
_STRIDE: Final = 1000
#: Between two rounds.
_ROUND: Final = timedelta(minutes=10)


class SilentCases:
    """Goes round all running cases; whom it tells of one hears again when another day has passed."""

    def __init__(self) -> None:
        self._behind = 0
        self._rests_until: datetime | None = None

    def __call__(self, runtime: Runtime) -> bool:
        """Look at the next cases; makes no jobs."""
        now = runtime.clock.now()
        if self._rests_until is not None and now < self._rests_until <= now + _ROUND:  # later: the clock was set back
            return False
        self._rests_until = None
        with runtime.db.read() as connection:
            last, silent = _silent(connection, self._behind, now)
        for row in silent:
            _remind(runtime, row, now)
        self._behind = last or 0
        if last is None:
            self._rests_until = now + _ROUND
        return False


def is_silent(connection: Connection, case_id: str, process_id: str, opened_at: datetime, now: datetime) -> bool:
    """Whether the customer of a running case ought to hear how things stand."""
    if not process_id.startswith(AFTER_SALES):
        return False
    told = last_told(connection, case_id)
    since = opened_at if told is None else max(opened_at, from_microseconds(told))
    return now - since >= SILENT


def _silent(connection: Connection, behind: int, now: datetime) -> tuple[int | None, list[Row[Any]]]:
    """Where the next look begins (None: at the beginning), and the silent cases up to there."""
    before = to_microseconds(now - SILENT)
    walked = (
        select(process_instance.c.key)
        .where(process_instance.c.status == literal_column("'active'"), process_instance.c.key > behind)
        .order_by(process_instance.c.key)
        .limit(_STRIDE)
        .subquery()
    )
    last, count = connection.execute(select(func.max(walked.c.key), func.count()).select_from(walked)).one()
    if not count:
        return None, []
    heard = exists().where(
        outbox.c.case_id == process_instance.c.case_id,
        outbox.c.audience == CUSTOMER,
        outbox.c.written_at > before,
    )
    rows = connection.execute(
        select(
            process_instance.c.key,
            process_instance.c.case_id,
            process_instance.c.process_id,
            process_instance.c.owner,
            process_instance.c.opened_at,
        )
        .where(
            process_instance.c.status == literal_column("'active'"),
            process_instance.c.key > behind,
            process_instance.c.key <= last,
            process_instance.c.depth == 0,
            process_instance.c.opened_at <= before,
            ~heard,
        )
        .order_by(process_instance.c.key)
    ).all()
    silent: list[Any] = [row for row in rows if row.process_id.startswith(AFTER_SALES)]
    return (last if count == _STRIDE else None), silent


def _remind(runtime: Runtime, row: Row[Any], now: datetime) -> None:
    with runtime.db.begin() as tx:
        told = last_told(tx.connection, row.case_id)
        since = row.opened_at if told is None else max(row.opened_at, told)
        days = (now - from_microseconds(since)) // SILENT
        if days < 1:
            return
        text = say("silent", case=row.case_id, days=days)
        once = f"silent:{row.case_id}:{since}:{days}"
        notice = Notice(
            occasion=Occasion.PROMISE,
            text=text,
            case_id=row.case_id,
            page=f"/cases/{row.case_id}/progress-message",
            once=once,
        )
        tell(tx, [row.owner], notice, at=now)
