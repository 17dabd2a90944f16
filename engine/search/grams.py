"""What a text is cut into to be found again: pairs of Chinese characters, single ones, beginnings of words and numbers.

Widths and cases of letters do not count (NFKC, folded). Chinese has no spaces, and most of its words are two
characters long: a pair is what an index can look up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

#: Raised when texts are cut or masked, or facts marked, differently: an index of another version is made anew.
VERSION: Final = 3
#: Beginnings of words and numbers that are kept, in characters: each from the shortest on, behind the long ones every
#: second; a longer word is found by the longest beginning that is kept.
SHORTEST: Final = 2
LONGEST: Final = 12
_LIMIT: Final = 40
#: Numbers of at least so many characters are also found by their last four.
_LONG: Final = 7
_TAIL: Final = 4
#: Begins what is no word of a text; no text keeps this letter.
MARK: Final = "ƒ"
#: Begins the words of personal data.
PERSONAL: Final = "ª"
_MOST: Final = 3000

_HAN: Final = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3040-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U000323af"
)
#: A run of characters that are written without spaces, or a word or number, with what joins its parts.
_RUNS: Final = re.compile(f"(?P<han>[{_HAN}]+)|(?P<word>[^\\W_{_HAN}]+(?:[-_./][^\\W_{_HAN}]+)*)")
_JOINTS: Final = re.compile("[-_./]")
#: All that is neither letter nor digit.
_BETWEEN: Final = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """A text without differences of width and case; characters may become several."""
    return "".join(map(folded, text))


@lru_cache(maxsize=16384)
def folded(character: str) -> str:
    """What a single character reads as."""
    found = unicodedata.normalize("NFKC", character).casefold()
    return found.replace(MARK, "f").replace(PERSONAL, "a")


def squeezed(text: str) -> str:
    """A folded text without what stands between its words: by this phrases are compared."""
    return _BETWEEN.sub("", text)


def grams(folded_text: str) -> list[str]:
    """All that a folded text is found by, each once, in the order in which it comes."""
    found: dict[str, None] = {}
    for match in _RUNS.finditer(folded_text):
        for gram in _of_run(match):
            found[gram] = None
        if len(found) > _MOST:
            break
    return list(found)


def whole(folded_text: str) -> list[str]:
    """What a number is found by that is only found when it is given whole; empty where there is nothing to find."""
    text = squeezed(folded_text)
    return [_kept(text)] if text else []


def sought(folded_word: str) -> list[str]:
    """The grams that a text must have all of for the word to be in it; empty where nothing of it can be looked up."""
    found: dict[str, None] = {}
    for match in _RUNS.finditer(folded_word):
        run = match.group()
        if match.lastgroup == "word":
            found[_kept(_JOINTS.sub("", run))] = None
        else:
            found.update(dict.fromkeys(pairs(run) if len(run) > 1 else [run]))
    return list(found)


def pairs(run: str) -> list[str]:
    """Neighbours in a run of characters."""
    return [run[at : at + 2] for at in range(len(run) - 1)]


def marked(kind: str, value: str) -> str:
    """A word that stands for a fact, e.g. a person of a case; tells any two values apart."""
    return f"{MARK}{kind}{value.encode().hex()}"


def indexed(words: Iterable[str]) -> str:
    """Words as the index takes them."""
    return " ".join(words)


def _of_run(match: re.Match[str]) -> Iterator[str]:
    run = match.group()
    if match.lastgroup == "han":
        yield from pairs(run)
        yield from run
        return
    parts = _JOINTS.split(run)
    for word in dict.fromkeys(["".join(parts), *parts]):
        yield from _beginnings(word)


def _kept(word: str) -> str:
    """The longest beginning of a word that is kept."""
    return word if len(word) <= LONGEST else word[: min(len(word), _LIMIT) // 2 * 2]


def _beginnings(word: str) -> Iterator[str]:
    yield word[:LONGEST]
    for length in range(SHORTEST, min(len(word), LONGEST)):
        yield word[:length]
    for length in range(LONGEST + 2, min(len(word), _LIMIT) + 1, 2):
        yield word[:length]
    if len(word) >= _LONG and word[-_TAIL:].isdigit():
        yield word[-_TAIL:]
