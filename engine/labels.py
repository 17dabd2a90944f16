"""Chinese labels of variables and of their enumeration values, taken from the forms of a process version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine import formcheck
from engine.formcheck import Schema
from engine.masking import HIDDEN, is_masked, mask
from engine.model import Value

YES: Final = "是"
NO: Final = "否"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the forms of a version call its variables."""

    #: Variable → label, in the order of the forms (the start form first).
    names: Mapping[str, str]
    #: Variable → {enumeration value: label}.
    options: Mapping[str, Mapping[str, str]]
    #: Variables that a form declares to be personal data.
    personal: frozenset[str]

    def value(self, name: str, value: Value) -> Value:
        """The value with enumeration values replaced by their labels; lists item by item."""
        if isinstance(value, list | tuple):
            return [self.value(name, item) for item in value]
        options = self.options.get(name, {})
        if isinstance(value, bool):
            return options.get("true" if value else "false", YES if value else NO)
        return options.get(value, value) if isinstance(value, str) else value

    def is_personal(self, name: str) -> bool:
        """Whether the variable holds personal data, by the catalogue or by a form."""
        return is_masked(name) or name in self.personal

    def masked(self, name: str, value: Value) -> Value:
        """The value as somebody without need sees it."""
        if value is None or value == "" or is_masked(name) or name not in self.personal:
            return mask(name, value)
        return HIDDEN


def labels_of(forms: Mapping[str, Schema], start_form: str | None = None) -> Labels:
    """Labels of all fields of these forms; the first form that names a field wins, the start form before all."""
    ordered = sorted(forms, key=lambda form_id: (form_id != start_form, form_id))
    names: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    personal: set[str] = set()
    for form_id in ordered:
        for field in formcheck.fields(forms[form_id]):
            if field.label:
                names.setdefault(field.key, field.label)
            for option in field.options:
                options.setdefault(field.key, {}).setdefault(option.value, option.label)
            if field.masked:
                personal.add(field.key)
    return Labels(names=names, options=options, personal=frozenset(personal))
