"""Where everything of the map stands: nodes, lines and the words on them, none over another. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from engine.process_map.layers import Columns, arrange

NODE_WIDTH: Final = 144
NODE_HEIGHT: Final = 58
LABEL_HEIGHT: Final = 20
_LINE: Final = 12
#: Between two things of a column, and between two columns.
_GAP: Final = 14
_BETWEEN: Final = 40
#: Between two lines that pass a column beside each other.
_NARROW: Final = 2
_MARGIN: Final = 14
#: Between the ends of lines at one side of a node.
_PORT: Final = 9
_PASSES: Final = 12


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Whether they have more than an edge in common."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A line that is to be drawn."""

    source: str
    target: str
    #: What is written on it; "": nothing.
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A line: straight across columns, curved between them."""

    #: From source to target; the first and the last stand at a node's side.
    points: tuple[tuple[float, float], ...]
    label: Box | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The map."""

    width: float
    height: float
    nodes: Mapping[str, Box]
    #: In the order in which they were wanted.
    lines: tuple[Drawn, ...]


def lay_out(nodes: Sequence[str], lines: Sequence[Wanted]) -> Layout:
    """Callers left, what is shared right, what stands alone in rows below.

    Args:
        nodes: ids, in the order in which they are preferred from top to bottom.
        lines: between nodes; the more important ones first.
    """
    linked = {end for line in lines if line.source != line.target for end in (line.source, line.target)}
    ends = [(line.source, line.target) for line in lines]
    labelled = [n for n, line in enumerate(lines) if line.label]
    columns = arrange([node for node in nodes if node in linked], ends, labelled)
    heights = _heights(columns, lines)
    plain = {name for row in columns.rows for name in row if name.startswith("~")} - _labelled(columns, lines)
    tops = _tops(columns, heights, plain)
    lefts = [_MARGIN + n * (NODE_WIDTH + _BETWEEN) for n in range(len(columns.rows))]
    boxes = {
        name: Box(lefts[n], tops[name], NODE_WIDTH, heights[name]) for n, row in enumerate(columns.rows) for name in row
    }
    width = max((box.x + box.width for box in boxes.values()), default=0) + _MARGIN
    bottom = max((box.y + box.height for box in boxes.values()), default=0) + _MARGIN
    alone = [node for node in nodes if node not in linked]
    width = max(width, min(len(alone), 4) * (NODE_WIDTH + _GAP) + 2 * _MARGIN - _GAP)
    below = _below(alone, bottom, width)
    height = max((box.y + box.height for box in below.values()), default=bottom - _MARGIN) + _MARGIN
    placed = {name: box for name, box in boxes.items() if not name.startswith("~")}
    return Layout(width=width, height=height, nodes={**placed, **below}, lines=tuple(_drawn(columns, boxes, lines)))


