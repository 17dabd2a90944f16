"""The control-flow patterns of van der Aalst, ter Hofstede, Kiepuszewski and Russell, as an outsider would draw them.

Each is checked by the lint, compiled and played; before every step the diagram is compiled anew and the instance is
read back from the bytes that were kept, and at the end all of it is executed once more.

BPMN cannot express, or this engine refuses by name:

- WCP-18 milestone, WCP-39 critical section: no state between activities to look at; drawn by a condition over data,
  and by an ad-hoc sub-process whose parts are begun one after the other.
- WCP-25 cancel region: a region is a sub-process; one that is not a block cannot be drawn.
- WCP-28, WCP-31 blocking: a complex gateway holds back the tokens of the next round; it cannot stop their activities.
- WCP-36 dynamic partial join: the number of items of a multi-instance activity is fixed when it begins, so items that
  come later are drawn as events of a sub-process.
- WCP-41 thread merge: only by startQuantity, which is refused; threads of a sub-process merge all at once.
- WCP-42 thread split: by completionQuantity it is refused; drawn as several flows between the same two elements.

Source: N. Russell et al., Workflow Control-Flow Patterns: A Revised View, BPM-06-22 (2006).
"""

from __future__ import annotations

from typing import Final

from engine.model import Command, Outcome
from tests.unit.bpmn.drawing import Drawing
from tests.unit.bpmn.event_drawing import Events
from tests.unit.bpmn.outsider import errors
from tests.unit.bpmn.running import Running, of

#: How many patterns there are.
ALL: Final = 43


class Reloaded(Running):
    """An instance of which nothing is in memory between two steps."""

    def do(self, command: Command) -> Outcome:
        """Compile the diagram anew, then step."""
        assert self.compiled_anew is not None
        self.definition = self.compiled_anew()
        return super().do(command)


def draw() -> Events:
    """An empty diagram."""
    return Events()


def play(drawing: Drawing, **variables: object) -> Reloaded:
    """Start an instance of a diagram that the lint lets pass."""
    refused = errors(drawing.xml())
    assert not refused, refused
    made = of(drawing)
    return Reloaded(made.definition, compiled_anew=made.compiled_anew).start(**variables)  # type: ignore[return-value]


def over(running: Running, end: str = "end") -> None:
    """It completed at that end, and does all of it once more."""
    assert (running.over, running.waiting) == (f"completed {end}", [])
    running.proven()
