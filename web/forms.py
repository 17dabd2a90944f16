"""The view model of a form: everything that the templates print, so that they decide nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from typing import Any, Final

from engine import masking
from engine.errors import FeelError
from engine.formcheck import WHOLE_FORM, Field, Option, Schema, Submission, check, fields, prefill, to_entry
from engine.formcheck.schema import components_of
from engine.formcheck.scope import Scope, drivers
from engine.model import Value, Variables

#: form-js lays out on 16 columns, Bootstrap on 12.
_FORM_JS_COLUMNS: Final = 16
_KINDS: Final[Mapping[str, str]] = {
    "textfield": "input",
    "number": "input",
    "datetime": "input",
    "textarea": "textarea",
    "checkbox": "checkbox",
    "radio": "radio",
    "select": "select",
    "checklist": "checks",
    "taglist": "checks",
}
_INPUT_TYPES: Final[Mapping[str, str]] = {"date": "date", "time": "time", "datetime": "datetime-local"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option of a choice, as it is printed."""

    id: str
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field, ready to be printed."""

    key: str
    #: Begins the ids of all parts of the field.
    base: str
    #: Id of the input; of the first option where there are several. The error summary links here.
    id: str
    #: input, textarea, checkbox, radio, select, checks, or static for what is shown and not entered.
    kind: str
    label: str
    help: str
    error: str
    #: Contents of an input; the printed value of a static field.
    value: str
    choices: tuple[Choice, ...]
    required: bool
    #: A choice that may be left open; one with a default never is.
    may_be_open: bool
    #: Not shown while scripts run; without scripts it is shown, and judged after the submit.
    hidden: bool
    #: Its change may show or hide other fields.
    refreshes: bool
    #: The ``type`` of an input.
    input_type: str
    #: The ``inputmode`` of an input, or "".
    input_mode: str
    #: Bootstrap column class.
    column: str
    #: Ids of help and error, for aria-describedby.
    described_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockView:
    """Something that is only shown: a heading, a paragraph, a line, a gap."""

    #: heading, paragraph, separator or spacer.
    kind: str
    text: str
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """Fields side by side."""

    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A titled part of the form."""

    label: str
    id: str
    items: tuple[RowView | BlockView | GroupView, ...]
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorView:
    """A line of the error summary; ``href`` is "" for an error of the form as a whole."""

    href: str
    text: str


