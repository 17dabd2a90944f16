"""Events that do not wait: starts and ends, and what an event definition says."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from engine import canonical
from engine.bpmn.problem import Problem
from engine.bpmn.specs.base import Node
from engine.bpmn.timing import TimerKind
from engine.model import MessageThrown

if TYPE_CHECKING:
    from engine.bpmn.token import Token
    from engine.feel import Expression


class Trigger(StrEnum):
    """What an event waits for or does."""

    NONE = "none"
    TIMER = "timer"
    MESSAGE = "message"
    ERROR = "error"
    TERMINATE = "terminate"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDefinition:
    """What makes an event more than a circle."""

    trigger: Trigger
    #: Name of the message, code of the error (None: any).
    name: str | None = None
    #: Correlation key of a message, value of a timer.
    expression: Expression | None = None
    timer: TimerKind | None = None


NO_DEFINITION: Final = EventDefinition(trigger=Trigger.NONE)


class EventNode(Node):
    """An element with an event definition."""

    definition: EventDefinition = NO_DEFINITION


class Start(EventNode):
    """Where a process or a sub-process begins."""


class End(EventNode):
    """Where a token ends: plainly, with a message, with an error, or with all others of its scope."""

    def _run_hook(self, token: Token) -> bool:
        thrown = None
        if self.definition.trigger is Trigger.MESSAGE:
            thrown = MessageThrown(
                element=self.name,
                name=self.definition.name or "",
                correlation_key=correlation_key(self.definition, token),
                payload=dict(token.local or {}),
            )
        self.tell_entered(token)
        if thrown is not None:
            token.workflow.messages.append(thrown)
            told = {"message": thrown.name, "correlation_key": thrown.correlation_key, "payload": thrown.payload}
            token.workflow.emit("message.thrown", token, told)
        return True

    def go_on(self, token: Token) -> None:
        """The end of this token, and of what its definition says.

        Source: BPMN 2.0.2 §13.5.6: none and message end their token, error the scope's activity, terminate the scope.
        """
        instance, holder = token.workflow, token.holder
        if holder is instance.root and not token.side:
            instance.end_state = self.name
        token.remove()
        if self.definition.trigger is Trigger.ERROR:
            instance.throw_error(holder, self.definition.name or "", {}, element=self.name)
            return
        if self.definition.trigger is Trigger.TERMINATE:
            instance.cancel_all([held for held in holder.held if held.task_spec.keeps_scope])
        holder.task_spec.body_left(holder)


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
