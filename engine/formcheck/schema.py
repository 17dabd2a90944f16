"""Reads a form schema (form-js JSON) into the fields that a person fills in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from engine.errors import DefinitionRefused

Schema: TypeAlias = Mapping[str, Any]

INPUT_TYPES: Final = frozenset(
    {"textfield", "textarea", "number", "checkbox", "checklist", "radio", "select", "taglist", "datetime", "filepicker"}
)
CHOICE_TYPES: Final = frozenset({"radio", "select", "checklist", "taglist"})
LIST_TYPES: Final = frozenset({"checklist", "taglist"})
TEXT_TYPES: Final = frozenset({"textfield", "textarea"})
FILE_TYPE: Final = "filepicker"
#: Shown, never posted. A form-js editor puts a submit button into each form; the page has its own.
SHOWN_TYPES: Final = frozenset({"text", "html", "separator", "spacer", "button"})
#: Rows of the same fields, one under the other; form-js keeps its key in ``path``.
LIST_OF_ROWS: Final = "dynamiclist"
#: Computed by the server when the form is sent; neither shown nor entered.
COMPUTED: Final = "expression"
#: Rows of one list.
MAX_ROWS: Final = 200
DATETIME_SUBTYPES: Final = ("date", "time", "datetime")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: the value that is kept and the label that is shown."""

    value: str
    label: str


