"""Lists of rows: what was posted or handed over for one, row by row, each judged as a form of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from engine.formcheck import messages
from engine.formcheck.messages import Problem
from engine.formcheck.reading import Entry, Files, from_post, from_value, known_files, to_entry
from engine.formcheck.schema import MAX_ROWS, Field
from engine.formcheck.scope import Scope
from engine.model import Value

#: key.row.key of the field; rows are counted from 0, and may be missing where somebody removed one.
_NAME: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]*)\.(0|[1-9][0-9]{0,3})\.([A-Za-z][A-Za-z0-9_]*)")
_Posted: TypeAlias = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it came in."""

    entries: Mapping[str, Entry]
    #: Names that no field of the row has.
    unknown: tuple[str, ...]
    #: Nothing was entered: the row is not there.
    blank: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A list as it came in."""

    rows: tuple[Row, ...]
    #: What is wrong with the list as a whole before anybody looks at its rows.
    problem: Problem | None = None

    @property
    def entry(self) -> Entry:
        """The list as the value of its field; what cannot be read is null."""
        values = [{key: entry.value for key, entry in row.entries.items()} for row in self.rows if not row.blank]
        return Entry(value=values, problem=self.problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found in a row: as a Submission, its problems in both languages."""

    values: Mapping[str, Value]
    problems: Mapping[str, Problem]
    visible: frozenset[str]
    required: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRows:
    """A list after its rows were judged; names are those under which a page posts."""

    value: list[Value]
    problems: Mapping[str, Problem]
    visible: frozenset[str]
    required: frozenset[str]


#: Judges one row: its fields, and the names that no field has.
JudgeRow: TypeAlias = Callable[[tuple[Field, ...], Row], Judged]


def row_name(key: str, row: int, column: str) -> str:
    """The name under which a page posts a field of a row."""
    return f"{key}.{row}.{column}"


def take_apart(known: tuple[Field, ...], raw: _Posted) -> tuple[dict[str, str | list[str]], dict[str, list[_Posted]]]:
    """What was posted: the entries outside of lists, and key → rows; the rows close up over those that are missing."""
    lists: dict[str, dict[int, dict[str, str | list[str]]]] = {field.key: {} for field in known if field.is_rows}
    rest: dict[str, str | list[str]] = {}
    for name, text in raw.items():
        found = _NAME.fullmatch(name) if isinstance(name, str) else None
        if found and found[1] in lists:
            lists[found[1]].setdefault(int(found[2]), {})[found[3]] = text
        else:
            rest[name] = text
    return rest, {key: [rows[number] for number in sorted(rows)] for key, rows in lists.items()}


def put_together(lists: Mapping[str, list[_Posted]]) -> dict[str, str | list[str]]:
    """The rows again as a page posts them, numbered as it shows them."""
    return {
        row_name(key, number, name): list(text) if isinstance(text, list) else text
        for key, rows in lists.items()
        for number, row in enumerate(rows[:MAX_ROWS])
        for name, text in row.items()
    }


def rows_from_post(field: Field, posted: list[_Posted], shown: Scope, files: Files) -> Rows:
    """The rows that a page posted; those in which nothing is entered are blank."""
    known = {column.key for column in field.columns}
    rows = tuple(
        Row(
            entries={c.key: from_post(c, row.get(c.key), shown.options(c), files) for c in field.columns},
            unknown=tuple(sorted(set(row) - known)),
            blank=set(row) <= known and not any(_is_typed(text) for text in row.values()),
        )
        for row in posted[: MAX_ROWS + 1]
    )
    return _within(field, rows)


def rows_from_value(field: Field, value: Value, shown: Scope, files: Files) -> Rows:
    """The rows that a program handed over: a list of contexts."""
    if value is None:
        return Rows(rows=())
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        return Rows(rows=(), problem=messages.not_rows(field.label))
    known = {column.key for column in field.columns}
    rows = tuple(
        Row(
            entries={c.key: from_value(c, row.get(c.key), shown.options(c), files) for c in field.columns},
            unknown=tuple(sorted(str(name) for name in row if name not in known)),
            blank=False,
        )
        for row in value[: MAX_ROWS + 1]
    )
    return _within(field, rows)


def rows_prefilled(field: Field, value: Value, shown: Scope) -> list[Value]:
    """The rows that a form shows first: of each context what fits the fields of a row."""
    if not isinstance(value, list | tuple):
        return []
    return [
        {
            c.key: entry.value
            for c in field.columns
            if (entry := from_value(c, row.get(c.key), shown.options(c), known_files)).problem is None
        }
        for row in value[: field.most_rows]
        if isinstance(row, Mapping)
    ]


def rows_to_post(field: Field, value: Value) -> list[_Posted]:
    """What a person would have typed for a list."""
    if not isinstance(value, list | tuple):
        return []
    return [
        {c.key: to_entry(c, row.get(c.key)) for c in field.columns}
        for row in value[:MAX_ROWS]
        if isinstance(row, Mapping)
    ]


def judge_rows(field: Field, came: Rows, judge: JudgeRow) -> JudgedRows:
    """Judge the rows one by one; a field that is hidden in its row, or in disorder, is null in the value."""
    value: list[Value] = []
    problems: dict[str, Problem] = {}
    visible: set[str] = set()
    required: set[str] = set()
    for number, row in enumerate(came.rows):
        judged = judge(field.columns, replace(row, unknown=()))
        visible |= {row_name(field.key, number, key) for key in judged.visible}
        required |= {row_name(field.key, number, key) for key in judged.required}
        if row.blank:
            continue
        value.append({column.key: judged.values.get(column.key) for column in field.columns})
        for key, problem in judged.problems.items():
            problems[row_name(field.key, number, key)] = messages.in_row(number + 1, problem)
    return JudgedRows(value=value, problems=problems, visible=frozenset(visible), required=frozenset(required))


def unknown_names(field: Field, came: Rows) -> list[str]:
    """What was sent for the rows under names that no field of a row has."""
    return [row_name(field.key, number, name) for number, row in enumerate(came.rows) for name in row.unknown]


def check_count(field: Field, count: int) -> Problem | None:
    """Whether there are too few or too many rows; an empty list is missing, not short."""
    if count > field.most_rows:
        return messages.too_many_rows(field.label, field.most_rows)
    return messages.too_few_rows(field.label, field.least_rows) if 0 < count < field.least_rows else None


def _within(field: Field, rows: tuple[Row, ...]) -> Rows:
    if len(rows) <= MAX_ROWS:
        return Rows(rows=rows)
    return Rows(rows=rows[:MAX_ROWS], problem=messages.too_many_rows(field.label, field.most_rows))


def _is_typed(text: str | list[str]) -> bool:
    return (
        any(_is_typed(one) for one in text)
        if isinstance(text, list)
        else not isinstance(text, str) or bool(text.strip())
    )
