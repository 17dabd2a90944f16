"""Judges a submission: what was posted against the form, field by field, without ever failing on what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from engine.errors import FeelError
from engine.formcheck import messages
from engine.formcheck.messages import WHOLE_FORM, Problem
from engine.formcheck.reading import Entry, from_post, from_value, to_entry
from engine.formcheck.rules import check_rule, check_value, is_required
from engine.formcheck.schema import Field, Schema, fields
from engine.formcheck.scope import Scope, visible_keys
from engine.model import Value, Variables

Raw: TypeAlias = Mapping[str, str | list[str]]
#: Says whether a value is in use in a named set, e.g. ("waybills", "YT1").
Taken: TypeAlias = Callable[[str, Value], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A form as it was filled in: what it sets, what is wrong with it, and what was typed."""

    #: Values of the fields that may be entered and are in order; null for those left empty. Set these only when
    #: there are no errors.
    variables: dict[str, Value]
    #: Chinese sentences by field key, in the order of the form; "" is the form as a whole.
    errors: dict[str, str]
    #: The same in English.
    errors_en: dict[str, str]
    #: What was typed, to be shown again.
    raw: dict[str, str | list[str]]
    #: Keys of the fields that are not hidden.
    visible: frozenset[str]
    #: Keys of the visible fields that have to be filled in.
    required: frozenset[str]
    #: Keys of the visible fields that are shown and not entered.
    readonly: frozenset[str]


def check(schema: Schema, raw: Raw, context: Variables, *, now: datetime, taken: Taken | None = None) -> Submission:
    """Judge what an HTML form posted.

    Args:
        schema: a form-js schema that ``check_schema`` found in order.
        raw: field key → text, or list of texts where the browser posted several. Nothing but fields of the form:
            the page takes its own (token, submission key) out before.
        context: variables visible at the task, the case's facts, ``order`` and ``parcel``.
        now: aware; ``now()`` and ``today()`` of the form's expressions.
        taken: asked for fields that must be unique; None skips them.

    Hidden, disabled and read-only fields are dropped whatever was posted for them. Never raises on what was typed.
    """
    known = fields(schema)
    shown = Scope({}, context, now)
    entries = {field.key: from_post(field, raw.get(field.key), shown.options(field)) for field in known}
    echo = {key: list(text) if isinstance(text, list) else text for key, text in raw.items() if key in entries}
    unknown = [str(key) for key in raw if key not in entries]
    return _judge(known, entries, unknown, echo, context=context, now=now, taken=taken, strict=False)


def check_values(
    schema: Schema, values: Variables, context: Variables, *, now: datetime, taken: Taken | None = None
) -> Submission:
    """Judge typed values: a scenario's, an API's, a message's. Parameters as in ``check``.

    Numbers are Decimal or int, booleans bool, lists of texts lists; dates and times may be ISO 8601 texts (without an
    offset they are Shanghai's). A value for a hidden, disabled or read-only field is an error here.
    """
    known = fields(schema)
    shown = Scope({}, context, now)
    entries = {field.key: from_value(field, values.get(field.key), shown.options(field)) for field in known}
    echo = {field.key: to_entry(field, values[field.key]) for field in known if field.key in values}
    unknown = [str(key) for key in values if key not in entries]
    return _judge(known, entries, unknown, echo, context=context, now=now, taken=taken, strict=True)


def prefill(schema: Schema, context: Variables, *, now: datetime) -> dict[str, Value]:
    """What the form shows before anybody typed: ``prefill``, else ``default``; only values that fit their field."""
    scope = Scope({}, context, now)
    found = ((field.key, _first(field, ("prefill", "default"), scope)) for field in fields(schema))
    return {key: value for key, value in found if value is not None}


def defaults(schema: Schema, context: Variables, *, now: datetime) -> dict[str, Value]:
    """The values of the fields that have a ``default``."""
    scope = Scope({}, context, now)
    found = ((field.key, _first(field, ("default",), scope)) for field in fields(schema))
    return {key: value for key, value in found if value is not None}


def visible(schema: Schema, values: Variables, context: Variables, *, now: datetime) -> frozenset[str]:
    """Keys of the fields that are not hidden while the form holds these values."""
    known = fields(schema)
    return visible_keys(known, {field.key: values.get(field.key) for field in known}, context, now)


