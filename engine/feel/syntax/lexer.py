"""Cuts FEEL source into tokens; what may not stand in a rule at all is refused here."""

from __future__ import annotations

import re
from typing import Final

from engine.errors import FeelSyntaxError
from engine.feel.limits import MAX_SOURCE
from engine.feel.syntax.problems import complaint
from engine.feel.syntax.tokens import Kind, Token

_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3004-\u3007\u3012-\u301c\u301e-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
    "\uff66-\ufffd\U00010000-\U000effff"
)
_SPACE: Final = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
_TOKEN: Final = re.compile(
    rf"(?P<space>[{_SPACE}]+|//[^\n]*|/\*[\s\S]*?\*/)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"|(?P<name>\?|[{_START}][{_START}0-9\u00b7\u0300-\u036f\u203f-\u2040]*)"
    r'|(?P<text>"(?:[^"\\]|\\[\s\S])*")'
    r"|(?P<sign>\*\*|\.\.|!=|<=|>=|->|[-=<>+*/()\[\]{},:.@'])"
)
#: Characters that make a rule read differently from what it says, or that no file may hold.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_SIMPLE: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_FULL_WIDTH: Final = frozenset(
    "，。；：（）【】＜＞＝＋－＊／“”‘’「」《》！、［］｛｝"
)  # what an input method types by mistake


def tokens(source: str) -> list[Token]:
    """All tokens of the source, an ``end`` token last.

    Raises:
        FeelSyntaxError: too long, a forbidden or unknown character, or a text that is not closed.

    Source: DMN 1.5 §10.3.1.2 (grammar rules 27–34, 61, 62).
    """
    if len(source) > MAX_SOURCE:
        raise complaint(source, MAX_SOURCE, "long")
    if (forbidden := _FORBIDDEN.search(source)) is not None:
        raise complaint(source, forbidden.start(), "forbidden")
    found: list[Token] = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise _refusal(source, position)
        if match.lastgroup != "space":
            found.append(_token(source, match))
        position = match.end()
    found.append(Token("end", "", position, position, ""))
    return found


def _token(source: str, match: re.Match[str]) -> Token:
    text = match.group()
    group = match.lastgroup
    if group == "text":
        return Token("text", text, match.start(), match.end(), _unescape(source, text[1:-1], match.start() + 1))
    kind: Kind = "number" if group == "number" else "name" if group == "name" else "sign"
    return Token(kind, text, match.start(), match.end(), text)


def _refusal(source: str, position: int) -> FeelSyntaxError:
    character = source[position]
    if character == '"':
        return complaint(source, position, "open text")
    if character in _FULL_WIDTH:
        return complaint(source, position, "full width", character)
    return complaint(source, position, "character", repr(character))


def _unescape(source: str, text: str, start: int) -> str:
    if "\\" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2)
        if code is None:
            return _SIMPLE.get(match.group(3), match.group())
        number = int(code, 16)
        if number > 0x10FFFF:
            raise complaint(source, start + match.start(), "code point")
        return chr(number)

    plain = _ESCAPE.sub(replace, text)
    # Two escapes may be the halves of one character; a half alone is nothing.
    try:
        joined = plain.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise complaint(source, start, "surrogate") from None
    if "\x00" in joined:
        raise complaint(source, start, "null character")
    return joined
