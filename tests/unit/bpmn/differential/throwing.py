"""Events of the reference interpreter that throw: in the flow, and where a token ends."""

from __future__ import annotations

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.activities import ActivityFrame, InnerScope
from tests.unit.bpmn.differential.frames import KINDS, Frame
from tests.unit.bpmn.differential.scopes import Scope, throw, uncaught
from tests.unit.bpmn.differential.undoing import UndoFrame, leave_behind, remembered, undoing


class ThrowFrame(Frame):
    """Throws, then goes on; waits for a compensation."""

    def __init__(self, parent: Frame, block: b.Throw | b.End) -> None:
        super().__init__(parent.world, parent)
        self.block = block
        #: Entered, and neither completed nor cancelled.
        self.active = False
        #: Of a cancel: what is still being undone.
        self.pending = 0

    def enter(self) -> None:
        if self.block.kind in ("signal", "compensate"):
            self.world.late.append((self, self.throws))
        else:
            self.throws()

    def throws(self) -> None:
        self.world.entered[self.block.id] += 1
        self.active = True
        match self.block.kind:
            case "compensate":
                self.compensates()
            case "cancel":
                self.cancels()
            case _:
                self.completes()

    def compensates(self) -> None:
        records = remembered(self.scope, self.block.name)
        if self.block.waits and records:
            self.soon(UndoFrame(self, records, self.completes))
        else:
            if records:
                self.soon(UndoFrame(self.scope, records, self.scope.check))
            self.completes()

    def cancels(self) -> None:
        """The transaction around: what lives in it is cancelled, what completed is undone, then it is left."""
        scope: Scope = self.scope
        while not (isinstance(scope, InnerScope) and scope.inside.tag == "transaction"):
            scope = scope.above.scope
        deeper = leave_behind(scope)
        records = remembered(scope, "")
        # What is being undone already goes on, and is waited for.
        running = undoing(scope)
        self.above.children.remove(self)
        for child in list(scope.children):
            child.cancel()
        scope.stop_watching()
        for frame in (self, *deeper, *running):
            frame.parent = scope
            scope.children.append(frame)
        self.pending = 1 + len(running)
        for undo in running:
            undo.then = lambda: self.undone(scope)
        self.soon(UndoFrame(self, records, lambda: self.undone(scope)))

    def undone(self, scope: InnerScope) -> None:
        self.pending -= 1
        if not self.pending:
            self.cancelled(scope)

    def cancelled(self, scope: InnerScope) -> None:
        self.world.completed[self.block.id] += 1
        self.active = False
        host = scope.parent
        assert isinstance(host, ActivityFrame)
        boundary = next(boundary for boundary in host.activity.boundaries if boundary.trigger.kind == "cancel")
        self.world.passes(boundary.id)
        host.edge(boundary)

    def completes(self) -> None:
        self.world.completed[self.block.id] += 1
        self.active = False
        thrown(self, self.block.kind, self.block.name)
        self.goes_on()

    def can_leave(self) -> bool:
        return True

    def goes_on(self) -> None:
        if self.live:
            self.leave()

    def off(self) -> None:
        if self.active:
            self.world.cancelled[self.block.id] += 1


class EndFrame(ThrowFrame):
    """Throws, and the token is over."""

    def can_leave(self) -> bool:
        return False

    def goes_on(self) -> None:
        self.die()


def thrown(frame: Frame, kind: str, name: str) -> None:
    """What an event does when it throws."""
    world = frame.world
    match kind:
        case "signal":
            world.broadcast(name)
        case "escalation":
            throw(frame, kind, name)
        case "error":
            if not throw(frame, kind, name):
                uncaught(world, frame, name)
        case "terminate":
            scope = frame.scope
            for child in list(scope.children):
                child.cancel()
            scope.check()


KINDS[b.Throw] = ThrowFrame
KINDS[b.End] = EndFrame
