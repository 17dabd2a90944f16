"""Compensation: what completed is remembered by a token of its own, which can be undone later.

Source: BPMN 2.0.2 §13.5.5. A record is held by the scope in which its activity completed, does not keep that scope
open, and goes with it. Being compensated it is held by the ``Undo`` of the event that threw.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from engine.bpmn.frame import READY
from engine.bpmn.specs.base import Hidden, Node
from engine.bpmn.specs.sub_processes import EventSubProcess, is_empty

if TYPE_CHECKING:
    from engine.bpmn.token import Token
    from engine.bpmn.trigger import EventDefinition


class Undo(Hidden):
    """Compensates the records that it holds, the last one first, one after the other."""

    def begin(self, token: Token, definition: EventDefinition) -> bool:
        """Begin to compensate what a throwing event names; tells whether there is anything."""
        records = self.gather(token.holder, definition.name)
        if records:
            self.hold(token.holder, records, waiter=token if definition.waits else None)
        return bool(records)

    def gather(self, scope: Token, activity: str | None) -> list[Token]:
        """What a scope remembers; an event sub-process sees what the scope around it remembers as well.

        Args:
            scope: the token of the scope.
            activity: of this one only.
        """
        found = list(scope.held)
        while isinstance(scope.task_spec, EventSubProcess):
            scope = scope.holder
            found += scope.held
        return [t for t in found if t.task_spec.is_record and (activity is None or t.task_spec.of == activity)]

    def begin_all(self, scope: Token, waiter: Token) -> bool:
        """Cancel a transaction: end what lives, compensate all that completed; tells whether there is anything.

        What is being compensated already goes on; what completed in a sub-process that still runs is compensated with
        the variables of that sub-process.
        """
        for held in list(scope.held):
            _leave_behind(held)
        running = _undoing(scope)
        for undo in running:
            undo.memory = {"waiter": waiter.id}
        scope.task_spec.cancel_body(scope, waiter, *running)
        records = self.gather(scope, None)
        if records:
            self.hold(scope, records, waiter=waiter)
        return bool(records or running)

    def hold(self, scope: Token, records: list[Token], *, waiter: Token | None) -> None:
        """Take records, so that nobody else compensates them, and begin with the last.

        Args:
            scope: in which they are compensated; the throwing event's own variables are not seen by the handlers.
            records: the tokens of what is remembered.
            waiter: the token of the throwing event, if it waits.
        """
        undo = scope.workflow.place(self, scope)
        if waiter is not None:
            undo.memory = {"waiter": waiter.id}
        for record in records:
            record.move(undo)
        self.body_left(undo)

    def body_left(self, token: Token) -> None:
        """The one before is compensated: the next one, or whoever waits for it goes on."""
        if token.held:
            _compensate_last(token.held)
            return
        scope, waiter = token.holder, self.waiter(token)
        token.remove()
        if waiter is not None:
            waiter.task_spec.compensated(waiter)
        else:
            scope.task_spec.body_left(scope)

    @staticmethod
    def waiter(token: Token) -> Token | None:
        """The token of the throwing event that waits, if it is still there."""
        if token.memory is None:
            return None
        found: Token | None = token.workflow.tasks.get(int(token.memory["waiter"]))
        return found

    def awaited_by(self, waiter: Token) -> list[Token]:
        """What is being compensated for a throwing event that waits."""
        return [held for held in _undoing(waiter.holder) if self.waiter(held) is waiter]


class Record(Node):
    """What is remembered of an activity that completed; its id is ``of``."""

    keeps_scope: ClassVar = False
    is_record: ClassVar = True

    of: str = ""

    @abstractmethod
    def remember(self, token: Token) -> None:
        """The token of what it stands for has completed."""

    @abstractmethod
    def compensate(self, token: Token) -> None:
        """Undo what the record stands for; its token is removed when that is done."""

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
        """The handler is done, and what events at its edge began."""
        if is_empty(token):
            token.workflow.cancel_all(token.held)
            self.tell_completed(token)
            self.over(token)

    def tell_cancelled(self, token: Token) -> None:
        """Nothing was told of it before it was compensated."""
        if token.memory is not None:
            super().tell_cancelled(token)


class Remembered(Hidden, Record):
    """A completed sub-process with its local variables and what completed inside it.

    Its token remembers ``active``: it is being compensated; ``cut``: its sub-process was cancelled before it completed,
    so that only what is inside is compensated, not the sub-process as a whole.
    """

    #: Start of the compensation event sub-process of the sub-process.
    handler: Node | None = None

    def remember(self, token: Token) -> None:
        """The sub-process completed: keep what it remembers, if there is anything."""
        if self.handler is not None or _records(token):
            self.keep(token)

    def keep(self, token: Token) -> Token:
        """A copy of a sub-process's variables, with what it remembers."""
        kept: Token = token.workflow.place(self, token.holder, side=token.side)
        kept.local = token.local
        for record in _records(token):
            record.move(kept)
        return kept

    def compensate(self, token: Token) -> None:
        """By its event sub-process, else what is inside, the last one first."""
        whole = token.memory is None
        token.memory = {**(token.memory or {}), "active": True}
        if self.handler is not None and whole:
            start = token.workflow.place(self.handler, token, state=READY)
            self.handler.tell_entered(start)
            self.handler.tell_completed(start)
            around = token.workflow.token(self.handler.sub_process, token)
            start.move(around)
        else:
            self.body_left(token)

    def body_left(self, token: Token) -> None:
        """The event sub-process is over, or the record before."""
        if not (token.memory or {}).get("active") or _undoing(token):
            return
        inner = _records(token)
        if not inner or (self.handler is not None and not (token.memory or {}).get("cut")):
            token.workflow.cancel_all(token.held)
            self.over(token)
            return
        _compensate_last(inner)


def _compensate_last(records: list[Token]) -> None:
    last = max(records, key=lambda record: record.id)
    last.task_spec.compensate(last)


def _records(token: Token) -> list[Token]:
    return [held for held in token.held if held.task_spec.is_record]


def _undoing(token: Token) -> list[Token]:
    return [held for held in token.held if isinstance(held.task_spec, Undo)]


def _leave_behind(token: Token) -> None:
    """Of a sub-process that is about to be cancelled, keep what completed inside it and what is being undone."""
    if token.task_spec.is_record or isinstance(token.task_spec, Undo):
        return
    for held in list(token.held):
        _leave_behind(held)
    remains = token.task_spec.remains
    undoing = _undoing(token)
    if isinstance(token.task_spec, EventSubProcess):
        heir = token.holder  # it is not remembered itself, and undoes what the scope around it remembers
    elif remains is not None and (undoing or _records(token)):
        heir = remains.keep(token)
        heir.memory = {"cut": True}
    else:
        return
    for undo in undoing:
        undo.memory = None
        undo.move(heir)
