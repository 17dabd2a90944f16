"""What each command does to an instance before its tokens move on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.bpmn import repairs
from engine.bpmn.frame import CANCELLED
from engine.bpmn.instance import Instance
from engine.bpmn.problem import PROBLEMS, allowed
from engine.bpmn.specs.activities import CallActivity, JobTask, UserTask
from engine.bpmn.specs.base import Node
from engine.bpmn.specs.waiting import Message, Timer
from engine.bpmn.token import Token
from engine.errors import StepError, TaskNotOpen
from engine.model import (
    Cancel,
    Command,
    CompleteCall,
    CompleteJob,
    CompleteUserTask,
    CorrelateMessage,
    CorrelateSignal,
    EscalateCall,
    FailCall,
    FailJob,
    FireTimer,
    JobRescheduled,
    Modify,
    ResolveIncident,
    SaveProgress,
    Skip,
    ThrowError,
    Variables,
)


def apply(instance: Instance, command: Command) -> None:
    """Put a command's effect on the instance's tokens; the tokens have not moved on yet.

    Raises:
        TaskNotOpen: the user task does not wait for a person any more.
        StepError: the command does not fit the instance.
    """
    _APPLY[type(command)](instance, command)


def start(instance: Instance, element: str, variables: Variables) -> None:
    """Begin at a start event, or at what a message starts, with these variables in the process scope."""
    for name, value in allowed(variables).items():
        instance.set_variable(name, value)
    instance.changed = True
    instance.emit("instance.started", value={"variables": dict(variables)})
    spec, root = instance.spec.task_specs[element], instance.root
    root.task_spec.watch(root)
    if isinstance(spec, Message):
        _begin_by_message(instance, spec)
    else:
        instance.token(spec, root)


def _begin_by_message(instance: Instance, spec: Message) -> None:
    """Begin at a receive task, or at an event behind an event-based gateway, whose message has come.

    Source: BPMN 2.0.2 §13.4.4: a parallel gateway waits for the messages of all its other events as well.
    """
    root, gateway = instance.root, instance.spec.instantiating.get(spec.name)
    if gateway is not None:
        passed = instance.place(gateway, root)
        gateway.tell_entered(passed)
        gateway.tell_completed(passed)
        passed.remove()
        instance.emit("flow.taken", element=instance.spec.flow_ids.get((gateway.name, spec.name)))
    token = instance.place(spec, root)
    spec.begun_by(token)
    if gateway is not None and gateway.all_of_them:
        for name in gateway._outputs:
            if name != spec.name:
                instance.emit("flow.taken", element=instance.spec.flow_ids.get((gateway.name, name)))
                instance.token(instance.spec.task_specs[name], root)


def _complete_user_task(instance: Instance, command: CompleteUserTask) -> None:
    token = instance.find(command.id)
    if token is None or not token.waits or not isinstance(token.task_spec, UserTask):
        raise TaskNotOpen(f"user task {command.id} is not open")
    token.report = {"variables": dict(command.variables)}
    instance.put_checked(token, allowed(command.variables))
    token.finish()


def _save_progress(instance: Instance, command: SaveProgress) -> None:
    token = instance.find(command.id)
    if token is None or not token.waits or not isinstance(token.task_spec, UserTask):
        raise TaskNotOpen(f"user task {command.id} is not open")
    element, known = token.task_spec.element, token.task_spec.extensions.progress
    others = sorted(allowed(command.variables).keys() - set(known))
    if others or not command.variables:
        raise StepError(
            f"There is no progress of {element} that could be kept ({others or 'nothing'} was sent).",
            message_zh="没有可以保存的进度。",
        )
    try:
        token.task_spec.save_progress(token, command.variables)
    except PROBLEMS as problem:
        raise StepError(
            f"The progress of {element} cannot be written into the register and is not kept: "
            f"{problem}. Please check what you filled in.",
            message_zh="进度无法写入登记表,没有保存;请检查所填内容。",
        ) from problem


def _complete_job(instance: Instance, command: CompleteJob) -> None:
    token = _waiting(instance, command.id, JobTask)
    if command.variables:
        token.report = {"variables": dict(command.variables)}
    instance.put_checked(token, allowed(command.variables))
    _done(instance, token)


def _fail_job(instance: Instance, command: FailJob) -> None:
    token = _waiting(instance, command.id, JobTask, Timer)
    exhausted = command.retries_left <= 0
    left = max(command.retries_left, 0)
    instance.emit("job.failed", token, {"problem": command.problem, "retries_left": left})
    instance.rescheduled.append(
        JobRescheduled(
            id=command.id,
            retries_left=left,
            due_at=None if exhausted else command.retry_at or instance.now,
            problem=command.problem,
        )
    )
    if exhausted and token.incident is None:
        instance.open_incident(token, "no_retries_left", command.problem)


def _throw_error(instance: Instance, command: ThrowError) -> None:
    token = _waiting(instance, command.id, JobTask)
    _throw(instance, token, command.error_code, allowed(command.variables))


def _fire_timer(instance: Instance, command: FireTimer) -> None:
    token = _waiting(instance, command.id, Timer)
    _settle(instance, token)
    token.task_spec.fire(token, None)


def _correlate(instance: Instance, command: CorrelateMessage) -> None:
    token = _waiting(instance, command.id, Message)
    if token.task_spec.definition.name != command.name:
        raise StepError(f"{token.task_spec.name} does not wait for {command.name}")
    token.task_spec.fire(token, command.payload)


def _signal(instance: Instance, command: CorrelateSignal) -> None:
    if not instance.broadcast(command.name, command.payload):
        raise StepError(f"nothing waits for the signal {command.name}")


def _complete_call(instance: Instance, command: CompleteCall) -> None:
    token = _waiting(instance, command.id, CallActivity)
    token.report = {"end_state": command.end_state}
    ext = token.task_spec.extensions
    if ext.outputs or ext.child_variables:
        instance.put_checked(token, command.variables)
    _done(instance, token)


def _fail_call(instance: Instance, command: FailCall) -> None:
    _throw(instance, _waiting(instance, command.id, CallActivity), command.error_code, {})


def _escalate_call(instance: Instance, command: EscalateCall) -> None:
    token = _waiting(instance, command.id, CallActivity)
    element = token.task_spec.element
    instance.throw_escalation(token, command.escalation_code, allowed(command.variables), element=element)


def _resolve(instance: Instance, command: ResolveIncident) -> None:
    token = instance.find(command.id)
    if token is None or token.incident is None:
        raise StepError(f"{command.id} has no incident")
    kind = token.incident
    for name, value in allowed(command.variables).items():
        token.assign(name, value)
    instance.close_incident(token, token.tell_changes())
    instance.touched = True
    if kind == "no_retries_left":
        left, due = _retries(token), token.due or instance.now
        instance.rescheduled.append(JobRescheduled(id=command.id, retries_left=left, due_at=due, problem=None))
    elif token.waits:
        token.task_spec.resolved(token)
    else:
        instance.queue.append(token)


def _retries(token: Token) -> int:
    try:
        return int(token.task_spec.retries(token))
    except PROBLEMS as problem:
        raise StepError(
            f"The retries cannot be worked out: {problem}. Please correct the variables and try again.",
            message_zh="无法计算重试次数,请修正变量后再试。",
        ) from problem


def _cancel(instance: Instance, command: Cancel) -> None:
    instance.emit("instance.cancelled", value={"reason": command.reason})
    instance.cancel_all(instance.root.held)
    instance.root._set_state(CANCELLED)


def _throw(instance: Instance, token: Token, code: str, variables: Variables) -> None:
    token.report = {"error_code": code}
    instance.throw_error(token, code, variables, element=token.task_spec.element)


def _done(instance: Instance, token: Token) -> None:
    _settle(instance, token)
    token.finish()


def _settle(instance: Instance, token: Token) -> None:
    """A job that works after all takes its incident with it."""
    if token.incident is not None:
        instance.close_incident(token, {})


def _waiting(instance: Instance, public_id: int, *kinds: type[Node]) -> Token:
    token = instance.find(public_id)
    if token is None or not token.waits or not isinstance(token.task_spec, kinds):
        raise StepError(f"{public_id} does not wait for this")
    return token


_APPLY: Final[Mapping[type, Callable[[Instance, Any], None]]] = {
    CompleteUserTask: _complete_user_task,
    SaveProgress: _save_progress,
    CompleteJob: _complete_job,
    FailJob: _fail_job,
    ThrowError: _throw_error,
    FireTimer: _fire_timer,
    CorrelateMessage: _correlate,
    CompleteCall: _complete_call,
    CorrelateSignal: _signal,
    FailCall: _fail_call,
    EscalateCall: _escalate_call,
    ResolveIncident: _resolve,
    Skip: repairs.skip,
    Modify: repairs.modify,
    Cancel: _cancel,
}
