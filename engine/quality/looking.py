"""What a worker looks after: weekly samples, reports and digest, complaints to be fed back, what is due and late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select

from engine.quality import drawing, feedback_looks, issues, months, reminders, weeks
from engine.quality.checking import calendar_of
from engine.runtime import Runtime
from engine.store.database import Database
from engine.store.tables import installation
from engine.worktime import Calendar

_EVERY: Final = timedelta(minutes=1)
#: Portions of complaints a look makes items of; the next look goes on.
_MOST_FEEDS: Final = 20
#: Holds the last week whose Monday's work is done.
_DONE: Final = "quality_week"


class Look:
    """The look of a worker, once a minute by the runtime's clock; any number of processes may have one."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None

    def __call__(self, runtime: Runtime) -> bool:
        """Do what is due; makes no jobs."""
        now = runtime.clock.now()
        if self._looked_at is None or now - self._looked_at >= _EVERY or now < self._looked_at:
            look(runtime.db, now, calendar_of(runtime, now))
            self._looked_at = now
        return False


def look(db: Database, now: datetime, calendar: Calendar | None = None) -> None:
    """Do what is due: each part asks whether anything is before it writes, and does nothing twice."""
    begin_week(db, now, calendar)
    for _ in range(_MOST_FEEDS):  # timers and other looks wait for this one
        if not feedback_looks.feed_complaints(db, now):
            break
    feedback_looks.escalate(db, now)
    issues.remind_late(db, now)
    while reminders.remind_checks(db, now):
        pass
    while reminders.remind_signatures(db, now):
        pass
    months.look(db, now, calendar)


def begin_week(db: Database, now: datetime, calendar: Calendar | None = None) -> None:
    """Monday's work, on Monday or as soon as somebody looks."""
    here = weeks.week_of(now)
    with db.read() as connection:
        query = select(installation.c.value).where(installation.c.name == _DONE)
        done = connection.execute(query).scalar_one_or_none()
    if done is not None and done >= here:
        return
    drawing.draw_due(db, now, calendar)
    issues.make_due(db, now)
    feedback_looks.send_digest(db, now)
    with db.begin() as tx:
        tx.connection.execute(delete(installation).where(installation.c.name == _DONE))
        tx.connection.execute(insert(installation).values(name=_DONE, value=here))
