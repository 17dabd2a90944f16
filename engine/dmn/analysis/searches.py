"""The searches of the analysis: overlaps, gaps, and rules that never hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from engine.dmn.analysis.boxes import Box, Cover, Work, grown, meet, within
from engine.dmn.analysis.columns import Column
from engine.dmn.analysis.kinds import literal
from engine.dmn.analysis.outputs import Output, differ, ranks_of
from engine.dmn.analysis.report import Example, Gap, Overlap, Unreachable
from engine.dmn.analysis.words import cell_text, relation
from engine.dmn.table import TableSource

#: A proof that needs more rules is not made shorter.
_MOST_TRIED: Final = 24


def overlaps(
    table: TableSource, columns: Sequence[Column], outputs: Sequence[tuple[Output, ...]], work: Work
) -> Iterator[Overlap]:
    """Pairs of rules that surely hit together: all of UNIQUE, of ANY those with different outputs.

    Raises:
        OutOfWork: there may be more.
    """
    boxes = [tuple(column.must[rule] & column.shown for column in columns) for rule in range(len(table.rules))]
    for first, second in _meeting(boxes, columns, work):
        different = True if table.hit_policy == "UNIQUE" else differ(outputs[first], outputs[second])
        if different is False:
            continue
        work.spend(4 * len(columns))
        common = tuple(mine & theirs for mine, theirs in zip(boxes[first], boxes[second], strict=True))
        matter = [
            boxes[first][index] | boxes[second][index] != column.shown or common[index] != column.shown
            for index, column in enumerate(columns)
        ]
        example = _example(table, columns, common, matter)
        yield Overlap(first=first + 1, second=second + 1, example=example, certain=different is True)


def _meeting(boxes: Sequence[Box], columns: Sequence[Column], work: Work) -> Iterator[tuple[int, int]]:
    """Pairs of boxes with a common point, by one pass over each column."""
    everybody = (1 << len(boxes)) - 1
    hitting = []
    for index, column in enumerate(columns):
        work.spend(len(column.atoms) + len(boxes))
        hitting.append(
            [
                sum(1 << rule for rule, box in enumerate(boxes) if box[index] >> atom & 1)
                for atom in range(len(column.atoms))
            ]
        )
    for rule, box in enumerate(boxes):
        partners = everybody >> rule + 1 << rule + 1
        for mask, hits in zip(box, hitting, strict=True):
            together = 0
            for atom, hit in enumerate(hits):
                together |= hit if mask >> atom & 1 else 0
            partners &= together
        work.spend(1 + sum(map(len, hitting)) // 8)
        yield from ((rule, other) for other in range(rule + 1, len(boxes)) if partners >> other & 1)


def _example(table: TableSource, columns: Sequence[Column], box: Box, matter: Sequence[bool]) -> Example:
    values = [None] * len(table.inputs)
    texts = []
    for column, mask, matters in zip(columns, box, matter, strict=True):
        value = column.atoms[column.example(mask)].example
        for member in column.members:
            values[member] = value
        if matters:
            texts.append(f"{column.label} = {literal(value)}")
    return Example(values=tuple(values), text=", ".join(texts))


def gaps(table: TableSource, columns: Sequence[Column], most: int, work: Work) -> Iterator[Gap]:
    """Inputs that surely hit nothing, by regions that are as large as one row can name; at most ``most`` + 1.

    Raises:
        OutOfWork: there may be more.
    """
    whole = tuple(column.shown for column in columns)
    rules = [tuple(column.may[rule] & column.shown for column in columns) for rule in range(len(table.rules))]
    rules = [rule for rule in rules if all(rule)]
    regions: list[Box] = []
    while len(regions) <= most:
        hole = Cover([*rules, *regions], work, counted=len(rules)).hole(whole)
        if hole is None:
            return
        point = tuple(1 << column.example(mask) for column, mask in zip(columns, hole, strict=True))
        work.spend(len(rules) * len(columns))
        region = grown(point, rules, whole)
        regions.append(region)
        matter = [mask != column.shown for column, mask in zip(columns, region, strict=True)]
        named = [
            (column, cell_text(column, mask)) for column, mask, yes in zip(columns, region, matter, strict=True) if yes
        ]
        yield Gap(
            cells=tuple((column.members[0] + 1, cell) for column, cell in named),
            text=", ".join(relation(column.label, cell) for column, cell in named),
            example=_example(table, columns, point, matter),
        )


def unreachable(
    table: TableSource, columns: Sequence[Column], outputs: Sequence[tuple[Output, ...]], work: Work
) -> Iterator[Unreachable]:
    """Rules whose result can never come out: no input passes their cells, or others always go before them.

    Raises:
        OutOfWork: there may be more.
    """
    sure = [tuple(column.must[rule] for column in columns) for rule in range(len(table.rules))]
    for rule in range(len(table.rules)):
        start = tuple(column.may[rule] for column in columns)
        if not all(start):
            empty = [
                member + 1 for column, mask in zip(columns, start, strict=True) if not mask for member in column.members
            ]
            yield Unreachable(rule=rule + 1, columns=tuple(empty))
            continue
        work.spend(rule + 1)
        before = [other for other in _before(table, outputs, rule) if all(sure[other]) and meet(sure[other], start)]
        by = _covering(start, before, sure, work)
        if by:
            yield Unreachable(rule=rule + 1, covered_by=tuple(other + 1 for other in by))


def _before(table: TableSource, outputs: Sequence[tuple[Output, ...]], rule: int) -> list[int]:
    """Rules whose result is taken rather than this one's when both hit."""
    if table.hit_policy == "FIRST":
        return list(range(rule))
    if table.hit_policy != "PRIORITY":
        return []
    ranks = ranks_of(table, outputs)
    best = ranks[rule][0]
    return [other for other, (_, worst) in enumerate(ranks) if other != rule and (worst, other) < (best, rule)]


def _covering(start: Box, others: list[int], boxes: Sequence[Box], work: Work) -> list[int]:
    """Some of the rules that cover a box together, none of them needlessly; empty when they leave a hole."""
    for other in others:
        if within(start, boxes[other]):
            return [other]
    cover = Cover([boxes[other] for other in others], work)
    if cover.hole(start) is not None:
        return []
    needed = [others[index] for index in sorted(cover.used)]
    for other in reversed(needed if len(needed) <= _MOST_TRIED else []):
        fewer = [each for each in needed if each != other]
        if Cover([boxes[each] for each in fewer], work).hole(start) is None:
            needed = fewer
    return needed
