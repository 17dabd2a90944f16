"""What agents will see of a form that is being written: rendered and judged as at the desk, with sample values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from engine import formcheck, studio
from engine.errors import FeelError
from engine.formcheck import Field, Schema, Submission, texts
from engine.formcheck.reading import from_post
from engine.formcheck.schema import hide_text
from engine.formcheck.scope import Scope, compiled
from engine.labels import Labels, labels_of
from engine.model import CASE_FACTS, Finding, Value
from engine.queries.task import task_facts
from web.form_rows import edited
from web.forms import FormView
from web.i18n import english, gettext
from web.identity import actor, needs, sees_studio
from web.posted import sent_object
from web.preferences import language
from web.studio.blueprint import bp
from web.studio.drafts import draft_of
from web.studio.form_around import all_components, forms_in, read_form
from web.wiring import parts

_MOST_TYPED: Final = 2000
_MOST_NAMES: Final = 200
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,8})?")
_WORDS: Final = {"true": True, "是": True, "false": False, "否": False}
_FORMULAS: Final = ("required_when", "check", "check_message", "check_message_en", "default")
_BOUNDS: Final = ("min", "max", "minLength", "maxLength")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a preview is asked for."""

    content: bytes
    #: Variables of the case as they were typed.
    names: dict[str, str]
    #: What stands in the form; None: it is opened.
    typed: dict[str, str | list[str]] | None
    submit: bool
    #: Which button of a list was pressed.
    rows: str


@bp.post("/studio/changes/<int:key>/preview/<path:id>")
@needs(sees_studio)
def preview_form(key: int, id: str) -> ResponseReturnValue:  # noqa: A002  # the word of the address
    """The form as it stands in the editor, drawn for the desk: ``{"html", "message", "bad", "names"}``."""
    draft_of(key, "form", id)
    asked = _asked()
    read = read_form(asked.content)
    if read.schema is None:
        return {"html": "", "message": _cannot(read.problem), "bad": True, "names": []}
    schema = read.schema
    with parts().db.read() as connection:
        forms = forms_in(studio.files_around(connection, key))
    process_id = id.rpartition(".")[0]
    labels = labels_of(
        {name: form for name, form in forms.items() if name.startswith(f"{process_id}.")} | {id: schema},
        f"{process_id}.start",
    )
    words = labels_of(forms).names  # of what other processes ask for
    answer = _drawn(schema, asked, forms, labels)
    answer["names"] = [
        {"name": name, "label": labels.names.get(name) or words.get(name) or labels.name(name)}
        for name in answer["names"]
    ]
    return answer


def _drawn(schema: Schema, asked: _Asked, forms: Mapping[str, Schema], labels: Labels) -> dict[str, Any]:
    now, person = parts().clock.now(), actor()
    context = {**parts().queries.shop_context({}, schema), **_context(asked.names, forms, now)}
    submission, focus = _judged(schema, asked, context, now)
    view = FormView(
        schema,
        submission=submission,
        context=context,
        now=now,
        lang=language(),
        show_errors=asked.submit,
        labels=labels,
        focus=focus,
        scripts=True,
        reveals=lambda _: True,  # samples are nobody's data
    )
    found = submission if asked.submit else None
    html = render_template(
        "studio/form_preview.html",
        view=view,
        facts=task_facts(person, labels, schema, context, own_task=True),
        written=() if found is None or found.errors else _written(schema, found),
        labels=labels,
        address=request.path,
    )
    read = sorted(names_read(schema))[:_MOST_NAMES]
    return {
        "html": html,
        "message": _result(found),
        "bad": bool(found and found.errors),
        "names": read,
    }


def _judged(
    schema: Schema, asked: _Asked, context: Mapping[str, Value], now: datetime
) -> tuple[Submission | None, str]:
    """What the form holds as far as it is filled in; None when it is opened."""
    if asked.typed is None and not asked.submit:
        return None, ""
    known = {field.key for field in formcheck.fields(schema)}
    sent = {name: text for name, text in (asked.typed or {}).items() if name.partition(".")[0] in known}
    raw, focus = edited(schema, sent, asked.rows)
    return formcheck.check(schema, raw, context, now=now), focus


def _written(schema: Schema, found: Submission) -> list[tuple[Field, Value]]:
    """What the submission would set, field by field."""
    fields = (field for field in formcheck.fields(schema) if field.key in found.variables)
    return [(field, found.variables[field.key]) for field in fields]


