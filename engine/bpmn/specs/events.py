"""Events that do not wait: starts, throws and ends."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec import structs

from engine import canonical
from engine.bpmn.problem import Problem
from engine.bpmn.scopes import is_process, lives
from engine.bpmn.specs.base import Node
from engine.bpmn.trigger import NO_DEFINITION, EventDefinition, Trigger
from engine.model import MessageThrown, SignalThrown, Value

if TYPE_CHECKING:
    from engine.bpmn.specs.compensation import Undo
    from engine.bpmn.token import Token

#: What is thrown when no other token can move, so that a branch on its way to catch it is in time.
LATE: Final = frozenset({Trigger.SIGNAL, Trigger.COMPENSATE})


class EventNode(Node):
    """An element with an event definition."""

    definition: EventDefinition = NO_DEFINITION


class Start(EventNode):
    """Where a process or a sub-process begins."""


class Link(EventNode):
    """A link event: its flow goes on at the other event of its name (BPMN 2.0.2 §10.5.5)."""


class Throw(EventNode):
    """Throws what its definitions say, all of them, then goes on.

    Messages are written down as the token enters; signals and escalations go out as it leaves, when they may cancel
    the token itself; for compensation the token waits.
    """

    definitions: tuple[EventDefinition, ...] = ()
    undo: Undo | None = None

    def _run_hook(self, token: Token) -> bool | None:
        messages = [thrown_message(d, token, self.element) for d in self._all(Trigger.MESSAGE)]
        self.tell_entered(token)
        for n, message in enumerate(messages):
            send(token, message, own_number=n == 0)
        return None if self._compensates(token) else True

    def _compensates(self, token: Token) -> bool:
        """Begin to compensate what the definitions name; tells whether the token has to wait for it."""
        waits = False
        for definition in self._all(Trigger.COMPENSATE):
            if self.undo is not None and self.undo.begin(token, definition):
                waits = waits or definition.waits
        return waits

    def compensated(self, token: Token) -> None:
        """Something it waited for is compensated."""
        if token.waits and self.undo is not None and not self.undo.awaited_by(token):
            token.finish()

    def tell_cancelled(self, token: Token) -> None:
        """What it waited for is called off with it."""
        super().tell_cancelled(token)
        if self.undo is not None:
            token.workflow.cancel_all(self.undo.awaited_by(token))

    def go_on(self, token: Token) -> None:
        """Throw what may cancel the token itself, then go on if it is still there."""
        self.throw_out(token)
        if not token.gone:
            super().go_on(token)

    def throw_out(self, token: Token) -> None:
        """Broadcast signals and throw escalations; the values of the input mappings go with them."""
        instance = token.workflow
        for definition in self._all(Trigger.SIGNAL):
            throw_signal(token, definition, dict(token.local or {}))
        for definition in self._all(Trigger.ESCALATION):
            if not token.gone:
                values = dict(token.local or {})
                instance.throw_escalation(token.holder, definition.name or "", values, element=self.element)

    def _all(self, trigger: Trigger) -> list[EventDefinition]:
        return [definition for definition in self.definitions if definition.trigger is trigger]


class End(Throw):
    """Where a token ends: plainly, with what it throws, or with all others of its scope."""

    def go_on(self, token: Token) -> None:
        """The end of this token, and of what its definitions say.

        Source: BPMN 2.0.2 §13.5.6: error ends the scope's activity, terminate and cancel the scope.
        """
        instance, holder = token.workflow, token.holder
        if not token.side and is_process(holder):
            instance.end_state = self.element
        if self.definitions:
            self.throw_out(token)
            if token.gone:
                return
        values = dict(token.local or {})
        token.remove()
        for definition in self._all(Trigger.ERROR):
            instance.throw_error(holder, definition.name or "", values, element=self.element)
            return
        if self._all(Trigger.TERMINATE):
            instance.cancel_all([held for held in holder.held if lives(held)])
        holder.task_spec.body_left(holder)


class CancelEnd(End):
    """Cancels the transaction it is in: what lives ends, what completed is compensated, then the token leaves it.

    Source: BPMN 2.0.2 §13.5.5, §10.5.7.
    """

    def _run_hook(self, token: Token) -> bool | None:
        self.tell_entered(token)
        scope = _transaction(token)
        token.move(scope)
        return None if self.undo is not None and self.undo.begin_all(scope, token) else True

    def go_on(self, token: Token) -> None:
        """Everything is compensated: the transaction leaves by its cancel boundary event."""
        scope = _transaction(token)
        token.remove()
        scope.task_spec.cancelled(scope)


def _transaction(token: Token) -> Token:
    """The innermost transaction around a token."""
    scope = token.holder
    while not scope.task_spec.is_transaction:
        scope = scope.holder
    return scope


def throw_signal(token: Token, definition: EventDefinition, payload: dict[str, Value]) -> None:
    """Give a signal to the outside, and to the instance's own events that wait for it."""
    instance, name = token.workflow, definition.name or ""
    element = token.task_spec.element
    instance.signals.append(SignalThrown(id=instance.new_id(), element=element, name=name, payload=payload))
    instance.emit("signal.thrown", token, {"signal": name, **({"payload": payload} if payload else {})})
    instance.broadcast(name, payload)


def thrown_message(definition: EventDefinition, token: Token, element: str) -> MessageThrown:
    """The message that a definition throws at a token; its payload is what the input mappings made.

    Raises:
        Problem: its correlation key is neither a text nor a number.
    """
    key = correlation_key(definition, token)
    payload = dict(token.local or {})
    return MessageThrown(id=0, element=element, name=definition.name or "", correlation_key=key, payload=payload)


def send(token: Token, message: MessageThrown, *, own_number: bool) -> None:
    """Give a message to the outside, under the token's number or a new one, and tell so."""
    instance = token.workflow
    number = instance.public_id(token) if own_number else instance.new_id()
    instance.messages.append(structs.replace(message, id=number))
    told = {"message": message.name, "correlation_key": message.correlation_key, "payload": message.payload}
    instance.emit("message.thrown", token, told)


def correlation_key(definition: EventDefinition, scope: Token) -> str:
    """The key of a message event as text, evaluated in the scope of a token.

    Raises:
        Problem: it is neither a text nor a number.
    """
    expression = definition.expression
    value = None if expression is None else expression(scope.look, scope.workflow.now)
    if isinstance(value, str) and value:
        return value
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return canonical.encode(value).decode()
    shown = "null" if value is None else f"a {type(value).__name__}"
    raise Problem("correlation_key", f"the correlation key of {definition.name} is {shown}, not a text or a number")
