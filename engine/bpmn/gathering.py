"""What a step gives to the outside, gathered while tokens move: events, rows, incidents, what was thrown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.bpmn.frame import SpiffWorkflow
from engine.model import (
    ID_BASE,
    Closed,
    ClosedKind,
    EscalationThrown,
    Event,
    IncidentOpened,
    JobRescheduled,
    MessageThrown,
    Moved,
    Opened,
    RegisterRow,
    SignalThrown,
    Value,
)

if TYPE_CHECKING:
    from engine.bpmn.token import Token


class Gathering(SpiffWorkflow):
    """The half of an instance that faces outwards."""

    def __init__(self, key: int) -> None:
        # Not the frame's constructor: its callbacks, locks and event queues are not used, and cost a sixth of a step.
        self.key = key
        self.events: list[Event] = []
        self.opened: dict[int, Opened] = {}
        self.closed: list[Closed] = []
        self.rescheduled: list[JobRescheduled] = []
        self.incidents: list[IncidentOpened] = []
        self.incidents_closed: list[int] = []
        self.messages: list[MessageThrown] = []
        self.signals: list[SignalThrown] = []
        self.escalations: list[EscalationThrown] = []
        self.registers: list[RegisterRow] = []
        self.moved: Sequence[Moved] = ()

    def public_id(self, token: Token) -> int:
        """The id of a token outside the instance."""
        return int(self.key * ID_BASE + token.id)

    def emit(self, kind: str, token: Token | None = None, value: Value = None, *, element: str | None = None) -> None:
        """Write an event of a token, of a sequence flow (``element``), or of the instance itself."""
        if token is None:
            self.events.append(Event(kind=kind, element=element, value=value))
        else:
            self.events.append(Event(kind=kind, element=token.task_spec.element, token=token.id, value=value))

    def open(self, token: Token, row: Opened) -> None:
        """A row is to be written for a token that waits."""
        self.opened[self.public_id(token)] = row

    def close(self, token: Token, kind: ClosedKind, *, completed: bool) -> None:
        """The row of a token is over; one that this very step opened is never written."""
        public_id = self.public_id(token)
        if self.opened.pop(public_id, None) is None:
            self.closed.append(Closed(id=public_id, kind=kind, completed=completed))

    def open_incident(self, token: Token, kind: str, message: str) -> None:
        """A token needs somebody."""
        token.incident = kind
        message = message[:1000]
        self.emit("incident.created", token, {"kind": kind, "message": message})
        self.incidents.append(
            IncidentOpened(id=self.public_id(token), element=token.task_spec.element, kind=kind, message=message)
        )

    def close_incident(self, token: Token, value: dict[str, Value]) -> None:
        """The incident of a token is over."""
        self.emit("incident.resolved", token, {"kind": token.incident, **value})
        token.incident = None
        public_id = self.public_id(token)
        for opened in self.incidents:
            if opened.id == public_id:
                self.incidents.remove(opened)
                return
        self.incidents_closed.append(public_id)
