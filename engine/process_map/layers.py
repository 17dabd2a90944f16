"""Puts the nodes of a graph into columns, so that every link leads to the right, and orders each column. Pure.

Links that would lead back are turned around for this. Where a link passes a column it has a place of its own there, so
that it runs beside the nodes and not behind them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

_SWEEPS: Final = 24


@dataclass(frozen=True, slots=True)
class Arc:
    """A link from left to right."""

    #: Its place among the links given.
    link: int
    left: str
    right: str
    #: Whether the link leads the other way.
    is_turned: bool


@dataclass(slots=True)
class Columns:
    """What stands in which column, from top to bottom: nodes by their ids, passing links as ``~<link>~<column>``."""

    rows: list[list[str]] = field(default_factory=list)
    arcs: list[Arc] = field(default_factory=list)
    #: Link → what it passes from left to right, its ends included.
    routes: dict[int, list[str]] = field(default_factory=dict)


def passing(link: int, column: int) -> str:
    """What the place of a link in a column is called."""
    return f"~{link}~{column}"


def arrange(nodes: Sequence[str], links: Sequence[tuple[str, str]], wide: Iterable[int]) -> Columns:
    """Columns with their orders.

    Args:
        nodes: ids, in the order in which they are preferred from top to bottom.
        links: source and target; the more important ones first, since later ones are turned around sooner.
        wide: links that need a place between their ends, because something is written there.
    """
    arcs = _turned(links)
    columns = _spread(_layers(nodes, arcs), [arc for arc in arcs if arc.link in set(wide)])
    found = Columns(arcs=arcs, rows=[[] for _ in range(max(columns.values(), default=-1) + 1)])
    for node in nodes:
        found.rows[columns[node]].append(node)
    for arc in arcs:
        between = range(columns[arc.left] + 1, columns[arc.right])
        for column in between:
            found.rows[column].append(passing(arc.link, column))
        found.routes[arc.link] = [arc.left, *(passing(arc.link, column) for column in between), arc.right]
    _order(found)
    return found


def _turned(links: Sequence[tuple[str, str]]) -> list[Arc]:
    """The links as arcs without a circle."""
    after: dict[str, set[str]] = defaultdict(set)
    found = []
    for place, (source, target) in enumerate(links):
        if source == target:
            continue
        is_turned = _reaches(after, target, source)
        left, right = (target, source) if is_turned else (source, target)
        after[left].add(right)
        found.append(Arc(place, left, right, is_turned))
    return found


def _reaches(after: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen, todo = {start}, [start]
    while todo:
        for following in after.get(todo.pop(), ()):
            if following == goal:
                return True
            if following not in seen:
                seen.add(following)
                todo.append(following)
    return False


def _layers(nodes: Sequence[str], arcs: Sequence[Arc]) -> dict[str, int]:
    """The longest way to each node; those that nothing leads to stand right before where they lead."""
    after: dict[str, set[str]] = defaultdict(set)
    before: dict[str, set[str]] = defaultdict(set)
    for arc in arcs:
        after[arc.left].add(arc.right)
        before[arc.right].add(arc.left)
    layers: dict[str, int] = {}
    todo = [node for node in nodes if not before[node]]
    waits = {node: len(before[node]) for node in nodes}
    while todo:
        node = todo.pop()
        layers[node] = max((layers[one] + 1 for one in before[node]), default=0)
        for following in after[node]:
            waits[following] -= 1
            if not waits[following]:
                todo.append(following)
    for node in nodes:
        if not before[node] and after[node]:
            layers[node] = min(layers[one] for one in after[node]) - 1
    return layers


def _spread(layers: Mapping[str, int], wide: Iterable[Arc]) -> dict[str, int]:
    """Columns: layers, with one more between two where a wide link would have no place."""
    between = {layers[arc.left] for arc in wide if layers[arc.right] - layers[arc.left] == 1}
    return {node: layer + sum(one < layer for one in between) for node, layer in layers.items()}


# --- the order of a column -----------------------------------------------------------------------


def _order(columns: Columns) -> None:
    """Have as few links cross as sweeping back and forth finds; ties keep the order that is there."""
    rights: dict[str, list[str]] = defaultdict(list)
    lefts: dict[str, list[str]] = defaultdict(list)
    for route in columns.routes.values():
        for left, right in pairwise(route):
            rights[left].append(right)
            lefts[right].append(left)
    best, fewest = [list(row) for row in columns.rows], _crossings(columns.rows, rights)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        order = range(1, len(columns.rows)) if forward else range(len(columns.rows) - 2, -1, -1)
        for column in order:
            beside = columns.rows[column - 1 if forward else column + 1]
            _sort(columns.rows[column], beside, lefts if forward else rights)
        crossings = _crossings(columns.rows, rights)
        if crossings < fewest:
            best, fewest = [list(row) for row in columns.rows], crossings
    columns.rows[:] = best


def _sort(row: list[str], beside: Sequence[str], neighbours: Mapping[str, Sequence[str]]) -> None:
    """By the mean place of the neighbours; what has none stays where it is."""
    place = {node: n for n, node in enumerate(beside)}
    wanted = {}
    for n, node in enumerate(row):
        places = [place[one] for one in neighbours.get(node, ()) if one in place]
        wanted[node] = sum(places) / len(places) if places else n * max(len(beside), 1) / len(row)
    row.sort(key=wanted.__getitem__)


def _crossings(rows: Sequence[Sequence[str]], rights: Mapping[str, Sequence[str]]) -> int:
    total = 0
    for row, following in pairwise(rows):
        place = {node: n for n, node in enumerate(following)}
        ends = [(n, place[right]) for n, node in enumerate(row) for right in rights.get(node, ()) if right in place]
        total += sum((a < c and b > d) or (a > c and b < d) for k, (a, b) in enumerate(ends) for c, d in ends[k + 1 :])
    return total
