"""What of a value stays when personal data go: masks where a rule has one, words and numbers; no text of a person's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

from engine.masking import HIDDEN, is_masked, mask
from engine.model import Value, is_file
from engine.telephones import telephones_within

#: Variables and columns whose texts are numbers of orders, parcels, bills and cases.
_NUMBERED: Final = re.compile(r"(?:^|.*_)(?:no|nos|id|ids|case|order|number|hash|sha256|key)$")
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}")
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?|P[0-9TDHMSYW.]{1,24}"
)
_AMOUNT: Final = re.compile(r"-?\d{1,6}(?:\.\d{1,2})?")
_DIGEST: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
#: Some shops' orders have as many digits as a bank card.
_ORDER: Final = "order_id"
#: Digits of bank cards.
_CARD: Final = range(16, 20)
#: Shorter texts are not looked for elsewhere: they would be found in anything.
_LEAST: Final = 2


class Redactor:
    """Takes personal data out of the values of one case, or of something like it.

    A text stays when the shop's files say it (see ``vocabulary``), when it is a number of an order, parcel or bill
    under such a name, or a time or an amount; under a name that has a mask, its mask stays; all others become ``***``.
    """

    def __init__(self, words: frozenset[str], own: frozenset[str] = frozenset()) -> None:
        """``own``: further texts that stay, the case's numbers."""
        self._words = words
        self._own = own
        #: The texts that did not stay.
        self.removed: set[str] = set()

    def value(self, name: str, value: Value) -> Value:
        """What stays of a value of that name; contexts and lists by the names inside them."""
        if isinstance(value, Mapping):
            if is_file(value):
                return self._file(value)
            return {self._key(key, place): self.value(key, item) for place, (key, item) in enumerate(value.items())}
        if isinstance(value, list | tuple):
            return [self.value(name, item) for item in value]
        if isinstance(value, str):
            return self.text(name, value)
        return HIDDEN if is_masked(name) and value is not None else value

    def text(self, name: str, text: str) -> str:
        """What stays of a text of that name."""
        if is_masked(name) and text != "":
            masked = mask(name, text)
            return text if masked == text else self._take(text, masked)
        return text if self._stays(name, text) else self._take(text, HIDDEN)

    def scrubbed(self, text: str) -> str:
        """A text that stays as a whole, without what was taken elsewhere."""
        for one in sorted(self.removed, key=len, reverse=True):
            text = text.replace(one, HIDDEN)
        return text

    def _stays(self, name: str, text: str) -> bool:
        if text.strip() == "" or self._is_said(text) or ("," in text and all(map(self._is_said, text.split(",")))):
            return True
        if _INSTANT.fullmatch(text) or _AMOUNT.fullmatch(text) or _DIGEST.fullmatch(text):
            return True
        if not _NUMBERED.fullmatch(name) or not _NUMBER.fullmatch(text):
            return False
        if not any(map(str.isdigit, text)) or telephones_within(text):
            return False
        return name == _ORDER or not _is_card(text)

    def _is_said(self, text: str) -> bool:
        return text in self._words or text in self._own

    def _take(self, text: str, left: object) -> str:
        if len(text) >= _LEAST:
            self.removed.add(text)
        return str(left)

    def _key(self, key: str, place: int) -> str:
        """Names of variables and columns stay; a key that somebody typed does not."""
        return key if key in self._words or _NAME.fullmatch(key) else f"{self._take(key, HIDDEN)}{place}"

    def _file(self, value: Mapping[str, Value]) -> dict[str, Value]:
        """Hash, size and kind of a file stay, of its name the ending."""
        return {
            name: self._take(item, hidden_name(item)) if name == "name" and isinstance(item, str) else item
            for name, item in value.items()
        }


def hidden_name(name: str) -> str:
    """What stays of a file's name."""
    ending = PurePath(name).suffix
    return HIDDEN + (ending if re.fullmatch(r"\.[A-Za-z0-9]{1,5}", ending) else "")


def _is_card(text: str) -> bool:
    """Whether digits are those of a bank card: so many, and right by their last one (ISO/IEC 7812-1, Luhn)."""
    if not text.isdigit() or len(text) not in _CARD:
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(text)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