YES_OR_NO: Final = (Option("true", "是"), Option("false", "否"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An input of a form; groups are flattened, their conditions come with it."""

    key: str
    label: str
    #: form-js component type, one of INPUT_TYPES, LIST_OF_ROWS or COMPUTED.
    type: str
    required: bool
    #: Static options; a boolean choice has "true" and "false".
    options: tuple[Option, ...]
    #: FEEL text (with "=") that gives the options, or None.
    options_source: str | None
    #: The custom properties of the field, texts as the editor writes them.
    properties: Mapping[str, str]
    description: str
    #: FEEL texts (with "="); the field is hidden when any gives true: its own and those of its groups.
    conditional: tuple[str, ...]
    #: True, False, or a FEEL text (with "=").
    readonly: bool | str
    disabled: bool
    #: form-js's ``validate`` object.
    validate: Mapping[str, Any]
    #: date, time or datetime for a datetime field, "" for others.
    subtype: str
    #: Most decimals of a number, or None.
    decimal_digits: int | None
    #: A number has to be a multiple of it, or None.
    increment: Decimal | None
    #: A date must not be before today.
    no_past_dates: bool
    #: Which files a filepicker takes, as ``accept`` of an HTML input (".jpg,.png"); "" is every kind.
    accept: str = ""
    #: Whether a filepicker takes several files.
    multiple: bool = False
    #: The fields of a row, where the field is a list of rows.
    columns: tuple[Field, ...] = ()
    #: Rows that are shown empty when nothing is known.
    repetitions: int = 1
    #: Whether a person may add and remove rows.
    grows: bool = True
    #: FEEL text (with "=") of a computed field, "" for others.
    expression: str = ""

    @property
    def is_rows(self) -> bool:
        """Whether the field's value is a list of contexts, a row each."""
        return self.type == LIST_OF_ROWS

    @property
    def is_computed(self) -> bool:
        """Whether the server computes the field; nobody enters it."""
        return self.type == COMPUTED

    @property
    def least_rows(self) -> int:
        """How many rows the list needs."""
        return _count(self.properties.get("min"), 0)

    @property
    def most_rows(self) -> int:
        """How many rows the list takes."""
        return _count(self.properties.get("max"), MAX_ROWS)

    @property
    def is_boolean(self) -> bool:
        """Whether the field's value is true or false."""
        return self.type == "checkbox" or self.properties.get("type") == "boolean"

    @property
    def is_list(self) -> bool:
        """Whether the field's value is a list."""
        return self.type in LIST_TYPES or self.is_files

    @property
    def is_files(self) -> bool:
        """Whether the field's value is a list of files."""
        return self.type == FILE_TYPE

    @property
    def masked(self) -> bool:
        """Whether the value is personal data, shown masked outside of the form."""
        return self.properties.get("masked") == "true"


def load(data: bytes) -> dict[str, Any]:
    """The schema in the bytes of a .form file; decimals are exact.

    Raises:
        DefinitionRefused: not UTF-8 or not a JSON object. ``check_schema`` says more.
    """
    try:
        schema = json.loads(data.decode("utf-8"), parse_float=Decimal)
    except (ValueError, RecursionError) as problem:
        raise DefinitionRefused(f"a form is not JSON: {type(problem).__name__}") from problem
    if not isinstance(schema, dict):
        raise DefinitionRefused("a form is not a JSON object")
    return schema


def fields(schema: Schema) -> tuple[Field, ...]:
    """The inputs of a form in the order in which they are shown, groups flattened.

    The schema is one that ``check_schema`` found in order; components of other types are left out.
    """
    return tuple(_fields(schema, ()))


def option_labels(schema: Schema) -> dict[str, dict[str, str]]:
    """key → {value: label} of every field with fixed options; yes-or-no fields have "true" and "false"."""
    return {field.key: {o.value: o.label for o in field.options} for field in fields(schema) if field.options}


#: How a form's formula names the people of a group.
_PEOPLE: Final = re.compile(r"\bpeople\s*\.\s*([A-Za-z_]\w*)")


def people_groups(schema: Schema | None) -> frozenset[str]:
    """Ids of the groups whose people a form's formulas read: ``=people.technician``; they need not exist."""
    return frozenset(group for text in _formulas(schema) for group in _PEOPLE.findall(text))


def is_person(field: Field) -> bool:
    """Whether a field's value is the id of an account."""
    return field.options_source is not None and _PEOPLE.search(field.options_source) is not None


def _formulas(part: Any) -> Iterator[str]:
    """The texts within a schema that begin with "=" or hold a placeholder."""
    if isinstance(part, str):
        if part.startswith("=") or "{{" in part:
            yield part
    elif isinstance(part, Mapping):
        for inner in part.values():
            yield from _formulas(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _formulas(inner)


def hide_text(component: Mapping[str, Any]) -> str | None:
    """The FEEL text that hides a component, or None."""
    conditional = component.get("conditional")
    hide = conditional.get("hide") if isinstance(conditional, Mapping) else None
    return hide if isinstance(hide, str) and hide else None


def components_of(parent: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The components of a form or a group, without what is none."""
    components = parent.get("components")
    return [c for c in components if isinstance(c, Mapping)] if isinstance(components, list) else []


def to_decimal(number: Any) -> Decimal | None:
    """The exact decimal of a number in a schema (int, Decimal, a float's shortest digits, or a text), or None."""
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal | str):
        return None
    try:
        value = Decimal(str(number))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _fields(parent: Mapping[str, Any], conditions: tuple[str, ...]) -> Iterator[Field]:
    for component in components_of(parent):
        hide = hide_text(component)
        here = (*conditions, hide) if hide else conditions
        kind = component.get("type")
        if kind == "group":
            yield from _fields(component, here)
        elif kind in INPUT_TYPES and isinstance(component.get("key"), str):
            yield _field(component, here)
        elif kind == LIST_OF_ROWS and isinstance(component.get("path"), str):
            yield _list_of_rows(component, here)
        elif kind == COMPUTED and isinstance(component.get("key"), str):
            named = {**component, "label": _texts(component.get("properties")).get("label")}
            yield replace(_field(named, here), expression=str(component.get("expression") or ""))


def _list_of_rows(component: Mapping[str, Any], conditions: tuple[str, ...]) -> Field:
    field = _field({**component, "key": component["path"]}, conditions)
    repetitions = component.get("defaultRepetitions", 1)
    return replace(
        field,
        required=field.least_rows > 0,
        columns=tuple(
            _field(c, _own_condition(c))
            for c in components_of(component)
            if c.get("type") in INPUT_TYPES and isinstance(c.get("key"), str)
        ),
        repetitions=repetitions if isinstance(repetitions, int) and not isinstance(repetitions, bool) else 1,
        grows=component.get("allowAddRemove", True) is not False,
    )


def _count(text: str | None, otherwise: int) -> int:
    """A number of rows as a property has it."""
    return min(int(text), MAX_ROWS) if text and text.isascii() and text.isdecimal() and len(text) < 5 else otherwise


def _own_condition(component: Mapping[str, Any]) -> tuple[str, ...]:
    hide = hide_text(component)
    return (hide,) if hide else ()


def _texts(properties: Any) -> dict[str, str]:
    return {str(k): _text(v) for k, v in properties.items()} if isinstance(properties, Mapping) else {}


def _field(component: Mapping[str, Any], conditions: tuple[str, ...]) -> Field:
    kind = component["type"]
    validate = component.get("validate")
    validate = validate if isinstance(validate, Mapping) else {}
    digits = component.get("decimalDigits")
    readonly = component.get("readonly", False)
    subtype = component.get("subtype")
    return Field(
        key=component["key"],
        label=str(
            component.get("label") or component.get("dateLabel") or component.get("timeLabel") or component["key"]
        ),
        type=kind,
        required=validate.get("required") is True,
        options=_options(component),
        options_source=_options_source(component) if kind in CHOICE_TYPES else None,
        properties=_texts(component.get("properties")),
        description=str(component.get("description") or ""),
        conditional=conditions,
        readonly=readonly if isinstance(readonly, str) else readonly is True,
        disabled=component.get("disabled") is True,
        validate=validate,
        subtype=(subtype if subtype in DATETIME_SUBTYPES else "date") if kind == "datetime" else "",
        decimal_digits=digits if isinstance(digits, int) and not isinstance(digits, bool) else None,
        increment=to_decimal(component.get("increment")),
        no_past_dates=component.get("disallowPassedDates") is True,
        accept=str(component.get("accept") or "") if kind == FILE_TYPE else "",
        multiple=component.get("multiple") is True,
    )


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _options(component: Mapping[str, Any]) -> tuple[Option, ...]:
    if component["type"] == "checkbox":
        return YES_OR_NO
    values = component.get("values")
    if component["type"] not in CHOICE_TYPES or not isinstance(values, list):
        return ()
    return options_from(values)


def options_from(values: list[Any]) -> tuple[Option, ...]:
    """Options of a list of contexts with ``value`` and ``label``, or of plain texts and numbers; others are dropped."""
    options = []
    for item in values:
        value = item.get("value") if isinstance(item, Mapping) else item
        if value is None or isinstance(value, list | Mapping):
            continue
        label = item.get("label") if isinstance(item, Mapping) else None
        options.append(Option(_text(value), str(label or _text(value))))
    return tuple(options)


def _options_source(component: Mapping[str, Any]) -> str | None:
    expression = component.get("valuesExpression")
    if isinstance(expression, str) and expression:
        return expression
    key = component.get("valuesKey")
    return f"={key}" if isinstance(key, str) and key else None
