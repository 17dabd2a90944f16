"""Where waiting events stand: in the flow, at the edge of an activity, at the start of an event sub-process."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from engine.bpmn.frame import COMPLETED, READY
from engine.bpmn.specs.gateways import EventBased
from engine.bpmn.specs.waiting import Condition, Message, Signal, Timer, Waiting
from engine.model import Value

if TYPE_CHECKING:
    from engine.bpmn.specs.sub_processes import EventSubProcess
    from engine.bpmn.token import Token


class Catch(Waiting):
    """An event in the flow, or after an event-based gateway."""

    def fire(self, token: Token, payload: Value) -> None:
        """The token goes on; after a gateway, the other events are called off."""
        leave_gateway(token)
        self.take(token, payload)
        token.finish()


def leave_gateway(token: Token) -> None:
    """An event behind an event-based gateway came first: the gateway is over."""
    holder = token.holder
    if isinstance(holder.task_spec, EventBased):
        holder.task_spec.chosen_by(holder, token)


class Edge(Waiting):
    """An event that watches a scope without keeping it open, and leaves it alone or ends it."""

    keeps_scope: ClassVar = False
    interrupting: bool = True

    @abstractmethod
    def caught(self, host: Token, told: Mapping[str, Value], values: Mapping[str, Value]) -> None:
        """An error or escalation was thrown in the scope or activity whose event this is."""

    def again(self, token: Token, host: Token) -> None:
        """It fired and did not interrupt: wait once more, if it can recur."""
        if self.repeats(token):
            following = token.workflow.token(self, host, side=host.side)
            self.inherit(token, following)


class Boundary(Edge):
    """An event at the edge of an activity; its token is held by the activity's."""

    def fire(self, token: Token, payload: Value) -> None:
        """Interrupting: the activity ends. Else the activity goes on, and the event waits again if it can recur.

        Source: BPMN 2.0.2 §13.5.3.
        """
        host = token.holder
        token.move(host.holder)
        if self.interrupting:
            host.cancel()
        else:
            self.again(token, host)
            token.side = True
        self.take(token, payload)
        token.finish()

    def caught(self, host: Token, told: Mapping[str, Value], values: Mapping[str, Value]) -> None:
        """What was thrown comes out here; nothing waited for it before."""
        instance = host.workflow
        token = instance.place(self, host.holder, side=host.side or not self.interrupting)
        if self.interrupting:
            host.cancel()
        instance.emit("element.entered", token, dict(told))
        instance.put_checked(token, values)
        token.finish()

    def key_scope(self, token: Token) -> Token:
        """A key does not see the activity's own variables, since the event outlives them."""
        return token.holder.holder


class ScopeStart(Edge):
    """The start event of an event sub-process; its token watches from the scope that holds it.

    Source: BPMN 2.0.2 §13.5.4.
    """

    #: The event sub-process that it starts.
    sub_process: EventSubProcess

    def fire(self, token: Token, payload: Value) -> None:
        """The event sub-process begins; interrupting, it takes the scope over, else it may begin again."""
        scope = token.holder
        if not self.interrupting:
            self.again(token, scope)
        self._begin(token, scope)
        self.take(token, payload)
        self._come(token)

    def caught(self, host: Token, told: Mapping[str, Value], values: Mapping[str, Value]) -> None:
        """What was thrown within the scope is dealt with here."""
        instance = host.workflow
        token = instance.place(self, host)
        instance.emit("element.entered", token, dict(told))
        self._begin(token, host)
        instance.put_checked(token, values)
        self._come(token)

    def _begin(self, token: Token, scope: Token) -> None:
        """The event sub-process's own token, which holds that of its start event."""
        if self.interrupting:
            scope.task_spec.cancel_body(scope, token)
        around = token.workflow.token(self.sub_process, scope)
        token.move(around)

    def _come(self, token: Token) -> None:
        """The event has happened; its token goes on when the event sub-process has been entered."""
        self.tell_completed(token)
        token.report = {}
        token._set_state(READY)


class TimerCatch(Timer, Catch):
    """An intermediate timer event."""


class MessageCatch(Message, Catch):
    """An intermediate message event."""


class SignalCatch(Signal, Catch):
    """An intermediate signal event."""


class ConditionCatch(Condition, Catch):
    """An intermediate conditional event."""


class TimerBoundary(Timer, Boundary):
    """A timer at an activity; its value is evaluated in the activity's scope."""


class MessageBoundary(Message, Boundary):
    """A message at an activity."""


class SignalBoundary(Signal, Boundary):
    """A signal at an activity."""


class ConditionBoundary(Condition, Boundary):
    """A condition at an activity."""


class TimerWatch(Timer, ScopeStart):
    """A timer that starts an event sub-process."""


class MessageWatch(Message, ScopeStart):
    """A message that starts an event sub-process."""


class SignalWatch(Signal, ScopeStart):
    """A signal that starts an event sub-process."""


class ConditionWatch(Condition, ScopeStart):
    """A condition that starts an event sub-process."""


class Part(Waiting):
    """One of several things that a multiple event waits for; its token is held by the event's.

    Source: BPMN 2.0.2 §10.5.5: a multiple event fires with the first, a parallel multiple one with the last.
    """

    keeps_scope: ClassVar = False

    def fire(self, token: Token, payload: Value) -> None:
        """It came: the event fires if that is enough."""
        whole = token.holder
        token._set_state(COMPLETED)
        enough = not whole.task_spec.parallel or len(whole.held) == 1
        if enough:
            whole.task_spec.fire(whole, None)
        self.take(token, payload)
        self.tell_completed(token)
        token.remove()
        if enough:
            token.workflow.cancel_all(whole.held)

    def key_scope(self, token: Token) -> Token:
        """As the event's own."""
        whole = token.holder
        scope: Token = whole.task_spec.key_scope(whole)
        return scope


class TimerPart(Timer, Part):
    """A timer among several definitions."""


class MessagePart(Message, Part):
    """A message among several definitions."""


class SignalPart(Signal, Part):
    """A signal among several definitions."""


class ConditionPart(Condition, Part):
    """A condition among several definitions."""


class Multiple(Waiting):
    """An event with several definitions: waits for the first of them, or for all."""

    parts: tuple[Part, ...] = ()
    parallel: bool = False

    def _run_hook(self, token: Token) -> None:
        self.tell_entered(token)
        for part in self.parts:
            waiting = token.workflow.token(part, token, side=token.side)
            if token.memory is not None:
                part.only_changes(waiting)

    def again(self, token: Token, host: Token) -> None:
        """Wait on for the parts that have not come, and anew for those that can recur."""
        instance = token.workflow
        if self.parallel:
            instance.token(self, host, side=host.side).memory = {"again": True}
            return
        following = instance.place(self, host, side=host.side)
        self.tell_entered(following)
        for part in list(token.held):
            if part.state_number != COMPLETED:
                part.move(following)
            elif part.task_spec.repeats(part):
                fresh = instance.token(part.task_spec, following, side=host.side)
                part.task_spec.inherit(part, fresh)
        if not following.held:
            following.cancel()


class MultipleCatch(Multiple, Catch):
    """A multiple event in the flow."""


class MultipleBoundary(Multiple, Boundary):
    """A multiple event at an activity."""


class MultipleWatch(Multiple, ScopeStart):
    """A multiple event that starts an event sub-process."""
