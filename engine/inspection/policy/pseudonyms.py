"""Equal accounts and buyers are found by a keyed hash: who has the tables alone learns neither."""

from __future__ import annotations

import hmac
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


class Pseudonyms:
    """Hashes of one database; its secret is made when the first is needed."""

    def __init__(self, database_file: Path) -> None:
        self._file = database_file
        self._key: bytes | None = None

    def payee(self, account: Value) -> bytes | None:
        """32 bytes for an account however it is spaced and written; None where there is none, or only a mask of it."""
        return self._hash(b"payee", account)

    def buyer(self, customer_id: Value) -> bytes | None:
        """32 bytes for a customer's id; None where there is none, or only a mask of it."""
        return self._hash(b"buyer", customer_id)

    def _hash(self, what: bytes, text: Value) -> bytes | None:
        if not isinstance(text, str) or _MASK in text:
            return None
        plain = unicodedata.normalize("NFKC", text).casefold()
        plain = "".join(one for one in plain if not one.isspace() and one not in _BETWEEN)
        if not plain:
            return None
        if self._key is None:
            self._key = secret_beside(self._file, FILE)
        return hmac.new(self._key, what + b"\0" + plain.encode(), sha256).digest()


def sign_of(hashed: bytes) -> str:
    """By which people tell one from another: eight characters that say nothing else."""
    return hashed.hex()[:8].upper()
