"""The view model of a form: everything that the templates print, so that they decide nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from engine import masking
from engine.formcheck import (
    WHOLE_FORM,
    Field,
    Files,
    Option,
    Schema,
    Submission,
    check,
    fields,
    no_files,
    prefill,
    to_entries,
    to_entry,
)
from engine.formcheck.rows import row_name
from engine.formcheck.schema import LIST_OF_ROWS, components_of
from engine.formcheck.scope import Scope, drivers
from engine.labels import Labels
from engine.model import Value, Variables
from web.form_files import files_view
from web.form_rows import SPARE_ROWS, count_rows
from web.form_texts import Reveals, Texts, nothing
from web.form_views import (
    BlockView,
    Choice,
    ErrorView,
    FieldView,
    GroupView,
    ListRowView,
    ListView,
    RowView,
    TextView,
)

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
    "filepicker": "files",
}
#: Kinds of what is shown and not entered, where it is no text.
_STATIC: Final[Mapping[str, str]] = {"filepicker": "static_files"}
_INPUT_TYPES: Final[Mapping[str, str]] = {"date": "date", "time": "time", "datetime": "datetime-local"}


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
        labels: Labels | None = None,
        focus: str = "",
        files: Files = no_files,
        scripts: bool = False,
        reveals: Reveals = nothing,
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
            labels: what the forms of the process call values, for the texts; None: this form's own options.
            focus: name of the field, or key of the list, at which the keyboard goes on.
            files: gives the files that the person may send with the form.
            scripts: a script asked for the form; what is for who has none is left out then, as a part of a page would
                make it real.
            reveals: says of a name whether the reader sees personal data in texts as they are.
        """
        self._context, self._now, self._prefix = context, now, prefix
        self._hints = hints or {}
        self._focus, self._scripts = focus, scripts
        self._files = files
        self._fields = {field.key: field for field in fields(schema)}
        self._drivers = drivers(tuple(self._fields.values()))
        if submission is None:
            known = prefill(schema, context, now=now) if values is None else values
            entries = to_entries(tuple(self._fields.values()), known)
            submission = check(schema, entries, context, now=now, files=files)
            show_errors = False
        self._submission = submission
        #: What the form holds as it is shown, and what is wrong with that.
        self.submission = submission
        found = submission.errors_en if lang == "en" else submission.errors
        self._errors = found if show_errors else {}
        self._known = prefill(schema, context, now=now) if submission.readonly else {}
        self._scope = Scope(submission.variables, context, now)
        self._texts = Texts(
            self._fields, submission, context, now, prefix=prefix, labels=labels, printed=self._known, reveals=reveals
        )
        self.id = f"{prefix}-fields"
        self.items = tuple(self._items(schema, hidden=False))
        #: Ids of the texts that are shown anew while somebody types.
        self.live = tuple(self._texts.live)
        #: One line for each error, linked to its field.
        self.errors = tuple(
            ErrorView(href=f"#{self._error_id(key)}" if key != WHOLE_FORM else "", text=text)
            for key, text in self._errors.items()
        )

    @property
    def has_files(self) -> bool:
        """Whether files may come with the form."""
        return any(field.is_files for field in self._fields.values())

    def _items(
        self, parent: Mapping[str, Any], *, hidden: bool
    ) -> Iterator[RowView | BlockView | TextView | ListView | GroupView]:
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
            elif component.get("type") == LIST_OF_ROWS:
                yield self._list(self._fields[component["path"]])
            else:
                yield from self._texts.blocks(component, concealed=hidden, hidden=self._texts.hides(component))
        if row:
            yield self._row(row)

    def _row(self, components: list[Mapping[str, Any]]) -> RowView:
        return RowView(
            fields=tuple(
                self._field(self._fields[c["key"]], _column(c, alone=len(components) == 1)) for c in components
            )
        )

    def _group(self, component: Mapping[str, Any], *, hidden: bool) -> GroupView:
        concealed = hidden or self._texts.hides(component)
        return GroupView(
            label=str(component.get("label") or ""),
            id=f"{self._prefix}-group-{component.get('id', '')}",
            items=tuple(self._items(component, hidden=concealed)),
            hidden=concealed,
        )

    def _list(self, field: Field) -> ListView:
        submission, identity = self._submission, f"{self._prefix}-{field.key}"
        sent = count_rows(submission.raw, field, filled=bool(self._errors))
        shown = min(max(sent, field.least_rows, field.repetitions if not sent else 0), field.most_rows)
        spare = min(SPARE_ROWS, field.most_rows - shown) if field.grows and not self._scripts else 0
        error = self._errors.get(field.key, "")
        return ListView(
            key=field.key,
            id=identity,
            label=field.label,
            help=field.description,
            error=error,
            required=field.key in submission.required,
            hidden=field.key not in submission.visible,
            rows=tuple(self._list_row(field, number, sent) for number in range(shown)),
            spare=tuple(self._list_row(field, number, sent) for number in range(shown, shown + spare)),
            add=f"add:{field.key}" if field.grows and shown < field.most_rows else "",
            focus_add=self._focus == field.key,
            described_by=" ".join([f"{identity}-help"] * bool(field.description) + [f"{identity}-error"] * bool(error)),
        )

    def _list_row(self, field: Field, number: int, sent: int) -> ListRowView:
        drivers_ = drivers(field.columns)
        views = (self._field(c, "col-12 col-md", row_name(field.key, number, c.key)) for c in field.columns)
        return ListRowView(
            number=number + 1,
            fields=tuple(
                replace(
                    view,
                    hidden=view.hidden and (number < sent or bool(column.conditional)),
                    required=view.required or (number >= sent and column.required),
                    refreshes=column.key in drivers_ or field.key in self._drivers,
                )
                for column, view in zip(field.columns, views, strict=True)
            ),
            remove=f"remove:{field.key}:{number}" if field.grows else "",
        )

    def _field(self, field: Field, column: str, name: str = "") -> FieldView:
        if name:
            field = replace(field, key=name)
        submission = self._submission
        error = self._errors.get(field.key, "")
        identity = f"{self._prefix}-{field.key.replace('.', '-')}"
        words = " ".join(filter(None, (field.description, self._hints.get(field.key, ""))))
        described = [f"{identity}-help"] if words else []
        described += [f"{identity}-files"] if field.is_files else []
        described += [f"{identity}-error"] if error else []
        static = field.key in submission.readonly
        typed = submission.raw.get(field.key, "")
        return FieldView(
            key=field.key,
            base=identity,
            id=self._first_id(field),
            kind=_STATIC.get(field.type, "static") if static else _KINDS[field.type],
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
            focused=bool(self._focus) and field.key == self._focus,
            files=files_view(field, typed, self._value(field) or [] if static else None, self._files),
        )

    def _choices(self, field: Field, typed: str | list[str]) -> tuple[Choice, ...]:
        chosen = set(typed if isinstance(typed, list) else [typed])
        options = self._scope.options(field)
        if field.type == "checkbox":
            chosen = {"true"} & {"true" if text in ("on", "true", "1") else "" for text in chosen}
            options = (Option("true", field.label),)
        return tuple(
            Choice(
                id=f"{self._prefix}-{field.key.replace('.', '-')}-{number}",
                value=option.value,
                label=option.label,
                chosen=option.value in chosen,
            )
            for number, option in enumerate(options, start=1)
        )

    def _first_id(self, field: Field) -> str:
        """Where an error leads: the first choice of several, the field itself where there is nothing to choose."""
        several = field.type in ("radio", "checklist", "taglist") and field.key not in self._submission.readonly
        several = several and bool(self._scope.options(field))
        identity = f"{self._prefix}-{field.key.replace('.', '-')}"
        return f"{identity}-1" if several else identity

    def _error_id(self, key: str) -> str:
        path, _, rest = key.partition(".")
        field = self._fields[path]
        if not rest:
            return self._first_id(field)
        column = next(column for column in field.columns if column.key == rest.partition(".")[2])
        return self._first_id(replace(column, key=key))

    def _value(self, field: Field) -> Value:
        """The value of a field that is shown and not entered."""
        return self._known.get(field.key, self._context.get(field.key))

    def _printed(self, field: Field) -> str:
        value = self._value(field)
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