# --- what came in --------------------------------------------------------------------------------


def _asked() -> _Asked:
    sent = sent_object()
    content, names, typed, rows = (sent.get(name) for name in ("content", "names", "typed", "rows"))
    return _Asked(
        content=(content if isinstance(content, str) else "").encode(errors="replace"),
        names={str(n): t for n, t in names.items() if isinstance(t, str)} if isinstance(names, dict) else {},
        typed=_entries(typed) if isinstance(typed, list) else None,
        submit=sent.get("submit") is True,
        rows=rows if isinstance(rows, str) else "",
    )


def _entries(typed: list[Any]) -> dict[str, str | list[str]]:
    """Pairs of name and text as a form posts them."""
    found: dict[str, list[str]] = {}
    for pair in typed[:_MOST_TYPED]:
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair):
            found.setdefault(pair[0], []).append(pair[1])
    return {name: given[0] if len(given) == 1 else given for name, given in found.items()}


def _context(names: Mapping[str, str], forms: Mapping[str, Schema], now: datetime) -> dict[str, Value]:
    """The case's variables, from what was typed for them; a name that a form asks for is read as its field reads it."""
    fields: dict[str, Field] = {}
    for schema in forms.values():
        for field in formcheck.fields(schema):
            fields.setdefault(field.key, field)
    facts: dict[str, Value] = dict.fromkeys(CASE_FACTS)
    facts |= {"case_id": "2026-0001", "opened_at": now, "priority": "normal"}
    empty: dict[str, Value] = {"order": None, "parcel": None, "case": dict(facts)}
    given = {name: _value(text.strip(), fields.get(name), now) for name, text in names.items() if text.strip()}
    return {**facts, **empty, **given}


def _value(text: str, field: Field | None, now: datetime) -> Value:
    if text.startswith("="):
        try:
            return Scope({}, {}, now).evaluate(text)
        except FeelError:
            return None
    if field is not None and not field.is_rows and not field.is_computed:
        if field.is_boolean and text in _WORDS:
            return _WORDS[text]
        entry = from_post(field, text, field.options)
        return text if entry.problem else entry.value
    if text in _WORDS:
        return _WORDS[text]
    return Decimal(text) if _NUMBER.fullmatch(text) else text


# --- what the form reads -------------------------------------------------------------------------


def names_read(schema: Schema) -> frozenset[str]:
    """Names that the form reads from the case: what it prefills, and what is no field of its own."""
    known = {field.key for field in formcheck.fields(schema)}
    read: set[str] = set()
    before: set[str] = set()
    for component in all_components(schema):
        if component.get("type") in ("text", "html"):
            read |= texts.read(str(component.get("text") or component.get("content") or "")).names
        read |= _names(hide_text(component), component.get("readonly"))
        properties, validate = component.get("properties"), component.get("validate")
        if isinstance(properties, Mapping):
            read |= _names(*(properties.get(name) for name in _FORMULAS))
            before |= _names(properties.get("prefill"))
        if isinstance(validate, Mapping):
            read |= _names(*(validate.get(name) for name in _BOUNDS))
        read |= _names(component.get("valuesExpression"), component.get("expression"))
        if isinstance(component.get("valuesKey"), str):
            read |= _names(f"={component['valuesKey']}")
    return frozenset((read - known - _inner(schema)) | before) - {"this"} - {*CASE_FACTS, "case", "people"}


def _inner(schema: Schema) -> set[str]:
    """Keys of the fields of rows."""
    return {column.key for field in formcheck.fields(schema) for column in field.columns}


def _names(*formulas: object) -> frozenset[str]:
    found: set[str] = set()
    for text in formulas:
        if isinstance(text, str) and text.startswith("="):
            try:
                found |= compiled(text).names
            except FeelError:
                continue
    return frozenset(found)


# --- what is said --------------------------------------------------------------------------------


def _cannot(problem: Finding | None) -> str:
    why = "" if problem is None else problem.en if english() else problem.zh
    return gettext("表单有错误,改好以后才能预览:%(why)s", why=why)


def _result(found: Submission | None) -> str:
    if found is None:
        return ""
    if found.errors:
        return gettext("提交会被退回:%(count)s 处要改。", count=len(found.errors))
    return gettext("可以提交。")
