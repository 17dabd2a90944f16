"""XPath's regular expressions on RE2, whose time is linear in the text: no pattern can stop the engine."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import re2

from engine.feel.limits import MAX_TEXT

_FLAGS: Final = frozenset("smixq")
_MAX_PATTERN: Final = 1024
_GROUP: Final = re.compile(r"\\([\\$])|\$([0-9]{1,2})|([\\$])")
_NAME_START: Final = r"\p{L}_:"
_NAME: Final = _NAME_START + r"\p{Nd}\p{Mn}\p{Mc}.\-"
_CLASSES: Final = {"i": _NAME_START, "I": _NAME_START, "c": _NAME, "C": _NAME, "d": r"\p{Nd}", "s": r"\t\n\r "}
#: The Unicode blocks that rules are likely to name; others are refused.
_BLOCKS: Final = {
    "IsBasicLatin": r"\x00-\x7f",
    "IsLatin-1Supplement": r"\x80-\xff",
    "IsGreek": r"\x{370}-\x{3ff}",
    "IsCyrillic": r"\x{400}-\x{4ff}",
    "IsCJKUnifiedIdeographs": r"\x{4e00}-\x{9fff}",
    "IsCJKSymbolsandPunctuation": r"\x{3000}-\x{303f}",
    "IsHiragana": r"\x{3040}-\x{309f}",
    "IsKatakana": r"\x{30a0}-\x{30ff}",
}
_ESCAPE: Final = re.compile(r"\\(?:[nrt\\|.?*+(){}\-\[\]^$sSdDwWiIcC]|[pP]\{([A-Za-z0-9\-]+)\})")


@lru_cache(maxsize=512)
def pattern(text: str, flags: str) -> Any:
    """A compiled pattern; None when XPath or RE2 don't know it (look-around, back references) or it is too large."""
    if not set(flags) <= _FLAGS or len(text) > _MAX_PATTERN:
        return None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 4 << 20
    options.literal = "q" in flags
    options.case_sensitive = "i" not in flags
    source = text if "q" in flags else _translated(text, flags)
    if source is None:
        return None
    inline = "".join(flag for flag in "sm" if flag in flags and "q" not in flags)
    try:
        return re2.compile(f"(?{inline}){source}" if inline else source, options)
    except (re2.error, UnicodeEncodeError):
        return None


def _translated(text: str, flags: str) -> str | None:
    """XPath's syntax as RE2's: ``\\i``, ``\\c``, blocks, ``.``, free spacing; None where XPath has no such thing."""
    if "x" in flags:
        text = _without_spaces(text)
    out: list[str] = []
    index, in_class = 0, False
    while index < len(text):
        character = text[index]
        index += 1
        if character == "\\":
            piece = _escape(text[index - 1 :], in_class)
            if piece is None:
                return None
            character, size = piece
            index += size - 1
        elif character == "[":
            if in_class:
                return None  # subtraction of classes: RE2 has none
            in_class = True
        elif character == "]":
            in_class = False
        elif character == "." and not in_class and "s" not in flags:
            character = "[^\\n\\r]"
        out.append(character)
    return "".join(out)


def _without_spaces(text: str) -> str:
    out: list[str] = []
    in_class = False
    for index, character in enumerate(text):
        if character in "[]" and text[index - 1 : index] != "\\":
            in_class = character == "["
        if in_class or character not in " \t\n\r":
            out.append(character)
    return "".join(out)


def _escape(text: str, in_class: bool) -> tuple[str, int] | None:
    """RE2's text for the escape that a text begins with, and the escape's length."""
    match = _ESCAPE.match(text)
    if match is None:
        return None
    inner = _BLOCKS.get(match[1] or "") or _CLASSES.get(text[1])
    if inner is None:
        return (match.group(), match.end()) if not (match[1] or "").startswith("Is") else None
    if text[1] in "PIC":
        return (f"[^{inner}]", match.end()) if not in_class else None
    return (inner if in_class else f"[{inner}]", match.end())


def matches(text: str, wanted: str, flags: str) -> bool | None:
    """Whether the pattern is found anywhere in the text."""
    compiled = pattern(wanted, flags)
    try:
        return None if compiled is None else compiled.search(text) is not None
    except UnicodeEncodeError:
        return None


def replaced(text: str, wanted: str, replacement: str, flags: str) -> str | None:
    """The text with each match replaced; ``$1`` is a group of the match, ``\\$`` a dollar."""
    compiled = pattern(wanted, flags)
    if compiled is None or not (parts := _replacement(replacement, compiled.groups, "q" in flags)):
        return None
    out: list[str] = []
    size = end = 0
    try:
        for match in compiled.finditer(text):
            if match.end() == match.start():
                return None  # XPath: a pattern that matches nothing at all is an error
            piece = "".join(part if isinstance(part, str) else match.group(part) or "" for part in parts)
            out += (text[end : match.start()], piece)
            end = match.end()
            size += len(piece)
            if size > 2 * MAX_TEXT:
                break
    except UnicodeEncodeError:
        return None
    return "".join(out) + text[end:]


def _replacement(text: str, groups: int, literal: bool) -> list[str | int] | None:
    if literal:
        return [text]
    parts: list[str | int] = [""]
    end = 0
    for match in _GROUP.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[3]:
            return None
        if match[1]:
            parts.append(match[1])
            continue
        number = int(match[2])
        if number > groups and number > 9:  # ``$12`` with one group is group 1 and a 2
            parts += (number // 10, str(number % 10))
        elif number <= groups:
            parts.append(number)
    return [*parts, text[end:]]


def split(text: str, wanted: str) -> list[str] | None:
    """The pieces between the matches."""
    compiled = pattern(wanted, "")
    if compiled is None:
        return None
    pieces: list[str] = []
    end = 0
    try:
        for match in compiled.finditer(text):
            if match.end() > match.start():
                pieces.append(text[end : match.start()])
                end = match.end()
    except UnicodeEncodeError:
        return None
    return [*pieces, text[end:]]