class FormView:
    """A form as it is printed: first with what is known already, later with what was typed and what is wrong."""

    def __init__(
        self,
        schema: Schema,
        *,
        context: Variables,
        now: datetime,
        submission: Submission | None = None,
        values: Variables | None = None,
        lang: str = "zh",
        show_errors: bool = True,
        hints: Mapping[str, str] | None = None,
        prefix: str = "f",
    ) -> None:
        """Prepare a form.

        Args:
            schema: a form-js schema that passed its lint.
            context: variables visible at the task, the case's facts, ``order`` and ``parcel``.
            now: aware.
            submission: what was posted and found; None: the form is shown for the first time.
            values: typed values to show the first time; None: what the form itself prefills.
            lang: "en" gives the English error sentences, anything else the Chinese ones.
            show_errors: False for a preview while somebody is still typing.
            hints: field key → a sentence behind the field's own help.
            prefix: begins every id, for pages with two forms.
        """
        self._context, self._now, self._prefix = context, now, prefix
        self._hints = hints or {}
        self._fields = {field.key: field for field in fields(schema)}
        self._drivers = drivers(tuple(self._fields.values()))
        if submission is None:
            known = prefill(schema, context, now=now) if values is None else values
            entries = {key: to_entry(field, known.get(key)) for key, field in self._fields.items()}
            submission = check(schema, entries, context, now=now)
            show_errors = False
        self._submission = submission
        found = submission.errors_en if lang == "en" else submission.errors
        self._errors = found if show_errors else {}
        self._known = prefill(schema, context, now=now) if submission.readonly else {}
        self._scope = Scope(submission.variables, context, now)
        self.id = f"{prefix}-fields"
        self.items = tuple(self._items(schema, hidden=False))
        #: One line for each error, linked to its field.
        self.errors = tuple(
            ErrorView(href=f"#{self._first_id(key)}" if key != WHOLE_FORM else "", text=text)
            for key, text in self._errors.items()
        )

    def _items(self, parent: Mapping[str, Any], *, hidden: bool) -> Iterator[RowView | BlockView | GroupView]:
        row: list[Mapping[str, Any]] = []
        for component in components_of(parent):
            if row and (component.get("key") not in self._fields or _row_of(component) != _row_of(row[-1])):
                yield self._row(row)
                row = []
            if component.get("key") in self._fields and component.get("type") in _KINDS:
                row.append(component)
                if _row_of(component) is None:
                    yield self._row(row)
                    row = []
            elif component.get("type") == "group":
                yield self._group(component, hidden=hidden)
            else:
                yield from self._blocks(component, hidden=hidden)
        if row:
            yield self._row(row)

    def _row(self, components: list[Mapping[str, Any]]) -> RowView:
        return RowView(
            fields=tuple(
                self._field(self._fields[c["key"]], _column(c, alone=len(components) == 1)) for c in components
            )
        )

    def _group(self, component: Mapping[str, Any], *, hidden: bool) -> GroupView:
        concealed = hidden or self._is_hidden(component)
        return GroupView(
            label=str(component.get("label") or ""),
            id=f"{self._prefix}-group-{component.get('id', '')}",
            items=tuple(self._items(component, hidden=concealed)),
            hidden=concealed,
        )

    def _blocks(self, component: Mapping[str, Any], *, hidden: bool) -> Iterator[BlockView]:
        concealed = hidden or self._is_hidden(component)
        kind = component.get("type")
        if kind in ("separator", "spacer"):
            yield BlockView(kind=kind, text="", hidden=concealed)
        elif kind in ("text", "html"):
            words = str(component.get("text" if kind == "text" else "content") or "")
            for text in _paragraphs(_without_tags(words) if kind == "html" else self._words(words)):
                heading = kind == "text" and text.startswith("#")
                yield BlockView(
                    kind="heading" if heading else "paragraph",
                    text=text.lstrip("#").strip() if heading else text,
                    hidden=concealed,
                )

    def _words(self, text: str) -> str:
        if not text.startswith("="):
            return text
        try:
            value = self._scope.evaluate(text)
        except FeelError:
            return ""
        return value if isinstance(value, str) else ""

    def _is_hidden(self, component: Mapping[str, Any]) -> bool:
        conditional = component.get("conditional")
        text = conditional.get("hide") if isinstance(conditional, Mapping) else None
        return isinstance(text, str) and self._scope.holds(text)

    def _field(self, field: Field, column: str) -> FieldView:
        submission = self._submission
        error = self._errors.get(field.key, "")
        identity = f"{self._prefix}-{field.key}"
        words = " ".join(filter(None, (field.description, self._hints.get(field.key, ""))))
        described = [f"{identity}-help"] if words else []
        described += [f"{identity}-error"] if error else []
        static = field.key in submission.readonly
        typed = submission.raw.get(field.key, "")
        return FieldView(
            key=field.key,
            base=identity,
            id=self._first_id(field.key),
            kind="static" if static else _KINDS[field.type],
            label=field.label,
            help=words,
            error=error,
            value=self._printed(field) if static else typed if isinstance(typed, str) else next(iter(typed), ""),
            choices=() if static else self._choices(field, typed),
            required=field.key in submission.required,
            may_be_open=field.key not in submission.required and not field.properties.get("default"),
            hidden=field.key not in submission.visible,
            refreshes=field.key in self._drivers,
            input_type=_INPUT_TYPES.get(field.subtype, "text"),
            input_mode=_input_mode(field),
            column=column,
            described_by=" ".join(described),
        )

    def _choices(self, field: Field, typed: str | list[str]) -> tuple[Choice, ...]:
        chosen = set(typed if isinstance(typed, list) else [typed])
        options = self._scope.options(field)
        if field.type == "checkbox":
            chosen = {"true"} & {"true" if text in ("on", "true", "1") else "" for text in chosen}
            options = (Option("true", field.label),)
        return tuple(
            Choice(
                id=f"{self._prefix}-{field.key}-{number}",
                value=option.value,
                label=option.label,
                chosen=option.value in chosen,
            )
            for number, option in enumerate(options, start=1)
        )

    def _first_id(self, key: str) -> str:
        several = self._fields[key].type in ("radio", "checklist", "taglist") and key not in self._submission.readonly
        return f"{self._prefix}-{key}-1" if several else f"{self._prefix}-{key}"

    def _printed(self, field: Field) -> str:
        value: Value = self._known.get(field.key, self._context.get(field.key))
        entry = to_entry(field, value)
        labels = {option.value: option.label for option in self._scope.options(field)}
        texts = [labels.get(text, text) for text in (entry if isinstance(entry, list) else [entry])]
        text = "、".join(texts).replace("T", " ") if field.type == "datetime" else "、".join(texts)
        if masking.is_masked(field.key):
            return str(masking.mask(field.key, text))
        return masking.HIDDEN if field.masked and text else text


def _row_of(component: Mapping[str, Any]) -> str | None:
    layout = component.get("layout")
    row = layout.get("row") if isinstance(layout, Mapping) else None
    return row if isinstance(row, str) else None


def _column(component: Mapping[str, Any], *, alone: bool) -> str:
    if alone:
        return "col-12"
    layout = component.get("layout")
    columns = layout.get("columns") if isinstance(layout, Mapping) else None
    if isinstance(columns, int) and 1 <= columns <= _FORM_JS_COLUMNS:
        return f"col-12 col-md-{max(2, round(columns * 12 / _FORM_JS_COLUMNS))}"
    return "col-12 col-md"


def _input_mode(field: Field) -> str:
    if field.type == "number":
        return "numeric" if field.decimal_digits == 0 else "decimal"
    return {"phone": "tel", "email": "email"}.get(str(field.validate.get("validationType")), "")


def _paragraphs(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line]


class _Words(HTMLParser):
    """Collects the words of a piece of HTML; what a script or a style sheet says is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a new line."""
        self._skipping += tag in ("script", "style")
        self.words.append("\n" if tag in ("p", "br", "div", "li", "h1", "h2", "h3", "tr") else "")

    def handle_endtag(self, tag: str) -> None:
        """Words count again after a script."""
        self._skipping = max(0, self._skipping - (tag in ("script", "style")))

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        if not self._skipping:
            self.words.append(data)


def _without_tags(html: str) -> str:
    parser = _Words()
    parser.feed(html)
    parser.close()
    return "".join(parser.words)
