"""What of a value a masked case file shows: personal data by catalogue and forms go, and telephone numbers in texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from engine import shop
from engine.labels import DERIVED, Labels
from engine.masking import MASKED_FIELDS, mask, without_numbers
from engine.model import Value

#: A value as the file shows it.
Hide: TypeAlias = Callable[[Value], Value]


def nothing(value: Value) -> Value:
    """For files with personal data as they are."""
    return value


def personal(labels: Labels) -> Hide:
    """For masked files, by the words of the case's processes; decisions' inputs have labels for names."""
    names = {**DERIVED, **shop.ORDER_LABELS, **labels.names}
    called = {label: name for name, label in names.items() if labels.is_personal(name) and label not in MASKED_FIELDS}

    def hide(name: str, value: Value) -> Value:
        known = called.get(name, name)
        if known in labels.personal and known not in MASKED_FIELDS:
            return labels.masked(known, value)
        if known in MASKED_FIELDS and not isinstance(value, Mapping | list | tuple):
            return mask(known, value)
        shown = mask(known, value) if known in MASKED_FIELDS else value
        if isinstance(shown, Mapping):
            return {key: hide(key, item) for key, item in shown.items()}
        if isinstance(shown, list | tuple):
            return [hide(known, item) for item in shown]
        return without_numbers(shown)

    return lambda value: hide("", value)
