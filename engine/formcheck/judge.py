"""Judges what came in for a form: field by field, its rows each as a small form of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from engine import canonical
from engine.errors import FeelError, InvalidValue
from engine.formcheck import messages, rows
from engine.formcheck.messages import WHOLE_FORM, Problem
from engine.formcheck.reading import Entry, from_post, from_value, known_files
from engine.formcheck.rules import check_rule, check_value, is_required
from engine.formcheck.schema import Field
from engine.formcheck.scope import Scope, visible_keys
from engine.model import Value, Variables

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came in, read but not judged."""

    known: tuple[Field, ...]
    #: By key of the fields that are no lists of rows.
    entries: Mapping[str, Entry]
    lists: Mapping[str, rows.Rows]
    #: Names that no field has.
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a form is judged by besides its fields; see ``check``."""

    context: Variables
    now: datetime
    taken: Taken | None
    #: A program is told of what a page's is dropped silently.
    strict: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """The values with which the rules are asked."""

    entries: Mapping[str, Entry]
    #: As entered; defaults, printed and computed values among them.
    values: Mapping[str, Value]
    #: The same, null where a field is hidden.
    settled: Mapping[str, Value]
    seen: frozenset[str]
    readonly: frozenset[str]
    rows: Mapping[str, rows.JudgedRows]


def judge(received: Received, around: Circumstances, echo: dict[str, str | list[str]]) -> Submission:
    """The submission; ``echo`` is what was typed."""
    known, outer = received.known, Scope({}, around.context, around.now)
    form = _settle(received, around)
    scope = Scope(form.settled, around.context, around.now)
    lists = [field for field in known if field.is_rows]
    unknown = [*received.unknown, *(n for f in lists for n in rows.unknown_names(f, received.lists[f.key]))]
    problems: dict[str, Problem] = {WHOLE_FORM: messages.unknown_fields(unknown)} if unknown else {}
    variables: dict[str, Value] = {}
    required = {name for found in form.rows.values() for name in found.required}
    for field in known:
        entry = form.entries[field.key]
        if field.key not in form.seen or field.key in form.readonly:
            _leave_out(field, entry, outer, variables, problems, strict=around.strict)
            if field.is_computed and field.key in form.seen and field.key not in problems:
                variables[field.key] = form.settled[field.key]
            continue
        if field.is_rows:
            problems |= form.rows[field.key].problems
            needed, problem = _judge_list(field, entry, form.rows[field.key], scope)
        else:
            needed, problem = _judge_field(field, entry, form.values[field.key], scope, around.now, around.taken)
        required |= {field.key} if needed else set()
        if problem:
            problems[field.key] = problem
        else:
            variables[field.key] = form.settled[field.key]
    return Submission(
        variables=variables,
        errors={key: problem.zh for key, problem in problems.items()},
        errors_en={key: problem.en for key, problem in problems.items()},
        raw=echo,
        visible=form.seen.union(*(found.visible for found in form.rows.values())),
        required=frozenset(required),
        readonly=form.readonly & form.seen,
    )


def _settle(received: Received, around: Circumstances) -> _Settled:
    known, context, now = received.known, around.context, around.now
    outer = Scope({}, context, now)
    entries = {f.key: received.lists[f.key].entry if f.is_rows else received.entries[f.key] for f in known}
    values = {field.key: _with_default(field, entries[field.key], outer) for field in known}
    entered = Scope(values, context, now)
    readonly = frozenset(field.key for field in known if field.is_computed or entered.readonly(field))
    values |= {field.key: _printed(field, outer) for field in known if field.key in readonly}
    values |= _computed(known, values, context, now)
    seen = visible_keys(known, values, context, now)
    settled = {key: value if key in seen else None for key, value in values.items()}
    inside = replace(around, context={**context, **settled}, taken=None)

    def judge_row(columns: tuple[Field, ...], row: rows.Row) -> rows.Judged:
        return _judge_row(columns, row, inside)

    judged = {f.key: rows.judge_rows(f, received.lists[f.key], judge_row) for f in known if f.is_rows and f.key in seen}
    settled |= {key: found.value for key, found in judged.items()}
    settled |= {key: value for key, value in _computed(known, settled, context, now).items() if key in seen}
    return _Settled(entries=entries, values=values, settled=settled, seen=seen, readonly=readonly, rows=judged)


def _judge_row(columns: tuple[Field, ...], row: rows.Row, around: Circumstances) -> rows.Judged:
    found = judge(Received(known=columns, entries=row.entries, lists={}), around, {})
    return rows.Judged(
        values=found.variables,
        problems={key: Problem(zh, found.errors_en[key]) for key, zh in found.errors.items()},
        visible=found.visible,
        required=found.required,
    )


def first_value(field: Field, names: tuple[str, ...], scope: Scope) -> Value:
    """The first of these properties that gives a value of the field's type; a text without "=" is what one types."""
    for name in names:
        text = field.properties.get(name)
        if not text:
            continue
        if field.is_rows:
            entry = _rows_first(field, text, scope)
        elif not text.startswith("="):
            entry = from_post(field, text, scope.options(field))
        else:
            try:
                entry = from_value(field, scope.evaluate(text), scope.options(field), known_files)
            except FeelError:
                continue
        if entry.problem is None and entry.value is not None:
            return entry.value
    return None


