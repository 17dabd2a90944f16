"""Translates XPath's regular expressions into RE2's, whose time is linear in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from engine.feel.builtins.regex.brackets import PatternRefused, Reader
from engine.feel.builtins.regex.charset import CharSet, literal

_MAX_TRANSLATED: Final = 65_536
_MAX_GROUPS_DEEP: Final = 64
#: RE2 repeats nothing more often; one character is then written several times.
_RE2_REPEATS: Final = 1000
_MAX_REPEATS: Final = 10_000
_SPACES: Final = frozenset(" \t\n\r")
_SPECIAL: Final = frozenset("\\|.?*+(){}[]^$")
_QUANTIFIER: Final = re.compile(r"(?:([?*+])|\{([0-9]+)(,?)([0-9]*)\})(\??)")
#: Sets of more ranges than these keep many of RE2's threads busy at once.
_SMALL_SET: Final = 4
_LARGE_WEIGHT: Final = 8


@dataclass(frozen=True, slots=True)
class Translation:
    """A pattern of RE2 and what it may cost."""

    source: str
    #: How many characters of the pattern may be tried against one character of the text.
    weight: int
    #: Ranges that were reckoned with.
    work: int
    #: A search looks no further than to the end of what it finds.
    local: bool


def translated(text: str, flags: str) -> Translation:
    """XPath's pattern as RE2's.

    Args:
        text: the pattern; under flag ``q`` every character stands for itself.
        flags: any of ``smixq``.

    Raises:
        PatternRefused: the grammar has no such pattern, or RE2 can't have it (back references).

    Source: XPath and XQuery Functions and Operators 3.1 §5.6; XML Schema 1.1 part 2, appendix G.
    """
    free = "x" in flags and "q" not in flags
    translator = _Translator(_without_spaces(text) if free else text, flags)
    try:
        translator.read_literally() if "q" in flags else translator.read()
    except PatternRefused as refused:
        refused.work = translator.work
        raise
    return translator.finished()


def _without_spaces(text: str) -> str:
    """The pattern without the spaces that stand outside of classes, as flag ``x`` wants it."""
    out: list[str] = []
    depth = 0
    escaped = False
    for character in text:
        if depth == 0 and character in _SPACES:
            continue
        out.append(character)
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
    return "".join(out)


class _Translator(Reader):
    def __init__(self, text: str, flags: str) -> None:
        super().__init__(text, ignore_case="i" in flags)
        self.out: list[str] = []
        self.size = 0
        #: The weight of each group that is open, the whole pattern's first.
        self.weights = [0]
        self.atoms = 0
        #: Nothing but characters one after the other.
        self.plain = True
        self.any_character = r"(?s:.)" if "s" in flags else r"[^\n\r]"
        self.anchors = {"^": "(?m:^)", "$": "(?m:$)"} if "m" in flags else {"^": r"\A", "$": r"\z"}

    def read_literally(self) -> None:
        for character in self.text:
            self._write(self._set(self.single(ord(character))))
            self.weights[-1] += 1

    def read(self) -> None:
        while self.at < len(self.text):
            self._piece()
        if len(self.weights) > 1:
            raise PatternRefused("a group has no end")

    def finished(self) -> Translation:
        # A lone atom is tried again only from where it failed; a plain text is found by an automaton that never splits.
        alone = self.atoms == 1 and "(" not in self.text and "|" not in self.text
        weight = 1 if self.plain else self.weights[0]
        return Translation("".join(self.out), max(weight, 1), self.work, self.plain or alone)

    def _write(self, text: str) -> None:
        self.size += len(text)
        if self.size > _MAX_TRANSLATED:
            raise PatternRefused("the pattern is too large")
        self.out.append(text)

    def _piece(self) -> None:
        character = self.peek()
        self.at += 1
        if character == "|":
            self.plain = False
            self._write("|")
        elif character == "(":
            self._open()
        elif character == ")":
            self._close()
        else:
            text, weight = self._atom(character)
            self.atoms += 1
            self._quantified(text, weight, single=True)

    def _open(self) -> None:
        self.plain = False
        self.weights.append(0)
        if len(self.weights) > _MAX_GROUPS_DEEP:
            raise PatternRefused("groups lie in each other too deep")
        if self.text.startswith("?:", self.at):
            self.at += 2
            self._write("(?:")
        else:  # any other question mark is refused as a quantifier of nothing
            self._write("(")

    def _close(self) -> None:
        if len(self.weights) == 1:
            raise PatternRefused(") closes nothing")
        self._quantified(")", self.weights.pop(), single=False)

    def _atom(self, character: str) -> tuple[str, int]:
        """RE2's text of one atom that is no group, and its weight."""
        if character in self.anchors:
            return f"(?:{self.anchors[character]})", 1
        if character == ".":
            self.plain = False
            return self.any_character, 1
        if character == "[":
            self.plain = False
            return self._weighed(self.bracketed())
        if character == "\\":
            escaped = self.escape()
            if isinstance(escaped, CharSet):
                self.plain = False
                return self._weighed(escaped)
            return literal(escaped), 1
        if character in _SPECIAL:
            raise PatternRefused(f"{character} stands alone")
        return self._set(self.single(ord(character))), 1

    @staticmethod
    def _set(characters: CharSet) -> str:
        if len(characters.ranges) == 1 and characters.ranges[0][0] == characters.ranges[0][1]:
            return literal(characters.ranges[0][0])
        return characters.as_re2()

    @staticmethod
    def _weighed(characters: CharSet) -> tuple[str, int]:
        large = bool(characters.categories) or len(characters.ranges) > _SMALL_SET
        return characters.as_re2(), _LARGE_WEIGHT if large else 1

    def _quantified(self, atom: str, weight: int, *, single: bool) -> None:
        """Writes an atom, or the end of a group, with the quantifier that follows it."""
        if self.peek() not in ("?", "*", "+", "{"):
            self._write(atom)
            self.weights[-1] += weight
            return
        self.plain = False
        match = _QUANTIFIER.match(self.text, self.at)
        if match is None:
            raise PatternRefused("a quantifier has no such form")
        self.at = match.end()
        if match[1]:
            self._write(atom + match[1] + match[5])
            self.weights[-1] += weight
            return
        low = int(match[2])
        high = int(match[4]) if match[4] else None if match[3] else low
        if max(low, high or 0) > (_MAX_REPEATS if single else _RE2_REPEATS) or (high is not None and high < low):
            raise PatternRefused("a quantifier has no such bounds")
        self._write(_repeated(atom, low, high, match[5]))
        self.weights[-1] += weight * max(low, high or 1)


def _repeated(atom: str, low: int, high: int | None, lazy: str) -> str:
    """An atom so many times; more than a thousand in several parts, which for one character is the same."""
    if max(low, high or 0) <= _RE2_REPEATS:
        bound = "" if high == low else "," if high is None else f",{high}"
        return f"{atom}{{{low}{bound}}}{lazy}"
    times, rest = divmod(low, _RE2_REPEATS)
    parts = [f"{atom}{{{_RE2_REPEATS}}}"] * times + [f"{atom}{{{rest}}}"]
    if high is None:
        parts.append(f"{atom}*{lazy}")
    else:
        times, rest = divmod(high - low, _RE2_REPEATS)
        parts += [f"{atom}{{0,{_RE2_REPEATS}}}{lazy}"] * times + [f"{atom}{{0,{rest}}}{lazy}"]
    return f"(?:{''.join(parts)})"
