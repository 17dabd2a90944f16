"""What a picture shows of a case: what is done, where it waits, which ways it took, where it is stuck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.bpmn.lint.layout.geometry import Box, Point
from engine.bpmn.picture.lettering import INSIDE, written
from engine.bpmn.picture.pen import INK, PAPER, element

TEAL, TEAL_SOFT = "#0b6862", "#e2f0ee"
AMBER, AMBER_SOFT = "#8f5a00", "#fbefd9"
RED, RED_SOFT = "#b02a23", "#fbe6e3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """How a shape is drawn: its edge, its inside, how much thicker its edge is."""

    stroke: str = INK
    fill: str = PAPER
    more: float = 0
    #: For style sheets of a page.
    word: str | None = None


PLAIN = Colours()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Ids of elements by what happened to them; ids that are not drawn are ignored."""

    done: frozenset[str] = frozenset()
    #: Element id → how many tokens wait there.
    active: Mapping[str, int] = field(default_factory=dict)
    #: Sequence flows.
    taken: frozenset[str] = frozenset()
    incidents: frozenset[str] = frozenset()

    def colours(self, id_: str) -> Colours:
        """An incident counts more than waiting, waiting more than done."""
        if id_ in self.incidents:
            return Colours(stroke=RED, fill=RED_SOFT, more=1, word="incident")
        if self.active.get(id_, 0) > 0:
            return Colours(stroke=AMBER, fill=AMBER_SOFT, more=1, word="active")
        return Colours(stroke=TEAL, fill=TEAL_SOFT, word="done") if id_ in self.done else PLAIN

    def line(self, id_: str) -> Colours:
        """A flow that was taken is thicker."""
        return Colours(stroke=TEAL, more=1.5, word="taken") if id_ in self.taken else PLAIN

    def badge(self, id_: str, box: Box) -> str:
        """How many wait at the shape's upper right corner, and an exclamation mark where something is stuck."""
        stuck, waiting = id_ in self.incidents, self.active.get(id_, 0)
        said = "!" if stuck else str(waiting) if waiting > 0 else ""
        if not said:
            return ""
        width = max(22, 10 + 8 * len(said))
        x, y = box.right - width / 2, box.y - 11
        plate = element("rect", x=x, y=y, width=width, height=22, rx=11, fill=RED if stuck else AMBER)
        text = written([said], x + width / 2, y + 3.8, size=INSIDE, fill=PAPER)
        return element("g", plate + text, _class="badge")

    def flow_badge(self, id_: str, points: Sequence[Point]) -> str:
        """What stands in the middle of a line: nothing."""
        return ""
