"""How values look in a log: as they are, or with all personal data masked and buyers under a name of this file only."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Protocol

from engine import shop
from engine.definitions import Definitions
from engine.labels import DERIVED, Labels, labels_for
from engine.masking import MASKED_FIELDS, mask, without_numbers
from engine.model import Value

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
        return value if value is None else self._masked("", value, *self._rules(tuple(versions)))

    def customer(self, customer_id: str) -> str:
        """The first two characters."""
        return str(mask("customer_id", customer_id))

    def customer_key(self, customer_id: str) -> str:
        """Twelve characters that mean nothing outside this file."""
        return hmac.new(self._key, customer_id.encode(), "sha256").hexdigest()[:_CHARACTERS]

    def _read_rules(self, versions: tuple[int, ...]) -> tuple[Mapping[str, Labels], Mapping[str, str]]:
        """Names that a form holds to be personal; and what people call personal names, as decisions' inputs do."""
        personal: dict[str, Labels] = {}
        called: dict[str, str] = {}
        for labels in (labels_for(self._definitions.get(key)) for key in versions):
            personal |= dict.fromkeys(labels.personal, labels)
            names = {**DERIVED, **shop.ORDER_LABELS, **labels.names}
            called |= {label: name for name, label in names.items() if labels.is_personal(name)}
        return personal, {label: name for label, name in called.items() if label not in MASKED_FIELDS}

    def _masked(self, name: str, value: Value, personal: Mapping[str, Labels], called: Mapping[str, str]) -> Value:
        known = called.get(name, name)
        if known in MASKED_FIELDS and not isinstance(value, Mapping | list | tuple):
            return mask(known, value)
        if known in personal and known not in MASKED_FIELDS:
            return personal[known].masked(known, value)
        if isinstance(value, Mapping):
            rule = mask(known, value) if known in MASKED_FIELDS else value
            if not isinstance(rule, Mapping):
                return rule
            return {key: self._masked(key, item, personal, called) for key, item in rule.items()}
        if isinstance(value, list | tuple):
            return [self._masked(known, item, personal, called) for item in value]
        return without_numbers(value)
