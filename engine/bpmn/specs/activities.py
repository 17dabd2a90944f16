"""Tasks and calls: what a person, a job, a rule, a message or another process does."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from engine.bpmn.extensions import split_names
from engine.bpmn.problem import Problem, checked
from engine.bpmn.specs.base import Node
from engine.bpmn.specs.due import due_of
from engine.bpmn.specs.events import EventNode, send, thrown_message
from engine.bpmn.specs.places import MessageCatch
from engine.bpmn.specs.waiting import DEFAULT_RETRIES
from engine.bpmn.timing import instant
from engine.dmn.tracing import told
from engine.model import CallOpened, ClosedKind, JobKind, JobOpened, UserTaskOpened, Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.bpmn.token import Token
    from engine.dmn import Decision
    from engine.feel import Expression

DEFAULT_PRIORITY = 50
_MAX_TURN = 10**15


class UserTask(Node):
    """Waits for a person (BPMN 2.0.2 §13.3.3)."""

    row: ClassVar = ClosedKind.USER_TASK
    subject: ClassVar = "user_task"
    asks_person = True

    def _run_hook(self, token: Token) -> None:
        ext, instance = self.extensions, token.workflow
        groups = _groups(token)
        due_at, alarm = due_of(token, groups, _instant(ext.due, token))
        row = UserTaskOpened(
            id=instance.public_id(token),
            element=self.element,
            form_id=ext.form_id,
            candidate_groups=groups,
            assignee=_text(_value(ext.assignee, token), "assignee"),
            due_at=due_at,
            follow_up_at=_instant(ext.follow_up, token),
            priority=_whole(_value(ext.priority, token), DEFAULT_PRIORITY, "priority", 0, 100),
            queue_no=_turn(_value(ext.queue, token)),
            alarm=alarm,
        )
        instance.open(token, row)
        told: dict[str, Value] = {"form": row.form_id, "groups": list(row.candidate_groups), "assignee": row.assignee}
        if row.due_at is not None:
            told["due_at"] = row.due_at
        if row.queue_no is not None:
            told["queue_no"] = row.queue_no
        if alarm is not None and alarm.duration is not None:
            told["sla"] = {"group": alarm.group, "priority": alarm.priority, "duration": alarm.duration}
        instance.emit("user_task.created", token, told)
        self.wait(token)

    def save_progress(self, token: Token, values: Mapping[str, Value]) -> None:
        """Set variables of the scope around the task while it stays open, and write its register's row with them.

        Raises:
            Problem: the register's row cannot be worked out, or a value cannot be kept; nothing was set.
        """
        kept = {name: checked(value, "expression", name) for name, value in values.items()}
        row = self._register_of(token, kept)
        copied = {mapping.target for mapping in self.extensions.inputs}
        for name, value in kept.items():
            token.assign(name, value, outer=name in copied)
            if token.local is not None and name in copied:
                token.local[name] = value  # else the task itself would go on with its copy
        token.workflow.emit("user_task.progress_saved", token, {"variables": kept, **token.tell_changes()})
        self._write_register(token, row)


class JobTask(Node):
    """A service or send task: a job does its work after the commit."""

    row: ClassVar = ClosedKind.JOB
    subject: ClassVar = "job"
    job_kind: ClassVar = JobKind.SERVICE

    def _run_hook(self, token: Token) -> None:
        ext, instance = self.extensions, token.workflow
        job_type = _text(_value(ext.job_type, token), "job type")
        if not job_type:
            raise Problem("expression", "the job has no type")
        row = JobOpened(
            id=instance.public_id(token),
            element=self.element,
            kind=self.job_kind,
            type=job_type,
            due_at=None,
            retries=self.retries(token),
            variables=dict(token.local or {}),
            headers=ext.headers,
        )
        instance.open(token, row)
        instance.emit("job.created", token, {"type": job_type, **({"variables": row.variables} if token.local else {})})
        self.wait(token)

    def retries(self, token: Token) -> int:
        """How often the job is tried."""
        return _whole(_value(self.extensions.retries, token), DEFAULT_RETRIES, "retries", 1, 100)


class SendTask(JobTask):
    """A job whose work is a message to the customer."""

    job_kind: ClassVar = JobKind.SEND


class ScriptTask(Node):
    """Computes a value in FEEL."""

    def _run_hook(self, token: Token) -> bool:
        ext = self.extensions
        if ext.script is not None and ext.result is not None:
            value = checked(ext.script(token.look, token.workflow.now), "expression", ext.result)
            token.put({ext.result: value})
        self.tell_entered(token)
        return True


class DecisionTask(Node):
    """Evaluates a decision; the rules that hit go into the history."""

    decision: Decision

    def _run_hook(self, token: Token) -> bool:
        ext = self.extensions
        result = self.decision.evaluate(token.look, token.workflow.now)
        output = checked(result.output, "decision", self.decision.id)
        if ext.result is not None:
            token.put({ext.result: output})
        self.tell_entered(token)
        token.workflow.emit("decision.evaluated", token, told(self.decision.id, result))
        return True


class CallActivity(Node):
    """Waits for a process of its own, which the runtime starts."""

    row: ClassVar = ClosedKind.CALL
    subject: ClassVar = "call"

    def _run_hook(self, token: Token) -> None:
        ext, instance = self.extensions, token.workflow
        inputs = dict(token.local or {})
        row = CallOpened(
            id=instance.public_id(token),
            element=self.element,
            process_id=ext.process_id or "",
            variables=token.visible() if ext.parent_variables else inputs,
            explicit=tuple(inputs),
        )
        instance.open(token, row)
        instance.emit("call.started", token, {"process": row.process_id, **({"variables": inputs} if inputs else {})})
        self.wait(token)


class ReceiveTask(MessageCatch):
    """Waits for its message as an activity, to which events can be attached (BPMN 2.0.2 §13.3.3)."""

    def _run_hook(self, token: Token) -> None:
        super()._run_hook(token)
        self.wait(token)


class SendMessageTask(EventNode):
    """A send task without a job: throws its message and goes on."""

    def _run_hook(self, token: Token) -> bool:
        message = thrown_message(self.definition, token, self.element)
        self.tell_entered(token)
        send(token, message, own_number=True)
        return True


def _value(expression: Expression | None, token: Token) -> Value:
    return None if expression is None else expression(token.look, token.workflow.now)


def _text(value: Value, what: str) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise Problem("expression", f"the {what} is a {type(value).__name__}, not a text")


def _groups(token: Token) -> tuple[str, ...]:
    groups = token.task_spec.extensions.groups
    if groups is None or isinstance(groups, tuple):
        return groups or ()
    value = groups(token.look, token.workflow.now)
    if isinstance(value, str):
        return split_names(value)
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    raise Problem("expression", "the candidate groups are neither a text nor a list of texts")


def _instant(expression: Expression | None, token: Token) -> datetime | None:
    value = _value(expression, token)
    return None if value is None else instant(value, token.workflow.now)


def _turn(value: Value) -> int | None:
    """The number of a task in its queue; null: it is in none."""
    if value is None:
        return None
    whole = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    if whole and 0 <= value <= _MAX_TURN and value == int(value):
        return int(value)
    raise Problem("expression", f"the queue is {value!r}, not a whole number from 0 on")


def _whole(value: Value, default: int, what: str, least: int, most: int) -> int:
    if value is None:
        return default
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = Decimal(value)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and value == int(value):
        return min(max(int(value), least), most)
    raise Problem("expression", f"the {what} is {value!r}, not a whole number")
