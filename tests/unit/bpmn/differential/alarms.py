"""Events that wait, as the reference interpreter has them: for one thing, for the first of several, or for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.unit.bpmn.differential.blocks import Trigger

if TYPE_CHECKING:
    from tests.unit.bpmn.differential.frames import Frame
    from tests.unit.bpmn.differential.world import Wait


class Alarm:
    """One event; of several things that it waits for each is counted besides the event itself."""

    def __init__(self, element: str, trigger: Trigger, frame: Frame, fires: Callable[[Alarm], None]) -> None:
        self.element, self.trigger, self.frame, self.fires = element, trigger, frame, fires
        self.world = frame.world
        self.several = len(trigger.parts) > 1
        self.waits: dict[Wait, Trigger] = {}
        #: What has come already.
        self.came: dict[Wait, Trigger] = {}
        self._begin()
        for part in trigger.parts or (trigger,):
            self._wait(part)

    def _begin(self) -> None:
        self.active = True
        self.world.entered[self.element] += self.several

    def _wait(self, part: Trigger, before: Wait | None = None) -> None:
        self.waits[self.world.wait(self.element, part, self.frame, self._comes, before)] = part

    def _comes(self, wait: Wait) -> None:
        self.world.take(wait)
        self.came[wait] = self.waits.pop(wait)
        if self.waits and self.trigger.together:
            return
        self.world.completed[self.element] += self.several
        self.active = False
        self.fires(self)

    def call_off(self) -> None:
        for wait in self.waits:
            self.world.call_off(wait)
        self.waits = {}
        self.world.cancelled[self.element] += self.several and self.active
        self.active = False

    def again(self) -> None:
        """It fired and did not interrupt: it waits for what has not come, and anew for what can come again."""
        came, self.came = self.came, {}
        recurring = {wait: part for wait, part in came.items() if wait.again or self.trigger.together}
        if not self.several and not recurring:
            return
        self._begin()
        for wait, part in recurring.items():
            self._wait(part, wait)
        if not self.waits:
            self.call_off()
