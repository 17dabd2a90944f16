"""Whether boxes cover a box, exactly: units of several dimensions, cut until nothing is left or a hole is found.

A box is a set of atoms per column, as bits of an int. A rule that constrains one column only is cut off the box; where
the rules that are left neither cover it nor go apart, the box is divided along the shortest rule. The worst case grows
with the number of rules to the power of half the columns (Klee's measure), so the work is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from math import prod
from typing import Final, TypeAlias

Box: TypeAlias = tuple[int, ...]
#: A rule by its index, and the columns that it constrains within a box.
_Alive: TypeAlias = list[tuple[int, list[int]]]


#: Columns of a rule looked at in the time of one unit of work.
_COLUMNS_AT_ONCE: Final = 16


class OutOfWork(Exception):
    """The bound of an analysis is reached: what was not yet found is not known."""


class Work:
    """Counts steps, never seconds, so that every analysis repeats exactly."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.spent = 0

    def spend(self, units: int) -> None:
        """Use up units.

        Raises:
            OutOfWork: none are left.
        """
        if self.spent + units > self.limit:
            raise OutOfWork
        self.spent += units


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes have a point in common."""
    return all(mine & theirs for mine, theirs in zip(one, other, strict=True))


def within(inner: Box, outer: Box) -> bool:
    """Whether the first box lies in the second."""
    return all(mine & theirs == mine for mine, theirs in zip(inner, outer, strict=True))


class Cover:
    """Boxes that may cover others together."""

    def __init__(self, boxes: Sequence[Box], work: Work, *, counted: int | None = None) -> None:
        """``counted``: only the first so many are counted by volume (of all, if None), the rest overlap anyhow."""
        self._boxes = boxes
        self._work = work
        self._price = 1 + (len(boxes[0]) if boxes else 0) // _COLUMNS_AT_ONCE
        self._counted = len(boxes) if counted is None else counted
        #: Boxes that the last proof of a cover needed.
        self.used: set[int] = set()

    def hole(self, start: Box) -> Box | None:
        """A part of the box that no box touches; None when they cover it.

        Raises:
            OutOfWork: it was not found out.
        """
        self.used = set()
        if not all(start):
            return None
        pending: list[tuple[Box, Sequence[int]]] = [(start, range(len(self._boxes)))]
        while pending:
            box, indices = pending.pop()
            cut = self._cut(box, indices)
            if cut is None:
                continue
            box, alive = cut
            if not alive:
                return box
            if not self._filled(box, alive):
                pending += self._divided(box, alive)
        return None

    def _cut(self, start: Box, indices: Iterable[int]) -> tuple[Box, _Alive] | None:
        """The box without what single rules cut off, and the rules that still touch it; None when it is covered."""
        box = list(start)
        while True:
            before = tuple(box)
            alive: _Alive = []
            for index in indices:
                self._work.spend(self._price)
                bounds = self._bounds(box, index)
                if bounds is None:
                    continue
                if len(bounds) > 1:
                    alive.append((index, bounds))
                    continue
                self.used.add(index)
                if not bounds:
                    return None
                box[bounds[0]] &= ~self._boxes[index][bounds[0]]
            if tuple(box) == before:
                return before, alive
            indices = [index for index, _ in alive]

    def _bounds(self, box: list[int], index: int) -> list[int] | None:
        """Columns that a rule constrains within a box; None when it does not touch it."""
        bounds = []
        for column, (mine, theirs) in enumerate(zip(box, self._boxes[index], strict=True)):
            common = mine & theirs
            if not common:
                return None
            if common != mine:
                bounds.append(column)
        return bounds

    def _filled(self, box: Box, alive: _Alive) -> bool:
        """Whether rules that are apart from each other add up to the box: then they cover it without a hole."""
        counted = [(index, bounds) for index, bounds in alive if index < self._counted]
        volume = sum(self._volume(box, index) for index, _ in counted)
        if volume != prod(mask.bit_count() for mask in box):
            return False
        parts = [self._part(box, index) for index, _ in counted]
        self._work.spend(len(parts) * (len(parts) - 1) // 2)
        if any(meet(one, other) for number, one in enumerate(parts) for other in parts[:number]):
            return False
        self.used.update(index for index, _ in counted)
        return True

    def _part(self, box: Box, index: int) -> Box:
        return tuple(mine & theirs for mine, theirs in zip(box, self._boxes[index], strict=True))

    def _volume(self, box: Box, index: int) -> int:
        return prod(mask.bit_count() for mask in self._part(box, index))

    def _divided(self, box: Box, alive: _Alive) -> list[tuple[Box, Sequence[int]]]:
        """Two halves, the one that is covered less often last: it is looked at first."""
        often = [0] * len(box)
        for _, bounds in alive:
            for column in bounds:
                often[column] += 1
        shortest = min(len(bounds) for _, bounds in alive)
        index, column = max(
            ((index, column) for index, bounds in alive if len(bounds) == shortest for column in bounds),
            key=lambda pair: (often[pair[1]], -pair[0]),
        )
        mask = self._boxes[index][column]
        halves = [(*box[:column], box[column] & part, *box[column + 1 :]) for part in (mask, ~mask)]
        indices = [each for each, _ in alive]
        halves.sort(key=lambda half: -self._density(half, indices))
        return [(half, indices) for half in halves]

    def _density(self, box: Box, indices: Sequence[int]) -> float:
        """How many rules cover a point of the box on average."""
        volume = prod(mask.bit_count() for mask in box)
        return sum(self._volume(box, index) for index in indices) / volume


def grown(point: Box, boxes: Sequence[Box], most: Box) -> Box:
    """The box about a point, as large as it can be without touching any other, within ``most``.

    Columns that can be freed altogether are freed first, so that few are left to name.
    """
    box = list(point)
    apart = [{at for at, theirs in enumerate(other) if not box[at] & theirs} for other in boxes]
    blocked = [0] * len(box)  # by column: what a box that is apart in no other column has there
    for other, columns in zip(boxes, apart, strict=True):
        _block(blocked, other, columns)
    waiting = [(_lost(most, blocked, column), column) for column in range(len(box))]
    heapify(waiting)
    while waiting:
        lost, column = heappop(waiting)
        if lost != (now := _lost(most, blocked, column)):
            heappush(waiting, (now, column))
            continue
        box[column] = most[column] & ~blocked[column]
        for other, columns in zip(boxes, apart, strict=True):
            if column in columns and other[column] & box[column]:
                columns.discard(column)
                _block(blocked, other, columns)
    return tuple(box)


def _block(blocked: list[int], other: Box, apart: set[int]) -> None:
    """Note what a box blocks, if it is apart from the grown one in a single column."""
    if len(apart) == 1:
        (only,) = apart
        blocked[only] |= other[only]


def _lost(most: Box, blocked: list[int], column: int) -> float:
    """The share of a column that cannot be freed."""
    return (most[column] & blocked[column]).bit_count() / most[column].bit_count()
