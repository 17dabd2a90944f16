"""XPath's regular expressions: no pattern can stop the engine, and each pays for what it may cost in steps.

One thing differs from XPath: under flag ``m`` a ``^`` also matches behind a line feed that ends the text, as it does in
Java and in Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import re2

from engine.feel.builtins.regex.brackets import PatternRefused
from engine.feel.builtins.regex.translate import translated
from engine.feel.limits import MAX_TEXT, Run

_FLAGS: Final = frozenset("smixq")
_MAX_PATTERN: Final = 1024
#: Memory of one pattern, its automaton's included; with the cache's size the bound for all.
_PATTERN_BYTES: Final = 2 << 20
_CACHED_PATTERNS: Final = 64
#: What one step pays for: characters of a pattern, parts of RE2's program, ranges reckoned with, and bytes read times
#: the pattern's weight. Measured so that 100 000 steps end within seconds whatever the pattern.
_CHARACTERS_A_STEP: Final = 4
_PARTS_A_STEP: Final = 32
_RANGES_A_STEP: Final = 32
_BYTES_A_STEP: Final = 512
_REFUSED_STEPS: Final = 1000
_VARIABLE: Final = re.compile(r"\\(.?)|\$([0-9]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern and its price."""

    regexp: Any
    groups: int
    #: Steps that each use costs; the same whether it was cached or not.
    price: int
    weight: int
    local: bool
    multiline: bool
    literal: bool
    #: Whether it matches the empty text, which ``replace`` and ``split`` don't allow (F&O: err:FORX0003).
    matches_empty: bool


@lru_cache(maxsize=_CACHED_PATTERNS)
def _compiled(text: str, flags: str) -> Pattern | int:
    """A compiled pattern, or the price of having refused it."""
    try:
        translation = translated(text, flags)
    except PatternRefused as refused:
        return len(text) // _CHARACTERS_A_STEP + refused.work // _RANGES_A_STEP
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_BYTES
    try:
        regexp = re2.compile(translation.source, options)
    except re2.error:
        return _REFUSED_STEPS
    finally:
        re2.purge()  # the library's own cache would keep 128 more
    return Pattern(
        regexp=regexp,
        groups=regexp.groups,
        price=len(text) // _CHARACTERS_A_STEP
        + regexp.programsize // _PARTS_A_STEP
        + translation.work // _RANGES_A_STEP,
        weight=translation.weight,
        local=translation.local,
        multiline="m" in flags,
        literal="q" in flags,
        matches_empty=regexp.search("") is not None,
    )


def pattern(run: Run, text: str, flags: str) -> Pattern | None:
    """A compiled pattern; None when XPath has no such pattern or flag, or RE2 cannot match it in linear time."""
    if not set(flags) <= _FLAGS or len(text) > _MAX_PATTERN:
        return None
    compiled = _compiled(text, "".join(sorted(set(flags))))
    if isinstance(compiled, int):
        run.charge(compiled)
        return None
    run.charge(compiled.price)
    return compiled


def _found(run: Run, wanted: Pattern, text: str) -> Iterator[Any]:
    """The matches in the text, from left to right; each search is paid for before it is made.

    Raises:
        UnicodeEncodeError: the text holds a lone surrogate, which is no character.
    """
    size = len(text.encode())
    # What stands behind the end keeps a multi-line ``$`` from matching behind the line feed that ends the text.
    searched = text + "\0" if wanted.multiline and text.endswith("\n") else text
    run.charge(1 + wanted.weight * size // _BYTES_A_STEP)
    for match in wanted.regexp.finditer(searched, 0, len(text)):
        yield match
        # A search that looks far ahead may read the whole rest again, and find little.
        left = 0 if wanted.local or not text else size * (len(text) - match.end()) // len(text)
        run.charge(1 + wanted.weight * left // _BYTES_A_STEP)


def matches(run: Run, text: str, wanted: str, flags: str) -> bool | None:
    """Whether the pattern is found anywhere in the text; None for a wrong pattern or flag."""
    compiled = pattern(run, wanted, flags)
    if compiled is None:
        return None
    try:
        return next(_found(run, compiled, text), None) is not None
    except UnicodeEncodeError:
        return None


def replaced(run: Run, text: str, wanted: str, replacement: str, flags: str) -> str | None:
    """The text with each match replaced; None for a wrong pattern, flag or replacement.

    Source: XPath and XQuery Functions and Operators 3.1 §5.6.4 (fn:replace).
    """
    compiled = pattern(run, wanted, flags)
    if compiled is None or compiled.matches_empty:
        return None
    parts = [replacement] if compiled.literal else _replacement(replacement, compiled.groups)
    if parts is None:
        return None
    out: list[str] = []
    size = end = 0
    try:
        for match in _found(run, compiled, text):
            piece = "".join(part if isinstance(part, str) else match.group(part) or "" for part in parts)
            out += (text[end : match.start()], piece)
            end = match.end()
            size += len(piece)
            if size > 2 * MAX_TEXT:
                break  # the caller refuses it
    except UnicodeEncodeError:
        return None
    return "".join(out) + text[end:]


def _replacement(text: str, groups: int) -> list[str | int] | None:
    r"""Texts and numbers of groups; only ``\\``, ``\$`` and ``$`` before a digit may hold a backslash or a dollar."""
    parts: list[str | int] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[2] is None:
            if match[1] not in ("\\", "$"):
                return None
            parts.append(match[1])
        elif not match[2]:
            return None
        else:
            number, digits = _group_number(match[2], groups)
            parts += ((number,) if number <= groups else ()) + (match[2][digits:],)
    return [*parts, text[end:]]


def _group_number(digits: str, groups: int) -> tuple[int, int]:
    """The number of the group and how many digits make it up: as many as name a group, or a one-digit number."""
    number = 0
    for count, digit in enumerate(digits):
        longer = number * 10 + int(digit)
        if longer > max(groups, 9):
            return number, count
        number = longer
    return number, len(digits)


def split(run: Run, text: str, wanted: str) -> list[str] | None:
    """The pieces between the matches; None for a wrong pattern or one that matches the empty text (fn:tokenize)."""
    compiled = pattern(run, wanted, "")
    if compiled is None or compiled.matches_empty:
        return None
    pieces: list[str] = []
    end = 0
    try:
        for match in _found(run, compiled, text):
            pieces.append(text[end : match.start()])
            end = match.end()
    except UnicodeEncodeError:
        return None
    return [*pieces, text[end:]]


def extracted(run: Run, text: str, wanted: str) -> list[str] | None:
    """What the matches hold, from left to right; None for a wrong pattern."""
    compiled = pattern(run, wanted, "")
    if compiled is None:
        return None
    try:
        return [match.group(0) for match in _found(run, compiled, text)]
    except UnicodeEncodeError:
        return None
