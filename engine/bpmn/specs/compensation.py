"""Compensation: what completed is remembered by a token of its own, which can be undone later.

Source: BPMN 2.0.2 §13.5.5. A record is held by the scope in which its activity completed, does not keep that scope
open, and goes with it. Being compensated it is held by the ``Undo`` of the event that threw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from engine.bpmn.frame import READY
from engine.bpmn.specs.base import Hidden, Node
from engine.bpmn.specs.sub_processes import EventSubProcess

if TYPE_CHECKING:
    from engine.bpmn.token import Token
    from engine.bpmn.trigger import EventDefinition


class Undo(Hidden):
    """Compensates the records that it holds, the last one first, one after the other."""

    def begin(self, token: Token, definition: EventDefinition) -> bool:
        """Begin to compensate what a throwing event names; tells whether there is anything."""
        records = self.gather(token.holder, definition.name)
        if records:
            self.hold(token if definition.waits else token.holder, records)
        return bool(records)

    def gather(self, scope: Token, activity: str | None, *, deep: bool = False) -> list[Token]:
        """What a scope remembers; an event sub-process sees what the scope around it remembers as well.

        Args:
            scope: the token of the scope.
            activity: of this one only.
            deep: also of what still runs inside, which is about to be cancelled.
        """
        found = list(scope.held)
        around = scope
        while isinstance(around.task_spec, EventSubProcess):
            around = around.holder
            found += around.held
        if deep:
            for held in found:  # grows while it is walked
                found += [] if held.task_spec.is_record else held.held
        return [t for t in found if t.task_spec.is_record and (activity is None or t.task_spec.of == activity)]

    def hold(self, holder: Token, records: list[Token]) -> None:
        """Take records, so that nobody else compensates them, and begin with the last."""
        if records:
            undo = holder.workflow.place(self, holder)
            for record in records:
                record.move(undo)
            self.body_left(undo)

    def body_left(self, token: Token) -> None:
        """The one before is compensated: the next one, or whoever waits for it goes on."""
        if not token.held:
            holder = token.holder
            token.remove()
            holder.task_spec.body_left(holder)
            return
        last = max(token.held, key=lambda record: record.id)
        last.task_spec.compensate(last)


class Record(Node):
    """What is remembered of an activity that completed; its id is ``of``."""

    keeps_scope: ClassVar = False
    is_record: ClassVar = True

    of: str = ""

    def compensate(self, token: Token) -> None:
        """Undo what the record stands for; its token is removed when that is done."""
        raise NotImplementedError

    def over(self, token: Token) -> None:
        """It is undone."""
        holder = token.holder
        token.remove()
        holder.task_spec.body_left(holder)


class CompensationBoundary(Record):
    """The compensation boundary event of an activity, with the activity that undoes it."""

    handler: Node

    def remember(self, token: Token) -> None:
        """The activity completed."""
        token.workflow.place(self, token.holder, side=token.side)

    def compensate(self, token: Token) -> None:
        """Enter the event, and with it the handler."""
        token.memory = {"active": True}
        self.tell_entered(token)
        token.workflow.token(self.handler, token, side=token.side)

    def body_left(self, token: Token) -> None:
        """The handler is done."""
        self.tell_completed(token)
        self.over(token)

    def tell_cancelled(self, token: Token) -> None:
        """Nothing was told of it before it was compensated."""
        if token.memory is not None:
            super().tell_cancelled(token)


class Remembered(Hidden, Record):
    """A completed sub-process with its local variables and what completed inside it."""

    #: Start of the compensation event sub-process of the sub-process.
    handler: Node | None = None

    def remember(self, token: Token) -> None:
        """The sub-process completed: keep what it remembers, if there is anything."""
        records = [held for held in token.held if held.task_spec.is_record]
        if records or self.handler is not None:
            kept = token.workflow.place(self, token.holder, side=token.side)
            kept.local = token.local
            for record in records:
                record.move(kept)

    def compensate(self, token: Token) -> None:
        """By its event sub-process, else what is inside, the last one first."""
        token.memory = {"active": True}
        if self.handler is not None:
            start = token.workflow.place(self.handler, token, state=READY)
            self.handler.tell_entered(start)
            self.handler.tell_completed(start)
            around = token.workflow.token(self.handler.sub_process, token)
            start.move(around)
        else:
            self.body_left(token)

    def body_left(self, token: Token) -> None:
        """The event sub-process is over, or the record before."""
        inner = [held for held in token.held if held.task_spec.is_record]
        if self.handler is not None or not inner:
            token.workflow.cancel_all(token.held)
            self.over(token)
            return
        last = max(inner, key=lambda record: record.id)
        last.task_spec.compensate(last)
