"""What events wait for: a timer, a message, a signal, a condition. Where they stand is in ``places``."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from engine.bpmn.problem import Problem, holds
from engine.bpmn.scopes import is_leaving
from engine.bpmn.specs.events import EventNode, correlation_key
from engine.bpmn.timing import TimerKind, cycle, instant
from engine.model import ClosedKind, JobKind, JobOpened, SubscriptionKind, SubscriptionOpened, Value

if TYPE_CHECKING:
    from engine.bpmn.timing import Duration
    from engine.bpmn.token import Token

DEFAULT_RETRIES = 3


class Waiting(EventNode):
    """An event that fires by a command, or when a condition becomes true."""

    @abstractmethod
    def fire(self, token: Token, payload: Value) -> None:
        """What the token waited for has come: a payload for messages and signals, None for timers."""

    def take(self, token: Token, payload: Value) -> None:
        """Keep what came, and say what the event of the firing tells."""

    def key_scope(self, token: Token) -> Token:
        """In whose scope a correlation key is evaluated."""
        return token

    def repeats(self, fired: Token) -> bool:
        """Whether it waits again after it fired without interrupting."""
        return True

    def inherit(self, fired: Token, following: Token) -> None:
        """What the token that waits again takes over from the one that fired."""

    def only_changes(self, token: Token) -> None:
        """It waits again in a multiple event: what holds already does not count."""

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
            element=self.element,
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

    def repeats(self, fired: Token) -> bool:
        """A cycle with turns left."""
        return bool(fired.left)

    def inherit(self, fired: Token, following: Token) -> None:
        """The next turn counts from this one."""
        following.due, following.left = fired.due, fired.left


class Message(Waiting):
    """Waits for a message of its name and correlation key."""

    row: ClassVar = ClosedKind.SUBSCRIPTION
    subject: ClassVar = "subscription"
    completed_as: ClassVar = "correlated"

    def _run_hook(self, token: Token) -> None:
        self.subscribe(token)

    def subscribe(self, token: Token) -> None:
        """Begin to wait for the message."""
        instance = token.workflow
        key = correlation_key(self.definition, self.key_scope(token))
        row = SubscriptionOpened(
            id=instance.public_id(token),
            element=self.element,
            message_name=self.definition.name or "",
            correlation_key=key,
        )
        instance.open(token, row)
        instance.emit("subscription.opened", token, {"message": row.message_name, "correlation_key": key})

    def begun_by(self, token: Token) -> None:
        """The message came and started the instance; what it brought is among the instance's variables."""
        instance, name = token.workflow, self.definition.name or ""
        row = SubscriptionOpened(
            id=instance.public_id(token), element=self.element, message_name=name, correlation_key=""
        )
        instance.open(token, row)
        instance.emit("subscription.opened", token, {"message": name})
        token.report = {"message": name}
        token.finish()

    def take(self, token: Token, payload: Value) -> None:
        """The payload becomes one variable."""
        token.report = {"message": self.definition.name or ""}
        token.workflow.put_checked(token, {self.definition.variable: payload})


class Signal(Waiting):
    """Waits for a signal, which everybody who waits for it gets (BPMN 2.0.2 §10.5.5)."""

    row: ClassVar = ClosedKind.SUBSCRIPTION
    subject: ClassVar = "subscription"
    completed_as: ClassVar = "correlated"

    def _run_hook(self, token: Token) -> None:
        self.subscribe(token)

    def subscribe(self, token: Token) -> None:
        """Begin to wait for the signal."""
        instance = token.workflow
        name = self.definition.name or ""
        instance.open(
            token,
            SubscriptionOpened(
                id=instance.public_id(token),
                element=self.element,
                message_name=name,
                correlation_key="",
                kind=SubscriptionKind.SIGNAL,
            ),
        )
        instance.emit("subscription.opened", token, {"signal": name})

    def hears(self, signal: str) -> bool:
        """Whether it waits for this one."""
        return self.definition.name == signal

    def take(self, token: Token, payload: Value) -> None:
        """A payload that is not empty becomes one variable."""
        token.report = {"signal": self.definition.name or ""}
        if payload:
            token.workflow.put_checked(token, {self.definition.variable: dict(payload)})


class Condition(Waiting):
    """Waits until a condition over the variables visible at the event becomes true (BPMN 2.0.2 §10.5.5).

    The token remembers only that the condition was true already: it must be false before it can become true again.
    """

    rests: ClassVar = True

    def _run_hook(self, token: Token) -> None:
        self.tell_entered(token)

    def look_again(self, token: Token) -> bool:
        """Fire if the condition was false and is true now; null counts as false.

        What watches an activity or a scope that is about to leave does not watch any more.

        Raises:
            Problem: it is neither.
        """
        if is_leaving(token.holder):
            return False
        condition = self.definition.expression
        look, now = token.look, token.workflow.now
        true = condition is not None and condition(look, now) is not None and holds(condition, look, now)
        if not true:
            token.memory = None
        elif token.memory is None:
            self.fire(token, None)
            return True
        return False

    def inherit(self, fired: Token, following: Token) -> None:
        """It has just been true."""
        self.only_changes(following)

    def only_changes(self, token: Token) -> None:
        """It must be false before it can become true."""
        token.memory = {"true": True}


def _after(length: Duration, start: datetime) -> datetime:
    try:
        return length.after(start)
    except (OverflowError, ValueError) as problem:
        raise Problem("timer", "the next turn is beyond the calendar") from problem
