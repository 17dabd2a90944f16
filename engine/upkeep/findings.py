"""What a check has found, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_MOST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be."""

    #: Stable, for programs.
    code: str
    #: What is wrong and what to do, in English and in Chinese.
    en: str
    zh: str
    #: How many things it is about.
    count: int = 1
    #: A few of them.
    examples: tuple[str, ...] = ()
    #: The thing checked cannot be used as it is.
    fatal: bool = True


def finding(code: str, en: str, zh: str, about: Iterable[object] | None = None, *, fatal: bool = True) -> list[Finding]:
    """A finding about things, of which it names a few; nothing where there is none."""
    if about is None:
        return [Finding(code=code, en=en, zh=zh, fatal=fatal)]
    things = list(map(str, about))
    if not things:
        return []
    return [Finding(code=code, en=en, zh=zh, count=len(things), examples=tuple(things[:_MOST]), fatal=fatal)]
