"""Activities of the reference interpreter: their work, what waits at their edge, and how often they are done."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.alarms import Alarm
from tests.unit.bpmn.differential.frames import KINDS, Frame, PathFrame
from tests.unit.bpmn.differential.scopes import Remembered, Scope
from tests.unit.bpmn.differential.world import Wait


class Worker(Frame):
    """A frame in which the work of an activity is done once."""

    activity: b.Activity
    wait: Wait | None = None

    def work(self) -> None:
        world, id_ = self.world, self.activity.id
        match self.activity.work:
            case b.User():
                self.wait = Wait(id_, "user", self, self.came, counted=False)
                world.waits.append(self.wait)
            case b.Job():
                self.wait = Wait(id_, "job", self, self.came, counted=False)
                world.waits.append(self.wait)
            case b.Receive(message):
                self.wait = Wait(id_, "message", self, self.came, message, counted=False)
                world.waits.append(self.wait)
            case b.Plain():
                self.over()
            case b.Script(name, value):
                before = 0 if value.name is None else self.look(value.name)
                assert isinstance(before, int)
                self.assign(name, before + value.plus)
                self.over()
            case b.Sub() as sub:
                self.soon(InnerScope(self.world, self, sub, id_))
            case b.AdHoc() as ad_hoc:
                self.soon(AdHocFrame(self, ad_hoc))

    def came(self, wait: Wait) -> None:
        """A person, a job or a message is done with it."""
        self.world.take(wait)
        self.over()

    def over(self) -> None:
        """The work is done."""
        raise NotImplementedError

    def call_off_work(self) -> None:
        for child in list(self.children):
            child.cancel()
        if self.wait is not None:
            self.world.call_off(self.wait)


class InnerScope(Scope):
    """The inside of a sub-process."""

    parent: Worker

    def closed(self) -> None:
        if isinstance(self.parent, ActivityFrame):
            self.parent.inner, self.parent.inner_local = self.memory, self.local
        self.parent.over()


class AdHocFrame(Frame):
    """Activities without order: all at once, or one after the other."""

    def __init__(self, parent: Worker, block: b.AdHoc) -> None:
        super().__init__(parent.world, parent)
        self.worker, self.block = parent, block
        self.rest: list[b.Sequence] = []
        self.bodies: dict[Frame, b.Sequence] = {}
        #: The condition was true: nothing new begins.
        self.closing = False

    def enter(self) -> None:
        self.rest = list(self.block.bodies)
        self.next()

    def next(self) -> None:
        """Begin what is due; without anything left, the sub-process is over."""
        while self.rest and not (self.block.ordered and self.children):
            body = self.rest.pop(0)
            self.bodies[self.begin(body)] = body
        if not self.children:
            self.remove()
            self.worker.over()

    def done(self, child: Frame) -> None:
        until = self.block.until
        if until is None:
            self.next()
        elif until.holds(self.look(until.name)) or self.closing:
            self.closing = True
            self.rest = []
            for other in list(self.children) if self.block.cancel_rest else ():
                other.cancel()
            if not self.children:
                self.next()
        else:
            self.again(self.bodies[child])

    def again(self, body: b.Sequence) -> None:
        """The condition is false: a person's task is offered again, everything when nothing runs any more."""
        task = body.blocks[0]
        if not self.block.ordered and isinstance(task, b.Activity) and isinstance(task.work, b.User):
            self.rest.append(body)
        if not self.rest and not self.children:
            self.rest = list(self.block.bodies)
        self.next()


