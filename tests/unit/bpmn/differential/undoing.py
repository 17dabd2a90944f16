"""Compensation in the reference interpreter: what completed is undone, the last one first, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.unit.bpmn.differential.activities import InnerScope
from tests.unit.bpmn.differential.frames import Frame
from tests.unit.bpmn.differential.scopes import HandlerScope, Remembered, Scope


def remembered(scope: Scope, name: str) -> list[Remembered]:
    """Take what a scope remembers; an event sub-process sees what the scope around it remembers too.

    Args:
        scope: in which is thrown.
        name: of the only activity; "" for all.
    """
    places: list[list[Remembered]] = [scope.memory]
    around: Frame = scope
    while isinstance(around, HandlerScope):
        around = around.above
        places.append(around.inner if isinstance(around, RecordFrame) else around.scope.memory)
    found = []
    for memory in places:
        wanted = [record for record in memory if not name or record.activity.id == name]
        found += wanted
        memory[:] = [record for record in memory if record not in wanted]
    return found


def leave_behind(scope: Scope) -> list[UndoFrame]:
    """Of sub-processes that still run, what they remember becomes a record of the scope, as if they ended now.

    What is being undone in them goes on (it is taken out, and given), and the record is undone only after it.
    """
    found: list[UndoFrame] = []
    for inner in sorted(_inside(scope), key=lambda inner: inner.above.serial):
        deeper = leave_behind(inner)
        if not isinstance(inner, InnerScope):
            continue
        running = undoing(inner)
        if inner.memory or running:
            scope.world.memories += 1
            activity, number = inner.parent.activity, scope.world.memories
            record = Remembered(number, activity, inner.local, inner.memory, cut=True, undoing=len(running))
            scope.memory.append(record)
            inner.memory = []
            for undo in running:
                undo.then = partial(_one_less, record)
        for undo in (*deeper, *running):
            undo.local = {**(inner.local or {}), **(undo.local or {})}
            found.append(undo)
    return found


def _one_less(record: Remembered) -> None:
    record.undoing -= 1
    if record.frame is not None:
        record.frame.goes_on()


def undoing(scope: Scope) -> list[UndoFrame]:
    """What is being undone in a scope, taken out of it."""
    found, frames = list[UndoFrame](), list(scope.children)
    while frames:
        frame = frames.pop(0)
        if isinstance(frame, UndoFrame):
            found.append(frame)
        elif not isinstance(frame, Scope):
            frames += frame.children
    for undo in found:
        undo.above.children.remove(undo)
        undo.parent = None
    return found


def _inside(frame: Frame) -> list[Scope]:
    """The scopes that run in a frame, without those in them."""
    found: list[Scope] = []
    for child in frame.children:
        found += [child] if isinstance(child, Scope) else _inside(child)
    return found


class UndoFrame(Frame):
    """Undoes records; then goes on as told."""

    def __init__(self, parent: Frame, records: list[Remembered], then: Callable[[], None]) -> None:
        super().__init__(parent.world, parent)
        self.records = sorted(records, key=lambda record: record.number)
        self.then = then

    def enter(self) -> None:
        if self.records:
            self.soon(RecordFrame(self, self.records.pop()))
        else:
            self.remove()
            self.then()

    def done(self, child: Frame) -> None:
        self.enter()


class RecordFrame(Frame):
    """One activity that is undone: by its handler, its event sub-process, or by what it remembers itself."""

    def __init__(self, parent: Frame, record: Remembered) -> None:
        super().__init__(parent.world, parent)
        self.record, self.inner, self.local = record, record.inner, record.local
        self.edge = ""

    def enter(self) -> None:
        activity = self.record.activity
        if activity.undo is not None and not self.record.cut:
            self.edge = f"{activity.id}_undo"
            self.world.entered[self.edge] += 1
            self.begin(activity.undo)
        elif self.record.handler is not None:
            self.world.passes(f"{self.record.handler.id}_s")
            self.soon(HandlerScope(self, self.record.handler))
        else:
            self.record.frame = self
            self.goes_on()

    def goes_on(self) -> None:
        """What was being undone already is over: now the rest."""
        if not self.record.undoing:
            self.soon(UndoFrame(self, self.inner, self.over))

    def over(self) -> None:
        self.leave()

    def done(self, child: Frame) -> None:
        self.world.completed[self.edge] += 1
        self.leave()

    def died(self, child: Frame) -> None:
        self.leave()

    def off(self) -> None:
        if self.edge:
            self.world.cancelled[self.edge] += 1
