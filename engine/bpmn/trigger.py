"""What events wait for and do, as the diagram says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.bpmn.timing import TimerKind
    from engine.feel import Expression


class Trigger(StrEnum):
    """The sorts of event definitions; each is the name of its XML element without ``EventDefinition``."""

    NONE = "none"
    TIMER = "timer"
    MESSAGE = "message"
    SIGNAL = "signal"
    CONDITIONAL = "conditional"
    ERROR = "error"
    ESCALATION = "escalation"
    COMPENSATE = "compensate"
    CANCEL = "cancel"
    TERMINATE = "terminate"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDefinition:
    """What makes an event more than a circle."""

    trigger: Trigger
    #: Name of the message, signal or link; code of the error or escalation (None: any); activity to be compensated
    #: (None: all of the scope).
    name: str | None = None
    #: Correlation key of a message, value of a timer, condition.
    expression: Expression | None = None
    timer: TimerKind | None = None
    #: Whether a compensation throw event waits until everything is compensated.
    waits: bool = True

    @property
    def variable(self) -> str:
        """The variable that what comes with a message or signal becomes: the name without ``msg_`` or ``sig_``."""
        return (self.name or "").removeprefix("msg_" if self.trigger is Trigger.MESSAGE else "sig_")


NO_DEFINITION: Final = EventDefinition(trigger=Trigger.NONE)
