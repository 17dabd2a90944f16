"""What masked files show of a value: personal data by catalogue and forms go, and telephone numbers in texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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


def personal(versions: Iterable[Labels]) -> Hide:
    """For masked files: hides what any of a case's process versions holds to be personal.

    Decisions' inputs have labels for names, so what people call a personal name is hidden too.
    """
    hidden: dict[str, Labels] = {}
    called: dict[str, str] = {}
    for labels in versions:
        hidden |= dict.fromkeys(labels.personal, labels)
        names = {**DERIVED, **shop.ORDER_LABELS, **labels.names}
        called |= {label: name for name, label in names.items() if labels.is_personal(name)}
    called = {label: name for label, name in called.items() if label not in MASKED_FIELDS}

    def hide(name: str, value: Value) -> Value:
        known = called.get(name, name)
        if known in MASKED_FIELDS and not isinstance(value, Mapping | list | tuple):
            return mask(known, value)
        if known in hidden and known not in MASKED_FIELDS:
            return hidden[known].masked(known, value)
        if isinstance(value, Mapping):
            shown = mask(known, value) if known in MASKED_FIELDS else value
            if not isinstance(shown, Mapping):
                return shown
            return {key: hide(key, item) for key, item in shown.items()}
        if isinstance(value, list | tuple):
            return [hide(known, item) for item in value]
        return without_numbers(value)

    return lambda value: hide("", value)
