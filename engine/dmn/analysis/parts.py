"""Atoms that all rules answer alike are one part: what is searched for holds for all of them or for none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from engine.dmn.analysis.boxes import Work

#: Atoms looked at in the time of one unit of work.
_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Part:
    """Some atoms, by index."""

    #: The most natural of them.
    best: int
    all: tuple[int, ...]


def masked(flags: Iterable[bool]) -> int:
    """A set as bits of an int: the first flag is the lowest bit."""
    return int("0" + "".join("1" if flag else "0" for flag in flags)[::-1], 2)


def masked_at(numbers: Iterable[int]) -> int:
    """A set as bits of an int, by the numbers in it."""
    inside = {*numbers}
    return masked(number in inside for number in range(max(inside, default=-1) + 1))


def bits_of(mask: int) -> Iterator[int]:
    """The numbers in a set, in order."""
    text = bin(mask)[:1:-1]
    at = text.find("1")
    while at >= 0:
        yield at
        at = text.find("1", at + 1)


def picked(masks: Sequence[int], kept: Sequence[int], size: int) -> tuple[int, ...]:
    """Sets out of ``size`` as sets of some of their places, renumbered."""
    if len(kept) == size and all(index == place for place, index in enumerate(kept)):
        return tuple(masks)
    choose = itemgetter(*reversed(kept), -1)  # one more, for it gives no tuple for a single place
    known = {mask: int("0" + "".join(choose(f"{mask:0{size}b}"[::-1] + "0")[:-1]), 2) for mask in {*masks}}
    return tuple(known[mask] for mask in masks)


def parted(ranks: Sequence[int], masks: Iterable[int], work: Work) -> tuple[Part, ...]:
    """The atoms by which sets they are in, each part by its best atom, in the order of those.

    Args:
        ranks: by atom, how unnatural it is as an example.

    Raises:
        OutOfWork: there are too many.
    """
    turns: dict[int, int] = {}
    for number, mask in enumerate(dict.fromkeys(masks)):
        turned = mask ^ mask << 1
        work.spend(1 + len(ranks) // (8 * _AT_ONCE))
        for index in bits_of(turned):
            turns[index] = turns.get(index, 0) ^ 1 << number
    work.spend(len(turns) // _AT_ONCE)
    gathered: dict[int, list[int]] = {}
    inside = 0
    for index in range(len(ranks)):
        inside ^= turns.get(index, 0)
        gathered.setdefault(inside, []).append(index)
    parts = [Part(min(all_, key=lambda index: (ranks[index], index)), tuple(all_)) for all_ in gathered.values()]
    return tuple(sorted(parts, key=lambda part: part.best))
