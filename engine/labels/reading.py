"""Chinese labels of variables and of their enumeration values, taken from the forms of a process version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Protocol

from engine import formcheck
from engine.formcheck import Field, Schema
from engine.labels.choices import DERIVED_OPTIONS
from engine.labels.variables import ACCOUNTS, DERIVED
from engine.masking import HIDDEN, is_masked, mask
from engine.model import Value

YES: Final = "是"
NO: Final = "否"


class Compiled(Protocol):
    """The part of a compiled definition that is read here."""

    @property
    def start_form(self) -> str | None:
        """Id of the form of the none start event."""

    @property
    def outcomes(self) -> Mapping[str, Mapping[str, str]]:
        """Result variable → {value: name of the end event that sets it}."""

    @property
    def answers(self) -> Mapping[str, str]:
        """Decision id → variable in which its answer is kept."""


class Version(Protocol):
    """The part of a deployed version that is read here."""

    @property
    def hash(self) -> str:
        """What tells versions apart, whatever database they are in."""

    @property
    def forms(self) -> Mapping[str, Mapping[str, Any]]:
        """Schemas by form id."""

    @property
    def definition(self) -> Compiled:
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
    #: Variables for which a form offers people: they hold an account's id.
    people: frozenset[str] = frozenset()
    #: Lists of rows → the fields of a row.
    rows: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)

    def value(self, name: str, value: Value) -> Value:
        """The value with enumeration values replaced by their labels; lists item by item."""
        if name in self.rows and isinstance(value, Mapping):
            return row_words(self.rows[name], value)
        if isinstance(value, list | tuple):
            return [self.value(name, item) for item in value]
        # A form has words for what it offers; the same name may hold what a decision says too.
        options = {**DERIVED_OPTIONS.get(name, {}), **self.options.get(name, {})}
        if isinstance(value, bool):
            return options.get("true" if value else "false", YES if value else NO)
        return options.get(value, value) if isinstance(value, str) else value

    def name(self, variable: str) -> str:
        """What people call the variable; its own name where nobody gave another."""
        return self.names.get(variable) or DERIVED.get(variable, variable)

    def is_person(self, name: str) -> bool:
        """Whether the variable holds the id of an account, by a form or by what it is everywhere."""
        return name in self.people or name in ACCOUNTS

    def is_personal(self, name: str) -> bool:
        """Whether the variable holds personal data, by the catalogue or by a form."""
        return is_masked(name) or name in self.personal

    def masked(self, name: str, value: Value) -> Value:
        """The value as somebody without need sees it."""
        if value is None or value == "" or value == [] or is_masked(name) or name not in self.personal:
            return mask(name, value)
        return HIDDEN


def labels_of(
    forms: Mapping[str, Schema],
    start_form: str | None = None,
    outcomes: Iterable[Mapping[str, Mapping[str, str]]] = (),
) -> Labels:
    """Labels of all fields of these forms; the first form that names a field wins, the start form before all.

    Args:
        forms: schemas by form id.
        start_form: id of the form whose words count most.
        outcomes: of compiled processes: what their end events call the values of their results.
    """
    ordered = sorted(forms, key=lambda form_id: (form_id != start_form, form_id))
    names: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    personal: set[str] = set()
    people: set[str] = set()
    rows: dict[str, tuple[Field, ...]] = {}
    for form_id in ordered:
        for asked in formcheck.fields(forms[form_id]):
            if asked.label and asked.label != asked.key:
                names.setdefault(asked.key, asked.label)
            for option in asked.options:
                options.setdefault(asked.key, {}).setdefault(option.value, option.label)
            if asked.masked or any(column.masked or is_masked(column.key) for column in asked.columns):
                personal.add(asked.key)
            if formcheck.is_person(asked):
                people.add(asked.key)
            if asked.is_rows:
                rows.setdefault(asked.key, asked.columns)
    # What a row of a list has is called so wherever no field of its own says otherwise.
    for column in (column for columns in rows.values() for column in columns):
        if column.label and column.label != column.key and column.key not in DERIVED:
            names.setdefault(column.key, column.label)
    for variable, names_of_ends in (entry for each in outcomes for entry in each.items()):
        for value, name in names_of_ends.items():
            options.setdefault(variable, {}).setdefault(value, name)
    return Labels(names=names, options=options, personal=frozenset(personal), people=frozenset(people), rows=rows)


def with_outcomes(labels: Labels, outcomes: Iterable[Mapping[str, Mapping[str, str]]]) -> Labels:
    """The labels with what the end events of further processes call results: those that a process calls."""
    options = {name: dict(words) for name, words in labels.options.items()}
    for each in outcomes:
        for variable, words in each.items():
            options[variable] = {**words, **options.get(variable, {})}
    return replace(labels, options=options)


def row_words(columns: tuple[Field, ...], row: Mapping[str, Value]) -> str:
    """A row of a list in words: 北京 ×3 where it says what and how many, else each label with its value."""
    said = [(column, _said(column, row.get(column.key))) for column in columns]
    counts = [text for column, text in said if column.type == "number" and column.decimal_digits == 0]
    others = [text for column, text in said if column.type != "number" and text]
    if len(counts) == 1 and others and len(said) == len(others) + 1:
        return f"{' '.join(others)} ×{counts[0] or '?'}"
    return ",".join(f"{column.label} {text}" for column, text in said if text)


def _said(column: Field, value: Value) -> str:
    options = {option.value: option.label for option in column.options}
    entry = formcheck.to_entry(column, value)
    texts = [options.get(text, text) for text in (entry if isinstance(entry, list) else [entry])]
    return "、".join(texts).replace("T", " ") if column.type == "datetime" else "、".join(texts)


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
    definition = cached.version.definition
    labels = labels_of(cached.version.forms, definition.start_form, (definition.outcomes,))
    # A decision's answer reads like the variable that keeps it.
    answers = {
        decision: words
        for decision, variable in definition.answers.items()
        if (words := labels.options.get(variable) or DERIVED_OPTIONS.get(variable))
    }
    return replace(labels, options={**labels.options, **answers})