def _first(field: Field, names: tuple[str, ...], scope: Scope) -> Value:
    """The first of these properties that gives a value of the field's type; a text without "=" is what one types."""
    for name in names:
        text = field.properties.get(name)
        if not text:
            continue
        if not text.startswith("="):
            entry = from_post(field, text, scope.options(field))
        else:
            try:
                entry = from_value(field, scope.evaluate(text), scope.options(field))
            except FeelError:
                continue
        if entry.problem is None and entry.value is not None:
            return entry.value
    return None


def _judge(
    known: tuple[Field, ...],
    entries: Mapping[str, Entry],
    unknown: list[str],
    echo: dict[str, str | list[str]],
    *,
    context: Variables,
    now: datetime,
    taken: Taken | None,
    strict: bool,
) -> Submission:
    outer = Scope({}, context, now)
    values = {field.key: _with_default(field, entries[field.key], outer) for field in known}
    entered = Scope(values, context, now)
    readonly = frozenset(field.key for field in known if entered.readonly(field))
    values |= {field.key: _printed(field, outer) for field in known if field.key in readonly}
    seen = visible_keys(known, values, context, now)
    scope = Scope({key: value if key in seen else None for key, value in values.items()}, context, now)
    problems: dict[str, Problem] = {WHOLE_FORM: messages.unknown_fields(unknown)} if unknown else {}
    variables: dict[str, Value] = {}
    required = set()
    for field in known:
        entry = entries[field.key]
        if field.key not in seen or field.key in readonly:
            _leave_out(field, entry, outer, variables, problems, strict=strict)
            continue
        needed, problem = _judge_field(field, entry, values[field.key], scope, now, taken)
        if needed:
            required.add(field.key)
        if problem:
            problems[field.key] = problem
        else:
            variables[field.key] = values[field.key]
    return Submission(
        variables=variables,
        errors={key: problem.zh for key, problem in problems.items()},
        errors_en={key: problem.en for key, problem in problems.items()},
        raw=echo,
        visible=seen,
        required=frozenset(required),
        readonly=readonly & seen,
    )


def _with_default(field: Field, entry: Entry, outer: Scope) -> Value:
    if entry.problem is None and entry.value in (None, []):
        default = _first(field, ("default",), outer)
        if default is not None:
            return default
        return False if field.type == "checkbox" else entry.value
    return entry.value


def _printed(field: Field, outer: Scope) -> Value:
    """The value of a field that is shown and not entered."""
    shown = _first(field, ("prefill",), outer)
    return outer.lookup(field.key) if shown is None else shown


def _leave_out(
    field: Field,
    entry: Entry,
    outer: Scope,
    variables: dict[str, Value],
    problems: dict[str, Problem],
    *,
    strict: bool,
) -> None:
    """Treat a field that may not be entered.

    A program is told, a browser's value is dropped, and the default is set where the case knows nothing yet.
    """
    if strict and (entry.problem or entry.value not in (None, [])):
        problems[field.key] = messages.not_enabled(field.label)
        return
    if outer.lookup(field.key) is None:
        default = _first(field, ("default",), outer)
        if default is not None:
            variables[field.key] = default


def _judge_field(
    field: Field, entry: Entry, value: Value, scope: Scope, now: datetime, taken: Taken | None
) -> tuple[bool, Problem | None]:
    """Whether the field is required now, and what is wrong with it."""
    try:
        needed = is_required(field, scope)
    except FeelError:
        return False, entry.problem or messages.not_computable(field.label)
    if scope.is_broken(field):
        return needed, messages.not_computable(field.label)
    if entry.problem:
        return needed, entry.problem
    if field.type == "checkbox":
        if needed and value is not True:
            return needed, messages.not_ticked(field.label)
    elif value is None or value == []:
        choose = bool(field.options or field.options_source)
        return needed, messages.missing(field.label, choose=choose) if needed else None
    problem = check_value(field, value, scope, now) or check_rule(field, scope)
    unique = field.properties.get("unique")
    if problem is None and unique and taken is not None and taken(unique, value):
        problem = messages.already_taken(field.label)
    return needed, problem