def _below(alone: Sequence[str], top: float, width: float) -> dict[str, Box]:
    a_row = max(1, int((width - 2 * _MARGIN + _GAP) // (NODE_WIDTH + _GAP)))
    return {
        node: Box(
            _MARGIN + n % a_row * (NODE_WIDTH + _GAP),
            top + _GAP + n // a_row * (NODE_HEIGHT + _GAP),
            NODE_WIDTH,
            NODE_HEIGHT,
        )
        for n, node in enumerate(alone)
    }


def _label_places(columns: Columns, lines: Sequence[Wanted]) -> dict[int, str]:
    """Link → where its words stand: the middle of what it passes."""
    found = {}
    for link, route in columns.routes.items():
        inner = route[1:-1]
        if lines[link].label and inner:
            found[link] = inner[len(inner) // 2]
    return found


def _labelled(columns: Columns, lines: Sequence[Wanted]) -> set[str]:
    return set(_label_places(columns, lines).values())


def _heights(columns: Columns, lines: Sequence[Wanted]) -> dict[str, float]:
    """Nodes are as high as the lines at their busier side need."""
    sides: dict[tuple[str, bool], int] = defaultdict(int)
    for route in columns.routes.values():
        sides[route[0], True] += 1
        sides[route[-1], False] += 1
    labels = _labelled(columns, lines)
    heights: dict[str, float] = {}
    for name in (name for row in columns.rows for name in row):
        if name.startswith("~"):
            heights[name] = LABEL_HEIGHT if name in labels else _LINE
        else:
            busier = max(sides[name, True], sides[name, False])
            heights[name] = max(NODE_HEIGHT, (busier + 1) * _PORT)
    return heights


def _tops(columns: Columns, heights: Mapping[str, float], plain: Set[str]) -> dict[str, float]:
    """As straight as the order of the columns allows: everything near the middle of its neighbours."""
    beside: dict[str, list[str]] = defaultdict(list)
    for route in columns.routes.values():
        for left, right in pairwise(route):
            beside[left].append(right)
            beside[right].append(left)
    offsets = [_offsets(row, heights, plain) for row in columns.rows]
    middles = {
        name: at for row, ats in zip(columns.rows, offsets, strict=True) for name, at in zip(row, ats, strict=True)
    }
    order = list(zip(columns.rows, offsets, strict=True))
    for turn in range(_PASSES):
        for row, ats in order if turn % 2 == 0 else reversed(order):
            wanted = [
                sum(middles[one] for one in beside[name]) / len(beside[name]) if beside[name] else middles[name]
                for name in row
            ]
            middles |= dict(zip(row, _apart(wanted, ats), strict=True))
    tops = {name: middles[name] - heights[name] / 2 for name in heights}
    highest = min(tops.values(), default=0)
    return {name: round(top - highest + _MARGIN, 1) for name, top in tops.items()}


def _offsets(row: Sequence[str], heights: Mapping[str, float], plain: Set[str]) -> list[float]:
    """The middles of a column's things, as near to each other as may be; lines without words nearer than nodes."""
    found, y = [], 0.0
    for n, name in enumerate(row):
        if n:
            y += _NARROW if {row[n - 1], name} <= plain else _GAP
        found.append(y + heights[name] / 2)
        y += heights[name]
    return found


def _apart(wanted: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """The middles nearest to those wanted that keep order and are as far apart as the offsets are.

    What would overlap is moved together, as a block about the mean of what its members want.
    """
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before, members = blocks.pop()
            total, count = total + before, count + members
        blocks.append((total, count))
    bases = [total / count for total, count in blocks for _ in range(count)]
    return [base + offset for base, offset in zip(bases, offsets, strict=True)]


def _drawn(columns: Columns, boxes: Mapping[str, Box], lines: Sequence[Wanted]) -> list[Drawn]:
    ports = _ports(columns, boxes)
    labels = _label_places(columns, lines)
    turned = {arc.link for arc in columns.arcs if arc.is_turned}
    found = []
    for link in range(len(lines)):
        route = columns.routes.get(link)
        if route is None:  # it leads to itself
            found.append(Drawn(points=(), label=None))
            continue
        first, last = boxes[route[0]], boxes[route[-1]]
        points = [(first.x + first.width, ports[link, True])]
        for name in route[1:-1]:
            box = boxes[name]
            middle = box.y + box.height / 2
            points += [(box.x, middle), (box.x + box.width, middle)]
        points.append((last.x, ports[link, False]))
        place = labels.get(link)
        found.append(
            Drawn(
                points=tuple(reversed(points) if link in turned else points),
                label=None if place is None else boxes[place],
            )
        )
    return found


def _ports(columns: Columns, boxes: Mapping[str, Box]) -> dict[tuple[int, bool], float]:
    """(link, at its left end) → where at the node's side it begins, in the order of what it leads to."""
    sides: dict[tuple[str, bool], list[tuple[float, int]]] = defaultdict(list)
    for link, route in columns.routes.items():
        following, before = boxes[route[1]], boxes[route[-2]]
        sides[route[0], True].append((following.y + following.height / 2, link))
        sides[route[-1], False].append((before.y + before.height / 2, link))
    found = {}
    for (node, is_left_end), ends in sides.items():
        box = boxes[node]
        for n, (_, link) in enumerate(sorted(ends), 1):
            found[link, is_left_end] = round(box.y + box.height * n / (len(ends) + 1), 1)
    return found
