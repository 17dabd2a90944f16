"""Tells those who do a user task that its follow-up date has come."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import literal_column, select

from engine.clock import to_microseconds
from engine.collaboration.names import element_name
from engine.notifications import Notice, Occasion, members_of, say, tell
from engine.runtime import Runtime
from engine.store.tables import user_task

#: How far back the first look of a process goes.
_BACK: Final = timedelta(days=7)
#: And every later one: commits come in another order than their times, and an undo brings a date back that is over.
_SLACK: Final = timedelta(minutes=2)


class FollowUps:
    """Each date is told of once, to who has claimed the task, else to its groups."""

    def __init__(self) -> None:
        self._from: int | None = None
        #: (task, date) told of within the slack.
        self._told: set[tuple[int, int]] = set()

    def __call__(self, runtime: Runtime) -> bool:
        """Look at the dates that have come since the last look; makes no jobs."""
        now = runtime.clock.now()
        until = to_microseconds(now)
        known = self._from is not None and self._from <= until  # else somebody has set the clock back
        since = self._from if known else to_microseconds(now - _BACK)
        query = (
            select(user_task)
            .where(user_task.c.status == literal_column("'open'"))  # as in the partial index
            .where(user_task.c.follow_up_at >= since, user_task.c.follow_up_at <= until)
            .order_by(user_task.c.follow_up_at, user_task.c.id)
        )
        with runtime.db.read() as connection:
            due = connection.execute(query).all()
        new = [row for row in due if (row.id, row.follow_up_at) not in self._told]
        for row in new:
            name = element_name(runtime.definitions, row.definition, row.element)
            notice = Notice(
                occasion=Occasion.FOLLOW_UP,
                text=say("follow_up", case=row.case_id, task=name),
                case_id=row.case_id,
                task=row.id,
                once=f"follow_up:{row.id}:{row.follow_up_at}",
            )
            with runtime.db.begin() as tx:
                people = [row.assignee] if row.assignee else members_of(tx.connection, row.candidate_groups.split(","))
                tell(tx, people, notice, at=now)
        self._told = {(row.id, row.follow_up_at) for row in due}
        self._from = until - _SLACK // timedelta(microseconds=1)
        return False
