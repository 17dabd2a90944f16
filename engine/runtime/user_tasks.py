"""What people do to a user task: claim it, give it back, complete it; and what those hear who come too late."""

from __future__ import annotations

from dataclasses import replace

from engine import access
from engine.errors import DuplicateSubmission, TaskNotOpen
from engine.history.commands import NOTE
from engine.model import ID_BASE, CompleteUserTask, Event, UserTaskStatus, Variables
from engine.runtime.cascade import Cascade
from engine.store import sql
from engine.store.instances import InstanceRow, TaskRow
from engine.store.writes import write_rows


class UserTaskCommand:
    """A user task and its instance, read in the transaction in which the cascade's actor does something to it."""

    def __init__(self, cascade: Cascade, task: TaskRow, row: InstanceRow, submission_key: str | None) -> None:
        self._cascade = cascade
        self._task = task
        self._row = row
        self._submission_key = submission_key
        self._actor = cascade.actor

    def claim(self) -> None:
        """Make it the actor's, if it is not."""
        self._check()
        if self._task.assignee != self._actor.id:
            self._assign(self._actor.id, "user_task.claimed")

    def unclaim(self) -> None:
        """Make it nobody's, if it is somebody's."""
        self._check()
        if self._task.assignee is not None:
            self._assign(None, "user_task.unclaimed")

    def complete(self, variables: Variables) -> None:
        """Complete it; the repetition of a submission that completed it changes nothing."""
        task = self._task
        if task.status == UserTaskStatus.OPEN:
            self._check()
            self._cascade.run(self._row.key, CompleteUserTask(id=task.id, variables=variables))
            self._cascade.finish()
            return
        key = self._submission_key
        if key is None or (task.completed_by, task.submission_key) != (self._actor.id, key):
            access.check_task(self._actor, replace(task, assignee=None))
            raise DuplicateSubmission if task.status == UserTaskStatus.COMPLETED else TaskNotOpen

    def _check(self) -> None:
        task, deployed = self._task, self._cascade.definitions.get(self._row.definition)
        asks_four_eyes = deployed.definition.elements[task.element].properties.get("four_eyes")
        access.check_task(self._actor, task, self._four_eyes_people() if asks_four_eyes else ())
        if task.status != UserTaskStatus.OPEN:
            raise TaskNotOpen

    def _four_eyes_people(self) -> frozenset[str]:
        """Who opened the case or completed another element's task anywhere in its call tree."""
        task, row = self._task, self._row
        completed = self._cascade.tx.run(sql.SELECT_CASE_ACTORS, {"case_id": row.case_id}).fetchall()
        return access.four_eyes_people([row.opened_by], completed, task.process_id, task.element)

    def _assign(self, assignee: str | None, kind: str) -> None:
        cascade, task, row = self._cascade, self._task, self._row
        value = {"before": task.assignee, "after": assignee}
        event = Event(kind=kind, element=task.element, token=task.id - row.key * ID_BASE, value=value)
        cascade.note(row, (event,), NOTE)
        claimed_at = cascade.at if assignee is not None else None
        write_rows(cascade.tx, sql.ASSIGN_TASK, [{"of_id": task.id, "assignee": assignee, "claimed_at": claimed_at}])
        cascade.finish()
