"""Draws flows and associations along their waypoints, with rounded corners and their heads."""

from __future__ import annotations

from math import hypot
from typing import Final

from engine.bpmn.lint.layout.geometry import Box, Point
from engine.bpmn.picture import lettering
from engine.bpmn.picture.marks import Colours
from engine.bpmn.picture.pen import PAPER, circle, line, number, path
from engine.bpmn.picture.reading import Edge

#: How much a corner is rounded.
_CORNER: Final = 5
#: Tags of the elements whose conditional flows begin with a diamond: all but gateways.
_CHOOSES: Final = "Gateway"
_DOTTED: Final = frozenset({"association", "dataInputAssociation", "dataOutputAssociation"})


def drawn(edge: Edge, colours: Colours, source: str | None, default: bool) -> str:
    """The line with its heads, without its name.

    Args:
        edge: what is drawn.
        colours: of the flow.
        source: tag of the element that a sequence flow leaves.
        default: whether it is that element's default flow.
    """
    stroke, points = colours.stroke, list(edge.points)
    if edge.tag == "messageFlow":
        way = path(_rounded(points), stroke=stroke, width=1.5 + colours.more, dash="10 11")
        start = circle(*points[0], 3.5, fill=PAPER, stroke=stroke)
        return way + start + path(_head(points, 8, 4), fill=PAPER, stroke=stroke)
    if edge.tag in _DOTTED:
        return path(_rounded(points), stroke=stroke, width=2, dash="0.5 5") + _open_heads(edge, points, stroke)
    way = path(_rounded(points), stroke=stroke, width=2 + colours.more)
    head = path(_head(points, 10 + colours.more, 5 + colours.more / 2), fill=stroke, stroke=stroke)
    return way + head + _beginning(edge, points, stroke, source, default)


def named(edge: Edge) -> str:
    """The name at its bounds; where the file gives none, in the middle of the line."""
    if not edge.name:
        return ""
    return lettering.beside(edge.name, edge.label or _middle(edge.points), label_of=edge.id)


def _middle(points: tuple[Point, ...]) -> Box:
    (x, y), (to_x, to_y) = points[(len(points) - 1) // 2], points[(len(points) - 1) // 2 + 1]
    return Box((x + to_x) / 2 - 45, (y + to_y) / 2 + 4, 90, 14)


def _rounded(points: list[Point]) -> str:
    """Path data through every waypoint; corners are cut by a curve whose control point is the waypoint."""
    n = number
    parts = [f"M {n(points[0][0])} {n(points[0][1])}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        room = min(_CORNER, _distance(before, at) / 2, _distance(at, after) / 2)
        (x, y), (to_x, to_y) = _towards(at, before, room), _towards(at, after, room)
        parts.append(f"L {n(x)} {n(y)} Q {n(at[0])} {n(at[1])} {n(to_x)} {n(to_y)}")
    parts.append(f"L {n(points[-1][0])} {n(points[-1][1])}")
    return " ".join(parts)


def _distance(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def _towards(start: Point, to: Point, by: float) -> Point:
    """The point so far from the start on the way."""
    length = _distance(start, to)
    if length == 0:
        return start
    return start[0] + (to[0] - start[0]) * by / length, start[1] + (to[1] - start[1]) * by / length


def _beside(at: Point, to: Point, by: float) -> Point:
    """A step to the left of the way from ``at`` on."""
    length = _distance(at, to) or 1
    return (to[1] - at[1]) * by / length, -(to[0] - at[0]) * by / length


def _corners(points: list[Point], length: float, half: float) -> tuple[Point, Point, Point]:
    """Of an arrow head at the end of the line: one side, the tip, the other side."""
    tip = points[-1]
    behind = next((point for point in reversed(points) if _distance(point, tip) > 0.5), (tip[0] - 1, tip[1]))
    (x, y), (dx, dy) = _towards(tip, behind, length), _beside(tip, behind, half)
    return (x + dx, y + dy), tip, (x - dx, y - dy)


def _head(points: list[Point], length: float, half: float) -> str:
    return line(list(_corners(points, length, half)), closed=True)


def _open_heads(edge: Edge, points: list[Point], stroke: str) -> str:
    direction = edge.element.get("associationDirection", "None")
    one_way = direction in ("One", "Both") or edge.tag != "association"
    heads = [points] if one_way else []
    heads += [points[::-1]] if direction == "Both" else []
    return "".join(path(line(list(_corners(way, 6, 4))), stroke=stroke, width=1.5) for way in heads)


def _beginning(edge: Edge, points: list[Point], stroke: str, source: str | None, default: bool) -> str:
    """The slash of a default flow, the diamond of a flow with a condition that leaves an activity."""
    start = points[0]
    after = next((point for point in points if _distance(point, start) > 0.5), (start[0] + 1, start[1]))
    if default:
        x, y = _towards(start, after, 9)
        (dx, dy), (ax, ay) = _beside(start, after, 6), _towards((0, 0), (after[0] - start[0], after[1] - start[1]), 3)
        return path(line([(x + dx - ax, y + dy - ay), (x - dx + ax, y - dy + ay)]), stroke=stroke, width=1.5)
    asks = any(child.tag.endswith("}conditionExpression") for child in edge.element)
    if not asks or source is None or source.endswith(_CHOOSES):
        return ""
    (x, y), (dx, dy) = _towards(start, after, 8), _beside(start, after, 5)
    diamond = [start, (x + dx, y + dy), _towards(start, after, 16), (x - dx, y - dy)]
    return path(line(diamond, closed=True), fill=PAPER, stroke=stroke)
