"""How values look in a log: as they are, or with all personal data masked and buyers under a name of this file only."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Protocol

from engine.definitions import Definitions
from engine.labels import labels_for
from engine.masking import mask
from engine.model import Value
from engine.narrative.hiding import Hide, personal

_CHARACTERS: Final = 12


class Mask(Protocol):
    """What a reader of histories asks of it."""

    def value(self, value: Value, versions: Iterable[int]) -> Value:
        """An event's value, by the words of these versions of processes (keys)."""

    def customer(self, customer_id: str) -> str:
        """A buyer's id as it is shown."""

    def customer_key(self, customer_id: str) -> str:
        """What tells buyers apart within this file."""


class Plain:
    """Everything as it is."""

    def value(self, value: Value, versions: Iterable[int]) -> Value:
        """The value itself."""
        return value

    def customer(self, customer_id: str) -> str:
        """The id itself."""
        return customer_id

    def customer_key(self, customer_id: str) -> str:
        """The id itself."""
        return customer_id


class Masked:
    """Personal data by the rules of catalogue and forms, telephone numbers in texts besides.

    Buyers are told apart by a keyed hash; its key is thrown away with this object, so that neither the buyer nor
    the same buyer in another file can be found by it.
    """

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._key = secrets.token_bytes(32)
        self._rules = lru_cache(maxsize=256)(self._read_rules)

    def value(self, value: Value, versions: Iterable[int]) -> Value:
        """The value masked by what any of the case's processes holds to be personal."""
        return value if value is None else self._rules(tuple(versions))(value)

    def customer(self, customer_id: str) -> str:
        """The first two characters."""
        return str(mask("customer_id", customer_id))

    def customer_key(self, customer_id: str) -> str:
        """Twelve characters that mean nothing outside this file."""
        return hmac.new(self._key, customer_id.encode(), "sha256").hexdigest()[:_CHARACTERS]

    def _read_rules(self, versions: tuple[int, ...]) -> Hide:
        return personal(labels_for(self._definitions.get(key)) for key in versions)
