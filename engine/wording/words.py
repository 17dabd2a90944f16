"""The two word lists (dmn_banned_phrases, dmn_promise_words): what they are made of, and those that are shipped."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from engine.errors import InvalidValue

#: Where a text is said → how people call it; "" is everywhere.
CONTEXTS: Final[Mapping[str, str]] = {"": "所有场合", "presale": "售前", "aftersale": "售后"}
#: Of a phrase, a reason, a proposal, a list.
MAX_PHRASE: Final = 30
MAX_SENTENCE: Final = 200
MAX_PHRASES: Final = 500
MAX_EXCEPTIONS: Final = 40
_SHIPPED: Final = Path(__file__).with_name("words.json")
#: Kept although they are punctuation: they carry the meaning of a phrase such as 100%.
_MEANT: Final = frozenset("%")
_SEPARATED = re.compile("[、,;\uff0c\uff1b\\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One line of a list."""

    phrase: str
    #: Where it counts; "": everywhere.
    context: str = ""
    #: What is wrong with it, or what it promises.
    reason: str = ""
    #: What to say instead; "" where the list has no proposal.
    proposal: str = ""
    #: Longer words that hold the phrase and are harmless.
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Both lists in one version; 0 is what is shipped."""

    banned: tuple[Phrase, ...]
    promises: tuple[Phrase, ...]
    version: int = 0


def bare(text: str) -> tuple[str, list[int]]:
    """A text without what hides a phrase: width, case, blanks, punctuation, marks and what shows nothing.

    Gives the characters that are left, and the place of each in the text.
    """
    kept: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for one in unicodedata.normalize("NFKC", char).casefold():
            if one in _MEANT or unicodedata.category(one)[0] in "LN":
                kept.append(one)
                places.append(place)
    return "".join(kept), places


def read_words(content: Mapping[str, Any], version: int = 0) -> Words:
    """The lists from their stored or shipped form.

    Raises:
        InvalidValue: a line is not what a line has to be.
    """
    return Words(
        banned=tuple(map(_phrase, content.get("banned", ()))),
        promises=tuple(map(_phrase, content.get("promises", ()))),
        version=version,
    )


def content_of(words: Words) -> dict[str, list[dict[str, Any]]]:
    """The lists as they are stored."""
    return {"banned": [*map(_line, words.banned)], "promises": [*map(_line, words.promises)]}


@lru_cache(maxsize=1)
def shipped() -> Words:
    """The lists that the product comes with (003, 004)."""
    return read_words(json.loads(_SHIPPED.read_bytes()))


def checked(words: Words) -> Words:
    """The lists, in order to be stored.

    Raises:
        InvalidValue: says which line is wrong, and what to do.
    """
    for name, lines in (("禁用语", words.banned), ("承诺词", words.promises)):
        if len(lines) > MAX_PHRASES:
            raise InvalidValue(
                f"A list may have {MAX_PHRASES} phrases. Please remove some.",
                message_zh=f"{name}最多 {MAX_PHRASES} 条。",
            )
        seen: set[tuple[str, str]] = set()
        for number, line in enumerate(lines, start=1):
            _check_line(line, f"{name}第 {number} 行")
            key = (bare(line.phrase)[0], line.context)
            if key in seen:
                raise InvalidValue(
                    f"The phrase “{line.phrase}” stands twice. Please remove one line.",
                    message_zh=f"{name}中“{line.phrase}”重复,请删去一行。",
                )
            seen.add(key)
    return words


def split_exceptions(text: str) -> tuple[str, ...]:
    """Words as people type them into one field, each once."""
    return tuple(dict.fromkeys(filter(None, _SEPARATED.split(text))))


def _check_line(line: Phrase, where: str) -> None:
    if not bare(line.phrase)[0]:
        raise InvalidValue(
            "There is a line without a phrase. Please fill it in or remove it.",
            message_zh=f"{where}没有文字,请填写或删去。",
        )
    if len(bare(line.phrase)[0]) < 2:
        said = f"{where}“{line.phrase}”只有一个字,会误拦很多正常的话,请写得更长。"
        raise InvalidValue(
            f"“{line.phrase}” has one character only and would stop many harmless sentences. "
            "Please write a longer phrase.",
            message_zh=said,
        )
    if line.context not in CONTEXTS:
        raise InvalidValue(
            f"There is no context {line.context[:20]!r}. Please choose one of the list.",
            message_zh=f"{where}的场合不存在,请重新选择。",
        )
    texts = (line.phrase, *line.exceptions)
    if any(len(text) > MAX_PHRASE or not text.isprintable() for text in texts) or len(texts) > MAX_EXCEPTIONS:
        said = f"{where}:词和例外须各在 {MAX_PHRASE} 字以内,例外最多 {MAX_EXCEPTIONS - 1} 个。"
        raise InvalidValue(
            f"A phrase and its exceptions may have {MAX_PHRASE} characters each, with at "
            f"most {MAX_EXCEPTIONS - 1} exceptions.",
            message_zh=said,
        )
    if any(len(text) > MAX_SENTENCE or not text.isprintable() for text in (line.reason, line.proposal)):
        said = f"{where}:原因和建议须各为一行,{MAX_SENTENCE} 字以内。"
        raise InvalidValue(
            f"Reason and proposal must be one line each, of at most {MAX_SENTENCE} characters.", message_zh=said
        )
    for exception in line.exceptions:
        if bare(line.phrase)[0] not in bare(exception)[0] or bare(line.phrase)[0] == bare(exception)[0]:
            said = f"{where}:例外“{exception}”须是包含“{line.phrase}”的更长的词。"
            raise InvalidValue(
                f"The exception “{exception}” must be a longer phrase that holds “{line.phrase}”.", message_zh=said
            )


def _phrase(line: Mapping[str, Any]) -> Phrase:
    try:
        return Phrase(
            phrase=str(line["phrase"]).strip(),
            context=str(line.get("context", "")),
            reason=str(line.get("reason", "")).strip(),
            proposal=str(line.get("proposal", "")).strip(),
            exceptions=_several(line.get("exceptions", ())),
        )
    except (KeyError, AttributeError, TypeError) as problem:
        raise InvalidValue("The content of the word list is incomplete.", message_zh="词表的内容不完整。") from problem


def _several(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stripped for text in texts if (stripped := str(text).strip())))


def _line(phrase: Phrase) -> dict[str, Any]:
    return {
        "phrase": phrase.phrase,
        "context": phrase.context,
        "reason": phrase.reason,
        "proposal": phrase.proposal,
        "exceptions": list(phrase.exceptions),
    }
