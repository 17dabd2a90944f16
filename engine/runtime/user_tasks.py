"""What people do to a user task: claim it, give it back, save its progress, complete it; what the late ones hear."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from engine import access, attachments
from engine.clock import instant_or_none, microseconds_or_none
from engine.errors import (
    DuplicateSubmission,
    EngineError,
    FourEyes,
    InvalidValue,
    NotAllowed,
    NotYourTurn,
    OwnCase,
    StaleProgress,
    TaskNotOpen,
)
from engine.failpoints import reached
from engine.history.commands import NOTE
from engine.labels import labels_for
from engine.model import ID_BASE, Actor, CompleteUserTask, Event, SaveProgress, UserTaskStatus, Value, Variables
from engine.notifications import Notice, Occasion, Said, said_reason, say, tell
from engine.runtime.cascade import Cascade
from engine.store import assigning, sql
from engine.store.instances import InstanceRow, TaskRow
from engine.store.writes import write_rows

#: Kind of an incident: a completion had to be undone, because the process cannot go on with it.
REFUSED: Final = "completion_refused"


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
        self._check_turn()
        if self._task.assignee != self._actor.id:
            self._assign(self._actor.id, "user_task.claimed")

    def unclaim(self) -> None:
        """Make it nobody's, if it is somebody's."""
        self._check()
        if self._task.assignee is not None:
            self._assign(None, "user_task.unclaimed")

    @property
    def assignee(self) -> str | None:
        """Who has it."""
        return self._task.assignee

    @property
    def follow_up_at(self) -> datetime | None:
        """When somebody looks at it again."""
        at = self._task.follow_up_at
        return instant_or_none(at)

    @property
    def case_id(self) -> str:
        """Of which case it is."""
        return self._task.case_id

    def assign_self(self, assignee: str | None) -> None:
        """Claim it or give it back, as who may not hand it to others.

        Raises:
            NotAllowed: it is for somebody else, or somebody else has it.
        """
        if assignee == self._actor.id:
            self.claim()
        elif assignee is None and self._task.assignee == self._actor.id:
            self.unclaim()
        else:
            access.check_task(self._actor, replace(self._task, assignee=None))  # who may not see it learns nothing
            raise NotAllowed(
                "You do not have the permission to assign tasks; you can claim and release your own.",
                message_zh="您没有转派任务的权限,只能认领或退回自己的。",
            )

    def assign(self, assignee: Actor | None, reason: str) -> None:
        """Make it somebody's who may do it, or nobody's; a suspended case's too.

        Raises:
            InvalidValue: the assignee may not do it.
        """
        if self._task.status != UserTaskStatus.OPEN:
            raise TaskNotOpen
        if assignee is not None:
            self._check_assignee(assignee)
            self._check_turn()
        after = None if assignee is None else assignee.id
        if after == self._task.assignee:
            return
        self._tell(assignee, reason)
        self._assign(after, "user_task.assigned", reason)

    def pass_on(self, assignee: Actor | None, reason: str) -> bool:
        """Take it from who has it: for somebody who may do it, else for its groups; tells whether it is the former.

        Nobody is told, and nothing happens to a task that is over or free.
        """
        passed = self.hand_on(assignee, reason)
        self._cascade.finish()
        return passed

    def hand_on(self, assignee: Actor | None, reason: str) -> bool:
        """As ``pass_on``, in a cascade that somebody else finishes."""
        if self._task.status != UserTaskStatus.OPEN or self._task.assignee is None:
            return False
        try:
            if assignee is not None:
                self._check_person(assignee, replace(self._task, assignee=None))
                self._check_turn()
        except (NotAllowed, NotYourTurn):
            assignee = None
        after = None if assignee is None else assignee.id
        if after != self._task.assignee:
            self._give(after, "user_task.assigned", reason)
        return assignee is not None

    def follow_up(self, at: datetime | None, farthest: timedelta | None, *, hands_over: bool) -> datetime | None:
        """Set when somebody looks at it again, not beyond the farthest (None: any time); gives what was set before."""
        cascade, before, was = self._cascade, self._task.follow_up_at, self.follow_up_at
        if hands_over and self._task.status != UserTaskStatus.OPEN:
            raise TaskNotOpen
        if not hands_over:
            self._check()
        if at is not None and farthest is not None and not cascade.now < at <= cascade.now + farthest:
            raise InvalidValue(
                "The follow-up must be later than now and within a year.",
                message_zh="跟进时间须晚于现在,且在一年之内。",
            )
        after = microseconds_or_none(at)
        if after != before:
            self._note("user_task.follow_up_set", {"before": was, "after": at})
            write_rows(cascade.tx, assigning.FOLLOW_UP_TASK, [{"of_id": self._task.id, "follow_up_at": after}])
            cascade.finish()
        return was

    def complete(self, variables: Variables, notes: tuple[Event, ...] = ()) -> None:
        """Complete it; the repetition of a submission that completed it changes nothing.

        Args:
            variables: of the form.
            notes: what else the history keeps of the completion, behind the events of its step.
        """
        task = self._task
        if task.status == UserTaskStatus.OPEN:
            self._check()
            self._check_turn()
            if self._row.incidents:
                self.forget_refusal()
            self._bind_files(variables)
            self._cascade.run(self._row.key, CompleteUserTask(id=task.id, variables=variables), notes)
            self._cascade.finish()
            return
        key = self._submission_key
        if key is None or (task.completed_by, task.submission_key) != (self._actor.id, key):
            access.check_task(self._actor, replace(task, assignee=None))
            raise DuplicateSubmission if task.status == UserTaskStatus.COMPLETED else TaskNotOpen

    def save_progress(self, variables: Variables, seen: int | None, notes: tuple[Event, ...] = ()) -> None:
        """Keep what it has come to so far; the repetition of a submission that was kept changes nothing."""
        task, tx = self._task, self._cascade.tx
        mine = {"task": task.id, "saved_by": self._actor.id, "submission_key": self._submission_key}
        if self._submission_key is not None and tx.run(sql.SELECT_SAVED_WITH, mine).fetchone() is not None:
            return
        self._check()
        self._check_turn()
        (last,) = tx.run(sql.SELECT_LAST_PROGRESS, {"task": task.id}).fetchone()
        number = last or 0
        if seen is not None and seen != number:
            raise StaleProgress(f"progress of user task {task.id} was saved {number} times, not {seen}")
        self._bind_files(variables)
        self._cascade.run(self._row.key, SaveProgress(id=task.id, variables=variables), notes)
        write_rows(tx, sql.INSERT_PROGRESS, [{**mine, "number": number + 1, "saved_at": self._cascade.at}])
        reached("runtime.progress.saved")
        self._cascade.finish()

    def leave_incident(self, problem: EngineError) -> None:
        """Say on the case what the process made of a completion that had to be undone; the task stays open."""
        known = self._cascade.tx.run(sql.SELECT_INCIDENT, {"id": self._task.id}).fetchone()
        if self._task.status != UserTaskStatus.OPEN or known is not None:
            return
        self._row.incidents += 1
        self._note("incident.created", {"kind": REFUSED, "message": str(problem)})
        incident = {
            "id": self._task.id,
            "instance": self._row.key,
            "case_id": self._row.case_id,
            "element": self._task.element,
            "kind": REFUSED,
            "message": str(problem),
            "created_at": self._cascade.at,
        }
        write_rows(self._cascade.tx, sql.INSERT_INCIDENT, [incident])
        reached("runtime.refusal.noted")
        self._cascade.finish()

    def forget_refusal(self) -> None:
        """The incident that an undone completion left is over: the cause is mended, or it is completed after all."""
        if self._cascade.tx.run(sql.DELETE_INCIDENT, {"of_id": self._task.id}).rowcount:
            reached("runtime.refusal.forgotten")
            self._row.incidents -= 1
            self._note("incident.resolved", {"kind": REFUSED})

    def _check(self) -> None:
        task = self._task
        self._check_person(self._actor, task)
        if task.status != UserTaskStatus.OPEN:
            raise TaskNotOpen
        if self._row.suspended:
            raise TaskNotOpen(
                "The case is suspended; its tasks can be done when it is resumed.",
                message_zh="该工单已暂停,恢复后才能办理。",
            )

    def _check_person(self, person: Actor, task: TaskRow) -> None:
        asked = self._cascade.definitions.get(self._row.definition).definition.elements[task.element].properties
        rule = asked.get("four_eyes")
        people = self._four_eyes_people(rule) if rule else ()
        access.check_task(person, task, people, asked.get("permission"))
        access.check_own_case(person, self._row.customer_id)

    def _check_assignee(self, person: Actor) -> None:
        """The problem is the assignee's, not the actor's: it is said in the third person."""
        try:
            self._check_person(person, replace(self._task, assignee=None))
        except FourEyes as problem:
            said = f"{person.name}已经办过这个工单的其他步骤,须由另一位同事办理。"
            raise InvalidValue(
                f"{person.name} has done another step of this case; a different colleague has to do this one.",
                message_zh=said,
            ) from problem
        except OwnCase as problem:
            said = f"这是{person.name}本人的订单,须由另一位同事办理。"
            raise InvalidValue(
                f"{person.name} has done another step of this case; a different colleague has to do this one.",
                message_zh=said,
            ) from problem
        except NotAllowed as problem:
            said = f"{person.name}不在该任务的岗位,或没有办理它的权限。"
            raise InvalidValue(
                f"{person.name} has done another step of this case; a different colleague has to do this one.",
                message_zh=said,
            ) from problem

    def _tell(self, assignee: Actor | None, reason: str) -> None:
        """The new assignee hears what is to be done, who had it that it is gone."""
        cascade, task = self._cascade, self._task
        name = cascade.definitions.get(task.definition).element_name(task.element)
        who, why = self._actor.name, said_reason(reason)
        if assignee is not None:
            self._notify(assignee.id, say("assigned", who=who, task=name, why=why))
        if task.assignee is not None and assignee is not None:
            self._notify(task.assignee, say("assigned_away", who=who, task=name, to=assignee.name, why=why))
        elif task.assignee is not None:
            self._notify(task.assignee, say("released", who=who, task=name, why=why))

    def _notify(self, person: str, text: Said) -> None:
        task, cascade = self._task, self._cascade
        notice = Notice(occasion=Occasion.ASSIGNED, text=text, case_id=task.case_id, task=task.id)
        tell(cascade.tx, [person], notice, at=cascade.now, actor=self._actor.id)

    def _bind_files(self, variables: Variables) -> None:
        personal = labels_for(self._cascade.definitions.get(self._row.definition)).is_personal
        attachments.bind(self._cascade.tx, variables, case_id=self._row.case_id, actor=self._actor, personal=personal)

    def _check_turn(self) -> None:
        """A task in a queue waits for those before it."""
        task = self._task
        if task.queue_no is None:
            return
        asked = {"process_id": task.process_id, "element": task.element, "queue_no": task.queue_no}
        earlier = self._cascade.tx.run(sql.SELECT_EARLIER_TURN, asked).fetchone()
        if earlier is not None:
            raise NotYourTurn(*earlier)

    def _four_eyes_people(self, rule: str) -> frozenset[str]:
        """Who may not do it for what they did anywhere in the case's call tree (property ``four_eyes``)."""
        task, row, tx = self._task, self._row, self._cascade.tx
        done = tx.run(sql.SELECT_CASE_ACTORS, {"case_id": row.case_id}).fetchall()
        done += tx.run(sql.SELECT_REGISTRANTS, {"case_id": row.case_id}).fetchall()
        opened = [row.opened_by, row.first_owner]
        return access.four_eyes_people(opened, done, task.process_id, task.element, rule)

    def _assign(self, assignee: str | None, kind: str, reason: str = "") -> None:
        self._give(assignee, kind, reason)
        self._cascade.finish()

    def _give(self, assignee: str | None, kind: str, reason: str = "") -> None:
        cascade, task = self._cascade, self._task
        why = {"reason": reason} if reason else {}
        self._note(kind, {"before": task.assignee, "after": assignee, **why})
        claimed_at = cascade.at if assignee is not None else None
        reached("runtime.assign.before")
        write_rows(
            cascade.tx, assigning.ASSIGN_TASK, [{"of_id": task.id, "assignee": assignee, "claimed_at": claimed_at}]
        )
        reached("runtime.assign.after")

    def _note(self, kind: str, value: Value) -> None:
        """An event of the task that no step makes."""
        token = self._task.id - self._row.key * ID_BASE
        event = Event(kind=kind, element=self._task.element, token=token, value=value)
        self._cascade.note(self._row, (event,), NOTE)
