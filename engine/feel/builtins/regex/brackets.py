"""Reads the escapes and the bracketed classes of XML Schema's regular expressions into sets of characters."""

from __future__ import annotations

from typing import Final

from engine.feel.builtins.regex.blocks import find_block
from engine.feel.builtins.regex.charset import CharSet, Ranges, difference, joined, union, with_case_variants

#: Classes within classes that are subtracted from each other.
_MAX_DEPTH: Final = 16
#: Unicode's general categories; surrogates (``Cs``) are no characters.
_MINOR: Final = {"L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "Z": "slp", "S": "mcko", "C": "cfon"}
_CATEGORIES: Final = frozenset(major + minor for major, minors in _MINOR.items() for minor in ("", *minors))
#: Characters that have case variants, by order of magnitude.
_CASED: Final = 3000
_ASSIGNED: Final = frozenset("LMNPSZ")
_CONTROLS: Final = {"n": 0x0A, "r": 0x0D, "t": 0x09}
_ITSELF: Final = frozenset(r"\|.?*+(){}$-[]^")

#: NameStartChar and NameChar of XML 1.0, fifth edition, production 4 and 4a.
_NAME_START: Final[Ranges] = (
    (0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF), (0x370, 0x37D),
    (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F), (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF),
    (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF),
)  # fmt: skip
_NAME: Final = joined((*_NAME_START, (0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040)))
_MULTIPLE: Final = {
    "d": CharSet(categories=frozenset({"Nd"})),
    "s": CharSet(ranges=((0x09, 0x0A), (0x0D, 0x0D), (0x20, 0x20))),
    "i": CharSet(ranges=_NAME_START),
    "c": CharSet(ranges=_NAME),
    # All but \p{P}, \p{Z} and \p{C}: what is left are four of the seven categories.
    "w": CharSet(categories=frozenset("LMNS")),
}


class PatternRefused(ValueError):
    """XPath knows no such pattern, or it cannot be matched in linear time. Never leaves this package."""

    #: Ranges that were reckoned with before the pattern was refused.
    work = 0


class Reader:
    """A pattern and the place up to which it is read."""

    def __init__(self, text: str, *, ignore_case: bool) -> None:
        self.text = text
        self.at = 0
        self.ignore_case = ignore_case
        #: How many ranges were reckoned with: what the pattern costs before RE2 sees it.
        self.work = 0

    def peek(self, ahead: int = 0) -> str:
        """A character that is not read yet; empty at the end."""
        return self.text[self.at + ahead : self.at + ahead + 1]

    def escape(self) -> CharSet | int:
        """What follows a backslash: one character's code point, or a set (XSD 1.1 part 2, appendix G.4)."""
        character = self.peek()
        self.at += 1
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character and character in _ITSELF:
            return ord(character)
        if character.lower() in _MULTIPLE:
            known = _MULTIPLE[character.lower()]
            return known if character.islower() else known.complement()
        if character in ("p", "P") and self.peek() == "{" and (end := self.text.find("}", self.at)) > 0:
            known = _property(self.text[self.at + 1 : end])
            self.at = end + 1
            return known if character == "p" else known.complement()
        raise PatternRefused(f"\\{character} is no escape")

    def bracketed(self, depth: int = 1) -> CharSet:
        """The set of a class, read from behind its ``[`` to behind its ``]``."""
        if depth > _MAX_DEPTH:
            raise PatternRefused("classes lie in each other too deep")
        negated = self.peek() == "^"
        self.at += negated
        whole = self._group()
        if negated:
            whole = whole.complement()
        if self.peek() == "-":
            self.at += 2
            taken = self.bracketed(depth + 1)
            self.work += 2 * (whole.work + taken.work)
            whole = difference(whole, taken)
        if self.peek() != "]":
            raise PatternRefused("a class has no end")
        self.at += 1
        return whole

    def single(self, code: int) -> CharSet:
        """The set of one character, with its case variants under flag ``i``."""
        return self._literals([(code, code)])

    def _group(self) -> CharSet:
        """The parts of a class up to ``]`` or to the ``-[`` of a subtraction; one at least."""
        literals: list[tuple[int, int]] = []
        sets: list[CharSet] = []
        while self.peek() and self.peek() != "]" and not (self.peek() == "-" and self.peek(1) == "["):
            bare_hyphen = self.peek() == "-"
            first = self._member()
            if isinstance(first, CharSet):
                sets.append(first)
            elif self._is_range():
                if bare_hyphen:
                    raise PatternRefused("a hyphen begins a range")
                literals.append((first, self._range_end(first)))
            else:
                literals.append((first, first))
        if not literals and not sets:
            raise PatternRefused("a class is empty")
        if literals:
            sets.append(self._literals(literals))
        if any(part.negated for part in sets):
            self.work += sum(part.work for part in sets)
        return union(sets)

    def _member(self) -> CharSet | int:
        character = self.peek()
        self.at += 1
        if character == "\\":
            return self.escape()
        if character == "[":
            raise PatternRefused("[ stands in a class")
        return ord(character)

    def _is_range(self) -> bool:
        """Whether a hyphen follows that makes a range: not the last one of a class, nor a subtraction's."""
        return (
            self.peek() == "-" and self.peek(1) not in ("]", "[") and not (self.peek(1) == "-" and self.peek(2) == "[")
        )

    def _range_end(self, first: int) -> int:
        """The end of a range whose start is read; an unescaped hyphen is none."""
        self.at += 1
        if self.peek() in ("", "-"):
            raise PatternRefused("a hyphen ends a range")
        last = self._member()
        if isinstance(last, CharSet) or last < first:
            raise PatternRefused("a range goes down, or to a set")
        return last

    def _literals(self, pairs: list[tuple[int, int]]) -> CharSet:
        ranges = joined(pairs)
        if self.ignore_case:
            self.work += min(_CASED, sum(high - low + 1 for low, high in ranges))
            ranges = with_case_variants(ranges)
        return CharSet(ranges=ranges)


def _property(name: str) -> CharSet:
    """A category or a block. Unassigned characters count as ``C`` and ``Cn``, which RE2 doesn't know."""
    if name == "C":
        return CharSet(categories=_ASSIGNED, negated=True)
    if name == "Cn":
        return CharSet(categories=_ASSIGNED | {"Cc", "Cf", "Co"}, negated=True)
    if name in _CATEGORIES:
        return CharSet(categories=frozenset({name}))
    block = find_block(name[2:]) if name.startswith("Is") else None
    if block is None:
        raise PatternRefused(f"{name} is neither a category nor a block")
    return CharSet(ranges=(block,))
