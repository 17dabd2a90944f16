"""Sets of characters: as names where RE2 knows them, as ranges of code points where they are reckoned with.

The tables come from RE2 itself, not from ``unicodedata``: so ``\\p{L}`` and ``[\\p{L}-[x]]`` speak of the same version
of Unicode, whatever Python the engine runs on.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import re2

Ranges = tuple[tuple[int, int], ...]

_LAST: Final = 0x10FFFF
_SURROGATES: Final = (0xD800, 0xDFFF)
#: Above this no character has a case (Adlam, the highest script that has one, ends at 1E95F).
_CASED_BELOW: Final = 0x20000
#: A category's ranges, by order of magnitude (``L`` has 660).
_USUAL_RANGES: Final = 500
_NOTHING: Final = r"[^\x{0}-\x{10FFFF}]"
_ANYTHING: Final = r"[\x{0}-\x{10FFFF}]"


@dataclass(frozen=True, slots=True)
class CharSet:
    """A set of characters."""

    #: First and last code points: sorted, apart, not touching.
    ranges: Ranges = ()
    #: Categories that RE2 knows by name, such as ``Lu``; added to the ranges.
    categories: frozenset[str] = frozenset()
    #: The set is everything but these.
    negated: bool = False

    @property
    def work(self) -> int:
        """About how many ranges are touched when the set is reckoned with."""
        return len(self.ranges) + (_USUAL_RANGES if self.categories else 0)

    def complement(self) -> CharSet:
        """Every character that is not in the set."""
        return CharSet(self.ranges, self.categories, not self.negated)

    def resolved(self) -> Ranges:
        """The set as ranges alone; the first use of a category costs about 50 ms."""
        ranges = joined((*self.ranges, *_category_ranges(self.categories))) if self.categories else self.ranges
        return _inverted(ranges) if self.negated else ranges

    def as_re2(self) -> str:
        """The set as RE2 writes it."""
        inner = "".join(rf"\p{{{name}}}" for name in sorted(self.categories)) + "".join(map(_range, self.ranges))
        if not inner:
            return _ANYTHING if self.negated else _NOTHING
        return f"[^{inner}]" if self.negated else f"[{inner}]"


def literal(code: int) -> str:
    """One character as RE2 writes it, inside a class and outside."""
    return chr(code) if chr(code).isascii() and chr(code).isalnum() else f"\\x{{{code:X}}}"


def _range(pair: tuple[int, int]) -> str:
    return literal(pair[0]) if pair[0] == pair[1] else f"{literal(pair[0])}-{literal(pair[1])}"


def union(parts: Iterable[CharSet]) -> CharSet:
    """All characters that are in one of the sets at least; names stay names as long as nothing is negated."""
    sets = tuple(parts)
    if len(sets) == 1:
        return sets[0]
    if any(part.negated for part in sets):
        return CharSet(joined(pair for part in sets for pair in part.resolved()))
    names = frozenset[str]().union(*(part.categories for part in sets))
    return CharSet(joined(pair for part in sets for pair in part.ranges), names)


def difference(left: CharSet, right: CharSet) -> CharSet:
    """The characters of the left set that are not in the right one (XSD's subtraction)."""
    outside = _inverted(right.resolved())
    inside = left.resolved()
    out: list[tuple[int, int]] = []
    one = two = 0
    while one < len(inside) and two < len(outside):
        low = max(inside[one][0], outside[two][0])
        high = min(inside[one][1], outside[two][1])
        if low <= high:
            out.append((low, high))
        if inside[one][1] < outside[two][1]:
            one += 1
        else:
            two += 1
    return CharSet(tuple(out))


def joined(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges in order, those that overlap or touch made one."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return tuple(out)


def _inverted(ranges: Ranges) -> Ranges:
    out: list[tuple[int, int]] = []
    start = 0
    for low, high in ranges:
        if start < low:
            out.append((start, low - 1))
        start = high + 1
    if start <= _LAST:
        out.append((start, _LAST))
    return tuple(out)


@lru_cache(maxsize=64)
def _category_ranges(names: frozenset[str]) -> Ranges:
    return joined(pair for name in names for pair in _ranges_of(name))


@cache
def _ranges_of(name: str) -> Ranges:
    """The runs that RE2 finds in the text of all characters; surrogates are none, so what follows them moves up."""
    codes = array("I", range(_SURROGATES[0]))
    codes.extend(range(_SURROGATES[1] + 1, _LAST + 1))
    everything = codes.tobytes().decode("utf-32")
    spans = (match.span() for match in re2.compile(rf"\p{{{name}}}+").finditer(everything))
    return joined((_code(start), _code(end - 1)) for start, end in spans)


def _code(index: int) -> int:
    return index if index < _SURROGATES[0] else index + _SURROGATES[1] - _SURROGATES[0] + 1


def with_case_variants(ranges: Ranges) -> Ranges:
    """The ranges and every character that has the same lower or the same upper case as one in them.

    Source: XPath and XQuery Functions and Operators 3.1 §5.6.2, flag ``i``.
    """
    table, cased = _case_variants()
    added = [
        (variant, variant)
        for low, high in ranges
        for code in cased[bisect_left(cased, low) : bisect_left(cased, high + 1)]
        for variant in table[code]
        if not low <= variant <= high
    ]
    return joined((*ranges, *added)) if added else ranges


@cache
def _case_variants() -> tuple[dict[int, tuple[int, ...]], list[int]]:
    """The variants of each character that has any, and these characters in order; made once, in some 50 ms."""
    groups: dict[tuple[str, bool], set[int]] = {}
    characters = "".join(map(chr, range(_CASED_BELOW)))
    cases = zip(characters, map(str.lower, characters), map(str.upper, characters), strict=True)
    for character, lower, upper in cases:
        if character == lower == upper:
            continue
        groups.setdefault((lower, True), set()).add(ord(character))
        groups.setdefault((upper, False), set()).add(ord(character))
    table: dict[int, tuple[int, ...]] = {}
    for group in groups.values():
        if len(group) > 1:
            for code in group:
                table[code] = (*table.get(code, ()), *group)
    return table, sorted(table)
