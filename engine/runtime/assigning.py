"""Handing user tasks to people and putting them off: the doors of the runtime beside claiming and completing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import Final

from engine import access, accounts
from engine.errors import InvalidValue, StepError
from engine.model import Actor
from engine.runtime.participants import case_facts
from engine.runtime.user_tasks import UserTaskCommand
from engine.store.database import Database, Transaction

MAX_REASON: Final = 500
#: A follow-up further ahead is a slip of the hand.
FARTHEST: Final = timedelta(days=366)
_CHANGED: Final = "其间已有变化,没有撤销。"


class Assigning(ABC):
    """What a runtime does about who does a task, and when somebody looks at it again."""

    db: Database

    @abstractmethod
    def _user_task(
        self, tx: Transaction, task_id: int, actor: Actor, submission_key: str | None = None
    ) -> UserTaskCommand:
        """A user task, read for a command on it."""

    def assign(self, task_id: int, assignee: str | None, actor: Actor, *, reason: str = "") -> str | None:
        """Hand an open user task to somebody, or back to its groups; gives who had it before.

        Who has it already keeps it: nothing changes. The new assignee is told, and who had it.

        Args:
            task_id: the user task.
            assignee: an active account that may do the task; None: nobody, as after ``unclaim``.
            actor: who hands it over: P06 and the case in reach, or the system; anybody may take a free one
                (``claim``) and give back the own one (``unclaim``).
            reason: stands in the history; up to 500 characters.

        Raises:
            NotFound: there is no such task, or the actor may not see its case.
            NotAllowed: the actor may not hand it over.
            InvalidValue: the assignee may not do it; ``message_zh`` says why.
            TaskNotOpen: it is over.
            NotYourTurn: it stands in a queue behind others.
        """
        with self.db.begin() as tx:
            task = self._user_task(tx, task_id, actor)
            before = task.assignee
            if not access.may_assign(actor):
                task.assign_self(assignee)
                return before
            access.check_reach(actor, "P06", case_facts(tx.connection, task.case_id))
            task.assign(_checked_team(actor, self._person(tx, assignee)), reason.strip()[:MAX_REASON])
            return before

    def assign_self(self, task_id: int, assignee: str | None, actor: Actor) -> str | None:
        """Claim an open user task (``assignee`` is the actor), or give it back; gives who had it before.

        Raises:
            NotFound, NotAllowed, FourEyes, TaskNotOpen, NotYourTurn: as for ``claim``.
        """
        with self.db.begin() as tx:
            task = self._user_task(tx, task_id, actor)
            before = task.assignee
            task.assign_self(assignee)
            return before

    def put_back(self, task_id: int, before: str | None, after: str | None, actor: Actor) -> None:
        """Undo what ``assign`` or ``assign_self`` did, if nobody has changed it since.

        Raises:
            StepError: somebody has.
            NotFound, NotAllowed, InvalidValue, TaskNotOpen, NotYourTurn: as for ``assign``.
        """
        with self.db.begin() as tx:
            task = self._user_task(tx, task_id, actor)
            if task.assignee != after:
                raise StepError("The task has changed hands since, so nothing was undone.", message_zh=_CHANGED)
            if {before, after} <= {None, actor.id}:
                task.assign_self(before)
                return
            access.check_reach(actor, "P06", case_facts(tx.connection, task.case_id))
            task.assign(self._person(tx, before), "撤销")

    def put_back_follow_up(self, task_id: int, before: datetime | None, after: datetime | None, actor: Actor) -> None:
        """Undo what ``follow_up`` did, if nobody has changed it since; the time before may be over by now.

        Raises:
            StepError: somebody has.
            NotFound, NotAllowed, TaskNotOpen: as for ``follow_up``.
        """
        with self.db.begin() as tx:
            task = self._user_task(tx, task_id, actor)
            if task.follow_up_at != after:
                raise StepError("The follow-up was changed since, so nothing was undone.", message_zh=_CHANGED)
            self._check_case(tx, task, actor)
            task.follow_up(before, None, hands_over=access.may_assign(actor))

    def _person(self, tx: Transaction, user_id: str | None) -> Actor | None:
        if user_id is None:
            return None
        found = accounts.find_in(tx.connection, user_id)
        if found is None or not found.active:
            raise InvalidValue(f"There is no active account {user_id[:40]!r}.", message_zh="没有这个账号,或已停用。")
        return found.actor

    def _check_case(self, tx: Transaction, task: UserTaskCommand, actor: Actor) -> None:
        if access.may_assign(actor):
            access.check_reach(actor, "P06", case_facts(tx.connection, task.case_id))

    def follow_up(self, task_id: int, at: datetime | None, actor: Actor) -> datetime | None:
        """Set the time at which somebody looks at an open user task again; gives the one before.

        Args:
            task_id: the user task.
            at: aware UTC, later than now; None: no such time any more.
            actor: whoever may do the task, or hand it over.

        Raises:
            NotFound, NotAllowed, TaskNotOpen: as for ``assign``.
            InvalidValue: the time is over, or more than a year away.
        """
        with self.db.begin() as tx:
            task = self._user_task(tx, task_id, actor)
            self._check_case(tx, task, actor)
            return task.follow_up(at, FARTHEST, hands_over=access.may_assign(actor))


def _checked_team(actor: Actor, person: Actor | None) -> Actor | None:
    """The person, who is of the actor's team, or of none.

    Raises:
        InvalidValue: of another one.
    """
    within = access.people_within(actor, "P06")
    if person is None or within is None or person.id in within or person.team is None:
        return person
    raise InvalidValue(
        f"{person.name} is of another team. Please ask a manager to assign the task.",
        message_zh=f"{person.name}不在您的小组,请经理转派。",
    )
