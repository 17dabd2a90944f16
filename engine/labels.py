"""Chinese labels of variables and of their enumeration values, taken from the forms of a process version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from engine import formcheck
from engine.formcheck import Schema
from engine.masking import HIDDEN, is_masked, mask
from engine.model import Value

YES: Final = "是"
NO: Final = "否"


class _Compiled(Protocol):
    """The part of a compiled definition that is read here."""

    @property
    def start_form(self) -> str | None:
        """Id of the form of the none start event."""


class Version(Protocol):
    """The part of a deployed version that is read here."""

    @property
    def hash(self) -> str:
        """What tells versions apart, whatever database they are in."""

    @property
    def forms(self) -> Mapping[str, Mapping[str, Any]]:
        """Schemas by form id."""

    @property
    def definition(self) -> _Compiled:
        """The compiled process."""


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


def labels_for(version: Version) -> Labels:
    """Labels of a deployed version, made once a hash."""
    return _labels_for(_Cached(version))


class _Cached:
    """A version as a key of the cache: all of one hash have the same labels."""

    def __init__(self, version: Version) -> None:
        self.version = version

    def __hash__(self) -> int:
        return hash(self.version.hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Cached) and other.version.hash == self.version.hash


@lru_cache(maxsize=512)
def _labels_for(cached: _Cached) -> Labels:
    return labels_of(cached.version.forms, cached.version.definition.start_form)
