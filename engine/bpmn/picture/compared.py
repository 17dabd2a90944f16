"""What a picture shows of two versions: what came, went, says otherwise or stands elsewhere, by colour and sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.bpmn.lint.layout.geometry import Box, Point
from engine.bpmn.picture.lettering import written
from engine.bpmn.picture.marks import AMBER, AMBER_SOFT, PLAIN, RED, RED_SOFT, Colours, Marks
from engine.bpmn.picture.pen import PAPER, element

GREEN, GREEN_SOFT = "#2c6e3c", "#e4f1e6"
BLUE, BLUE_SOFT = "#2f5f96", "#e6eef7"
_SIGN: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Marks):
    """Ids of elements by what is different about them; an id stands in one of them."""

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()

    def _mark(self, id_: str) -> tuple[str, str, str, str] | None:
        """Colour, soft colour, sign and word."""
        for ids, mark in (
            (self.added, (GREEN, GREEN_SOFT, "+", "added")),
            (self.removed, (RED, RED_SOFT, "−", "removed")),
            (self.changed, (AMBER, AMBER_SOFT, "~", "changed")),
            (self.moved, (BLUE, BLUE_SOFT, "⇄", "moved")),
        ):
            if id_ in ids:
                return mark
        return None

    def colours(self, id_: str) -> Colours:
        """The edge and the inside of a shape."""
        mark = self._mark(id_)
        return PLAIN if mark is None else Colours(stroke=mark[0], fill=mark[1], more=1, word=mark[3])

    def line(self, id_: str) -> Colours:
        """A flow that differs is thicker."""
        mark = self._mark(id_)
        return PLAIN if mark is None else Colours(stroke=mark[0], more=1.5, word=mark[3])

    def badge(self, id_: str, box: Box) -> str:
        """The sign at the shape's upper right corner."""
        return self._sign(id_, (box.right, box.y))

    def flow_badge(self, id_: str, points: Sequence[Point]) -> str:
        """The sign in the middle of a line."""
        n = (len(points) - 1) // 2
        (x, y), (to_x, to_y) = points[n], points[n + 1]
        return self._sign(id_, ((x + to_x) / 2, (y + to_y) / 2))

    def _sign(self, id_: str, at: Point) -> str:
        mark = self._mark(id_)
        if mark is None:
            return ""
        x, y = at[0] - _SIGN / 2, at[1] - _SIGN / 2
        plate = element("rect", x=x, y=y, width=_SIGN, height=_SIGN, rx=4, fill=mark[0])
        text = written([mark[2]], at[0], y + 1, size=_SIGN * 0.7, fill=PAPER)
        return element("g", plate + text, _class=f"sign {mark[3]}")
