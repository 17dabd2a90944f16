"""Judges a submission: what was posted against the form, field by field, without ever failing on what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from engine.formcheck import rows
from engine.formcheck.judge import Circumstances, Received, Submission, Taken, first_value, judge
from engine.formcheck.reading import Files, from_post, from_value, no_files, to_entry
from engine.formcheck.schema import Field, Schema, fields
from engine.formcheck.scope import Scope, visible_keys
from engine.model import Value, Variables

__all__ = ["Raw", "Submission", "Taken", "check", "check_values", "defaults", "prefill", "to_entries", "visible"]
Raw: TypeAlias = Mapping[str, str | list[str]]


def check(
    schema: Schema,
    raw: Raw,
    context: Variables,
    *,
    now: datetime,
    taken: Taken | None = None,
    files: Files = no_files,
) -> Submission:
    """Judge what an HTML form posted.

    Args:
        schema: a form-js schema that ``check_schema`` found in order.
        raw: field key → text, or list of texts where the browser posted several. Nothing but fields of the form:
            the page takes its own (token, submission key) out before.
        context: variables visible at the task, the case's facts, ``order`` and ``parcel``.
        now: aware; ``now()`` and ``today()`` of the form's expressions.
        taken: asked for fields that must be unique; None skips them.
        files: asked for each file of a filepicker, by its id; what it does not give is refused.

    Hidden, disabled and read-only fields are dropped whatever was posted for them. Never raises on what was typed.
    """
    known = fields(schema)
    shown = Scope({}, context, now)
    rest, posted = rows.take_apart(known, raw)
    lists = {f.key: rows.rows_from_post(f, posted[f.key], shown, files) for f in known if f.is_rows}
    entries = {f.key: from_post(f, rest.get(f.key), shown.options(f), files) for f in known if f.key not in lists}
    echo = {key: list(text) if isinstance(text, list) else text for key, text in rest.items() if key in entries}
    unknown = tuple(str(key) for key in rest if key not in entries)
    echo |= rows.put_together(posted)
    received = Received(known=known, entries=entries, lists=lists, unknown=unknown)
    return judge(received, Circumstances(context=context, now=now, taken=taken, strict=False), echo)


def check_values(
    schema: Schema,
    values: Variables,
    context: Variables,
    *,
    now: datetime,
    taken: Taken | None = None,
    files: Files = no_files,
) -> Submission:
    """Judge typed values: a scenario's, an API's, a message's. Parameters as in ``check``.

    Numbers are Decimal or int, booleans bool, lists of texts lists; dates and times may be ISO 8601 texts (without an
    offset they are Shanghai's), files are contexts or ids. A value for a hidden, disabled or read-only field is an
    error here.
    """
    known = fields(schema)
    shown = Scope({}, context, now)
    lists = {f.key: rows.rows_from_value(f, values.get(f.key), shown, files) for f in known if f.is_rows}
    entries = {f.key: from_value(f, values.get(f.key), shown.options(f), files) for f in known if f.key not in lists}
    echo = to_entries(tuple(field for field in known if field.key in values), values)
    unknown = tuple(str(key) for key in values if key not in entries and key not in lists)
    received = Received(known=known, entries=entries, lists=lists, unknown=unknown)
    return judge(received, Circumstances(context=context, now=now, taken=taken, strict=True), echo)


def to_entries(known: tuple[Field, ...], values: Variables) -> dict[str, str | list[str]]:
    """What a person would have typed for these values, by the names under which a page posts it."""
    single = {field.key: to_entry(field, values.get(field.key)) for field in known if not field.is_rows}
    return single | rows.put_together({f.key: rows.rows_to_post(f, values.get(f.key)) for f in known if f.is_rows})


def prefill(schema: Schema, context: Variables, *, now: datetime) -> dict[str, Value]:
    """What the form shows before anybody typed: ``prefill``, else ``default``; only values that fit their field."""
    scope = Scope({}, context, now)
    found = ((field.key, first_value(field, ("prefill", "default"), scope)) for field in fields(schema))
    return {key: value for key, value in found if value is not None}


def defaults(schema: Schema, context: Variables, *, now: datetime) -> dict[str, Value]:
    """The values of the fields that have a ``default``."""
    scope = Scope({}, context, now)
    found = ((field.key, first_value(field, ("default",), scope)) for field in fields(schema))
    return {key: value for key, value in found if value is not None}


def visible(schema: Schema, values: Variables, context: Variables, *, now: datetime) -> frozenset[str]:
    """Keys of the fields that are not hidden while the form holds these values."""
    known = fields(schema)
    return visible_keys(known, {field.key: values.get(field.key) for field in known}, context, now)