def _rows_first(field: Field, text: str, scope: Scope) -> Entry:
    try:
        return Entry(rows.rows_prefilled(field, scope.evaluate(text), scope) or None)
    except FeelError:
        return Entry()


def _with_default(field: Field, entry: Entry, outer: Scope) -> Value:
    if entry.problem is None and entry.value in (None, []):
        default = first_value(field, ("default",), outer)
        if default is not None:
            return default
        return False if field.type == "checkbox" else entry.value
    return entry.value


def _printed(field: Field, outer: Scope) -> Value:
    """The value of a field that is shown and not entered."""
    shown = first_value(field, ("prefill",), outer)
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
        default = first_value(field, ("default",), outer)
        if default is not None:
            variables[field.key] = default


def _computed(known: tuple[Field, ...], values: Variables, context: Variables, now: datetime) -> dict[str, Value]:
    """The values of the computed fields, in the order of the form; null for what cannot be computed or kept."""
    found: dict[str, Value] = {}
    for field in known:
        if not field.is_computed:
            continue
        try:
            value = Scope({**values, **found}, context, now).evaluate(field.expression)
            canonical.encode(value)
        except (FeelError, InvalidValue):
            value = None
        found[field.key] = value
    return found


def _judge_list(field: Field, entry: Entry, judged: rows.JudgedRows, scope: Scope) -> tuple[bool, Problem | None]:
    """Whether the list needs a row now, and what is wrong with it as a whole; its rule waits for rows in order."""
    try:
        needed = is_required(field, scope)
    except FeelError:
        return False, entry.problem or messages.not_computable(field.label)
    if scope.is_broken(field):
        return needed, messages.not_computable(field.label)
    if entry.problem:
        return needed, entry.problem
    if not judged.value:
        return needed, messages.missing(field.label, choose=False) if needed else None
    problem = rows.check_count(field, len(judged.value))
    if problem or judged.problems:
        return needed, problem
    return needed, check_rule(field, scope)


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
    elif field.is_files and not value:
        return needed, messages.no_file(field.label) if needed else None
    elif value is None or value == []:
        choose = bool(field.options or field.options_source)
        return needed, messages.missing(field.label, choose=choose) if needed else None
    problem = check_value(field, value, scope, now) or check_rule(field, scope)
    unique = field.properties.get("unique")
    if problem is None and unique and taken is not None and taken(unique, value):
        problem = messages.already_taken(field.label)
    return needed, problem