class ActivityFrame(Worker):
    def __init__(self, parent: Frame, block: b.Activity) -> None:
        super().__init__(parent.world, parent)
        self.activity = block
        self.edges: dict[str, Alarm] = {}
        #: Entered, and neither over nor interrupted.
        self.active = False
        self.finished = 0
        self.results: list[object] = []
        #: What its sub-process left behind: what it remembers, and its variables.
        self.inner: list[Remembered] = []
        self.inner_local: dict[str, object] | None = None

    def enter(self) -> None:
        self.world.entered[self.activity.id] += 1
        self.active = True
        for boundary in self.activity.boundaries:
            self.arm(boundary)
        match self.activity.repeat:
            case None:
                self.work()
            case b.StandardLoop() as loop:
                self.next_round(loop)
            case b.MultiInstance() as many:
                self.begin_items(many)

    # --- rounds and items ----------------------------------------------------------------------------------------

    def next_round(self, loop: b.StandardLoop) -> None:
        asked = loop.before or self.finished > 0
        if (asked and not loop.again.holds(self.look(loop.again.name))) or self.finished == loop.most:
            self.over()
        else:
            self.soon(ItemFrame(self, self.finished, {}))

    def begin_items(self, many: b.MultiInstance) -> None:
        self.local = {"numberOfInstances": len(many.items), "numberOfCompletedInstances": 0}
        self.results = [None] * len(many.items)
        for place in range(len(many.items[:1] if many.sequential else many.items)):
            self.begin_item(many, place)
        if not many.items:
            self.over()

    def begin_item(self, many: b.MultiInstance, place: int) -> None:
        self.soon(ItemFrame(self, place, {many.element: many.items[place]} if many.element else {}))

    def item_over(self, item: ItemFrame) -> None:
        self.finished += 1
        match self.activity.repeat:
            case b.StandardLoop() as loop:
                self.next_round(loop)
            case b.MultiInstance() as many:
                assert self.local is not None
                self.local["numberOfCompletedInstances"] = self.finished
                if many.output:
                    self.results[item.place] = item.look(many.gives)
                if many.until is not None and many.until.holds(self.look(many.until.name)):
                    self.call_off_work()
                    self.over()
                elif many.sequential and item.place + 1 < len(many.items):
                    self.begin_item(many, item.place + 1)
                elif not self.children:
                    self.over()

    # --- the end -------------------------------------------------------------------------------------------------

    def over(self) -> None:
        self.close()
        self.world.completed[self.activity.id] += 1
        self.remember()
        repeat = self.activity.repeat
        if isinstance(repeat, b.MultiInstance) and repeat.output:
            self.above.assign(repeat.output, list(self.results))
        self.leave()

    def remember(self) -> None:
        """It completed and can be undone: by its handler, or by what a sub-process remembers."""
        activity, handler = self.activity, None
        if isinstance(activity.work, b.Sub):
            handler = next((w for w in activity.work.watchers if w.trigger.kind == "compensate"), None)
        if activity.undo is None and handler is None and not self.inner:
            return
        self.world.memories += 1
        record = Remembered(self.world.memories, activity, self.inner_local, self.inner, handler)
        self.scope.memory.append(record)

    def close(self) -> None:
        self.active = False
        for alarm in self.edges.values():
            alarm.call_off()
        self.edges = {}

    def off(self) -> None:
        if self.active:
            self.close()
            self.call_off_work()
            self.world.cancelled[self.activity.id] += 1

    def can_leave(self) -> bool:
        return self.active or super().can_leave()

    def done(self, child: Frame) -> None:
        """The way of an event that interrupted."""
        self.leave()

    # --- events at the edge --------------------------------------------------------------------------------------

    def arm(self, boundary: b.Boundary) -> None:
        if boundary.trigger.kind not in b.CALLED:
            self.edges[boundary.id] = Alarm(
                boundary.id, boundary.trigger, self, lambda alarm: self.edge(boundary, alarm)
            )

    def edge(self, boundary: b.Boundary, alarm: Alarm | None = None) -> None:
        """An event at the edge happened."""
        if boundary.interrupting:
            self.off()
            end = "" if boundary.rejoins else f"{boundary.id}_e"
            self.soon(PathFrame(self, boundary.path, end))
            return
        if alarm is not None:
            alarm.again()
        self.soon(PathFrame(self.scope, boundary.path, f"{boundary.id}_e"))

    def catches(self, kind: str, code: str, inner: Frame) -> Callable[[], None] | None:
        found = [
            boundary
            for name in (code, "")
            for boundary in self.activity.boundaries
            if boundary.trigger.kind == kind and boundary.trigger.name == name
        ]
        if not self.active or not found:
            return None

        def caught() -> None:
            self.world.passes(found[0].id)
            self.edge(found[0])

        return caught


class ItemFrame(Worker):
    """One round or item."""

    def __init__(self, parent: ActivityFrame, place: int, local: dict[str, object]) -> None:
        super().__init__(parent.world, parent)
        self.whole, self.activity, self.place = parent, parent.activity, place
        self.local = {"loopCounter": place + 1, **local}
        self.begun = False

    def enter(self) -> None:
        self.world.entered[self.activity.id] += 1
        self.begun = True
        self.work()

    def over(self) -> None:
        self.world.completed[self.activity.id] += 1
        self.remove()
        self.whole.item_over(self)

    def off(self) -> None:
        if self.begun:
            self.call_off_work()
            self.world.cancelled[self.activity.id] += 1


KINDS[b.Activity] = ActivityFrame
