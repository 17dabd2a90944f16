"""Boxes, segments and when they touch: the little plane geometry that the rules on drawings need. All in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    @property
    def centre(self) -> Point:
        """The middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def shrunk(self, by: float) -> Box:
        """The box without a rim; never less than its centre."""
        dx, dy = min(by, self.width / 2), min(by, self.height / 2)
        return Box(self.x + dx, self.y + dy, self.width - 2 * dx, self.height - 2 * dy)

    def overlaps(self, other: Box, by: float = 0) -> bool:
        """Whether the boxes share an area deeper than ``by`` both ways."""
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        return across > by and down > by

    def contains(self, other: Box, slack: float = 0) -> bool:
        """Whether the other box lies within this one, give or take the slack."""
        return (
            other.x >= self.x - slack
            and other.y >= self.y - slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def distance(self, point: Point) -> float:
        """How far a point lies outside the box (larger of the two directions); 0 within."""
        across = max(self.x - point[0], point[0] - self.right, 0)
        down = max(self.y - point[1], point[1] - self.bottom, 0)
        return max(across, down)

    def depth(self, point: Point) -> float:
        """How far a point lies within the box, from the nearest edge; negative outside."""
        return min(point[0] - self.x, self.right - point[0], point[1] - self.y, self.bottom - point[1])


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight piece of a line."""

    start: Point
    end: Point

    @property
    def box(self) -> Box:
        """The smallest box around it."""
        left, top = min(self.start[0], self.end[0]), min(self.start[1], self.end[1])
        return Box(left, top, abs(self.start[0] - self.end[0]), abs(self.start[1] - self.end[1]))

    @property
    def level(self) -> bool:
        """Whether it runs horizontally."""
        return abs(self.start[1] - self.end[1]) < 1

    @property
    def upright(self) -> bool:
        """Whether it runs vertically."""
        return abs(self.start[0] - self.end[0]) < 1

    def crosses(self, box: Box) -> bool:
        """Whether it meets the inside of a box (Liang and Barsky 1984: clip, and see whether anything is left)."""
        (x, y), (to_x, to_y) = self.start, self.end
        right, bottom = box.x + box.width, box.y + box.height
        if (x <= box.x and to_x <= box.x) or (x >= right and to_x >= right):
            return False
        if (y <= box.y and to_y <= box.y) or (y >= bottom and to_y >= bottom):
            return False
        enter, leave, dx, dy = 0.0, 1.0, to_x - x, to_y - y
        for step, room in ((-dx, x - box.x), (dx, right - x), (-dy, y - box.y), (dy, bottom - y)):
            if step == 0:
                if room <= 0:
                    return False
            elif step < 0:
                enter = max(enter, room / step)
            else:
                leave = min(leave, room / step)
        return enter < leave

    def runs_along(self, other: Segment, within: float, over: float) -> bool:
        """Whether both are level or both upright, at most ``within`` apart, side by side for more than ``over``."""
        mine, its = self.box, other.box
        if self.level and other.level:
            shared = min(mine.right, its.right) - max(mine.x, its.x)
            return abs(mine.y - its.y) <= within and shared > over
        if self.upright and other.upright:
            shared = min(mine.bottom, its.bottom) - max(mine.y, its.y)
            return abs(mine.x - its.x) <= within and shared > over
        return False


def touches_round(box: Box, circle: Box) -> bool:
    """Whether a box meets the circle that fills another box."""
    across, down = _gaps(box, circle)
    return across**2 + down**2 < (circle.width / 2) ** 2


def touches_diamond(box: Box, diamond: Box) -> bool:
    """Whether a box meets the diamond whose corners are the middles of another box's edges."""
    across, down = _gaps(box, diamond)
    return diamond.width > 0 < diamond.height and across / (diamond.width / 2) + down / (diamond.height / 2) < 1


def _gaps(box: Box, around: Box) -> Point:
    """From the centre of ``around`` to the nearest point of the box."""
    x, y = around.centre
    return max(box.x - x, x - box.right, 0), max(box.y - y, y - box.bottom, 0)
