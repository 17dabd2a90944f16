"""Active positions of the reference interpreter: a frame is a block that a token is in; frames form a tree.

A token that comes out of a block makes its frame ``leave``; a frame in which the last token is over ``dies``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.alarms import Alarm

if TYPE_CHECKING:
    from tests.unit.bpmn.differential.scopes import Scope
    from tests.unit.bpmn.differential.world import World


#: Block → its frame; the modules that define frames add theirs.
KINDS: dict[type, Callable[[Frame, Any], Frame]] = {}


class Frame:
    def __init__(self, world: World, parent: Frame | None) -> None:
        self.world = world
        self.parent = parent
        self.children: list[Frame] = []
        self.local: dict[str, object] | None = None
        self.live = True
        self.serial = world.next_number()
        if parent is not None:
            parent.children.append(self)

    def enter(self) -> None:
        """A token comes in."""
        raise NotImplementedError

    def done(self, child: Frame) -> None:
        """A token came out of a child."""
        raise NotImplementedError(type(self))

    def died(self, child: Frame) -> None:
        """The last token of a child is over."""
        self.die()

    def off(self) -> None:
        """Called off: what is counted and what waits."""

    def catches(self, kind: str, code: str, inner: Frame) -> Callable[[], None] | None:
        """What happens when an error or escalation comes from ``inner``, if it is caught here."""
        return None

    def can_leave(self) -> bool:
        """Whether a token that is in here may still come out, as far as the diagram goes."""
        return any(child.can_leave() for child in self.children)

    # --- the tree ------------------------------------------------------------------------------------------------

    @property
    def above(self) -> Frame:
        assert self.parent is not None
        return self.parent

    @property
    def scope(self) -> Scope:
        return self.above.scope

    def begin(self, block: b.Block) -> Frame:
        frame = KINDS[type(block)](self, block)
        self.soon(frame)
        return frame

    def soon(self, frame: Frame) -> None:
        self.world.agenda.append((frame, frame.enter))

    def leave(self) -> None:
        """A token comes out."""
        self.hand_over()
        self.remove()
        self.above.done(self)

    def hand_over(self) -> None:
        """What still runs inside belongs to the scope from now on."""
        for child in self.children:
            child.parent = self.scope
            self.scope.children.append(child)
        self.children = []

    def die(self) -> None:
        if self.live and not self.children:
            self.remove()
            self.above.died(self)

    def cancel(self) -> None:
        for child in list(self.children):
            child.cancel()
        self.off()
        self.remove()

    def remove(self) -> None:
        self.live = False
        if self.parent is not None:
            self.parent.children.remove(self)

    # --- variables -----------------------------------------------------------------------------------------------

    def look(self, name: str) -> object:
        frame: Frame | None = self
        while frame is not None:
            if frame.local is not None and name in frame.local:
                return frame.local[name]
            frame = frame.parent
        return self.world.variables.get(name)

    def assign(self, name: str, value: object) -> None:
        frame: Frame | None = self
        while frame is not None and (frame.local is None or name not in frame.local):
            frame = frame.parent
        (self.world.variables if frame is None or frame.local is None else frame.local)[name] = value
        self.world.changed()

    def chosen(self, branches: tuple[b.Branch, ...]) -> list[b.Branch]:
        """Every way whose condition holds, those without one, and the default when no condition holds."""
        true = {branch for branch in branches if branch.when and branch.when.holds(self.look(branch.when.name))}
        return [
            branch
            for branch in branches
            if branch in true or (not branch.when and not branch.default) or (branch.default and not true)
        ]


class SequenceFrame(Frame):
    def __init__(self, parent: Frame, block: b.Sequence) -> None:
        super().__init__(parent.world, parent)
        self.rest = list(block.blocks)

    def enter(self) -> None:
        if self.rest:
            self.begin(self.rest.pop(0))
        else:
            self.leave()

    def done(self, child: Frame) -> None:
        self.enter()

    def can_leave(self) -> bool:
        return super().can_leave() and all(b.leaves(block) for block in self.rest)


class ExclusiveFrame(Frame):
    def __init__(self, parent: Frame, block: b.Exclusive) -> None:
        super().__init__(parent.world, parent)
        self.block = block

    def enter(self) -> None:
        self.world.passes(self.block.id)
        self.begin(self.chosen(self.block.branches)[0].body)

    def done(self, child: Frame) -> None:
        if self.block.merged:
            self.world.passes(f"{self.block.id}_m")
        self.leave()


class LoopFrame(Frame):
    def __init__(self, parent: Frame, block: b.Loop) -> None:
        super().__init__(parent.world, parent)
        self.block = block

    def enter(self) -> None:
        self.world.passes(f"{self.block.id}_m")
        self.begin(self.block.body)

    def done(self, child: Frame) -> None:
        self.world.passes(self.block.id)
        if self.block.again.holds(self.look(self.block.again.name)):
            self.enter()
        else:
            self.leave()


class PathFrame(Frame):
    """A way that ends by itself, or joins the flow after an activity."""

    def __init__(self, parent: Frame, path: b.Sequence, end: str) -> None:
        super().__init__(parent.world, parent)
        self.path, self.end = path, end

    def enter(self) -> None:
        self.begin(self.path)

    def can_leave(self) -> bool:
        return not self.end and super().can_leave()

    def done(self, child: Frame) -> None:
        if self.end:
            self.world.passes(self.end)
            self.die()
        else:
            self.leave()


class LinkFrame(Frame):
    def __init__(self, parent: Frame, block: b.Link) -> None:
        super().__init__(parent.world, parent)
        self.block = block

    def enter(self) -> None:
        self.world.passes(self.block.id, f"{self.block.id}_c")
        self.leave()


class CatchFrame(Frame):
    """An event in the flow."""

    def __init__(self, parent: Frame, block: b.Catch) -> None:
        super().__init__(parent.world, parent)
        self.block = block
        self.alarm: Alarm | None = None

    def can_leave(self) -> bool:
        return True

    def enter(self) -> None:
        self.alarm = Alarm(self.block.id, self.block.trigger, self, self.fired)

    def fired(self, alarm: Alarm) -> None:
        alarm.call_off()
        self.leave()

    def off(self) -> None:
        if self.alarm is not None:
            self.alarm.call_off()


class EventGatewayFrame(Frame):
    def __init__(self, parent: Frame, block: b.EventGateway) -> None:
        super().__init__(parent.world, parent)
        self.block = block
        self.alarms: list[Alarm] = []

    def can_leave(self) -> bool:
        return b.leaves(self.block) if self.alarms else super().can_leave()

    def enter(self) -> None:
        self.world.entered[self.block.id] += 1
        self.alarms = [Alarm(option.id, option.trigger, self, self.fired) for option in self.block.options]

    def fired(self, alarm: Alarm) -> None:
        for other in self.alarms:
            other.call_off()
        self.alarms = []
        self.world.completed[self.block.id] += 1
        self.begin(next(option.path for option in self.block.options if option.id == alarm.element))

    def done(self, child: Frame) -> None:
        self.leave()

    def off(self) -> None:
        if self.alarms:
            self.world.cancelled[self.block.id] += 1
        for alarm in self.alarms:
            alarm.call_off()


KINDS.update(
    {
        b.Sequence: SequenceFrame,
        b.Exclusive: ExclusiveFrame,
        b.Loop: LoopFrame,
        b.Link: LinkFrame,
        b.Catch: CatchFrame,
        b.EventGateway: EventGatewayFrame,
    }
)
