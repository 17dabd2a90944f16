"""Equal accounts and buyers are found by a keyed hash: who has the tables alone learns neither."""

from __future__ import annotations

import hmac
import re
import unicodedata
from hashlib import sha256
from pathlib import Path
from typing import Final

from engine.config import secret_beside
from engine.model import Value

#: Beside the database, like the session's; another one, and older payments are no longer recognised.
FILE: Final = "policy.key"
#: What stands in the place of characters that were taken away.
_MASK: Final = "*"
_BETWEEN: Final = frozenset("-‐–—·.")
#: The account itself among bank and name, as 工商银行 6222… 王某: an address, or a number.
#: Begins where a word does: looking on from every letter of a long one would take minutes.
_ADDRESS: Final = re.compile(r"(?<![a-z0-9_+])[a-z0-9_+]+@[a-z0-9]+")
_NUMBER: Final = re.compile(r"[0-9]{8,}")


class Pseudonyms:
    """Hashes of one database; its secret is made when the first is needed."""

    def __init__(self, database_file: Path) -> None:
        self._file = database_file
        self._key: bytes | None = None

    def payee(self, account: Value) -> bytes | None:
        """32 bytes for an account however it is spaced and written; None where there is none, or only a mask of it.

        Bank and name beside the account do not count: 工商银行 6222… 王某 is 6222….
        """
        plain = _plain(account)
        return None if plain is None else self._hash(b"payee", _account_in(plain))

    def buyer(self, customer_id: Value) -> bytes | None:
        """32 bytes for a customer's id; None where there is none, or only a mask of it."""
        plain = _plain(customer_id)
        return None if plain is None else self._hash(b"buyer", plain)

    def _hash(self, what: bytes, plain: str) -> bytes:
        if self._key is None:
            self._key = secret_beside(self._file, FILE)
        return hmac.new(self._key, what + b"\0" + plain.encode(), sha256).digest()


def _plain(text: Value) -> str | None:
    """A text without what people write differently; None where nothing is left, or only a mask."""
    if not isinstance(text, str) or _MASK in text:
        return None
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in plain if not one.isspace() and one not in _BETWEEN) or None


def _account_in(plain: str) -> str:
    address = _ADDRESS.search(plain)
    if address is not None:
        return address[0]
    return max(_NUMBER.findall(plain), key=len, default=plain)


def sign_of(hashed: bytes) -> str:
    """By which people tell one from another: eight characters that say nothing else."""
    return hashed.hex()[:8].upper()
