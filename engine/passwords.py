"""Passwords: which are refused, and what is kept of the others.

Refused are those that are short, common, in a pattern, or made of words that anybody would try here.

What is common is zxcvbn's to say (its list of 30 000 and its patterns); what people in China type most, and the words
of this house, are added. Nothing is asked of a password's composition: a sentence of Chinese words is a good one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import InvalidValue

MIN_PASSWORD: Final = 8
MAX_PASSWORD: Final = 200

#: Names of the product, as it is written and as pinyin types it.
PRODUCT: Final = ("kefuflow", "kefuliu", "客服流", "kefu", "客服")
#: What passwords are built around here, with a year, a birthday or 123 behind: words of keyboards, of love, of luck.
BASES: Final = (
    "5201314", "1314520", "iloveyou", "woaini", "password", "mima", "密码", "admin", "guanliyuan", "root", "test",
    "qwerty", "qwert", "asdfgh", "asdf", "zxcvbn", "zxcv", "1qaz2wsx", "qazwsx", "123456", "abc123", "welcome",
    "woaiwo", "taobao", "tmall", "jingdong", "dianpu", "qijiandian", "旗舰店", "店铺",
)  # fmt: skip
#: So many letters and digits must stand beside such words; what is said twice counts once.
_BESIDE: Final = 6
#: Below so many guesses (zxcvbn's second score) somebody who may try a little a day finds it in time.
_LEAST_SCORE: Final = 2
#: What is judged of a long one: with more it is only better, and zxcvbn's time grows faster than the text.
_JUDGED: Final = 40
_TELEPHONE: Final = re.compile(r"1[3-9][0-9]{9}")
_hasher: Final = PasswordHasher()
_SIGNS: Final = re.compile(r"[\W_]+")
#: Signs that people write for letters.
_SPELT: Final = str.maketrans({"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "$": "s", "5": "s"})


def check(password: str, words: Iterable[str] = ()) -> None:
    """Refuse a password that somebody would guess.

    Args:
        password: as it was typed.
        words: what people who know its owner try first: the account's id, the name, the shop's names.

    Raises:
        InvalidValue: it is too short or too long, common, or made of such words.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidValue(
            f"The password must have {MIN_PASSWORD} to {MAX_PASSWORD} characters.",
            message_zh=f"密码须为 {MIN_PASSWORD} 到 {MAX_PASSWORD} 个字符。",
        )
    near = _spellings(words)
    if _is_made_of(password, near | set(PRODUCT)):
        raise InvalidValue(
            "The password must not be made of the account, the name or words of this shop. "
            "Put several other words in a row.",
            message_zh="密码不能由账号、姓名或店铺、产品的名称组成。请用几个不相干的词连在一起。",
        )
    if _is_common(password, near):
        raise InvalidValue(
            "The password is too easy to guess: it is common or follows a pattern. "
            "Put several unrelated words in a row.",
            message_zh="密码太容易猜到(常见或有规律)。请用几个不相干的词连在一起。",
        )


def _is_made_of(password: str, words: Iterable[str]) -> bool:
    """Whether little stands beside these words, whatever its case and its signs for letters."""
    ordered = sorted(words, key=len, reverse=True)
    return any(
        _is_little_beside(text, ordered) for text in (password.casefold(), password.casefold().translate(_SPELT))
    )


def _is_little_beside(text: str, words: Iterable[str]) -> bool:
    left = text
    for word in words:
        left = left.replace(word, " ")
    return left != text and sum(map(len, set(_SIGNS.split(left)))) < _BESIDE


def _is_common(password: str, near: set[str]) -> bool:
    if _TELEPHONE.fullmatch(password) or _is_made_of(password, BASES):
        return True
    return _score(password[:_JUDGED].lower(), near) < _LEAST_SCORE


def _score(text: str, near: set[str]) -> int:
    """From 0, the first to be tried, to 4. Case is no help: people write the first letter large."""
    return int(_estimate()(text, user_inputs=sorted({*near, *PRODUCT, *BASES}))["score"])


@cache
def _estimate() -> Any:
    """Read when the first password is judged: its lists take a moment."""
    from zxcvbn import zxcvbn

    return zxcvbn


def _spellings(words: Iterable[str]) -> set[str]:
    """Each word as one would type it: whole, without its signs, in its parts; what is too short says nothing."""
    found: set[str] = set()
    for word in words:
        folded = word.casefold().strip()
        found |= {folded, _SIGNS.sub("", folded), *_SIGNS.split(folded)}
    return {one for one in found if len(one) >= (3 if one.isascii() else 2)}


# --- what is kept ----------------------------------------------------------------------------------


def hashed(password: str) -> str:
    """What is kept of a password: Argon2id."""
    return _hasher.hash(password)


def matches(stored: str, password: str) -> bool:
    """Whether a password is the one of which this is kept."""
    try:
        return _hasher.verify(stored, password[: MAX_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether it was hashed with less work than today's."""
    return _hasher.check_needs_rehash(stored)
