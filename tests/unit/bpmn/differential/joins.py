"""Forks and joins of the reference interpreter: parallel, inclusive, complex, and activities with several ways out."""

from __future__ import annotations

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.frames import KINDS, Frame, PathFrame


class JoinFrame(Frame):
    """What ends in a join; tokens that came wait there."""

    def __init__(self, parent: Frame, id_: str) -> None:
        super().__init__(parent.world, parent)
        self.join = f"{id_}_j"
        self.arrived = 0

    def done(self, child: Frame) -> None:
        self.world.entered[self.join] += 1
        self.arrived += 1
        if self not in self.world.joins:
            self.world.joins.append(self)

    def ready(self) -> bool:
        """An inclusive join goes when no token can come any more; looked at when nothing else moves."""
        return self.arrived > 0 and not super().can_leave()

    def goes(self) -> None:
        self.consume()
        self.leave()

    def consume(self) -> None:
        self.world.completed[self.join] += self.arrived
        self.arrived = 0

    def die(self) -> None:
        if not self.arrived:
            super().die()

    def off(self) -> None:
        self.world.cancelled[self.join] += self.arrived

    def can_leave(self) -> bool:
        return self.arrived > 0 or super().can_leave()


class ParallelFrame(JoinFrame):
    def __init__(self, parent: Frame, block: b.Parallel) -> None:
        super().__init__(parent, block.id)
        self.block = block
        self.needed = sum(b.leaves(body) for body in block.bodies)

    def enter(self) -> None:
        self.world.passes(self.block.id)
        for body in self.block.bodies:
            self.begin(body)

    def ready(self) -> bool:
        return self.needed > 0 and self.arrived == self.needed


class InclusiveFrame(JoinFrame):
    def __init__(self, parent: Frame, block: b.Inclusive) -> None:
        super().__init__(parent, block.id)
        self.block = block

    def enter(self) -> None:
        self.world.passes(self.block.id)
        for branch in self.chosen(self.block.branches):
            self.begin(branch.body)


class ForkFrame(JoinFrame):
    def __init__(self, parent: Frame, block: b.Fork) -> None:
        super().__init__(parent, block.id)
        self.block = block
        self.head: Frame | None = None

    def enter(self) -> None:
        self.head = self.begin(self.block.head)

    def done(self, child: Frame) -> None:
        if child is self.head:
            for branch in self.chosen(self.block.branches):
                self.begin(branch.body)
        else:
            super().done(child)

    def can_leave(self) -> bool:
        if self.head is not None and self.head.can_leave():
            return b.leaves(self.block)
        return super().can_leave()


class ComplexFrame(JoinFrame):
    def __init__(self, parent: Frame, block: b.Complex) -> None:
        super().__init__(parent, block.id)
        self.block = block

    def enter(self) -> None:
        self.world.passes(self.block.id)
        for body in self.block.bodies:
            self.begin(body)

    def ready(self) -> bool:
        return self.arrived >= self.block.needed

    def goes(self) -> None:
        self.consume()
        rest = RestFrame(self.scope, self.block)
        for child in self.children:
            child.parent = rest
        rest.children, self.children = self.children, []
        self.world.joins.append(rest)
        self.leave()


class RestFrame(JoinFrame):
    """What comes to a complex gateway after it went."""

    def __init__(self, parent: Frame, block: b.Complex) -> None:
        super().__init__(parent, block.id)
        self.block = block

    def ready(self) -> bool:
        return not any(child.can_leave() for child in self.children)

    def goes(self) -> None:
        self.consume()
        self.hand_over()
        self.soon(PathFrame(self.scope, self.block.late, f"{self.block.id}_e"))
        self.die()

    def die(self) -> None:
        if self not in self.world.joins:
            super().die()


KINDS.update({b.Parallel: ParallelFrame, b.Inclusive: InclusiveFrame, b.Fork: ForkFrame, b.Complex: ComplexFrame})
