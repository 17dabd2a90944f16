"""What of two sequences is the same, in an order of work that no input can make slow."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final, TypeAlias

#: Pieces up to so many comparisons are compared thoroughly, larger ones by what stands in each once.
_THOROUGH: Final = 90_000
#: How often a piece is held together by what stands once in it, before it counts as rewritten.
_DEEPEST: Final = 40

Piece: TypeAlias = tuple[str, int, int, int, int]


def rising(numbers: Sequence[int]) -> set[int]:
    """Positions of a longest rising subsequence: what kept its order."""
    tops: list[int] = []
    positions: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        before.append(positions[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(number)
            positions.append(position)
        else:
            tops[pile], positions[pile] = number, position
    found, at = set(), positions[-1] if positions else -1
    while at >= 0:
        found.add(at)
        at = before[at]
    return found


def kept_order(before: Sequence[Hashable], after: Sequence[Hashable]) -> set[Hashable]:
    """Of what both have (each once), what stands in the same order; the rest has moved."""
    places = {item: place for place, item in enumerate(before)}
    both = [item for item in after if item in places]
    return {both[n] for n in rising([places[item] for item in both])}


def merged(
    before: Sequence[Hashable], after: Sequence[Hashable], pairs: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """Places (before, after; -1: none) in the order of a page that shows both: what is gone stands where it was.

    Args:
        before: the one sequence.
        after: the other.
        pairs: place after → place before.
    """
    kept = set(pairs.values())
    gone = [place for place in range(len(before)) if place not in kept]
    steady = rising([pairs[n] for n in range(len(after)) if n in pairs])
    order = [n for n in range(len(after)) if n in pairs]
    anchors = {order[n] for n in steady}
    for place in range(len(after)):
        if place in anchors:
            while gone and gone[0] < pairs[place]:
                yield gone.pop(0), -1
        yield pairs.get(place, -1), place
    yield from ((place, -1) for place in gone)


def pieces(before: Sequence[str], after: Sequence[str]) -> list[Piece]:
    """Pieces (same, out or in; from and to before; from and to after) that make both, in order.

    Lines that stand once on each side hold the two together (patience), what is between them is compared in detail.
    """
    found: list[Piece] = []
    for piece in _Work(before, after).pieces((0, len(before), 0, len(after)), 0):
        last = found[-1] if found else None
        if last and last[0] == piece[0] == "same" and (last[2], last[4]) == (piece[1], piece[3]):
            found[-1] = ("same", last[1], piece[2], last[3], piece[4])
        else:
            found.append(piece)
    return found


_Range: TypeAlias = tuple[int, int, int, int]


class _Work:
    """Two sequences, of which ranges are compared."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        self._a = before
        self._b = after

    def pieces(self, of: _Range, depth: int) -> Iterator[Piece]:
        a, b, (start, end, other, other_end) = self._a, self._b, of
        i, i2, j, j2 = of
        while i < i2 and j < j2 and a[i] == b[j]:
            i, j = i + 1, j + 1
        while i2 > i and j2 > j and a[i2 - 1] == b[j2 - 1]:
            i2, j2 = i2 - 1, j2 - 1
        if i > start:
            yield "same", start, i, other, j
        yield from self._between((i, i2, j, j2), depth)
        if end > i2:
            yield "same", i2, end, j2, other_end

    def _between(self, of: _Range, depth: int) -> Iterator[Piece]:
        i, i2, j, j2 = of
        if (i2 - i) * (j2 - j) <= _THOROUGH:
            yield from self._thorough(of)
            return
        anchors = self._anchors(of) if depth < _DEEPEST else []
        if not anchors:
            yield "out", i, i2, j, j
            yield "in", i2, i2, j, j2
            return
        for at, other in anchors:
            yield from self.pieces((i, at, j, other), depth + 1)
            yield "same", at, at + 1, other, other + 1
            i, j = at + 1, other + 1
        yield from self.pieces((i, i2, j, j2), depth + 1)

    def _anchors(self, of: _Range) -> list[tuple[int, int]]:
        """Places of lines that stand once on each side, in the same order on both."""
        a, b, (i, i2, j, j2) = self._a, self._b, of
        counts, others = Counter(a[i:i2]), Counter(b[j:j2])
        places = {a[n]: n for n in range(i, i2) if counts[a[n]] == 1}
        both = [(places[b[n]], n) for n in range(j, j2) if others[b[n]] == 1 and b[n] in places]
        keep = rising([place for place, _ in both])
        return [pair for n, pair in enumerate(both) if n in keep]

    def _thorough(self, of: _Range) -> Iterator[Piece]:
        i, i2, j, j2 = of
        matcher = SequenceMatcher(None, self._a[i:i2], self._b[j:j2], autojunk=False)
        for tag, p, p2, q, q2 in matcher.get_opcodes():
            if tag == "equal":
                yield "same", i + p, i + p2, j + q, j + q2
                continue
            if p2 > p:
                yield "out", i + p, i + p2, j + q, j + q
            if q2 > q:
                yield "in", i + p2, i + p2, j + q, j + q2
