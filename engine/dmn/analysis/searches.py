"""The searches of the analysis: overlaps, gaps, and rules that never hit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from engine.dmn.analysis.boxes import Box, Cover, Work, grown, within
from engine.dmn.analysis.columns import Column
from engine.dmn.analysis.kinds import literal
from engine.dmn.analysis.outputs import Output, differ, ranks_of
from engine.dmn.analysis.parts import bits_of
from engine.dmn.analysis.report import Example, Gap, Overlap, Unreachable
from engine.dmn.analysis.words import cell_text, relation
from engine.dmn.table import TableSource

#: A proof that needs more rules is not made shorter.
_MOST_TRIED: Final = 24
#: Rules looked at in the time of one unit of work.
_RULES_AT_ONCE: Final = 1024


def overlaps(
    table: TableSource, columns: Sequence[Column], outputs: Sequence[tuple[Output, ...]], work: Work
) -> Iterator[Overlap]:
    """Pairs of rules that surely hit together: all of UNIQUE, of ANY those with different outputs.

    Raises:
        OutOfWork: there may be more.
    """
    boxes = [tuple(column.must[rule] & column.shown for column in columns) for rule in range(len(table.rules))]
    unique = table.hit_policy == "UNIQUE"
    alike = [0] * len(boxes) if unique else _alike(outputs)
    for first, second in _meeting(boxes, alike, columns, work):
        different = True if unique else differ(outputs[first], outputs[second])
        work.spend(len(columns) if different is False else 4 * len(columns))
        if different is False:
            continue
        common = tuple(mine & theirs for mine, theirs in zip(boxes[first], boxes[second], strict=True))
        matter = [
            boxes[first][index] | boxes[second][index] != column.shown or common[index] != column.shown
            for index, column in enumerate(columns)
        ]
        example = _example(table, columns, common, matter)
        yield Overlap(first=first + 1, second=second + 1, example=example, certain=different is True)


def _alike(outputs: Sequence[tuple[Output, ...]]) -> list[int]:
    """By rule: those whose outputs are written in the same words, as bits."""
    together: dict[tuple[Output, ...], int] = {}
    texts = [tuple(Output(each.text, each.constant) for each in row) for row in outputs]
    for rule, written in enumerate(texts):
        together[written] = together.get(written, 0) | 1 << rule
    return [together[written] for written in texts]


def _meeting(
    boxes: Sequence[Box], alike: Sequence[int], columns: Sequence[Column], work: Work
) -> Iterator[tuple[int, int]]:
    """Pairs of boxes with a common point; without those that are alike."""
    hitting = _Hitting(boxes, columns, work)
    everybody = (1 << len(boxes)) - 1
    for rule, box in enumerate(boxes):
        others = (everybody >> rule + 1 << rule + 1) & ~alike[rule]
        yield from ((rule, other) for other in bits_of(hitting.with_any(box, others)))


class _Hitting:
    """Which rules hit each part of each column, by one pass over the rules; sets of rules are bits of an int."""

    def __init__(self, boxes: Sequence[Box], columns: Sequence[Column], work: Work) -> None:
        self._work = work
        self._hits: list[list[int]] = []
        for index, column in enumerate(columns):
            work.spend((len(column.parts) + len(boxes)) * (1 + len(boxes) // _RULES_AT_ONCE))
            self._hits.append(_turned([box[index] for box in boxes], len(column.parts)))

    def with_any(self, box: Box, others: int) -> int:
        """Those of some rules that hit in a box."""
        for mask, hits in zip(box, self._hits, strict=True):
            if not others:
                break
            self._work.spend(1 + mask.bit_count() // 8)
            together = 0
            for part in bits_of(mask):
                together |= hits[part]
            others &= together
        self._work.spend(1)
        return others


def _turned(masks: Sequence[int], parts: int) -> list[int]:
    """By part: the rules whose set holds it, as bits."""
    rows = [f"{mask:0{parts}b}" for mask in reversed(masks)]
    return [int("".join(column), 2) for column in zip(*rows, strict=True)][::-1]


def _example(table: TableSource, columns: Sequence[Column], box: Box, matter: Sequence[bool]) -> Example:
    values = [None] * len(table.inputs)
    texts = []
    for column, mask, matters in zip(columns, box, matter, strict=True):
        value = column.example(mask)
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
        point = tuple(1 << column.natural(mask) for column, mask in zip(columns, hole, strict=True))
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
    first = _before(table, outputs)
    hitting = (
        _Hitting([box if all(box) else (0,) * len(columns) for box in sure], columns, work) if any(first) else None
    )
    for rule in range(len(table.rules)):
        start = tuple(column.may[rule] for column in columns)
        if not all(start):
            empty = [
                member + 1 for column, mask in zip(columns, start, strict=True) if not mask for member in column.members
            ]
            yield Unreachable(rule=rule + 1, columns=tuple(empty))
            continue
        before = list(bits_of(hitting.with_any(start, first[rule]))) if hitting is not None else []
        work.spend(1 + len(before))
        by = _covering(start, before, sure, work)
        if by:
            yield Unreachable(rule=rule + 1, covered_by=tuple(other + 1 for other in by))


def _before(table: TableSource, outputs: Sequence[tuple[Output, ...]]) -> list[int]:
    """By rule: those whose result is taken rather than this one's when both hit, as bits."""
    rules = range(len(table.rules))
    if table.hit_policy == "FIRST":
        return [(1 << rule) - 1 for rule in rules]
    if table.hit_policy != "PRIORITY":
        return [0 for _ in rules]
    ranks = ranks_of(table, outputs)
    order = sorted((worst, rule) for rule, (_, worst) in enumerate(ranks))
    sets = [0]
    for _, rule in order:
        sets.append(sets[-1] | 1 << rule)
    return [sets[bisect_left(order, (best, rule))] & ~(1 << rule) for rule, (best, _) in enumerate(ranks)]


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
