"""Events that wait: for a timer, a message or an error; in the flow, after a gateway, or at the edge of an activity."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from engine.bpmn.problem import Problem
from engine.bpmn.specs.activities import DEFAULT_RETRIES
from engine.bpmn.specs.events import EventNode, Trigger, correlation_key
from engine.bpmn.specs.gateways import EventBased
from engine.bpmn.timing import TimerKind, cycle, instant
from engine.model import ClosedKind, JobKind, JobOpened, SubscriptionOpened, Value

if TYPE_CHECKING:
    from engine.bpmn.timing import Duration
    from engine.bpmn.token import Token


class Waiting(EventNode):
    """An event that fires by a command."""

    def fire(self, token: Token, payload: Value) -> None:
        """What the token waited for has come: a payload for messages, None for timers."""
        raise NotImplementedError

    def take(self, token: Token, payload: Value) -> None:
        """Keep what came, and say what the event of the firing tells."""

    def retries(self, token: Token) -> int:
        """How often the job of a timer is tried."""
        return DEFAULT_RETRIES


class Timer(Waiting):
    """Waits until its job falls due. The instant is fixed when the token arrives."""

    row: ClassVar = ClosedKind.JOB
    subject: ClassVar = "timer"
    completed_as: ClassVar = "fired"

    def _run_hook(self, token: Token) -> None:
        instance = token.workflow
        due, left = self._next(token)
        token.due, token.left = due, left
        row = JobOpened(
            id=instance.public_id(token),
            element=self.name,
            kind=JobKind.TIMER,
            type="timer",
            due_at=due,
            retries=DEFAULT_RETRIES,
            variables={},
            headers={},
        )
        instance.open(token, row)
        instance.emit("timer.armed", token, {"due_at": due})

    def _next(self, token: Token) -> tuple[datetime, int | None]:
        """When it falls due, and how many times more after that (-1: for ever, None: it is no cycle)."""
        expression, now = self.definition.expression, token.workflow.now
        value = None if expression is None else expression(token.look, now)
        if self.definition.timer is not TimerKind.CYCLE:
            return instant(value, now), None
        times, length = cycle(value)
        left = token.left
        if left is None or token.due is None:
            return _after(length, now), -1 if times is None else times - 1
        # The next turn counts from the one before; turns missed while nothing ran are not made up for.
        due = _after(length, token.due)
        return (due if due > now else _after(length, now)), (left if left < 0 else left - 1)

    def take(self, token: Token, payload: Value) -> None:
        """A timer brings nothing; its event tells for when it was set."""
        token.report = {"scheduled_at": token.due}


class Message(Waiting):
    """Waits for a message of its name and correlation key."""

    row: ClassVar = ClosedKind.SUBSCRIPTION
    subject: ClassVar = "subscription"
    completed_as: ClassVar = "correlated"

    def _run_hook(self, token: Token) -> None:
        instance = token.workflow
        key = correlation_key(self.definition, self.key_scope(token))
        row = SubscriptionOpened(
            id=instance.public_id(token),
            element=self.name,
            message_name=self.definition.name or "",
            correlation_key=key,
        )
        instance.open(token, row)
        instance.emit("subscription.opened", token, {"message": row.message_name, "correlation_key": key})

    def key_scope(self, token: Token) -> Token:
        """In whose scope the correlation key is evaluated."""
        return token

    def take(self, token: Token, payload: Value) -> None:
        """The payload becomes one variable: the message's name without ``msg_``."""
        name = self.definition.name or ""
        token.report = {"message": name}
        token.workflow.put_checked(token, {name.removeprefix("msg_"): payload})


class Catch(Waiting):
    """An event in the flow, or after an event-based gateway."""

    def fire(self, token: Token, payload: Value) -> None:
        """The token goes on; after a gateway, the other events are called off."""
        holder = token.holder
        if isinstance(holder.task_spec, EventBased):
            holder.task_spec.chosen_by(holder, token)
        self.take(token, payload)
        token.finish()


class Boundary(Waiting):
    """An event at the edge of an activity; its token is held by the activity's."""

    keeps_scope: ClassVar = False
    interrupting: bool = True

    def fire(self, token: Token, payload: Value) -> None:
        """Interrupting: the activity ends. Else the activity goes on, and the event waits again if it can recur.

        Source: BPMN 2.0.2 §13.5.3.
        """
        host = token.holder
        token.move(host.holder)
        if self.interrupting:
            host.cancel()
        else:
            self._again(token, host)
            token.side = True
        self.take(token, payload)
        token.finish()

    def _again(self, token: Token, host: Token) -> None:
        if self.definition.trigger is Trigger.TIMER and not token.left:
            return
        following = token.workflow.token(self, host, side=host.side)
        following.due, following.left = token.due, token.left


class TimerCatch(Timer, Catch):
    """An intermediate timer event."""


class MessageCatch(Message, Catch):
    """An intermediate message event."""


class TimerBoundary(Timer, Boundary):
    """A timer at an activity; its value is evaluated in the activity's scope."""


class MessageBoundary(Message, Boundary):
    """A message at an activity."""

    def key_scope(self, token: Token) -> Token:
        """The key does not see the activity's own variables, since the event outlives them."""
        return token.holder.holder


class ErrorBoundary(Boundary):
    """Catches errors; its token comes with the error, nothing waits before."""


def _after(length: Duration, start: datetime) -> datetime:
    try:
        return length.after(start)
    except (OverflowError, ValueError) as problem:
        raise Problem("timer", "the next turn is beyond the calendar") from problem
