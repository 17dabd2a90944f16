"""Judges what of a form is kept while its task goes on: some fields, and whoever has not finished may leave gaps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from engine.formcheck.check import Raw, Submission, Taken, check, prefill
from engine.formcheck.messages import WHOLE_FORM
from engine.formcheck.reading import Files, no_files
from engine.formcheck.schema import Schema, fields
from engine.model import Value, Variables

#: What makes a field needed: in its ``validate`` and its properties; ``min`` counts rows and files.
_NEEDED: Final[Mapping[str, Collection[str]]] = {"validate": {"required"}, "properties": {"required_when", "min"}}
#: What a field holds in which nothing was entered.
_EMPTY: Final[tuple[Value, ...]] = (None, [])


def check_progress(
    schema: Schema,
    raw: Raw,
    context: Variables,
    names: Collection[str],
    *,
    now: datetime,
    shown: Variables,
    taken: Taken | None = None,
    files: Files = no_files,
) -> Submission:
    """Judge the fields of a form that are to be kept now; the other parameters are those of ``check``.

    Args:
        names: keys of the fields that may be kept.
        shown: what the page showed in them when it was opened. A field that was empty and still is sets nothing, nor
            does one that says what the case says already.

    What is wrong with the other fields does not matter yet, and no field is required.
    """
    found = check(_relaxed(schema), raw, context, now=now, taken=taken, files=files)
    kept = {
        key: value
        for key, value in found.variables.items()
        if key in names and (value not in _EMPTY or shown.get(key) not in _EMPTY) and value != context.get(key)
    }
    asked = {*names, WHOLE_FORM}
    return replace(
        found,
        required=check(schema, raw, context, now=now, files=files).required,  # as the page goes on to say
        variables=kept,
        errors={key: text for key, text in found.errors.items() if _base(key) in asked},
        errors_en={key: text for key, text in found.errors_en.items() if _base(key) in asked},
    )


def known_progress(
    schema: Schema, context: Variables, names: Collection[str], *, now: datetime, saved: bool
) -> dict[str, Value]:
    """What the form shows before anybody typed: what it prefills; once progress was saved, that over it.

    Args:
        schema: of the task's form.
        context: variables visible at the task, the case's facts, ``order`` and ``parcel``.
        names: keys of the fields that may be kept.
        now: aware.
        saved: whether progress of this very task was saved.
    """
    known = prefill(schema, context, now=now)
    if saved:
        known |= {field.key: context.get(field.key) for field in fields(schema) if field.key in names}
    return {key: value for key, value in known.items() if value is not None}


def _base(key: str) -> str:
    """Key of the field that an error belongs to: that of ``items.2.name`` is the list's."""
    return key.split(".")[0]


def _relaxed(part: Mapping[str, Any]) -> dict[str, Any]:
    """A schema, or a component of one, that requires nothing."""
    made = dict(part)
    for name, left_out in _NEEDED.items():
        given = part.get(name)
        if isinstance(given, Mapping):
            made[name] = {key: value for key, value in given.items() if key not in left_out}
    inner = part.get("components")
    if isinstance(inner, list):
        made["components"] = [_relaxed(one) if isinstance(one, Mapping) else one for one in inner]
    return made
