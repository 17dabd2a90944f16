"""Scopes of the reference interpreter: the process, sub-processes, event sub-processes; what is thrown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.alarms import Alarm
from tests.unit.bpmn.differential.frames import Frame
from tests.unit.bpmn.differential.world import World

if TYPE_CHECKING:
    from tests.unit.bpmn.differential.undoing import RecordFrame


@dataclass(eq=False)
class Remembered:
    """An activity that completed and can be compensated: by its handler, or by what is remembered inside it."""

    number: int
    activity: b.Activity
    local: dict[str, object] | None = None
    inner: list[Remembered] = field(default_factory=list)
    #: The compensation event sub-process of a sub-process.
    handler: b.Watcher | None = None
    #: It did not complete, but was cancelled with a transaction around: only what is inside is undone.
    cut: bool = False
    #: How much of it is being undone already.
    undoing: int = 0
    frame: RecordFrame | None = None


class Scope(Frame):
    """Threads of tokens; over when none is left. Its event sub-processes watch as long as it is open."""

    def __init__(self, world: World, parent: Frame | None, inside: b.Sub, id_: str) -> None:
        super().__init__(world, parent)
        self.inside, self.id = inside, id_
        self.main: Frame | None = None
        self.local = dict.fromkeys(inside.data) if inside.data else None
        self.watching = True
        self.watches: dict[str, Alarm] = {}
        self.memory: list[Remembered] = []

    @property
    def scope(self) -> Scope:
        return self

    @property
    def root(self) -> Scope:
        frame: Frame = self
        while frame.parent is not None:
            frame = frame.parent
        return frame.scope

    def enter(self) -> None:
        for watcher in self.inside.watchers:
            self.watch(watcher)
        self.open()

    def open(self) -> None:
        self.world.passes(f"{self.id}_s")
        self.main = self.begin(self.inside.body)

    def watch(self, watcher: b.Watcher) -> None:
        if watcher.trigger.kind not in b.CALLED:
            start = f"{watcher.id}_s"
            self.watches[watcher.id] = Alarm(start, watcher.trigger, self, lambda alarm: self.triggered(watcher, alarm))

    def triggered(self, watcher: b.Watcher, alarm: Alarm | None = None) -> None:
        """An event sub-process begins."""
        if watcher.interrupting:
            for child in list(self.children):
                child.cancel()
            self.stop_watching()
        elif alarm is not None:
            alarm.again()
        self.soon(HandlerScope(self, watcher))

    def stop_watching(self) -> None:
        self.watching = False
        for alarm in self.watches.values():
            alarm.call_off()

    def done(self, child: Frame) -> None:
        assert child is self.main
        self.world.passes(f"{self.id}_e")
        self.check()

    def died(self, child: Frame) -> None:
        self.check()

    def check(self) -> None:
        if self.live and not self.children:
            self.stop_watching()
            self.remove()
            self.closed()

    def closed(self) -> None:
        """All tokens are over: the process is."""
        self.world.over = self.world.over or "completed"

    def off(self) -> None:
        self.stop_watching()

    def catches(self, kind: str, code: str, inner: Frame) -> Callable[[], None] | None:
        found = [
            watcher
            for name in (code, "")
            for watcher in self.inside.watchers
            if watcher.trigger.kind == kind and watcher.trigger.name == name
            # What is thrown within a handler is not caught by it.
            if not (isinstance(inner, HandlerScope) and inner.watcher is watcher)
        ]
        if not self.watching or not found:
            return None

        def caught() -> None:
            self.world.passes(f"{found[0].id}_s")
            self.triggered(found[0])

        return caught


class HandlerScope(Scope):
    """An event sub-process that began; its start event is over."""

    def __init__(self, parent: Frame, watcher: b.Watcher) -> None:
        super().__init__(parent.world, parent, watcher.inside, watcher.id)
        self.watcher = watcher

    def enter(self) -> None:
        self.world.entered[self.id] += 1
        super().enter()

    def open(self) -> None:
        self.main = self.begin(self.inside.body)

    def closed(self) -> None:
        self.world.completed[self.id] += 1
        self.above.died(self)

    def off(self) -> None:
        if self.main is not None:
            self.world.cancelled[self.id] += 1
        super().off()


def throw(origin: Frame, kind: str, code: str) -> bool:
    """An error or escalation goes outwards from a frame; gives whether it was caught."""
    inner: Frame = origin
    frame: Frame | None = origin
    while frame is not None:
        caught = frame.catches(kind, code, inner)
        if caught is not None:
            caught()
            return True
        inner, frame = (inner if not isinstance(frame, Scope) else frame), frame.parent
    return False


def uncaught(world: World, frame: Frame, code: str) -> None:
    """An error that nobody catches ends the instance."""
    frame.scope.root.cancel()
    world.over = f"error {code}"
